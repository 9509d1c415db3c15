"""The sentences of the page Runs: of the list, of one run, and of one run beside another."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attrec_core.data.report import Counts
from attrec_core.errors import in_bytes, number
from attrec_core.explain.wording import listed, short
from attrec_core.runs.estimate import in_words
from attrec_core.runs.library.compare_settings import setting_in_words
from attrec_core.runs.library.data_words import data_of
from attrec_core.runs.library.records import LibraryEntry, Setting, Trashed
from attrec_core.views.runs import caveats
from attrec_core.views.view import ORDERS as ORDERS


@dataclass(frozen=True)
class RunRow:
    """A run as the list shows it: all in words, "–" where nothing is known."""

    name: str
    tags: Sequence[str]
    note: str
    belongs: str  # what a run is that does not stand on the shelf, such as "bundled"
    fault: str | None  # why it cannot be opened
    data: str
    sizes: str  # users × items
    hr50: str
    mrr: str
    epochs: str
    size: str
    when: str
    of_files: bool  # whether that is the time of its files, since none is written in it
    more: str  # what the list is sorted by, where it mostly has no column


@dataclass(frozen=True)
class RunListRecord:
    """The list of runs in its order."""

    rows: Sequence[RunRow]
    more: str | None  # head of the column for what the list is sorted by, where it mostly has none
    chosen: str | None  # name of a run
    here: str  # the one that is open
    by: str  # what the list is sorted by
    rising: bool


METRICS = {"hr@10": "HR@10", "hr@50": "HR@50", "ndcg@10": "NDCG@10", "mrr": "MRR"}
MEANINGS = """
**HR@10, HR@50:** share of users whose actual next item is among the first 10 or 50. **NDCG@10:** like HR@10, but a hit
counts more the higher its rank. **MRR:** mean of 1 / rank of the actual next item. All are measured on the last item of
each user, ranked among all items that the user has not seen.
"""
NOTE = 90  # characters of a note in the list
# Those of ORDERS that the list shows only while it is sorted by them.
FURTHER: dict[str, Callable[[LibraryEntry], str]] = {
    "hr@10": lambda entry: number(entry.metrics["hr@10"], 3),
    "ndcg@10": lambda entry: number(entry.metrics["ndcg@10"], 3),
    "seconds": lambda entry: in_words(entry.seconds),
    "interactions": lambda entry: f"{entry.sizes.interactions:,}" if entry.sizes else "–",
}
ENDS = {
    "patience": "and stopped since nothing got better",
    "epochs": "and went through all of its epochs",
    "interrupted": "and was interrupted; this is the best so far",
}


def row(entry: LibraryEntry, belongs: str, by: str) -> RunRow:
    """by: the key of ORDERS that the list is sorted by; it has a column even where it mostly has none."""
    known, sizes = entry.fault is None, entry.sizes
    return RunRow(
        name=entry.name,
        tags=list(entry.notes.tags),
        note=short(entry.notes.note, NOTE),
        belongs=belongs,
        fault=None if known else str(entry.fault),
        data=data_of(entry),
        sizes=f"{sizes.users:,} × {sizes.items:,}" if sizes else "",
        hr50=number(entry.metrics["hr@50"], 3) if known else "–",
        mrr=number(entry.metrics["mrr"], 3) if known else "–",
        epochs=f"{entry.best_epoch} of {entry.epochs}" if known else "–",
        size=in_bytes(entry.size),
        when=when(entry.created),
        of_files=entry.of_files and known,
        more=FURTHER[by](entry) if by in FURTHER and known else "–",
    )


def when(seconds: float) -> str:
    """In the server's own time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds)) if seconds else "–"


def list_sentence(listed_runs: Sequence[LibraryEntry], count: int, text: str) -> str:
    """How many runs there are, and which has the highest MRR where all are on the same data. text: of the search."""
    if not count:
        return "There is no run yet."
    if not listed_runs:
        return f"None of the {count:,} runs has “{text.strip()}” in its name, tags, note, data or settings."
    some = f"{len(listed_runs):,} of " if len(listed_runs) < count else ""
    parts = [f"{some}{count:,} runs" if count > 1 else "1 run"]
    sound = [entry for entry in listed_runs if entry.fault is None]
    if len(sound) > 1:
        best = max(sound, key=lambda entry: entry.metrics["mrr"])
        if all(comparable(entry, best) for entry in sound):
            parts.append(f"“{best.name}” has the highest MRR, {number(best.metrics['mrr'], 3)}")
        else:
            parts.append("not all on the same data, so their figures must not be compared one with another")
    if len(sound) < len(listed_runs):
        parts.append(f"{len(listed_runs) - len(sound)} cannot be opened")
    return "; ".join(parts) + "."


def in_line_beside(entry: LibraryEntry, others: Sequence[LibraryEntry]) -> list[LibraryEntry]:
    """Candidates for a comparison with a run: those on the same data first, of these the latest; damaged ones last."""
    latest = sorted((other for other in others if other.path != entry.path), key=lambda other: -other.created)
    return sorted(latest, key=lambda other: (other.fault is not None, not comparable(entry, other)))


def comparable(entry: LibraryEntry, other: LibraryEntry) -> bool:
    """Whether the metrics of two entries can be compared: same source, same counts and same tie rule."""
    facts = [(origin(a, b), a.sizes, a.about.get("tie_rule")) for a, b in ((entry, other), (other, entry))]
    return entry.fault is None and other.fault is None and facts[0] == facts[1]


def nothing_beside_sentence(entry: LibraryEntry, others: Sequence[LibraryEntry]) -> str:
    """A sentence where no other run is on the same data; else empty."""
    if any(comparable(entry, other) for other in others if other.path != entry.path):
        return ""
    why = "so there is none whose figures could be compared with its"
    return f"No other run was trained on the data of “{entry.name}”, {why}."


def origin(entry: LibraryEntry, other: LibraryEntry) -> str:
    """The name of the data set where both have one, else the format: runs of before have no name."""
    named = entry.about.get("name") and not other.about.get("name")
    return str(entry.about["source"]) if named else entry.source


def run_sentence(entry: LibraryEntry) -> str:
    """How a run was made."""
    sizes, settings = entry.sizes or Counts(0, 0, 0), entry.settings
    trained = f"{entry.seconds:,.0f} seconds" if entry.seconds >= 1 else "less than a second"
    since = "When it was trained is not written in it; its files are of" if entry.of_files else "Trained on"
    return (
        f"d = {settings['dim']}, L = {settings['window']}, ω = {number(settings['long_weight'])}; from "
        f"{data_of(entry)}: {sizes.interactions:,} interactions of {sizes.users:,} users with {sizes.items:,} items. "
        f"Training took "
        f"{trained} {ENDS.get(entry.ended, '')}: best after {entry.best_epoch} of {entry.epochs} epochs. "
        f"{in_bytes(entry.size)} on disk. {since} {when(entry.created)}."
    )


def figures_sentence(entry: LibraryEntry) -> str:
    """The four figures, and on how many people; where HR@50 says nothing, that too."""
    values = ", ".join(f"{name} {number(entry.metrics[key], 3)}" for key, name in METRICS.items())
    measured = f"{values}, on the last items of {entry.metrics['n_users']:,} users."
    return f"{measured} {caveats.of_entry(entry, entry.metrics['hr@50'])}".strip()


def changes_sentence(entry: LibraryEntry, other: LibraryEntry, changed: Sequence[Setting]) -> str:
    """The settings that differ from another run."""
    if not changed:
        return f"Nothing is set otherwise than in “{other.name}”, as far as settings and data tell."
    changes = listed([setting_in_words(setting) for setting in changed])
    return f"Against “{other.name}”, {len(changed)} of the settings changed: {changes}."


def gone_sentence(name: str, trashed: Trashed | None, *, there: bool) -> str:
    """Where a run is whose folder has gone, or may not be read any more though it is `there`."""
    if there:
        return f"The folder of the run “{name}” cannot be read any more."
    if trashed is None:
        return f"The folder of the run “{name}” is gone: it was moved or removed outside of this app."
    return f"The folder of the run “{name}” is gone: it lies in the trash since {when(trashed.deleted)}."


def back_sentence(name: str, was: str | None) -> str:
    """The restored entry, and its new name where its own was taken meanwhile."""
    return f"{name} is back." if was in (None, name) else f"{was} is back as {name}: its own name is taken meanwhile."


def trashed_sentence(gone: Trashed) -> str:
    return f"{gone.name}, {in_bytes(gone.size)}, deleted {when(gone.deleted)}"
