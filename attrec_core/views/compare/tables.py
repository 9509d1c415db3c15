"""Two runs side by side, in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attrec_core.runs.library.records import Setting
from attrec_core.runs.library.search import value, words_for
from attrec_core.views.compare.records import AttentionBeside, CurvesBeside, ListsBeside, MetricsBeside


def settings(rows: Sequence[Setting], name_a: str, name_b: str) -> pd.DataFrame:
    """Every setting; where the two differ, it says so in a column of its own."""
    a, b = two_names(name_a, name_b)
    return pd.DataFrame(
        {
            "setting": [row.key for row in rows],
            "in words": [f"{words_for(row.key)} {row.symbol}".rstrip() for row in rows],
            a: [value(row.a, row.key) for row in rows],
            b: [value(row.b, row.key) for row in rows],
            "differs": ["≠" if row.differs else "" for row in rows],
        }
    )


def settings_shown(table: pd.DataFrame) -> pd.DataFrame:
    """The same for a page: what differs is marked first, and the keys are left to who exports it."""
    return table[["differs", "in words", *table.columns[2:4]]].rename(columns={"differs": "≠", "in words": "setting"})


def metrics(found: MetricsBeside, name_a: str, name_b: str) -> pd.DataFrame:
    """B − A only of what can be compared, and how far apart by chance only where that is known."""
    a, b = two_names(name_a, name_b)
    table = {
        "figure": [row.name for row in found.rows],
        a: [row.a for row in found.rows],
        b: [row.b for row in found.rows],
    }
    if found.comparable:
        table["B − A"] = [row.difference for row in found.rows]
        if all(row.error is not None for row in found.rows):
            table["standard error"] = [row.error for row in found.rows]
    return pd.DataFrame(table).round(4)


def lists(found: ListsBeside) -> pd.DataFrame:
    marks = {(True, True): "both", (True, False): "A", (False, True): "B"}
    return pd.DataFrame(
        {
            "title": [row.title for row in found.rows],
            "rank in A": pd.Series([row.rank_a for row in found.rows], dtype=float),
            "rank in B": pd.Series([row.rank_b for row in found.rows], dtype=float),
            f"among the first {found.k} of": [marks[row.in_a, row.in_b] for row in found.rows],
        }
    )


def attention(found: AttentionBeside) -> pd.DataFrame:
    """The column means; empty for an item that is in one window only."""
    return pd.DataFrame(
        {
            "item": found.titles,
            "w in A": found.weights_a.astype(float),
            "w in B": found.weights_b.astype(float),
            "B − A": (found.weights_b - found.weights_a).astype(float),
        }
    ).round(3)


def curves(found: CurvesBeside) -> pd.DataFrame:
    """One row an epoch of the longer search."""
    count = max(len(found.a.epochs), len(found.b.epochs))
    table = {"epoch": np.arange(1, count + 1)}
    for letter, one in (("A", found.a), ("B", found.b)):
        for name, values in (("loss", one.loss), ("HR@50", one.hr50), ("MRR", one.mrr), ("seconds", one.seconds)):
            table[f"{name}, {letter}"] = np.concatenate([values, np.full(count - len(values), np.nan)])
    return pd.DataFrame(table).round(4)


def two_names(name_a: str, name_b: str) -> tuple[str, str]:
    """Heads of two columns, which must not be the same."""
    return f"A: {name_a}", f"B: {name_b}"
