"""notes.json: the tags and the note that people write about a run or a data set, in its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrec_core.errors import InputError, shown
from attrec_core.runs.library.names import changing, entry_folder
from attrec_core.runs.library.records import Notes
from attrec_core.runs.run import json_bytes
from attrec_core.storage.atomic_folder import NOTES, RUN, Kind, beside
from attrec_core.storage.workspace import Home, check_may_change

TAGS, TAG_LETTERS, NOTE_LETTERS = 20, 40, 20_000


def read_notes(folder: Path) -> Notes:
    """What is written in a folder; nothing where there is no such file. Raises InputError when it is damaged."""
    file = folder / NOTES
    try:
        found = json.loads(file.read_bytes())
        tags, note = found["tags"], found["note"]
        if not (isinstance(tags, list) and all(isinstance(text, str) for text in [*tags, note])):
            raise TypeError
        return checked(tags, note)
    except FileNotFoundError:
        return Notes()
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise InputError(f"{file} is damaged: it holds no tags and no note. Write both again to replace it.") from None


def write_notes(
    home: Home, name: str, *, tags: Sequence[str] | None = None, note: str | None = None, kind: Kind = RUN
) -> Notes:
    """Puts tags, a note, or both in place of those that are there. Raises InputError, and then nothing has changed."""
    check_may_change("No note is written")
    with changing(home, kind, f"The notes of {shown(name)} cannot be written"):
        folder = entry_folder(home, name, kind)
        before = Notes() if tags is not None and note is not None else read_notes(folder)
        notes = checked(before.tags if tags is None else tags, before.note if note is None else note)
        put(folder / NOTES, {"tags": notes.tags, "note": notes.note})
        return notes


def put(file: Path, content: Mapping[str, Any]) -> None:
    """Beside it first and then renamed, so that whoever reads sees the old notes or the new ones."""
    partial = beside(file, "partial")
    try:
        partial.write_bytes(json_bytes(content))
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def checked(tags: Sequence[str], note: str) -> Notes:
    """Tags on one line, each once, in the order given. Raises InputError for too many or too long ones."""
    tidy = tuple(dict.fromkeys(text for tag in tags if (text := " ".join(tag.split()))))
    long = next((tag for tag in tidy if len(tag) > TAG_LETTERS), None)
    if long is not None:
        raise InputError(f"The tag {shown(long)} is too long: {TAG_LETTERS} letters at most.")
    if len(tidy) > TAGS:
        raise InputError(f"There are {len(tidy)} tags; {TAGS} are enough.")
    note = note.strip()
    if len(note) > NOTE_LETTERS:
        raise InputError(f"The note has {len(note):,} letters; {NOTE_LETTERS:,} are the most.")
    return Notes(tidy, note)
