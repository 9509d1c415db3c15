"""What the paper says of the parts and settings of AttRec, and whether it holds: each difference beside one's own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from attrec_core.runs.studies import Study, Triple
from attrec_core.views.does_it_hold.tables import rows_of
from attrec_core.views.drawing.theme import signed

METRIC = "hr@50"  # of tables 3 and 4 and figures 4 and 5
PARTS = ("ablation", "omega", "window", "dim")  # kinds of studies
READ_OFF = 0.006  # of a difference between two figures that were read off a plot
NAMED = 4  # lines that a sentence names before it counts the rest

Answer = Literal["holds", "reversed", "open"]
BEGINNINGS: dict[Answer, str] = {
    "holds": "Also here",
    "reversed": "The other way round here",
    "open": "Not to be told from chance here",
}


@dataclass(frozen=True)
class Claim:
    """A line is this much above what it is compared with: by the paper, and here with its interval."""

    label: str
    reference: str
    paper: float
    ours: Triple

    @property
    def answer(self) -> Answer:
        """By the interval: open where it holds 0."""
        _, low, high = self.ours
        if low <= 0 <= high:
            return "open"
        return "holds" if (low > 0) == (self.paper > 0) else "reversed"

    @property
    def sentence(self) -> str:
        value, low, high = self.ours
        paper = signed(self.paper, 3)
        return f"{self.label} ({signed(value, 3)} [{signed(low, 3)}, {signed(high, 3)}], the paper {paper})"


def claims(study: Study) -> list[Claim]:
    """The paper's differences from the reference, but those that are too small to be read off its plots."""
    rows = {row.key: row for row in rows_of(study) if METRIC in row.paper}
    own = rows.pop(study.reference, None)
    least = 0.0 if study.protocol.kind == "ablation" else READ_OFF
    found = []
    for row in rows.values() if own is not None else ():
        claim = Claim(
            row.label,
            own.label,  # type: ignore[union-attr]
            row.paper[METRIC] - own.paper[METRIC],  # type: ignore[union-attr]
            study.difference(row.key, study.reference, METRIC),
        )
        if abs(claim.paper) > least and not math.isnan(claim.ours[1]):
            found.append(claim)
    return found


def paragraph(studies: Sequence[Study]) -> str:
    """What reproduces and what does not, over all parts of one data set."""
    known = [claim for study in studies for claim in claims(study)]
    if not known:
        return without_paper(studies)
    parts = [f"{beginning}: {some}." for answer, beginning in BEGINNINGS.items() if (some := named(known, answer))]
    count = sum(claim.answer == "holds" for claim in known)
    start = "; ".join(dict.fromkeys(claim.reference for claim in known))
    hold = f"{count} hold{'s' * (count == 1)} here"
    whole = f"Of {len(known)} differences in HR@50 that the paper reports (from {start}), {hold}."
    return " ".join([whole, *parts])


def named(known: Sequence[Claim], answer: Answer) -> str:
    """Those with this answer, the paper's largest first."""
    some = sorted((claim for claim in known if claim.answer == answer), key=lambda claim: -abs(claim.paper))
    more = f"; and {len(some) - NAMED} more" if len(some) > NAMED else ""
    return "; ".join(claim.sentence for claim in some[:NAMED]) + more


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


def without_paper(studies: Sequence[Study]) -> str:
    """For data that the paper has no figures of: which lines differ at all."""
    sentences = []
    for study in studies:
        rows = rows_of(study)
        own = next((row for row in rows if row.key == study.reference), None)
        differ, same = [], 0
        for row in rows:
            value, low, high = study.difference(row.key, study.reference, METRIC)
            if row is own or math.isnan(low):
                continue
            if low <= 0 <= high:
                same += 1
            else:
                differ.append(f"{row.label} ({signed(value, 3)} [{signed(low, 3)}, {signed(high, 3)}])")
        if own is not None and (differ or same):
            others = f"{'; '.join(differ[:NAMED])} differ{'s' * (len(differ) == 1)}" if differ else "nothing differs"
            rest = f"; {same} other{'s' * (same > 1)} cannot be told from it" if same else ""
            sentences.append(f"From {own.label}, {others}{rest}.")
    if not sentences:
        return ""
    return " ".join(["The paper has no figures for this data. HR@50 here, with 95\u00a0% intervals:", *sentences])
