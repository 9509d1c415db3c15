"""The twin of each figure: the same numbers as a table."""

from __future__ import annotations

import pandas as pd

from attrec_core import questions
from attrec_core.results import SplitRow
from attrec_core.scene import Scene


def attention(shown: Scene) -> pd.DataFrame:
    """Rows look, columns are looked at; the last row is the column mean. A masked cell is empty, not 0."""
    trace = shown.trace
    names = [f"{place}. {shown.title(item)[:40]}" for place, item in enumerate(shown.window, 1)]
    weights = trace.weights.astype(float)
    weights[trace.masked] = float("nan")
    table = pd.DataFrame(weights, columns=names).round(4)
    table.insert(0, "who looks ↓  at whom →", names)
    table["sum"] = trace.weights.sum(1).round(4)
    means = ["column weight w", *trace.column_weights.round(4), trace.column_weights.sum().round(4)]
    table.loc[len(table)] = means
    return table


def ranking(shown: Scene, k: int) -> pd.DataFrame:
    rows = questions.ranking_rows(shown, k)
    table = pd.DataFrame(rows, columns=["rank", "title", "subtitle", "distance", "short", "long", "marks"])
    table["marks"] = [", ".join(marks) for marks in table["marks"]]
    return table.rename(columns={"subtitle": "about", "short": "short part", "long": "long part"}).round(4)


def split(rows: list[SplitRow]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "title": [row.title for row in rows],
            "rank, blend": [row.rank for row in rows],
            "rank, short only": [row.rank_short for row in rows],
            "rank, long only": [row.rank_long for row in rows],
            "distance": [round(row.short + row.long, 4) for row in rows],
            "short part": [round(row.short, 4) for row in rows],
            "long part": [round(row.long, 4) for row in rows],
            "mark": [row.mark for row in rows],
        }
    )


def neighbours(shown: Scene, found: list[tuple[int, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "nearest": range(1, len(found) + 1),
            "title": [shown.title(item) for item, _ in found],
            "about": [shown.subtitle(item) for item, _ in found],
            "squared distance": [round(distance, 4) for _, distance in found],
        }
    )
