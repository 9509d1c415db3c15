"""Searches a list of runs for words, and for settings such as `d = 64`, by their symbols or names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from attrec_core.config import SETTINGS, SWITCHES
from attrec_core.runs.library.data_words import data_of
from attrec_core.runs.library.records import LibraryEntry

SPELT = str.maketrans({"ω": "omega", "γ": "gamma", "λ": "lambda"})  # for keyboards without these letters


def known_as() -> dict[str, str]:
    """Returns each name that a setting has in a search (d, dim, dimensions …, in lower case) → the setting's key."""
    keys: dict[str, str] = {}
    for key, setting in SETTINGS.items():
        for name in (key, key.replace("_", " "), setting.name, setting.symbol, setting.symbol.translate(SPELT)):
            if name:
                keys[name.casefold()] = key
    return keys


KEYS = known_as()
# The longest first, so that “λ of W” is not read as “W”.
CALLED = "|".join(re.escape(name).replace("\\ ", r"\s+") for name in sorted(KEYS, key=len, reverse=True))
SETTING = re.compile(rf"(?<!\S)({CALLED})\s*=\s*(\S+)")


def search_entries(entries: Iterable[LibraryEntry], text: str) -> list[LibraryEntry]:
    """Returns the entries that match all of the text: each setting (`dim=64`, `ω = .2`, `learning rate=0.1`) exactly,
    and each other word in name, tags, note or data, or as the value of a setting (`clip`)."""
    text = text.casefold()
    settings = [(KEYS[" ".join(name.split())], value) for name, value in SETTING.findall(text)]
    plain_words = re.sub(r"\s*=\s*", "=", SETTING.sub(" ", text)).split()
    return [
        entry
        for entry in entries
        if all(key in entry.settings and is_set_to(entry.settings[key], value) for key, value in settings)
        and all(mentions(entry, word) for word in plain_words)
    ]


def is_set_to(setting: Any, text: str) -> bool:
    """Compares numbers as numbers: .2 equals 0.20, and 6 does not match 64."""
    if isinstance(setting, bool):
        return SWITCHES.get(text) is setting
    if isinstance(setting, int | float):
        try:
            return float(text) == float(setting)
        except ValueError:
            return False
    return str(setting).casefold() == text


def mentions(entry: LibraryEntry, word: str) -> bool:
    about = str(entry.about.get("about", ""))
    texts = (entry.name, *entry.notes.tags, entry.notes.note, entry.source, data_of(entry), about)
    values = (value for value in entry.settings.values() if isinstance(value, str))
    return word in "\n".join(texts).casefold() or any(word == value.casefold() for value in values)
