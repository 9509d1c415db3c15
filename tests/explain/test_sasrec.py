"""SASRec in numpy, as pages compute it, compared with the torch model; the attention matrix of SASRec and AttRec."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from other_runs import made

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.errors import InputError
from attrec_core.explain.moment import moment_of
from attrec_core.explain.sasrec import distances, forward
from attrec_core.models.trained import SasRec
from attrec_core.runs.run import Run
from attrec_core.runs.weights import Arrays, checked_weights


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


def test_the_attention_of_a_moment_is_that_of_a_layer_and_a_head(run: Run) -> None:
    moment = moment_of(run, 3)
    layers = [stage.weights[0] for stage in forward(run.arrays, run.model_config, moment.window[None]).layers]
    assert moment.attention.weights == pytest.approx(layers[-1].mean(0))
    chosen = replace(moment, layer=1, head=2).attention
    assert chosen.weights == pytest.approx(layers[0][1])
    assert chosen.weights.sum(1) == pytest.approx(np.ones(5), abs=1e-6)
    assert chosen.masked.tolist() == np.triu(np.ones((5, 5), bool), 1).tolist()
    assert not chosen.weights[chosen.masked].any()
    assert chosen.column_weights.tolist() == chosen.weights[-1].tolist()
    assert (chosen.missing, chosen.uniform, chosen.uniform_column) == (0, 1 / 5, 1 / 5)


def test_the_ranking_comes_from_the_last_place_and_an_attrec_run_fills_the_same_record(
    run: Run, small_run: Run
) -> None:
    moment = moment_of(run, 3)
    assert moment.ranking.blended.tolist() == distances(run, moment.sasrec.asked[0, -1]).tolist()
    moment = moment_of(small_run, 3)
    assert moment.attention.weights is moment.trace.weights
    assert moment.attention.column_weights is moment.trace.column_weights
    assert moment.attention.counts == "average"


def test_a_system_without_attention_says_what_it_reads() -> None:
    with pytest.raises(InputError) as error:
        moment_of(made("popularity"), 3).attention  # noqa: B018
    assert error.value.code == "no_attention"
    assert "It uses nothing about the user" in str(error.value)


@pytest.mark.parametrize("name", ["blocks.2.key_value.bias", "place", "norm.weight"])
def test_weights_of_another_shape_are_refused(name: str, run: Run) -> None:
    wrong = Arrays(run.arrays | {name: run.arrays[name][:-1]})
    with pytest.raises(ValueError, match=name):
        checked_weights(wrong, run.model_config, None, run.interactions.n_items)
