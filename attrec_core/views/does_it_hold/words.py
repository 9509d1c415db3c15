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
from attrec_core.views.does_it_hold.tables import NAMES, Row, has_intervals, rows_of
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
ACROSS_USERS = (
    "How small an edit changes the recommendations of a user? The page Attention across users shows it for the model "
    "that is open."
)
LOSSES = {"hinge": "Set up: parts of AttRec, the paper’s loss", "softmax": "Set up: the same with the softmax loss"}
TIES = {"file-first": "first of the file", "file-last": "last of the file"}
MEASURES = {
    "coverage": "share of the catalogue in some user’s top 10",
    "popularity": "mean popularity of the items in a top 10, as a share of the most popular item’s,",
}
BESIDE = {"accuracy": "nothing", "coverage": "coverage", "popularity": "popularity"}
PARTS_GUIDE = (
    "{metric} of AttRec with one part or one setting changed; all else is the same. Bars are 95\u00a0% intervals by "
    "bootstrap over the users. Diamonds are the paper’s figures; those for ω, L and d are read off its plots. A "
    "difference holds if its interval here, paired over the users, excludes 0 and has the paper’s sign. The paper "
    "reports these figures as HR@50, with its hinge loss and without seen items."
)
OWN = ("auto", "attrec", "attrec-movielens", "attrec-sparse", "attrec-best")
GUIDE = (
    "A dot is the mean of the seeds on the test items. {bar} A diamond is the paper's figure for this data set. "
    "{chosen}. The test items were ranked once for each seed."
)
BAR = (
    "The bar is a 95\u00a0% interval by bootstrap over the users: for other users of the same kind, the figure would "
    "mostly fall within it."
)
NO_BAR = "A dot without a bar was trained before intervals were stored for this use of seen items."
RACED_SETTINGS = (
    "Each system's settings were chosen on the validation items, except where a line says that they are the paper's or "
    "a preset's"
)
STARTING = "Each system has its starting settings; none was tuned"
FIXED = "No settings were selected: the lines differ only in the part or setting that is varied"


def is_untuned(protocol: Protocol) -> bool:
    """Whether each system has its starting settings."""
    return protocol.kind in RACED and protocol.budget == 1


def guide(study: Study, seen: str) -> str:
    """How to read the dots."""
    protocol = study.protocol
    chosen = STARTING if is_untuned(protocol) else RACED_SETTINGS if protocol.kind in RACED else FIXED
    return GUIDE.format(chosen=chosen, bar=BAR if has_intervals(study, seen) else NO_BAR)


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


def verdict(study: Study, metric: str, seen: str = "out", beyond: str | None = None) -> str:
    """The answer to the page's question, for one metric."""
    rows = sorted(rows_of(study, seen), key=lambda row: -row.cells[metric].mean)
    if not rows:
        return "No training of this study is done yet."
    beside = "" if beyond is None else beyond_sentence(rows, beyond)
    if len(rows) > 1 and figure(rows[0], metric) == figure(rows[-1], metric):
        return f"All {len(rows)} lines have the same {NAMES[metric]}, {figure(rows[0], metric)}.{beside}"
    if study.protocol.kind in RACED:
        return f"{systems_verdict(study, rows, metric, seen)}{beside}{one_seed(study)}"
    best, worst = rows[0], rows[-1]
    closest = f" The closest is {below(study, best, rows[1], metric, seen)}." if len(rows) > 1 else ""
    last = f" The last is {worst.label}, with {figure(worst, metric)}." if len(rows) > 2 else ""
    first = f"{best.label} is first on {NAMES[metric]}, with {figure(best, metric)}."
    loss = f"With the {NOT_THE_PAPERS}: " if study.protocol.loss == "softmax" else ""
    return f"{loss}{first}{closest}{last}{beside}{one_seed(study)}"


def one_seed(study: Study) -> str:
    """A remark on a study with one seed."""
    is_one = study.protocol.seeds == 1
    return " Each line was trained once, so the intervals do not show how much trainings differ." if is_one else ""


def below(study: Study, first: Row, second: Row, metric: str, seen: str) -> str:
    """How far the second line is below the first, and how certain that is."""
    _, low, high = study.difference(first.key, second.key, metric, seen)
    if math.isnan(low):
        interval = "no interval is stored, so it may be chance"
    else:
        interval = f"95\u00a0% interval {signed(low, 4)} to {signed(high, 4)}"
        interval += "" if low > 0 else ", so it may be chance"
    difference = first.cells[metric].mean - second.cells[metric].mean
    return f"{second.label}, {number(difference, 4)} below ({interval})"


def beyond_sentence(rows: list[Row], beyond: str) -> str:
    """The range of the lines in coverage or popularity, and the value of the most accurate line."""
    best = rows[0]
    lowest = min(rows, key=lambda row: getattr(row, beyond))
    highest = max(rows, key=lambda row: getattr(row, beyond))
    measure = MEASURES[beyond]
    ends = f"from {share(lowest, beyond)} ({lowest.label}) to {share(highest, beyond)} ({highest.label})"
    return f" The {measure} is {ends}; {best.label} has {share(best, beyond)}."


def share(row: Row, beyond: str) -> str:
    return percent(getattr(row, beyond))


def systems_verdict(study: Study, rows: list[Row], metric: str, seen: str) -> str:
    attrec = next((row for row in rows if row.key in OWN), None)
    rival = next((row for row in rows if row.key not in OWN), None)
    if attrec is None or rival is None:
        return f"{rows[0].label} is first on {NAMES[metric]}, with {figure(rows[0], metric)}."
    above = attrec.cells[metric].mean >= rival.cells[metric].mean
    first, second = (attrec, rival) if above else (rival, attrec)
    is_sure = study.difference(first.key, second.key, metric, seen)[1] > 0
    others = sum(row.key not in OWN for row in rows)
    best = f"is above the {others} other systems" if others > 1 else "is above the other system"
    best = best if above else "beats AttRec" if is_sure else "is above AttRec"
    closest = "The closest" if above else "The best line of AttRec"
    untuned = (
        f" The {len(rows)} lines have their starting settings; none was tuned." if is_untuned(study.protocol) else ""
    )
    also = "" if above else also_above(study, rows, attrec, metric, seen)
    return (
        f"{first.label} {best} on {NAMES[metric]}, with {figure(first, metric)}. "
        f"{closest} is {below(study, first, second, metric, seen)}.{also}"
        f"{with_papers_settings(study, rows, attrec, metric)}{untuned}"
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
    sure = [row for row in above if study.difference(row.key, attrec.key, metric, seen)[1] > 0]
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
