"""The SHA-256 checksums of the files of a run, data set, study or training, stored in the JSON that describes them.

`sha256` maps the name of each file to its hexadecimal digits, also that of the description: the digits of its content
without this entry. notes.json, which people write, has no checksum. An older folder has none and is unverified.
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
TRIES = 10  # at reading a folder that is being replaced; on a busy machine its writer may pause between two renames
PAUSE = 0.05  # seconds

Read = TypeVar("Read")


def json_bytes(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def digits_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def described(description: Mapping[str, Any], sums: Mapping[str, str], mark: str) -> bytes:
    """Returns the content of `mark`: a description with the checksums of the other files, if any, and of itself."""
    other_sums = {name: digits for name, digits in sums.items() if name != mark}
    content = {**description, KEY: other_sums}
    return json_bytes({**content, KEY: {mark: digits_of(json_bytes(content)), **other_sums}})


@dataclass(frozen=True)
class CheckedFolder:
    """A run, a data set or a line of a study whose files are compared with their checksums when they are read.
    description: the content of `mark`. sums: empty for an unverified folder; a file that is being replaced has the
    digits of the old and the new file, with a space between."""

    path: Path
    kind: str  # "run", "data set" or "study"
    mark: str
    description: Mapping[str, Any]
    sums: Mapping[str, str]

    @contextlib.contextmanager
    def opened(self, name: str, *, unread: bool = False) -> Iterator[IO[bytes]]:
        """Opens a file and checks it (unless `unread`). Raises InputError naming the file when it differs, or when
        anything goes wrong inside the block."""
        file = self.path / name
        with read_errors(file, self.kind), file.open("rb") as stream:
            if self.sums and not unread:
                digits = hashlib.file_digest(stream, "sha256").hexdigest()
                matches = digits in self.sums.get(name, "").split()
                expect(matches, f"its checksum is not the one in {self.mark}")
                stream.seek(0)
            yield stream

    def read_json(self, name: str) -> dict[str, Any]:
        """Reads a JSON object from a file that is checked. Raises InputError as `opened` does."""
        with self.opened(name) as stream:
            return json_object(stream.read())

    def replace(self, name: str, content: bytes) -> None:
        """Puts a file and its checksum into the folder. If killed in between, the folder still verifies, with the old
        or the new file. Raises OSError. The caller holds the lock of the parent folder."""
        if not self.sums:
            return atomic_write(self.path / name, content)
        new = digits_of(content)
        old_and_new = f"{self.sums[name]} {new}" if name in self.sums else new
        self.describe({**self.sums, name: old_and_new})
        atomic_write(self.path / name, content)
        return self.describe({**self.sums, name: new})

    def describe(self, sums: Mapping[str, str]) -> None:
        content = {key: value for key, value in self.description.items() if key != KEY}
        atomic_write(self.path / self.mark, described(content, sums, self.mark) if sums else json_bytes(content))

    def with_description(self, **changes: Any) -> None:
        """Writes the description with changed values; None removes the key. Raises OSError."""
        changed = {key: value for key, value in {**self.description, **changes}.items() if value is not None}
        CheckedFolder(self.path, self.kind, self.mark, changed, self.sums).describe(self.sums)


def at_one_moment(path: Path, read: Callable[[Path], Read]) -> Read:
    """Returns or raises the result of `read`, repeated until nobody replaces the folder or a file meanwhile."""
    failed: tuple[int, ...] | None = None  # the folder that could not be read at the last attempt
    for attempt in range(1, TRIES + 1):
        before = folder_itself(path)
        try:
            content = read(path)
        except InputError:
            # One failure is not enough: meanwhile the folder may have been renamed away and back.
            is_sure = attempt == TRIES or (before is not None and before == failed)
            if is_sure and folder_itself(path) == before:
                raise
            failed = before
            if before is None:  # between the two renames of a replacement, or gone for good
                time.sleep(PAUSE)
        else:
            if folder_itself(path) == before:
                return content
        # The content that was read may mix the old folder and the new one.
    raise InputError("busy", "{path} kept changing while it was read; try again in a moment.", path=path)


def folder_itself(path: Path) -> tuple[int, ...] | None:
    """Returns what distinguishes a folder from a later one of the same name; None if there is no folder now. The inode
    number of a removed folder can be given to the next one, so the modification time counts, too."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns


def open_folder(path: Path, kind: str, mark: str, form: str, newest: int) -> CheckedFolder:
    """Opens a folder by its description, which is checked; its files are checked when they are read. form: the format
    that the description must name. Raises InputError for another format, for a version that is not valid or newer than
    this program, and for a damaged description."""
    file = path / mark
    with read_errors(file, kind):
        description = json_object(file.read_bytes())
    if description.get("format") != form:
        expected = "an AttRec run" if kind == "run" else f"a {kind}"
        text = "{file} does not describe {what}: its format is {found}."
        raise InputError("foreign", text, file=file, what=expected, found=shown(description.get("format")))
    version = description.get("version")
    if type(version) is not int or version < 1:
        text = "{file} is damaged: {version} is not a version of its {kind} format."
        raise InputError("damaged", text, file=file, kind=kind, version=shown(version))
    if version > newest:
        text = (
            "{path} was written by a newer version of this program ({kind} format {version}; this one reads up to "
            "{newest}). Update the program to open it."
        )
        raise InputError("newer", text, path=path, kind=kind, version=version, newest=newest)
    with read_errors(file, kind):
        return CheckedFolder(path, kind, mark, description, own_sums(description, mark))


def described_in(file: Path, kind: str) -> CheckedFolder:
    """Opens a folder by one of its descriptions, which is checked; it may be unverified. Raises InputError."""
    with read_errors(file, kind):
        description = json_object(file.read_bytes())
        return CheckedFolder(file.parent, kind, file.name, description, own_sums(description, file.name))


def own_sums(description: Mapping[str, Any], mark: str) -> Mapping[str, str]:
    """Returns the checksums in a description, if any. Raises ValueError unless it matches its own checksum."""
    if KEY not in description:
        renamed = any(isinstance(value, dict) and mark in value for value in description.values())
        expect(not renamed, "the name of its checksums is damaged")
        return {}
    sums = description[KEY]
    is_valid = isinstance(sums, dict) and all(isinstance(digits, str) for digits in sums.values()) and mark in sums
    expect(is_valid, "it holds no checksums")
    expect(json.loads(described(description, sums, mark))[KEY] == sums, "its own checksum does not match")
    return sums
