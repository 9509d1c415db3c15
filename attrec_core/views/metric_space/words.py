"""The page "Metric space": what each map shows, the true neighbours, and how far a map can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from attrec_core.errors import count_of, number, ordinal, percent
from attrec_core.explain.neighbours import Trust, nearest, truly_near, trust
from attrec_core.explain.vectors import items_table
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run, without_vectors
from attrec_core.views.drawing.spec import MOST_POINTS, most_popular
from attrec_core.views.metric_space.coordinates import (
    drawn_users,
    items_at,
    layout,
    place,
    place_user,
    points_of,
    projections,
    user_vector,
)
from attrec_core.views.metric_space.path import path_on_map
from attrec_core.views.metric_space.records import Cloud, ItemLabels, Origin, Points, SpaceMap
from attrec_core.views.metric_space.regions import main_genres, regions_of
from attrec_core.views.page_context import Scene

MARKED = 24  # items of the window, the latest; more would hide the map
NAMED = 3  # recommendations whose names stand on the map; the ranks of the others are on hover
MOST_MEASURED = 50_000  # points of a map
DISTANCES = {"the user": "long-term distance to the user", "m": "short-term distance to m"}
SPACES = {"long": "User space", "short": "Item space"}
ABOUT = {"long": "users and items", "short": "items and m"}
GUIDE = """
Similar items are near each other, and what is near is recommended. There are two spaces, and each has its own map.

**User space** holds the long-term taste: the user U and all items V. The recommendations are near U *and* near m.
**Item space** holds the short-term intent: the items X and m, where the window points. m moves with every item.

**Marks.** A, B, C … are the items of the window, A is the oldest. Pink circles are the top 10, the green star is the
actual next item. Lines lead to the {k} items nearest to {origin} in all {dim} dimensions: a long line shows
where the map distorts distances. Large names are regions: the genre that is over-represented there.

**A map has two dimensions, the space has {dim}.** UMAP preserves neighbourhoods, PCA the largest differences. Map
trustworthiness (Venna and Kaski, 2001) is 100\u00a0% when everything near on the map is near in truth{trust}.

**Click or tap** an item to open it, or a user to switch to them. Drag to move the map; + and − zoom.
"""


# Of a run of another system, and of AttRec.
NO_ORIGIN = (
    "Select an item to see lines to its nearest neighbours.",
    "No user is chosen, so nobody is marked here.",
)
OTHER_GUIDE = """
The model gives every item a vector of {dim} numbers and compares it with a vector of the history. {measure}
{users}

**Marks.** A, B, C … are the items of the window, A is the oldest. Pink circles are the top 10, the green star is the
actual next item. Lines lead to the {k} nearest items by the model's own measure. Large names are regions: the genre
that is over-represented there.

**A map has two dimensions.** UMAP preserves neighbourhoods, PCA the largest differences. Map trustworthiness (Venna and
Kaski, 2001) is 100 % when everything near on the map is near in truth{trust}. It is measured by the distance between
vectors.

**Click or tap** an item to open it. Drag to move the map; + and − zoom.
"""
MEASURES = {
    True: "It compares them by **inner product**: larger is nearer, so a longer vector is nearer to everybody.",
    False: "It compares them by **squared distance**: smaller is nearer.",
}
USERS = {True: "Users are in the same space.", False: "Users are not in this space."}


def about(run: Run, space: str) -> str:
    """What a space holds."""
    return ABOUT[space] if run.explains or space == "long" else "items"


def space_record(scene: Scene, space: str, projection: str, colour: str, k: int) -> SpaceMap:
    """The user space ("long": users and items) or the item space ("short": items and m), laid flat."""
    run, has_intent = scene.run, space == "short" and scene.run.explains
    if space not in run.spaces:
        raise without_vectors(run)
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
        by_product=run.spaces[space].by_product,
        path=path_on_map(scene, space, projection),
        before=place(run, space, projection, scene.compared.trace.intent) if has_intent and scene.compared else None,
    )


def own_distances(scene: Scene, space: str) -> tuple[str, np.ndarray]:
    """To whom, the user or m, and (N,) the true squared distance of each item; to m, too, without a user."""
    long = scene.ranking.long
    return ("m", scene.ranking.short) if space == "short" or long is None else ("the user", long)


@cached
def cloud_of(run: Run, space: str, projection: str, colour: str) -> Cloud:
    """All that is the same for every user and moment."""
    data, drawn = run.interactions, drawn_users(run, space)
    some = np.linspace(0, len(drawn) - 1, min(len(drawn), MOST_POINTS)).astype(int)
    names = tuple(data.user_ids[user] for user in drawn[some])
    users = None if space == "short" else Points(layout(run)[f"long_{projection}"][some], names, names)
    genre = colour == "genre"
    return Cloud(
        items=Points(items_at(run, space, projection), ItemLabels(data), data.item_ids),
        drawn=most_popular(np.arange(data.n_items), run.popularity, MOST_POINTS),
        categories=main_genres(run) if genre else None,
        values=None if genre else np.log10(np.maximum(run.popularity, 1)),
        value_name="" if genre else "interactions (log₁₀)",
        users=users,
        regions=regions_of(run, space, projection),
    )


def marked(scene: Scene, space: str, projection: str, k: int) -> Iterable[tuple[str, Points]]:
    """The user, the window, m, the recommendations, the actual next and the selected item, where they lie."""
    top, texts, items = scene.ranking.top(k).tolist(), mark_texts(scene, k), items_at(scene.run, space, projection)
    yield "top", item_points(scene, items, {item: texts.get(item, "") for item in top}, recommended(scene, top))
    if scene.target is not None:
        text = "" if scene.target in top else texts[scene.target]
        yield "target", item_points(scene, items, {scene.target: text}, ["actual next item"])
    letters = {item: scene.letters[item] for item in scene.window[-MARKED:].tolist()}
    yield "window", item_points(scene, items, letters, [f"{places} in the window" for places in letters.values()])
    if space == "short" and scene.run.explains:
        where = place(scene.run, space, projection, scene.trace.intent)
        yield "intent", Points(where[None], ("m, where the window points",), ("",), ("m",))
    elif (vector := user_vector(scene, space)) is not None:
        yield "user", Points(place_user(scene, projection, vector)[None], (scene.who,), ("",), (scene.who,))
    if scene.selected is not None:
        text = "" if scene.selected in (*top, scene.target) else texts[scene.selected]
        yield "selected", item_points(scene, items, {scene.selected: text}, ["selected"])


def item_points(scene: Scene, items: np.ndarray, texts: dict[int, str], marks: Sequence[str]) -> Points:
    """Marked items with their labels; items (N, 2) where all lie; marks: as what each is marked."""
    return Points(
        coordinates=items[list(texts)],
        labels=tuple(f"{scene.title(item)} · {mark}" for item, mark in zip(texts, marks, strict=True)),
        ids=tuple(map(scene.item_id, texts)),
        texts=tuple(texts.values()),
        hues=tuple(map(scene.hue, texts)),
    )


def recommended(scene: Scene, items: list[int]) -> list[str]:
    """The rank of each recommendation, in words."""
    actual = [" · actual next item" * (item == scene.target) for item in items]
    return [f"recommended {ordinal(rank)}{end}" for rank, end in enumerate(actual, 1)]


def mark_texts(scene: Scene, k: int) -> dict[int, str]:
    """The label of each named item (the first few, the actual next, the selected one): its rank among the first k, its
    name, and whether it is the actual next item."""
    top = scene.ranking.top(k).tolist()
    named = dict.fromkeys([*top[:NAMED], scene.target, scene.selected])
    ranks = {item: f"{ordinal(rank)} " for rank, item in enumerate(top, 1)}
    return {
        item: f"{ranks.get(item, '')}{scene.title(item)}{' (actual)' * (item == scene.target)}"
        for item in named
        if item is not None
    }


def origin_of(scene: Scene, space: str, projection: str) -> Origin | None:
    """The selected item, else m or the user; None without a user."""
    run, item, user = scene.run, scene.selected, user_vector(scene, space)
    if item is not None:
        vector, at = items_table(run, space)[item], items_at(run, space, projection)[item]
        return Origin(f"“{scene.title(item)}”", vector, at)
    if space == "short" and run.explains:
        return Origin(f"m{moment(scene)}", scene.trace.intent, place(run, space, projection, scene.trace.intent))
    return None if user is None else Origin(scene.who, user, place_user(scene, projection, user))


def moment(scene: Scene) -> str:
    """When, to follow what it is said of: while a history plays, the map shows another moment than the rest of the
    page. Empty where there is no history to play."""
    if scene.user is None or len(scene.history) < 2:
        return ""
    return f" after {count_of(scene.step, 'item')}"


def neighbours(scene: Scene, space: str, vector: np.ndarray, k: int) -> list[tuple[int, float]]:
    """The true nearest items, in the space itself, not on the map, with the squared distance or the inner product of
    each; an item is not its own neighbour."""
    by_product = scene.run.spaces[space].by_product
    rows, distances = nearest(items_table(scene.run, space), vector, k, scene.selected, by_product=by_product)
    return list(zip(rows.tolist(), (-distances if by_product else distances).tolist(), strict=True))


def space_caption(scene: Scene, record: SpaceMap) -> str:
    """How many points are drawn, and what must not be read into them."""
    data = scene.run.interactions
    drawn = f"Showing {len(record.cloud.drawn):,} of {data.n_items:,} items"
    if len(record.cloud.drawn) < data.n_items:
        drawn += ", the most popular ones and all that are marked"
    if record.cloud.users is not None:
        drawn += f"; {len(record.cloud.users.ids):,} of {data.n_users:,} users (grey)"
    if len(scene.window) > MARKED:
        drawn += f"; of the window the latest {MARKED} are marked"
    bends = "UMAP preserves neighbourhoods; large distances are not meaningful"
    if record.projection == "pca":
        kept = layout(scene.run)[f"{record.space}_share"]
        whole, axes = float(kept.sum()), f"({percent(kept[0])} across, {percent(kept[1])} up)"
        bends = f"PCA keeps {percent(whole)} of the variance {axes}{unseen(whole)}"
    return f"{drawn}. {bends}."


def unseen(kept: float) -> str:
    """How much a map with this share of the variance does not show."""
    if percent(kept) == percent(1):
        return ""
    return ": most is not visible" if kept < 0.5 else ": the rest is not visible"


def space_sentence(scene: Scene, record: SpaceMap) -> str:
    """What lies nearest, in the space itself."""
    if record.origin is None or not record.near:
        return NO_ORIGIN[scene.run.explains]
    item, nearness = record.near[0]
    by = "with an inner product of" if record.by_product else "at a squared distance of"
    return f"Nearest to {record.origin.name}: “{scene.title(item)}”, {by} {number(nearness, 3)}."


def guide(scene: Scene, record: SpaceMap) -> str:
    """How to read the map, in Markdown."""
    trust, detail = map_trust(scene.run, record.space, record.projection), ""
    if trust is not None:
        detail = f", {percent(trust.chance)} by chance; k = {trust.neighbours}"
        if trust.measured < trust.points:
            detail += f", estimated from {trust.measured:,} of {trust.points:,} points"
    if not scene.run.explains:
        measure, users = MEASURES[record.by_product], USERS[record.space == "long"]
        dim = items_table(scene.run, record.space).shape[1]
        return OTHER_GUIDE.format(k=len(record.near), dim=dim, measure=measure, users=users, trust=detail)
    origin = "the selected item" if scene.selected is not None else "m" if record.space == "short" else "the user"
    return GUIDE.format(k=len(record.near), origin=origin, dim=scene.run.model_config.dim, trust=detail)


@cached
def map_trust(run: Run, space: str, projection: str) -> Trust | None:
    """Of all that the map shows, or of MOST_MEASURED points evenly taken; None for a handful of points. A tenth of a
    second, once."""
    coordinates = layout(run)[f"{space}_{projection}"]
    rows = slice(None, None, max(1, len(coordinates) // MOST_MEASURED))
    return trust(points_of(run, space, rows), coordinates[rows], run.train_config.seed)


def warm(run: Run) -> None:
    """The maps that a first visitor sees."""
    for space in run.spaces:
        map_trust(run, space, projections(run)[-1])


def trust_sentence(scene: Scene, record: SpaceMap) -> str:
    """The map's trustworthiness, and how many of one point's neighbours on the map are neighbours in truth."""
    whole = map_trust(scene.run, record.space, record.projection)
    if whole is None:
        return "Too few points to measure map trustworthiness."
    start = f"Map trustworthiness {percent(whole.value)}"
    origin, coordinates = record.origin, record.cloud.items.coordinates
    near = min(whole.neighbours, len(coordinates) - (scene.selected is not None))
    if origin is None or near == 0:
        return f"{start}."
    table = items_table(scene.run, record.space)
    by_product = record.by_product
    shared = truly_near(table, origin.vector, coordinates, origin.at, near, scene.selected, by_product=by_product)
    if near == 1:
        return f"{start}: the true nearest item is {'' if shared else 'not '}the nearest on the map."
    return f"{start}: {shared} of the {near} true neighbours are also among the {near} nearest on the map."
