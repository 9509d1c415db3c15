"""The exact sum, its differences and the truth test, in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from attrec_core.results import Effect
from attrec_core.results.why import Term, TruthRow, Versus, Waterfall

WORDS = {"average": "start", "total": "total"}
DIGITS = 5


def waterfall(record: Waterfall) -> pd.DataFrame:
    """One row a bar. What is above 0 against the mean pushes the item away, below 0 it pulls it nearer."""
    terms = record.terms
    inner = [term.kind not in WORDS for term in terms]
    whole = [term.value + (term.usual if record.from_average else 0) if ok else term.value for term, ok in zip(terms, inner, strict=True)]
    return pd.DataFrame(
        {
            "place": [term.place for term in terms],
            "part": [term.name if term.kind != "total" else f"distance of {term.name}" for term in terms],
            "adds": [round(value, DIGITS) for value in whole],
            "mean over the catalogue": [round(term.usual, DIGITS) if ok else None for term, ok in zip(terms, inner, strict=True)],
            "against the mean": [
                round(value - term.usual, DIGITS) if ok else None
                for term, ok, value in zip(terms, inner, whole, strict=True)
            ],
        }
    ).astype({"place": "Int64"})


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
            "pull, exact sum": [None if row.exact is None else round(row.exact, DIGITS) for row in rows],
        }
    )
    for way, name in (("delete", "deleted"), ("mask", "in place")):
        effects: list[Effect | None] = [getattr(row, way) for row in rows]
        for field, what in (
            ("delta_distance", "Δ distance"),
            ("delta_rank", "Δ rank"),
            ("direct", "direct"),
            ("reweighting", "re-weighting"),
        ):
            values = [None if effect is None else getattr(effect, field) for effect in effects]
            table[f"{name}: {what}"] = [None if value is None else round(value, DIGITS) for value in values]
    table["in words"] = [row.verdict for row in rows]
    return table


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
