"""A run on disk: it opens as it was saved, and a broken file is named; large weights are mapped and read later."""

from __future__ import annotations

import json
import math
import re
import tracemalloc
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import interactions_of, random_histories
from shelf_worlds import everything, sentence, without_checksums

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.report import Counts
from attrec_core.errors import InputError
from attrec_core.explain.moment import moment_of
from attrec_core.runs import lookup, weights
from attrec_core.runs import run as runs_run
from attrec_core.runs.across_users import COLUMNS, CauseShares
from attrec_core.runs.history import leading
from attrec_core.runs.library.listing import entry_at, weights_fingerprint
from attrec_core.runs.load import load, load_whole
from attrec_core.runs.lookup import LETTERS, MATCHES, best_matches, item_id, user_id
from attrec_core.runs.run import Run
from attrec_core.runs.weights import Weights
from attrec_core.storage import atomic_folder
from attrec_core.training.train_run import train_run

DATA = {"source": "x", "tie_rule": "x", "duplicates": "x", "dropped": {}, "about": ""}


# Files that are whole, with these parts in the place of their own (None: none).
def caused(**parts: np.ndarray) -> dict[str, np.ndarray]:
    whole = {"kinds": np.array(["all", "series"]), "viewings": np.array([2, 2]), "shares": np.zeros((2, 7))}
    return {f"cause_{name}": part for name, part in (whole | parts).items()}


WRONG: dict[str, list[dict[str, Any]]] = {
    "history.json": [
        {"best_epoch": None},
        *({"epochs": epochs} for epochs in (3, [{"epoch": 1}])),
        *({"trained": trained} for trained in (3, "yesterday")),
    ],
    "metrics.json": [{"mrr": "high"}, {"n_users": None}, {"all": []}],
    "config.json": [
        *({"version": version} for version in (True, None)),
        {"format": "something-else"},
        {"versions": [1]},
        *({"data": DATA | wrong} for wrong in ({"dropped": [1]}, {"about": 5})),
    ],
    "interactions.npz": [
        *({"items": items} for items in (np.zeros((3, 3), int), np.array(["a"]))),
        {"times": None},
        {"starts": np.array([0, 5])},
    ],
    "maps.npz": [
        {"long_pca": None},
        {"users": np.array([0.5])},
        {"short_pca": np.full((25, 2), np.nan, np.float32)},
        {"short_umap": np.array(["x"])},
        {"short_mean": np.zeros(3, np.float32)},
    ],
    "at_large.npz": [
        {"tau_exact": None},
        *({"users": users} for users in (np.zeros((2, 2), np.int32), np.zeros(0, np.int32))),
        {"weights": np.zeros((9, 3), np.float32)},
        {"cause_kinds": np.array(["all"])},
        *(caused(kinds=np.array(kinds)) for kinds in (["one", "two"], ["all", "all"], ["all", "x" * 99])),
        *(caused(viewings=np.array(viewings)) for viewings in ([1, 0], [0.5, 1])),
        *(caused(shares=shares) for shares in (np.full((2, 7), 1.5), np.full((2, 7), np.nan), np.zeros((2, 6)))),
    ],
}


@pytest.fixture
def whole(small_run: Run, tmp_path: Path) -> Path:
    runs_run.save(small_run, tmp_path / "run-a")
    return tmp_path / "run-a"


@pytest.fixture
def saved(whole: Path) -> Path:
    return without_checksums(whole)


def part_of(run: Run, file: str) -> object:
    """Returns what a run holds of one of its files, whose name may be older than the field's."""
    return getattr(run, {"at_large.npz": "across_users"}.get(file, file.removesuffix(".npz")))


def test_what_was_saved_is_opened_without_a_pickle(small_run: Run, saved: Path) -> None:
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
    for name in ("interactions.npz", "maps.npz", "at_large.npz"):
        with np.load(saved / name, allow_pickle=False) as arrays:
            assert all(arrays[key].dtype != object for key in arrays.files)
    for name in COLUMNS:
        stored, opened = getattr(small_run.across_users, name), getattr(loaded.across_users, name)
        assert stored.dtype == opened.dtype
        assert np.array_equal(stored, opened, equal_nan=stored.dtype.kind == "f"), name


def test_equal_trainings_are_equal_bytes(tmp_path: Path) -> None:
    data = interactions_of(random_histories(5))
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        run = train_run(data, ModelConfig(dim=4, window=3), TrainConfig(epochs=2), with_maps=False)
        untimed = {**run.history, "epochs": [], "trained": None}
        runs_run.save(replace(run, history=untimed), folder)
    for file in folders[0].iterdir():
        assert file.read_bytes() == (folders[1] / file.name).read_bytes(), file.name


def test_a_run_names_its_data_set_and_is_named_by_its_folder_or_the_one_around_it(small_run: Run, saved: Path) -> None:
    assert "name" not in json.loads((saved / "config.json").read_text())["data"]
    named = replace(small_run, interactions=replace(small_run.interactions, name="My films"))
    runs_run.save(named, saved.parent / "my-data" / "run")
    assert json.loads((saved.parent / "my-data" / "run" / "config.json").read_text())["data"]["name"] == "My films"
    loaded = load(saved.parent / "my-data" / "run")
    assert (load(saved).name, loaded.name, loaded.interactions.name) == ("run-a", "my-data", "My films")
    assert entry_at(loaded.path).source == "My films"


@pytest.mark.parametrize("damage", ["truncated", "garbled", "gone"])
@pytest.mark.parametrize("name", [*runs_run.FILES, "maps.npz", "at_large.npz", "replay.npz"])
def test_damage_is_named(saved: Path, name: str, damage: str) -> None:
    """This also holds if the run opens without the damaged file: then it must not be passed on as whole."""
    content = (saved / name).read_bytes()
    (saved / name).unlink()
    if damage != "gone":
        garbage = b"\x00\xff<html>not what it says" * 3
        (saved / name).write_bytes(garbage if damage == "garbled" else content[: len(content) // 2])
    elif name in runs_run.MAY_MISS:
        # A run may have been trained without maps, or by a version that had no statistics over all users.
        assert part_of(load(saved), name) is None
        return
    with pytest.raises(InputError) as caught:
        load_whole(saved)
    # A truncated table is noticed because the arrays no longer fit it.
    names = (name, "interactions.npz") if name in ("items.csv", "users.csv") else (name,)
    assert any(name in str(caught.value) for name in names)
    assert "\n" not in str(caught.value)
    assert "pickle" not in str(caught.value) and "trust" not in str(caught.value)


def rewritten(file: Path, **changes: object) -> None:
    """Rewrites a file so that it is valid but has other content."""
    if file.suffix == ".json":
        content = json.loads(file.read_text()) | changes
        file.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))
        return
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files} | changes
    np.savez_compressed(file, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(("name", "changes"), [(name, one) for name, some in WRONG.items() for one in some])
def test_whole_files_with_wrong_content_are_named(saved: Path, name: str, changes: dict[str, object]) -> None:
    rewritten(saved / name, **changes)
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        load_whole(saved)
    if name in runs_run.MAY_MISS:
        run = load(saved)
        assert list(run.damaged) == [name]
        assert part_of(run, name) is None


@pytest.mark.parametrize(
    ("name", "array", "axis"),
    [
        *[("interactions.npz", array, 0) for array in ("items", "starts")],
        *[("maps.npz", array, 0) for array in ("users", "short_pca")],
        *[("at_large.npz", array, axis) for array, axis in (("users", 0), ("weights", 1))],
        *[("replay.npz", array, axis) for array, axis in (("epochs", 0), ("top", 2), ("items", 0), ("weights", 2))],
    ],
)
def test_an_array_that_does_not_fit_is_refused_before_its_values_are_read(
    saved: Path, name: str, array: str, axis: int
) -> None:
    """The array has far more values along one axis; they are zeros, which take no room in the file."""
    with np.load(saved / name) as stored:
        shape = list(stored[array].shape)
        shape[axis] = 20_000_000 // max(1, math.prod(shape[:axis] + shape[axis + 1 :]))
        rewritten(saved / name, **{array: np.zeros(shape, stored[array].dtype)})
    tracemalloc.start()
    with pytest.raises(InputError, match=name):
        load_whole(saved)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 30_000_000  # the tables are read in blocks of 17 MB


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("users", [10**6, -1], "users names a user that does not exist"),
        ("lengths", [3], "lengths do not fit the histories"),
        ("explained", [25], "explained names an item that does not exist"),
        ("ranks", [np.nan], "ranks holds a value that is not a number from 1 to 25"),
        ("weights", [np.nan, -1], "weights holds a value that is not a number"),
        ("tau_delete", [1.5], "tau_delete holds a value that is not a number from −1 to 1"),
        ("top_mask", [4, -2], "top_mask names a place that holds no item"),
    ],
)
def test_each_user_of_the_statistics_is_checked(saved: Path, name: str, values: list[float], expected: str) -> None:
    with np.load(saved / "at_large.npz") as stored:
        array = stored[name].copy()
    for value in values:
        array[-1] = value
        rewritten(saved / "at_large.npz", **{name: array})
        with pytest.raises(InputError, match=rf"at_large\.npz .*{expected}"):
            load_whole(saved)


def test_a_weight_where_no_item_is_and_a_user_without_test_item_are_refused(saved: Path, small_run: Run) -> None:
    columns = {name: getattr(small_run.across_users, name) for name in COLUMNS}
    padded = columns["weights"] + 0.1 * (columns["lengths"][:, None] < [4, 0, 0, 0])
    rewritten(saved / "at_large.npz", weights=padded.astype(np.float32))
    assert "a weight where there is no item" in sentence(lambda: load_whole(saved))
    short = np.flatnonzero(np.diff(small_run.interactions.starts) < 3)[:1].astype(np.int32)
    first_user = {name: column[:1] for name, column in columns.items()}
    rewritten(saved / "at_large.npz", **first_user | {"users": short})
    assert "somebody without a test item" in sentence(lambda: load_whole(saved))


def test_shares_of_causes_come_back_and_other_arrays_are_not_read(small_run: Run, saved: Path) -> None:
    shares = np.array([[0.5, np.nan, 0.25, 0.25, 1, 0, 0.2]])
    causes = CauseShares(("all",), np.array([4]), shares)
    across_users = replace(small_run.across_users, causes=causes)
    runs_run.save(replace(small_run, across_users=across_users), saved, overwrite=True)
    with zipfile.ZipFile(without_checksums(saved) / "at_large.npz", "a") as file, file.open("more.npy", "w") as member:
        np.lib.format.write_array(member, np.arange(3))
    loaded = load(saved).across_users.causes
    assert (loaded.kinds, loaded.viewings.tolist()) == (("all",), [4])
    assert np.array_equal(loaded.shares, shares, equal_nan=True)


def test_tables_that_fit_nothing_are_named(saved: Path) -> None:
    lines = (saved / "users.csv").read_text().splitlines()
    (saved / "users.csv").write_text("\n".join([*lines[:-1], lines[1]]))
    assert "a user id appears twice" in sentence(lambda: load(saved))
    (saved / "history.json").write_text("[" * 100_000)
    (saved / "users.csv").write_text("\n".join(lines))
    assert "history" in sentence(lambda: load(saved))


def test_settings_and_weights_of_a_run_are_checked(saved: Path, small_run: Run) -> None:
    model = json.loads((saved / "config.json").read_text())["model"]
    for change, expected in (
        ({"window": -3}, "out of range"),
        ({"dim": "8"}, "a whole number"),
        ({"x": 1}, r"config\.json: There is no setting 'x' in this version .* update the program"),
        ({"dim": 9}, "items has 18 columns instead of 20"),
    ):
        rewritten(saved / "config.json", model=model | change)
        with pytest.raises(InputError, match=expected):
            load(saved)
    arrays = {**small_run.arrays, "item_long": np.full_like(small_run.arrays["item_long"], np.nan)}
    runs_run.save(replace(small_run, arrays=arrays), saved, overwrite=True)
    assert "items holds a value that is not a number" in sentence(lambda: load(saved))


def test_a_run_is_replaced_only_when_told_and_nothing_else_ever(small_run: Run, saved: Path, tmp_path: Path) -> None:
    assert "use overwrite to replace it" in sentence(lambda: runs_run.save(small_run, saved))
    (saved / "extra").write_text("x")
    runs_run.save(small_run, saved, overwrite=True)
    assert not (saved / "extra").exists()
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    assert "not a run" in sentence(lambda: runs_run.save(small_run, tmp_path / "thesis", overwrite=True))
    assert (tmp_path / "thesis" / "chapter.txt").exists()
    with pytest.raises(InputError, match="cannot be written: Not a directory"):  # before it is trained
        atomic_folder.check_writable(tmp_path / "thesis" / "chapter.txt" / "run", atomic_folder.RUN, overwrite=False)


def test_a_failed_rename_puts_the_old_run_back(small_run: Run, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, rename = everything(saved), Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    assert "Input/output error" in sentence(lambda: runs_run.save(small_run, saved, overwrite=True))
    assert [path.name for path in saved.parent.iterdir()] == ["run-a"]
    assert everything(saved) == before


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


# weights.safetensors: one table of the items, X and V as its views.


def test_short_and_long_term_items_are_views_of_one_table_with_their_squared_lengths(small_run: Run) -> None:
    arrays = {name: array.copy() for name, array in small_run.arrays.items()}
    run = replace(small_run, arrays=arrays)
    parts = [arrays["item_long"], arrays["item_short"]]
    norms = [(part.astype(float) ** 2).sum(1, keepdims=True) for part in parts]
    np.testing.assert_allclose(run.table, np.hstack([*parts, *norms]), rtol=1e-6)
    assert run.arrays.keys() == arrays.keys()
    for name, array in arrays.items():
        assert np.array_equal(run.arrays[name], array)
    assert all(np.shares_memory(run.arrays[name], run.table) for name in ("item_long", "item_short"))
    assert replace(run, called="other").table is run.table


def test_a_table_whose_lengths_are_not_those_of_its_rows_is_refused(small_run: Run, tmp_path: Path) -> None:
    table = small_run.table.copy()
    table[3, -1] *= 1.01
    arrays = Weights({**small_run.arrays}, table)
    runs_run.save(replace(small_run, arrays=arrays), tmp_path / "odd")
    with pytest.raises(InputError, match=r"weights\.safetensors .* norms of its items"):
        load(tmp_path / "odd")


def test_a_large_file_is_mapped_and_answers_as_one_that_is_read(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = load(whole)
    assert weights_fingerprint(whole) == read.fingerprint
    monkeypatch.setattr(weights, "MAPPED", 1)
    mapped = load(whole)
    assert isinstance(memory_of(mapped.table), np.memmap) and not isinstance(memory_of(read.table), np.memmap)
    assert mapped.fingerprint == read.fingerprint
    for name, array in read.arrays.items():
        assert np.array_equal(mapped.arrays[name], array)
    rankings = [moment_of(run, 2).ranking for run in (read, mapped)]
    assert rankings[0].top(10).tolist() == rankings[1].top(10).tolist()
    assert rankings[0].ranks.tolist() == rankings[1].ranks.tolist()


def test_mapped_weights_are_compared_with_a_checksum_on_demand(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MAPPED", 1)
    assert not load(whole).verified and load_whole(whole).verified
    assert entry_at(whole).fault is None
    file = whole / weights.FILE
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert not load(whole).verified
    with pytest.raises(InputError, match=r"weights\.safetensors .* checksum"):
        load_whole(whole)


def test_mapped_weights_that_do_not_fit_are_a_sentence(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MAPPED", 1)
    content = (whole / weights.FILE).read_bytes()
    header, kind = content[:20] + b"\xff" + content[21:], content.replace(b'"F32"', b'"I32"', 1)
    for changed in (content[:-4], header, kind, content.replace(b'"items"', b'"itemz"', 1)):
        (whole / weights.FILE).write_bytes(changed)
        assert weights.FILE in sentence(lambda: load(whole))


def test_a_table_made_for_the_keys_and_queries_of_two_matrices_keeps_both(small_run: Run, tmp_path: Path) -> None:
    config = replace(small_run.model_config, shared_projection=False)
    arrays = {**small_run.arrays, "key_projection": np.eye(config.dim, dtype=np.float32)}
    runs_run.save(replace(small_run, model_config=config, arrays=arrays, replay=None), tmp_path / "two")
    assert np.array_equal(load(tmp_path / "two").arrays["key_projection"], arrays["key_projection"])


def memory_of(array: np.ndarray) -> object:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


# An item is found by its id or its title; what is not found is refused with what may be meant. The title search on the
# server is compared with a plain version of its rule.


TITLES = ("Alien", "The Alien", "Inalienable", "Ölüm ve Çınar", "Straße (1997)", "L'Âge d'or", "a.b", "aXb", "Æon Flux")


@pytest.fixture
def titled(small_run: Run) -> Run:
    """Its first items are five films; two have the same title."""
    data = small_run.interactions
    ids = ("rocky", "rocky-2", "00005", "7.0", "alien", *data.item_ids[5:])
    titles = ("Rocky", "Rocky II", "Amélie", "Heat", "Rocky II: The Cut", *data.titles[5:])
    titles = (*titles[:-2], "Solaris", "Solaris")
    return replace(small_run, interactions=replace(data, item_ids=ids, titles=titles))


def test_an_item_is_found_by_its_id_or_whole_title_unless_two_items_have_it(titled: Run) -> None:
    names = {"rocky": "rocky", "Rocky II": "rocky-2", "rocky ii": "rocky-2", "AMELIE": "00005", "7": "7.0"}
    assert {name: item_id(titled, name) for name in names} == names
    data = titled.interactions
    with pytest.raises(InputError, match="2 items have the title 'solaris'") as refused:
        item_id(titled, "solaris")
    assert all(repr(item) in str(refused.value) for item in data.item_ids[-2:])
    data = replace(data, user_ids=("0042", *data.user_ids[1:]))
    with pytest.raises(InputError, match="Did you mean '0042'"):
        user_id(replace(titled, interactions=data), "42")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("5", "Did you mean '00005' (Amélie)"),
        ("Rocy II", "Did you mean 'rocky-2' (Rocky II)"),
        ("The Cut", "'alien' (Rocky II: The Cut)"),
        *((name, "no item") for name in ("", " ", "\0", "(", "{id}", "x" * 5000)),
    ],
)
def test_an_unknown_item_is_refused_with_those_that_may_be_meant(titled: Run, name: str, hint: str) -> None:
    with pytest.raises(InputError) as refused:
        item_id(titled, name)
    assert refused.value.code == "unknown_item"
    assert hint in str(refused.value)


@pytest.fixture
def titled_run(small_run: Run) -> Run:
    data, random = small_run.interactions, np.random.default_rng(1)
    titles = tuple(f"{TITLES[random.integers(len(TITLES))]} {item}" for item in range(data.n_items))
    return replace(small_run, interactions=replace(data, titles=titles))


def plain(text: str) -> str:
    text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.category(c).startswith("M"))
    return "".join(LETTERS.get(letter, letter) for letter in text).strip()


@pytest.mark.parametrize("query", ["", "al", "ALIEN", "alien 1", "olu", "strasse", "age", "a.b", "aeon", "(19", "zz"])
@pytest.mark.parametrize("block", [1, 7, 50_000])
def test_the_best_matches_begin_with_it_then_a_word_does_then_they_hold_it(
    titled_run: Run, query: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "BLOCK", block)
    order = np.argsort(-titled_run.popularity, kind="stable").tolist()
    titles, needle = [plain(title) for title in titled_run.interactions.titles], plain(query)
    kinds: list[list[int]] = [[], [], []]
    for item in order:
        position = titles[item].find(needle)
        begins_word = re.search(rf"[^\w]{re.escape(needle)}", titles[item]) is not None
        if position >= 0:
            kinds[0 if position == 0 else 1 if begins_word else 2].append(item)
    assert best_matches(titled_run, query) == [item for kind in kinds for item in kind[:MATCHES]][:MATCHES]
