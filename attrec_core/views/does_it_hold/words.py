"""The sentences on a study, computed from it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrec_core.config import PAPER
from attrec_core.errors import number, ordinal, percent
from attrec_core.runs.protocol import RACED, SAID, Protocol
from attrec_core.runs.studies import Study
from attrec_core.runs.systems import NOT_THE_PAPERS
from attrec_core.storage.workspace import SAMPLE_DATA
from attrec_core.views.does_it_hold.tables import NAMES, TableRow, has_intervals, rows_of
from attrec_core.views.drawing.theme import signed
from attrec_core.views.names import KIND_NAMES, TIES
from attrec_core.views.texts import text

ACROSS_USERS = (
    "How small an edit changes the recommendations of a user? The page Attention across users shows it for the model "
    "that is open."
)
LOSSES = {"hinge": "Set up: parts of AttRec, the paper’s loss", "softmax": "Set up: the same with the softmax loss"}
MEASURES = {
    "coverage": "share of the catalogue in some user’s top 10",
    "popularity": "mean popularity of the items in a top 10, as a share of the most popular item’s,",
}
BESIDE = {"accuracy": "nothing", "coverage": "coverage", "popularity": "popularity"}
# The answer, which follows the data. The fields are names: of the metric, of the best line and of the line it is
# compared with. Only these two are tested, so nothing is said about the others but that they are lower.
LEADS = {
    "none": "no training of this study is done yet.",
    "alone": "only {first} is trained so far.",
    "one side": "{first} has the highest {metric} of {count} lines so far.",
    "sure": "{first} has the highest {metric} and beats {second}.",
    "close": "{first} has the highest {metric}; {second} may be as good.",
    "untested": "{first} has the highest {metric}, but no interval is stored.",
    "equal": "all {count} lines rank alike on {metric}.",
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
BAR = (
    "The bar is a 95\u00a0% interval by bootstrap over the users: for other users of the same kind, the figure would "
    "mostly fall within it."
)
NO_BAR = "A dot without a bar was trained before intervals were stored for this use of seen items."
RACED_SETTINGS = (
    "Each system's settings were chosen on the validation items, except where a line says that they are the paper's or "
    "a preset's"
)
UNTUNED = "No system was tuned: each has the settings that it starts with"
FIXED = "No settings were selected: the lines differ only in the part or setting that is varied"


def is_untuned(protocol: Protocol) -> bool:
    """Whether each system has its starting settings."""
    return protocol.kind in RACED and protocol.budget == 1


def guide(study: Study, seen: str) -> str:
    """How to read the dots."""
    protocol = study.protocol
    chosen = UNTUNED if is_untuned(protocol) else RACED_SETTINGS if protocol.kind in RACED else FIXED
    return text("does_it_hold", "guide", chosen=chosen, bar=BAR if has_intervals(study, seen) else NO_BAR)


def title_of(protocol: Protocol) -> str:
    """The name of the data set; the bundled sample's viewers are simulated."""
    return protocol.title + (" (simulated)" if protocol.data == SAMPLE_DATA.name else "")


def full_title(protocol: Protocol) -> str:
    """The data set, what is compared, and the choices that tell this study from the others of the data set."""
    start = ["starting settings"] if is_untuned(protocol) else []
    start += [f"preset {protocol.start}"] if protocol.start != PAPER else []
    ties = [f"ties {protocol.tie_rule.removeprefix('file-')}"] if protocol.may_tie else []
    return ", ".join([f"{title_of(protocol)}: {KIND_NAMES[protocol.kind]}", *start, *protocol.unusual, *ties])


def damaged_study_text(name: str, why: str) -> str:
    """The text in place of a study that cannot be read. why: a sentence."""
    return f"The study “{name}” cannot be shown: {why} Choose another one, or set it up again under another name."


def not_run(base: Protocol, wanted: Protocol, *, is_here: bool) -> str:
    """Says that the study that the switches ask for has not been run. is_here: whether its data is here."""
    where = "" if is_here else f" Its data, {wanted.data}, is not here: import it on the page Data to run it."
    return f"This study has not been run with {differing(base, wanted)}. It is shown as it was run.{where}"


def differing(base: Protocol, wanted: Protocol) -> str:
    """The choices of `wanted` that `base` does not have, as text."""
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
    return f"On {data_in_sentence(study.protocol)}, {answer(study, metric, seen)}"


def answer(study: Study, metric: str, seen: str = "out") -> str:
    """The same without the data, to follow a text that names it."""
    rows = sorted(rows_of(study, seen), key=lambda row: -row.cells[metric].mean)
    if not rows:
        return LEADS["none"]
    names = {"metric": NAMES[metric], "count": len(rows)}
    if len(rows) > 1 and figure(rows[0], metric) == figure(rows[-1], metric):
        return LEADS["equal"].format(**names)
    first, second = compared(study, rows, metric)
    names["first"] = in_sentence(study, first)
    if second is None:
        return LEADS["alone" if len(rows) == 1 else "one side"].format(**names)
    names["second"] = in_sentence(study, second)
    low = study.difference(first.key, second.key, metric, seen)[1]
    if math.isnan(low):
        return LEADS["untested"].format(**names)
    if low > 0:
        beaten = "AttRec" if study.protocol.kind in RACED and second.key in OWN else names["second"]
        return LEADS["sure"].format(**names | {"second": beaten})
    return LEADS["close"].format(**names)


def data_in_sentence(protocol: Protocol) -> str:
    """The name of the data, and in which unusual way it was used."""
    name = "the simulated sample" if protocol.data == SAMPLE_DATA.name else protocol.title
    name = name.replace("ML-", "MovieLens ", 1) if protocol.paper.startswith("ML-") else name
    ways = [way for way in (protocol.order, protocol.split, protocol.loss) if way in UNUSUAL]
    return f"{name} ({', '.join(UNUSUAL[way] for way in ways)})" if ways else name


def in_sentence(study: Study, row: TableRow) -> str:
    """The name of a line inside a sentence, without the notes of its label."""
    if row.key == "attrec" and study.protocol.start != PAPER:
        return f"AttRec with the preset {study.protocol.start}"
    label = entry_label(study, row)
    return IN_SENTENCE.get(row.key, label if study.protocol.kind in RACED else f"“{label}”")


def with_notes(study: Study, row: TableRow) -> str:
    """The same with the notes: the loss, if it is not the paper's, and missing seeds."""
    return f"{in_sentence(study, row)}{row.label.removeprefix(entry_label(study, row))}"


def entry_label(study: Study, row: TableRow) -> str:
    return next(entry.label for entry in study.entries if entry.key == row.key)


def compared(study: Study, rows: list[TableRow], metric: str) -> tuple[TableRow, TableRow | None]:
    """The best line, and the line that it is compared with: of AttRec and the other systems the best of the other side,
    where lines are no systems the second line; None where that is not trained. rows: sorted by the metric."""
    if study.protocol.kind not in RACED:
        return rows[0], rows[1] if len(rows) > 1 else None
    attrec = next((row for row in rows if row.key in OWN), None)
    rival = next((row for row in rows if row.key not in OWN), None)
    if attrec is None or rival is None:
        return rows[0], None
    above = attrec.cells[metric].mean >= rival.cells[metric].mean
    return (attrec, rival) if above else (rival, attrec)


def verdict(study: Study, metric: str, seen: str = "out", beyond: str | None = None) -> str:
    """The answer to the page's question for one metric: in one sentence, then in figures."""
    return f"{lead(study, metric, seen)} {in_figures(study, metric, seen, beyond)}".strip()


def in_figures(study: Study, metric: str, seen: str = "out", beyond: str | None = None) -> str:
    """The figures and the interval that the answer rests on."""
    rows = sorted(rows_of(study, seen), key=lambda row: -row.cells[metric].mean)
    if not rows:
        return ""
    beside = "" if beyond is None else beyond_sentence(rows, beyond)
    if len(rows) > 1 and figure(rows[0], metric) == figure(rows[-1], metric):
        return f"All {len(rows)} lines have the same {NAMES[metric]}, {figure(rows[0], metric)}.{beside}"
    first, second = compared(study, rows, metric)
    text = f"{with_notes(study, first)} has an {NAMES[metric]} of {figure(first, metric)}."
    if second is not None:
        text += f" {lower(study, first, second, metric, seen)}"
    if study.protocol.kind not in RACED:
        last = f" The last is {with_notes(study, rows[-1])}, with {figure(rows[-1], metric)}." if len(rows) > 2 else ""
        loss = f" All lines have the {NOT_THE_PAPERS}." if study.protocol.loss == "softmax" else ""
        return f"{text}{last}{loss}{beside}{one_seed(study)}"
    if second is not None:
        attrec = first if first.key in OWN else second
        text += "" if first is attrec else also_above(study, rows, attrec, metric, seen)
        text += with_papers_settings(study, rows, attrec, metric)
    untuned = f" {UNTUNED}." if is_untuned(study.protocol) else ""
    return f"{text}{untuned}{beside}{one_seed(study)}"


def one_seed(study: Study) -> str:
    """A remark on a study with one seed."""
    is_one = study.protocol.seeds == 1
    return " Each line was trained once, so the intervals do not show how much trainings differ." if is_one else ""


def lower(study: Study, first: TableRow, second: TableRow, metric: str, seen: str) -> str:
    """How much lower the second line is than the first, and how certain that is."""
    _, low, high = study.difference(first.key, second.key, metric, seen)
    chance = ". The difference may be chance." if math.isnan(low) or low <= 0 else "."
    interval = "no interval is stored"
    if not math.isnan(low):
        interval = f"95\u00a0% interval {signed(low, 4)} to {signed(high, 4)}"
    difference = first.cells[metric].mean - second.cells[metric].mean
    role = "AttRec’s best" if second.key in OWN and study.protocol.kind in RACED else "The next"
    return f"{role} is {with_notes(study, second)}, {number(difference, 4)} lower ({interval}){chance}"


def beyond_sentence(rows: list[TableRow], beyond: str) -> str:
    """The range of the lines in coverage or popularity, and the value of the most accurate line."""
    best = rows[0]
    lowest = min(rows, key=lambda row: getattr(row, beyond))
    highest = max(rows, key=lambda row: getattr(row, beyond))
    measure = MEASURES[beyond]
    ends = f"from {share(lowest, beyond)} ({lowest.label}) to {share(highest, beyond)} ({highest.label})"
    return f" The {measure} is {ends}; {best.label} has {share(best, beyond)}."


def share(row: TableRow, beyond: str) -> str:
    return percent(getattr(row, beyond))


def with_papers_settings(study: Study, rows: list[TableRow], best: TableRow, metric: str) -> str:
    """AttRec with the paper's settings: its figure and place, if it is not AttRec's best line, and the paper's figure,
    if there is one."""
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
    rows = rows_of(study, seen)
    reported = [(row, row.paper[metric]) for row in rows if metric in row.paper]
    if not reported:
        return ""
    lower = sum(row.cells[metric].mean < figure_of_paper for row, figure_of_paper in reported)
    count = f"{lower or 'none'} {'are' if lower > 1 else 'is'}"
    return f"The paper reports {len(reported)} of these figures; {count} lower here."


def figure(row: TableRow, metric: str) -> str:
    return number(row.cells[metric].mean, 4)
