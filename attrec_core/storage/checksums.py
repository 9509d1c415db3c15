"""The SHA-256 of each file of a run or a data set. They stand in the JSON that describes the folder, with its own.

`sha256` maps the name of each file to its hexadecimal digits; the description's own are those of its content without
them. What people write about a folder, notes.json, has none. A folder of before has none at all, and is unverified.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from attrec_core.errors import InputError, shown
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.read_errors import expect, json_object, read_errors

KEY = "sha256"
TRIES = 10  # at reading a folder that is replaced meanwhile; on a busy machine its writer rests between two renames
PAUSE = 0.05  # seconds

Read = TypeVar("Read")


def json_bytes(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def with_checksums(files: Mapping[str, bytes], mark: str) -> dict[str, bytes]:
    """The files of a folder, by name, with the checksum of each in the description `mark`."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != mark}
    return {**files, mark: described(json.loads(files[mark]), sums, mark)}


def described(description: Mapping[str, Any], sums: Mapping[str, str], mark: str) -> bytes:
    """The content of `mark`: a description with the checksums of the other files, and its own."""
    others = {name: digits for name, digits in sums.items() if name != mark}
    content = {**description, KEY: others}
    return json_bytes({**content, KEY: {mark: hashlib.sha256(json_bytes(content)).hexdigest(), **others}})


@dataclass(frozen=True)
class CheckedFolder:
    """A run or a data set whose files are compared with their checksums when they are read.

    description: the content of `mark`. sums: empty for a folder that is unverified; the digits of a file that is being
    replaced are those of the old one and the new one, with a space between.
    """

    path: Path
    kind: str  # "run" or "data set"
    mark: str
    description: Mapping[str, Any]
    sums: Mapping[str, str]

    @property
    def verified(self) -> bool:
        return bool(self.sums)

    @contextlib.contextmanager
    def opened(self, name: str, *, unread: bool = False) -> Iterator[IO[bytes]]:
        """A file, checked, or `unread`. Raises InputError naming it when it differs, or for whatever goes wrong
        inside."""
        file = self.path / name
        with read_errors(file, self.kind), file.open("rb") as stream:
            if self.sums and not unread:
                digits = hashlib.file_digest(stream, "sha256").hexdigest()
                same = digits in self.sums.get(name, "").split()
                expect(same, f"its checksum is not the one in {self.mark}")
                stream.seek(0)
            yield stream

    def read_json(self, name: str) -> dict[str, Any]:
        """A JSON object, checked. Raises InputError as `opened` does."""
        with self.opened(name) as stream:
            return json_object(stream.read())

    def replace(self, name: str, content: bytes) -> None:
        """Puts a file into the folder, and its checksum. Killed anywhere in between, the folder still verifies, with
        the old file or the new one. Raises OSError. To be called with the lock of the folder around it."""
        if not self.sums:
            return atomic_write(self.path / name, content)
        new = hashlib.sha256(content).hexdigest()
        both = f"{self.sums[name]} {new}" if name in self.sums else new
        self.describe({**self.sums, name: both})
        atomic_write(self.path / name, content)
        return self.describe({**self.sums, name: new})

    def describe(self, sums: Mapping[str, str]) -> None:
        rest = {key: value for key, value in self.description.items() if key != KEY}
        atomic_write(self.path / self.mark, described(rest, sums, self.mark) if sums else json_bytes(rest))

    def with_description(self, **changes: Any) -> None:
        """Writes the description with other values; None: without that key. Raises OSError."""
        other = {key: value for key, value in {**self.description, **changes}.items() if value is not None}
        CheckedFolder(self.path, self.kind, self.mark, other, self.sums).describe(self.sums)


def at_one_moment(path: Path, read: Callable[[Path], Read]) -> Read:
    """What `read` gives of a folder, or raises, while nobody puts another one in its place or a file into it."""
    failed: tuple[int, ...] | None = None  # the folder that could not be read just now
    for attempt in range(1, TRIES + 1):
        before = folder_itself(path)
        try:
            content = read(path)
        except InputError:
            # Once is not enough: meanwhile it may have been renamed away and back.
            is_sure = attempt == TRIES or (before is not None and before == failed)
            if is_sure and folder_itself(path) == before:
                raise
            failed = before
            if before is None:  # between the two renames of a replacement, or gone for good
                time.sleep(PAUSE)
        else:
            if folder_itself(path) == before:
                return content
        # What was read is half of the one, half of the other.
    raise InputError("busy", "{path} was replaced again and again while it was read; try again in a moment.", path=path)


def folder_itself(path: Path) -> tuple[int, ...] | None:
    """What a folder of the same name that takes its place does not have; None where there is none just now.

    A number of a folder that has gone is given to the next one, so its time counts too.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns


def open_folder(path: Path, kind: str, mark: str, form: str, newest: int) -> CheckedFolder:
    """A folder by its description, which is checked; its files are when they are read.

    form: the format that the description must name. Raises InputError for another one, for a version that is no version
    or newer than this program, and for a description that is damaged.
    """
    file = path / mark
    with read_errors(file, kind):
        description = json_object(file.read_bytes())
    if description.get("format") != form:
        what = "an AttRec run" if kind == "run" else f"a {kind}"
        text = "{file} does not describe {what}: its format is {found}."
        raise InputError("foreign", text, file=file, what=what, found=shown(description.get("format")))
    version = description.get("version")
    if type(version) is not int or version < 1:
        text = "{file} is damaged: its {kind} format has the version {version}."
        raise InputError("damaged", text, file=file, kind=kind, version=shown(version))
    if version > newest:
        text = (
            "{path} was written by a newer version of this program ({kind} format {version}; this one reads up to "
            "{newest}). Update the program to open it."
        )
        raise InputError("newer", text, path=path, kind=kind, version=version, newest=newest)
    with read_errors(file, kind):
        return CheckedFolder(path, kind, mark, description, own_sums(description, mark))


def own_sums(description: Mapping[str, Any], mark: str) -> Mapping[str, str]:
    """The checksums in a description that fits its own. Raises ValueError."""
    sums = description.get(KEY, {})
    if KEY not in description:
        renamed = any(isinstance(other, dict) and mark in other for other in description.values())
        expect(not renamed, "the name of its checksums is damaged")
        return {}
    whole = isinstance(sums, dict) and all(isinstance(digits, str) for digits in sums.values()) and mark in sums
    expect(whole, "it holds no checksums")
    others = {name: digits for name, digits in sums.items() if name != mark}
    content = json_bytes({**description, KEY: others})
    expect(hashlib.sha256(content).hexdigest() == sums[mark], "its checksum is not its own")
    return sums
