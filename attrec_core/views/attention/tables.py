"""The attention map and the list of recommendations, in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attrec_core.explain.moment import Moment
from attrec_core.views.attention import ranking_words
from attrec_core.views.page_context import Scene
from attrec_core.views.start.figures import Story


def attention(shown: Scene) -> pd.DataFrame:
    """Rows look, columns are looked at; the last row is the column mean. A masked cell is empty, not 0."""
    return attention_of(shown, shown.moment)


def attention_of(shown: Scene, moment: Moment) -> pd.DataFrame:
    """The same of another moment of that person, such as A."""
    trace = moment.trace
    names = [f"{place}. {shown.title(item)[:40]}" for place, item in enumerate(moment.window, 1)]
    table = matrix_table(names, trace.weights, trace.masked)
    table["sum"] = trace.weights.astype(float).sum(1).round(3)
    whole = trace.column_weights.astype(float)
    made = "sum" if moment.config.aggregation == "sum" else "mean"
    means = [f"column {made} w", *whole.round(3), whole.sum().round(3)]
    table.loc[len(table)] = means
    return table


def matrix_table(names: Sequence[str], weights: np.ndarray, masked: np.ndarray) -> pd.DataFrame:
    """Rows look, columns are looked at. names (n,) of the rows, weights (n, n); a masked cell is empty, not 0."""
    cells = np.where(masked, np.nan, weights.astype(float)).round(3)
    table = pd.DataFrame(cells, columns=[f"→ {place}" for place in range(1, len(names) + 1)])
    table.insert(0, "who looks", list(names))
    table.attrs["nothing"] = "masked"
    return table


def ranking(shown: Scene, k: int) -> pd.DataFrame:
    rows = ranking_words.ranking_rows(shown, k)
    table = pd.DataFrame(rows, columns=["rank", "title", "distance", "short", "long", "marks", "subtitle"])
    table["rank"] = table["rank"].where([row["competes"] for row in rows])
    table["marks"] = [", ".join(marks) for marks in table["marks"]]
    return table.rename(columns={"subtitle": "about"}).round(4)


def story(record: Story) -> pd.DataFrame:
    """The picture of the first page: what was seen and how much it is looked at, then what is nearest and how far."""
    seen = pd.DataFrame({"item": record.window, "looked at, w": record.weights})
    near = pd.DataFrame(record.nearest, columns=["item", "short-term part", "long-term part"])
    near["distance"] = near["short-term part"] + near["long-term part"]
    tables = {"recent, oldest first": seen, "nearest next items": near}
    for side, table in tables.items():
        table.insert(0, "side", side)
        table.insert(1, "place", range(1, len(table) + 1))
    return pd.concat(tables.values(), ignore_index=True).round(3)
