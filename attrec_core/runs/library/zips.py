"""A run or a data set as one .zip. An import checks the entries before it writes anything, unpacks them beside their
place, opens what was unpacked, and moves it there."""

from __future__ import annotations

import contextlib
import io
import shutil
import stat
import zipfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from attrec_core.data import data_sets
from attrec_core.errors import InputError, disk_errors, in_bytes, shown
from attrec_core.runs import load, run
from attrec_core.runs.library.names import checked_name, free_name, library_folder, lock_library, refuse_taken
from attrec_core.runs.library.notes import read_notes
from attrec_core.storage.atomic_folder import DATA_SET, NOTES, RUN, Kind, check_room, install, new_folder, write_errors
from attrec_core.storage.atomic_write import atomic_write, write_synced
from attrec_core.storage.checksums import at_one_moment
from attrec_core.storage.limits import ARCHIVE_RATIO, RUN_ZIP_MB
from attrec_core.storage.read_errors import BROKEN, NOT_OF_THE_DISK, read_errors, unpacking
from attrec_core.storage.workspace import Home, check_may_change

BLOCK = 1 << 20  # bytes that are read and written at a time
FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold; the same for all entries
ARRAYS = (".safetensors", ".npz")  # packed uncompressed: compression takes long and gains little
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # files that desktops add when they zip a folder
MEGABYTE = 1 << 20
CHECKPOINTS = (".pth", ".ckpt")
DAMAGED = "The file is not a .zip, or it is damaged: pack or download it again."
UNREADABLE = "The .zip cannot be read: {why}."


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
    DATA_SET: Contents(data_sets.FILES, (*data_sets.MAY_MISS, NOTES), data_sets.load),
}


def zip_of(folder: Path) -> bytes:
    """Returns a run as a .zip. Raises InputError as `pack` does."""
    buffer = io.BytesIO()
    pack(folder, buffer)
    return buffer.getvalue()


def pack(folder: Path, file: IO[bytes], kind: Kind = RUN) -> None:
    """Writes the folder as a .zip to `file`: the files of its kind, in a folder of its name, and nothing else. Equal
    files are packed to equal bytes. Raises InputError when the folder is damaged or disappears meanwhile."""
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


@dataclass(frozen=True)
class Limits:
    """The largest allowed sizes of a .zip and of what is in it, in bytes."""

    packed: int = field(default_factory=lambda: RUN_ZIP_MB() * MEGABYTE)
    total: int = field(default_factory=lambda: RUN_ZIP_MB() * MEGABYTE)  # of all files, unpacked
    file: int = 2048 * MEGABYTE
    text: int = 256 * MEGABYTE  # a .json or .csv, which is read into memory whole
    free: int = 16 * MEGABYTE  # up to this size, any compression is accepted
    table: int = MEGABYTE  # the table of contents
    ratio: int = field(default_factory=ARCHIVE_RATIO)  # of the unpacked size to the packed size
    entries: int = 100


def unpack_zip(
    source: Path | IO[bytes],
    home: Home,
    name: str | None = None,
    kind: Kind = RUN,
    limits: Limits | None = None,
    elsewhere: Collection[str] = (),
) -> Path:
    """Imports the content of a .zip into the library and returns its folder there. The folder is called `name`, which
    must be free, or as in the .zip, with a number added if that name is taken. elsewhere: names of entries that are not
    in the library, which are taken too. Raises InputError, one sentence, for any fault; then nothing is added."""
    check_may_change(f"No {kind.name} is imported")
    limits = limits or Limits()
    given_name = None if name is None else checked_name(name, kind)
    library = library_folder(home, kind)
    try:
        with disk_errors("cannot_read", UNREADABLE), opened_zip(source, limits) as packed:
            members, inside = looked_through(packed, kind, limits)
            new_name = given_name or own_name(source, inside, kind)
            size = sum(member.file_size for member in members.values())
            check_room(library, size, "what the .zip holds")
            with write_errors(library / new_name, kind), new_folder(library / new_name) as partial:
                for file, member in members.items():
                    extract(packed, member, partial / file)
                check_opens(partial, kind, limits)
                with lock_library(home, kind, f"The {kind.name} cannot be imported"):
                    if given_name:
                        refuse_taken(library, given_name, kind, None, elsewhere)
                    return install(partial, library / (given_name or free_name(library, new_name, elsewhere)))
    except InputError:
        raise
    except MemoryError:
        raise InputError("memory", "What the .zip holds needs more memory than there is.") from None
    except BROKEN:
        raise InputError("damaged", DAMAGED) from None


def unpack_checkpoint(source: IO[bytes], folder: Path) -> tuple[Path, Path] | None:
    """Writes a .zip of a model of another program and its data to the folder, and its one .pth or .ckpt beside it.
    None if it has no such file. Raises InputError for several of them, and for one that is too large or damaged."""
    limits = Limits()
    try:
        with disk_errors("cannot_read", UNREADABLE), opened_zip(source, limits) as packed:
            entries = [entry for entry in packed.infolist() if entry.filename.endswith(CHECKPOINTS)]
            models = [entry for entry in entries if not inner_path(entry).name.startswith("._")]
            if not models:
                return None
            if len(models) > 1:
                text = "The .zip holds {count} checkpoints, such as {entry}; pack only one, with its data."
                raise InputError("zip_content", text, count=len(models), entry=shown(models[0].filename))
            check_size(models[0].filename, models[0].file_size, models[0].compress_size, limits)
            data, model = folder / "model.zip", folder / f"model{inner_path(models[0]).suffix}"
            extract(packed, models[0], model)
    except InputError:
        raise
    except BROKEN:
        raise InputError("damaged", DAMAGED) from None
    source.seek(0)
    write_synced(data, lambda stream: shutil.copyfileobj(source, stream, BLOCK))
    return data, model


@contextlib.contextmanager
def opened_zip(source: Path | IO[bytes], limits: Limits) -> Iterator[zipfile.ZipFile]:
    """Opens the .zip and reads its table of contents. Raises InputError if the .zip is too large."""
    with source.open("rb") if isinstance(source, Path) else contextlib.nullcontext(source) as file:
        sparing = Sparing(file, limits.table)
        if sparing.size > limits.packed:
            text = "The .zip has {size}; at most {most} are allowed."
            raise InputError("zip_too_large", text, **sizes(size=sparing.size, most=limits.packed))
        with unpacking("The .zip"):
            packed = zipfile.ZipFile(cast(IO[bytes], sparing))
        with packed:
            sparing.most = sparing.size
            yield packed


def sizes(**each: int) -> dict[str, Any]:
    """Returns sizes in bytes as text, as an error shows them."""
    return {name: in_bytes(size) for name, size in each.items()}


class Sparing:
    """A file that cannot be read in pieces larger than `most`: zipfile reads a table of contents at once, and makes an
    object of each entry, however many millions there are."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.file, self.most = file, most
        self.size = file.seek(0, io.SEEK_END)
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if min(size if size >= 0 else self.size, self.size - self.tell()) > self.most:
            raise InputError("zip_too_large", "The .zip holds far too many entries for a run or a data set.")
        return self.file.read(size)


def own_name(source: Path | IO[bytes], inside: str, kind: Kind) -> str:
    """Returns the name of the folder in the .zip, else the name of the file; a general name if that is not allowed."""
    file = source if isinstance(source, Path) else getattr(source, "name", "")
    try:
        return checked_name(inside or (Path(file).stem if isinstance(file, str | Path) else ""), kind)
    except InputError:
        return f"{kind.name} from a zip"


def looked_through(packed: zipfile.ZipFile, kind: Kind, limits: Limits) -> tuple[dict[str, zipfile.ZipInfo], str]:
    """Returns the entries by the names of the files that they become, and their folder; nothing is unpacked. Raises
    InputError for anything but a complete run or data set of an allowed size, as far as the entries tell."""
    entries = packed.infolist()
    if len(entries) > limits.entries:
        text = "The .zip holds {count:,} entries; at most {most} are allowed."
        raise InputError("zip_too_large", text, count=len(entries), most=limits.entries)
    members: dict[str, zipfile.ZipInfo] = {}
    folders: set[PurePosixPath] = set()
    for entry in entries:
        path = inner_path(entry)
        if entry.orig_filename[-1] in "/\\" or any(part in JUNK or part.startswith("._") for part in path.parts):
            continue
        if path.name not in CONTENTS[kind].names:
            text = "The .zip holds {entry}, which is not a file of a {kind}."
            raise InputError("zip_content", text, entry=shown(entry.filename), kind=kind.name)
        if path.name in members:
            text = "The .zip holds {entry} twice; pack only one {kind}."
            raise InputError("zip_content", text, entry=shown(path.name), kind=kind.name)
        check_size(entry.filename, entry.file_size, entry.compress_size, limits)
        members[path.name] = entry
        folders.add(path.parent)
    missing = [name for name in CONTENTS[kind].needed if name not in members]
    if missing:
        text = "The .zip is not a complete {kind}: {file} is missing."
        raise InputError("zip_content", text, kind=kind.name, file=missing[0])
    if len(folders) > 1:
        text = "The files of the .zip lie in several folders; pack only one {kind}."
        raise InputError("zip_content", text, kind=kind.name)
    total = sum(entry.file_size for entry in members.values())
    if total > limits.total:
        text = "The .zip holds {size}; at most {most} are allowed."
        raise InputError("zip_too_large", text, **sizes(size=total, most=limits.total))
    folder = folders.pop()
    return members, folder.parent.name if folder.name == "run" else folder.name


def inner_path(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Returns the path of the entry. Raises InputError for a path outside the folder, a link, or an encrypted entry."""
    name = entry.orig_filename  # zipfile cuts `filename` at a NUL
    path = PurePosixPath(name.replace("\\", "/"))  # some packers write backslashes
    text, mode = "", stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name or not path.parts:
        text = "The .zip has a file outside its folder, {entry}; it is not unpacked."
    elif mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        text = "The .zip holds {entry}, which is not a regular file; it is not unpacked."
    elif entry.flag_bits & 0x1:
        text = "{entry} is encrypted; create the .zip without a password."
    if text:
        raise InputError("zip_content", text, entry=shown(name))
    return path


def check_size(name: str, size: int, packed: int, limits: Limits) -> None:
    """Raises InputError for a file that is too large, or compressed so much that it must be meant to fill the disk."""
    most = limits.text if name.endswith((".json", ".csv")) else limits.file
    if size > most:
        text = "{entry} has {size}; at most {most} are allowed."
        raise InputError("zip_too_large", text, entry=shown(name), **sizes(size=size, most=most))
    if size > limits.free and size > limits.ratio * packed:
        text = "{entry} would grow from {packed} to {size}, as no {ending} file does: it is meant to fill the disk."
        facts = {"entry": shown(name), "ending": PurePosixPath(name).suffix, **sizes(size=size, packed=packed)}
        raise InputError("zip_too_large", text, **facts)


def extract(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path) -> None:
    """Writes an entry to a file, never more than the size that the entry states; zipfile checks its checksum."""
    write_synced(file, lambda stream: stream.writelines(blocks_of(packed, entry)))


def blocks_of(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Reads an entry in blocks. Raises InputError: an error here is a fault of the .zip, not of the disk written to."""
    with disk_errors("cannot_read", UNREADABLE):
        try:
            with unpacking("The .zip"):
                member = packed.open(entry)
            with member:
                yield from iter(lambda: member.read(BLOCK), b"")
        except OSError as error:
            if error.errno in NOT_OF_THE_DISK:
                raise zipfile.BadZipFile from None
            raise


def check_opens(folder: Path, kind: Kind, limits: Limits) -> None:
    """Raises InputError unless what was unpacked is a run (or a data set) that opens."""
    try:
        for file in folder.glob("*.npz"):  # each is itself a .zip, and is read into memory whole
            with read_errors(file), zipfile.ZipFile(file) as packed:
                entries = packed.infolist()
            for entry in entries:
                check_size(f"{file.name}/{entry.filename}", entry.file_size, entry.compress_size, limits)
            if sum(entry.file_size for entry in entries) > limits.file:
                text = "{file} holds more than {most}."
                raise InputError("zip_too_large", text, file=file.name, most=in_bytes(limits.file))
        CONTENTS[kind].opened(folder)
        read_notes(folder)
    except InputError as error:
        text = "The {kind} in the .zip cannot be opened: {why}"
        raise InputError("does_not_open", text, kind=kind.name, why=error.seen_from(folder)) from None
