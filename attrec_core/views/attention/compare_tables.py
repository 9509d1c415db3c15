"""Before and after, and the experiments, in numbers."""

from __future__ import annotations

import pandas as pd

from attrec_core.explain.compare import Comparison
from attrec_core.explain.experiments import Experiment
from attrec_core.views.attention.compare import experiment_name
from attrec_core.views.page_context import Scene


def moves(shown: Scene, found: Comparison) -> pd.DataFrame:
    """The top k of B, then what left it."""
    rows = found.moves
    return pd.DataFrame(
        {
            "title": [shown.title(row.item) for row in rows],
            "rank in A": [row.rank_a if row.competes_a else None for row in rows],
            "rank in B": [row.rank_b if row.competes_b else None for row in rows],
            "moved": [row.kind for row in rows],
            "distance in A": [row.distance_a for row in rows],
            "distance in B": [row.distance_b for row in rows],
            "B − A": [row.delta_distance for row in rows],
        }
    ).round(4)


def change(shown: Scene, found: Comparison) -> pd.DataFrame:
    """B − A of each cell; empty where a row or a column is in one of them only, or masked."""
    table = pd.DataFrame(found.attention_change.astype(float)).mask(found.masked).round(3)
    places = [slot.called for slot in found.slots]
    table.columns = [f"→ {place}" for place in places]
    names = [f"{place}. {shown.title(slot.item)[:40]}" for place, slot in zip(places, found.slots, strict=True)]
    table.insert(0, "who looks", names)
    table.loc[len(table)] = ["w", *found.weight_change.astype(float).round(3)]
    table.attrs["nothing"] = "–"
    return table


def experiments(shown: Scene, rows: tuple[Experiment, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "experiment": [experiment_name(shown, row) for row in rows],
            "stay in the top": [f"{row.overlap} of {row.of}" for row in rows],
            "shift of m": [round(row.shift, 4) for row in rows],
            "rank before": [row.rank_before for row in rows],
            "rank": [row.rank for row in rows],
        }
    )


def experiments_in_numbers(shown: Scene, rows: tuple[Experiment, ...]) -> pd.DataFrame:
    """The same for a file: how many stay, and of how many, as numbers."""
    table = experiments(shown, rows)
    table["stay in the top"] = [row.overlap for row in rows]
    table.insert(table.columns.get_loc("stay in the top") + 1, "of the top", [row.of for row in rows])
    return table
