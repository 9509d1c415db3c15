"""Where everything lies: the two maps with what is marked on them, and the true neighbours."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

import numpy as np

from attrec_core import maps
from attrec_core.results import Points, SpaceMap
from attrec_core.runs import Run
from attrec_core.scene import Scene

DISTANCES = {"long": "long-term distance to the user", "short": "short-term distance to m"}
SPACES = {"long": "Long-term space: users and items", "short": "Short-term space: the window and m"}


def space_record(scene: Scene, space: str, projection: str, colour: str, k: int) -> SpaceMap:
    """The long-term space (users and items) or the short-term space (items and m), laid flat."""
    stored, data = layout(scene), scene.run.interactions
    coordinates, drawn = stored[f"{space}_{projection}"], stored["users"] if space == "long" else np.empty(0, int)
    users, items = coordinates[: len(drawn)], coordinates[len(drawn) :]
    labels = tuple(f"{title} · {scene.subtitle(i)}".rstrip(" ·") for i, title in enumerate(data.titles))
    shown_users = None
    if space == "long":
        people = tuple(data.user_ids[user] for user in drawn)
        shown_users = Points("users", users, people, people)
    return SpaceMap(
        items=Points("items", items, labels, data.item_ids),
        categories=tuple(genres[0] if genres else "" for genres in data.genres) if colour == "genre" else None,
        values=colour_values(scene, colour, space),
        value_name={"popularity": "interactions (log₁₀)", "distance": DISTANCES[space]}.get(colour, ""),
        users=shown_users,
        marks=tuple(marked(scene, space, projection, stored, items, k)),
    )


def layout(scene: Scene) -> Mapping[str, np.ndarray]:
    """The run's stored maps; a run without them has PCA all the same, which takes no time."""
    return scene.run.maps if scene.run.maps is not None else pca_of(scene.run)


@functools.cache
def pca_of(run: Run) -> dict[str, np.ndarray]:
    return maps.make_maps(run.arrays, run.train_config.seed, with_umap=False)


def projections(scene: Scene) -> list[str]:
    """What can be shown: PCA always, UMAP where it is stored with the run."""
    stored = scene.run.maps or {}
    return ["pca", "umap"] if {"long_umap", "short_umap"} <= set(stored) else ["pca"]


def colour_values(scene: Scene, colour: str, space: str) -> np.ndarray | None:
    if colour == "popularity":
        return np.log10(np.maximum(scene.run.popularity, 1))
    if colour == "distance":
        return scene.ranking.long if space == "long" else scene.ranking.short
    return None


def marked(
    scene: Scene, space: str, projection: str, stored: Mapping[str, np.ndarray], items: np.ndarray, k: int
) -> Iterable[tuple[str, Points]]:
    """The person, the window, m, the recommendations, the true next and the selected item, where they lie."""
    top = scene.ranking.top(k)
    yield "top", item_points(scene, items, top, [f"{rank}" for rank in range(1, len(top) + 1)])
    places: dict[int, str] = {}
    for place, item in enumerate(scene.window.tolist(), 1):
        places[item] = f"{places[item]}, {place}" if item in places else str(place)
    yield "window", item_points(scene, items, np.array(list(places)), list(places.values()))
    if scene.target is not None:
        yield "target", item_points(scene, items, np.array([scene.target]), ["true next"])
    if space == "short":
        where = position(scene.trace.intent, scene.run.arrays["item_short"], items, stored, space, projection)
        yield "intent", Points("m", where[None], ("m, where the window points",), ("",))
    elif scene.has_taste:
        yield "user", Points("user", user_position(scene, stored, projection)[None], (scene.who,), ("",))
    if scene.selected is not None:
        yield "selected", item_points(scene, items, np.array([scene.selected]), [scene.title(scene.selected)])


def item_points(scene: Scene, items: np.ndarray, rows: np.ndarray, texts: list[str]) -> Points:
    """Marked items, each with what is written beside it."""
    labels = tuple(scene.title(row) for row in rows)
    return Points("marked", items[rows], labels, tuple(scene.item_id(row) for row in rows), tuple(texts))


def position(
    vector: np.ndarray,
    points: np.ndarray,
    coordinates: np.ndarray,
    stored: Mapping[str, np.ndarray],
    space: str,
    kind: str,
) -> np.ndarray:
    """(2,): exactly by PCA; on UMAP the medoid of the true neighbours."""
    if kind == "pca":
        return maps.stored_pca(stored, space).place(vector)
    return maps.place(vector, points, coordinates)


def user_position(scene: Scene, stored: Mapping[str, np.ndarray], projection: str) -> np.ndarray:
    """A new person, or a user who was left out of a large map, is placed like any new vector."""
    drawn, coordinates = stored["users"], stored[f"long_{projection}"]
    if scene.user is not None:
        at = int(np.searchsorted(drawn, scene.user))
        if at < len(drawn) and drawn[at] == scene.user:
            return coordinates[at]
    arrays = scene.run.arrays
    points = np.vstack([arrays["user_long"][drawn], arrays["item_long"]])
    return position(scene.moment.taste, points, coordinates, stored, "long", projection)


def neighbours(scene: Scene, space: str, k: int) -> tuple[str, list[tuple[int, float]]]:
    """What is compared (the selected item, else m or the user), and the items truly nearest to it, with distances.

    In the space itself, not on the map. Distances are squared, as everywhere; an item is not its own neighbour.
    """
    table = scene.run.arrays["item_short" if space == "short" else "item_long"]
    if scene.selected is not None:
        origin, name = table[scene.selected], f"“{scene.title(scene.selected)}”"
    elif space == "short":
        origin, name = scene.trace.intent, "m"
    elif scene.has_taste:
        origin, name = scene.moment.taste, scene.who
    else:
        return "", []
    rows, distances = maps.nearest(table, origin, k + 1)
    found = [(int(row), float(d)) for row, d in zip(rows, distances, strict=True) if row != scene.selected]
    return name, found[:k]


def space_caption(scene: Scene, record: SpaceMap, space: str, projection: str) -> str:
    """How many points are drawn, and what must not be read into them."""
    data = scene.run.interactions
    parts = [f"Showing {len(record.items.ids):,} of {data.n_items:,} items"]
    if record.users is not None:
        parts.append(f"{len(record.users.ids):,} of {data.n_users:,} users (grey)")
    kept = layout(scene)[f"{space}_share"]
    bends = {
        "umap": "UMAP keeps near things near; far means little",
        "pca": f"PCA keeps {kept.sum():.0%} of the variance ({kept[0]:.0%} across, {kept[1]:.0%} up): most is not seen",
    }
    return "; ".join(parts) + f". {bends[projection]}; the tables have the true distances."


def space_sentence(scene: Scene, space: str) -> str:
    """What lies nearest, in the space itself."""
    name, found = neighbours(scene, space, 1)
    if not found:
        return "No user is chosen, so nobody is marked here."
    item, distance = found[0]
    return f"Truly nearest to {name}: “{scene.title(item)}”, at a squared distance of {distance:.3f}."


def marked_items(scene: Scene, space: str, k: int) -> list[tuple[str, int, float, float]]:
    """What is marked on the map: its kind, item, true squared distance to m (or the user), and weighted distance."""
    found = scene.ranking
    own = found.short if space == "short" or found.long is None else found.long
    kinds = [(f"recommended {rank}", item) for rank, item in enumerate(found.top(k).tolist(), 1)]
    kinds += [(f"window {place}", item) for place, item in enumerate(scene.window.tolist(), 1)]
    kinds += [
        (name, item) for name, item in (("true next", scene.target), ("selected", scene.selected)) if item is not None
    ]
    return [(kind, item, float(own[item]), float(found.blended[item])) for kind, item in kinds]
