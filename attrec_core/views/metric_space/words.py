"""The page "Metric space": what each map shows, the true neighbours, and how far a map can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from attrec_core.explain.neighbours import Trust, nearest, truly_near, trust
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import number, short_name
from attrec_core.views.metric_space.coordinates import (
    drawn_users,
    items_at,
    items_table,
    layout,
    place,
    place_user,
    points_of,
    projections,
)
from attrec_core.views.metric_space.path import path_on_map
from attrec_core.views.metric_space.records import Cloud, Points, SpaceMap
from attrec_core.views.page_context import Scene

NAMED = 3  # recommendations whose names stand on the map; the others have their numbers there
DISTANCES = {"long": "long-term distance to the user", "short": "short-term distance to m"}
SPACES = {"long": "Long-term space: users and items", "short": "Short-term space: the window and m"}


def space_record(scene: Scene, space: str, projection: str, colour: str, k: int) -> SpaceMap:
    """The long-term space (users and items) or the short-term space (items and m), laid flat."""
    run, short = scene.run, space == "short"
    items = items_at(run, space, projection)
    cloud = cloud_of(run, space, projection, "genre" if colour == "distance" else colour)
    if colour == "distance":
        values = scene.ranking.short if short else scene.ranking.long
        cloud = replace(cloud, categories=None, values=values, value_name=DISTANCES[space])
    return SpaceMap(
        cloud=cloud,
        marks=tuple(marked(scene, space, projection, items, k)),
        origin=origin_at(scene, space, projection),
        neighbours=items[[item for item, _ in neighbours(scene, space, k)[1]]],
        path=path_on_map(scene, projection) if short else None,
        before=place(run, space, projection, scene.compared.trace.intent) if short and scene.compared else None,
    )


@cached
def cloud_of(run: Run, space: str, projection: str, colour: str) -> Cloud:
    """All that is the same for every user and moment."""
    data, drawn = run.interactions, drawn_users(run, space)
    labels = tuple(
        " · ".join(part for part in (title, year, ", ".join(genres)) if part)
        for title, year, genres in zip(data.titles, data.years, data.genres, strict=True)
    )
    names = tuple(data.user_ids[user] for user in drawn)
    users = None if space == "short" else Points(layout(run)[f"long_{projection}"][: len(drawn)], names, names)
    genre = colour == "genre"
    return Cloud(
        items=Points(items_at(run, space, projection), labels, data.item_ids),
        categories=tuple(genres[0] if genres else "" for genres in data.genres) if genre else None,
        values=None if genre else np.log10(np.maximum(run.popularity, 1)),
        value_name="" if genre else "interactions (log₁₀)",
        users=users,
    )


def marked(scene: Scene, space: str, projection: str, items: np.ndarray, k: int) -> Iterable[tuple[str, Points]]:
    """The user, the window, m, the recommendations, the actual next and the selected item, where they lie."""
    top, texts = scene.ranking.top(k).tolist(), mark_texts(scene, k)
    yield "top", item_points(scene, items, top, [texts[item] for item in top])
    if scene.target is not None:
        text = "" if scene.target in top else texts[scene.target]
        yield "target", item_points(scene, items, [scene.target], [text])
    places: dict[int, list[str]] = {}
    for at, item in enumerate(scene.window.tolist(), 1):
        places.setdefault(item, []).append(str(at))
    yield "window", item_points(scene, items, list(places), list(map(", ".join, places.values())))
    if space == "short":
        where = place(scene.run, space, projection, scene.trace.intent)
        yield "intent", Points(where[None], ("m, where the window points",), ("",), ("m",))
    elif scene.has_taste:
        yield "user", Points(place_user(scene, projection)[None], (scene.who,), ("",), (scene.who,))
    if scene.selected is not None:
        text = "" if scene.selected in (*top, scene.target) else texts[scene.selected]
        yield "selected", item_points(scene, items, [scene.selected], [text])


def mark_texts(scene: Scene, k: int) -> dict[int, str]:
    """The label of each marked item: its rank, whether it is the actual next item, and the name of the nearest
    few, of the actual next and of the selected item."""
    top = scene.ranking.top(k).tolist()
    texts = {item: [str(rank)] for rank, item in enumerate(top, 1)}
    if scene.target is not None:
        texts.setdefault(scene.target, []).append("true next")
    for item in dict.fromkeys([*top[:NAMED], scene.target, scene.selected]):
        if item is not None:
            texts.setdefault(item, []).append(short_name(scene.title(item)))
    return {item: " · ".join(parts) for item, parts in texts.items()}


def window_words(scene: Scene) -> str:
    """Which item stands at which place, for the numbered squares."""
    names = [f"{at} {short_name(scene.title(item))}" for at, item in enumerate(scene.window.tolist(), 1)]
    return f"In the window, oldest first: {' · '.join(names)}"


def item_points(scene: Scene, items: np.ndarray, rows: list[int], texts: list[str]) -> Points:
    """Marked items, each with its label."""
    return Points(
        coordinates=items[rows],
        labels=tuple(scene.title(row) for row in rows),
        ids=tuple(scene.item_id(row) for row in rows),
        texts=tuple(texts),
        hues=tuple(scene.hue(row) for row in rows),
    )


def origin_of(scene: Scene, space: str) -> tuple[str, np.ndarray] | None:
    """The name and the vector of the compared point: the selected item, else m or the user; None without a user."""
    if scene.selected is not None:
        return f"“{scene.title(scene.selected)}”", items_table(scene.run, space)[scene.selected]
    if space == "short":
        return "m", scene.trace.intent
    return (scene.who, scene.moment.taste) if scene.has_taste else None


def origin_at(scene: Scene, space: str, projection: str) -> np.ndarray | None:
    """(2,) where that lies on the map."""
    if scene.selected is not None:
        return items_at(scene.run, space, projection)[scene.selected]
    if space == "short":
        return place(scene.run, space, projection, scene.trace.intent)
    return place_user(scene, projection) if scene.has_taste else None


def neighbours(scene: Scene, space: str, k: int) -> tuple[str, list[tuple[int, float]]]:
    """The name of the compared point, and its true nearest items, with distances.

    In the space itself, not on the map. Distances are squared, as everywhere; an item is not its own neighbour.
    """
    origin = origin_of(scene, space)
    if origin is None:
        return "", []
    name, vector = origin
    rows, distances = nearest(items_table(scene.run, space), vector, k + 1)
    pairs = [(int(row), float(d)) for row, d in zip(rows, distances, strict=True) if row != scene.selected]
    return name, pairs[:k]


def space_caption(scene: Scene, record: SpaceMap, space: str, projection: str) -> str:
    """How many points are drawn, and what must not be read into them."""
    data = scene.run.interactions
    drawn = f"Showing {len(record.cloud.items.ids):,} of {data.n_items:,} items"
    if record.cloud.users is not None:
        drawn += f"; {len(record.cloud.users.ids):,} of {data.n_users:,} users (grey)"
    bends = "UMAP keeps near things near; far means little"
    if projection == "pca":
        kept = layout(scene.run)[f"{space}_share"]
        whole, axes = float(kept.sum()), f"({kept[0]:.0%} across, {kept[1]:.0%} up)"
        bends = f"PCA keeps {whole:.0%} of the variance {axes}{unseen(whole)}"
    moves = "Dragging moves the map, + and − in its corner zoom."
    return f"{drawn}. {bends}; the tables have the true distances. {moves}"


def unseen(kept: float) -> str:
    """How much a map with this share of the variance does not show."""
    if f"{kept:.0%}" == "100%":
        return ""
    return ": most is not seen" if kept < 0.5 else ": the rest is not seen"


def space_sentence(scene: Scene, space: str) -> str:
    """What lies nearest, in the space itself."""
    name, pairs = neighbours(scene, space, 1)
    if not pairs:
        return "No user is chosen, so nobody is marked here."
    item, distance = pairs[0]
    return f"Truly nearest to {name}: “{scene.title(item)}”, at a squared distance of {number(distance, 3)}."


def own_distances(scene: Scene, space: str) -> np.ndarray:
    """(N,) the true squared distance of each item to the user, or to m; to m, too, without a user."""
    return scene.ranking.short if space == "short" or scene.ranking.long is None else scene.ranking.long


def marked_items(scene: Scene, space: str, k: int) -> list[tuple[str, int, float, float]]:
    """The marks on the map: kind, item, true squared distance to m (or the user), and weighted distance."""
    own, blended = own_distances(scene, space), scene.ranking.blended
    kinds = [
        *((f"recommended {rank}", item) for rank, item in enumerate(scene.ranking.top(k).tolist(), 1)),
        *((f"window {at}", item) for at, item in enumerate(scene.window.tolist(), 1)),
        ("true next", scene.target),
        ("selected", scene.selected),
    ]
    return [(kind, item, float(own[item]), float(blended[item])) for kind, item in kinds if item is not None]


@cached
def map_trust(run: Run, space: str, projection: str) -> Trust | None:
    """Of all that the map shows; None for a handful of points. A tenth of a second, once."""
    return trust(points_of(run, space), layout(run)[f"{space}_{projection}"], run.train_config.seed)


def warm(run: Run) -> None:
    """The maps that a first visitor sees."""
    for space in SPACES:
        map_trust(run, space, projections(run)[-1])


def trust_sentences(scene: Scene, space: str, projection: str) -> str:
    """The map's trustworthiness, and how many of one point's neighbours on the map are neighbours in truth."""
    run = scene.run
    whole = map_trust(run, space, projection)
    if whole is None:
        return "Too few points to say how far this map may be trusted."
    k, sampled = whole.neighbours, ""
    if whole.measured < whole.points:
        sampled = f", estimated from {whole.measured:,} of {whole.points:,} points"
    start = (
        f"Trust in this map: {number(whole.value)} (1 when all that is near on it is near in truth, "
        f"{number(whole.chance)} by chance; k = {k}{sampled})."
    )
    origin = origin_of(scene, space)
    coordinates = items_at(run, space, projection)
    near = min(k, len(coordinates) - (scene.selected is not None))
    if origin is None or near == 0:
        return start
    name, vector = origin
    at = origin_at(scene, space, projection)
    shared = truly_near(items_table(run, space), vector, coordinates, at, near, scene.selected)
    around = f"{shared} of the {near} items nearest on the map {'is' if shared == 1 else 'are'} among the {near} truly"
    if near == 1:
        around = f"the item nearest on the map is {'' if shared else 'not '}the truly"
    return f"{start} Around {name}: {around} nearest."
