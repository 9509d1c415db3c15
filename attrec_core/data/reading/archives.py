"""The files behind a path, packed or not: a file, a .gz or .zip, and any of these inside one another.

An archive is never trusted: no name may lead outside, no link is followed, the size of its directory is limited before
it is parsed, and unpacked bytes are counted while they are read, whatever the headers say.
"""

from __future__ import annotations

import gzip
import io
import lzma
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from attrec_core.errors import InputError, shown
from attrec_core.storage.limits import ARCHIVE_DEPTH, ARCHIVE_FILES, ARCHIVE_GB, ARCHIVE_RATIO
from attrec_core.storage.read_errors import reason, unpacking

HEAD = 1 << 18  # bytes that are read to recognise a file
RATIO_FROM = 64 << 20  # bytes; below this size any ratio is harmless
ENTRY = 600  # bytes of an archive's directory allowed per file; an entry takes 46 and its name
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
# UnicodeDecodeError: from the name of a file in a .zip, since nothing else is decoded here.
DAMAGED = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile, EOFError, UnicodeDecodeError)
OTHER_ZIPS = (".npz", ".xlsx", ".docx", ".ods", ".whl", ".jar")  # zip files by their bytes, with another use


@dataclass(frozen=True)
class Member:
    """One file behind a path. name: as people know it, such as "ml-1m/ratings.dat", without .gz."""

    name: str
    path: Path  # the full path, also inside an archive, for messages
    stream: Callable[[], BinaryIO]
    scratch: Path  # the folder for unpacked copies
    plain: Path | None  # the file itself, if it is not packed
    packed: int  # size in bytes before unpacking

    @property
    def base(self) -> str:
        """The name without folders, in lower case."""
        return PurePosixPath(self.name).name.lower()

    def head(self, size: int = HEAD) -> bytes:
        """The first bytes, unpacked."""
        with file_errors(self.path), self.stream() as stream:
            return stream.read(size)

    def file(self) -> Path:
        """A plain file with the content: the file itself, or an unpacked copy that is deleted with its source."""
        if self.plain is not None:
            return self.plain
        target = self.scratch / str(abs(hash(self.path)))
        if not target.exists():
            with file_errors(self.path), self.stream() as stream, target.open("xb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
        return target


def members_of_file(file: Path, scratch: Path, archives: ExitStack) -> Iterator[Member]:
    """The file itself, or all files packed in it. archives: closes the archives, each of which is opened once."""
    whole = Member(file.name, file, lambda: file.open("rb"), scratch, file, file.stat().st_size)
    yield from members_of(whole, archives)


def members_of(member: Member, archives: ExitStack, depth: int = 0) -> Iterator[Member]:
    """The member itself, or the files packed in it."""
    mark = member.head(len(ZIP))
    if not mark.startswith(GZIP) and (mark != ZIP or member.base.endswith(OTHER_ZIPS)):
        if member.base.endswith(".zip"):
            text = "{file} is not a .zip file, despite its name. Pack it again, or rename it, for example to .csv."
            raise InputError("not_a_zip", text, file=member.path)
        yield member
    elif depth >= ARCHIVE_DEPTH():
        text = "{file} is an archive in an archive in an archive: unpack it first."
        raise InputError("archive_too_deep", text, file=member.path)
    elif mark.startswith(GZIP):
        name = member.name[:-3] if member.name.lower().endswith(".gz") else member.name
        stream = partial(bounded, lambda: gzip.GzipFile(fileobj=member.stream()), member.path, member.packed)
        yield from members_of(replace(member, name=name, stream=stream, plain=None), archives, depth + 1)
    else:
        with file_errors(member.path), unpacking(str(member.path)):
            archive = archives.enter_context(zipfile.ZipFile(archives.enter_context(BoundedReader(member))))
        for entry in safe_entries(archive, member.path):
            path, packed = member.path / entry.filename, entry.compress_size
            stream = partial(bounded, partial(archive.open, entry), path, packed)
            unpacked = Member(entry.filename, path, stream, member.scratch, None, packed)
            yield from members_of(unpacked, archives, depth + 1)


class BoundedReader(io.BufferedReader):
    """An archive with a limited directory, for zipfile, which reads the whole directory before it parses any entry."""

    def __init__(self, packed: Member) -> None:
        super().__init__(io.FileIO(packed.file()))
        self.path = packed.path

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > ENTRY * ARCHIVE_FILES():
            text = "{file} holds far too many files; at most {most:,} are read."
            raise InputError("too_many_members", text, file=self.path, most=ARCHIVE_FILES())
        return super().read(size)


def safe_entries(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """The files of an archive. Raises InputError for names that lead outside, links, passwords and too many files."""
    entries = archive.infolist()
    if len(entries) > ARCHIVE_FILES():
        text = "{file} holds {count:,} files; at most {most:,} are read."
        raise InputError("too_many_members", text, file=path, count=len(entries), most=ARCHIVE_FILES())
    files = []
    for entry in entries:
        name, entry_path = shown(entry.filename), PurePosixPath(entry.filename.replace("\\", "/"))
        if entry_path.is_absolute() or ".." in entry_path.parts or ":" in entry.filename[:3]:
            text = "{file} is not safe: its file {entry} lies outside of it."
            raise InputError("unsafe_archive", text, file=path, entry=name)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise InputError("unsafe_archive", "{file} is not safe: {entry} in it is a link.", file=path, entry=name)
        if entry.flag_bits & 1:
            text = "{file} is locked by a password; unpack it first."
            raise InputError("locked_archive", text, file=path, entry=name)
        if entry.file_size > ARCHIVE_GB() << 30:
            text = "{file} would unpack to {size:,.0f} GB; that is too much."
            raise InputError("unpacks_to_too_much", text, file=path / entry.filename, size=entry.file_size / 1e9)
        parts = PurePosixPath(entry.filename).parts  # empty for an entry without a name, where `is_dir` fails
        if parts and not entry.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in parts):
            files.append(entry)
    return files


def bounded(packed_stream: Callable[[], IO[bytes] | gzip.GzipFile], path: Path, packed: int) -> BinaryIO:
    """A stream of unpacked bytes, with reads of full size. Nothing is read ahead, since damage in unread bytes may not
    matter. packed: size in bytes before unpacking."""
    with file_errors(path), unpacking(str(path)):
        return io.BufferedReader(BoundedStream(packed_stream(), path, packed), buffer_size=1)


class BoundedStream(io.RawIOBase):
    """A stream of unpacked bytes that raises InputError when they are implausibly many for the packed size."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, path: Path, packed: int) -> None:
        super().__init__()
        self.inner, self.path, self.packed, self.count = stream, path, max(packed, 1), 0
        self.most = min(ARCHIVE_GB() << 30, max(RATIO_FROM, ARCHIVE_RATIO() * self.packed))  # bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with file_errors(self.path):
            content = self.inner.read(len(buffer))
        buffer[: len(content)] = content
        self.count += len(content)
        if self.count > self.most:
            text = (
                "{file} unpacks to more than {unpacked:,.0f} MB from {packed:,.1f} MB: no table compresses like "
                "that, so reading stopped. Unpack it yourself if you trust it."
            )
            unpacked, packed = self.count / 1e6, self.packed / 1e6
            raise InputError("unpacks_to_too_much", text, file=self.path, unpacked=unpacked, packed=packed)
        return len(content)

    def close(self) -> None:
        self.inner.close()
        super().close()


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turns errors of reading a file, packed or not, into an InputError that names it."""
    try:
        yield
    except DAMAGED as error:
        text = "{file} is damaged, or not what its name says: {reason}."
        raise InputError("damaged", text, file=path, reason=reason(error)) from None
    except FileNotFoundError:
        raise InputError("missing", "{file} does not exist.", file=path) from None
    except OSError as error:
        text = "{file} cannot be read: {reason}."
        raise InputError("unreadable", text, file=path, reason=reason(error)) from None
