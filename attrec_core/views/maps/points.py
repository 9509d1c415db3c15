"""Points of one kind on a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one kind on a map: coordinates (n, 2), and for each point its label on hover, its id, the text beside
    it, and the index of its item colour."""

    coordinates: np.ndarray
    labels: Sequence[str]
    ids: Sequence[str] = ()  # of an item or a user; "" for m
    texts: tuple[str, ...] = ()
    hues: tuple[int | None, ...] = ()

    def part(self, rows: np.ndarray) -> Points:
        """Returns the points of some rows, with their labels and ids."""
        return Points(
            self.coordinates[rows], tuple(self.labels[row] for row in rows), tuple(self.ids[row] for row in rows)
        )
