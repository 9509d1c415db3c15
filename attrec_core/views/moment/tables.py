"""Tables of the attention page: attention matrix, recommendations, changes made by an edit, experiments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attrec_core.explain.compare import Comparison, ListMoves
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import letter
from attrec_core.views.moment.records import BAR_NAMES, ExperimentsRecord, slot_letter
from attrec_core.views.page_context import Scene


def attention(scene: Scene, moment: Moment | None = None, places: Sequence[str] = ()) -> pd.DataFrame:
    """Rows are query items, columns key items. The last row is the average or total attention, except for a model
    whose last row counts. A masked cell is empty. moment: another moment of the user, such as the baseline (None: the
    scene's). places: marks of the items (empty: A, B, C …)."""
    moment = moment or scene.moment
    attention = moment.attention
    places = places or [letter(k) for k in range(len(moment.window))]
    names = [f"{place}. {scene.title(item)[:40]}" for place, item in zip(places, moment.window, strict=True)]
    table = matrix_table(names, attention.weights, attention.masked, places)
    table["sum"] = attention.weights.astype(float).sum(1).round(3)
    if attention.counts != "last":  # else the matrix's last row shows it already
        received = attention.column_weights.astype(float)
        table.loc[len(table)] = [BAR_NAMES[attention.counts], *received.round(3), received.sum().round(3)]
    return table


def matrix_table(
    names: Sequence[str], weights: np.ndarray, masked: np.ndarray, places: Sequence[object] = ()
) -> pd.DataFrame:
    """Rows are query items, columns key items; a masked cell is empty, not 0. names: (n,) of the rows. weights: (n, n).
    places: marks of the columns (empty: A, B, C …)."""
    cells = np.where(masked, np.nan, weights.astype(float)).round(3)
    table = pd.DataFrame(cells, columns=[f"→ {place}" for place in places or map(letter, range(len(names)))])
    table.insert(0, "query item", list(names))
    table.attrs["nothing"] = "masked"
    return table


def moves(scene: Scene, difference: ListMoves) -> pd.DataFrame:
    """The top k after the edit, then the items that left it."""
    rows, measure = difference.moves, scene.run.measure
    return pd.DataFrame(
        {
            "title": [scene.title(row.item) for row in rows],
            "baseline rank": [row.rank_a if row.candidate_a else None for row in rows],
            "rank now": [row.rank_b if row.candidate_b else None for row in rows],
            "moved": [row.kind for row in rows],
            f"baseline {measure.name}": [measure.of(row.distance_a) for row in rows],
            f"{measure.name} now": [measure.of(row.distance_b) for row in rows],
            "difference": [measure.of(row.delta_distance) for row in rows],
            "id": [scene.item_id(row.item) for row in rows],
        }
    ).round(4)


def change(scene: Scene, difference: Comparison) -> pd.DataFrame:
    """Edited − baseline of each cell; empty where the cell is masked or its row or column is in one window only."""
    places = [slot_letter(slot) for slot in difference.slots]
    names = [f"{place}. {scene.title(slot.item)[:40]}" for place, slot in zip(places, difference.slots, strict=True)]
    table = matrix_table(names, difference.attention_change, difference.masked, places)
    name = BAR_NAMES["average" if scene.run.explains else "last"]
    table.loc[len(table)] = [name, *difference.weight_change.astype(float).round(3)]
    table.attrs["nothing"] = "–"
    return table


def experiments(record: ExperimentsRecord, *, in_numbers: bool = False) -> pd.DataFrame:
    """in_numbers: for a file, "3 of 10" becomes two columns of numbers."""
    fields = ["name", "overlap", "of", "shift", "rank_before", "rank"]
    table = pd.DataFrame(record.rows, columns=fields).round({"shift": 4})
    table.columns = ["experiment", "top 10 unchanged", "of", "m moved by", "rank before", "rank"]
    if in_numbers:
        return table
    return table.assign(**{"top 10 unchanged": [f"{row.overlap} of {row.of}" for row in record.rows]}).drop(
        columns="of"
    )
