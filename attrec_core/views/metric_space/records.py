"""What a map of a metric space shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.views.drawing.theme import SHORT

MOMENT = "moment"  # the `meta` of traces that belong to the step of the page, and not to the map


@dataclass(frozen=True)
class ItemLabels(Sequence[str]):
    """Title, year and genres of each item, made when asked for."""

    data: Interactions

    def __len__(self) -> int:
        return self.data.n_items

    def __getitem__(self, item: Any) -> Any:
        data = self.data
        parts = (data.titles[item], data.years[item], ", ".join(data.genres[item]))
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one kind on a map: coordinates (n, 2), and for each its label on hover, its id, what is written
    beside it, and which of the items' colours it has."""

    coordinates: np.ndarray
    labels: Sequence[str]
    ids: Sequence[str] = ()  # of an item or a user; "" for m
    texts: tuple[str, ...] = ()
    hues: tuple[int | None, ...] = ()

    def part(self, rows: np.ndarray) -> Points:
        """Some of them, with their labels and ids."""
        return Points(
            self.coordinates[rows], tuple(self.labels[row] for row in rows), tuple(self.ids[row] for row in rows)
        )


@dataclass(frozen=True, eq=False)
class PathOnMap:
    """A history on a map: a frame for each of S steps, which the browser plays without the server."""

    intents: np.ndarray | None  # (S, 2) m after each step; None in the user space, where m does not lie
    items: np.ndarray  # (S, 2) the item of each step
    near: tuple[str, ...]  # (S,) title of the item nearest to m; in the user space, of the item that came
    about: str  # what is said of that item
    step: int  # that the page shows, from 1
    letters: tuple[str, ...]  # (L,) of the places of a full window
    colours: tuple[str, ...]  # (L,)
    whose: str  # another run, user or map: another text
    colour: str = SHORT
    hides: str = MOMENT


@dataclass(frozen=True, eq=False)
class Region:
    """A part of a map with a name of its own."""

    name: str
    at: np.ndarray  # (2,)
    colour: str


@dataclass(frozen=True, eq=False)
class Cloud:
    """All items of a metric space laid flat, and in the user space the users. By colour: a category for each item, or a
    number."""

    items: Points
    drawn: np.ndarray  # (n,) the items that are drawn; of a large catalogue the most popular ones
    categories: tuple[str, ...] | None  # (N,) main genre
    values: np.ndarray | None  # (N,) when coloured by a number
    value_name: str
    users: Points | None
    regions: tuple[Region, ...] = ()

    @cached_property
    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """(2,) and (2,): the least and the largest coordinates of all that is drawn."""
        parts = [self.items.coordinates, *([self.users.coordinates] if self.users else [])]
        filled = [part for part in parts if len(part)]
        return np.min([part.min(0) for part in filled], axis=0), np.max([part.max(0) for part in filled], axis=0)


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
    near: list[tuple[int, float]]  # the k items nearest to it by the model's own measure, and that measure
    by_product: bool = False  # whether it is the inner product, or else the squared distance
    path: PathOnMap | None = None  # of the history
    before: np.ndarray | None = None  # (2,) m before the edit of the window, in the item space
