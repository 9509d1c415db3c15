"""Two runs side by side, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from attrec_core.data.importing import counts_of
from attrec_core.runs.history import epochs_of, leading
from attrec_core.runs.run import Run
from attrec_core.views.compare.learning import MetricsBeside
from attrec_core.views.compare.words import AttentionBeside, ListsBeside
from attrec_core.views.drawing.epochs import epochs_frame


def metrics(metrics: MetricsBeside, name_a: str, name_b: str) -> pd.DataFrame:
    """Both runs' metrics; B − A only if they can be compared, the standard error only if it is known."""
    rows = metrics.rows
    table: dict[str, list[Any]] = {"metric": [row.name for row in rows]}
    table |= {f"A: {name_a}": [row.a for row in rows], f"B: {name_b}": [row.b for row in rows]}
    if metrics.comparable:
        table["B − A"] = [row.difference for row in rows]
        if all(row.error is not None for row in rows):
            table["standard error"] = [row.error for row in rows]
    return pd.DataFrame(table).round(4)


def lists(lists: ListsBeside) -> pd.DataFrame:
    marks = {(True, True): "both", (True, False): "A", (False, True): "B"}
    return pd.DataFrame(
        {
            "title": [row.title for row in lists.rows],
            "rank in A": pd.Series([row.rank_a for row in lists.rows], dtype=float),
            "rank in B": pd.Series([row.rank_b for row in lists.rows], dtype=float),
            f"in the top {lists.k} of": [marks[row.in_a, row.in_b] for row in lists.rows],
            "id": [row.item for row in lists.rows],
        }
    )


def attention(attention: AttentionBeside) -> pd.DataFrame:
    """The average attention of each item; empty for an item that is in one window only."""
    return pd.DataFrame(
        {
            "item": attention.titles,
            "average attention in A": attention.weights_a.astype(float),
            "average attention in B": attention.weights_b.astype(float),
            "B − A": (attention.weights_b - attention.weights_a).astype(float),
        }
    ).round(3)


def curves(a: Run, b: Run) -> pd.DataFrame:
    """One row per epoch of the longer search."""
    shown = leading(counts_of(a.interactions))
    tables = [epochs_frame(epochs_of(run.history, "search"), shown).drop(columns=["epoch", "phase"]) for run in (a, b)]
    joined = pd.concat([table.add_suffix(f", {letter}") for table, letter in zip(tables, "AB", strict=True)], axis=1)
    joined.insert(0, "epoch", np.arange(1, len(joined) + 1))
    return joined.astype(dict.fromkeys(joined.columns[1:], float)).round(4)
