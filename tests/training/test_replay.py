"""The replay of a training: equal to the model at each epoch, unchanged by a kill, small, and checked when opened."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import interactions_of, random_histories, recommend
from safetensors.numpy import save as save_tensors
from shelf_worlds import without_checksums

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError, ordinal
from attrec_core.explain import maps
from attrec_core.models.attrec import AttRec
from attrec_core.runs import replay as runs_replay
from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load, load_whole
from attrec_core.runs.replay import Replay
from attrec_core.runs.run import Run
from attrec_core.training import recorder
from attrec_core.training.fit import Callbacks, fit, training_at
from attrec_core.training.recorder import MOST_FRAMES, Recorder, drawn_items, file_name, probes_of, some_users, stride
from attrec_core.training.train_run import train_run
from attrec_core.views.replay.records import replay_curve, replay_map, replay_moment

MODEL = ModelConfig(dim=8, window=4)
TRAIN = TrainConfig(epochs=5, patience=0, targets=1, negatives=2, init_sd=0.05, engine="torch")
DATA = interactions_of(random_histories(3))


@pytest.fixture(scope="module")
def run() -> Run:
    return train_run(DATA, MODEL, TRAIN, with_maps=False)


@pytest.fixture(scope="module")
def unrefitted() -> Run:
    return train_run(DATA, MODEL, dataclasses.replace(TRAIN, refit=False), with_maps=False)


def test_the_weights_are_the_same_with_and_without_it(run: Run) -> None:
    model, _ = fit(leave_one_out(DATA), MODEL, TRAIN)
    assert all(np.array_equal(run.arrays[name], weights.numpy()) for name, weights in model.state_dict().items())


def test_the_run_itself_is_among_the_moments(run: Run) -> None:
    replay = run.replay
    assert replay.phase == "refit"
    assert replay.epochs.tolist() == list(range(run.history["best_epoch"] + 1))
    frame = replay.epochs.tolist().index(replay.best)
    for row, probe in enumerate(replay.probes):
        history = DATA.history(probe.user)
        window = history[:-1][-4:]
        trace, ranking = recommend(run, probe.user, window, exclude=history[:-1])
        count = len(window)
        np.testing.assert_allclose(replay.weights[frame, row, -count:, -count:], trace.weights, atol=1e-3)
        assert replay.ranks[frame, row] == ranking.ranks[history[-1]]
        near = replay.top[frame, row][replay.top[frame, row] >= 0]
        np.testing.assert_allclose(
            replay.distances[frame, row][: len(near)], np.sort(ranking.blended[near]), rtol=1e-4, atol=1e-5
        )
        assert set(near) == set(ranking.top(10)[: len(near)])


def test_the_last_moment_lies_as_the_maps_of_the_run_do(run: Run) -> None:
    """Every earlier moment uses the same projection: an affine map of its own vectors."""
    stored = maps.make_maps(run.arrays, TRAIN.seed, with_umap=False)
    replay = run.replay
    users = len(stored["users"])
    np.testing.assert_allclose(replay.short_items[-1], stored["short_pca"][replay.items], atol=2e-3)
    np.testing.assert_allclose(replay.long_items[-1], stored["long_pca"][users:][replay.items], atol=2e-3)
    np.testing.assert_allclose(replay.long_users[-1], stored["long_pca"][:users][replay.users], atol=2e-3)


def test_no_point_jumps_farther_than_it_moved(run: Run) -> None:
    """A projection on orthonormal axes shortens every distance; a new map for each epoch would not."""
    vectors: dict[int, np.ndarray] = {}

    def remember(phase: str, number: int, model: torch.nn.Module) -> None:
        if phase == "refit":
            vectors[number] = model.item_short.detach().numpy().copy()

    fit(leave_one_out(DATA), MODEL, TRAIN, Callbacks(model=remember))
    for frame in range(1, len(run.replay.epochs)):
        true = np.linalg.norm(vectors[frame][run.replay.items] - vectors[frame - 1][run.replay.items], axis=1)
        drawn = run.replay.short_items[frame].astype(float) - run.replay.short_items[frame - 1].astype(float)
        assert (np.linalg.norm(drawn, axis=1) <= true + 3e-3).all()


def test_without_a_final_fit_the_search_is_replayed_to_its_end(unrefitted: Run) -> None:
    replay = unrefitted.replay
    assert (replay.phase, replay.best) == ("search", unrefitted.history["best_epoch"])
    assert replay.epochs.tolist() == [0, 1, 2, 3, 4, 5]


def test_an_interrupted_final_fit_replays_the_search() -> None:
    def stop(epoch: object) -> None:
        if epoch.phase == "refit":
            raise KeyboardInterrupt

    interrupted = train_run(DATA, MODEL, TRAIN, Callbacks(epoch=stop))
    assert interrupted.replay.phase == "search"
    assert interrupted.replay.best == interrupted.history["best_epoch"]


class KilledError(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("stop", [("search", 1), ("search", 5), ("refit", 1)])
def test_a_training_of_two_lives_has_the_replay_of_one(run: Run, stop: tuple[str, int], tmp_path: Path) -> None:
    def die(epoch: object) -> None:
        if (epoch.phase, epoch.epoch) == stop:
            raise KilledError

    options = {"resume": True, "overwrite": False}
    with pytest.raises(KilledError), training_at(tmp_path / "run", DATA, (MODEL, TRAIN), **options) as store:
        train_run(DATA, MODEL, TRAIN, Callbacks(epoch=die, store=store), with_maps=False)
    with training_at(tmp_path / "run", DATA, (MODEL, TRAIN), **options) as store:
        final = train_run(DATA, MODEL, TRAIN, Callbacks(store=store), with_maps=False)
    for name, array in runs_replay.arrays_of(run.replay).items():
        assert np.array_equal(array, runs_replay.arrays_of(final.replay)[name], equal_nan=array.dtype.kind == "f"), name


@pytest.mark.parametrize("damage", ["empty", "zeros", "a bit"])
def test_a_damaged_frame_costs_that_frame_and_is_said(damage: str, tmp_path: Path) -> None:
    recorder = Recorder(leave_one_out(DATA), MODEL, 0, tmp_path / "frames")
    fit(leave_one_out(DATA), MODEL, TRAIN, Callbacks(model=recorder))
    file = tmp_path / "frames" / file_name("search", 2)
    content = file.read_bytes()
    a_bit = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
    file.write_bytes({"empty": b"", "zeros": b"\x00" * 100, "a bit": a_bit}[damage])
    reopened = Recorder(leave_one_out(DATA), MODEL, 0, tmp_path / "frames")
    assert sorted(reopened.frames["search"]) == [0, 1, 3, 4, 5]
    assert reopened.damaged == 1
    with training_at(tmp_path / "run", DATA, (MODEL, TRAIN), resume=False, overwrite=False) as store:
        shutil.copytree(tmp_path / "frames", store.frames)
        said: list[str] = []
        train_run(DATA, MODEL, TRAIN, Callbacks(stage=lambda _, text: said.append(text), store=store), with_maps=False)
        assert any(text.startswith("Of the saved epochs for the replay, 1 cannot be read") for text in said)
    file.write_bytes(save_tensors(vars(recorder.frames["search"][2])))  # as older versions wrote it
    assert sorted(Recorder(leave_one_out(DATA), MODEL, 0, tmp_path / "frames").frames["search"]) == list(range(6))
    other_model = Recorder(leave_one_out(DATA), dataclasses.replace(MODEL, dim=9), 0, tmp_path / "frames")
    assert other_model.frames["search"] == {}


def test_however_long_a_training_there_are_so_many_moments() -> None:
    for count in range(0, 5000, 7):
        step = stride(count, MOST_FRAMES)
        assert count // step + 1 <= MOST_FRAMES
        assert step == 1 or count // (step // 2) + 1 > MOST_FRAMES
    assert Recorder(leave_one_out(DATA), dataclasses.replace(MODEL, window=120), 0).most == 2_000_000 // (5 * 120**2)
    recorder = Recorder(leave_one_out(DATA), MODEL, 0)
    assert recorder.most == MOST_FRAMES
    recorder.most = 3
    train = dataclasses.replace(TRAIN, epochs=9, refit=False)
    model, history = fit(leave_one_out(DATA), MODEL, train, Callbacks(model=recorder))
    assert sorted(recorder.frames["search"]) == [0, 4, 8]
    assert set(recorder.replay(model, history).epochs) == {0, 4, 8, history.best_epoch}


def test_the_people_are_those_that_the_rules_say() -> None:
    histories = {
        "longest": [f"r{i}" for i in range(9)],
        "shortest": ["c0", "c1", "c2", "r0"],
        "common": ["c0", "c1", "c2", "c3", "c4"],
        "rare": ["x0", "x1", "x2", "x3", "x4", "x5"],
        "too short": ["c0", "c1"],
    } | {f"crowd {i}": ["c0", "c1", "c2", "c3", "c4", f"y{i}", f"z{i}"] for i in range(6)}
    data = interactions_of(histories)
    user_of_rule = {probe.rule: data.user_ids[probe.user] for probe in probes_of(leave_one_out(data), 3)}
    assert user_of_rule["has the longest history"] == "longest"
    assert user_of_rule["has the shortest history that fills a window"] == "shortest"
    assert user_of_rule["has a history of median length"].startswith("crowd")
    assert user_of_rule["had the most popular recent items"] == "common"
    assert user_of_rule["had the least popular recent items"] == "rare"


def test_where_no_history_fills_a_window_the_longest_ones_are_watched() -> None:
    data = interactions_of(
        {name: [f"{k}" for k in range(length)] for name, length in zip("abc", (3, 4, 5), strict=True)}
    )
    user_of_rule = {probe.rule: data.user_ids[probe.user] for probe in probes_of(leave_one_out(data), 9)}
    assert user_of_rule["has the longest history"] == "c"
    assert user_of_rule["has a history as long as most"] == "b"


def test_they_are_watched_at_the_moment_before_their_test_item() -> None:
    recorder = Recorder(leave_one_out(DATA), MODEL, 0)
    for user, window, target in zip(recorder.probe_users, recorder.windows, recorder.targets, strict=True):
        *before, last = DATA.history(user).tolist()
        assert (window[window >= 0].tolist(), target) == (before[-MODEL.window :], last)
    assert recorder.seen[1].tolist() == [item for user in recorder.probe_users for item in DATA.history(user)[:-1]]


def test_a_frame_holds_the_tables_and_the_list_of_each_with_its_end() -> None:
    """With 12 items, no user has ten unseen items."""
    split = leave_one_out(interactions_of(random_histories(3, items=12)))
    recorder = Recorder(split, MODEL, 0)
    torch.manual_seed(0)
    model = AttRec(MODEL, split.interactions.n_users, split.interactions.n_items, init_sd=0.3)
    frame = recorder.frame(model)
    for name, rows in (("short_items", recorder.items), ("long_items", recorder.items), ("long_users", recorder.users)):
        kind, owner = name.split("_")
        table = getattr(model, f"{owner.removesuffix('s')}_{kind}").detach().numpy()
        assert np.allclose(getattr(frame, name), table[rows], atol=1e-3)
    for probe, user in enumerate(recorder.probe_users):
        count = min(10, 12 - len(set(split.interactions.history(user)[:-1])))
        assert (frame.top[probe, :count] >= 0).all() and (frame.top[probe, count:] == -1).all()
        assert np.isnan(frame.distances[probe]).tolist() == (frame.top[probe] < 0).tolist()
    assert (frame.top < 0).any()


def test_two_users_are_watched_once_each() -> None:
    data = interactions_of({"a": ["p", "q", "r"], "b": ["q", "r", "s", "p"]})
    probes = probes_of(leave_one_out(data), 5)
    assert sorted(probe.user for probe in probes) == [0, 1]


def test_what_the_people_have_to_do_with_is_always_drawn() -> None:
    popularity = np.arange(100)
    drawn = drawn_items(popularity, 10, (np.array([[-1, 3], [95, 4]]), np.array([7])))
    assert drawn.tolist() == [3, 4, 7, *range(90, 100)]
    users = some_users(1000, 20, np.array([5, 999]), seed=0)
    assert {5, 999} <= set(users)
    assert 20 <= len(users) <= 22
    assert np.array_equal(users, some_users(1000, 20, np.array([5, 999]), seed=0))


def test_wide_tables_are_recorded_of_fewer_items_and_users(monkeypatch: pytest.MonkeyPatch) -> None:
    split = leave_one_out(interactions_of(random_histories(5, users=300, items=400, longest=9)))
    monkeypatch.setattr(recorder, "MOST_ITEMS", 200)
    monkeypatch.setattr(recorder, "MOST_USERS", 100)
    for values, items, users in ((10**6, 200, 100), (MODEL.dim * 250, 100, 50)):
        monkeypatch.setattr(recorder, "MOST_VALUES", values)
        recorded = Recorder(split, MODEL, 0)
        # The users that the replay follows and their items are added.
        assert 0 <= len(recorded.items) - items <= 30
        assert 0 <= len(recorded.users) - users <= len(recorded.probes)


def test_it_is_stored_and_opened_and_older_runs_do_without(run: Run, tmp_path: Path) -> None:
    runs_run.save(run, tmp_path / "new")
    runs_run.save(dataclasses.replace(run, replay=None), tmp_path / "old")
    assert load(tmp_path / "old").replay is None
    opened_replay = load(tmp_path / "new").replay
    for field in dataclasses.fields(Replay):
        stored, opened = getattr(run.replay, field.name), getattr(opened_replay, field.name)
        if isinstance(stored, np.ndarray):
            assert np.array_equal(stored, opened, equal_nan=stored.dtype.kind == "f"), field.name
        else:
            assert stored == opened


DAMAGE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
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
    "long_users": lambda a: a[:, :1],
    "distances": lambda a: a * np.nan,
}


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_a_damaged_replay_is_a_sentence(run: Run, name: str, tmp_path: Path) -> None:
    runs_run.save(run, tmp_path / "run")
    without_checksums(tmp_path / "run")  # so that the arrays themselves are checked
    arrays = runs_replay.arrays_of(run.replay)
    np.savez_compressed(tmp_path / "run" / "replay.npz", **{**arrays, name: DAMAGE[name](arrays[name])})
    with pytest.raises(InputError, match=r"replay\.npz is damaged"):
        load_whole(tmp_path / "run")


def test_a_missing_array_is_named(run: Run, tmp_path: Path) -> None:
    runs_run.save(run, tmp_path / "run")
    without_checksums(tmp_path / "run")  # so that the arrays themselves are checked
    arrays = runs_replay.arrays_of(run.replay)
    del arrays["intents"]
    np.savez_compressed(tmp_path / "run" / "replay.npz", **arrays)
    with pytest.raises(InputError, match="'intents' is missing"):
        load_whole(tmp_path / "run")


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


@pytest.mark.parametrize("mask", ["before", "none"])
@pytest.mark.parametrize("aggregation", ["sum", "max"])
def test_every_kind_of_model_is_replayed(mask: str, aggregation: str, tmp_path: Path) -> None:
    model = dataclasses.replace(MODEL, mask=mask, aggregation=aggregation, dropout=0.2)
    run = train_run(DATA, model, dataclasses.replace(TRAIN, epochs=2), with_maps=False)
    runs_run.save(run, tmp_path / "run")
    opened = load(tmp_path / "run")
    assert replay_moment(opened, 0, 1).attention.weights.sum(1) == pytest.approx(1, abs=2e-3)
