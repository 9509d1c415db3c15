"""Reads what `torch.save` has written, a zip with a pickle and the storages of its tensors, without running the pickle.

A pickle says which functions to call with what. This reader calls none but those of OWN, which are ours; every other
name becomes a `Record`, which holds its arguments and does nothing. It runs in a process of its own, with limits of
memory and time: `python -m attrec_core.storage.checkpoints FILE FOLDER` writes arrays.safetensors and values.json, or
refused.txt, to the folder.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, is_zipfile

import numpy as np
from safetensors.numpy import save_file

from attrec_core.errors import InputError, shown
from attrec_core.storage.arrays import mapped, tensors_in
from attrec_core.storage.read_errors import BROKEN, ContentError, expect, reason

LONGEST_PICKLE = 50_000_000  # bytes; a pickle has names, settings and ids, no weights
MOST_ENTRIES = 20_000  # of the zip: one for each tensor
MOST_VALUES = 2_000_000  # of all that the pickle holds; a value that is there twice counts twice
MOST_TEXT = 50_000_000  # characters of all its texts, counted like values: who reads them has no limit of memory
DEEPEST = 50  # how deep its values are nested
MOST_AXES = 8
COPIES = 4  # all tensors together, in sizes of the file: several may share a storage
MEMORY, SECONDS = 1 << 30, 60  # of the process, beside COPIES of the file
WHOLE_OBJECT = (
    "it is no zip as torch.save writes it, but a whole pickled object, which is never run. Save the weights alone, as "
    "a state_dict or as .safetensors"
)
# numpy has no bfloat16: the upper half of a float32.
STORAGES = {
    "Float": "<f4", "Double": "<f8", "Half": "<f2", "BFloat16": "<u2", "Long": "<i8", "Int": "<i4", "Short": "<i2",
    "Char": "i1", "Byte": "u1", "Bool": "?",
}  # fmt: skip
NUMBERS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """values: as JSON has them; a tensor is {"array": its name}, and an object of another program's {"class": its name,
    "arguments": […], "state": …}. arrays: by the places of the tensors, such as "state_dict.item.weight"."""

    values: Any
    arrays: dict[str, np.ndarray]


def read_checkpoint(file: Path) -> Checkpoint:
    """Raises InputError for a file that is damaged, hostile or of another kind, with one sentence."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            read_apart(file, Path(folder))
            content = np.array(mapped(Path(folder) / "arrays.safetensors"))
            arrays = {name: tensor.values() for name, tensor in tensors_in(content).items()}
            return Checkpoint(json.loads((Path(folder) / "values.json").read_text("utf-8")), arrays)
    except (OSError, *BROKEN) as error:
        raise InputError("cannot_use", "{file} cannot be used: {why}.", file=file, why=reason(error)) from None


def read_apart(file: Path, folder: Path) -> None:
    """Reads the file in a process of its own, which writes what it holds to the folder."""
    with file.open("rb"):  # else the process would say why it cannot
        pass
    command = [sys.executable, "-m", "attrec_core.storage.checkpoints", str(file.absolute()), str(folder)]
    quiet: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, cwd=Path(__file__).parents[2], env=alone, timeout=2 * SECONDS, check=False, **quiet)
    refused = folder / "refused.txt"
    expect(not refused.exists(), refused.read_text("utf-8") if refused.exists() else "")
    is_whole = (folder / "values.json").exists()
    expect(is_whole, f"reading it needs more than {SECONDS} seconds, or more memory than its size explains")


def main(file: str, out: str) -> None:
    """The work of the process. values.json is written last."""
    folder = Path(out)
    limit(COPIES * Path(file).stat().st_size)
    try:
        values, arrays = content_of(Path(file).read_bytes())
        save_file(arrays, folder / "arrays.safetensors")
        (folder / "values.part").write_text(json.dumps(values), "utf-8")
        (folder / "values.part").rename(folder / "values.json")
    except BROKEN as error:
        (folder / "refused.txt").write_text(reason(error), "utf-8")


def limit(size: int) -> None:
    """Limits this process; where the system does not, the time and the numbers above still do."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY + size, MEMORY + size))


def content_of(content: bytes) -> tuple[Any, dict[str, np.ndarray]]:
    """The bytes of a file → its values and its arrays. Raises the errors in BROKEN."""
    expect(is_zipfile(BytesIO(content)), WHOLE_OBJECT)
    with ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
        expect(len(members) <= MOST_ENTRIES, f"it has {len(members):,} entries, and {MOST_ENTRIES:,} are read")
        names = [member.filename for member in members]
        expect(len(set(names)) == len(names), "it has two entries of one name")
        packed = [member.filename for member in members if member.compress_type != ZIP_STORED]
        expect(not packed, f"its entry {shown(next(iter(packed), ''))} is compressed, which torch.save never does")
        pickles = [name for name in names if name.endswith("/data.pkl")]
        expect(len(pickles) == 1, f"it has {len(pickles)} entries data.pkl, and one is read")
        root = pickles[0].removesuffix("data.pkl")
        order = archive.read(f"{root}byteorder") if f"{root}byteorder" in names else b"little"
        expect(order == b"little", "its numbers are not little-endian")
        expect(archive.getinfo(pickles[0]).file_size <= LONGEST_PICKLE, "its pickle is larger than 50 MB")
        reader = Reader(archive, root, len(content))
        try:
            value = reader.load()
        except (ContentError, MemoryError):
            raise
        except (pickle.UnpicklingError, *BROKEN):
            raise ContentError("its pickle, or what it refers to, is damaged") from None
        return reader.told(value), reader.arrays


class Record:
    """An object of another program: its name, and what the pickle says about it."""

    named = ""

    def __new__(cls, *arguments: Any, **_: Any) -> Record:
        record = super().__new__(cls)
        vars(record).update(arguments=list(arguments), state=None)
        return record

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        vars(self).update(state=state)

    def __setitem__(self, key: Any, value: Any) -> None:
        vars(self)["arguments"].append([key, value])

    def append(self, value: Any) -> None:
        vars(self)["arguments"].append(value)

    def extend(self, values: Sequence[Any]) -> None:
        vars(self)["arguments"].extend(values)


class Numbers:
    """A storage or a tensor. A pickle cannot change it."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __setstate__(self, _: Any) -> None:
        raise ContentError("its pickle changes a tensor")


class Plain(dict[Any, Any]):
    """An OrderedDict, whose further state is left out."""

    def __init__(self, pairs: Sequence[Any] = ()) -> None:
        super().__init__(pairs)

    def __setstate__(self, _: Any) -> None:
        pass


class NumberType:
    """A numpy.dtype."""

    def __init__(self, text: str, *_: Any) -> None:
        self.text, self.order = text, "<"

    def __setstate__(self, state: Any) -> None:
        expect(state[1] in ("<", "|"), "an array of numpy is not little-endian")

    @property
    def dtype(self) -> np.dtype:
        expect(self.text in NUMBERS, f"it holds {shown(self.text)} of numpy, which is not read")
        return np.dtype(self.text)


class ListedArray:
    """An array of numpy in the pickle itself, such as ids."""

    values: Any  # a list, or lists of lists

    def __init__(self, *_: Any) -> None:
        self.values = []

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, is_turned, content = state
        values = content if isinstance(content, list) else np.frombuffer(content, kind.dtype)
        expect(math.prod(shape) == len(values), "an array of numpy has another length than its shape says")
        if isinstance(values, np.ndarray):
            values = values.reshape(shape, order="F" if is_turned else "C").tolist()
        self.values = values


def number_of(kind: NumberType, content: bytes) -> Any:
    """numpy's scalar."""
    return np.frombuffer(content, kind.dtype, 1)[0].item()


def encoded(text: str, encoding: str) -> bytes:
    expect(encoding in ("latin1", "latin-1"), f"it holds text in {shown(encoding)}")
    return text.encode("latin1")


def no_bytes() -> bytes:
    """How protocol 2 writes no bytes at all, such as those of an empty array."""
    return b""


def tensor(storage: Numbers, offset: int, shape: Sequence[int], strides: Sequence[int], *_: Any) -> Numbers:
    """A view of a storage, within its bounds."""
    expect(isinstance(storage, Numbers), "a tensor has no storage")
    whole, numbers = storage.array, (offset, *shape, *strides)
    are_whole = all(type(value) is int and value >= 0 for value in numbers) and len(shape) == len(strides) <= MOST_AXES
    expect(are_whole, "the shape of a tensor is damaged")
    count = math.prod(shape)
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True)) if count else 0
    expect(count <= len(whole) and (not count or last < len(whole)), "a tensor reaches beyond its storage")
    steps = [stride * whole.itemsize for stride in strides] if count else None
    return Numbers(np.lib.stride_tricks.as_strided(whole[offset:] if count else whole[:0], shape, steps))


def same(value: Any, *_: Any) -> Any:
    """A parameter is its tensor."""
    return value


# What a pickle may call, by its name there; all of it is ours.
OWN: dict[str, Any] = {
    "collections.OrderedDict": Plain,
    "torch._utils._rebuild_tensor_v2": tensor,
    "torch._utils._rebuild_parameter": same,
    "_codecs.encode": encoded,
    "__builtin__.bytes": no_bytes,
    "numpy.dtype": NumberType,
    **{f"numpy.{core}.multiarray._reconstruct": ListedArray for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray.scalar": number_of for core in ("core", "_core")},
}


class Reader(pickle.Unpickler):
    def __init__(self, archive: ZipFile, root: str, size: int) -> None:
        super().__init__(BytesIO(archive.read(f"{root}data.pkl")))
        self.archive, self.root, self.size = archive, root, size
        self.storages: dict[str, Numbers] = {}
        self.arrays: dict[str, np.ndarray] = {}
        self.count = self.bytes = self.characters = 0

    def find_class(self, module: str, name: str) -> Any:
        """One of OWN, or a class of records: nothing is imported."""
        named = f"{module}.{name}"
        return OWN[named] if named in OWN else type("Named", (Record,), {"named": named})

    def persistent_load(self, pid: Any) -> Numbers:
        """A storage, read once."""
        expect(isinstance(pid, tuple) and len(pid) == 5 and pid[0] == "storage", "its pickle names no storage")
        _, kind, key, _, count = pid
        named = str(getattr(kind, "named", "")).removeprefix("torch.").removesuffix("Storage")
        expect(named in STORAGES, f"it holds {shown(named)} numbers, which are not read")
        expect(type(key) is str and key.isalnum() and type(count) is int, "its pickle names no storage")
        if key not in self.storages:
            array = np.frombuffer(self.archive.read(f"{self.root}data/{key}"), STORAGES[named])
            is_half = named == "BFloat16"
            self.storages[key] = Numbers((array.astype("<u4") << 16).view("<f4") if is_half else array)
        expect(count == len(self.storages[key].array), f"storage {key} has another length than its pickle says")
        return self.storages[key]

    def told(self, value: Any, place: str = "", depth: int = 0) -> Any:
        """A value as JSON; its arrays are noted by their places."""
        self.count += 1
        expect(self.count <= MOST_VALUES, f"its pickle holds more than {MOST_VALUES:,} values")
        expect(depth <= DEEPEST, "its values are nested too deep")
        inside = f"{place}." if place else ""
        named = getattr(value, "named", "") if isinstance(value, Record | type) else ""
        self.counted(value if isinstance(value, str) else named)
        if isinstance(value, Numbers):
            return self.noted(value.array, place)
        if isinstance(value, dict):
            self.counted(*(key for key in value if isinstance(key, str)))
            return {str(key): self.told(part, f"{inside}{key}", depth + 1) for key, part in value.items() if plain(key)}
        if isinstance(value, ListedArray):
            value = value.values
        if isinstance(value, list | tuple):
            return [self.told(part, f"{inside}{k}", depth + 1) for k, part in enumerate(value)]
        if isinstance(value, Record):
            parts = {name: self.told(part, f"{inside}{name}", depth + 1) for name, part in vars(value).items()}
            return {"class": type(value).named, **parts}
        if isinstance(value, type) and issubclass(value, Record):
            return {"class": value.named}
        return value if plain(value) else f"<{type(value).__name__}>"

    def counted(self, *texts: str) -> None:
        """A short pickle can name one long text again and again."""
        self.characters += sum(map(len, texts))
        expect(self.characters <= MOST_TEXT, f"its texts have more than {MOST_TEXT:,} characters")

    def noted(self, array: np.ndarray, place: str) -> dict[str, str]:
        self.bytes += array.nbytes
        self.counted(place)
        expect(self.bytes <= COPIES * self.size + 1_000_000, "its tensors are larger than its file explains")
        expect(place != "__metadata__", "it has a tensor at '__metadata__', where a .safetensors holds none")
        expect(place not in self.arrays, f"it has two tensors at {shown(place)}")
        self.arrays[place] = np.asarray(array, order="C")
        return {"array": place}


def plain(value: Any) -> bool:
    """Whether JSON has such a value; a number beyond 64 bits is none."""
    if type(value) is int:
        return abs(value) < 1 << 63
    return value is None or type(value) in (str, bool, float)


if __name__ == "__main__":
    main(*sys.argv[1:])
