"""A run of a system other than AttRec: its ranking, computed by a separate process, and what it cannot answer.

The parts that items add to a score of EASE or item kNN add up to the score that ranks.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT
from other_runs import NAMES, made, saved

from attrec_core.config import ModelConfig, with_settings
from attrec_core.data.windows import PADDING
from attrec_core.errors import InputError
from attrec_core.explain import maps, other_systems
from attrec_core.explain.across_users.users import across_users
from attrec_core.explain.evaluate import ranks_of_test_items
from attrec_core.explain.exact_sum import ItemParts, item_parts, items_read
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.other_systems import WORKER, Worker
from attrec_core.explain.sasrec import distances, forward
from attrec_core.explain.vectors import items_in, users_in
from attrec_core.models.registry import TRAINED, model_in
from attrec_core.models.trained import SasRec
from attrec_core.runs.across_users import ranks_in
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.runs.systems import SYSTEMS, start_of
from attrec_core.runs.weights import Arrays, checked_weights
from attrec_core.views import caveats
from attrec_core.views.across_users import statistics
from attrec_core.views.compare import learning
from attrec_core.views.page_context import scene
from attrec_core.views.view import View
from attrec_core.views.why import panels


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("others")
    return {name: load(saved(name, folder)) for name in NAMES}


def before_the_last(run: Run, user: int = 3) -> Moment:
    return moment_of(run, user, step=len(run.interactions.history(user)) - 1)


def refused(question: Callable[[], object]) -> str:
    """Returns the code of the error with which a question is refused."""
    with pytest.raises(InputError) as error:
        question()
    return error.value.code


@pytest.mark.parametrize("name", NAMES)
def test_a_moment_is_ranked_as_the_model_ranks_it(name: str, runs: dict[str, Run]) -> None:
    moment = before_the_last(runs[name])
    expected = model_in(runs[name]).ranker()(np.array([3]), moment.window[None])[0]
    assert moment.ranking.blended == pytest.approx(expected, abs=1e-6)
    candidates = np.setdiff1d(np.arange(len(expected)), moment.excluded)
    top, distances, ranks = moment.ranking.nearest(4)
    assert top.tolist() == candidates[np.argsort(moment.ranking.blended[candidates], kind="stable")[:4]].tolist()
    assert distances.tolist() == moment.ranking.distances(top).tolist()
    assert [moment.ranking.rank(item) for item in top.tolist()] == ranks.tolist()
    assert set(top.tolist()).isdisjoint(moment.excluded.tolist())


def test_the_ranks_of_all_test_items_are_stored_for_a_comparison(runs: dict[str, Run], tmp_path: Path) -> None:
    one, other = runs["bprmf"], runs["ease"]
    users, ranks = ranks_of_test_items(one)
    for user, rank in zip(users[:5].tolist(), ranks[:5].tolist(), strict=True):
        moment = before_the_last(one, user)
        assert moment.ranking.rank(moment.target) == rank
    assert np.mean(1 / ranks) == pytest.approx(one.metrics["mrr"], rel=1e-5)
    row = next(row for row in learning.metrics(one, other).rows if row.key == "mrr")
    gained = 1 / ranks_of_test_items(other)[1] - 1 / ranks
    assert row.error == pytest.approx(gained.std(ddof=1) / math.sqrt(len(users)))
    save(one, tmp_path / "run")
    (tmp_path / "run" / "ranks.npz").write_bytes(b"no arrays")
    damaged = load(tmp_path / "run")
    assert ranks_of_test_items(damaged) is None and "no standard error" in caveats.damage(damaged, "ranks.npz")
    arrays = {"users": users.astype(np.int32), "ranks": ranks.astype(np.float32)}
    with pytest.raises(ValueError, match="ranks holds a value that is not a number from 1 to"):
        ranks_in(arrays | {"ranks": arrays["ranks"] - 1e4}, one.interactions)
    with pytest.raises(ValueError, match="users are not those with a test item"):
        ranks_in({name: array[1:] for name, array in arrays.items()}, one.interactions)


def test_a_window_shorter_than_the_models_is_ranked_where_each_position_has_a_weight() -> None:
    run = made("prme", place_weights="true", window="4")
    moment = before_the_last(run)
    shorter = moment.with_window(moment.window[-2:])
    expected = model_in(run).ranker()(np.array([3]), np.array([[PADDING, PADDING, *moment.window[-2:]]]))[0]
    assert shorter.ranking.blended == pytest.approx(expected, abs=1e-6)


def test_what_only_attrec_has_is_refused_with_one_sentence(runs: dict[str, Run]) -> None:
    moment = before_the_last(runs["sasrec"])
    for question in (
        lambda: moment.trace,
        lambda: moment.run.table,
        lambda: moment.ranking.short,
        lambda: moment.ranking.at(0.5),
        lambda: moment.ranking.parts([0]),
    ):
        assert refused(question) == "not_attrec"


# The process.


@pytest.mark.long
def test_a_process_that_was_killed_is_started_again(runs: dict[str, Run]) -> None:
    expected = before_the_last(runs["gru4rec"]).ranking.blended
    assert WORKER.process is not None
    os.kill(WORKER.process.pid, signal.SIGKILL)
    WORKER.process.wait()
    uncached = replace(runs["gru4rec"])  # a copy without cached answers
    assert before_the_last(uncached).ranking.blended.tolist() == expected.tolist()


def test_an_answer_that_takes_too_long_or_a_process_that_cannot_start_is_a_sentence(
    runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(other_systems, "LONGEST", 0.0)
        worker, run = Worker(), runs["popularity"]
        assert refused(lambda: worker.ask(run.name, (str(run.path), run.fingerprint, 0, [1], None))) == "no_answer"
        assert worker.process is None
    monkeypatch.setattr(other_systems, "PROGRAM", "attrec_core.nowhere")
    assert refused(lambda: Worker().ask("a run", ("", "", 0, [1]))) == "no_answer"


def test_the_process_ends_with_the_one_that_asks(runs: dict[str, Run]) -> None:
    """It ends even if the asking process is killed, and the asking process never imports torch."""
    program = f"""
import os, signal, sys
from attrec_core.explain.moment import moment_of
from attrec_core.explain.other_systems import WORKER
from attrec_core.runs.load import load
moment_of(load({str(runs["popularity"].path)!r}), 3).ranking.top(1)
assert "torch" not in sys.modules
print(WORKER.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    asking_process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert asking_process.returncode == -signal.SIGKILL, asking_process.stderr
    stat_file = Path(f"/proc/{int(asking_process.stdout)}/stat")
    no_proc = not Path("/proc/self/stat").exists()
    while not no_proc and stat_file.exists() and stat_file.read_text().split(") ")[1][0] != "Z":
        pass


@pytest.fixture(scope="module", params=[("ease", "0"), ("ease", "3"), ("itemknn", "0"), ("itemknn", "3")], ids=str)
def sums_run(request: pytest.FixtureRequest) -> Run:
    name, recent = request.param
    return made(name, recent=recent, window="5", ridge="2")


def test_the_parts_add_up_to_the_score(sums_run: Run) -> None:
    run = sums_run
    length, edited = len(run.interactions.history(4)), np.array([7, 2, 7, 11])
    asked = [(4, None, None), (4, None, length // 2), (4, edited, length - 1), (None, edited, None)]
    for moment in (moment_of(run, *one) for one in asked):
        for item in range(0, run.interactions.n_items, 3):
            parts = item_parts(moment, item)
            assert parts.score == pytest.approx(-moment.ranking.distance(item), abs=1e-5)
            assert set(parts.items) <= set(items_read(moment)) and parts.read == len(items_read(moment))
            assert list(parts.parts) == sorted(parts.parts, reverse=True) and 0 not in parts.parts


def test_the_figure_holds_every_part(sums_run: Run) -> None:
    run = sums_run
    page_scene = scene(run, View(user=run.interactions.user_ids[4], step=3))
    item = page_scene.ranking.top(1)[0]
    parts = item_parts(page_scene.moment, item)
    (drawn,) = panels.parts_bars(page_scene, parts)["data"]
    assert sum(drawn["x"]) == pytest.approx(parts.score) and len(drawn["x"]) <= panels.MOST + 1
    assert panels.parts_table(page_scene, parts)["part of the score"].sum() == pytest.approx(parts.score)
    assert f"is the sum of {len(parts.items)} part" in panels.parts_sentence(parts)
    headline = panels.parts_headline(page_scene, parts, item)
    assert headline.endswith(f"is 1st: “{page_scene.title(parts.items[0])}” adds most to its score.")
    assert ("also items after the step" in panels.parts_guide(page_scene)) == (run.model_config.recent == 0)


def test_many_small_parts_share_a_bar_and_another_system_has_no_such_sum() -> None:
    run = made("ease", window="5")
    page_scene = scene(run, View(user=run.interactions.user_ids[4]))
    values = np.array([*np.linspace(3, 1, 10), *np.full(8, 0.01), -2.0])
    parts = ItemParts(np.arange(len(values)), values, 30)
    (drawn,) = panels.parts_bars(page_scene, parts)["data"]
    assert len(drawn["x"]) == panels.MOST + 1 and sum(drawn["x"]) == pytest.approx(values.sum())
    assert drawn["customdata"][-1] is None and drawn["text"][-2] == "−2.000"
    assert panels.parts_sentence(parts).endswith("; 11 other items that the model reads add nothing.")
    single = ItemParts(np.arange(13), values[:13], 13)  # no bar of one other item
    assert panels.parts_bars(page_scene, single)["data"][0]["customdata"] == [*range(13)]
    with pytest.raises(InputError, match="Markov"):
        item_parts(moment_of(made("markov"), 4), 3)


# The item vectors that pages map equal those of the torch model; and the maps themselves.


@pytest.mark.parametrize(
    ("name", "changes"), [*((name, {}) for name in TRAINED if name != "own"), ("transrec", {"projected": "true"})]
)
def test_they_are_what_an_item_answers(name: str, changes: dict[str, str]) -> None:
    config, _ = with_settings(*start_of(name), changes | {"dim": "6"})
    model = TRAINED[name](config, 5, 9)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    arrays = {key: weight.numpy(force=True) for key, weight in model.state_dict().items()}
    spaces = SYSTEMS[name].spaces.values()
    side_by_side = np.hstack([items_in(arrays, space) for space in spaces])
    assert side_by_side == pytest.approx(model.item_vectors()[0].numpy(force=True), abs=1e-5)
    assert all(len(users_in(arrays, space)) == 5 * bool(space.users) for space in spaces)


@pytest.mark.parametrize("name", ["bprmf", "sasrec"])
def test_training_lays_them_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "umap_coordinates", lambda points, seed: points[:, :2].astype(np.float32))
    run = made(name, with_maps=True)
    assert run.maps is not None and maps.has_umap(run) and run.across_users is None
    assert {key.split("_")[0] for key in run.maps} == {"users", *run.spaces}


def test_a_system_without_vectors_has_no_maps(tmp_path: Path) -> None:
    run = made("popularity", with_maps=True)
    assert run.maps is None
    save(run, tmp_path / "run")
    with pytest.raises(InputError) as error:
        maps.add_maps(tmp_path / "run")
    assert error.value.code == "no_vectors"


# SASRec in numpy, as pages compute it, compared with the torch model; its attention at a moment and over all users.


@pytest.fixture(scope="module")
def causal() -> Run:
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
    causal: Run, small_run: Run
) -> None:
    moment = moment_of(causal, 3)
    expected = distances(causal.arrays["item"], causal.model_config, moment.sasrec.asked[0, -1])
    assert moment.ranking.blended.tolist() == expected.tolist()
    moment = moment_of(small_run, 3)
    assert moment.attention.weights is moment.trace.weights
    assert moment.attention.column_weights is moment.trace.column_weights
    assert moment.attention.counts == "average"


@pytest.mark.parametrize("name", ["blocks.2.key_value.bias", "place", "norm.weight"])
def test_weights_of_another_shape_are_refused(name: str, causal: Run) -> None:
    wrong = Arrays(causal.arrays | {name: causal.arrays[name][:-1]})
    with pytest.raises(ValueError, match=name):
        checked_weights(wrong, causal.model_config, None, causal.interactions.n_items)


def test_the_ranks_are_those_of_the_evaluation_and_the_uniform_level_is_that_of_the_last_row(causal: Run) -> None:
    stats, evaluated = across_users(causal, sasrec_head=(None, None)), model_in(causal).ranked(causal, "test")
    assert stats.users.tolist() == evaluated.users.tolist()
    assert stats.ranks.tolist() == evaluated.ranks.tolist()
    assert statistics.place_shares(stats, causal.model_config).levels == pytest.approx(1 / 5)
