"""The page "Metric space": what can be chosen, the record of a map, the true neighbours, and how far to trust a map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from attrec_core.errors import InputError, count_of, number, ordinal, percent
from attrec_core.explain.neighbours import Trust, nearest, truly_near, trust
from attrec_core.explain.vectors import items_table
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views import maps
from attrec_core.views.drawing.spec import MOST_POINTS, most_popular
from attrec_core.views.metric_space.path import PathOnMap, moved, moving_point, path_on_map
from attrec_core.views.moment.ranking import why_no_candidate
from attrec_core.views.page_context import Scene
from attrec_core.views.texts import text
from attrec_core.views.view import CHOICES

MARKED = 24  # largest number of marked items of the window, the latest; more would hide the map
NAMED = 3  # number of recommendations with a name on the map; the others show their ranks on hover
MOST_MEASURED = 50_000  # points of a large map from which its trustworthiness is computed
DISTANCES = {"the user": "long-term distance to the user", "m": "short-term distance to m"}
SPACES = {"long": "User space", "short": "Item space"}
ABOUT = {"long": "users and items", "short": "items and m"}
TO_COME = "Select an item to see lines to its nearest neighbours."
# For a run of another system, and for a run of AttRec.
LINES = (
    "Lines lead to the {k} items nearest to {origin}, by the model's own measure.",
    "Lines lead to the {k} items nearest to {origin} in all {dim} dimensions: a long line shows where the map distorts "
    "distances.",
)
NO_ORIGIN = (TO_COME, "No user is chosen, so no user is marked.")
REGIONS = " Large names are regions: the genre that is over-represented there."
MEASURES = {
    True: "It compares them by **inner product**: larger is nearer, so a longer vector is nearer to everybody.",
    False: "It compares them by **squared distance**: smaller is nearer.",
}
USERS = {True: "Users are in the same space.", False: "Users are not in this space."}


@dataclass(frozen=True, eq=False)
class Cloud:
    """All items of a metric space on its two-dimensional map, and in the user space also users. The colour of an item
    shows a category or a number."""

    items: maps.Points
    drawn: np.ndarray  # (n,) the drawn items; of a large catalogue only the most popular
    labels: Mapping[int, str]  # title, year and genres of each drawn item
    categories: tuple[str, ...] | None  # (N,) main genre; None when coloured by a number
    values: np.ndarray | None  # (N,) the numbers; None when coloured by category
    value_name: str
    users: maps.Points | None
    regions: tuple[maps.Region, ...] = ()

    def part(self, rows: np.ndarray) -> maps.Points:
        """Returns some of the drawn items, with their labels and ids."""
        labels, ids = zip(*((self.labels[row], self.items.ids[row]) for row in rows.tolist()), strict=True)
        return maps.Points(self.items.coordinates[rows], labels, ids)

    @cached_property
    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """(2,) and (2,): the smallest and the largest coordinates of all items and users."""
        parts = [self.items.coordinates, *([self.users.coordinates] if self.users else [])]
        filled = [part for part in parts if len(part)]
        return np.min([part.min(0) for part in filled], axis=0), np.max([part.max(0) for part in filled], axis=0)


@dataclass(frozen=True, eq=False)
class Origin:
    """The point whose true neighbours are listed and connected to it on the map."""

    name: str
    vector: np.ndarray  # (d,) in the space itself
    at: np.ndarray  # (2,) on the map
    is_intent: bool = False  # whether it is m


@dataclass(frozen=True)
class Neighbour:
    item: int
    id: str
    title: str
    about: str  # year and genres
    nearness: float  # by the model's own measure: squared distance, or inner product
    rank: float  # among the recommendations; it counts only for a candidate
    no_candidate: tuple[str, ...]  # why it is no candidate; empty for a candidate


@dataclass(frozen=True, eq=False)
class SpaceMap:
    """A map of one metric space, and the marks, which are drawn over everything else."""

    space: str  # "long" | "short"
    projection: str  # "pca" | "umap"
    cloud: Cloud
    marks: dict[str, maps.Points]  # by kind: window | intent | user | top | target | near | selected
    origin: Origin | None
    near: list[Neighbour]  # the k items nearest to the origin, the nearest first; empty without an origin
    by_product: bool = False  # whether the measure is the inner product; else it is the squared distance
    path: PathOnMap | None = None  # of the history
    before: np.ndarray | None = None  # (2,) m, or a U that an edit moves, before the edit of the window
    user_moves: bool = False  # whether the user's point moves along the history

    @property
    def staying(self) -> tuple[str, ...]:
        """The kinds of marks that do not depend on the moment. The nearest item depends on the origin."""
        kinds = ("selected",) if self.user_moves else ("user", "selected")
        return (*kinds, "near") if any(kind in self.marks for kind in kinds) else kinds

    def table(self) -> pd.DataFrame:
        """The true neighbours with their distances or inner products, and with year and genres if an item has them,
        and why an item is no candidate."""
        measure = "inner product" if self.by_product else "distance"
        rows = [(place, near.title, near.nearness) for place, near in enumerate(self.near, 1)]
        table = pd.DataFrame(rows, columns=["nearest", "title", measure]).round(4)
        notes = {
            "about": [near.about for near in self.near],
            "no candidate": [", ".join(near.no_candidate) for near in self.near],
        }
        table = table.assign(**{name: texts for name, texts in notes.items() if any(texts)})
        return table.assign(id=[near.id for near in self.near])


def map_name(scene: Scene, record: SpaceMap) -> str:
    contents = ABOUT[record.space] if scene.run.explains or record.space == "long" else "items"
    return f"{SPACES[record.space]}: {contents}"


def choices(scene: Scene) -> dict[str, list[str]]:
    """Returns what a map offers: a field of the view → its values, the default first. UMAP is offered where the run has
    it, genre where the data has genres: without genres all items would have the same colour."""
    genre = ["genre"] if any(scene.run.interactions.genres) else []
    return {
        "space": list(scene.run.spaces),
        "projection": maps.projections(scene.run)[::-1],
        "colour": [*genre, "popularity", *(["distance"] if scene.has_taste else [])],
    }


def chosen(scene: Scene, name: str, given: str | None) -> str:
    """Returns a choice: the one given, else that of the view if the map offers it, else the default. Raises InputError
    if the one given does not exist in this run."""
    if given is None:
        offered, in_view = choices(scene)[name], getattr(scene.view, name)
        return in_view if in_view in offered else offered[0]
    run = scene.run
    known = {"space": list(run.spaces), "projection": maps.projections(run), "colour": CHOICES["colour"]}[name]
    if given not in known:
        why = "The {choice} {value} must be one of: {known}."
        raise InputError("out_of_range", why, setting=name, choice=name, value=repr(given), known=", ".join(known))
    return given


def space_record(
    scene: Scene, space: str | None = None, projection: str | None = None, colour: str | None = None, k: int = 10
) -> SpaceMap:
    """Returns the map of the user space ("long": users and items) or of the item space ("short": items and m), with the
    top k and the k nearest neighbours. None: as in the view. Raises InputError for a choice that the run does not have.
    """
    given = {"space": space, "projection": projection, "colour": colour}
    space, projection, colour = (chosen(scene, name, value) for name, value in given.items())
    run = scene.run
    cloud = cloud_of(run, space, projection, "genre" if colour == "distance" else colour)
    if colour == "distance":
        whom, values = own_distances(scene, space)
        cloud = replace(cloud, categories=None, values=values, value_name=DISTANCES[whom])
    own = origin = own_origin(scene, space, projection)
    if (item := scene.selected) is not None:
        at = maps.items_at(run, space, projection)[item]
        origin = Origin(f"“{scene.title(item)}”", items_table(run, space)[item], at)
    near = [] if origin is None else neighbours(scene, space, origin.vector, k)
    ends = moved(scene, space)
    return SpaceMap(
        space=space,
        projection=projection,
        cloud=cloud,
        marks=dict(marked(scene, own, maps.items_at(run, space, projection), k, near)),
        origin=origin,
        near=near,
        by_product=run.spaces[space].by_product,
        path=None if scene.view.scene else path_on_map(scene, space, projection),  # a prepared scene is one moment
        before=None if ends is None else maps.place(run, space, projection, ends[0]),
        user_moves=moving_point(run, space) == "U",
    )


def own_distances(scene: Scene, space: str) -> tuple[str, np.ndarray]:
    """Returns "the user" or "m", and (N,) the true squared distance of each item to it; without a taste always m."""
    long = scene.ranking.long
    return ("m", scene.ranking.short) if space == "short" or long is None else ("the user", long)


@cached
def cloud_of(run: Run, space: str, projection: str, colour: str) -> Cloud:
    """Returns the part of a map that is the same for every user and moment."""
    data, drawn = run.interactions, maps.drawn_users(run, space)
    rows = np.linspace(0, len(drawn) - 1, min(len(drawn), MOST_POINTS)).astype(int)
    names = tuple(data.user_ids[user] for user in drawn[rows])
    users = None if space == "short" else maps.Points(maps.layout(run)[f"long_{projection}"][rows], names, names)
    genre, items = colour == "genre", most_popular(np.arange(data.n_items), run.popularity, MOST_POINTS)
    about = {item: (data.titles[item], data.years[item], ", ".join(data.genres[item])) for item in items.tolist()}
    return Cloud(
        items=maps.Points(maps.items_at(run, space, projection), (), data.item_ids),
        drawn=items,
        labels={item: " · ".join(filter(None, parts)) for item, parts in about.items()},
        categories=maps.main_genres(run) if genre else None,
        values=None if genre else np.log10(np.maximum(run.popularity, 1)),
        value_name="" if genre else "interactions (log₁₀)",
        users=users,
        regions=maps.regions_of(run, space, projection),
    )


def marked(
    scene: Scene, own: Origin | None, items: np.ndarray, k: int, near: Sequence[Neighbour]
) -> Iterable[tuple[str, maps.Points]]:
    """Yields the points of each kind of marks: recommendations, actual next item, window, m or the user, the item
    nearest to the origin if it has no label yet, selected item. own: m or the user. items: (N, 2) coordinates of all
    items."""
    top, texts = scene.ranking.top(k).tolist(), mark_texts(scene, k)
    ranks = [
        f"recommended {ordinal(rank)}{' · actual next item' if item == scene.target else ''}"
        for rank, item in enumerate(top, 1)
    ]
    yield "top", item_points(scene, items, {item: texts.get(item, "") for item in top}, ranks)
    if scene.target is not None:
        text = "" if scene.target in top else texts[scene.target]
        yield "target", item_points(scene, items, {scene.target: text}, ["actual next item"])
    letters = {item: scene.letters[item] for item in scene.window[-MARKED:].tolist()}
    yield "window", item_points(scene, items, letters, [f"{places} in the window" for places in letters.values()])
    if own is not None:
        labels = ("m, where the window points", "m") if own.is_intent else (own.name, scene.point_name)
        yield "intent" if own.is_intent else "user", maps.Points(own.at[None], labels[:1], ("",), labels[1:])
    for first in near[:1]:
        if first.item not in texts and first.item not in scene.window:
            yield "near", item_points(scene, items, {first.item: first.title}, ["nearest"])
    if scene.selected is not None:
        text = "" if scene.selected in (*top, scene.target) else texts[scene.selected]
        yield "selected", item_points(scene, items, {scene.selected: text}, ["selected"])


def item_points(scene: Scene, items: np.ndarray, texts: dict[int, str], marks: Sequence[str]) -> maps.Points:
    """Returns marked items with their labels. items: (N, 2) coordinates of all items. texts: of the marked items.
    marks: the kind of each mark in words."""
    labels = tuple(f"{scene.title(item)} · {mark}" for item, mark in zip(texts, marks, strict=True))
    hues = tuple(map(scene.hue, texts))
    return maps.Points(items[list(texts)], labels, tuple(map(scene.item_id, texts)), tuple(texts.values()), hues)


def mark_texts(scene: Scene, k: int) -> dict[int, str]:
    """Returns the label of each named item (the first NAMED recommendations, the actual next item, the selected item):
    its rank if it is in the top k, its title, and whether it is the actual next item."""
    top = scene.ranking.top(k).tolist()
    named = dict.fromkeys([*top[:NAMED], scene.target, scene.selected])
    ranks = {item: f"{ordinal(rank)} " for rank, item in enumerate(top, 1)}
    return {
        item: f"{ranks.get(item, '')}{scene.title(item)}{' (actual)' if item == scene.target else ''}"
        for item in named
        if item is not None
    }


def own_origin(scene: Scene, space: str, projection: str) -> Origin | None:
    """Returns m in the item space of AttRec, else the user; None without a user vector."""
    if space == "short" and scene.run.explains:
        at = maps.place(scene.run, space, projection, scene.trace.intent)
        return Origin(f"m{moment(scene)}", scene.trace.intent, at, is_intent=True)
    user = maps.user_in(scene, space, projection)
    when = moment(scene) if moving_point(scene.run, space) else ""
    return None if user is None else Origin(f"{scene.point_name}{when}", *user)


def moment(scene: Scene) -> str:
    """Returns the moment in words, to follow a noun, because a map that plays the history shows another moment than the
    rest of the page. Empty if there is no history to play."""
    if scene.user is None or len(scene.history) < 2:
        return ""
    return f" after {count_of(scene.step, 'item')}"


def neighbours(scene: Scene, space: str, vector: np.ndarray, k: int) -> list[Neighbour]:
    """Returns the true nearest items, in the space and not on the map; the selected item is not its own neighbour."""
    by_product = scene.run.spaces[space].by_product
    rows, distances = nearest(items_table(scene.run, space), vector, k, scene.selected, by_product=by_product)
    return [
        Neighbour(
            item=item,
            id=scene.item_id(item),
            title=scene.title(item),
            about=scene.subtitle(item),
            nearness=-distance if by_product else distance,
            rank=scene.ranking.rank(item),
            no_candidate=tuple(why_no_candidate(scene, item)),
        )
        for item, distance in zip(rows.tolist(), distances.tolist(), strict=True)
    ]


def space_caption(scene: Scene, record: SpaceMap) -> str:
    """States how many points are drawn, and what their distances do not mean."""
    data = scene.run.interactions
    drawn = f"Showing {len(record.cloud.drawn):,} of {data.n_items:,} items"
    if len(record.cloud.drawn) < data.n_items:
        drawn += ", the most popular ones and all that are marked"
    if record.cloud.users is not None:
        drawn += f"; {len(record.cloud.users.ids):,} of {data.n_users:,} users (grey)"
    if len(scene.window) > MARKED:
        drawn += f"; of the window the latest {MARKED} are marked"
    limits = "UMAP preserves neighbourhoods; large distances are not meaningful"
    if record.projection == "pca":
        shares = maps.layout(scene.run)[f"{record.space}_share"]
        total, axes = float(shares.sum()), f"({percent(shares[0])} across, {percent(shares[1])} up)"
        limits = f"PCA keeps {percent(total)} of the variance {axes}{unseen(total)}"
    return f"{drawn}. {limits}."


def unseen(kept: float) -> str:
    """States how much a map that keeps this share of the variance does not show."""
    if percent(kept) == percent(1):
        return ""
    return ": most is not visible" if kept < 0.5 else ": the rest is not visible"


def space_sentence(scene: Scene, record: SpaceMap) -> str:
    """States the item nearest to the origin, in the space and not on the map."""
    if record.origin is None or not record.near:
        return NO_ORIGIN[scene.run.explains]
    first, measure = record.near[0], "with an inner product of" if record.by_product else "at a squared distance of"
    return f"Nearest to {record.origin.name}: “{first.title}”, {measure} {number(first.nearness, 3)}."


def guide(scene: Scene, record: SpaceMap) -> str:
    trust, detail, config = map_trust(scene.run, record.space, record.projection), "", scene.run.model_config
    if trust is not None:
        detail = f", {percent(trust.chance)} by chance; k = {trust.neighbours}"
        if trust.measured < trust.points:
            detail += f", estimated from {trust.measured:,} of {trust.points:,} points"
    has_intent, dim = scene.run.explains and record.space == "short", items_table(scene.run, record.space).shape[1]
    origin = "the selected item" if scene.selected is not None else "m" if has_intent else "the user"
    moves = f" {text('metric_space', f'taste of {config.taste}')}" if config.remembers else ""
    lines = LINES[scene.run.explains].format(k=len(record.near), origin=origin, dim=dim) if record.near else TO_COME
    fields = {"dim": dim, "lines": lines, "regions": REGIONS if record.cloud.regions else "", "trust": detail}
    if scene.run.explains:
        return text("metric_space", "guide", moves=moves, **fields)
    measure, users = MEASURES[record.by_product], USERS[record.space == "long"]
    return text("metric_space", "guide of another system", measure=measure, users=users, **fields)


@cached
def map_trust(run: Run, space: str, projection: str) -> Trust | None:
    """Returns the trustworthiness of a map, computed from all its points, or on a large map from about MOST_MEASURED
    evenly spaced points; None for a handful of points. Takes a tenth of a second, once."""
    coordinates = maps.layout(run)[f"{space}_{projection}"]
    rows = slice(None, None, max(1, -(-len(coordinates) // MOST_MEASURED)))
    measured = trust(maps.points_of(run, space)[rows], coordinates[rows], run.train_config.seed)
    return measured and replace(measured, points=len(coordinates))


def warm(run: Run) -> None:
    """Computes the trustworthiness of the maps that a first visitor sees."""
    for space in run.spaces:
        map_trust(run, space, maps.projections(run)[-1])


def trust_sentence(scene: Scene, record: SpaceMap) -> str:
    """States the map's trustworthiness, and how many of the items nearest to the origin are also nearest on the map."""
    trust = map_trust(scene.run, record.space, record.projection)
    if trust is None:
        return "Too few points to measure map trustworthiness."
    start = f"Map trustworthiness {percent(trust.value)} overall."
    origin, coordinates = record.origin, record.cloud.items.coordinates
    count = min(trust.neighbours, len(coordinates) - (scene.selected is not None))
    if origin is None or count == 0:
        return start
    table = items_table(scene.run, record.space)
    by_product = record.by_product
    shared = truly_near(table, origin.vector, coordinates, origin.at, count, scene.selected, by_product=by_product)
    if count == 1:
        return f"{start} The item nearest to {origin.name} is {'' if shared else 'not '}the nearest on the map."
    return f"{start} Around {origin.name} alone, the map keeps {shared} of the {count} nearest items."
