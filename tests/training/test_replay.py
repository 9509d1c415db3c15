"""The replay of a training: equal to the model at each epoch, unchanged by a kill, small, and checked when opened."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import interactions_of, random_histories
from safetensors.numpy import save as save_tensors
from shelf_worlds import sentence, without_checksums

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import ordinal
from attrec_core.explain import maps
from attrec_core.models.attrec import AttRec
from attrec_core.runs import replay as runs_replay
from attrec_core.runs import run as runs_run
from attrec_core.runs.history import Epoch
from attrec_core.runs.load import load_whole
from attrec_core.runs.replay import Replay
from attrec_core.runs.run import Run
from attrec_core.training import recorder
from attrec_core.training.fit import Callbacks, fit, training_at
from attrec_core.training.recorder import MOST_FRAMES, Recorder, file_name, probes_of, stride
from attrec_core.training.train_run import train_run
from attrec_core.views.replay.records import replay_curve, replay_map, replay_moment

MODEL = ModelConfig(dim=8, window=4)
TRAIN = TrainConfig(epochs=5, patience=0, targets=1, negatives=2, init_sd=0.05, engine="torch")
DATA = interactions_of(random_histories(3))
SPLIT = leave_one_out(DATA)


@pytest.fixture(scope="module")
def run() -> Run:
    return train_run(DATA, MODEL, TRAIN, with_maps=False)


def test_no_point_jumps_farther_than_it_moved_and_the_last_lie_as_on_the_maps_of_the_run(run: Run) -> None:
    """A projection on orthonormal axes shortens every distance; a new map for each epoch would not."""
    vectors: dict[int, np.ndarray] = {}

    def remember(phase: str, number: int, model: torch.nn.Module) -> None:
        if phase == "refit":
            vectors[number] = model.item_short.detach().numpy().copy()

    model, _ = fit(SPLIT, MODEL, TRAIN, Callbacks(model=remember))
    for name, weights in model.state_dict().items():  # the same as without a replay
        assert np.array_equal(run.arrays[name], weights.numpy())
    replay = run.replay
    for frame in range(1, len(replay.epochs)):
        true = np.linalg.norm(vectors[frame][replay.items] - vectors[frame - 1][replay.items], axis=1)
        drawn = replay.short_items[frame].astype(float) - replay.short_items[frame - 1].astype(float)
        assert (np.linalg.norm(drawn, axis=1) <= true + 3e-3).all()
    stored = maps.make_maps(run.arrays, TRAIN.seed, with_umap=False)
    users, items = np.split(stored["long_pca"], [len(stored["users"])])
    # A frame is stored in half precision.
    np.testing.assert_allclose(replay.short_items[-1], stored["short_pca"][replay.items], atol=2e-3)
    np.testing.assert_allclose(replay.long_items[-1], items[replay.items], atol=2e-3)
    np.testing.assert_allclose(replay.long_users[-1], users[replay.users], atol=2e-3)


@pytest.mark.parametrize("refit", [False, True])
def test_without_a_whole_final_fit_the_search_is_replayed_to_its_end(refit: bool) -> None:
    def stop(epoch: Epoch) -> None:
        if epoch.phase == "refit":
            raise KeyboardInterrupt

    run = train_run(DATA, MODEL, replace(TRAIN, refit=refit), Callbacks(epoch=stop), with_maps=False)
    assert (run.replay.phase, run.replay.best) == ("search", run.history["best_epoch"])
    assert run.replay.epochs.tolist() == [0, 1, 2, 3, 4, 5]


class KilledError(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("stop", [("search", 1), ("search", 5), ("refit", 1)])
def test_a_training_of_two_lives_has_the_replay_of_one(run: Run, stop: tuple[str, int], tmp_path: Path) -> None:
    def die(epoch: Epoch) -> None:
        if (epoch.phase, epoch.epoch) == stop:
            raise KilledError

    def live(**callbacks: Any) -> Run:
        with training_at(tmp_path / "run", DATA, (MODEL, TRAIN), resume=True, overwrite=False) as store:
            return train_run(DATA, MODEL, TRAIN, Callbacks(store=store, **callbacks), with_maps=False)

    with pytest.raises(KilledError):
        live(epoch=die)
    assert_same(live().replay, run.replay)


def test_a_damaged_frame_costs_that_frame_and_is_said(tmp_path: Path) -> None:
    def opened(model: ModelConfig = MODEL) -> Recorder:
        return Recorder(SPLIT, model, 0, tmp_path / "frames")

    recorder = opened()
    fit(SPLIT, MODEL, TRAIN, Callbacks(model=recorder))
    file = tmp_path / "frames" / file_name("search", 2)
    content = file.read_bytes()
    for damaged in (b"", b"\x00" * 100, content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]):
        file.write_bytes(damaged)
        assert (sorted(opened().frames["search"]), opened().damaged) == ([0, 1, 3, 4, 5], 1)
    with training_at(tmp_path / "run", DATA, (MODEL, TRAIN), resume=False, overwrite=False) as store:
        shutil.copytree(tmp_path / "frames", store.frames)
        said: list[str] = []
        train_run(DATA, MODEL, TRAIN, Callbacks(stage=lambda _, text: said.append(text), store=store), with_maps=False)
        assert any(text.startswith("Of the saved epochs for the replay, 1 cannot be read") for text in said)
    file.write_bytes(save_tensors(vars(recorder.frames["search"][2])))  # as older versions wrote it
    assert sorted(opened().frames["search"]) == list(range(6))
    assert opened(replace(MODEL, dim=9)).frames["search"] == {}


def test_however_long_a_training_there_are_so_many_moments() -> None:
    for count in range(0, 5000, 37):
        step = stride(count, MOST_FRAMES)
        assert count // step + 1 <= MOST_FRAMES
        assert step == 1 or count // (step // 2) + 1 > MOST_FRAMES
    assert Recorder(SPLIT, replace(MODEL, window=120), 0).most == 2_000_000 // (5 * 120**2)
    recorder = Recorder(SPLIT, MODEL, 0)
    assert recorder.most == MOST_FRAMES
    recorder.most = 3
    train = replace(TRAIN, epochs=9, refit=False)
    model, history = fit(SPLIT, MODEL, train, Callbacks(model=recorder))
    assert sorted(recorder.frames["search"]) == [0, 4, 8]
    assert set(recorder.replay(model, history).epochs) == {0, 4, 8, history.best_epoch}


def user_of_rule(histories: dict[str, list[str]], window: int) -> dict[str, str]:
    data = interactions_of(histories)
    return {probe.rule: data.user_ids[probe.user] for probe in probes_of(leave_one_out(data), window)}


def test_the_people_are_those_that_the_rules_say() -> None:
    histories = {
        "longest": [f"r{i}" for i in range(9)],
        "shortest": ["c0", "c1", "c2", "r0"],
        "common": ["c0", "c1", "c2", "c3", "c4"],
        "rare": ["x0", "x1", "x2", "x3", "x4", "x5"],
        "too short": ["c0", "c1"],
    } | {f"crowd {i}": ["c0", "c1", "c2", "c3", "c4", f"y{i}", f"z{i}"] for i in range(6)}
    users = user_of_rule(histories, 3)
    assert users["has the longest history"] == "longest"
    assert users["has the shortest history that fills a window"] == "shortest"
    assert users["has a history of median length"].startswith("crowd")
    assert users["had the most popular recent items"] == "common"
    assert users["had the least popular recent items"] == "rare"
    # Where no history fills a window, the longest ones are watched; two users are watched once each.
    few = user_of_rule({"a": ["0", "1", "2"], "b": ["0", "1", "2", "3"], "c": ["0", "1", "2", "3", "4"]}, 9)
    assert few["has the longest history"] == "c"
    assert few["has a history as long as most"] == "b"
    assert sorted(user_of_rule({"a": ["p", "q", "r"], "b": ["q", "r", "s", "p"]}, 5).values()) == ["a", "b"]


def test_a_frame_holds_the_tables_and_the_list_of_each_before_the_test_item_with_its_end() -> None:
    """With 12 items, no user has ten unseen items."""
    split = leave_one_out(interactions_of(random_histories(3, items=12)))
    recorder, data = Recorder(split, MODEL, 0), split.interactions
    histories = [data.history(user).tolist() for user in recorder.probe_users]
    for history, window, target in zip(histories, recorder.windows, recorder.targets, strict=True):
        assert (window[window >= 0].tolist(), target) == (history[:-1][-MODEL.window :], history[-1])
    assert recorder.seen[1].tolist() == [item for history in histories for item in history[:-1]]
    torch.manual_seed(0)
    model = AttRec(MODEL, data.n_users, data.n_items, init_sd=0.3)
    frame = recorder.frame(model)
    for name, rows in (("short_items", recorder.items), ("long_items", recorder.items), ("long_users", recorder.users)):
        kind, owner = name.split("_")
        table = getattr(model, f"{owner.removesuffix('s')}_{kind}").detach().numpy()
        assert np.allclose(getattr(frame, name), table[rows], atol=1e-3)
    for probe, history in enumerate(histories):
        count = min(10, 12 - len(set(history[:-1])))
        assert (frame.top[probe, :count] >= 0).all() and (frame.top[probe, count:] == -1).all()
        assert np.isnan(frame.distances[probe]).tolist() == (frame.top[probe] < 0).tolist()
    assert (frame.top < 0).any()


def test_of_wide_tables_few_are_drawn_but_always_what_the_people_touch(monkeypatch: pytest.MonkeyPatch) -> None:
    split = leave_one_out(interactions_of(random_histories(5, users=300, items=400, longest=9)))
    monkeypatch.setattr(recorder, "MOST_ITEMS", 200)
    monkeypatch.setattr(recorder, "MOST_USERS", 100)
    for values, items, users in ((10**6, 200, 100), (MODEL.dim * 250, 100, 50)):
        monkeypatch.setattr(recorder, "MOST_VALUES", values)
        recorded = Recorder(split, MODEL, 0)
        # The users that the replay follows and their items are added.
        assert 0 <= len(recorded.items) - items <= 30
        assert 0 <= len(recorded.users) - users <= len(recorded.probes)


def assert_same(replay: Replay, expected: Replay) -> None:
    for name, array in runs_replay.arrays_of(expected).items():
        assert np.array_equal(array, runs_replay.arrays_of(replay)[name], equal_nan=array.dtype.kind == "f"), name


DAMAGE: dict[str, Callable[[np.ndarray], np.ndarray | None]] = {
    "weights": lambda a: np.full_like(a, np.nan),
    "ranks": lambda a: a * 0,
    "top": lambda a: a + 1000,
    "windows": lambda a: a[:, ::-1] - a.max() - 2,
    "epochs": lambda a: a[::-1].copy(),
    "best": lambda a: a + 99,
    "phase": lambda a: np.array("between"),
    "items": lambda a: a[::-1].copy(),
    "users": lambda a: a + 1000,
    "probe_users": lambda a: a - 1000,
    "probe_rules": lambda a: np.array(["x" * 500] * len(a)),
    "targets": lambda a: a[:1],
    "intents": lambda a: a.astype(np.float64),
    "long_items": lambda a: None,
    "long_users": lambda a: a[:, :1],
    "distances": lambda a: a * np.nan,
}


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_a_damaged_replay_is_a_sentence(run: Run, name: str, tmp_path: Path) -> None:
    runs_run.save(run, tmp_path / "run")
    without_checksums(tmp_path / "run")  # so that the arrays themselves are checked
    arrays = runs_replay.arrays_of(run.replay)
    arrays |= {name: DAMAGE[name](arrays[name])}
    np.savez_compressed(tmp_path / "run" / "replay.npz", **{key: a for key, a in arrays.items() if a is not None})
    expected = "'long_items' is missing" if arrays[name] is None else "replay.npz is damaged"
    assert expected in sentence(lambda: load_whole(tmp_path / "run"))


def test_the_questions_are_answered_at_every_epoch(run: Run) -> None:
    curve = replay_curve(run)
    searched = [epoch["validation"]["mrr"] for epoch in run.history["epochs"] if epoch["phase"] == "search"]
    assert curve.mrr.tolist() == searched[: len(curve.epochs)]
    assert np.isfinite(curve.losses).all()
    for probe in range(len(run.replay.probes)):
        for epoch in run.replay.epochs.tolist():
            moment = replay_moment(run, probe, epoch)
            assert moment.epoch == epoch
            record = moment.attention
            assert (record.weights[record.masked] == 0).all()
            assert record.weights.shape == (len(record.ids),) * 2
            np.testing.assert_allclose(record.column_weights, record.weights.mean(0), atol=1e-3)
            assert list(moment.distances) == sorted(moment.distances)
            assert f"ranked {ordinal(moment.rank)}" in moment.sentence
            assert "gets the most attention: " in moment.sentence
            highest = float(moment.sentence.partition("gets the most attention: ")[2].split()[0])
            assert highest / 100 == pytest.approx(record.column_weights.max(), abs=0.006)
            for space, own_mark in (("short", "intent"), ("long", "user")):
                epoch_map = replay_map(run, space, probe, epoch)
                assert epoch_map.limits == replay_map(run, space, 0, 0).limits
                marks = dict(epoch_map.marks)
                assert len(marks["window"].coordinates) == len(record.ids)
                assert len(marks["target"].coordinates) == len(marks[own_mark].coordinates) == 1
                (left, right), (bottom, top) = epoch_map.limits
                for points in (epoch_map.items, *(mark.coordinates for mark in marks.values())):
                    x, y = points.T
                    assert left <= x.min() and x.max() <= right and bottom <= y.min() and y.max() <= top
                assert ("at its final position" in epoch_map.sentence) == (epoch == run.replay.best)
