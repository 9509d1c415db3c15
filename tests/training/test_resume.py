"""Resuming: a training that is interrupted anywhere and resumed ends as if it had never stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import interactions_of, often, random_histories
from disk_order import DiskOrder
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import started
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from shelf_worlds import without_checksums

from attrec_core.cli import main
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.models.attrec import AttRec
from attrec_core.runs.history import Epoch, History
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.runs.unfinished import STATE, fingerprint_of, folder_of, is_kept
from attrec_core.runs.weights import Arrays
from attrec_core.storage.atomic_write import remove
from attrec_core.storage.checksums import KEY
from attrec_core.training import fit as fit_module
from attrec_core.training.fit import Callbacks, fit, training_at

MODEL = ModelConfig(dim=6, window=3, dropout=0.3, shared_projection=False)  # dropout draws from torch's random state
TRAIN = TrainConfig(epochs=4, patience=2, targets=2, negatives=3, batch_size=50, init_sd=0.05, engine="torch")
DATA = interactions_of(random_histories(11, users=20))
SPLIT = leave_one_out(DATA)
KINDS = {
    "dropout and a key projection": (MODEL, TRAIN),
    "clipping": (dataclasses.replace(MODEL, dropout=0.0), dataclasses.replace(TRAIN, regularisation="clip")),
    "compiled": (dataclasses.replace(MODEL, dropout=0.0), dataclasses.replace(TRAIN, engine="compiled")),
    "no final fit": (MODEL, dataclasses.replace(TRAIN, refit=False)),
}
UNTIMED = {"seconds": 0, "validation_seconds": 0}


class KilledError(BaseException):
    """Stands for a kill: like a kill, nothing catches it."""


def killed(*_: object, **__: object) -> None:
    raise KilledError


def dying_at(last: int | None) -> Callable[[Epoch], None]:
    """Returns a callback that raises KilledError at the given number of epochs (None: never)."""
    epochs: list[Epoch] = []

    def live(epoch: Epoch) -> None:
        epochs.append(epoch)
        if len(epochs) == last:
            raise KilledError

    return live


def resumed(out: Path, stops: list[int], kind: tuple[ModelConfig, TrainConfig]) -> tuple[AttRec, History]:
    """Fits in several lives. Each life but the last ends after its own number of epochs in `stops`."""
    for stop in [*stops, None]:
        try:
            with training_at(out, DATA, kind, resume=True, overwrite=False) as store:
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
    monkeypatch.setattr(fit_module, "atomic_write", broken)
    with (
        pytest.raises(KilledError),
        training_at(tmp_path / "run", DATA, kind, resume=False, overwrite=False) as store,
    ):
        fit(SPLIT, *kind, Callbacks(store=store))
        killed()  # if there are fewer writes, the kill comes at the end
    monkeypatch.setattr(fit_module, "atomic_write", real_write)
    model, actual = resumed(tmp_path / "run", [], kind)
    expected, history = whole["no final fit"]
    assert torch.equal(model.item_short, expected.item_short)
    assert without_seconds(actual) == without_seconds(history)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A data file with enough rows that an epoch lasts long enough for a kill."""
    rows = [
        f"{user},{item},{time}"
        for user, items in random_histories(5, users=900, items=60, longest=40).items()
        for time, item in enumerate(items)
    ]
    (tmp_path / "rows.csv").write_text("\n".join(["user,item,time", *rows]))
    return tmp_path / "rows.csv"


# With torch: whether the compiled loop is used would depend on whether another test has compiled it.
SETTINGS = (
    *("--set", "engine=torch", "--set", "dim=16", "--set", "patience=0"),
    *("--epochs", "4", "--no-maps", "--json"),
)


def killed_when(ready: Callable[[], bool], *words: str) -> bool:
    """Starts a training and kills it as soon as `ready` is true. Returns False if it has ended properly before."""
    training = started(main, ["train", *words, *SETTINGS])
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
def test_killed_for_good_in_the_search_and_in_the_final_fit_and_resumed(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(table), "--out", str(tmp_path / "whole"), *SETTINGS]) == 0
    out, folder = tmp_path / "run", folder_of(tmp_path / "run")

    def epochs(phase: str) -> int:
        try:
            return sum(epoch["phase"] == phase for epoch in json.loads((folder / "state.json").read_bytes())["epochs"])
        except FileNotFoundError:
            return 0

    began = time.monotonic()
    assert killed_when(lambda: epochs("search") >= 2, str(table), "--out", str(out))
    half = time.monotonic() - began
    assert not out.exists()
    assert killed_when(lambda: epochs("refit") >= 1, str(table), "--out", str(out), "--resume")
    assert not out.exists()
    assert is_kept(out)
    # `make soak` continues with kills at random moments: before the first epoch, within a write, after the end.
    chance = random.Random(3)
    for _ in range(often(0, 40)):
        moment = time.monotonic() + chance.uniform(0, 2 * half)
        ready = lambda moment=moment: time.monotonic() >= moment  # noqa: E731
        killed_when(ready, str(table), "--out", str(out), "--resume")
        if out.exists() and not folder.exists():
            assert_ended_alike(out, tmp_path / "whole")
            shutil.rmtree(out)
    capsys.readouterr()
    # The settings are saved with the first epoch.
    options = ("--no-maps", "--json") if is_kept(out) else SETTINGS
    assert main(["train", str(table), "--out", str(out), "--resume", *options]) == 0
    assert_ended_alike(out, tmp_path / "whole")


def test_killed_after_the_run_was_written_it_is_found_whole(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["train", str(table), "--out", str(tmp_path / "run"), *SETTINGS]
    monkeypatch.setattr(fit_module.CheckpointStore, "discard", killed)
    with pytest.raises(KilledError):
        main(command)
    monkeypatch.undo()
    before = (tmp_path / "run" / "weights.safetensors").read_bytes()
    assert main([*command, "--resume"]) == 0
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "run"]


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """The path of a run whose training was killed after its second epoch."""
    with (
        pytest.raises(KilledError),
        training_at(tmp_path / "run", DATA, KINDS["clipping"], resume=False, overwrite=False) as store,
    ):
        fit(
            SPLIT,
            *KINDS["clipping"],
            Callbacks(epoch=lambda epoch: killed() if epoch.epoch == 2 else None, store=store),
        )
    return tmp_path / "run"


def refusal(out: Path, kind: tuple[ModelConfig, TrainConfig], data: object = DATA, **options: bool) -> str:
    with pytest.raises(InputError) as refused, training_at(out, data, kind, **options) as store:
        store.load()
    return str(refused.value)


def test_other_settings_or_other_data_are_refused(unfinished: Path) -> None:
    model, train = KINDS["clipping"]
    changed = (dataclasses.replace(model, dim=7), dataclasses.replace(train, seed=1))
    message = refusal(unfinished, changed, resume=True, overwrite=False)
    assert "begun with dim=6, not 7; it was begun with seed=0, not 1" in message
    data = interactions_of(random_histories(12, users=20))
    assert "the data" in refusal(unfinished, (model, train), data, resume=True, overwrite=False)
    assert folder_of(unfinished).is_dir()


def test_an_unfinished_training_is_not_lost_by_accident(unfinished: Path) -> None:
    kind = KINDS["clipping"]
    assert "Continue it with resume" in refusal(unfinished, kind, resume=False, overwrite=False)
    with training_at(unfinished, DATA, kind, resume=False, overwrite=True) as store:
        assert store.load().epochs == []
    assert not folder_of(unfinished).exists()


def test_what_is_replaced_is_no_training_any_more_from_the_first_file_on(
    unfinished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[str] = []
    monkeypatch.setattr(fit_module, "remove", lambda file: deleted.append(file.name) or remove(file))
    with training_at(unfinished, DATA, KINDS["clipping"], resume=False, overwrite=True):
        assert deleted[0] == STATE and len(deleted) > 2


def test_what_is_there_is_replaced_where_that_was_said_or_it_is_the_very_run(small_run: Run, tmp_path: Path) -> None:
    changed = dataclasses.replace(
        small_run, arrays=Arrays(small_run.arrays | {"item_long": small_run.arrays["item_short"]})
    )
    for overwrite in (False, True):
        with training_at(tmp_path / "run", DATA, KINDS["clipping"], resume=False, overwrite=overwrite) as store:
            assert store.may_replace(small_run) == overwrite  # a path without a run matches no run
            save(small_run, store.out)
            assert store.may_replace(small_run)
            assert store.may_replace(changed) == overwrite
        shutil.rmtree(tmp_path / "run")


def test_two_processes_do_not_train_one_run(unfinished: Path) -> None:
    kind = KINDS["clipping"]
    with training_at(unfinished, DATA, kind, resume=True, overwrite=False):
        assert "by another process" in refusal(unfinished, kind, resume=True, overwrite=False)


@pytest.mark.parametrize("damage", ["truncate", "garble", "remove", "empty"])
@pytest.mark.parametrize("name", ["training.json", "state.json", "search-0002.safetensors", "best"])
def test_a_damaged_training_is_a_sentence(unfinished: Path, name: str, damage: str) -> None:
    file = next(folder_of(unfinished).glob(name + "*"))
    content = {"truncate": file.read_bytes()[:-40], "garble": b"\xff{}" * 9, "empty": b""}.get(damage)
    file.unlink() if content is None else file.write_bytes(content)
    if name == "state.json" and damage == "remove":
        return  # then no state exists
    assert "is damaged" in refusal(unfinished, KINDS["clipping"], resume=True, overwrite=False)


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
        assert "is damaged" in refusal(unfinished, KINDS["clipping"], resume=True, overwrite=False), file.name
        file.write_bytes(before)


def test_an_older_training_without_checksums_goes_on(unfinished: Path) -> None:
    without_checksums(folder_of(unfinished))
    with training_at(unfinished, DATA, KINDS["clipping"], resume=True, overwrite=False) as store:
        assert len(store.load().epochs) == 2
        fit(SPLIT, *KINDS["clipping"], Callbacks(store=store))
        assert "sha256" in json.loads((folder_of(unfinished) / STATE).read_bytes())


def test_a_state_of_another_shape_is_a_sentence(unfinished: Path) -> None:
    """The files are complete but do not fit the model: settings in training.json were changed by hand."""
    file = folder_of(unfinished) / "training.json"
    without_checksums(file.parent)
    stored = json.loads(file.read_bytes())
    stored["model"]["dim"] = 7
    file.write_text(json.dumps(stored))
    kind = (dataclasses.replace(KINDS["clipping"][0], dim=7), KINDS["clipping"][1])
    with (
        pytest.raises(InputError, match="is damaged"),
        training_at(unfinished, DATA, kind, resume=True, overwrite=False) as store,
    ):
        fit(SPLIT, *kind, Callbacks(store=store))


def test_a_state_without_the_random_state_of_torch_is_a_sentence(unfinished: Path) -> None:
    without_checksums(folder_of(unfinished))
    file = folder_of(unfinished) / "search-0002.safetensors"
    file.write_bytes(save_tensors({n: t for n, t in load_tensors(file.read_bytes()).items() if n != "torch_random"}))
    kind = KINDS["clipping"]
    with (
        pytest.raises(InputError, match="is damaged: torch_random is missing"),
        training_at(unfinished, DATA, kind, resume=True, overwrite=False) as store,
    ):
        fit(SPLIT, *kind, Callbacks(store=store))


def test_a_full_disk_ends_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path, content: bytes) -> None:
        if file.suffix == ".safetensors":
            raise OSError(28, os.strerror(28))

    warnings: list[str] = []
    monkeypatch.setattr(fit_module, "atomic_write", full)
    kind = KINDS["clipping"]
    with training_at(tmp_path / "run", DATA, kind, resume=False, overwrite=False, on_trouble=warnings.append) as store:
        _, history = fit(SPLIT, *kind, Callbacks(store=store))
    assert history.ended in ("patience", "epochs")
    assert len(warnings) == 1
    assert "No space left on device" in warnings[0]
    assert list(tmp_path.iterdir()) == []


def test_an_epoch_is_on_the_disk_before_the_one_before_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = KINDS["clipping"]
    with training_at(tmp_path / "run", DATA, kind, resume=False, overwrite=False) as store:
        with monkeypatch.context() as patched:
            order = DiskOrder(tmp_path, patched)
            fit(SPLIT, *kind, Callbacks(store=store))
        order.ended()
    assert {"search-0001.safetensors", "search-0002.safetensors"} <= set(order.removed)
    assert "state.json" in order.renamed


def test_a_fingerprint_knows_every_part_of_the_data() -> None:
    histories = {"a": ["p", "q", "r"], "b": ["q", "r", "p"]}
    fingerprint = fingerprint_of(interactions_of(histories))
    assert fingerprint == fingerprint_of(interactions_of(dict(reversed(histories.items()))))
    for changed in ({"a": ["p", "q", "r"], "c": ["q", "r", "p"]}, {"a": ["q", "p", "r"], "b": ["q", "r", "p"]}):
        assert fingerprint != fingerprint_of(interactions_of(changed))
