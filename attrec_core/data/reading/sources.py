"""What a path holds, unpacked or not: a folder, a file, a .gz or .zip, and any of these inside one another.

An archive is never trusted: no name may lead outside, no link is followed, and what comes out is counted while it
comes, whatever its header says.
"""

from __future__ import annotations

import gzip
import io
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from attrec_core.errors import InputError, shown
from attrec_core.storage.atomic_folder import heal
from attrec_core.storage.read_errors import unpacking

HEAD = 1 << 18  # bytes that are looked at to tell what a file is
MOST_BYTES = 32 << 30  # that a packed file may unpack to
MOST_RATIO = 200  # unpacked to packed; text of ratings packs to a fifth, the emptiest bytes to a thousandth
RATIO_FROM = 64 << 20  # bytes; below that any ratio is harmless
MOST_MEMBERS = 10_000
DEEPEST = 3  # archives inside one another
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
DAMAGED = (zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, EOFError)
OTHER_ZIPS = (".npz", ".xlsx", ".docx", ".ods", ".whl", ".jar")  # zip by their bytes, something else by their use


@dataclass(frozen=True)
class Member:
    """One file of a source. name: as people find it, such as "ml-1m/ratings.dat", without .gz."""

    name: str
    shown: str  # the whole way to it, for sentences
    stream: Callable[[], BinaryIO]
    plain: Path | None  # the file itself, where it is not packed
    scratch: Path  # where it may be unpacked to

    @property
    def base(self) -> str:
        """The name without folders, in small letters."""
        return PurePosixPath(self.name).name.lower()

    def head(self, size: int = HEAD) -> bytes:
        """The first bytes, unpacked."""
        with reading(self.shown), self.stream() as stream:
            return whole_read(stream, size)

    def file(self) -> Path:
        """A plain file with the content: the file itself, or an unpacked copy that goes with its source."""
        if self.plain is not None:
            return self.plain
        target = self.scratch / str(abs(hash(self.shown)))
        if not target.exists():
            with reading(self.shown), self.stream() as stream, target.open("xb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
        return target


@dataclass(frozen=True)
class Source:
    """All files of a path."""

    path: Path
    members: tuple[Member, ...]

    def named(self, *names: str) -> Member | None:
        """The first of the names that is there, whatever its folder and its case."""
        for name in names:
            found = next((member for member in self.members if member.base == name), None)
            if found is not None:
                return found
        return None

    def member(self, name: str) -> Member:
        """The file of this name, with or without its folders. Raises InputError naming those there are."""
        for one in self.members:
            if name in (one.name, PurePosixPath(one.name).name):
                return one
        there = ", ".join(shown(one.name, 40) for one in self.members[:12])
        raise InputError(f"{self.path} holds no file {shown(name)}; it holds: {there}.")

    def ending(self, *endings: str) -> list[Member]:
        return [member for member in self.members if member.base.endswith(endings)]


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """The files of a path; unpacked copies go afterwards. Raises InputError for what cannot be read or trusted."""
    with tempfile.TemporaryDirectory(prefix="attrec-", ignore_cleanup_errors=True) as scratch:
        heal(path)
        try:
            # `exists` answers False for some faults and raises for others; `stat` names them all.
            kind = path.stat().st_mode
            if stat.S_ISDIR(kind):
                members = folder_members(path, Path(scratch))
            elif stat.S_ISREG(kind):
                members = file_members(path, path.name, Path(scratch))
            else:
                raise InputError(f"{path} is neither a file nor a folder.")
        except FileNotFoundError:
            raise InputError(f"{path} does not exist.") from None
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.") from None
        yield Source(path, tuple(members))


def folder_members(folder: Path, scratch: Path) -> list[Member]:
    """The files of a folder and its archives; of a folder that only wraps another one, that one's."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "__MACOSX")))
    files = [entry for entry in entries if entry.is_file()]
    inner = [entry for entry in entries if entry.is_dir()]
    if not files and len(inner) == 1:
        return folder_members(inner[0], scratch)
    return [member for file in files[:MOST_MEMBERS] for member in file_members(file, file.name, scratch)]


def file_members(file: Path, name: str, scratch: Path) -> list[Member]:
    return list(members_of(name, str(file), lambda: file.open("rb"), file.stat().st_size, scratch, file))


def members_of(
    name: str,
    shown_as: str,
    stream: Callable[[], BinaryIO],
    size: int,
    scratch: Path,
    plain: Path | None,
    depth: int = 0,
) -> Iterator[Member]:
    """The file itself, or what is packed in it. size: of the packed bytes."""
    with reading(shown_as), stream() as opened_stream:
        mark = whole_read(opened_stream, 4)
    archive = mark.startswith(GZIP) or (mark == ZIP and not name.lower().endswith(OTHER_ZIPS))
    if not archive:
        yield Member(name, shown_as, stream, plain, scratch)
    elif depth >= DEEPEST:
        raise InputError(f"{shown_as} is an archive in an archive in an archive: unpack it first.")
    elif mark.startswith(GZIP):
        inner = name[:-3] if name.lower().endswith(".gz") else name
        unpacked = lambda: Counted(gzip.GzipFile(fileobj=stream()), shown_as, size)  # noqa: E731
        yield from members_of(inner, shown_as, unpacked, size, scratch, None, depth + 1)
    else:
        packed = plain or Member(name, shown_as, stream, None, scratch).file()
        for info in zip_members(packed, shown_as):
            within = f"{shown_as}/{info.filename}"
            unpacked = lambda info=info, within=within: from_zip(packed, info, within)  # noqa: E731
            yield from members_of(info.filename, within, unpacked, info.compress_size, scratch, None, depth + 1)


def zip_members(file: Path, shown_as: str) -> list[zipfile.ZipInfo]:
    """The files of an archive. Raises InputError for names that lead outside, links, locks and too many files."""
    with reading(shown_as), unpacking(shown_as), zipfile.ZipFile(file) as archive:
        found = archive.infolist()
    if len(found) > MOST_MEMBERS:
        raise InputError(f"{shown_as} holds {len(found):,} files; at most {MOST_MEMBERS:,} are read.")
    for info in found:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename[:3]:
            raise InputError(f"{shown_as} is not safe: its file {shown(info.filename)} lies outside of it.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise InputError(f"{shown_as} is not safe: {shown(info.filename)} in it is a link.")
        if info.flag_bits & 1:
            raise InputError(f"{shown_as} is locked by a password; unpack it first.")
        if info.file_size > MOST_BYTES:
            raise InputError(
                f"{shown_as}/{info.filename} would unpack to {info.file_size / 1e9:,.0f} GB; that is too much."
            )
    hidden = (".", "__MACOSX")
    parts = {info.filename: PurePosixPath(info.filename).parts for info in found}
    return [
        info
        for info in found
        if not info.is_dir() and parts[info.filename] and not any(p.startswith(hidden) for p in parts[info.filename])
    ]


def from_zip(file: Path, info: zipfile.ZipInfo, shown_as: str) -> BinaryIO:
    archive = zipfile.ZipFile(file)
    with ExitStack() as closing:
        closing.callback(archive.close)
        with reading(shown_as), unpacking(shown_as):
            stream = archive.open(info)
        closing.pop_all()
    return Counted(stream, shown_as, info.compress_size, archive)


class Counted(io.RawIOBase):
    """A stream of unpacked bytes that stops when more comes than so few packed bytes can honestly hold."""

    def __init__(self, stream: BinaryIO, name: str, packed: int, archive: zipfile.ZipFile | None = None) -> None:
        super().__init__()
        self.inner, self.name, self.packed, self.archive, self.count = stream, name, max(packed, 1), archive, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        with reading(self.name):
            content = self.inner.read(len(buffer))
        buffer[: len(content)] = content
        self.count += len(content)
        if self.count > MOST_BYTES or (self.count > RATIO_FROM and self.count > MOST_RATIO * self.packed):
            raise InputError(
                f"{self.name} unpacks to more than {self.count / 1e6:,.0f} MB from {self.packed / 1e6:,.1f} MB: no "
                "table packs like that, so it was not read on. Unpack it yourself if you trust it."
            )
        return len(content)

    def close(self) -> None:
        self.inner.close()
        if self.archive is not None:
            self.archive.close()
        super().close()


def whole_read(stream: BinaryIO, size: int) -> bytes:
    """Up to `size` bytes; a raw stream may give fewer at a time."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """What goes wrong with a file, packed or not, as one sentence."""
    try:
        yield
    except DAMAGED as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise InputError(f"{name} is damaged, or not what its name says: {reason[:150]}.") from None
    except FileNotFoundError:
        raise InputError(f"{name} does not exist.") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}.") from None
