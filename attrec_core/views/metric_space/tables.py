"""What is drawn over a map, and what is truly near."""

from __future__ import annotations

import numpy as np
import pandas as pd

from attrec_core.explain.product_or_distance import Apart
from attrec_core.views.metric_space import words
from attrec_core.views.metric_space.path import path_of
from attrec_core.views.metric_space.records import SpaceMap
from attrec_core.views.page_context import Scene


def neighbours(shown: Scene, found: list[tuple[int, float]]) -> pd.DataFrame:
    """Year and genres beside the titles, where any of these items has some."""
    table = pd.DataFrame(
        {
            "nearest": range(1, len(found) + 1),
            "title": [shown.title(item) for item, _ in found],
            "distance": [round(distance, 4) for _, distance in found],
        }
    )
    about = [shown.subtitle(item) for item, _ in found]
    return table.assign(about=about) if any(about) else table


def marked(shown: Scene, space: str) -> pd.DataFrame:
    """What is drawn over a map, with the true distance in its space."""
    rows = words.marked_items(shown, space, 10)
    origin = "distance to m" if space == "short" or not shown.has_taste else "distance to the user"
    return pd.DataFrame(
        {
            "marked as": [kind for kind, *_ in rows],
            "title": [shown.title(item) for _, item, *_ in rows],
            origin: [round(own, 4) for *_, own, _ in rows],
            "blended distance": [round(blended, 4) for *_, blended in rows],
        }
    )


def whole_map(shown: Scene, record: SpaceMap, space: str) -> pd.DataFrame:
    """Every point of a map: what it is, where it is drawn, its true distance to m or the user, how it is marked."""
    cloud, own = record.cloud, words.own_distances(shown, space)
    marks = words.marked_items(shown, space, 10)
    said = [", ".join(kind for kind, item, *_ in marks if item == row) for row in range(len(cloud.items.ids))]
    items = pd.DataFrame(
        {
            "what": "item",
            "id": cloud.items.ids,
            "title": shown.run.interactions.titles,
            "x": cloud.items.coordinates[:, 0].round(4),
            "y": cloud.items.coordinates[:, 1].round(4),
            "squared distance to m" if space == "short" else "squared distance to the user": own.round(4),
            "marked as": said,
        }
    )
    if cloud.users is None:
        return items
    x, y = cloud.users.coordinates.round(4).T
    users = pd.DataFrame({"what": "user", "id": cloud.users.ids, "x": x, "y": y})
    return pd.concat([items, users], ignore_index=True)


def path(shown: Scene) -> pd.DataFrame:
    """m at each step of the history, newest first: what came, how far it moved m, what m was then nearest to."""
    found = path_of(shown)
    assert found is not None
    steps = range(len(found.items) - 1, -1, -1)
    return pd.DataFrame(
        {
            "after": [step + 1 for step in steps],
            "what came": [shown.title(found.items[step]) for step in steps],
            "moved m by": [round(float(found.moved[step]), 4) for step in steps],
            "m is nearest to": [shown.title(found.nearest[step, 0]) for step in steps],
            "at a distance of": [round(float(found.distances[step, 0]), 4) for step in steps],
        }
    )


def two_rules(shown: Scene, record: Apart) -> pd.DataFrame:
    """P, Q and the first items under each rule, with what both rules say of them."""
    first = {
        "product": np.argsort(record.product_ranks, kind="stable")[:10].tolist(),
        "distance": np.argsort(record.distance_ranks, kind="stable")[:10].tolist(),
    }
    rows = list(dict.fromkeys([*record.pair, *first["product"], *first["distance"]]))
    names = dict(zip(record.pair, "PQ", strict=True))
    return pd.DataFrame(
        {
            "item": [names.get(row, "") for row in rows],
            "title": [shown.title(row) for row in rows],
            "u · item": [round(float(record.products[row]), 4) for row in rows],
            "rank by product": [float(record.product_ranks[row]) for row in rows],
            "‖u − item‖": [round(float(record.distances[row]), 4) for row in rows],
            "rank by distance": [float(record.distance_ranks[row]) for row in rows],
            "length": [round(float(record.lengths[row]), 4) for row in rows],
        }
    )
