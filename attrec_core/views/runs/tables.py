"""The tables of the page Runs: the list of runs and the settings of two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from attrec_core.config import SETTINGS
from attrec_core.errors import in_bytes
from attrec_core.runs.library.records import LibraryEntry, SettingPair
from attrec_core.runs.library.words import data_of, drawn_settings_text, value, values_in_words, words_for
from attrec_core.views.names import METRICS
from attrec_core.views.runs.words import system_in_words, when


def runs(entries: Sequence[LibraryEntry]) -> pd.DataFrame:
    """One row per run; a broken run has empty cells."""
    sizes = {
        name: pd.array([entry.sizes and getattr(entry.sizes, name) for entry in entries], dtype="Int64")
        for name in ("users", "items", "interactions")
    }
    return pd.DataFrame(
        {
            "run": [entry.name for entry in entries],
            "tags": [", ".join(entry.notes.tags) for entry in entries],
            "system": [system_in_words(entry) if entry.settings else None for entry in entries],
            "data": [data_of(entry) for entry in entries],
            **sizes,
            **{
                name: pd.Series([entry.metrics.get(key) for entry in entries], dtype=float).round(4)
                for key, name in METRICS.items()
            },
            "best epoch": [entry.best_epoch or None for entry in entries],
            "epochs": [entry.epochs or None for entry in entries],
            "seconds": [round(entry.seconds, 1) if entry.epochs else None for entry in entries],
            "on disk": [in_bytes(entry.size) for entry in entries],
            "date": [when(entry.created) for entry in entries],
            "date of": ["the files" if entry.of_files else "the training" for entry in entries],
            "note": [entry.notes.note for entry in entries],
            "fault": [str(entry.fault or "") for entry in entries],
        }
    )


def trials(race: Mapping[str, Any]) -> pd.DataFrame:
    """The combinations of settings that a race tried, the best first: how often each was trained, its last metrics, its
    drawn settings in words, and each setting that differs among them. race: its log, which has a trial again in each
    round that did not train it anew."""
    rounds: dict[str, list[dict[str, Any]]] = {}
    for trial in race["trials"]:
        rounds.setdefault(json.dumps(trial["settings"], sort_keys=True), []).append(trial)
    in_order = sorted(rounds.values(), key=lambda trials: (-len(trials), -trials[-1]["validation"]["mrr"]))
    rows = [trials[-1] | {"times": len({trial["epochs"] for trial in trials})} for trials in in_order]
    keys = ["loss", *(key for key in SETTINGS if key not in ("loss", "epochs"))]
    columns = {key: [row["settings"].get(key, SETTINGS[key].default) for row in rows] for key in keys}
    varied = {key: values for key, values in columns.items() if len(set(values)) > 1}
    return pd.DataFrame(
        {
            **{METRICS[name]: [round(row["validation"][name], 3) for row in rows] for name in ("mrr", "hr@50")},
            "trainings": [row["times"] for row in rows],
            "epochs": [row["epochs"] for row in rows],
            "settings": [drawn_settings_text(row["settings"]) for row in rows],
            **{SETTINGS[key].label: list(map(value, values)) for key, values in varied.items()},
        }
    )


def settings(rows: Sequence[SettingPair], head_a: str, head_b: str) -> pd.DataFrame:
    """Every setting of two runs, by key and in words; settings that differ come first and are marked."""
    rows = sorted(rows, key=lambda row: not row.differs)
    return pd.DataFrame(
        {
            "setting": [row.key for row in rows],
            "in words": [f"{words_for(row.key)} {row.symbol}".rstrip() for row in rows],
            head_a: [values_in_words(row)[0] for row in rows],
            head_b: [values_in_words(row)[1] for row in rows],
            "differs": ["≠" if row.differs else "" for row in rows],
        }
    )


def differing(table: pd.DataFrame) -> pd.DataFrame:
    """The settings that differ, as the page shows them. table: of `settings`."""
    return table[table["differs"] != ""].drop(columns=["setting", "differs"]).rename(columns={"in words": "setting"})


def equal(table: pd.DataFrame) -> pd.DataFrame:
    """The settings that are equal, with their common value. table: of `settings`."""
    rows = table[table["differs"] == ""]
    return pd.DataFrame({"setting": rows["in words"], "value": rows.iloc[:, 2]})
