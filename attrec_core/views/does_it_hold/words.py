"""The sentences on a study, computed from it."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from pathlib import Path

from attrec_core.config import METRICS, PAPER
from attrec_core.errors import all_of, number, ordinal, percent
from attrec_core.runs.protocol import RACED, SAID, WAYS, Protocol
from attrec_core.runs.studies import Study
from attrec_core.runs.systems import NOT_THE_PAPERS
from attrec_core.storage.workspace import SAMPLE_DATA
from attrec_core.views.does_it_hold.tables import TableRow, has_intervals, rows_of
from attrec_core.views.drawing.theme import signed
from attrec_core.views.names import KIND_NAMES, TIES
from attrec_core.views.texts import text

MEASURES = {
    "coverage": "share of the catalogue in some user’s top 10",
    "popularity": "mean popularity of the items in a top 10, as a share of the most popular item’s,",
}
# Lines whose labels are no names inside a sentence.
IN_SENTENCE = {
    "auto": "AttRec with found settings",
    "attrec-best": "AttRec with found settings",
    "attrec": "AttRec with the paper’s settings",
    "place": "“Weights by place”",
    "without": "“No attention”",
    "mean": "“Self-attention, mean”",
}
UNUSUAL = {"shuffled": "shuffled", "temporal": "split by time", "softmax": "softmax loss"}
OWN = ("auto", "attrec", "attrec-movielens", "attrec-sparse", "attrec-best")
UNTUNED = "No system was tuned: each has the settings that it starts with"


def is_untuned(protocol: Protocol) -> bool:
    return protocol.kind in RACED and protocol.budget == 1


def guide(study: Study, seen: str) -> str:
    protocol = study.protocol
    chosen = text("does_it_hold", "raced settings" if protocol.kind in RACED else "fixed settings")
    bar = text("does_it_hold", "bar" if has_intervals(study, seen) else "no bar")
    return text("does_it_hold", "guide", chosen=UNTUNED if is_untuned(protocol) else chosen, bar=bar)


def title_of(protocol: Protocol) -> str:
    """The name of the data set; the bundled sample's viewers are simulated."""
    return protocol.title + (" (simulated)" if protocol.data == SAMPLE_DATA.name else "")


def full_title(protocol: Protocol) -> str:
    """The data set, what is compared, and the choices that tell this study from the others of the data set."""
    start = ["starting settings"] if is_untuned(protocol) else []
    start += [f"preset {protocol.start}"] if protocol.start != PAPER else []
    ties = [f"ties {protocol.tie_rule.removeprefix('file-')}"] if protocol.may_tie else []
    return ", ".join([f"{title_of(protocol)}: {KIND_NAMES[protocol.kind]}", *start, *protocol.unusual, *ties])


def not_run(base: Protocol, wanted: Protocol, *, is_here: bool) -> str:
    """Says that the study that the switches ask for has not been run. is_here: whether its data is here."""
    where = "" if is_here else f" Its data, {wanted.data}, is not here: import it on the page Data to run it."
    return f"This study has not been run with {differing(base, wanted)}. It is shown as it was run.{where}"


def command(data: Path, studies: Path, wanted: Protocol | None = None) -> str:
    """The command that runs a study. studies: the folder of studies. wanted: None for all systems, as usual."""
    kind, ways = "table2", dict[str, object]()
    if wanted is not None:
        kind = wanted.kind
        ways = {name: value for name, (usual, _) in WAYS.items() if (value := getattr(wanted, name)) != usual}
        ways |= {"tie-rule": wanted.tie_rule} if wanted.may_tie else {}
    given = [f"--{flag}={value}" for flag, value in ways.items()]
    given += [f"--seeds={wanted.seeds}", f"--budget={wanted.budget}"] if wanted is not None else []
    out = studies / "-".join([data.stem, kind, *map(str, ways.values())])
    return "python -m attrec_core " + shlex.join(["study", kind, str(data), "--out", str(out), *given])


def differing(base: Protocol, wanted: Protocol) -> str:
    ways = {"tie_rule": "tie rule", "order": "order", "split": "split", "fit": "fit"}
    choices = [
        f"the {SAID[value]}" if value in SAID else f"the {name} “{TIES.get(value, value)}”"
        for field, name in ways.items()
        if (value := getattr(wanted, field)) != getattr(base, field)
    ]
    return " and ".join(choices)


def no_parts(wanted: Protocol, others: Sequence[Protocol]) -> str:
    """Says that no study of AttRec's parts has been run on this data; in which way, where one was run in another way.
    others: of the studies of parts on the same data."""
    choices = min((differing(other, wanted) for other in others), key=len, default="")
    return f"No study of AttRec’s parts has been run on {title_of(wanted)}{f' with {choices}' if choices else ''}."


def lead(study: Study, metric: str, seen: str = "out") -> str:
    """The answer to the page's question in one sentence of at most twenty words; the figures are in `in_figures`."""
    protocol = study.protocol
    name = "the simulated sample" if protocol.data == SAMPLE_DATA.name else protocol.title
    name = name.replace("ML-", "MovieLens ", 1) if protocol.paper.startswith("ML-") else name
    ways = [UNUSUAL[way] for way in (protocol.order, protocol.split, protocol.loss) if way in UNUSUAL]
    name += f" ({', '.join(ways)})" if ways else ""
    return f"On {name}, {answer(study, metric, seen)}"


def answer(study: Study, metric: str, seen: str = "out") -> str:
    """The same without the data, to follow a text that names it. Only the best line and the one that it is compared
    with are tested, so nothing is said about the others but that they are lower."""
    rows = sorted(rows_of(study, seen), key=lambda row: -row.cells[metric].mean)

    def said(kind: str, **names: str) -> str:
        return text("does_it_hold", f"answer: {kind}", metric=METRICS[metric], count=len(rows), **names)

    if not rows:
        return said("none")
    if len(rows) > 1 and figure(rows[0], metric) == figure(rows[-1], metric):
        return said("equal")
    best, second = compared(study, rows, metric)
    first = in_sentence(study, best)
    if second is None:
        return said("alone", first=first)
    low = study.difference(best.key, second.key, metric, seen)[1]
    if low > 0 and study.protocol.kind in RACED and is_rival(best, second):
        return said("sure", first=first, second="AttRec")
    kind = "untested" if math.isnan(low) else "sure" if low > 0 else "close"
    return said(kind, first=first, second=in_sentence(study, second))


def in_sentence(study: Study, row: TableRow) -> str:
    """The name of a line inside a sentence, without the notes of its label."""
    if row.key == "attrec" and study.protocol.start != PAPER:
        return f"AttRec with the preset {study.protocol.start}"
    return IN_SENTENCE.get(row.key, row.name if study.protocol.kind in RACED else f"“{row.name}”")


def with_notes(study: Study, row: TableRow) -> str:
    """The same with the notes: the loss, if it is not the paper's, and missing seeds."""
    return f"{in_sentence(study, row)}{row.label.removeprefix(row.name)}"


def compared(study: Study, rows: list[TableRow], metric: str) -> tuple[TableRow, TableRow | None]:
    """The best line, and the line that it is compared with: of AttRec and the other systems the best of the other side;
    the second line where there is one side, or lines are no systems; None for a single line. rows: sorted by the
    metric."""
    attrec = next((row for row in rows if row.key in OWN), None)
    rival = next((row for row in rows if row.key not in OWN), None)
    if study.protocol.kind not in RACED or attrec is None or rival is None:
        return rows[0], rows[1] if len(rows) > 1 else None
    above = attrec.cells[metric].mean >= rival.cells[metric].mean
    return (attrec, rival) if above else (rival, attrec)


def is_rival(first: TableRow, second: TableRow) -> bool:
    """Whether the best line is of another system, and the line that it is compared with AttRec's best."""
    return first.key not in OWN and second.key in OWN


def in_figures(study: Study, metric: str, seen: str = "out", beyond: str | None = None) -> str:
    """The figures and the interval that the answer rests on."""
    rows = sorted(rows_of(study, seen), key=lambda row: -row.cells[metric].mean)
    if not rows:
        return ""
    beside = "" if beyond is None else beyond_sentence(rows, beyond)
    if len(rows) > 1 and figure(rows[0], metric) == figure(rows[-1], metric):
        return f"{all_of(len(rows), 'line')} have the same {METRICS[metric]}, {figure(rows[0], metric)}.{beside}"
    first, second = compared(study, rows, metric)
    text = f"{with_notes(study, first)} has an {METRICS[metric]} of {figure(first, metric)}."
    if second is not None:
        text += f" {lower(study, first, second, metric, seen)}"
    if study.protocol.kind not in RACED:
        text += f" The last is {with_notes(study, rows[-1])}, with {figure(rows[-1], metric)}." if len(rows) > 2 else ""
        text += f" All lines have the {NOT_THE_PAPERS}." if study.protocol.loss == "softmax" else ""
    elif second is not None and {first.key, second.key} & {*OWN}:
        attrec = first if first.key in OWN else second
        text += "" if first is attrec else also_above(study, rows, attrec, metric, seen)
        text += with_papers_settings(study, rows, attrec, metric)
    once = " Each line was trained once, so the intervals do not show how much trainings differ."
    untuned = f" {UNTUNED}." if is_untuned(study.protocol) else ""
    return f"{text}{untuned}{beside}{once if study.protocol.seeds == 1 else ''}"


def lower(study: Study, first: TableRow, second: TableRow, metric: str, seen: str) -> str:
    """How much lower the second line is than the first, and how certain that is."""
    _, low, high = study.difference(first.key, second.key, metric, seen)
    chance = "." if low > 0 else ". The difference may be chance."
    is_known = not math.isnan(low)
    interval = f"95\u00a0% interval {signed(low, 4)} to {signed(high, 4)}" if is_known else "no interval is known"
    difference = first.cells[metric].mean - second.cells[metric].mean
    role = "AttRec’s best" if is_rival(first, second) and study.protocol.kind in RACED else "The next"
    return f"{role} is {with_notes(study, second)}, {number(difference, 4)} lower ({interval}){chance}"


def beyond_sentence(rows: list[TableRow], beyond: str) -> str:
    """The range of the lines in coverage or popularity, and the value of the most accurate line."""
    shares = {row.label: getattr(row, beyond) for row in rows}
    ends = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
    low, high = (f"{percent(shares[label])} ({label})" for label in ends)
    if len(shares) == 1:
        return f" The {MEASURES[beyond]} is {high}."
    return f" The {MEASURES[beyond]} is from {low} to {high}; {rows[0].label} has {percent(shares[rows[0].label])}."


def with_papers_settings(study: Study, rows: list[TableRow], best: TableRow, metric: str) -> str:
    """AttRec with the paper's settings: figure and place, if it is not the best of AttRec, and the paper's figure."""
    row = next((row for row in rows if row.key == "attrec"), None)
    if row is None or study.protocol.start != PAPER:
        return ""
    paper = f" The paper reports {number(row.paper[metric], 4)} for AttRec." if metric in row.paper else ""
    if row is best:
        return paper
    place = f"{ordinal(rows.index(row) + 1)} of {len(rows)} lines"
    return f" With the paper’s settings, AttRec has {figure(row, metric)} ({place}).{paper}"


def also_above(study: Study, rows: list[TableRow], attrec: TableRow, metric: str, seen: str) -> str:
    """The systems above AttRec's best line, without the first; rows: sorted by the metric."""
    above = rows[1 : rows.index(attrec)]
    sure = [row for row in above if study.difference(row.key, attrec.key, metric, seen)[1] > 0]
    mean = attrec.cells[metric].mean
    names = "; ".join(f"{row.label}, by {number(row.cells[metric].mean - mean, 4)}" for row in sure)
    others = len(above) - len(sure)
    rest = f" {others} more {'is' if others == 1 else 'are'} higher, which may be chance." if others else ""
    return f"{f' Also above AttRec: {names}.' if names else ''}{rest}"


def beside_paper(study: Study, metric: str, seen: str = "out") -> str:
    """How many lines are lower than in the paper, if it has figures for them."""
    reported = [row for row in rows_of(study, seen) if metric in row.paper]
    if not reported:
        return ""
    lower = sum(row.cells[metric].mean < row.paper[metric] for row in reported)
    count = f"{lower or 'none'} {'are' if lower > 1 else 'is'}"
    return f"The paper reports {len(reported)} of these figures; {count} lower here."


def figure(row: TableRow, metric: str) -> str:
    return number(row.cells[metric].mean, 4)
