"""SASRec in numpy, as pages compute it, compared with the torch model; its attention at a moment and over all users."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from other_runs import made

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.explain.across_users import users as users_module
from attrec_core.explain.across_users.users import across_users, top_pairs
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.sasrec import distances, forward
from attrec_core.models.registry import model_in
from attrec_core.models.trained import SasRec
from attrec_core.runs.run import Run
from attrec_core.runs.weights import Arrays, checked_weights
from attrec_core.views.across_users import statistics


@pytest.fixture(scope="module")
def run() -> Run:
    return made("sasrec", layers="3", heads="2", window="5")


def random_model(layers: int, heads: int, window: int) -> SasRec:
    torch.manual_seed(layers * 100 + heads * 10 + window)
    model = SasRec(ModelConfig(model="sasrec", dim=12, layers=layers, heads=heads, window=window), 0, 30)
    with torch.no_grad():
        for parameter in model.parameters():  # so that norms and biases are no longer 1 and 0
            parameter.normal_(0, 0.6)
    return model.eval()


def weights_of(model: SasRec) -> dict[str, np.ndarray]:
    return {name: weight.numpy(force=True) for name, weight in model.state_dict().items()}


def random_windows(window: int) -> np.ndarray:
    """Returns windows (9, L), each padded on the left by 0 to L − 1 places."""
    rng = np.random.default_rng(window)
    windows = rng.integers(0, 30, (9, window))
    for row, padding in enumerate(rng.integers(0, window, 9)):
        windows[row, :padding] = PADDING
    return windows


@pytest.mark.parametrize(("layers", "heads", "window"), [(1, 1, 1), (1, 3, 4), (2, 1, 9), (2, 4, 20), (3, 2, 7)])
def test_numpy_computes_what_torch_computes(layers: int, heads: int, window: int) -> None:
    model, windows = random_model(layers, heads, window), random_windows(window)
    arrays = weights_of(model)
    by_numpy = forward(arrays, model.config, windows)
    with torch.inference_mode():
        by_torch = model.query_vectors_everywhere(torch.zeros(9, dtype=torch.long), torch.from_numpy(windows)).numpy()
    real = windows != PADDING
    # Layer norms divide by spreads that may be small: without fused multiply-add the two differ by up to 2e-5.
    assert by_numpy.asked[real] == pytest.approx(by_torch[real], abs=1e-4)
    scores = model.ranker()(np.zeros(9, np.int64), windows)
    assert -(by_numpy.asked[:, -1] @ arrays["item"].T) == pytest.approx(scores, abs=1e-4, rel=1e-5)


def test_padding_changes_nothing() -> None:
    model = random_model(2, 2, 6)
    short, long = (forward(weights_of(model), model.config, np.array([[PADDING] * n + [4, 7, 4]])) for n in (0, 3))
    assert long.asked[0, 3:] == pytest.approx(short.asked[0], abs=1e-6)
    assert long.layers[1].weights[0, :, 3:, 3:] == pytest.approx(short.layers[1].weights[0], abs=1e-6)
    assert not long.layers[1].weights[0, :, 3:, :3].any()


def test_the_ranking_comes_from_the_last_place_and_an_attrec_run_fills_the_same_record(
    run: Run, small_run: Run
) -> None:
    moment = moment_of(run, 3)
    assert moment.ranking.blended.tolist() == distances(run, moment.sasrec.asked[0, -1]).tolist()
    moment = moment_of(small_run, 3)
    assert moment.attention.weights is moment.trace.weights
    assert moment.attention.column_weights is moment.trace.column_weights
    assert moment.attention.counts == "average"


@pytest.mark.parametrize("name", ["blocks.2.key_value.bias", "place", "norm.weight"])
def test_weights_of_another_shape_are_refused(name: str, run: Run) -> None:
    wrong = Arrays(run.arrays | {name: run.arrays[name][:-1]})
    with pytest.raises(ValueError, match=name):
        checked_weights(wrong, run.model_config, None, run.interactions.n_items)


def before_the_test_item(run: Run, user: int, layer: int | None, head: int | None) -> Moment:
    moment = moment_of(run, user, step=len(run.interactions.history(user)) - 1)
    return replace(moment, layer=layer, head=head)


def test_the_ranks_are_those_of_the_evaluation_and_the_uniform_level_is_that_of_the_last_row(run: Run) -> None:
    stats, evaluated = across_users(run, sasrec_head=(None, None)), model_in(run).ranked(run, "test")
    assert stats.users.tolist() == evaluated.users.tolist()
    assert stats.ranks.tolist() == evaluated.ranks.tolist()
    assert statistics.place_shares(stats, run.model_config).level == 1 / 5
    short = across_users(replace(run, model_config=replace(run.model_config, window=1)), sasrec_head=(None, None))
    assert statistics.causal_sentence(short) == "A window of one item attends to that item alone."


def test_a_pair_has_the_mean_of_the_cells_of_later_rows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    cells: dict[tuple[int, int], list[float]] = {}
    for user in across_users(run, sasrec_head=(1, 1)).users.tolist():
        moment = before_the_test_item(run, user, 1, 1)
        items, weights = moment.window.tolist(), moment.attention.weights
        for i in range(len(items) // 2, len(items)):
            for j in range(i):
                cells.setdefault((items[i], items[j]), []).append(float(weights[i, j]))
    pairs = top_pairs(run, 1, 1)
    for query, key, mean, count in zip(pairs.query, pairs.key, pairs.attention, pairs.counts, strict=True):
        assert len(cells[query, key]) == count >= pairs.least
        assert np.mean(cells[query, key]) == pytest.approx(mean, abs=1e-6)
    counts = np.array([len(values) for values in cells.values()])
    monkeypatch.setattr(users_module, "LISTED", (counts >= 3).sum())
    assert users_module.top_pairs.__wrapped__(run, 1, 1).least >= 3  # type: ignore[attr-defined]
    best = max(np.mean(values) for values in cells.values() if len(values) >= pairs.least)
    assert pairs.attention[0] == pytest.approx(best, abs=1e-6)
