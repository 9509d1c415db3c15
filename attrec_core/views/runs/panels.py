"""The panels of the page Runs: the list of runs, what a race tried, and the settings of two runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from attrec_core import config
from attrec_core.config import METRICS
from attrec_core.errors import in_bytes
from attrec_core.runs.history import leading
from attrec_core.runs.library.records import LibraryEntry, SettingPair
from attrec_core.runs.library.words import (
    compare_settings,
    data_of,
    drawn_settings_text,
    tried_sentence,
    value,
    values_in_words,
    words_for,
)
from attrec_core.runs.run import Run
from attrec_core.views.panel import Panel
from attrec_core.views.runs import words
from attrec_core.views.runs.words import RunListRecord, system_in_words, when
from attrec_core.views.view import ORDERS

RISING = ("name", "data")  # in alphabetical order; all others begin with the largest


@dataclass(frozen=True)
class RunsListed:
    """The runs that are listed, in their order, of so many; text: what was searched for."""

    runs: Sequence[LibraryEntry]
    count: int
    text: str = ""


def list_record(
    listed: RunsListed,
    origin: Callable[[LibraryEntry], str],
    chosen: LibraryEntry | None,
    here: str,
    by: str,
    turned: bool,
) -> RunListRecord:
    """origin: of a run that cannot be changed, else empty. here: the open run. by, turned: the order, as in a view."""
    is_small = any(leading(entry.sizes)[0] != words.LISTED[0] for entry in listed.runs)
    metrics = words.LISTED[::-1] if is_small else words.LISTED
    return RunListRecord(
        rows=[words.row(entry, origin(entry), by, chosen, metrics) for entry in listed.runs],
        metrics=[(key, METRICS[key]) for key in metrics],
        more=ORDERS[by] if by in words.FURTHER else None,
        chosen=None if chosen is None else chosen.name,
        here=here,
        by=by,
        rising=(by in RISING) != turned,
    )


RUNS: Panel[RunsListed, RunListRecord] = Panel(
    key="runs",
    heading="Runs",
    record=list_record,
    draws=lambda record: bool(record.rows),
    sentence=lambda listed, record: words.list_sentence(listed.runs, listed.count, listed.text),
    table=lambda listed, record: runs_table(listed.runs),
    subject="page",
)

TRIALS: Panel[Run, Mapping[str, Any]] = Panel(
    key="trials",
    heading="Settings tried",
    record=lambda run: run.history["auto"],
    sentence=lambda run, race: f"{race['sentence']}. {tried_sentence(race['trials'])}".rstrip(),
    table=lambda run, race: trials_table(race).loc[:, :"settings"],
    whole=lambda run, race: trials_table(race),
    subject="run",
    lacks=lambda run: "" if "auto" in run.history else "The settings of this run were not found by a race.",
)


@dataclass(frozen=True)
class SettingsBeside:
    """The settings of two runs, and what their columns are called."""

    rows: Sequence[SettingPair]
    heads: tuple[str, str]


def settings_beside(two: tuple[Run, Run]) -> SettingsBeside:
    a, b = two
    return SettingsBeside(compare_settings(a, b), (f"A: {a.name}", f"B: {b.name}"))


SETTINGS: Panel[tuple[Run, Run], SettingsBeside] = Panel(
    key="settings",
    heading="Settings",
    record=settings_beside,
    sentence=lambda two, record: words.settings_sentence(record.rows),
    table=lambda two, record: settings_table(record.rows, *record.heads),
    subject="runs",
)


def runs_table(entries: Sequence[LibraryEntry]) -> pd.DataFrame:
    """One row per run; a broken run has empty cells."""
    counts = [entry.sizes for entry in entries]
    sizes = {
        name: pd.array([size and getattr(size, name) for size in counts], dtype="Int64")
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


def trials_table(race: Mapping[str, Any]) -> pd.DataFrame:
    """The combinations of settings that a race tried, the best first: how often each was trained, its last metrics, its
    drawn settings in words, and each setting that differs among them. race: its log, which has a trial again in each
    round that did not train it anew."""
    rounds: dict[str, list[dict[str, Any]]] = {}
    for trial in race["trials"]:
        rounds.setdefault(json.dumps(trial["settings"], sort_keys=True), []).append(trial)
    in_order = sorted(rounds.values(), key=lambda trials: (-len(trials), -trials[-1]["validation"]["mrr"]))
    rows = [trials[-1] | {"times": len({trial["epochs"] for trial in trials})} for trials in in_order]
    keys = ["loss", *(key for key in config.SETTINGS if key not in ("loss", "epochs"))]
    columns = {key: [row["settings"].get(key, config.SETTINGS[key].default) for row in rows] for key in keys}
    varied = {key: values for key, values in columns.items() if len(set(values)) > 1}
    return pd.DataFrame(
        {
            **{METRICS[name]: [round(row["validation"][name], 3) for row in rows] for name in ("mrr", "hr@50")},
            "trainings": [row["times"] for row in rows],
            "epochs, at most": [row["epochs"] for row in rows],  # patience may have ended it sooner
            "settings": [drawn_settings_text(row["settings"]) for row in rows],
            **{config.SETTINGS[key].label: list(map(value, values)) for key, values in varied.items()},
        }
    )


def settings_table(rows: Sequence[SettingPair], head_a: str, head_b: str) -> pd.DataFrame:
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
    """The settings that differ, as the page shows them. table: of `settings_table`."""
    return table[table["differs"] != ""].drop(columns=["setting", "differs"]).rename(columns={"in words": "setting"})


def equal(table: pd.DataFrame) -> pd.DataFrame:
    """The settings that are equal, with their common value. table: of `settings_table`."""
    rows = table[table["differs"] == ""]
    return pd.DataFrame({"setting": rows["in words"], "value": rows.iloc[:, 2]})


PANELS = (RUNS, TRIALS, SETTINGS)
