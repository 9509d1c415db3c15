"""Resuming: a training that is interrupted anywhere ends as if it had never stopped. Starting from a run."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from conftest import data_file, interactions_of, often, random_histories
from disk_order import DiskOrder
from hypothesis import given, settings
from hypothesis import strategies as st
from other_runs import made
from processes import started
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from shelf_worlds import without_checksums

from attrec_core.cli import main
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.models.attrec import AttRec
from attrec_core.models.registry import TRAINED
from attrec_core.runs.history import Epoch, History
from attrec_core.runs.library.listing import entry_at
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.runs.unfinished import STATE, fingerprint_of, folder_of, is_kept
from attrec_core.runs.weights import Arrays
from attrec_core.storage.atomic_write import remove
from attrec_core.storage.checksums import KEY
from attrec_core.training import fit as fit_module
from attrec_core.training.fit import Callbacks, fit, training_at
from attrec_core.training.train_run import start_from, train_run
from attrec_core.views.runs.words import training_sentence

Kind = tuple[ModelConfig, TrainConfig]
MODEL = ModelConfig(dim=6, window=3, dropout=0.3, shared_projection=False)  # dropout draws from torch's random state
TRAIN = TrainConfig(epochs=4, patience=2, targets=2, negatives=3, batch_size=50, init_sd=0.05, engine="torch")
DATA = interactions_of(random_histories(11, users=20))
SPLIT = leave_one_out(DATA)
KINDS = {
    "dropout and a key projection": (MODEL, TRAIN),
    "clipping": (replace(MODEL, dropout=0.0), replace(TRAIN, regularisation="clip")),
    "compiled": (replace(MODEL, dropout=0.0), replace(TRAIN, engine="compiled")),
    "compiled softmax": (
        replace(MODEL, dropout=0.0, vector_dropout=0.3, taste="both"),
        replace(TRAIN, engine="compiled", loss="softmax", optimiser="adam", learning_rate=0.01, average=2),
    ),
    "averaged": (MODEL, replace(TRAIN, average=3)),
    "no final fit": (MODEL, replace(TRAIN, refit=False)),
}
CLIPPING = KINDS["clipping"]
UNTIMED = {"seconds": 0, "validation_seconds": 0}


class KilledError(BaseException):
    """Stands for a kill: like a kill, nothing catches it."""


def dying_at(last: int | None) -> Callable[[Epoch], None]:
    """Returns a callback that raises KilledError at the given number of epochs (None: never)."""
    epochs: list[Epoch] = []

    def live(epoch: Epoch) -> None:
        epochs.append(epoch)
        if len(epochs) == last:
            raise KilledError

    return live


def begun(out: Path, kind: Kind, data: Interactions = DATA, *, resume: bool = True, **more: Any) -> Any:
    return training_at(out, data, kind, **{"resume": resume, "overwrite": False} | more)


def resumed(out: Path, stops: list[int], kind: Kind) -> tuple[AttRec, History]:
    """Fits in several lives. Each life but the last ends after its own number of epochs in `stops`."""
    for stop in [*stops, None]:
        try:
            with begun(out, kind) as store:
                last = None if stop is None else len(store.load().epochs) + stop
                return fit(SPLIT, *kind, Callbacks(epoch=dying_at(last), store=store))
        except KilledError:
            assert folder_of(out).is_dir()
    raise AssertionError


def without_seconds(history: History) -> list[dict[str, object]]:
    return [{**epoch.as_dict(), **UNTIMED} for epoch in history.epochs]


@pytest.fixture(scope="module")
def whole() -> dict[str, tuple[AttRec, History]]:
    """Fits each kind without interruption."""
    return {name: fit(SPLIT, *kind) for name, kind in KINDS.items()}


@settings(max_examples=12, deadline=None)
@given(name=st.sampled_from(sorted(KINDS)), stops=st.lists(st.integers(1, 4), max_size=5))
def test_a_training_of_many_lives_ends_like_one_of_one_life(
    name: str, stops: list[int], whole: dict[str, tuple[AttRec, History]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    expected, history = whole[name]
    model, actual = resumed(tmp_path_factory.mktemp("lives") / "run", stops, KINDS[name])
    assert all(torch.equal(weights, model.state_dict()[key]) for key, weights in expected.state_dict().items())
    assert without_seconds(actual) == without_seconds(history)
    assert (actual.best_epoch, actual.ended) == (history.best_epoch, history.ended)


@pytest.mark.parametrize("write", range(1, 12))
@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_a_kill_while_the_state_is_written_leaves_a_state(
    write: int, moment: str, whole: dict[str, tuple[AttRec, History]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupts each of the first writes; the state on disk continues to the same end."""
    writes, real_write = [], fit_module.atomic_write

    def broken(file: Path, content: bytes) -> None:
        writes.append(file)
        if len(writes) == write and moment == "within":
            file.with_name(f".{file.name}.12345678.partial").write_bytes(content[: len(content) // 2])
        if len(writes) != write or moment == "after":
            real_write(file, content)
        if len(writes) == write:
            raise KilledError

    kind = KINDS["no final fit"]
    with monkeypatch.context() as patched, pytest.raises(KilledError), begun(tmp_path / "run", kind) as store:
        patched.setattr(fit_module, "atomic_write", broken)
        fit(SPLIT, *kind, Callbacks(store=store))
        raise KilledError  # if there are fewer writes, the kill comes at the end
    model, actual = resumed(tmp_path / "run", [], kind)
    expected, history = whole["no final fit"]
    assert torch.equal(model.item_short, expected.item_short)
    assert without_seconds(actual) == without_seconds(history)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A data file with enough rows that an epoch lasts long enough for a kill."""
    return data_file(tmp_path / "rows.csv", random_histories(5, users=900, items=60, longest=40))


# With torch: whether the compiled loop is used would depend on whether another test has compiled it.
SETTINGS = ("--set", "engine=torch", "--set", "dim=16", "--set", "patience=0", "--epochs", "4", "--no-maps", "--json")


def killed_when(ready: Callable[[], bool], command: list[str]) -> bool:
    """Starts a training and kills it as soon as `ready` is true. Returns False if it has ended properly before."""
    training = started(main, command)
    while not ready() and training.is_alive():
        time.sleep(0.002)
    training.kill()
    training.join()
    assert training.exitcode in (0, -signal.SIGKILL)
    return training.exitcode != 0


def assert_ended_alike(out: Path, whole: Path) -> None:
    """Asserts that a killed training has left the same run as an uninterrupted one, and nothing else."""
    assert not folder_of(out).exists()
    differing = {"history.json", "config.json"}  # they hold the seconds of the epochs, and checksums
    for file in sorted(whole.iterdir()):
        if file.name not in differing:
            assert file.read_bytes() == (out / file.name).read_bytes(), file.name
    configs = [json.loads((run / "config.json").read_bytes()) for run in (whole, out)]
    sums, contents = ([config.pop(KEY) for config in configs], configs)
    assert contents[0] == contents[1]
    assert {name for name in sums[0] if sums[0][name] != sums[1][name]} == differing
    ended, expected = load(out).history, load(whole).history
    assert [{**epoch, **UNTIMED} for epoch in ended["epochs"]] == [{**epoch, **UNTIMED} for epoch in expected["epochs"]]
    assert sorted(path.name for path in out.parent.iterdir()) == ["rows.csv", "run", "whole"]


@pytest.mark.long
def test_killed_for_good_in_the_search_and_in_the_final_fit_and_resumed(table: Path, tmp_path: Path) -> None:
    out, folder, whole = tmp_path / "run", folder_of(tmp_path / "run"), tmp_path / "whole"
    command = ["train", str(table), "--out", str(out), *SETTINGS]
    assert main(["train", str(table), "--out", str(whole), *SETTINGS]) == 0

    def epochs(phase: str) -> int:
        try:
            return sum(epoch["phase"] == phase for epoch in json.loads((folder / "state.json").read_bytes())["epochs"])
        except FileNotFoundError:
            return 0

    began = time.monotonic()
    assert killed_when(lambda: epochs("search") >= 2, command)
    half = time.monotonic() - began
    assert not out.exists()
    assert killed_when(lambda: epochs("refit") >= 1, [*command, "--resume"])
    assert not out.exists() and is_kept(out)
    # `make soak` continues with kills at random moments: before the first epoch, within a write, after the end.
    chance = random.Random(3)
    for _ in range(often(0, 40)):
        moment = time.monotonic() + chance.uniform(0, 2 * half)
        ready = lambda moment=moment: time.monotonic() >= moment  # noqa: E731
        killed_when(ready, [*command, "--resume"])
        if out.exists() and not folder.exists():
            assert_ended_alike(out, whole)
            shutil.rmtree(out)
    # The settings are saved with the first epoch.
    options = ["--no-maps", "--json"] if is_kept(out) else SETTINGS
    assert main([*command[:4], "--resume", *options]) == 0
    assert_ended_alike(out, whole)


def test_killed_after_the_run_is_there_it_is_whole(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["train", str(table), "--out", str(tmp_path / "run"), *SETTINGS]
    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr(fit_module.CheckpointStore, "discard", Mock(side_effect=KilledError))
        main(command)
    before = (tmp_path / "run" / "weights.safetensors").read_bytes()
    assert main([*command, "--resume"]) == 0
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "run"]


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """The path of a run whose training was killed after its second epoch."""
    with pytest.raises(KilledError), begun(tmp_path / "run", CLIPPING) as store:
        fit(SPLIT, *CLIPPING, Callbacks(epoch=dying_at(2), store=store))
    return tmp_path / "run"


def refusal(out: Path, kind: Kind = CLIPPING, data: Interactions = DATA, *, goes_on: bool = False, **more: bool) -> str:
    """Returns why the training is refused. goes_on: whether only when it goes on, and not before."""
    with pytest.raises(InputError) as refused, begun(out, kind, data, **more) as store:
        if goes_on:
            fit(SPLIT, *kind, Callbacks(store=store))
        else:
            store.load()
    return str(refused.value)


def test_other_settings_other_data_and_a_second_process_are_refused(unfinished: Path) -> None:
    model, train = CLIPPING
    message = refusal(unfinished, (replace(model, dim=7), replace(train, seed=1)))
    assert "begun with dim=6, not 7; it was begun with seed=0, not 1" in message
    assert "the data" in refusal(unfinished, data=interactions_of(random_histories(12, users=20)))
    with begun(unfinished, CLIPPING):
        assert "by another process" in refusal(unfinished)
    assert folder_of(unfinished).is_dir()


def test_an_unfinished_training_is_deleted_when_told_state_first(
    unfinished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Continue it with resume" in refusal(unfinished, resume=False)
    deleted: list[str] = []
    monkeypatch.setattr(fit_module, "remove", lambda file: deleted.append(file.name) or remove(file))
    with begun(unfinished, CLIPPING, resume=False, overwrite=True) as store:
        assert store.load().epochs == []
        assert deleted[0] == STATE and len(deleted) > 2
    assert not folder_of(unfinished).exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_there_is_replaced_if_told_or_the_very_run(small_run: Run, tmp_path: Path, overwrite: bool) -> None:
    arrays = Arrays(small_run.arrays | {"item_long": small_run.arrays["item_short"]})
    with begun(tmp_path / "run", CLIPPING, resume=False, overwrite=overwrite) as store:
        assert store.may_replace(small_run) == overwrite  # a path without a run matches no run
        save(small_run, store.out)
        assert store.may_replace(small_run)
        assert store.may_replace(replace(small_run, arrays=arrays)) == overwrite


@pytest.mark.parametrize("damage", ["truncate", "garble", "remove", "empty"])
@pytest.mark.parametrize("name", ["training.json", "state.json", "search-0002.safetensors", "best"])
def test_a_damaged_training_is_a_sentence(unfinished: Path, name: str, damage: str) -> None:
    file = next(folder_of(unfinished).glob(name + "*"))
    content = {"truncate": file.read_bytes()[:-40], "garble": b"\xff{}" * 9, "empty": b""}.get(damage)
    file.unlink() if content is None else file.write_bytes(content)
    if name == "state.json" and damage == "remove":
        return  # then no state exists
    assert "is damaged" in refusal(unfinished)


def test_a_flipped_byte_of_a_training_is_a_sentence(unfinished: Path) -> None:
    chance, folder = np.random.default_rng(3), folder_of(unfinished)
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.stat().st_size)
    assert len(files) == 4
    for number in range(often(80, 1000)):
        file = files[number % len(files)]
        content = bytearray(before := file.read_bytes())
        content[chance.integers(len(content))] ^= 1 << chance.integers(8)
        file.write_bytes(content)
        with contextlib.suppress(ValueError):
            if file.suffix == ".json" and json.loads(content) == json.loads(before):
                continue  # such as 1e-05 and 1E-05
        assert "is damaged" in refusal(unfinished), file.name
        file.write_bytes(before)


def test_an_older_training_without_checksums_and_newer_settings_goes_on(unfinished: Path) -> None:
    file = without_checksums(folder_of(unfinished)) / "training.json"
    stored = json.loads(file.read_bytes())
    del stored["train"]["average"]
    file.write_text(json.dumps(stored))
    with begun(unfinished, CLIPPING) as store:
        assert len(store.load().epochs) == 2
        fit(SPLIT, *CLIPPING, Callbacks(store=store))
        assert "sha256" in json.loads((folder_of(unfinished) / STATE).read_bytes())


def test_a_state_of_another_shape_or_without_the_random_state_of_torch_is_a_sentence(unfinished: Path) -> None:
    """The files are complete but do not fit the model: settings in training.json were changed by hand."""
    folder = without_checksums(folder_of(unfinished))
    before = (folder / "training.json").read_bytes()
    stored = json.loads(before)
    stored["model"]["dim"] = 7
    (folder / "training.json").write_text(json.dumps(stored))
    assert "is damaged" in refusal(unfinished, (replace(CLIPPING[0], dim=7), CLIPPING[1]), goes_on=True)
    (folder / "training.json").write_bytes(before)
    file = folder / "search-0002.safetensors"
    file.write_bytes(save_tensors({n: t for n, t in load_tensors(file.read_bytes()).items() if n != "torch_random"}))
    assert "is damaged: torch_random is missing" in refusal(unfinished, goes_on=True)


def test_a_full_disk_ends_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path, content: bytes) -> None:
        if file.suffix == ".safetensors":
            raise OSError(28, os.strerror(28))

    warnings: list[str] = []
    monkeypatch.setattr(fit_module, "atomic_write", full)
    with begun(tmp_path / "run", CLIPPING, on_trouble=warnings.append) as store:
        _, history = fit(SPLIT, *CLIPPING, Callbacks(store=store))
    assert history.ended in ("patience", "epochs")
    assert len(warnings) == 1
    assert "No space left on device" in warnings[0]
    assert list(tmp_path.iterdir()) == []


def test_an_epoch_is_on_the_disk_before_the_one_before_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with begun(tmp_path / "run", CLIPPING) as store:
        with monkeypatch.context() as patched:
            order = DiskOrder(tmp_path, patched)
            fit(SPLIT, *CLIPPING, Callbacks(store=store))
        order.ended()
    assert {"search-0001.safetensors", "search-0002.safetensors"} <= set(order.removed)
    assert "state.json" in order.renamed


def test_a_fingerprint_knows_every_part_of_the_data() -> None:
    histories = {"a": ["p", "q", "r"], "b": ["q", "r", "p"]}
    fingerprint = fingerprint_of(interactions_of(histories))
    assert fingerprint == fingerprint_of(interactions_of(dict(reversed(histories.items()))))
    for changed in ({"a": ["p", "q", "r"], "c": ["q", "r", "p"]}, {"a": ["q", "p", "r"], "b": ["q", "r", "p"]}):
        assert fingerprint != fingerprint_of(interactions_of(changed))


# A training that starts from a run begins with its weights, whatever the order of the ids and the new ids.
SMALL, SHORT = ModelConfig(dim=8, window=4), TrainConfig(epochs=2, targets=1, negatives=2, engine="torch")
# The users and items of the run, an additional item for each user, and a new user and item that sort first by name.
HISTORIES = {name: [*items, "a new item"] for name, items in random_histories(1).items()}
MORE = interactions_of(HISTORIES | {"a new user": ["item 1", "a new item", "item 2", "item 3"]})


def test_known_rows_are_the_run_s_and_new_ones_random(small_run: Run) -> None:
    model, fresh = (AttRec(SMALL, MORE.n_users, MORE.n_items) for _ in range(2))
    fresh.load_state_dict(model.state_dict())
    start_from(small_run, MORE, SMALL)(model)
    items, users = (MORE.item_ids, small_run.item_index), (MORE.user_ids, small_run.user_index)
    for name, (ids, index) in {"item_short": items, "item_long": items, "user_long": users}.items():
        table, before = getattr(model, name).detach().numpy(), getattr(fresh, name).detach().numpy()
        for row, entity_id in enumerate(ids):
            expected = small_run.arrays[name][index[entity_id]] if entity_id in index else before[row]
            np.testing.assert_array_equal(table[row], expected)
    assert "a new item" not in small_run.item_index and "a new user" not in small_run.user_index
    np.testing.assert_array_equal(model.projection.detach().numpy(), small_run.arrays["projection"])


def test_both_phases_start_from_the_run_and_the_new_run_says_so(small_run: Run, tmp_path: Path) -> None:
    earlier = replace(small_run, called="before", fingerprint="0123456789ab")
    starts: list[np.ndarray] = []

    def first(phase: str, number: int, model: AttRec) -> None:
        if number == 0:
            starts.append(model.projection.detach().numpy().copy())

    fit(leave_one_out(MORE), SMALL, SHORT, Callbacks(model=first, start=start_from(earlier, MORE, SMALL)))
    assert len(starts) == 2  # the search and the final fit
    assert all(np.array_equal(start, earlier.arrays["projection"]) for start in starts)

    save(train_run(MORE, SMALL, SHORT, with_maps=False, earlier=earlier), tmp_path / "after")
    assert load(tmp_path / "after").history["from"] == {"run": "before", "fingerprint": "0123456789ab"}
    assert "It started from the run “before”." in training_sentence(entry_at(tmp_path / "after"))


OTHER_SHAPES: list[tuple[str, dict[str, int]]] = [
    *(("gru4rec", {"layers": 2}), ("sasrec", {"layers": 1}), ("transrec", {"projected": True})),
    *(("caser", {"filters": 3}), ("sasrec", {"window": 7}), ("caser", {"window": 7})),
]


def test_a_model_of_another_shape_and_other_data_are_refused(small_run: Run) -> None:
    for system, changed in OTHER_SHAPES:
        run = made(system, window="4")
        config = replace(run.model_config, **changed)
        with pytest.raises(InputError) as refused:
            start_from(run, MORE, config)(TRAINED[system](config, MORE.n_users, MORE.n_items))
        assert refused.value.code == "other_model", (system, changed)
    other_data = interactions_of({"user 1": ["x", "y", "z"], "user 2": ["x", "z", "y"]})
    for data, model, expected in (
        (MORE, replace(SMALL, dim=4), ("other_model", "dim")),
        (other_data, SMALL, ("other_data", "from_run")),
    ):
        with pytest.raises(InputError) as refused:
            start_from(small_run, data, model)
        assert (refused.value.code, refused.value.setting) == expected


@pytest.mark.parametrize("system", sorted(TRAINED))
def test_every_system_starts_from_its_own_run(system: str) -> None:
    run = made(system)
    model = TRAINED[system](run.model_config, MORE.n_users, MORE.n_items)
    start_from(run, MORE, run.model_config)(model)
    known = [run.item_index[name] for name in MORE.item_ids if name in run.item_index]
    here = [place for place, name in enumerate(MORE.item_ids) if name in run.item_index]
    for name in {*model.item_tables, "bias"} & run.arrays.keys():
        np.testing.assert_array_equal(getattr(model, name).detach().numpy()[here], run.arrays[name][known])


def test_it_is_resumed_with_the_same_run_alone_and_ends_bit_for_bit_the_same(small_run: Run, tmp_path: Path) -> None:
    out, kind, split, start = tmp_path / "run", (SMALL, SHORT), leave_one_out(MORE), start_from(small_run, MORE, SMALL)
    whole, _ = fit(split, *kind, Callbacks(start=start))
    with pytest.raises(KilledError), begun(out, kind, MORE, earlier="one") as store:
        fit(split, *kind, Callbacks(epoch=dying_at(1), store=store, start=start))
    for earlier in ("", "two"):
        with pytest.raises(InputError) as refused, begun(out, kind, MORE, earlier=earlier):
            pass
        assert refused.value.code == "other_training"
    with begun(out, kind, MORE, earlier="one") as store:
        again, _ = fit(split, *kind, Callbacks(store=store, start=start))
    assert all(torch.equal(weights, again.state_dict()[name]) for name, weights in whole.state_dict().items())
