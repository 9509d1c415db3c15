"""Where a new person lies who has picked a few items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Landing:
    """A folded-in point U in the long-term space. Distances are squared, lower is better; lists are nearest first."""

    picks: tuple[int, ...]  # item indices, in the order of picking
    to_picks: tuple[float, ...]  # ‖U − V_i‖² of each
    to_items: np.ndarray  # (N,) of every item
    items: tuple[tuple[int, float], ...]  # the nearest of those that were not picked
    users: tuple[tuple[int, float], ...]  # the nearest users, ‖U − U_u‖²
    length: float  # ‖U‖
    usual_length: float  # the median of the users' ‖U‖
    at_the_edge: bool  # whether the mean of the picks lay outside the unit ball and was drawn back to it
