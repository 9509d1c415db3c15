"""The tables of the page Why: the exact sum, two items compared, the truth test, and the three orders."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attrec_core.views.why.records import TruthRow, Versus, Waterfall

DIGITS = 5
EFFECT_FIELDS = {
    "delta_distance": "Δ distance",
    "delta_rank": "Δ rank",
    "direct": "direct",
    "reweighting": "re-weighting",
}


def waterfall(record: Waterfall) -> pd.DataFrame:
    """One row per bar. A positive value in the last column lowers the distance, as in the truth table."""
    rows: list[tuple[object, ...]] = []
    for term in record.terms:
        if term.kind in ("average", "total"):
            rows.append((term.place, f"distance of {term.name}", term.value, None, None))
        else:
            adds = record.adds(term)
            rows.append((term.place, term.name, adds, term.usual, term.usual - adds))
    heads = ["place", "part", "adds", "mean over the catalogue", "lowers it by (mean − adds)"]
    return pd.DataFrame(rows, columns=heads).round(DIGITS).astype({"place": "Int64"})


def versus(record: Versus) -> pd.DataFrame:
    favoured = {-1: record.above, 0: "neither", 1: record.below}
    rows = [
        (term.place, term.name, value, favoured[int(np.sign(value))])
        for term, value in ((term, round(term.value, DIGITS)) for term in record.terms)
    ]
    return pd.DataFrame(rows, columns=["place", "part", "difference", "favours"]).astype({"place": "Int64"})


def truth(rows: Sequence[TruthRow]) -> pd.DataFrame:
    """Attention and all effects of each item. A change above 0: after the removal, the distance of the explained item
    is larger, or its rank is worse."""
    table = pd.DataFrame(rows, columns=["place", "title", "weight", "by_weight", "exact"]).round({"weight": 4})
    table.columns = ["place", "item", "average attention", "by attention", "contribution"]
    for removal, name in (("delete", "positions shift"), ("mask", "positions kept")):
        for field, head in EFFECT_FIELDS.items():
            table[f"{name}: {head}"] = [getattr(getattr(row, removal), field, None) for row in rows]
    return table.round(DIGITS).assign(**{"in words, by removal (positions shift)": [row.verdict for row in rows]})


def ranks(rows: Sequence[TruthRow]) -> pd.DataFrame:
    """The rank of each item in the three orders; 1 is most."""
    table = pd.DataFrame(rows, columns=["place", "title", "by_exact", "by_weight", "by_delete"])
    return table.set_axis(["place", "item", "by contribution", "by attention", "by removal (positions shift)"], axis=1)
