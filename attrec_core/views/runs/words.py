"""The sentences of the page Runs: the list, one run, and the settings of two runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from attrec_core.config import METRICS, OWN, SETTINGS
from attrec_core.data.report import Counts
from attrec_core.errors import all_of, count_of, in_bytes, number
from attrec_core.explain.wording import listed, short
from attrec_core.runs.history import FOREIGN
from attrec_core.runs.library.records import LibraryEntry, SettingPair, Trashed
from attrec_core.runs.library.words import changed_settings, data_of, opened_sentence, value, values_in_words, words_for
from attrec_core.runs.systems import System, not_the_papers, system_in
from attrec_core.runs.time_left import in_words
from attrec_core.views.texts import text


@dataclass(frozen=True)
class RunRow:
    """A run as the list shows it, all as text; "–" for what is unknown."""

    name: str
    tags: Sequence[str]
    note: str
    system: str  # the system if it is not AttRec, or the loss if it is not the paper's; else empty
    differs: str  # its settings that differ from the chosen run's; empty if they cannot be compared
    belongs: str  # the origin of a run that cannot be changed here, such as "bundled"; else empty
    fault: str | None  # why it cannot be opened
    data: str
    sizes: str  # users × items
    metrics: Sequence[str]  # of the list's columns
    epochs: str
    size: str
    when: str
    of_files: bool  # whether `when` is the date of its files, because the run does not record a date
    more: str  # the value that the list is sorted by, if it usually has no column


@dataclass(frozen=True)
class RunListRecord:
    """The list of runs in its order."""

    rows: Sequence[RunRow]
    metrics: Sequence[tuple[str, str]]  # key and name of those that always have a column
    more: str | None  # heading of the extra column that the list is sorted by
    chosen: str | None  # name of a run
    here: str  # name of the open run
    by: str  # key of ORDERS that the list is sorted by
    rising: bool


NOTE = 90  # characters of a note in the list
LISTED = ("hr@50", "mrr")  # metrics of the list; in the other order where HR@50 says little about a run
NAMED = 3  # settings that the list names before it counts the rest


def figure(entry: LibraryEntry, key: str) -> str:
    return number(entry.metrics[key], 3)


# The keys of ORDERS that have a column only while the list is sorted by them.
FURTHER: dict[str, Callable[[LibraryEntry], str]] = {
    **{key: partial(figure, key=key) for key in METRICS if key not in LISTED},
    "seconds": lambda entry: in_words(entry.seconds),
    "interactions": lambda entry: f"{entry.sizes.interactions:,}" if entry.sizes else "–",
}
NOT_TRAINED_HERE = text("runs", "not trained here")
ENDS = {
    "patience": "and stopped early, because the validation metric no longer improved",
    "epochs": "and completed all epochs",
    "interrupted": "and was interrupted",
}


def row(
    entry: LibraryEntry,
    belongs: str,
    by: str,
    chosen: LibraryEntry | None = None,
    metrics: Sequence[str] = LISTED,
) -> RunRow:
    """by: the key of ORDERS that the list is sorted by; it always has a column. chosen: the run to compare with.
    metrics: the keys of those that have a column."""
    readable, sizes, system = entry.fault is None, entry.sizes, ""
    if readable:
        system = not_the_papers(entry.settings) if entry.settings["model"] == "attrec" else system_of(entry).label
    return RunRow(
        name=entry.name,
        tags=list(entry.notes.tags),
        note=short(entry.notes.note, NOTE),
        system=system,
        differs="" if chosen is None else difference(entry, chosen),
        belongs=belongs,
        fault=None if entry.fault is None else str(entry.fault.seen_from(entry.path.parent)),
        data=data_of(entry),
        sizes=f"{sizes.users:,} × {sizes.items:,}" if sizes else "",
        metrics=[figure(entry, key) if readable else "–" for key in metrics],
        epochs=f"{entry.best_epoch} of {entry.epochs}" if readable and entry.epochs else "–",
        size=in_bytes(entry.size),
        when=when(entry.created),
        of_files=entry.of_files and readable,
        more=FURTHER[by](entry) if by in FURTHER and readable else "–",
    )


def difference(entry: LibraryEntry, chosen: LibraryEntry) -> str:
    """The settings of a run that differ from the chosen one's, on the same data; else empty."""
    if entry.path == chosen.path or not comparable(entry, chosen):
        return ""
    changed = [setting for setting in changed_settings(chosen, entry) if setting.b is not None]
    values = ["not trained here"] if entry.ended == FOREIGN else []
    values += [f"{words_for(setting.key)} {values_in_words(setting)[1]}" for setting in changed]
    return f"vs {chosen.name}: {listed(values, NAMED) if values else 'equal settings'}"


def when(seconds: float) -> str:
    """A date and time in the server's time zone; “–” for 0."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds)) if seconds else "–"


def list_sentence(listed_runs: Sequence[LibraryEntry], count: int, text: str) -> str:
    """Counts the runs and names the run with the highest MRR if all have the same data. text: of the search."""
    if not count:
        return "No runs yet."
    if not listed_runs:
        return f"No run matches “{text.strip()}” in name, tags, note, data set or settings."
    listed_count = f"{len(listed_runs):,} of " if len(listed_runs) < count else ""
    parts = [f"{listed_count}{count:,} runs" if count > 1 else "1 run"]
    sound = [entry for entry in listed_runs if entry.fault is None]
    if len(sound) > 1:
        best = max(sound, key=lambda entry: entry.metrics["mrr"])
        mrr = number(best.metrics["mrr"], 3)
        equal = sum(number(entry.metrics["mrr"], 3) == mrr for entry in sound)
        who = f"{equal} share" if equal > 1 else f"“{best.name}” has"
        same = all(comparable(entry, best) for entry in sound)
        differ = "not all have the same data, and only metrics on the same data can be compared"
        parts.append(f"{who} the highest MRR, {mrr}" if same else differ)
    if len(sound) < len(listed_runs):
        parts.append(f"{len(listed_runs) - len(sound)} cannot be opened")
    return "; ".join(parts) + "."


def in_line_beside(entry: LibraryEntry, others: Sequence[LibraryEntry]) -> list[LibraryEntry]:
    """Sorts the candidates for a comparison with a run: the same data first, then the latest; damaged runs last."""
    latest = sorted((run for run in others if run.path != entry.path), key=lambda run: -run.created)
    return sorted(latest, key=lambda run: (run.fault is not None, not comparable(entry, run)))


def comparable(entry: LibraryEntry, other: LibraryEntry) -> bool:
    """Whether metrics can be compared: the same files, or the same source and counts; and the same tie rule."""
    if entry.fault is not None or other.fault is not None or entry.about.get("tie_rule") != other.about.get("tie_rule"):
        return False
    if entry.data_sums and entry.data_sums == other.data_sums:
        return True
    # The name of the data set if both have one, else the format: older runs have no name.
    named = bool(entry.about.get("name")) and bool(other.about.get("name"))
    sources = [one.source if named or not one.about.get("name") else str(one.about["source"]) for one in (entry, other)]
    return sources[0] == sources[1] and entry.sizes == other.sizes


def nothing_beside_sentence(entry: LibraryEntry, others: Sequence[LibraryEntry]) -> str:
    """Says that no other run has the same data; else empty."""
    if any(comparable(entry, run) for run in others if run.path != entry.path):
        return ""
    return f"No other run was trained on the data of “{entry.name}”, so no metrics can be compared."


def facts_of_run(entry: LibraryEntry) -> dict[str, str]:
    """What a run is: its system, main settings, data and training, by what they are called."""
    sizes, system = entry.sizes or Counts(0, 0, 0), system_of(entry)
    note = not_the_papers(entry.settings)
    counts = [(sizes.interactions, "interaction"), (sizes.users, "user"), (sizes.items, "item")]
    facts = {
        "system": f"{system.full_label}; {note}" if note else system.full_label,
        **{f"{words_for(key)} {SETTINGS[key].symbol}".rstrip(): shown for key, shown in main_settings(entry).items()},
        "nearest preset": entry.preset,
        "data": ", ".join([data_of(entry), *(count_of(*each) for each in counts)]),
        "training": training_sentence(entry),
        "on disk": in_bytes(entry.size),
    }
    return {name: fact for name, fact in facts.items() if fact}


def main_settings(entry: LibraryEntry) -> dict[str, str]:
    """Key → value of the settings by which runs of a system are told apart; of a model of one's own, whose class
    decides which it reads, those that were changed."""
    settings = entry.settings
    keys = ["dim", "window", "long_weight"] if settings["model"] == "attrec" else system_of(entry).uses.split()
    if settings["model"] == OWN:
        keys = [key for key in keys if settings.get(key) != SETTINGS[key].default]
    return {key: value(settings[key], key) for key in keys if key in settings}


def system_in_words(entry: LibraryEntry) -> str:
    """The system of a run and its loss, such as “AttRec (softmax loss, not the paper's)”."""
    label, note = system_of(entry).label, not_the_papers(entry.settings)
    return f"{label} ({note})" if note else label


def system_of(entry: LibraryEntry) -> System:
    return system_in(entry.settings["model"], {"opened": entry.opened} if entry.opened else {})


def training_sentence(entry: LibraryEntry) -> str:
    date = when(entry.created)
    if entry.ended == FOREIGN:
        proof = f" {opened_sentence(entry.opened)}" if entry.opened else ""
        return f"{NOT_TRAINED_HERE}{proof} Files from {date}."
    took = count_of(round(entry.seconds), "second") if entry.seconds >= 1 else "less than a second"
    if system_of(entry).is_counted:
        return f"Counted from the data in one pass, on {date}."
    trained = f"Training date unknown (files from {date})" if entry.of_files else f"Trained on {date}"
    best = f"best epoch: {entry.best_epoch} of {entry.epochs}"
    began = f" It started from the run “{entry.began_from}”." if entry.began_from else ""
    ended = f" {ENDS[entry.ended]}" if entry.ended in ENDS else ""
    return f"Training took {took}{ended}; {best}. {trained}.{began}"


def figures_sentence(entry: LibraryEntry) -> str:
    values = ", ".join(f"{name} {number(entry.metrics[key], 3)}" for key, name in METRICS.items())
    users = count_of(entry.metrics["n_users"], "user")
    return f"{values}; measured on the last item of each of {users}."


def settings_sentence(settings: Sequence[SettingPair]) -> str:
    """How many of the settings that both runs have differ, and how many only one of their systems has."""
    own = sum(setting.key in SETTINGS and None in (setting.a, setting.b) for setting in settings)
    common, count = len(settings) - own, sum(setting.differs for setting in settings) - own
    differ = f"{count} of {common} settings {'differs' if count == 1 else 'differ'}."
    sentence = differ if count else f"{all_of(common, 'setting')} {'is' if common == 1 else 'are'} equal."
    if own:
        sentence += f" {count_of(own, 'other setting')} {'is' if own == 1 else 'are'} of one run alone."
    return sentence


def gone_sentence(name: str, trashed: Trashed | None, *, there: bool) -> str:
    """Where a run is whose folder is gone, or can no longer be read though it is `there`."""
    if there:
        return f"The folder of the run “{name}” can no longer be read."
    if trashed is None:
        return f"The folder of the run “{name}” is gone: it was moved or deleted outside this app."
    return f"The folder of the run “{name}” is gone: it was moved to the trash on {when(trashed.deleted)}."


def back_sentence(name: str, was: str | None) -> str:
    """The restored entry, and its new name if its own has been taken since."""
    return f"Restored {name}." if was in (None, name) else f"Restored {was} as {name}: its name is taken."
