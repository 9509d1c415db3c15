"""The settings of two runs side by side, and the names and values of settings as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrec_core.config import SETTINGS, TrainConfig
from attrec_core.runs.library.data_words import FACTS, data_name, fact_in_words
from attrec_core.runs.library.records import LibraryEntry, SettingPair
from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS, loss_note

# The compared facts about the data that a run was trained on, without the reader's report.
OF_THE_DATA = ("name", "source", "tie_rule", "duplicates")

ALSO_EXPLAIN = ("regularisation", "seed")  # how the taste of a new user is estimated, and how maps are computed


def compare_settings(a: Run | LibraryEntry, b: Run | LibraryEntry) -> tuple[SettingPair, ...]:
    """Returns every setting of both runs, in the order of the configurations, and then the facts about the data."""
    of_a, of_b = values_of(a), values_of(b)
    symbols = {key: setting.symbol for key, setting in SETTINGS.items()}
    return tuple(
        SettingPair(key, symbols.get(key, ""), of_a.get(key), of_b.get(key), note_on(key, of_a), note_on(key, of_b))
        for key in {**of_a, **of_b}
    )


def note_on(key: str, values: Mapping[str, Any]) -> str:
    return loss_note(values) if key == "loss" else ""


def words_for(key: str) -> str:
    """Returns the name that people use for a setting, such as “dimensions”."""
    return FACTS[key][0] if key in FACTS else SETTINGS[key].name if key in SETTINGS else key


def changed_settings(a: Run | LibraryEntry, b: Run | LibraryEntry) -> tuple[SettingPair, ...]:
    """Returns the settings in which the two runs differ."""
    return tuple(setting for setting in compare_settings(a, b) if setting.differs)


def values_of(run: Run | LibraryEntry) -> Mapping[str, Any]:
    if isinstance(run, LibraryEntry):
        return {**run.settings, **facts_of(run.about)}
    about = {key: getattr(run.interactions, key, None) for key in (*OF_THE_DATA, "about")}
    training = training_settings(run.model_config.model, run.train_config, trained_here=run.trained_here)
    return {**SYSTEMS[run.model_config.model].used(run.model_config), **training, **facts_of(about)}


def training_settings(system: str, config: TrainConfig, *, trained_here: bool) -> dict[str, Any]:
    """Key → value of the settings that the system used; if another program trained, only those in ALSO_EXPLAIN."""
    used = SYSTEMS[system].trained_with(config)
    return {key: value for key, value in used.items() if trained_here or key in ALSO_EXPLAIN}


def facts_of(about: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the compared facts about the data, as far as they are known."""
    facts = {key: about.get(key) for key in OF_THE_DATA} | {"name": data_name(about)}
    return {f"data {key}": value for key, value in facts.items() if value}


def setting_in_words(setting: SettingPair) -> str:
    """Returns text such as “dimensions (d, dim) 64 → 8”, or “window (L) 5 → 3” if the name is the key."""
    name, (a, b) = words_for(setting.key), values_in_words(setting)
    if setting.key in FACTS:
        return f"{name}: {a} → {b}"
    symbols = ", ".join(filter(None, (setting.symbol, setting.key if setting.key != name else "")))
    return f"{name}{f' ({symbols})' if symbols else ''} {a} → {b}"


def values_in_words(setting: SettingPair) -> tuple[str, str]:
    """Returns both values as text; for a value that is not the paper's, the note on it."""
    return setting.note_a or value(setting.a, setting.key), setting.note_b or value(setting.b, setting.key)


def value(setting: Any, key: str = "") -> str:
    """Returns a value as text. key: of the setting."""
    if key in FACTS:
        return fact_in_words(key, setting)
    return "–" if setting is None else f"{setting:g}" if isinstance(setting, float) else str(setting).lower()
