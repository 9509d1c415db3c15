"""The run library: what it lists, what users can change, and that nothing is lost."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, interactions_of, random_histories
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from shelf_worlds import everything, names, sentence

from attrec_core.cli import main
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.formats import FORMATS, LABELS
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.jobs.job import Job, JobRequest
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.listing import ORDERS, entry_at, list_runs, search_entries, sort_entries
from attrec_core.runs.library.notes import read_notes, write_notes
from attrec_core.runs.library.records import LibraryEntry, Notes
from attrec_core.runs.library.rename_and_trash import delete, empty_trash, list_trash, rename, restore, tidy
from attrec_core.runs.library.words import changed_settings, setting_in_words
from attrec_core.runs.library.zips import unpack_zip, zip_of
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.atomic_folder import DATA_SET, RUN, new_folder
from attrec_core.storage.locks import hold_lock
from attrec_core.storage.workspace import Home
from attrec_core.views import caveats
from attrec_core.views.runs.words import facts_of_run, row, training_sentence
from attrec_core.views.train.words import asked_for
from pages.lab import data_sets
from tests.processes import PATIENCE, started

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_run_that_does_not_say_when_it_was_trained_has_the_time_of_its_files(home: Home, small_run: Run) -> None:
    """Runs of earlier versions do not say it, and the bundled run does not either."""
    history = {name: value for name, value in small_run.history.items() if name != "trained"}
    runs_run.save(replace(small_run, history=history), home.runs / "old")
    os.utime(home.runs / "old" / "config.json", (1000.0, 1000.0))
    entry = entry_at(home.runs / "old")
    assert (entry.created, entry.of_files, entry.fault) == (1000.0, True, None)
    assert "Training date unknown (files from 1970" in training_sentence(entry)
    assert load(home.runs / "old").fingerprint == load(home.runs / "mine").fingerprint
    unpacked = unpack_zip(io.BytesIO(zip_of(home.runs / "mine")), home)
    original, copy = entry_at(home.runs / "mine"), entry_at(unpacked)
    assert original.created == copy.created and "Trained on" in training_sentence(copy)
    bundled = entry_at(ROOT / "sample_data" / "run")
    assert (bundled.fault, bundled.of_files) == (None, True)


def test_one_broken_folder_never_hides_the_others_and_no_folder_is_none(home: Home, small_run: Run) -> None:
    nowhere = Home(home.path / "none")
    assert list_runs(nowhere) == list_trash(nowhere) == [] and not nowhere.path.exists()
    (home.runs / "empty").mkdir()
    (home.runs / "letter.txt").write_text("no folder")
    (home.runs / ".mine.1234.partial").mkdir()
    config = json.loads((home.runs / "mine" / "config.json").read_bytes())
    for name, file, content in (
        ("cut", "weights.safetensors", b"\x00"),
        ("foreign", "config.json", b'{"format": "else"}'),
        ("newer", "config.json", b'{"format": "attrec-run", "version": 99}'),
        ("garbled", "history.json", b"\xff\xfe"),
        ("odd", "interactions.npz", b"PK"),
        ("unsaid", "config.json", json.dumps(config | {"data": {"name": "films"}}).encode()),  # without its source
    ):
        runs_run.save(small_run, home.runs / name)
        (home.runs / name / file).write_bytes(content)
    entries = {entry.name: entry for entry in list_runs(home)}
    assert set(entries) == {"mine", "empty", "cut", "foreign", "newer", "garbled", "odd", "unsaid"}
    assert entries.pop("mine").fault is None
    for name, entry in entries.items():
        assert "\n" not in str(entry.fault), name
        assert name in str(entry.fault)
    assert list_runs(home)[0].name == "mine"


def test_a_missing_file_is_seen_without_reading_the_weights(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = home.runs / "mine" / "weights.safetensors"
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda file: pytest.fail(str(file)) if file == weights else read(file))
    assert list_runs(home)[0].fault is None
    for name in runs_run.FILES:
        file = home.runs / "mine" / name
        file.rename(home.path / name)
        assert name in str(list_runs(home)[0].fault), name
        (home.path / name).rename(file)


def test_search_and_order(home: Home, small_run: Run) -> None:
    for day, (name, mrr) in enumerate((("Alpha 2", 0.2), ("beta", 0.9), ("gamma", 0.5)), 1):
        metrics = {**small_run.metrics, "mrr": mrr}
        history = {**small_run.history, "trained": f"2020-01-0{day}T10:00:00+00:00"}
        runs_run.save(replace(small_run, metrics=metrics, history=history), home.runs / name)
    delete(home, "mine")
    (home.runs / "a broken one").mkdir()
    write_notes(home, "beta", tags=["Good one"], note="for the talk")
    entries = list_runs(home)
    assert [entry.name for entry in entries] == ["gamma", "beta", "Alpha 2", "a broken one"]
    assert [entry.name for entry in sort_entries(entries, "name")] == ["Alpha 2", "beta", "gamma", "a broken one"]
    assert [entry.name for entry in sort_entries(entries, "mrr")] == ["beta", "gamma", "Alpha 2", "a broken one"]
    assert sort_entries(entries, "mrr", turned=True)[0].name == "Alpha 2"
    for by in ORDERS:
        assert {entry.name for entry in sort_entries(entries, by)} == {entry.name for entry in entries}
    for text, expected in (("GOOD talk", ["beta"]), ("dim=8 amm", ["gamma"]), ("dim=9", []), ("", 4)):
        hits = [entry.name for entry in search_entries(entries, text)]
        assert hits == expected or len(hits) == expected
    assert "sorted by" in sentence(lambda: sort_entries(entries, "colour"))


SEARCHES = [
    ("wide", ["d=64", "dim =64.0", "dimensions= 64", "L=5", "l2", "learning rate = .05 d=64"]),
    ("wide", ["long-term weight = 0.70", "omega=.7", "TE=true", "TE=1"]),
    ("narrow", ["dim=4", "ω=.2", "time signal = off", "clip", "talk  D=4"]),
    ("wide narrow", ["T = 1", "γ=.5", "λ=.001 λ of W=.01", "  "]),
    ("", ["dim=6", "λ of W = .001", "cli", "dim=many", "dim", "wide d=4", "colour=red", "="]),
]


def test_a_search_knows_settings_by_symbol_and_name_and_takes_numbers_exactly() -> None:
    model, train = ModelConfig(dim=64, long_weight=0.7), TrainConfig(targets=1)
    small = replace(model, dim=4, window=3, long_weight=0.2, time_signal=False)
    clip = replace(train, regularisation="clip")
    of = {"wide": (Notes(), model, train), "narrow": (Notes(("Talk",), "on Monday"), small, clip)}
    entries = [
        LibraryEntry(name, Path(name), 0, 0, notes=notes, settings=vars(dims) | vars(steps))
        for name, (notes, dims, steps) in of.items()
    ]
    for found, texts in SEARCHES:
        for text in texts:
            assert {entry.name for entry in search_entries(entries, text)} == {*found.split()}, text


def changed(run: Run, **changes: str) -> Run:
    """Returns the run with other facts about its data."""
    return replace(run, interactions=replace(run.interactions, **changes))


def differences(a: Run | LibraryEntry, b: Run | LibraryEntry) -> list[str]:
    return [setting_in_words(change) for change in changed_settings(a, b)]


def test_what_differs_of_the_data_is_said_in_words(home: Home, small_run: Run) -> None:
    """The list and the comparison of runs name the bundled data as the pages Data and Train do."""
    table = changed(small_run, source="table-folder")
    named = changed(small_run, source="movielens-100k", name="ml-100k", tie_rule="file-first", duplicates="drop")
    assert differences(table, named) == [
        "read from: a folder with a table → MovieLens 100K",
        "test item when timestamps tie: the last in the file → the first in the file",
        "repeated items: kept → dropped",
        "data set: unnamed → ml-100k",
    ]
    for run, called in ((table, "a folder with a table"), (named, "ml-100k")):
        runs_run.save(run, home.runs / "said", overwrite=True)
        assert facts_of_run(entry_at(home.runs / "said"))["data"].startswith(f"{called}, ")
    bundled = entry_at(ROOT / "sample_data" / "run")
    name = data_sets.display_name(replace(bundled, name=data_sets.SAMPLE_NAME, path=data_sets.SAMPLE_DATA))
    assert row(bundled, "bundled", "created").data == name
    assert facts_of_run(bundled)["data"].startswith(f"{name}, ")
    request = JobRequest(ROOT / "sample_data", "mine", "sparse")
    assert f" on {name}." in asked_for(Job("1", Path(), request, "queued", created=0))
    for a, b in ((bundled, entry_at(home.runs / "said")), (load(ROOT / "sample_data" / "run"), named)):
        assert f"data set: {name} → ml-100k" in differences(a, b)


@given(st.integers(0, 10_000), st.integers(4, 60))
def test_how_many_items_compete_is_what_the_evaluation_ranks(seed: int, items: int) -> None:
    histories = random_histories(seed, users=6, items=items, longest=9)
    data = interactions_of({user: history + history[: seed % 4] for user, history in histories.items()})
    assume(np.diff(data.starts).max() >= 3)  # otherwise no user has a test item
    split = leave_one_out(data)
    for left, part in enumerate(("test", "validation"), 1):
        tested = zip(split.evaluated, *split.held_out(part), strict=True)
        earlier = [{*data.history(user)[:position].tolist()} - {target} for user, position, target in tested]
        counts = caveats.candidate_counts(data.items, data.starts, data.n_items, left)
        assert counts.tolist() == [data.n_items - len(items) for items in earlier]


def test_a_hit_rate_that_chance_explains_says_so() -> None:
    for n_items, expected in (
        (52, "at most 50 of 52 items are candidates, all in the top 50"),  # the validation item has one more
        (55, "A random order would reach HR@50 .962 here, because a user has only 52 candidates on average."),
        (250, "A random order would reach HR@50 .202 here"),
        (260, ""),
    ):
        caveat = caveats.of_chance(np.tile(np.arange(4), 3), np.arange(0, 13, 4), n_items)
        assert expected in caveat and bool(expected) == bool(caveat)
    assert caveats.of_chance(np.arange(2), np.array([0, 2]), 10) == ""  # without a test user


def test_every_format_that_is_read_has_words() -> None:
    """A data set keeps the words for its source, and a table is named by its kind."""
    readers = " ".join(file.read_text() for file in (ROOT / "attrec_core" / "data" / "formats").glob("*.py"))
    variants = set(re.findall(r'format_? ?= ?"([a-z0-9-]+)"', readers))
    assert {"recbole-sessions", "table-folder", "tsv", "amazon-csv"} <= variants
    assert variants | {data_format.name for data_format in FORMATS} - {"table", "data-set"} <= set(LABELS)


def test_notes_outlive_a_run_that_is_written_over_and_are_written_in_parts(home: Home, small_run: Run) -> None:
    write_notes(home, "mine", tags=["one", " one ", "two\nlines", ""], note=" why ")
    write_notes(home, "mine", note="because")
    write_notes(home, "mine", tags=["one"])
    (entry,) = list_runs(home)
    assert (entry.notes.tags, entry.notes.note) == (("one",), "because")
    before = everything(home.path)
    assert "too long" in sentence(lambda: write_notes(home, "mine", tags=["x" * 41]))
    assert "at most 20 are allowed" in sentence(lambda: write_notes(home, "mine", tags=[str(n) for n in range(21)]))
    assert "20,001 characters" in sentence(lambda: write_notes(home, "mine", note="x" * 20_001))
    assert "no run called 'yours'" in sentence(lambda: write_notes(home, "yours", note="x"))
    assert everything(home.path) == before
    assert load(home.runs / "mine").name == "mine"
    write_notes(home, "mine", tags=["keep"], note="me")
    better = replace(small_run, metrics={**small_run.metrics, "mrr": 0.5})
    runs_run.save(better, home.runs / "mine", overwrite=True)
    (entry,) = list_runs(home)
    assert (entry.metrics["mrr"], entry.notes.tags, entry.notes.note) == (0.5, ("keep",), "me")
    runs_run.save(small_run, home.runs / "new", overwrite=True)
    assert read_notes(home.runs / "new") == Notes()


@pytest.mark.parametrize("notes", ["", "[]", "{}", '{"tags": 1, "note": ""}', '{"tags": [1], "note": ""}', "[" * 9999])
def test_damaged_notes_are_said_and_hide_nothing(home: Home, notes: str) -> None:
    (home.runs / "mine" / "notes.json").write_text(notes)
    (entry,) = list_runs(home)
    assert (entry.fault, entry.notes.tags) == (None, ())
    assert "notes.json" in str(entry.remark)
    assert "Write both again" in sentence(lambda: write_notes(home, "mine", note="x"))
    write_notes(home, "mine", tags=[], note="x")
    assert list_runs(home)[0].remark is None


def test_restoring_changes_not_a_byte_and_the_trash_goes_only_when_told(home: Home, small_run: Run) -> None:
    before = everything(home.runs / "mine")
    trashed = delete(home, "mine")
    assert (names(home), trashed.name, list_trash(home)) == (set(), "mine", [trashed])
    assert "no run called 'mine'" in sentence(lambda: delete(home, "mine"))
    assert restore(home, trashed.id) == home.runs / "mine"
    assert everything(home.runs / "mine") == before
    assert list_trash(home) == []
    first = delete(home, "mine")
    runs_run.save(small_run, home.runs / "mine")
    second = delete(home, "mine")
    assert empty_trash(home, [second.id]) == 1
    assert list_trash(home) == [first]
    assert empty_trash(home) == 1
    assert list((home.trash / "runs").iterdir()) == []


def test_a_name_that_was_taken_meanwhile_is_said_and_another_can_be_given(home: Home, small_run: Run) -> None:
    delete(home, "mine")
    runs_run.save(small_run, home.runs / "mine")
    assert "called 'mine' already" in sentence(lambda: restore(home, "mine", "mine"))
    assert restore(home, "mine", "mine again").name == "mine again"
    assert "no run 'mine' in the trash" in sentence(lambda: restore(home, "mine"))
    assert names(home) == {"mine", "mine again"}
    assert restore(home, delete(home, "mine").id, elsewhere=["Mine"]).name == "mine 2"


def test_what_a_killed_program_left_goes_and_what_somebody_writes_just_now_stays(home: Home) -> None:
    leftovers = [
        home.runs / ".mine.0a1b2c3d.partial",
        home.runs / "mine" / ".notes.json.0a1b2c3d.partial",
        home.jobs / ".20260101T000000-abc.0a1b2c3d.partial",
        home.trash / "runs" / ".mine.0a1b2c3d.gone",
    ]
    for folder in leftovers:
        (folder / "deep").mkdir(parents=True)
    with new_folder(home.runs / "written") as partial:
        tidy(home)
        assert names(home) == {"mine", partial.name}
    assert names(home) == {"mine"}
    assert not any(folder.exists() for folder in leftovers)


def test_what_a_killed_writer_moved_aside_comes_back_but_not_what_it_replaced(home: Home, small_run: Run) -> None:
    """It was killed between the two renames of an overwrite, or while it removed what the new folder replaced."""
    before = everything(home.runs / "mine")
    (home.runs / "mine").rename(home.runs / ".mine.0a1b2c3d.old")
    runs_run.save(small_run, home.runs / "other")
    assert names(home) == {"mine", "other"} and everything(home.runs / "mine") == before
    (home.runs / ".mine.0a1b2c3d.old" / "deep").mkdir(parents=True)
    delete(home, "mine")
    assert [entry.name for entry in list_runs(home)] == ["other"]
    assert names(home) == {"other"}


ODD = ["", " ", ".", "..", "../mine", "a/b", "a\\b", "/etc", ".hidden", "-rf", "a\x00b", "a\nb", "x" * 61]
RESERVED = ["run", "end.", "CON", "nul.txt", "Com1"]


@pytest.mark.parametrize("name", [*ODD, *RESERVED])
def test_names_that_no_folder_should_have_are_refused(home: Home, name: str) -> None:
    before = everything(home.path)
    sentence(lambda: rename(home, "mine", name))
    sentence(lambda: rename(home, name, "other"))
    sentence(lambda: delete(home, name))
    assert everything(home.path) == before


@pytest.mark.parametrize("name", ["sample_data", "SAMPLE_DATA", "given"])
def test_the_name_of_one_that_is_not_on_the_shelf_is_refused(home: Home, name: str) -> None:
    why = "or an unfinished one, is already called" if name == "given" else "The bundled run is called 'sample_data'"
    assert why in sentence(lambda: rename(home, "mine", name, elsewhere=["given"]))
    (home.runs / "mine").rename(home.runs / name)  # by hand, or by an earlier version
    assert rename(home, name, name, elsewhere=["given"]).name == name
    assert rename(home, name, "mine").name == "mine"


def test_a_name_in_other_capitals_is_taken_but_not_by_itself(home: Home, small_run: Run) -> None:
    runs_run.save(small_run, home.runs / "Other")
    assert "called 'Other' already" in sentence(lambda: rename(home, "mine", "other"))
    assert rename(home, "mine", "MINE").name == "MINE"
    assert names(home) == {"MINE", "Other"}


@pytest.mark.long
@QUICK
@given(name=st.text(max_size=70), again=st.text(max_size=70))
def test_whatever_it_is_called_it_comes_back(small_run: Run, tmp_path: Path, name: str, again: str) -> None:
    home = Home(tmp_path / "any")
    if not home.runs.exists():
        runs_run.save(small_run, home.runs / "mine")
    before = everything(home.runs / "mine")
    renamed = "mine"
    with contextlib.suppress(InputError):
        renamed = rename(home, "mine", name).name
    trashed = delete(home, renamed)
    assert trashed.name == renamed
    try:
        restored = restore(home, renamed, again).name
    except InputError:
        restored = restore(home, trashed.id).name
    assert {path.name for path in home.runs.iterdir()} == {restored}
    assert everything(home.runs / restored) == before
    restore(home, delete(home, restored).id, "mine")


def test_a_server_that_only_shows_changes_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = zip_of(home.runs / "mine")
    delete(home, "mine")
    restore(home, "mine")
    before = everything(home.path)
    monkeypatch.setenv("ATTREC_READONLY", "1")
    (home.path / "a.zip").write_bytes(packed)
    for action in (
        lambda: rename(home, "mine", "other"),
        lambda: delete(home, "mine"),
        lambda: restore(home, "mine"),
        lambda: write_notes(home, "mine", note="x"),
        lambda: empty_trash(home),
        lambda: unpack_zip(home.path / "a.zip", home),
    ):
        assert "read-only" in sentence(action)
    (home.path / "a.zip").unlink()
    assert everything(home.path) == before
    assert len(list_runs(home)) == 1


def test_a_link_is_moved_alone_and_data_sets_have_their_own_trash(home: Home, small_run: Run, tmp_path: Path) -> None:
    (home.data / "mine").mkdir(parents=True)
    (home.data / "mine" / "data.json").write_text(json.dumps({"format": "attrec-data"}))
    write_notes(home, "mine", note="rows", kind=DATA_SET)
    trashed = delete(home, "mine", DATA_SET)
    assert list_trash(home, RUN) == []
    assert names(home) == {"mine"}
    restore(home, trashed.id, "yours", DATA_SET)
    assert read_notes(home.data / "yours").note == "rows"
    runs_run.save(small_run, tmp_path / "elsewhere")
    (home.runs / "linked").symlink_to(tmp_path / "elsewhere")
    assert {entry.name for entry in list_runs(home)} == {"mine", "linked"}
    delete(home, "linked")
    empty_trash(home)
    assert load(tmp_path / "elsewhere").name == "elsewhere"


def hammer(place: Home, seed: int, rounds: int, folders: list[Path]) -> None:
    """Changes the same names at random. It may only be refused in a sentence, and never for a broken run."""
    os.environ["ATTREC_HOME"] = str(place.path)
    chance, written, templates = random.Random(seed), place.runs / "written", [load(folder) for folder in folders]
    whole = {run.train_config.seed: run.fingerprint for run in templates}
    fine = ("called", "in the trash", "in use", "There is no run")

    def look() -> None:
        for one in list_runs(place):
            assert one.fault is None and one.remark is None, (one.fault, one.remark)

    def open_written() -> None:
        found = load(written)
        assert whole[found.train_config.seed] == found.fingerprint, "half of one run and half of another"

    acts: list[Callable[..., object]] = [
        look,
        open_written,
        lambda a, b: rename(place, a, b),
        lambda a: delete(place, a),
        lambda a, b: restore(place, a, b),
        lambda a, b: main(["rename", a, b]),
        lambda: runs_run.save(chance.choice(templates), written, overwrite=True),
        lambda a: write_notes(place, a, note=str(seed)),
    ]
    for _ in range(rounds):
        act = chance.choice(acts)
        try:
            act(*chance.choices("abcd", k=act.__code__.co_argcount))
        except InputError as error:
            said = str(error)
            overtaken = "written" in said and error.code in ("no_folder", "busy")
            assert overtaken or any(words in said for words in fine), said


@pytest.mark.long
def test_processes_that_change_the_same_names_lose_nothing(home: Home, small_run: Run, tmp_path: Path) -> None:
    """Two servers, or a server and a terminal, on the same folder; the runs differ in their seeds and weights."""
    delete(home, "mine")
    empty_trash(home)
    folders = [*(home.runs / name for name in "abcd"), tmp_path / "a", tmp_path / "b", home.runs / "written"]
    for seed, folder in zip((0, 1, 2, 3, 0, 1, 0), folders, strict=True):
        arrays = {**small_run.arrays, "projection": small_run.arrays["projection"] + seed}
        config = replace(small_run.train_config, seed=seed)
        runs_run.save(replace(small_run, arrays=arrays, train_config=config), folder)
    before = sorted(load(folder).fingerprint for folder in folders[:4])
    workers = [started(hammer, home, seed, 50, folders[4:6]) for seed in range(4)]
    for worker in workers:
        worker.join(PATIENCE)
        assert worker.exitcode == 0
    trashed = [entry.path for entry in list_trash(home)]
    remaining = [entry.path for entry in list_runs(home) if entry.name != "written"]
    assert sorted(load(path).fingerprint for path in [*trashed, *remaining]) == before
    assert not [name for name in names(home) if name.startswith(".")], "something half-written is left"


def test_a_lock_is_waited_for_and_said_when_it_is_not_let_go(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attrec_core.runs.library.names.hold_lock", lambda folder: hold_lock(folder, wait=0.05))
    with hold_lock(home.runs):
        assert "in use by another program" in sentence(lambda: rename(home, "mine", "z"))
    assert rename(home, "mine", "z").name == "z"
    with hold_lock(home.runs, shared=True), hold_lock(home.runs, shared=True):
        assert len(list_runs(home)) == 1
