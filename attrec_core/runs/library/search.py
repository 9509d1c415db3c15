"""What one run's settings are against another's.

A search in a list of runs: words, and settings such as `d = 64`, by their symbols or names.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrec_core.config import SETTINGS, ModelConfig, TrainConfig
from attrec_core.runs.library.data_words import FACTS, data_name, data_of, fact_in_words
from attrec_core.runs.library.records import LibraryEntry, Setting
from attrec_core.runs.run import Run

# Of the data that a run was trained on; not what the reader said of it.
OF_THE_DATA = ("name", "source", "tie_rule", "duplicates")


def compare_settings(a: Run | LibraryEntry, b: Run | LibraryEntry) -> tuple[Setting, ...]:
    """Every setting of both, in the order of the configurations, then what was done with the data."""
    of_a, of_b = values_of(a), values_of(b)
    return tuple(Setting(key, symbol(key), of_a.get(key), of_b.get(key)) for key in {**of_a, **of_b})


def symbol(key: str) -> str:
    """The paper's, or nothing."""
    return SETTINGS[key].symbol if key in SETTINGS else ""


def words_for(key: str) -> str:
    """As people call it, such as “dimensions”."""
    return FACTS[key][0] if key in FACTS else SETTINGS[key].name if key in SETTINGS else key


def changed_settings(a: Run | LibraryEntry, b: Run | LibraryEntry) -> tuple[Setting, ...]:
    """Those in which the two differ."""
    return tuple(one for one in compare_settings(a, b) if one.differs)


def values_of(run: Run | LibraryEntry) -> Mapping[str, Any]:
    if isinstance(run, LibraryEntry):
        return {**run.settings, **facts_of(run.about)}
    known = {key: getattr(run.interactions, key, None) for key in (*OF_THE_DATA, "about")}
    return {**settings_of(run.model_config, run.train_config), **facts_of(known)}


def facts_of(about: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared of the data, as far as it is known."""
    known = {key: about.get(key) for key in OF_THE_DATA} | {"name": data_name(about)}
    return {f"data {key}": value for key, value in known.items() if value}


def settings_of(model: ModelConfig, train: TrainConfig) -> dict[str, Any]:
    """Both configurations as one."""
    return {**dataclasses.asdict(model), **dataclasses.asdict(train)}


def setting_in_words(one: Setting) -> str:
    """Such as “dimensions (d, dim) 64 → 8”, or “window (L) 5 → 3” where the key is what people call it."""
    called, a, b = words_for(one.key), value(one.a, one.key), value(one.b, one.key)
    if one.key in FACTS:
        return f"{called}: {a} → {b}"
    beside = ", ".join(filter(None, (one.symbol, one.key if one.key != called else "")))
    return f"{called}{f' ({beside})' if beside else ''} {a} → {b}"


def value(setting: Any, key: str = "") -> str:
    """As a person reads it; key: of which setting."""
    if key in FACTS:
        return fact_in_words(key, setting)
    return "–" if setting is None else f"{setting:g}" if isinstance(setting, float) else str(setting).lower()


SPELT = {"ω": "omega", "γ": "gamma", "λ": "lambda"}  # for who has no such key
SWITCHES = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def known_as() -> dict[str, str]:
    """What a setting may be called in a search → its key: d, dim, dimensions …, in small letters."""
    found: dict[str, str] = {}
    for key, setting in SETTINGS.items():
        spelt = setting.symbol
        for symbol, name in SPELT.items():
            spelt = spelt.replace(symbol, name)
        for called in (key, key.replace("_", " "), setting.name, setting.symbol, spelt):
            if called:
                found[called.casefold()] = key
    return found


KEYS = known_as()
# The longest first: “λ of W” is not “W”.
CALLED = "|".join(re.escape(name).replace("\\ ", r"\s+") for name in sorted(KEYS, key=len, reverse=True))
SETTING = re.compile(rf"(?<!\S)({CALLED})\s*=\s*(\S+)")


def search_entries(entries: Iterable[LibraryEntry], text: str) -> list[LibraryEntry]:
    """Those for which everything in the text holds: each setting (`dim=64`, `ω = .2`, `learning rate=0.1`) exactly, and
    each other word in name, tags, note or data, or as the value of a setting (`clip`)."""
    text = text.casefold()
    wanted = [(KEYS[" ".join(name.split())], value) for name, value in SETTING.findall(text)]
    words = re.sub(r"\s*=\s*", "=", SETTING.sub(" ", text)).split()
    return [
        one
        for one in entries
        if all(key in one.settings and is_set_to(one.settings[key], value) for key, value in wanted)
        and all(says(one, word) for word in words)
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


def says(one: LibraryEntry, word: str) -> bool:
    texts = (one.name, *one.notes.tags, one.notes.note, one.source, data_of(one), str(one.about.get("about", "")))
    values = (value for value in one.settings.values() if isinstance(value, str))
    return word in "\n".join(texts).casefold() or any(word == value.casefold() for value in values)
