"""The sentences on a study, computed from it."""

from __future__ import annotations

import math

from attrec_core.config import PAPER
from attrec_core.errors import number, ordinal, percent
from attrec_core.runs.protocol import RACED, SAID, Protocol
from attrec_core.runs.studies import Study
from attrec_core.views.does_it_hold.tables import NAMES, Row, rows_of
from attrec_core.views.drawing.theme import signed

KIND_NAMES = {
    "table2": "all systems",
    "auto": "settings found, and the presets",
    "ablation": "parts of AttRec",
    "omega": "ω",
    "window": "window L",
    "dim": "dimensions d",
}
EMPTY = (
    "There is no study yet. A study trains several systems, or several settings of AttRec, with several seeds, and "
    "says which is best. Start one above. To use your own data, first import the file on the page Data."
)
LOSSES = {"hinge": "Set up: parts of AttRec, the paper’s loss", "softmax": "Set up: the same with the softmax loss"}
BESIDE = {"accuracy": "nothing", "coverage": "coverage", "popularity": "popularity"}
PARTS_GUIDE = (
    "HR@50 of AttRec with one part or one setting changed; all else is the same. Bars are 95 % intervals by "
    "bootstrap over the users. Diamonds are the paper’s figures; those for ω, L and d are read off its plots. A "
    "difference holds if its interval here, paired over the users, excludes 0 and has the paper’s sign."
)
OWN = ("auto", "attrec", "attrec-movielens", "attrec-sparse", "attrec-best")
GUIDE = (
    "A dot is the mean of the seeds on the test items. The bar is a 95\u00a0% interval by bootstrap over the users: "
    "for other users of the same kind, the figure would mostly fall within it. A diamond is the paper's figure for "
    "this data set. {chosen}. The test items were ranked once for each seed."
)
CHOSEN = {
    True: "Each system's settings were chosen on the validation items",
    False: "No settings were selected: the lines differ only in the part or setting that is varied",
}


def guide(protocol: Protocol) -> str:
    """How to read the dots."""
    return GUIDE.format(chosen=CHOSEN[protocol.kind in RACED])


def damaged_study_text(name: str, why: str) -> str:
    """The text in place of a study that cannot be read. why: a sentence."""
    return f"The study “{name}” cannot be shown: {why} Choose another one, or set it up again under another name."


def not_run(base: Protocol, wanted: Protocol, *, is_here: bool) -> str:
    """Says that the study that the switches ask for has not been run. is_here: whether its data is here."""
    ways = {"tie_rule": "tie rule", "order": "order", "split": "split", "fit": "fit"}
    choices = [
        SAID.get(value, f"{name} {value}")
        for field, name in ways.items()
        if (value := getattr(wanted, field)) != getattr(base, field)
    ]
    where = "" if is_here else f" Its data, {wanted.data}, is not here: import it on the page Data to run it."
    return f"This study has not been run with {' and '.join(choices)}. It is shown as it was run.{where}"


def verdict(study: Study, metric: str, seen: str = "out", beyond: str | None = None) -> str:
    """The answer to the page's question, for one metric."""
    rows = sorted(rows_of(study, seen), key=lambda row: -row.cells[metric].mean)
    if not rows:
        return "No training of this study is done yet."
    beside = "" if beyond is None else beyond_sentence(rows, beyond)
    if study.protocol.kind in RACED:
        return f"{systems_verdict(study, rows, metric, seen)}{beside}"
    best, worst = rows[0], rows[-1]
    return f"{best.label} is best on {NAMES[metric]}, with {figure(best, metric)}. The last is {worst.label}, with " + (
        f"{figure(worst, metric)}.{beside}"
    )


def beyond_sentence(rows: list[Row], beyond: str) -> str:
    """The range of the lines in coverage or popularity, and the value of the most accurate line."""
    best = rows[0]
    lowest = min(rows, key=lambda row: getattr(row, beyond))
    highest = max(rows, key=lambda row: getattr(row, beyond))
    measure = "share of the catalogue in some user’s top 10" if beyond == "coverage" else "popularity of the top 10"
    ends = f"from {share(lowest, beyond)} ({lowest.label}) to {share(highest, beyond)} ({highest.label})"
    return f" The {measure} ranges {ends}; {best.label} has {share(best, beyond)}."


def share(row: Row, beyond: str) -> str:
    return percent(getattr(row, beyond))


def systems_verdict(study: Study, rows: list[Row], metric: str, seen: str) -> str:
    attrec = next((row for row in rows if row.key in OWN), None)
    rival = next((row for row in rows if row.key not in OWN), None)
    if attrec is None or rival is None:
        return f"{rows[0].label} is first on {NAMES[metric]}, with {figure(rows[0], metric)}."
    above = attrec.cells[metric].mean >= rival.cells[metric].mean
    first, second = (attrec, rival) if above else (rival, attrec)
    _, low, high = study.difference(first.key, second.key, metric)
    if seen == "in":
        interval = "no interval is stored where seen items are ranked too"
    elif math.isnan(low):
        interval = "the interval of the difference is not stored"
    else:
        interval = f"95\u00a0% interval {signed(low, 4)} to {signed(high, 4)}"
        interval += "" if low > 0 else ", so it may be chance"
    difference = first.cells[metric].mean - second.cells[metric].mean
    best = f"{first.label} is above every other system" if above else f"{first.label} beats AttRec"
    closest = f"The closest is {second.label}" if above else f"The best line of AttRec is {second.label}"
    return (
        f"{best} on {NAMES[metric]}, with {figure(first, metric)}. "
        f"{closest}, {number(difference, 4)} below ({interval}).{also_above(study, rows, attrec, metric, seen)}"
        f"{with_papers_settings(study, rows, attrec, metric)}"
    )


def with_papers_settings(study: Study, rows: list[Row], best: Row, metric: str) -> str:
    """AttRec with the paper's settings: its figure and place, if it is not AttRec's best line, and the paper's figure,
    if there is one."""
    row = next((row for row in rows if row.key == "attrec"), None)
    if row is None or study.protocol.start != PAPER:
        return ""
    paper = f" The paper reports {number(row.paper[metric], 4)} for AttRec." if metric in row.paper else ""
    if row is best:
        return paper
    place = f"{ordinal(rows.index(row) + 1)} of {len(rows)} lines"
    return f" With the paper’s settings AttRec has {figure(row, metric)}, {place}.{paper}"


def also_above(study: Study, rows: list[Row], attrec: Row, metric: str, seen: str) -> str:
    """The systems above AttRec's best line, without the first; rows: sorted by the metric."""
    above = rows[1 : rows.index(attrec)]
    sure = [row for row in above if seen == "in" or study.difference(row.key, attrec.key, metric)[1] > 0]
    mean = attrec.cells[metric].mean
    names = "; ".join(f"{row.label}, by {number(row.cells[metric].mean - mean, 4)}" for row in sure)
    others = len(above) - len(sure)
    rest = f" {others} more {'is' if others == 1 else 'are'} higher, which may be chance." if others else ""
    return f"{f' Also above it: {names}.' if names else ''}{rest}"


def beside_paper(study: Study, metric: str, seen: str = "out") -> str:
    """How many lines are lower than in the paper, if it has figures for them."""
    rows = rows_of(study, seen)
    reported = [(row, row.paper[metric]) for row in rows if metric in row.paper]
    if not reported:
        return ""
    lower = sum(row.cells[metric].mean < figure_of_paper for row, figure_of_paper in reported)
    count = f"{lower or 'none'} {'are' if lower > 1 else 'is'}"
    return f"The paper reports {len(reported)} of these figures; {count} lower here."


def figure(row: Row, metric: str) -> str:
    return number(row.cells[metric].mean, 4)
