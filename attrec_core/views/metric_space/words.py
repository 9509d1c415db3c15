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
from attrec_core.views.metric_space.records import Cloud, Origin, Points, SpaceMap
from attrec_core.views.page_context import Scene

NAMED = 3  # recommendations whose names stand on the map; the others have their numbers there
DISTANCES = {"the user": "long-term distance to the user", "m": "short-term distance to m"}
SPACES = {"long": "Long-term space: users and items", "short": "Short-term space: the window and m"}


def space_record(scene: Scene, space: str, projection: str, colour: str, k: int) -> SpaceMap:
    """The long-term space (users and items) or the short-term space (items and m), laid flat."""
    run, short = scene.run, space == "short"
    cloud = cloud_of(run, space, projection, "genre" if colour == "distance" else colour)
    if colour == "distance":
        whom, values = own_distances(scene, space)
        cloud = replace(cloud, categories=None, values=values, value_name=DISTANCES[whom])
    origin = origin_of(scene, space, projection)
    return SpaceMap(
        space=space,
        projection=projection,
        cloud=cloud,
        marks=dict(marked(scene, space, projection, k)),
        origin=origin,
        near=[] if origin is None else neighbours(scene, space, origin.vector, k),
        path=path_on_map(scene, projection) if short else None,
        before=place(run, space, projection, scene.compared.trace.intent) if short and scene.compared else None,
    )


def own_distances(scene: Scene, space: str) -> tuple[str, np.ndarray]:
    """To whom, the user or m, and (N,) the true squared distance of each item; to m, too, without a user."""
    long = scene.ranking.long
    return ("m", scene.ranking.short) if space == "short" or long is None else ("the user", long)


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


def marked(scene: Scene, space: str, projection: str, k: int) -> Iterable[tuple[str, Points]]:
    """The user, the window, m, the recommendations, the actual next and the selected item, where they lie."""
    top, texts, items = scene.ranking.top(k).tolist(), mark_texts(scene, k), items_at(scene.run, space, projection)
    yield "top", item_points(scene, items, {item: texts[item] for item in top})
    if scene.target is not None:
        text = "" if scene.target in top else texts[scene.target]
        yield "target", item_points(scene, items, {scene.target: text})
    places: dict[int, str] = {}
    for at, item in enumerate(scene.window.tolist(), 1):
        places[item] = f"{places[item]}, {at}" if item in places else str(at)
    yield "window", item_points(scene, items, places)
    if space == "short":
        where = place(scene.run, space, projection, scene.trace.intent)
        yield "intent", Points(where[None], ("m, where the window points",), ("",), ("m",))
    elif scene.has_taste:
        yield "user", Points(place_user(scene, projection)[None], (scene.who,), ("",), (scene.who,))
    if scene.selected is not None:
        text = "" if scene.selected in (*top, scene.target) else texts[scene.selected]
        yield "selected", item_points(scene, items, {scene.selected: text})


def item_points(scene: Scene, items: np.ndarray, texts: dict[int, str]) -> Points:
    """Marked items with their labels; items (N, 2) where all lie."""
    return Points(
        coordinates=items[list(texts)],
        labels=tuple(map(scene.title, texts)),
        ids=tuple(map(scene.item_id, texts)),
        texts=tuple(texts.values()),
        hues=tuple(map(scene.hue, texts)),
    )


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


def origin_of(scene: Scene, space: str, projection: str) -> Origin | None:
    """The selected item, else m or the user; None without a user."""
    run, item, taste = scene.run, scene.selected, scene.moment.taste
    if item is not None:
        vector, at = items_table(run, space)[item], items_at(run, space, projection)[item]
        return Origin(f"“{scene.title(item)}”", vector, at)
    if space == "short":
        return Origin("m", scene.trace.intent, place(run, space, projection, scene.trace.intent))
    return None if taste is None else Origin(scene.who, taste, place_user(scene, projection))


def neighbours(scene: Scene, space: str, vector: np.ndarray, k: int) -> list[tuple[int, float]]:
    """The true nearest items, in the space itself, not on the map. Distances are squared, as everywhere; an item is not
    its own neighbour."""
    rows, distances = nearest(items_table(scene.run, space), vector, k + 1)
    pairs = zip(rows.tolist(), distances.tolist(), strict=True)
    return [(row, distance) for row, distance in pairs if row != scene.selected][:k]


def space_caption(scene: Scene, record: SpaceMap) -> str:
    """How many points are drawn, and what must not be read into them."""
    data = scene.run.interactions
    drawn = f"Showing {len(record.cloud.items.ids):,} of {data.n_items:,} items"
    if record.cloud.users is not None:
        drawn += f"; {len(record.cloud.users.ids):,} of {data.n_users:,} users (grey)"
    bends = "UMAP keeps near things near; far means little"
    if record.projection == "pca":
        kept = layout(scene.run)[f"{record.space}_share"]
        whole, axes = float(kept.sum()), f"({kept[0]:.0%} across, {kept[1]:.0%} up)"
        bends = f"PCA keeps {whole:.0%} of the variance {axes}{unseen(whole)}"
    moves = "Dragging moves the map, + and − in its corner zoom."
    return f"{drawn}. {bends}; the tables have the true distances. {moves}"


def unseen(kept: float) -> str:
    """How much a map with this share of the variance does not show."""
    if f"{kept:.0%}" == "100%":
        return ""
    return ": most is not seen" if kept < 0.5 else ": the rest is not seen"


def space_sentence(scene: Scene, record: SpaceMap) -> str:
    """What lies nearest, in the space itself."""
    if record.origin is None or not record.near:
        return "No user is chosen, so nobody is marked here."
    item, distance = record.near[0]
    return (
        f"Truly nearest to {record.origin.name}: “{scene.title(item)}”, at a squared distance of {number(distance, 3)}."
    )


@cached
def map_trust(run: Run, space: str, projection: str) -> Trust | None:
    """Of all that the map shows; None for a handful of points. A tenth of a second, once."""
    return trust(points_of(run, space), layout(run)[f"{space}_{projection}"], run.train_config.seed)


def warm(run: Run) -> None:
    """The maps that a first visitor sees."""
    for space in SPACES:
        map_trust(run, space, projections(run)[-1])


def trust_sentences(scene: Scene, record: SpaceMap) -> str:
    """The map's trustworthiness, and how many of one point's neighbours on the map are neighbours in truth."""
    whole = map_trust(scene.run, record.space, record.projection)
    if whole is None:
        return "Too few points to say how far this map may be trusted."
    k, sampled = whole.neighbours, ""
    if whole.measured < whole.points:
        sampled = f", estimated from {whole.measured:,} of {whole.points:,} points"
    start = (
        f"Trust in this map: {number(whole.value)} (1 when all that is near on it is near in truth, "
        f"{number(whole.chance)} by chance; k = {k}{sampled})."
    )
    origin, coordinates = record.origin, record.cloud.items.coordinates
    near = min(k, len(coordinates) - (scene.selected is not None))
    if origin is None or near == 0:
        return start
    table = items_table(scene.run, record.space)
    shared = truly_near(table, origin.vector, coordinates, origin.at, near, scene.selected)
    around = f"{shared} of the {near} items nearest on the map {'is' if shared == 1 else 'are'} among the {near} truly"
    if near == 1:
        around = f"the item nearest on the map is {'' if shared else 'not '}the truly"
    return f"{start} Around {origin.name}: {around} nearest."
