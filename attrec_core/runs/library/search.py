"""A search in a list of runs: words, and settings such as `d = 64`, by their symbols or names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from attrec_core.config import SETTINGS
from attrec_core.runs.library.data_words import data_of
from attrec_core.runs.library.records import LibraryEntry

SPELT = str.maketrans({"ω": "omega", "γ": "gamma", "λ": "lambda"})  # for who has no such key
SWITCHES = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def known_as() -> dict[str, str]:
    """What a setting may be called in a search → its key: d, dim, dimensions …, in small letters."""
    keys: dict[str, str] = {}
    for key, setting in SETTINGS.items():
        for called in (key, key.replace("_", " "), setting.name, setting.symbol, setting.symbol.translate(SPELT)):
            if called:
                keys[called.casefold()] = key
    return keys


KEYS = known_as()
# The longest first: “λ of W” is not “W”.
CALLED = "|".join(re.escape(name).replace("\\ ", r"\s+") for name in sorted(KEYS, key=len, reverse=True))
SETTING = re.compile(rf"(?<!\S)({CALLED})\s*=\s*(\S+)")


def search_entries(entries: Iterable[LibraryEntry], text: str) -> list[LibraryEntry]:
    """Those for which everything in the text holds: each setting (`dim=64`, `ω = .2`, `learning rate=0.1`) exactly, and
    each other word in name, tags, note or data, or as the value of a setting (`clip`)."""
    text = text.casefold()
    wanted = [(KEYS[" ".join(name.split())], value) for name, value in SETTING.findall(text)]
    plain_words = re.sub(r"\s*=\s*", "=", SETTING.sub(" ", text)).split()
    return [
        entry
        for entry in entries
        if all(key in entry.settings and is_set_to(entry.settings[key], value) for key, value in wanted)
        and all(says(entry, word) for word in plain_words)
    ]


def is_set_to(setting: Any, text: str) -> bool:
    """As numbers where they are some: .2 is 0.20, and 6 is not 64."""
    if isinstance(setting, bool):
        return SWITCHES.get(text) is setting
    if isinstance(setting, int | float):
        try:
            return float(text) == float(setting)
        except ValueError:
            return False
    return str(setting).casefold() == text


def says(entry: LibraryEntry, word: str) -> bool:
    about = str(entry.about.get("about", ""))
    texts = (entry.name, *entry.notes.tags, entry.notes.note, entry.source, data_of(entry), about)
    values = (value for value in entry.settings.values() if isinstance(value, str))
    return word in "\n".join(texts).casefold() or any(word == value.casefold() for value in values)
