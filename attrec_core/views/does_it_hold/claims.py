"""What the paper says of the parts and settings of AttRec, and whether it holds: each difference beside one's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from attrec_core.errors import count_of
from attrec_core.runs.studies import Study, Triple
from attrec_core.views.does_it_hold.tables import Row, rows_of

METRIC = "hr@50"  # of tables 3 and 4 and figures 4 and 5
PARTS = ("ablation", "omega", "window", "dim")  # kinds of studies
READ_OFF = 0.006  # of a difference between two figures that were read off a plot

Answer = Literal["holds", "reversed", "open"]
ANSWERS: dict[Answer, str] = {
    "holds": "Same direction here",
    "reversed": "Opposite direction here",
    "open": "May be chance here",
}


@dataclass(frozen=True)
class Claim:
    """A line is this much above what it is compared with: by the paper, and here with its interval."""

    label: str
    paper: float
    ours: Triple

    @property
    def answer(self) -> Answer:
        """By the interval: open where it holds 0."""
        _, low, high = self.ours
        if low <= 0 <= high:
            return "open"
        return "holds" if (low > 0) == (self.paper > 0) else "reversed"


@dataclass(frozen=True)
class Summary:
    """How many lines differ, in a sentence, and which; what they are compared with."""

    sentence: str
    groups: Mapping[str, Sequence[str]]  # an answer → the lines that have it
    references: tuple[str, ...]

    @property
    def reference(self) -> str:
        return f"Each line is compared with {'; '.join(self.references)}." if self.references else ""

    def listed(self, plain: Callable[[str], str]) -> str:
        """The lines as a list in Markdown. plain: makes Markdown that shows exactly a text."""
        groups = {name: lines for name, lines in self.groups.items() if lines}
        return "\n".join(f"- **{name} ({len(lines)}):** {plain('; '.join(lines))}" for name, lines in groups.items())


def own_row(study: Study) -> Row | None:
    """The line that the others are compared with."""
    return next((row for row in rows_of(study) if row.key == study.reference), None)


def claims(study: Study) -> list[Claim]:
    """The paper's differences from the reference, but those that are too small to be read off its plots."""
    own = own_row(study)
    if own is None or METRIC not in own.paper:
        return []
    least = 0.0 if study.protocol.kind == "ablation" else READ_OFF
    found = []
    for row in rows_of(study):
        if row is own or METRIC not in row.paper:
            continue
        paper = row.paper[METRIC] - own.paper[METRIC]
        claim = Claim(row.label, paper, study.difference(row.key, own.key, METRIC))
        if abs(paper) > least and not math.isnan(claim.ours[1]):
            found.append(claim)
    return found


def summary(studies: Sequence[Study]) -> Summary:
    """What reproduces and what does not, over all parts of one data set; of each answer the paper's largest first."""
    known = sorted((claim for study in studies for claim in claims(study)), key=lambda claim: -abs(claim.paper))
    if not known:
        return without_paper(studies)
    groups = {name: [claim.label for claim in known if claim.answer == answer] for answer, name in ANSWERS.items()}
    count = sum(claim.answer == "holds" for claim in known)
    sentence = (
        f"{count} of the {count_of(len(known), 'difference')} in HR@50 that the paper reports "
        f"hold{'s' * (count == 1)} here."
    )
    return Summary(sentence, groups, references([study for study in studies if claims(study)]))


def references(studies: Sequence[Study]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(own.label for study in studies if (own := own_row(study)) is not None))


def table(studies: Sequence[Study]) -> pd.DataFrame:
    """A row a line of each study, with its difference from what it is compared with."""
    records = []
    for study in studies:
        answers = {claim.label: claim.answer for claim in claims(study)}
        for row in rows_of(study):
            value, low, high = study.difference(row.key, study.reference, METRIC)
            record = {"line": row.label, "HR@50": row.cells[METRIC].mean, "paper": row.paper.get(METRIC)}
            record |= {"difference": value, "low": low, "high": high}
            records.append(record | {"the paper’s difference": answers.get(row.label, "")})
    return pd.DataFrame(records).dropna(axis=1, how="all")


def without_paper(studies: Sequence[Study]) -> Summary:
    """For data that the paper has no figures of: which lines differ at all."""
    groups: dict[str, list[str]] = {"Higher here": [], "Lower here": [], "May be chance here": []}
    higher, lower, open_ones = groups.values()
    for study in studies:
        for row in rows_of(study):
            _, low, high = study.difference(row.key, study.reference, METRIC)
            if row.key != study.reference and not math.isnan(low):
                (open_ones if low <= 0 <= high else higher if low > 0 else lower).append(row.label)
    count = len(higher) + len(lower)
    of = count + len(open_ones)
    if not of:
        return Summary("", {}, ())
    sentence = (
        f"The paper has no figures for this data. {count} of {count_of(of, 'line')} differ{'s' * (count == 1)} in "
        "HR@50 here."
    )
    return Summary(sentence, groups, references(studies))
