"""notes.json: the tags and the note that people write about a run or a data set, in its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from attrec_core.errors import InputError, disk_errors, shown
from attrec_core.runs.library.names import entry_folder, lock_library
from attrec_core.runs.library.records import Notes
from attrec_core.storage.atomic_folder import NOTES, RUN, Kind
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.read_errors import BROKEN, expect
from attrec_core.storage.workspace import Home, check_may_change

TAGS, TAG_LETTERS, NOTE_LETTERS = 20, 40, 20_000


def read_notes(folder: Path) -> Notes:
    """Reads the notes in a folder; empty if there is no such file. Raises InputError when it is damaged."""
    file = folder / NOTES
    with disk_errors("cannot_read", "{file} cannot be read: {why}.", file=file):
        try:
            content = json.loads(file.read_bytes())
            tags, note = content["tags"], content["note"]
            expect(isinstance(tags, list) and all(isinstance(text, str) for text in [*tags, note]), "it holds no texts")
            return checked(tags, note)
        except FileNotFoundError:
            return Notes()
        except InputError as error:
            raise error.inside(file) from None
        except BROKEN:
            text = "{file} is damaged: it holds no tags and no note. Write both again to replace it."
            raise InputError("damaged", text, file=file) from None


def write_notes(
    home: Home, name: str, *, tags: Sequence[str] | None = None, note: str | None = None, kind: Kind = RUN
) -> Notes:
    """Replaces the tags, the note, or both. Raises InputError, and then nothing has changed."""
    check_may_change("No note is written")
    with lock_library(home, kind, f"The notes of {shown(name)} cannot be written"):
        folder = entry_folder(home, name, kind)
        before = Notes() if tags is not None and note is not None else read_notes(folder)
        notes = checked(before.tags if tags is None else tags, before.note if note is None else note)
        atomic_write(folder / NOTES, json_bytes({"tags": notes.tags, "note": notes.note}))
        return notes


def checked(tags: Sequence[str], note: str) -> Notes:
    """Returns notes whose tags are on one line each, without duplicates, in the given order. Raises InputError for too
    many tags, or for a tag or a note that is too long."""
    tidy = tuple(dict.fromkeys(text for tag in tags if (text := " ".join(tag.split()))))
    for tag in tidy:
        if len(tag) > TAG_LETTERS:
            text = "The tag {tag} is too long: at most {most} characters are allowed."
            raise InputError("tag_too_long", text, tag=shown(tag), most=TAG_LETTERS)
    if len(tidy) > TAGS:
        text = "There are {count} tags; at most {most} are allowed."
        raise InputError("too_many_tags", text, count=len(tidy), most=TAGS)
    note = note.strip()
    if len(note) > NOTE_LETTERS:
        text = "The note has {count:,} characters; at most {most:,} are allowed."
        raise InputError("note_too_long", text, count=len(note), most=NOTE_LETTERS)
    return Notes(tidy, note)
