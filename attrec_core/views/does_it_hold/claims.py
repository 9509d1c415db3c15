"""What the paper claims about parts and settings of AttRec, and whether it holds: each difference beside ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from attrec_core.config import METRICS
from attrec_core.errors import count_of
from attrec_core.runs.studies import Study, Triple
from attrec_core.views.does_it_hold.tables import TableRow, rows_of

METRIC = "hr@50"  # of tables 3 and 4 and figures 4 and 5
PARTS = ("ablation", "taste", "omega", "window", "dim")  # kinds of studies
NO_INTERVALS = "No interval of a difference is stored, so any difference may be chance."
READ_OFF = 0.006  # differences below this are too small to be read off the paper's plots
LEAST = 1e-4  # of the paper's tables

Answer = Literal["holds", "reversed", "open"]
ANSWERS: dict[Answer, str] = {
    "holds": "Same direction here",
    "reversed": "Opposite direction here",
    "open": "May be chance here",
}


@dataclass(frozen=True)
class Claim:
    """How much a line is above the reference line: in the paper, and here with its interval."""

    label: str
    paper: float
    ours: Triple

    @property
    def answer(self) -> Answer:
        """The answer by our interval: open if it contains 0."""
        _, low, high = self.ours
        return "open" if low <= 0 <= high else "holds" if (low > 0) == (self.paper > 0) else "reversed"


@dataclass(frozen=True)
class Summary:
    """How many lines differ, and which."""

    sentence: str
    groups: Mapping[str, Sequence[str]]  # an answer → the lines that have it
    reference: str  # what they are compared with, in a sentence

    def listed(self, plain: Callable[[str], str]) -> str:
        """The lines as a list in Markdown. plain: escapes a text, so that Markdown shows it exactly."""
        groups = {name: lines for name, lines in self.groups.items() if lines}
        return "\n".join(f"- **{name} ({len(lines)}):** {plain('; '.join(lines))}" for name, lines in groups.items())


def own_row(study: Study) -> TableRow | None:
    return next((row for row in rows_of(study) if row.key == study.reference), None)


def claims(study: Study) -> list[Claim]:
    """The paper's differences from the reference line, except those too small to be read off its plots."""
    reference = own_row(study)
    if reference is None or METRIC not in reference.paper:
        return []
    least = LEAST if study.protocol.kind == "ablation" else READ_OFF
    found = [
        Claim(
            row.label,
            row.paper[METRIC] - reference.paper[METRIC],
            study.difference(row.key, reference.key, METRIC),
        )
        for row in rows_of(study)
        if row is not reference and METRIC in row.paper
    ]
    return [claim for claim in found if round(abs(claim.paper), 4) >= least and not math.isnan(claim.ours[1])]


def summary(studies: Sequence[Study], metric: str = METRIC, seen: str = "out") -> Summary:
    """Which of the paper's differences hold here, over all parts of one data set; in each group the paper's largest
    difference first. For a metric or a use of seen items that the paper does not report: which lines differ at all."""
    found = [claim for study in studies for claim in claims(study)] if (metric, seen) == (METRIC, "out") else []
    if not found:
        return without_paper(studies, metric, seen)
    by_size = sorted(found, key=lambda claim: -abs(claim.paper))
    groups = {name: [claim.label for claim in by_size if claim.answer == answer] for answer, name in ANSWERS.items()}
    count, which = sum(claim.answer == "holds" for claim in found), "in HR@50 that can be read in the paper"
    sentence = f"{count} of the {len(found)} differences {which} {'holds' if count == 1 else 'hold'} here."
    if len(found) == 1:
        sentence = f"The only difference {which} {'holds' if count else 'does not hold'} here."
    return Summary(sentence, groups, reference([study for study in studies if claims(study)]))


def reference(studies: Sequence[Study]) -> str:
    labels = dict.fromkeys(row.label for study in studies if (row := own_row(study)) is not None)
    return f"Each line is compared with {'; '.join(labels)}." if labels else ""


def table(studies: Sequence[Study], metric: str = METRIC, seen: str = "out") -> pd.DataFrame:
    records = []
    for study in studies:
        is_papers = (metric, seen) == (METRIC, "out")
        answers = {claim.label: ANSWERS[claim.answer] for claim in claims(study)} if is_papers else {}
        for row in rows_of(study, seen):
            value, low, high = study.difference(row.key, study.reference, metric, seen)
            record = {"line": row.label, METRICS[metric]: row.cells[metric].mean, "paper": row.paper.get(metric)}
            record |= {"difference": value, "low": low, "high": high}
            records.append(record | {"the paper’s difference": answers.get(row.label, "")})
    return pd.DataFrame(records).dropna(axis=1, how="all")


def without_paper(studies: Sequence[Study], metric: str, seen: str) -> Summary:
    """The summary without figures of the paper: which lines differ at all."""
    groups: dict[str, list[str]] = {"Higher here": [], "Lower here": [], "May be chance here": []}
    higher, lower, uncertain = groups.values()
    for study in studies:
        for row in rows_of(study, seen):
            _, low, high = study.difference(row.key, study.reference, metric, seen)
            if row.key != study.reference and not math.isnan(low):
                (uncertain if low <= 0 <= high else higher if low > 0 else lower).append(row.label)
    count, of = len(higher) + len(lower), sum(map(len, groups.values()))
    if not of:
        is_single = all(len(rows_of(study)) < 2 for study in studies)
        return Summary("" if is_single else NO_INTERVALS, {}, "")
    sentence = f"{count} of {count_of(of, 'line')} {'differs' if count == 1 else 'differ'} in {METRICS[metric]} here."
    return Summary(f"{paper_sentence(studies, seen)} {sentence}", groups, reference(studies))


def paper_sentence(studies: Sequence[Study], seen: str) -> str:
    """Why nothing is compared with the paper; for another metric, how many of its differences hold."""
    if all(study.protocol.loss == "softmax" for study in studies):
        return "The paper has no figures for the softmax loss."
    if not any(claims(study) for study in studies):
        lacking = "with these settings" if any(study.protocol.paper for study in studies) else "for this data"
        return f"The paper has no figures {lacking}."
    if seen == "in":
        return "The paper leaves seen items out, so its figures are not compared."
    return f"The paper reports HR@50 alone for these lines: {summary(studies).sentence}"
