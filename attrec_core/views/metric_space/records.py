"""What a map of a metric space shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.views.drawing.theme import SHORT

MOMENT = "moment"  # the `meta` of traces that belong to the step of the page, and not to the map


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one kind on a map: coordinates (n, 2), and for each its label on hover, its id, what is written
    beside it, and which of the items' colours it has."""

    coordinates: np.ndarray
    labels: tuple[str, ...]
    ids: tuple[str, ...] = ()  # of an item or a user; "" for m
    texts: tuple[str, ...] = ()
    hues: tuple[int | None, ...] = ()


@dataclass(frozen=True, eq=False)
class PathOnMap:
    """The path of m on a map: a frame for each of S steps, which the browser plays by itself."""

    intents: np.ndarray  # (S, 2) m after each step
    items: np.ndarray  # (S, 2) the item of each step
    near: tuple[str, ...]  # (S,) title of the item truly nearest to m
    step: int  # that the page shows, from 1
    window: int  # L
    whose: str  # another run, user or map: another text
    colour: str = SHORT
    hides: str = MOMENT


@dataclass(frozen=True, eq=False)
class Cloud:
    """All items of a metric space laid flat, and in the long-term space the users. By colour: a category for each
    item, or a number."""

    items: Points
    categories: tuple[str, ...] | None  # (N,) main genre
    values: np.ndarray | None  # (N,) when coloured by a number
    value_name: str
    users: Points | None


@dataclass(frozen=True, eq=False)
class Origin:
    """The point whose true neighbours are listed, and joined to it on the map."""

    name: str
    vector: np.ndarray  # (d,) in the space itself
    at: np.ndarray  # (2,) on the map


@dataclass(frozen=True, eq=False)
class SpaceMap:
    """One metric space and the marks in it, which are drawn over everything."""

    space: str  # "long" | "short"
    projection: str  # "pca" | "umap"
    cloud: Cloud
    marks: dict[str, Points]  # by kind: window | intent | user | top | target | selected
    origin: Origin | None
    near: list[tuple[int, float]]  # the k items truly nearest to it with their squared distances, nearest first
    path: PathOnMap | None = None  # of m, in the short-term space
    before: np.ndarray | None = None  # (2,) m_A, where the window has been edited
