"""Tables of the marks on a map, of all its points, of the true neighbours, and of the path of m."""

from __future__ import annotations

import numpy as np
import pandas as pd

from attrec_core.explain.wording import letter
from attrec_core.views.metric_space.path import path_of
from attrec_core.views.metric_space.records import SpaceMap
from attrec_core.views.metric_space.words import own_distances
from attrec_core.views.page_context import Scene


def neighbours(record: SpaceMap) -> pd.DataFrame:
    """The true neighbours with their distances or inner products, and with year and genres if an item has them, and
    why an item is no candidate."""
    measure = "inner product" if record.by_product else "distance"
    rows = [(place, near.title, near.nearness) for place, near in enumerate(record.near, 1)]
    table = pd.DataFrame(rows, columns=["nearest", "title", measure]).round(4)
    notes = {
        "about": [near.about for near in record.near],
        "no candidate": [", ".join(near.no_candidate) for near in record.near],
    }
    table = table.assign(**{name: texts for name, texts in notes.items() if any(texts)})
    return table.assign(id=[near.id for near in record.near])


def marked_items(scene: Scene) -> list[tuple[str, int]]:
    """Returns the kind and the item of each mark on a map."""
    kinds = [
        *((f"recommended {rank}", item) for rank, item in enumerate(scene.ranking.top(10).tolist(), 1)),
        *((f"window {letter(place)}", item) for place, item in enumerate(scene.window.tolist())),
        ("actual next", scene.target),
        ("selected", scene.selected),
    ]
    return [(kind, item) for kind, item in kinds if item is not None]


def marked(scene: Scene, space: str) -> pd.DataFrame:
    """The marks on a map, with the true distances in its space and the value that ranks the recommendations."""
    items, measure, blended = marked_items(scene), scene.run.measure, scene.ranking.blended
    table = pd.DataFrame([(kind, scene.title(item)) for kind, item in items], columns=["marked as", "title"])
    if scene.run.explains:
        whom, true_distances = own_distances(scene, space)
        table[f"distance to {whom}"] = [float(true_distances[item]) for _, item in items]
    table[measure.total] = [measure.of(float(blended[item])) for _, item in items]
    return table.round(4)


def whole_map(scene: Scene, record: SpaceMap) -> pd.DataFrame:
    """Every point of a map: kind, coordinates, marks, and the true distance to m or the user. For other systems than
    AttRec, the value that ranks the recommendations instead of the distance."""
    cloud, measure = record.cloud, scene.run.measure
    if scene.run.explains:
        whom, values = own_distances(scene, record.space)
        head = f"squared distance to {whom}"
    else:
        head, values = measure.total, measure.of(scene.ranking.blended)
    kinds: list[list[str]] = [[] for _ in values]
    for kind, item in marked_items(scene):
        kinds[item].append(kind)
    x, y = cloud.items.coordinates.round(4).T
    items = pd.DataFrame(
        {
            "what": "item",
            "id": cloud.items.ids,
            "title": scene.run.interactions.titles,
            "x": x,
            "y": y,
            head: values.round(4),
            "marked as": list(map(", ".join, kinds)),
        }
    )
    if cloud.users is None:
        return items
    x, y = cloud.users.coordinates.round(4).T
    users = pd.DataFrame({"what": "user", "id": cloud.users.ids, "x": x, "y": y})
    return pd.concat([items, users], ignore_index=True)


def path(scene: Scene) -> pd.DataFrame:
    """m at each step of the history, newest first: the new item, how far it moved m, and the item nearest to m."""
    path = path_of(scene)
    assert path is not None
    steps = np.arange(len(path.items) - 1, -1, -1)
    return pd.DataFrame(
        {
            "after": steps + 1,
            "new item": [scene.title(item) for item in path.items[steps]],
            "moved m by": path.moved[steps].astype(float).round(4),
            "m is nearest to": [scene.title(item) for item in path.nearest[steps, 0]],
            "at a distance of": path.distances[steps, 0].astype(float).round(4),
        }
    )
