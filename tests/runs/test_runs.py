"""A run on disk: it opens as it was saved, and a broken file is named."""

from __future__ import annotations

import dataclasses
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of, random_histories
from shelf_worlds import without_checksums

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.report import Counts
from attrec_core.errors import InputError
from attrec_core.runs import run as runs_run
from attrec_core.runs.across_users import COLUMNS, CauseShares
from attrec_core.runs.history import leading
from attrec_core.runs.library.listing import entry_at
from attrec_core.runs.load import load, load_whole
from attrec_core.runs.run import Run
from attrec_core.storage import atomic_folder
from attrec_core.training.train_run import train_run
from attrec_core.views import caveats

CAUSES = {
    "cause_kinds": np.array(["all", "series"]),
    "cause_viewings": np.array([2, 2]),
    "cause_shares": np.zeros((2, 7)),
}


@pytest.fixture
def saved(small_run: Run, tmp_path: Path) -> Path:
    runs_run.save(small_run, tmp_path / "run-a")
    return without_checksums(tmp_path / "run-a")


def part_of(run: Run, file: str) -> object:
    """Returns what a run holds of one of its files, whose name may be older than the field's."""
    return getattr(run, {"at_large.npz": "across_users"}.get(file, file.removesuffix(".npz")))


def test_what_was_saved_is_opened(small_run: Run, saved: Path) -> None:
    loaded = load(saved)
    assert (loaded.model_config, loaded.train_config) == (small_run.model_config, small_run.train_config)
    for name, array in small_run.arrays.items():
        assert np.array_equal(loaded.arrays[name], array)
    for name in ("user_ids", "item_ids", "titles", "genres", "source", "tie_rule"):
        assert getattr(loaded.interactions, name) == getattr(small_run.interactions, name)
    for name in ("users", "items", "times", "starts"):
        assert np.array_equal(getattr(loaded.interactions, name), getattr(small_run.interactions, name))
    assert loaded.metrics == json.loads(json.dumps(small_run.metrics))
    assert loaded.history == json.loads(json.dumps(small_run.history))
    assert all(np.array_equal(loaded.maps[name], array) for name, array in small_run.maps.items())
    for name in COLUMNS:
        stored, opened = getattr(small_run.across_users, name), getattr(loaded.across_users, name)
        assert stored.dtype == opened.dtype
        assert np.array_equal(stored, opened, equal_nan=stored.dtype.kind == "f"), name


def test_equal_trainings_are_equal_bytes(tmp_path: Path) -> None:
    data = interactions_of(random_histories(5))
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        settings = (ModelConfig(dim=4, window=3), TrainConfig(epochs=2))
        run = train_run(data, *settings, with_maps=False)
        runs_run.save(
            dataclasses.replace(run, history={**run.history, "epochs": [], "trained": None}), folder
        )  # times differ
    for file in folders[0].iterdir():
        assert file.read_bytes() == (folders[1] / file.name).read_bytes(), file.name


def test_a_run_names_the_data_set_that_it_was_trained_on(small_run: Run, saved: Path, tmp_path: Path) -> None:
    assert "name" not in json.loads((saved / "config.json").read_text())["data"]
    named = dataclasses.replace(small_run, interactions=dataclasses.replace(small_run.interactions, name="My films"))
    runs_run.save(named, tmp_path / "named")
    assert json.loads((tmp_path / "named" / "config.json").read_text())["data"]["name"] == "My films"
    assert load(tmp_path / "named").interactions.name == "My films"
    assert entry_at(tmp_path / "named").source == "My films"


def test_nothing_in_a_run_is_a_pickle(saved: Path) -> None:
    for file in saved.iterdir():
        assert not file.read_bytes().startswith(b"\x80"), file.name
    for name in ("interactions.npz", "maps.npz", "at_large.npz"):
        with np.load(saved / name, allow_pickle=False) as stored:
            assert all(stored[key].dtype != object for key in stored.files)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def garble(file: Path) -> None:
    file.write_bytes(b"\x00\xff<html>not what it says" * 3)


@pytest.mark.parametrize("damage", [truncate, garble, Path.unlink])
@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "weights.safetensors",
        "items.csv",
        "users.csv",
        "interactions.npz",
        "metrics.json",
        "history.json",
        "maps.npz",
        "at_large.npz",
    ],
)
def test_damage_is_named(saved: Path, name: str, damage: Callable[[Path], None]) -> None:
    """This also holds if the run opens without the damaged file: then it must not be passed on as whole."""
    damage(saved / name)
    if damage is Path.unlink and name in ("maps.npz", "at_large.npz"):
        # A run may have been trained without maps, or by a version that had no statistics over all users.
        assert part_of(load(saved), name) is None
        return
    with pytest.raises(InputError) as caught:
        load_whole(saved)
    # A truncated table is noticed because the arrays no longer fit it.
    assert name in str(caught.value) or {"items.csv": "interactions.npz", "users.csv": "interactions.npz"}[name] in str(
        caught.value
    )
    assert "\n" not in str(caught.value)


def rewritten(file: Path, **changes: object) -> None:
    """Rewrites a file so that it is valid but has other content."""
    if file.suffix == ".json":
        content = json.loads(file.read_text()) | changes
        file.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))
        return
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files} | changes
    np.savez(file, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("history.json", {"best_epoch": None}),
        ("history.json", {"epochs": 3}),
        ("history.json", {"trained": "yesterday"}),
        ("history.json", {"trained": 3}),
        ("history.json", {"epochs": [{"epoch": 1}]}),
        ("metrics.json", {"mrr": "high"}),
        ("metrics.json", {"n_users": None}),
        ("metrics.json", {"all": []}),
        ("config.json", {"versions": [1]}),
        ("config.json", {"data": {"source": "x", "tie_rule": "x", "duplicates": "x", "dropped": [1], "about": ""}}),
        ("config.json", {"data": {"source": "x", "tie_rule": "x", "duplicates": "x", "dropped": {}, "about": 5}}),
        ("config.json", {"version": True}),
        ("config.json", {"version": None}),
        ("interactions.npz", {"items": np.zeros((3, 3), int)}),
        ("interactions.npz", {"items": np.array(["a"])}),
        ("interactions.npz", {"times": None}),
        ("interactions.npz", {"starts": np.array([0, 5])}),
        ("maps.npz", {"long_pca": None}),
        ("maps.npz", {"users": np.array([0.5])}),
        ("maps.npz", {"short_pca": np.full((25, 2), np.nan, np.float32)}),
        ("maps.npz", {"short_umap": np.array(["x"])}),
        ("maps.npz", {"short_mean": np.zeros(3, np.float32)}),
        ("at_large.npz", {"tau_exact": None}),
        ("at_large.npz", {"users": np.zeros((2, 2), np.int32)}),
        ("at_large.npz", {"users": np.zeros(0, np.int32)}),
        ("at_large.npz", {"mean_map": np.zeros((3, 3), np.float32)}),
        ("at_large.npz", {"mean_map": np.full((4, 4), np.nan, np.float32)}),
        ("at_large.npz", {"cause_kinds": np.array(["all"])}),
        ("at_large.npz", CAUSES | {"cause_kinds": np.array(["one", "two"])}),
        ("at_large.npz", CAUSES | {"cause_kinds": np.array(["all", "all"])}),
        ("at_large.npz", CAUSES | {"cause_kinds": np.array(["all", "x" * 99])}),
        ("at_large.npz", CAUSES | {"cause_viewings": np.array([1, 0])}),
        ("at_large.npz", CAUSES | {"cause_viewings": np.array([0.5, 1])}),
        ("at_large.npz", CAUSES | {"cause_shares": np.full((2, 7), 1.5)}),
        ("at_large.npz", CAUSES | {"cause_shares": np.full((2, 7), np.nan)}),
        ("at_large.npz", CAUSES | {"cause_shares": np.zeros((2, 6))}),
    ],
)
def test_whole_files_with_wrong_content_are_named(saved: Path, name: str, changes: dict[str, object]) -> None:
    rewritten(saved / name, **changes)
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        load_whole(saved)
    if name in runs_run.MAY_MISS:
        run = load(saved)
        assert list(run.damaged) == [name]
        assert part_of(run, name) is None


@pytest.mark.parametrize("name", ["maps.npz", "at_large.npz", "replay.npz"])
@pytest.mark.parametrize("content", [b"", b"no arrays at all", b"PK\x03\x04 cut", pickle.dumps([1, 2])])
def test_a_part_that_a_run_may_lack_is_left_out_when_it_is_damaged(saved: Path, name: str, content: bytes) -> None:
    (saved / name).write_bytes(content)
    run = load(saved)
    assert part_of(run, name) is None
    assert list(run.damaged) == [name]
    message = caveats.damage(run, name)
    assert name in message and "Without it" in message
    assert "pickle" not in message and "trust" not in message
    with pytest.raises(InputError, match=name):
        load_whole(saved)


@pytest.mark.parametrize("name", ["interactions.npz", "weights.safetensors"])
def test_no_sentence_asks_anybody_to_trust_a_file(saved: Path, name: str) -> None:
    (saved / name).write_bytes(b"neither arrays nor tables")
    with pytest.raises(InputError) as caught:
        load(saved)
    assert "pickle" not in str(caught.value) and "trust" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("users", 10**6, "users names a user that does not exist"),
        ("users", -1, "users names a user that does not exist"),
        ("lengths", 3, "lengths do not fit the histories"),
        ("explained", 25, "explained names an item that does not exist"),
        ("ranks", np.nan, "ranks holds a value that is not a number from 1 to 25"),
        ("weights", np.nan, "weights holds a value that is not a number"),
        ("weights", -1, "weights holds a value that is not a number"),
        ("tau_delete", 1.5, "tau_delete holds a value that is not a number from -1 to 1"),
        ("columns", np.inf, "columns holds a value that is not a number from 0 to 1"),
        ("top_mask", 4, "top_mask names a place that holds no item"),
        ("top_mask", -2, "top_mask names a place that holds no item"),
    ],
)
def test_each_user_of_the_statistics_is_checked(saved: Path, name: str, value: float, expected: str) -> None:
    with np.load(saved / "at_large.npz") as stored:
        array = stored[name].copy()
    array[-1] = value
    rewritten(saved / "at_large.npz", **{name: array})
    with pytest.raises(InputError, match=rf"at_large\.npz .*{expected}"):
        load_whole(saved)


def test_a_weight_where_no_item_is_and_a_user_without_test_item_are_refused(saved: Path, small_run: Run) -> None:
    weights = small_run.across_users.weights.copy()
    weights[small_run.across_users.lengths < 4, 0] = 0.1
    rewritten(saved / "at_large.npz", weights=weights)
    with pytest.raises(InputError, match="a weight where there is no item"):
        load_whole(saved)
    short = np.flatnonzero(np.diff(small_run.interactions.starts) < 3)[:1].astype(np.int32)
    columns = {name: getattr(small_run.across_users, name) for name in COLUMNS if name != "mean_map"}
    first_user = {name: column[:1] for name, column in columns.items()}
    rewritten(saved / "at_large.npz", **first_user | {"users": short})
    with pytest.raises(InputError, match="somebody without a test item"):
        load_whole(saved)


def test_what_the_statistics_do_not_know_is_not_read(saved: Path) -> None:
    with zipfile.ZipFile(saved / "at_large.npz", "a") as file, file.open("more.npy", "w") as member:
        np.lib.format.write_array(member, np.arange(3))
    assert load(saved).across_users is not None


def test_shares_of_causes_come_back(small_run: Run, tmp_path: Path) -> None:
    shares = np.array([[0.5, np.nan, 0.25, 0.25, 1, 0, 0.2]])
    causes = CauseShares(("all",), np.array([4]), shares)
    across_users = dataclasses.replace(small_run.across_users, causes=causes)
    runs_run.save(dataclasses.replace(small_run, across_users=across_users), tmp_path / "caused")
    loaded = load(tmp_path / "caused").across_users.causes
    assert (loaded.kinds, loaded.viewings.tolist()) == (("all",), [4])
    assert np.array_equal(loaded.shares, shares, equal_nan=True)


def test_tables_that_fit_nothing_are_named(saved: Path) -> None:
    lines = (saved / "users.csv").read_text().splitlines()
    (saved / "users.csv").write_text("\n".join([*lines[:-1], lines[1]]))
    with pytest.raises(InputError, match="a user id appears twice"):
        load(saved)
    (saved / "history.json").write_text("[" * 100_000)
    (saved / "users.csv").write_text("\n".join(lines))
    with pytest.raises(InputError, match="history"):
        load(saved)


def edited(saved: Path, **changes: object) -> None:
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(config | changes))


def test_a_newer_run_asks_for_an_update(saved: Path) -> None:
    edited(saved, version=runs_run.VERSION + 1)
    with pytest.raises(InputError, match=r"newer version.*Update the program"):
        load(saved)


def test_a_foreign_folder_is_named(saved: Path, tmp_path: Path) -> None:
    edited(saved, format="something-else")
    with pytest.raises(InputError, match="does not describe an AttRec run"):
        load(saved)
    with pytest.raises(InputError, match=r"config\.json is missing"):
        load(tmp_path)
    with pytest.raises(InputError, match="no run at"):
        load(tmp_path / "nowhere")


def test_settings_of_a_run_are_checked(saved: Path) -> None:
    model = json.loads((saved / "config.json").read_text())["model"]
    for change, expected in (({"window": -3}, "out of range"), ({"dim": "8"}, "a whole number"), ({"x": 1}, "'x'")):
        edited(saved, model=model | change)
        with pytest.raises(InputError, match=expected):
            load(saved)
    edited(saved, model=model | {"dim": 9})
    with pytest.raises(InputError, match=r"items is float32 .* is expected"):
        load(saved)


def test_weights_that_are_no_numbers_are_refused(small_run: Run, tmp_path: Path) -> None:
    broken = {name: array.copy() for name, array in small_run.arrays.items()}
    broken["item_long"][0, 0] = np.nan
    runs_run.save(Run(**{**vars_of(small_run), "arrays": broken}), tmp_path / "nan")
    with pytest.raises(InputError, match="items holds a value that is not a number"):
        load(tmp_path / "nan")


def vars_of(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in run.__dataclass_fields__}


def test_an_existing_run_is_replaced_only_when_told(small_run: Run, saved: Path) -> None:
    with pytest.raises(InputError, match="use overwrite to replace it"):
        runs_run.save(small_run, saved)
    (saved / "extra").write_text("x")
    runs_run.save(small_run, saved, overwrite=True)
    assert not (saved / "extra").exists()


def test_overwrite_never_replaces_what_is_no_run(small_run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(InputError, match="not a run"):
        runs_run.save(small_run, tmp_path / "thesis", overwrite=True)
    assert (tmp_path / "thesis" / "chapter.txt").exists()


def test_a_failed_write_leaves_nothing_and_keeps_the_old_run(
    small_run: Run, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {file.name: file.read_bytes() for file in saved.iterdir()}
    write = atomic_folder.write_synced

    def full(file: Path, content: bytes) -> None:
        if file.name == "metrics.json":
            raise OSError(28, "No space left on device")
        write(file, content)

    monkeypatch.setattr(atomic_folder, "write_synced", full)
    with pytest.raises(InputError, match="No space left on device"):
        runs_run.save(small_run, saved, overwrite=True)
    assert [path.name for path in saved.parent.iterdir()] == ["run-a"]
    assert {file.name: file.read_bytes() for file in saved.iterdir()} == before


def test_a_failed_rename_puts_the_old_run_back(small_run: Run, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(InputError, match="Input/output error"):
        runs_run.save(small_run, saved, overwrite=True)
    assert load(saved).name == "run-a"
    assert len(list(saved.parent.iterdir())) == 1


def test_a_place_that_cannot_be_written_is_found_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        atomic_folder.check_writable(tmp_path / "file" / "run", atomic_folder.RUN, overwrite=False)


def test_a_run_in_a_folder_called_run_is_named_after_its_owner(small_run: Run, tmp_path: Path) -> None:
    runs_run.save(small_run, tmp_path / "my-data" / "run")
    assert load(tmp_path / "my-data" / "run").name == "my-data"


@pytest.mark.parametrize(
    ("counts", "first"),
    [
        (None, "hr@50"),
        (Counts(users=10, items=418, interactions=750), "hr@50"),  # 343 candidates on average
        (Counts(users=10, items=175, interactions=750), "hr@50"),  # 100
        (Counts(users=10, items=174, interactions=750), "mrr"),  # 99
        (Counts(users=0, items=25, interactions=0), "mrr"),
    ],
)
def test_the_hit_rate_leads_only_where_a_user_has_a_hundred_candidates(counts: Counts | None, first: str) -> None:
    assert leading(counts)[0] == first
    assert "mrr" in leading(counts)  # the best epoch is that with the highest MRR
