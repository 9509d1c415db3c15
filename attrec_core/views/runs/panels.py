"""The panels of the page Runs: the list of runs, what a race tried, and the settings of two runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attrec_core.runs.library.records import LibraryEntry, SettingPair
from attrec_core.runs.library.words import compare_settings
from attrec_core.runs.run import Run
from attrec_core.views.panel import Panel
from attrec_core.views.runs import tables, words
from attrec_core.views.runs.words import RunListRecord
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
    return RunListRecord(
        rows=[words.row(entry, origin(entry), by, chosen) for entry in listed.runs],
        leads=words.metric_first(listed.runs),
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
    table=lambda listed, record: tables.runs(listed.runs),
    subject="page",
)

TRIALS: Panel[Run, Mapping[str, Any]] = Panel(
    key="trials",
    heading="Settings tried",
    record=lambda run: run.history["auto"],
    sentence=lambda run, race: str(race["sentence"]),
    table=lambda run, race: tables.trials(race).loc[:, :"settings"],
    whole=lambda run, race: tables.trials(race),
    subject="run",
    lacks=lambda run: "" if "auto" in run.history else "The settings of this run were not found by a race.",
)

Either = Run | LibraryEntry


@dataclass(frozen=True)
class SettingsBeside:
    """The settings of two runs, and what their columns are called."""

    rows: Sequence[SettingPair]
    heads: tuple[str, str]


def settings_beside(two: tuple[Either, Either], lettered: bool = True) -> SettingsBeside:
    """lettered: with A and B before the names."""
    a, b = two
    return SettingsBeside(compare_settings(a, b), (f"A: {a.name}", f"B: {b.name}") if lettered else (a.name, b.name))


SETTINGS: Panel[tuple[Either, Either], SettingsBeside] = Panel(
    key="settings",
    heading="Settings",
    record=settings_beside,
    sentence=lambda two, record: words.settings_sentence(record.rows),
    table=lambda two, record: tables.settings(record.rows, *record.heads),
    subject="runs",
)

PANELS = (RUNS, TRIALS, SETTINGS)
