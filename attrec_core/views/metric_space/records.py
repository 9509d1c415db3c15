"""Records of a map of a metric space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.views.drawing.theme import SHORT
from attrec_core.views.maps import Points

MOMENT = "moment"  # the `meta` of traces that depend on the page's step, unlike the rest of the map


@dataclass(frozen=True)
class ItemLabels(Sequence[str]):
    """Title, year and genres of each item, computed on access."""

    data: Interactions

    def __len__(self) -> int:
        return self.data.n_items

    def __getitem__(self, item: Any) -> Any:
        data = self.data
        parts = (data.titles[item], data.years[item], ", ".join(data.genres[item]))
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True, eq=False)
class PathOnMap:
    """A history on a map, with a frame for each of S steps; the browser plays it without the server."""

    intents: np.ndarray | None  # (S, 2) m after each step; None in the user space, which does not contain m
    items: np.ndarray  # (S, 2) the item of each step
    near: tuple[str, ...]  # (S,) title of the item nearest to m; in the user space, of the newest item
    about: str  # caption of the titles in `near`
    step: int  # the step that the page shows, from 1
    letters: tuple[str, ...]  # (L,) of the positions of a full window
    colours: tuple[str, ...]  # (L,)
    whose: str  # differs between runs, users and maps
    colour: str = SHORT
    hides: str = MOMENT


@dataclass(frozen=True, eq=False)
class Region:
    """A named part of a map."""

    name: str
    at: np.ndarray  # (2,)
    colour: str


@dataclass(frozen=True, eq=False)
class Cloud:
    """All items of a metric space on its two-dimensional map, and in the user space also users. The colour of an item
    shows a category or a number."""

    items: Points
    drawn: np.ndarray  # (n,) the drawn items; of a large catalogue only the most popular
    categories: tuple[str, ...] | None  # (N,) main genre; None when coloured by a number
    values: np.ndarray | None  # (N,) the numbers; None when coloured by category
    value_name: str
    users: Points | None
    regions: tuple[Region, ...] = ()

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


@dataclass(frozen=True)
class Neighbour:
    """One of the items nearest to the origin."""

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
    marks: dict[str, Points]  # by kind: window | intent | user | top | target | selected
    origin: Origin | None
    near: list[Neighbour]  # the k items nearest to the origin, the nearest first; empty without an origin
    by_product: bool = False  # whether the measure is the inner product; else it is the squared distance
    path: PathOnMap | None = None  # of the history
    before: np.ndarray | None = None  # (2,) m before the edit of the window, in the item space
