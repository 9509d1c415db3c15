"""The twin of each figure: the same numbers as a table."""

from __future__ import annotations

import pandas as pd

from attrec_core.questions import nearest
from attrec_core.questions import spaces as where
from attrec_core.results import SplitRow
from attrec_core.runs import Run
from attrec_core.scene import Scene


def attention(shown: Scene) -> pd.DataFrame:
    """Rows look, columns are looked at; the last row is the column mean. A masked cell is empty, not 0."""
    trace = shown.trace
    names = [f"{place}. {shown.title(item)[:40]}" for place, item in enumerate(shown.window, 1)]
    weights = trace.weights.astype(float)
    weights[trace.masked] = float("nan")
    table = pd.DataFrame(weights, columns=[f"→ {place}" for place in range(1, len(names) + 1)]).round(3)
    table.insert(0, "who looks", names)
    table["sum"] = trace.weights.sum(1).round(3)
    means = ["column mean w", *trace.column_weights.round(3), trace.column_weights.sum().round(3)]
    table.loc[len(table)] = means
    return table


def ranking(shown: Scene, k: int) -> pd.DataFrame:
    rows = nearest.ranking_rows(shown, k)
    table = pd.DataFrame(rows, columns=["rank", "title", "distance", "short", "long", "marks", "subtitle"])
    table["rank"] = table["rank"].where([row["competes"] for row in rows])
    table["marks"] = [", ".join(marks) for marks in table["marks"]]
    return table.rename(columns={"subtitle": "about"}).round(4)


def split(rows: list[SplitRow]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "title": [row.title for row in rows],
            # An item that does not compete has no rank.
            "rank, blend": [row.rank if row.competes else None for row in rows],
            "rank, short only": [row.rank_short if row.competes else None for row in rows],
            "rank, long only": [row.rank_long if row.competes else None for row in rows],
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
            "distance": [round(distance, 4) for _, distance in found],
            "about": [shown.subtitle(item) for item, _ in found],
        }
    )


def run_metrics(run: Run) -> list[tuple[str, str, str]]:
    """Name, value and meaning of each figure of the test items."""
    found, count = run.metrics, run.metrics["n_users"]
    protocol = f"On the last item of {count:,} users, against all items they have not had; ties {found['tie_rule']}."
    meanings = {
        "hr@10": ("HR@10", "Share of users whose true next item is among the first 10."),
        "hr@50": ("HR@50", "Share of users whose true next item is among the first 50."),
        "ndcg@10": ("NDCG@10", "Like HR@10, but a hit counts more the higher it stands."),
        "mrr": ("MRR", "Mean of 1 / rank of the true next item."),
    }
    return [(name, f"{found[key]:.3f}", f"{text} {protocol}") for key, (name, text) in meanings.items()]


def all_distances(shown: Scene) -> pd.DataFrame:
    """Every item that competes, nearest first."""
    found = shown.ranking
    items = found.top(len(found.candidates))
    return pd.DataFrame(
        {
            "rank": found.ranks[items],
            "title": [shown.title(item) for item in items],
            "distance": found.blended[items].round(4),
            "short-term distance": found.short[items].round(4),
            "long-term distance": found.long[items].round(4) if found.long is not None else None,
        }
    )


def marked(shown: Scene, space: str) -> pd.DataFrame:
    """What is drawn over a map, with the true distance in its space."""
    rows = where.marked_items(shown, space, 10)
    origin = "distance to m" if space == "short" or shown.user is None else "distance to the user"
    return pd.DataFrame(
        {
            "marked as": [kind for kind, *_ in rows],
            "title": [shown.title(item) for _, item, *_ in rows],
            origin: [round(own, 4) for *_, own, _ in rows],
            "blended distance": [round(blended, 4) for *_, blended in rows],
        }
    )
