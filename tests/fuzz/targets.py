"""Readers of bytes from outside. Whatever the bytes are, a reader answers or raises an InputError of one line."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import numpy as np
from table_files import MAKERS, read

from attrec_core.data import data_sets, importing
from attrec_core.data.causes import read_causes
from attrec_core.errors import InputError
from attrec_core.jobs.folder import read_job
from attrec_core.runs import unfinished
from attrec_core.runs.foreign_weights import read_arrays, read_ids
from attrec_core.runs.library.listing import entry_at
from attrec_core.runs.library.zips import unpack_zip, zip_of
from attrec_core.runs.load import load
from attrec_core.runs.studies import RESULTS, load_study
from attrec_core.storage import checkpoints, read_errors
from attrec_core.storage.atomic_folder import DATA_SET
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.workspace import Home
from attrec_core.views import saved_view
from attrec_core.views.view import View, from_query, to_query
from attrec_core.views.view_fit import fit_to_run, fit_to_runs

FOUND = Path(__file__).with_name("found")  # one folder per target; each file once raised another error
# Without checksums, which would refuse every change.
BEFORE = Path(__file__).resolve().parents[1] / "fixtures" / "before"
SHIPPED = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
TRAINED = Path(__file__).resolve().parents[1] / "foreign"
RUN, DATA, TRAINING = "home/runs/first", "home/data/films", "home/runs/.unfinished.training"
JOB = "home/jobs/20261125T214752-51e20e"
RATINGS = "user,item,time\n" + "".join(f"{user},{item},{item}\n" for user in "ab" for item in range(1, 6))
CATALOGUE = b"item,title,genres,year\n1,Alien,Horror|Sci-Fi,1979\n2,Heat,,1995\n"
CAUSES = b"user,item,step,kind,cause_step,cause_item\nu1,i2,2,series,1,i1\n"
LINK = View(user="a", step=3, window=("p", "%,"), omega=0.5, mask="before", by_hand=(1, 2), cell=(1, 2), top=20)

# How Python and the libraries speak of their own code, which no sentence may pass on.
OF_A_LIBRARY = re.compile(
    r"\w\(\)|__|NoneType|Error\b|Errno|Invalid argument|Expecting|codec|EOF|CRC|magic|subscriptable|iterable|unhashable"
    r"|' object (is|has)|positional|keyword|could not|can't|not understood|broadcast|index out|isoformat"
    r"|invalid literal|CSV parse|CSV column|thrift|deserializ| zip file|Bad |has no attribute"
    r"|must be (str|int|a(?! whole| finite))\b"  # “must be a whole number” is our own
)
Readers = tuple[Callable[[Path], object], ...]
Seeds = Callable[[Path], list[bytes]]  # an empty folder → whole files


@dataclass(frozen=True)
class Target:
    """A file and its readers, each called by itself; `beside`: the folder of `BEFORE` that the file belongs to."""

    name: str
    file: str
    readers: Readers
    seeds: Seeds
    beside: str = ""

    def check(self, content: bytes, scratch: Path) -> bool:
        """Returns whether every reader answered. Raises any error that is not an InputError of one sentence."""
        folder = scratch / self.name
        if not folder.exists():
            shutil.copytree(BEFORE, folder) if self.beside else folder.mkdir()
        file, whole = folder / self.beside / self.file, BEFORE / self.beside / self.file
        # Packed arrays have checksums of their own; without new ones, no change would reach the readers of arrays.
        file.write_bytes(with_array(whole, content) if self.beside and file.suffix == ".npz" else content)
        answers = [self.answers(reader, file) for reader in self.readers]
        return all(answers)

    def answers(self, reader: Callable[[Path], object], file: Path) -> bool:
        try:
            reader(file)
        except InputError as error:
            assert str(error).strip() and "\n" not in str(error), repr(str(error))
            assert not OF_A_LIBRARY.search(str(error)), str(error)
            return False
        return True


def with_array(archive: Path, content: bytes) -> bytes:
    """Returns the .npz with one of its arrays, chosen by the first byte, replaced by the other bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(packed, "w") as new:
        names = old.namelist()
        chosen = names[content[0] % len(names)] if content else names[0]
        for name in names:
            new.writestr(name, content[1:] if name == chosen else old.read(name))
    return packed.getvalue()


def arrays_in(archive: Path) -> list[bytes]:
    """Returns each array in the form that `with_array` takes."""
    with zipfile.ZipFile(archive) as stored:
        return [bytes([index]) + stored.read(name) for index, name in enumerate(stored.namelist())]


def of_table(name: str, file: str, *endings: str) -> Target:
    """A target for files with interactions; the seeds are files of every format with one of these endings."""

    def seeds(scratch: Path) -> list[bytes]:
        for format_name, make in MAKERS.items():
            (scratch / format_name).mkdir()
            make(scratch / format_name)
        files = sorted(file for file in scratch.rglob("*") if file.is_file() and file.suffix in endings)
        return [RATINGS.encode(), *(file.read_bytes() for file in files)]

    skipping = lambda path: read(path, broken_rows="skip")  # noqa: E731
    return Target(name, file, (read, skipping, importing.preview), seeds)


def of_folder(name: str, place: str, readers: Readers, *files: str) -> Iterator[Target]:
    """Yields a target for each of these files of a folder of `BEFORE`."""
    for file in files:
        whole = BEFORE / place / file
        seeds = arrays_in(whole) if whole.suffix == ".npz" else [whole.read_bytes()]
        yield Target(f"{name}-{file}", file, readers, lambda _, seeds=seeds: seeds, place)


def alone(name: str, file: str, reader: Callable[[Path], object], *seeds: bytes) -> Target:
    return Target(name, file, (reader,), lambda _: list(seeds))


def packed_ratings(how: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", how) as archive:
        archive.writestr("a.csv", RATINGS)
    return packed.getvalue()


def foreign_weights(letters: str) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **{letter: np.ones((2, 2), np.float32) for letter in letters})
    return packed.getvalue()


def read_here(file: Path) -> None:
    """Reads a checkpoint in this process, whose limits the fuzzer sets."""
    try:
        checkpoints.content_of(file.read_bytes())
    except read_errors.BROKEN as error:
        raise InputError("cannot_use", "{why}", why=read_errors.reason(error)) from None


def read_with_catalogue(file: Path) -> None:
    (file.parent / "interactions.csv").write_text(RATINGS)
    read(file.parent)


def read_with_metadata(file: Path) -> None:
    (file.parent / "interactions.csv").write_text(RATINGS)
    read(file.parent / "interactions.csv", metadata=file)


def read_zip(file: Path) -> None:
    home = Home(file.parent / "home")
    try:
        unpack_zip(file, home)
    finally:
        shutil.rmtree(home.path, ignore_errors=True)


def read_address(query: str) -> None:
    """Reads the query of an address. Reading the fitted view again changes nothing."""
    run = load(BEFORE / RUN)
    view, _ = from_query(parse_qs(query, keep_blank_values=True))
    fitted, _ = fit_to_run(fit_to_runs(view, ["first"]).view, run)
    assert fit_to_run(fitted, run) == (fitted, ())
    assert from_query(to_query(fitted)) == (fitted, ())


def targets() -> Iterator[Target]:
    for ending in (".csv", ".txt", ".tsv", ".json", ".parquet"):
        yield of_table(f"table{ending}", f"a{ending}", ending)
    for name in ("ratings.dat", "user_taggedartists.dat"):
        yield of_table(f"table-{name}", name, ".dat")
    yield of_table("table.inter", "a.inter", ".inter", ".item")
    for ending in (".zip", ".csv.gz"):
        yield Target(
            f"table{ending}",
            f"a{ending}",
            (read, importing.preview, importing.members_of),
            lambda _: [packed_ratings(zipfile.ZIP_STORED), packed_ratings(zipfile.ZIP_DEFLATED)],
        )
    films, run = data_sets.load(BEFORE / DATA).interactions, load(BEFORE / RUN)
    yield alone("catalogue", "items.csv", read_with_catalogue, CATALOGUE)
    products = b'{"asin": "1", "title": "A cup"}\n{"asin": "2"}\n'
    yield alone("metadata", "items.json", read_with_metadata, products)
    yield alone("causes", "causes.csv", lambda file: read_causes(file, films), CAUSES)
    readers: Readers = (lambda file: load(file.parent, whole=True), lambda file: entry_at(file.parent))
    texts = ("config.json", "metrics.json", "history.json", "notes.json", "items.csv", "users.csv")
    arrays = ("interactions.npz", "maps.npz", "at_large.npz", "replay.npz", "weights.safetensors")
    yield from of_folder("run", RUN, readers, *texts, *arrays)
    readers = (lambda file: data_sets.load(file.parent), lambda file: entry_at(file.parent, DATA_SET))
    yield from of_folder("data-set", DATA, readers, "data.json", "report.json", "items.csv")
    readers = (lambda file: read_job(file.parent, Home(file.parents[2])),)
    yield from of_folder("job", JOB, readers, "job.json", "state.json", "progress.jsonl")
    readers = (lambda file: unfinished.settings_kept(file.parents[1] / "unfinished"),)
    yield from of_folder("training", TRAINING, readers, "training.json")
    content = json.loads((SHIPPED / "sample-ablation" / RESULTS).read_bytes())
    del content["sha256"]
    yield alone("study", RESULTS, lambda file: load_study(file.parent), json_bytes(content))
    yield alone("zip", "a.zip", read_zip, zip_of(BEFORE / RUN))
    of_weights = map(foreign_weights, ("XVUW", "XUW"))
    yield alone("weights", "a.npz", lambda file: read_arrays(file, dict.fromkeys("XVU", "ab"), "XVUW"), *of_weights)
    trained = [
        (BEFORE.parents[1] / "foreign" / name).read_bytes() for name in ("recbole_gelu.pth", "rectools_one.ckpt")
    ]
    yield alone("checkpoint", "a.pth", read_here, *trained)
    yield alone("ids", "ids.csv", lambda file: read_ids(file, "item"), b"item\na\nb\n")
    state = saved_view.to_json(saved_view.state_of(LINK, "attention", run)).encode()
    yield alone("state", "a.json", lambda file: saved_view.fitted(saved_view.from_json(file.read_bytes()), run), state)
    address = urlencode(to_query(LINK)).encode()
    yield alone("address", "address", lambda file: read_address(file.read_bytes().decode(errors="replace")), address)


TARGETS = {target.name: target for target in targets()}
