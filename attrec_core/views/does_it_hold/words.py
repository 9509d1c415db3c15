"""What a study says in a sentence, computed from it."""

from __future__ import annotations

import math

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
    "says which is best. On your own data, in a terminal:"
)
COMMAND = "python -m attrec_core study table2 DATA --out {folder}/my-study --seeds 3"
OWN = ("auto", "attrec", "attrec-movielens", "attrec-sparse", "attrec-best")
GUIDE = (
    "A dot is the mean of the seeds on the test items. The bar is a 95\u00a0% interval by bootstrap over the users: "
    "with other users of the same kind, the figure would mostly lie in it. A diamond is the paper's figure for this "
    "data set. Each system's settings were chosen on the validation items; the test items were ranked once a seed."
)


def verdict(study: Study, metric: str) -> str:
    """The answer to the page's question, for one metric."""
    rows = sorted(rows_of(study), key=lambda row: -row.cells[metric].mean)
    if not rows:
        return "No training of this study is done yet."
    if study.protocol.kind in ("table2", "auto"):
        return systems_verdict(study, rows, metric)
    best, worst = rows[0], rows[-1]
    return f"{best.label} is best on {NAMES[metric]}, with {figure(best, metric)}; {worst.label} is last, with " + (
        f"{figure(worst, metric)}.{beside_paper(rows, metric)}"
    )


def systems_verdict(study: Study, rows: list[Row], metric: str) -> str:
    own = next((row for row in rows if row.key in OWN), None)
    other = next((row for row in rows if row.key not in OWN), None)
    if own is None or other is None:
        return f"{rows[0].label} is first on {NAMES[metric]}, with {figure(rows[0], metric)}."
    above = own.cells[metric].mean >= other.cells[metric].mean
    first, second = (own, other) if above else (other, own)
    difference, low, high = study.difference(first.key, second.key, metric)
    if math.isnan(low):
        certain = "how certain the difference is, is not kept"
    else:
        certain = f"95\u00a0% interval of the difference {signed(low, 4)} to {signed(high, 4)}"
        certain += "" if low > 0 else ", so it may be chance"
    difference = first.cells[metric].mean - second.cells[metric].mean
    who = f"{first.label} is above every other system of this study" if above else f"{first.label} beats AttRec"
    closest = f"the closest is {second.label}" if above else f"AttRec at its best is {second.label}"
    return f"{who} on {NAMES[metric]}, {figure(first, metric)}; {closest}, {short(difference)} below ({certain})." + (
        beside_paper(rows, metric)
    )


def beside_paper(rows: list[Row], metric: str) -> str:
    """How far the lines are from the paper's, where it has them."""
    both = [(row, row.paper[metric]) for row in rows if metric in row.paper]
    if not both:
        return ""
    lower = sum(row.cells[metric].mean < theirs for row, theirs in both)
    return f" Of {len(both)} figures that the paper has, {lower} are lower here and {len(both) - lower} are not."


def figure(row: Row, metric: str) -> str:
    return short(row.cells[metric].mean)


def short(value: float) -> str:
    """Four digits, as metrics are written: .1034."""
    return f"{value:.4f}".removeprefix("0")
