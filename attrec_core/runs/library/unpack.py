"""A .zip from outside: looked through before anything is written, unpacked beside its place, opened, then put there."""

from __future__ import annotations

import contextlib
import io
import stat
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from attrec_core.errors import InputError, disk_errors, in_bytes, shown
from attrec_core.runs.library.names import changing, checked_name, free_name, library_folder, refuse_taken
from attrec_core.runs.library.notes import read_notes
from attrec_core.runs.library.pack import BLOCK, CONTENTS
from attrec_core.storage.atomic_folder import RUN, Kind, check_room, install, new_folder, write_errors
from attrec_core.storage.atomic_write import write_synced
from attrec_core.storage.limits import ARCHIVE_RATIO, RUN_ZIP_MB
from attrec_core.storage.read_errors import BROKEN, read_errors, unpacking
from attrec_core.storage.workspace import Home, check_may_change

JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what desktops add when they zip a folder
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """How large a .zip and what is in it may be, in bytes."""

    packed: int = field(default_factory=lambda: RUN_ZIP_MB() * MEGABYTE)
    total: int = field(default_factory=lambda: RUN_ZIP_MB() * MEGABYTE)  # of all files, unpacked
    file: int = 2048 * MEGABYTE
    text: int = 256 * MEGABYTE  # a .json or .csv, which is read into memory whole
    free: int = 16 * MEGABYTE  # up to which any compression is accepted
    table: int = MEGABYTE  # the table of contents
    ratio: int = field(default_factory=ARCHIVE_RATIO)  # of what is unpacked to what it is packed in
    entries: int = 100


UNREADABLE = "The .zip cannot be read: {why}."


def unpack_zip(
    source: Path | IO[bytes],
    home: Home,
    name: str | None = None,
    kind: Kind = RUN,
    limits: Limits | None = None,
    elsewhere: Collection[str] = (),
) -> Path:
    """Puts what a .zip holds in the library and gives its folder there.

    It is called `name`, which must be free, or as in the .zip, with a number behind it where that name is taken.
    elsewhere: names of those that are not in the library, which it cannot have either.
    Raises InputError, one sentence, for anything wrong; then nothing is in the library.
    """
    check_may_change(f"No {kind.name} is imported")
    limits = limits or Limits()
    wanted = None if name is None else checked_name(name, kind)
    place = library_folder(home, kind)
    try:
        with disk_errors("cannot_read", UNREADABLE), opened(source, limits) as packed:
            members, inside = looked_through(packed, kind, limits)
            own = wanted or own_name(source, inside, kind)
            size = sum(member.file_size for member in members.values())
            check_room(place, size, "what the .zip holds")
            with write_errors(place / own, kind), new_folder(place / own) as partial:
                for file, member in members.items():
                    extract(packed, member, partial / file)
                check_opens(partial, kind, limits)
                with changing(home, kind, f"The {kind.name} cannot be imported"):
                    if wanted:
                        refuse_taken(place, wanted, kind, None, elsewhere)
                    return install(partial, place / (wanted or free_name(place, own, elsewhere)))
    except InputError:
        raise
    except MemoryError:
        raise InputError("memory", "What the .zip holds needs more memory than there is.") from None
    except BROKEN:
        text = "The file is not a .zip, or it is damaged: pack or download it again."
        raise InputError("damaged", text) from None


@contextlib.contextmanager
def opened(source: Path | IO[bytes], limits: Limits) -> Iterator[zipfile.ZipFile]:
    """The .zip with its table of contents read. Raises InputError for one that is too large."""
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
    """Sizes in bytes, as an error shows them."""
    return {name: in_bytes(size) for name, size in each.items()}


class Sparing:
    """A file that is not read in larger pieces than `most`: zipfile reads a table of contents at once, and makes an
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
    """That of the folder in the .zip, else that of the file; where a folder cannot bear it, a plain one."""
    file = source if isinstance(source, Path) else getattr(source, "name", "")
    try:
        return checked_name(inside or (Path(file).stem if isinstance(file, str | Path) else ""), kind)
    except InputError:
        return f"{kind.name} from a zip"


def looked_through(packed: zipfile.ZipFile, kind: Kind, limits: Limits) -> tuple[dict[str, zipfile.ZipInfo], str]:
    """The entries by the name of the file that they become, and the folder that they stand in; nothing is unpacked.

    Raises InputError for whatever is no whole run or data set of a bearable size: all of it is said by the entries.
    """
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
    """Where the entry wants to go. Raises InputError for a place outside, a link, or what only a password opens."""
    name = entry.orig_filename  # zipfile cuts the other one at a NUL
    path = PurePosixPath(name.replace("\\", "/"))  # as some packers write it
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name or not path.parts:
        text = "The .zip wants to write to {entry}, outside of its folder; it is not unpacked."
        raise InputError("zip_content", text, entry=shown(name))
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        text = "The .zip holds {entry}, which is a link or no plain file; it is not unpacked."
        raise InputError("zip_content", text, entry=shown(name))
    if entry.flag_bits & 0x1:
        text = "The .zip holds {entry} behind a password; pack it without one."
        raise InputError("zip_content", text, entry=shown(name))
    return path


def check_size(name: str, size: int, packed: int, limits: Limits) -> None:
    """Raises InputError for a file that is too large, or packed so well that it can only be meant to fill the disk."""
    most = limits.text if name.endswith((".json", ".csv")) else limits.file
    if size > most:
        text = "{entry} has {size}; at most {most} are allowed."
        raise InputError("zip_too_large", text, entry=shown(name), **sizes(size=size, most=most))
    if size > limits.free and size > limits.ratio * packed:
        text = (
            "{entry} would become {size} out of {packed}: that is no {ending} file but one that is meant to fill the "
            "disk."
        )
        raise InputError("zip_too_large", text, entry=shown(name), ending=name[-4:], **sizes(size=size, packed=packed))


def extract(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path) -> None:
    """Never more than the entry says that it holds; zipfile checks its sum."""
    with unpacking("The .zip"):
        packed_member = packed.open(entry)
    with packed_member as member:
        write_synced(file, lambda stream: stream.writelines(blocks_of(member)))


def blocks_of(member: IO[bytes]) -> Iterator[bytes]:
    """What goes wrong in here is the .zip's, and no fault of the disk that is written to. Raises InputError."""
    with disk_errors("cannot_read", UNREADABLE):
        try:
            yield from iter(lambda: member.read(BLOCK), b"")
        except OSError as error:
            if error.errno is None:  # of bz2: the disk gives a number
                raise zipfile.BadZipFile from None
            raise


def check_opens(folder: Path, kind: Kind, limits: Limits) -> None:
    """Raises InputError unless what was unpacked is a run (or a data set) that opens."""
    try:
        for file in folder.glob("*.npz"):
            check_arrays(file, limits)
        CONTENTS[kind].opened(folder)
        read_notes(folder)
    except InputError as error:
        text = "The .zip holds no {kind} that opens: {why}"
        raise InputError("does_not_open", text, kind=kind.name, why=error.seen_from(folder)) from None


def check_arrays(file: Path, limits: Limits) -> None:
    """An .npz is a .zip itself, and is read into memory whole."""
    with read_errors(file), zipfile.ZipFile(file) as members:
        sizes = [
            (f"{file.name}/{entry.filename}", entry.file_size, entry.compress_size) for entry in members.infolist()
        ]
    for name, size, packed in sizes:
        check_size(name, size, packed, limits)
    if sum(size for _, size, _ in sizes) > limits.file:
        text = "{file} holds more than {most}."
        raise InputError("zip_too_large", text, file=file.name, most=in_bytes(limits.file))
