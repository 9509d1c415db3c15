"""A changed byte is found when the file is read, and the file is named; it never changes an answer silently."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import mmap
import shutil
import struct
import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

import numpy as np
import pytest
from conftest import ROOT, often
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.data import data_sets, stored
from attrec_core.errors import InputError
from attrec_core.explain.maps import add_maps
from attrec_core.runs import run as runs_run
from attrec_core.runs.library import zips
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.zips import unpack_zip, zip_of
from attrec_core.runs.load import load, load_whole, open_run
from attrec_core.runs.studies import load_study
from attrec_core.storage.arrays import arrays_in, npz_bytes
from attrec_core.storage.checksums import CheckedFolder, at_one_moment, described_in
from attrec_core.storage.read_errors import BROKEN, reason
from attrec_core.storage.workspace import Home

BEFORE = ROOT / "tests" / "fixtures" / "before"
HEADERS = (
    b"{'de(cr'",
    b"((((((((",
    b"\x00\xff{{'''",
    b"'\\\n\n\n    ",
    b"{'descr': '<f4', 'fortran_order': False, 'shape': (99",
)
FLIPS = often(140, 1000)  # in a run, and as many in a data set


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A small run with every part, and checksums."""
    runs_run.save(load(BEFORE / "home" / "runs" / "first"), tmp_path / "runs" / "small")
    return tmp_path / "runs" / "small"


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    opened = data_sets.load(BEFORE / "home" / "data" / "films")
    causes = b"user,item,step,kind,cause_step,cause_item\n"
    data_sets.save(opened.interactions, opened.report, tmp_path / "data" / "films", causes=causes)
    return tmp_path / "data" / "films"


def flipped(folder: Path, seed: int) -> Iterator[tuple[Path, int]]:
    """Yields files in which one bit is flipped, and its place; each file equally often, or a large file would get
    nearly all flips. Each file is as it was afterwards."""
    random = np.random.default_rng(seed)
    files = sorted(file for file in folder.iterdir() if file.name != "notes.json")
    for number in range(FLIPS):
        file = files[number % len(files)]
        content = file.read_bytes()
        offset, bit = int(random.integers(len(content))), 1 << int(random.integers(8))
        file.write_bytes(content[:offset] + bytes([content[offset] ^ bit]) + content[offset + 1 :])
        yield file, offset
        file.write_bytes(content)


def test_a_flipped_byte_of_a_run_is_a_sentence_or_a_part_that_is_left_out(saved: Path) -> None:
    good = runs_run.files_of(load_whole(saved))
    damaged: set[str] = set()
    for file, offset in flipped(saved, 1):
        try:
            run = load(saved)
        except InputError as error:
            assert file.name in str(error) and "\n" not in str(error), (file.name, offset, str(error))
            continue
        damaged |= set(run.damaged)
        assert run.verified or file.name == "config.json", (file.name, offset)
        left_out = {name: good[name] for name in good.keys() - run.damaged.keys()}
        assert runs_run.files_of(run) == left_out, (file.name, offset)
        assert set(run.damaged) <= {file.name}
    assert damaged == {"maps.npz", "at_large.npz", "replay.npz"}


def test_a_flipped_byte_of_a_data_set_is_a_sentence(data_set: Path) -> None:
    good = data_sets.load(data_set)
    for file, offset in flipped(data_set, 2):
        try:
            opened = data_sets.load(data_set)
        except InputError as error:
            assert file.name in str(error), (file.name, offset, str(error))
            continue
        assert file.name == "data.json", (file.name, offset)
        assert stored.files_of(opened.interactions) == stored.files_of(good.interactions)
        assert (opened.report, opened.name) == (good.report, good.name)


def test_the_shipped_studies_have_checksums_and_a_flipped_byte_is_a_sentence(tmp_path: Path) -> None:
    files = list((ROOT / "benchmarks" / "results").rglob("*.json"))
    assert len(files) > 20 and all(described_in(file, "study").sums for file in files)
    random, shipped = np.random.default_rng(4), sorted((ROOT / "benchmarks" / "results").glob("*/results.json"))
    for number in range(often(60, 1000)):
        before = shipped[number % len(shipped)].read_bytes()
        content = bytearray(before)
        content[random.integers(len(content))] ^= 1 << random.integers(8)
        with contextlib.suppress(ValueError):
            if json.loads(content) == json.loads(before):
                continue  # such as 1e-05 and 1E-05
        (tmp_path / "results.json").write_bytes(content)
        with pytest.raises(InputError, match=r"results\.json is damaged"):
            load_study(tmp_path)


@pytest.mark.parametrize("name", ["maps.npz", "at_large.npz", "replay.npz", "interactions.npz"])
def test_a_damaged_header_of_an_array_is_a_sentence_also_without_checksums(name: str, tmp_path: Path) -> None:
    """numpy evaluates the header as Python code, and raises whatever Python raises."""
    folder = tmp_path / "run"
    shutil.copytree(BEFORE / "home" / "runs" / "first", folder)
    with np.load(folder / name) as archive:
        arrays = dict(archive)
    np.savez(folder / name, **arrays)  # not compressed, so that a header can be overwritten
    whole = (folder / name).read_bytes()
    start = whole.index(b"{'descr'")
    for header in HEADERS:
        (folder / name).write_bytes(whole[:start] + header + whole[start + len(header) :])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if name in runs_run.MAY_MISS:
                assert list(load(folder).damaged) == [name]
            with pytest.raises(InputError, match=name) as caught:
                load_whole(folder)
        assert "\n" not in str(caught.value)


def test_every_file_but_the_notes_has_a_checksum_and_a_damaged_name_is_not_taken_for_none(
    saved: Path, data_set: Path
) -> None:
    write_notes(Home(saved.parent.parent), "small", note="mine")
    for folder, mark, opened in ((saved, "config.json", load), (data_set, "data.json", data_sets.load)):
        content = (folder / mark).read_bytes()
        assert set(json.loads(content)["sha256"]) == {file.name for file in folder.iterdir()} - {"notes.json"}
        (folder / mark).write_bytes(content.replace(b'"sha256"', b'"sha257"'))
        with pytest.raises(InputError, match=mark):
            opened(folder)


def test_only_maps_statistics_and_replay_may_be_missing(saved: Path, data_set: Path) -> None:
    for name in ("maps.npz", "at_large.npz", "replay.npz"):
        (saved / name).unlink()
        assert load_whole(saved).verified
    for file in sorted(saved.iterdir()):
        content = file.read_bytes()
        file.unlink()
        with pytest.raises(InputError, match=file.name):
            load(saved)
        file.write_bytes(content)
    (data_set / "causes.csv").unlink()
    with pytest.raises(InputError, match=r"causes\.csv is missing"):
        data_sets.load(data_set)


def test_maps_that_are_added_notes_and_a_zip_keep_the_sums_right(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    maps = {name: array + 1 if name == "long_umap" else array for name, array in load(saved).maps.items()}
    monkeypatch.setattr("attrec_core.explain.maps.maps_of", lambda run: maps)
    add_maps(saved, overwrite=True)
    write_notes(home, "small", note="mine")
    run = load_whole(saved)
    assert run.verified and np.array_equal(run.maps["long_umap"], maps["long_umap"])
    (tmp_path / "a.zip").write_bytes(zip_of(saved))
    unpacked = unpack_zip(tmp_path / "a.zip", home, "unpacked")
    assert load_whole(unpacked).verified
    weights = (unpacked / "weights.safetensors").read_bytes()
    (unpacked / "weights.safetensors").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    with pytest.raises(InputError, match=r"weights\.safetensors"):
        zip_of(unpacked)


def test_a_file_that_is_being_replaced_is_taken_as_it_was_and_as_it_will_be(saved: Path) -> None:
    old, new = (saved / "maps.npz").read_bytes(), npz_bytes(load(saved).maps, packed=False)
    folder = open_run(saved)
    sums = json.loads((saved / "config.json").read_bytes())["sha256"]
    folder.replace("maps.npz", new)
    only_new = open_run(saved).sums["maps.npz"]
    folder.describe({**sums, "maps.npz": f"{sums['maps.npz']} {only_new}"})
    for content in (old, new):
        (saved / "maps.npz").write_bytes(content)
        assert load(saved).damaged == {}


def test_maps_that_are_added_while_a_run_is_packed_are_packed_with_their_checksum(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps, opened, changes = npz_bytes(load(saved).maps, packed=False), zips.opened, [saved / "config.json"]

    def opened_then_changed(file: Path) -> IO[bytes]:
        stream = opened(file)
        if file in changes:
            changes.remove(file)
            open_run(saved).replace("maps.npz", maps)
        return stream

    monkeypatch.setattr(zips, "opened", opened_then_changed)
    (tmp_path / "a.zip").write_bytes(zip_of(saved))
    assert changes == []
    assert (unpack_zip(tmp_path / "a.zip", Home(tmp_path), "unpacked") / "maps.npz").read_bytes() == maps


def test_a_data_set_that_is_replaced_while_it_is_read_is_read_again(
    data_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, original, changes = CheckedFolder.opened, data_sets.load(data_set), ["users.csv"]
    titles = tuple(f"{title}!" for title in original.interactions.titles)
    changed = dataclasses.replace(original.interactions, titles=titles)

    def opened_another(folder: CheckedFolder, name: str) -> contextlib.AbstractContextManager[IO[bytes]]:
        if name in changes:
            changes.remove(name)
            data_sets.save(changed, dataclasses.replace(original.report, remarks=("Again.",)), data_set, overwrite=True)
        return opened(folder, name)

    monkeypatch.setattr(CheckedFolder, "opened", opened_another)
    read = data_sets.load(data_set)
    assert (read.interactions.titles, read.report.remarks) == (titles, ("Again.",))


def test_a_folder_that_was_away_while_it_was_read_and_is_back_is_read_again(saved: Path) -> None:
    attempts: list[str] = []

    def read(folder: Path) -> str:
        if not attempts:
            saved.rename(saved.with_name("away"))
        try:
            attempts.append("read")
            return open_run(folder).kind
        finally:
            if len(attempts) == 1:
                saved.with_name("away").rename(saved)

    assert at_one_moment(saved, read) == "run"
    assert len(attempts) == 2
    (saved / "config.json").unlink()
    with pytest.raises(InputError, match=r"config\.json is missing"):
        at_one_moment(saved, read)
    assert len(attempts) == 4


# Arrays on disk: unpacked arrays are mapped, not read, and hold the same values.


DTYPES = st.sampled_from([np.int32, np.int64, np.float32, np.bool_])


def arrays_of(lengths: list[int], dtype: type[np.generic]) -> dict[str, np.ndarray]:
    return {f"n{index}": np.arange(length).astype(dtype) for index, length in enumerate(lengths)}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), DTYPES)
def test_arrays_come_back_whether_packed_or_not(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], dtype: type[np.generic]
) -> None:
    arrays, file = arrays_of(lengths, dtype), tmp_path_factory.getbasetemp() / "arrays.npz"
    for packed in (True, False):
        file.write_bytes(npz_bytes(arrays, packed=packed))
        with file.open("rb") as stream:
            loaded = arrays_in(stream, *arrays, is_checked=True)
            assert list(loaded) == list(arrays_in(stream)) == list(arrays)
            for name, array in arrays.items():
                assert (loaded[name].shape, loaded[name].dtype) == (array.shape, array.dtype)
                values = loaded[name].values()
                assert np.array_equal(values, array)
                assert isinstance(values.base, np.memmap | mmap.mmap) != packed


@pytest.mark.parametrize("cut", [1, 60, 200, 300])
def test_what_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "arrays.npz"
    file.write_bytes(npz_bytes(arrays_of([50], np.int64), packed=False)[:-cut])
    with pytest.raises(BROKEN), file.open("rb") as stream:
        arrays_in(stream, "n0", is_checked=True)


def test_a_file_that_nobody_has_checked_is_read_and_compared(tmp_path: Path) -> None:
    file, content = tmp_path / "arrays.npz", bytearray(npz_bytes(arrays_of([50], np.int64), packed=False))
    content[300] ^= 1
    file.write_bytes(content)
    with pytest.raises(BadZipFile), file.open("rb") as stream:
        arrays_in(stream, "n0", is_checked=False)["n0"].values()


def test_objects_are_not_loaded(tmp_path: Path) -> None:
    content = io.BytesIO()
    np.savez(content, n0=np.array([{}], object), allow_pickle=True)
    file = tmp_path / "arrays.npz"
    file.write_bytes(content.getvalue())
    for is_checked in (True, False):
        with pytest.raises(ValueError, match="other things than arrays"), file.open("rb") as stream:
            arrays_in(stream, "n0", is_checked=is_checked)


@pytest.mark.parametrize("says", [4 * 10**8, 49, -50])
@pytest.mark.parametrize("is_in_contents", [False, True])
def test_an_array_of_another_length_than_its_header_says_is_refused_without_memory(
    says: int, is_in_contents: bool
) -> None:
    """is_in_contents: whether the table of contents agrees with the header."""
    header, content = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<i8", "fortran_order": False, "shape": (says,)})
    member = header.getvalue() + bytes(8 * 50)
    with ZipFile(content, "w") as file:
        file.writestr("n0.npy", member)
    raw = content.getvalue()
    if is_in_contents:
        length = len(header.getvalue()) + 8 * says
        raw = raw.replace(struct.pack("<L", len(member)), struct.pack("<L", length % 2**32))
    tracemalloc.start()
    with pytest.raises(BROKEN) as refused:
        arrays_in(io.BytesIO(raw))["n0"].values()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2_000_000
    assert reason(refused.value) in (
        "n0 has another length than its header says",
        "it is cut off",
        "the archive is damaged, or it is not one",
    )
