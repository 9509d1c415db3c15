"""Packs a run or a data set as one .zip; `unpack.py` imports it."""

from __future__ import annotations

import contextlib
import io
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from attrec_core.data import data_sets
from attrec_core.errors import InputError, disk_errors
from attrec_core.runs import load, run
from attrec_core.storage.atomic_folder import DATA_SET, NOTES, RUN, Kind
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import at_one_moment
from attrec_core.storage.read_errors import read_errors

BLOCK = 1 << 20  # bytes that are read and written at a time
FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold; the same for all entries
ARRAYS = (".safetensors", ".npz")  # packed uncompressed: compression takes long and gains little


@dataclass(frozen=True)
class Contents:
    """The files in a folder of a kind, and the function that opens it, which raises InputError for any fault."""

    needed: tuple[str, ...]
    may_miss: tuple[str, ...]
    opened: Callable[[Path], Any]

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.needed, *self.may_miss)


CONTENTS: dict[Kind, Contents] = {
    RUN: Contents(run.FILES, run.MAY_MISS, load.load_whole),
    DATA_SET: Contents(
        tuple(name for name in data_sets.FILES if name not in data_sets.MAY_MISS),
        (*data_sets.MAY_MISS, NOTES),
        data_sets.load,
    ),
}


def zip_of(folder: Path, kind: Kind = RUN) -> bytes:
    """Returns the folder as a .zip. Raises InputError as `pack` does."""
    buffer = io.BytesIO()
    pack(folder, buffer, kind)
    return buffer.getvalue()


def pack(folder: Path, file: IO[bytes], kind: Kind = RUN) -> None:
    """Writes the folder as a .zip to `file`: the files of its kind, in a folder of its name, and nothing else.

    Equal files are packed to equal bytes. Raises InputError when the folder is damaged or disappears meanwhile.
    """
    contents = CONTENTS[kind]
    with contextlib.ExitStack() as stack:

        def open_all(folder: Path) -> dict[str, IO[bytes]]:
            stack.close()  # closes the files of an earlier try
            contents.opened(folder)
            names = [name for name in contents.names if name in contents.needed or (folder / name).is_file()]
            return {name: stack.enter_context(opened(folder / name)) for name in names}

        # All files are open before the first is read, so a file that is replaced from then on is packed as it was.
        sources = at_one_moment(folder, open_all)
        with zipfile.ZipFile(file, "w") as packed:
            for name, source in sources.items():
                with packed.open(entry(f"{run.folder_name(folder)}/{name}"), "w", force_zip64=True) as member:
                    shutil.copyfileobj(source, member, BLOCK)


def opened(file: Path) -> IO[bytes]:
    with read_errors(file):
        return file.open("rb")


def entry(name: str) -> zipfile.ZipInfo:
    """Returns an entry that does not depend on this machine or on the time."""
    info = zipfile.ZipInfo(name, FIRST_DATE)
    info.compress_type = zipfile.ZIP_STORED if name.endswith(ARRAYS) else zipfile.ZIP_DEFLATED
    info.create_system = 3  # Unix, wherever it is packed
    info.external_attr = 0o100644 << 16
    return info


def pack_to(folder: Path, path: Path, kind: Kind = RUN) -> None:
    """Packs to a new file. Raises InputError when the file exists or cannot be written; then no new file is left."""
    with disk_errors("cannot_write", "{path} cannot be written: {why}.", path=path):
        try:
            if path.exists():
                raise FileExistsError
            atomic_write(path, lambda file: pack(folder, file, kind), overwrite=False)
        except FileExistsError:
            raise InputError("exists", "{path} exists already; choose another name.", path=path) from None
