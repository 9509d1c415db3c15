"""The tables of the page Why: the exact sum, two items compared, the truth test, and the three orders."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from attrec_core.explain.leave_one_out import Effect
from attrec_core.views.why.records import Term, TruthRow, Versus, Waterfall

DIGITS = 5
EFFECT_FIELDS = {
    "delta_distance": "Δ distance",
    "delta_rank": "Δ rank",
    "direct": "direct",
    "reweighting": "re-weighting",
}


def waterfall(record: Waterfall) -> pd.DataFrame:
    """One row a bar. A pull is how much less a part adds than to the mean item: above 0 it pulls the item nearer, as in
    the truth table."""
    rows = []
    for term in record.terms:
        if term.kind in ("average", "total"):
            rows.append((term.place, f"distance of {term.name}", term.value, None, None))
        else:
            adds = term.value + term.usual if record.from_average else term.value
            rows.append((term.place, term.name, adds, term.usual, term.usual - adds))
    heads = ["place", "part", "adds", "mean over the catalogue", "pull (mean − adds)"]
    return pd.DataFrame(rows, columns=heads).round(DIGITS).astype({"place": "Int64"})


def versus(record: Versus) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place": [term.place for term in record.terms],
            "part": [term.name for term in record.terms],
            "difference": [round(term.value, DIGITS) for term in record.terms],
            "speaks for": [speaks_for(record, term) for term in record.terms],
        }
    ).astype({"place": "Int64"})


def speaks_for(record: Versus, term: Term) -> str:
    if round(term.value, DIGITS) == 0:
        return "neither"
    return record.above if term.value < 0 else record.below


def truth(rows: Sequence[TruthRow]) -> pd.DataFrame:
    """All that is known of each item; a change above 0: without it the explained item is farther away, or falls."""
    table = pd.DataFrame(
        {
            "place": [row.place for row in rows],
            "item": [row.title for row in rows],
            "attention w": [round(row.weight, 4) for row in rows],
            "by attention": [row.by_weight for row in rows],
            "pull, exact sum": [row.exact for row in rows],
        }
    )
    for way, name in (("delete", "deleted"), ("mask", "in place")):
        effects: list[Effect | None] = [getattr(row, way) for row in rows]
        for field, head in EFFECT_FIELDS.items():
            table[f"{name}: {head}"] = [None if effect is None else getattr(effect, field) for effect in effects]
    return table.round(DIGITS).assign(**{"in words, by deleting": [row.verdict for row in rows]})


def ranks(rows: Sequence[TruthRow]) -> pd.DataFrame:
    """The three orders of the items, 1 is most."""
    return pd.DataFrame(
        {
            "place": [row.place for row in rows],
            "item": [row.title for row in rows],
            "by the exact sum": [row.by_exact for row in rows],
            "by attention": [row.by_weight for row in rows],
            "by leaving out (deleted)": [row.by_delete for row in rows],
        }
    )
