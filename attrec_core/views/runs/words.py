"""What a list of runs says of each, and of one run beside another."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from attrec_core.errors import in_bytes
from attrec_core.explain.wording import listed, number
from attrec_core.runs.estimate import in_words
from attrec_core.runs.library.data_words import data_of
from attrec_core.runs.library.records import LibraryEntry, Setting, Trashed
from attrec_core.runs.library.search import setting_in_words
from attrec_core.views.runs import caveats

METRICS = {"hr@10": "HR@10", "hr@50": "HR@50", "ndcg@10": "NDCG@10", "mrr": "MRR"}
NOTE = 90  # characters of a note in the list
# What the list is sorted by, in words.
ORDERS = {
    "created": "when",
    "name": "name",
    "data": "data",
    "hr@50": "HR@50",
    "mrr": "MRR",
    "hr@10": "HR@10",
    "ndcg@10": "NDCG@10",
    "epochs": "epochs",
    "seconds": "training time",
    "interactions": "interactions",
    "size": "size",
}
# Those of them that the list shows only while it is sorted by them.
FURTHER: dict[str, Callable[[LibraryEntry], str]] = {
    "hr@10": lambda one: number(one.metrics["hr@10"], 3),
    "ndcg@10": lambda one: number(one.metrics["ndcg@10"], 3),
    "seconds": lambda one: in_words(one.seconds),
    "interactions": lambda one: f"{one.sizes.interactions:,}" if one.sizes else "–",
}
ENDS = {
    "patience": "and stopped since nothing got better",
    "epochs": "and went through all of its epochs",
    "interrupted": "and was interrupted; this is the best so far",
}


def row(one: LibraryEntry, belongs: str, by: str) -> dict[str, Any]:
    """One run as the list shows it. belongs: a word on a run that does not stand on the shelf, such as "bundled"; by:
    what the list is sorted by, which has a column even where it mostly has none."""
    known = one.fault is None
    sizes = one.sizes
    return {
        "name": one.name,
        "tags": list(one.notes.tags),
        "note": cut(one.notes.note),
        "belongs": belongs,
        "fault": None if one.fault is None else str(one.fault),
        "data": data_of(one),
        "sizes": f"{sizes.users:,} × {sizes.items:,}" if sizes else "",
        "hr50": number(one.metrics["hr@50"], 3) if known else "–",
        "mrr": number(one.metrics["mrr"], 3) if known else "–",
        "epochs": f"{one.best_epoch} of {one.epochs}" if known else "–",
        "size": in_bytes(one.size),
        "when": when(one.created),
        "of_files": one.of_files and known,
        "more": FURTHER[by](one) if by in FURTHER and known else "–",
    }


def cut(note: str) -> str:
    line = " ".join(note[: 4 * NOTE].split())
    return line if len(line) <= NOTE else line[: NOTE - 1] + "…"


def when(seconds: float) -> str:
    """In the server's own time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds)) if seconds else "–"


def list_sentence(found: Sequence[LibraryEntry], count: int, text: str) -> str:
    """How many there are, and which is the best of those on the same data; figures on other data say nothing of it."""
    if not count:
        return "There is no run yet."
    if not found:
        return f"None of the {count:,} runs has “{text.strip()}” in its name, tags, note, data or settings."
    shown = f"{count:,} runs" if len(found) == count else f"{len(found):,} of {count:,} runs"
    said = [shown if count > 1 else "1 run"]
    sound = [one for one in found if one.fault is None]
    if len(sound) > 1:
        best = max(sound, key=lambda one: one.metrics["mrr"])
        alike = sum(same_data(one, best) for one in sound)
        if alike == len(sound):
            said.append(f"“{best.name}” has the highest MRR, {number(best.metrics['mrr'], 3)}")
        else:
            said.append("not all on the same data, so their figures must not be compared one with another")
    broken = len(found) - len(sound)
    if broken:
        said.append(f"{broken} cannot be opened")
    return "; ".join(said) + "."


def same_data(a: LibraryEntry, b: LibraryEntry) -> bool:
    """As far as a list knows: the same source, the same counts, the same rule."""
    of_a, of_b = ((one.sizes, one.about.get("tie_rule")) for one in (a, b))
    return (origin(a, b), of_a) == (origin(b, a), of_b)


def in_line_beside(one: LibraryEntry, others: Sequence[LibraryEntry]) -> list[LibraryEntry]:
    """Which to put beside a run: those on the same data first, of these the latest, and the damaged ones last."""
    latest = sorted((other for other in others if other.path != one.path), key=lambda other: -other.created)
    return sorted(latest, key=lambda other: (other.fault is not None, not comparable(one, other)))


def comparable(one: LibraryEntry, other: LibraryEntry) -> bool:
    """Whether figures of the two say anything of one against the other, as far as a list knows."""
    return one.fault is None and other.fault is None and same_data(one, other)


def nothing_beside_sentence(one: LibraryEntry, others: Sequence[LibraryEntry]) -> str:
    """Where no other run is on the same data; else nothing."""
    if any(comparable(one, other) for other in others if other.path != one.path):
        return ""
    return (
        f"No other run was trained on the data of “{one.name}”, so there is none whose figures could be compared with "
        "its."
    )


def origin(one: LibraryEntry, other: LibraryEntry) -> str:
    """The name of the data set where both have one, else the format: runs of before have no name."""
    named = one.about.get("name") and not other.about.get("name")
    return str(one.about["source"]) if named else one.source


def run_sentence(one: LibraryEntry) -> str:
    """How a run was made."""
    sizes, settings = one.sizes, one.settings
    trained = f"{one.seconds:,.0f} seconds" if one.seconds >= 1 else "less than a second"
    data = data_of(one)
    return (
        f"d = {settings['dim']}, L = {settings['window']}, ω = {number(settings['long_weight'])}; from {data}: "
        f"{sizes.interactions:,} interactions of {sizes.users:,} users with {sizes.items:,} items. Training took "
        f"{trained} {ENDS.get(one.ended, '')}: best after {one.best_epoch} of {one.epochs} epochs. "
        f"{in_bytes(one.size)} on disk. {when_sentence(one)}"
    )


def when_sentence(one: LibraryEntry) -> str:
    """When it was trained; of a run that does not say it, since when its files are there."""
    if one.of_files:
        return f"When it was trained is not written in it; its files are of {when(one.created)}."
    return f"Trained on {when(one.created)}."


def figures_sentence(one: LibraryEntry) -> str:
    """The four figures, and on how many people; where HR@50 says nothing, that too."""
    values = ", ".join(f"{name} {number(one.metrics[key], 3)}" for key, name in METRICS.items())
    measured = f"{values}, on the last items of {one.metrics['n_users']:,} users."
    return f"{measured} {caveats.of_shelved(one, one.metrics['hr@50'])}".strip()


def changes_sentence(one: LibraryEntry, other: LibraryEntry, changed: Sequence[Setting]) -> str:
    """What is set otherwise than in another run."""
    if not changed:
        return f"Nothing is set otherwise than in “{other.name}”, as far as settings and data tell."
    told = [setting_in_words(setting) for setting in changed]
    return f"Against “{other.name}”, {len(told)} of the settings changed: {listed(told)}."


def gone_sentence(name: str, trashed: Trashed | None, *, there: bool) -> str:
    """Where a run is whose folder has gone, or may not be read any more though it is `there`."""
    if there:
        return f"The folder of the run “{name}” cannot be read any more."
    if trashed is None:
        return f"The folder of the run “{name}” is gone: it was moved or removed outside of this app."
    return f"The folder of the run “{name}” is gone: it lies in the trash since {when(trashed.deleted)}."


def back_sentence(name: str, was: str | None) -> str:
    """What was put back, and under which name where its own was taken meanwhile."""
    return f"{name} is back." if was in (None, name) else f"{was} is back as {name}: its own name is taken meanwhile."


def trashed_sentence(gone: Trashed) -> str:
    return f"{gone.name}, {in_bytes(gone.size)}, deleted {when(gone.deleted)}"
