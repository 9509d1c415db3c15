"""The page "Be a user": items to start with, and where a few picks put a new user."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.explain.distances import squared_distances
from attrec_core.explain.moment import fold_in
from attrec_core.explain.neighbours import nearest
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import number
from attrec_core.views.page_context import Scene
from attrec_core.views.view_fit import PICKS


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


FEWEST, MOST = 3, PICKS
NEAR = 5  # users and items that are named
OFFERED = 8  # items to begin with
EDGE = 1e-5  # of a length, in float32
TO_COME = """
With **3 picks** you get a point **U** of your own, the point nearest to all of them. Then every page works for you:
what the attention looks at among your picks, what comes next, and why.

Your picks stand in the address, and nowhere else. A copied link shows another person the same.
"""


def to_begin_with(run: Run, picked: tuple[int, ...]) -> list[int]:
    """The most popular item of each main genre, the most popular first; then popular items of any genre."""
    popular = [item for item in (-run.popularity).argsort(kind="stable").tolist() if item not in picked]
    of_genre: dict[str, int] = {}
    for item in popular:
        for genre in run.interactions.genres[item][:1]:
            of_genre.setdefault(genre, item)
    return list(dict.fromkeys([*of_genre.values(), *popular]))[:OFFERED]


def missing(count: int) -> str:
    """How many picks are needed or still possible."""
    if count == 0:
        return f"Pick {FEWEST} to {MOST} items that you like."
    if count < FEWEST:
        more = FEWEST - count
        return f"Pick {more} more item{'s' * (more > 1)}, and you are a user."
    if count == MOST:
        return f"{MOST} picks are the most. Remove one to add another."
    return f"You are a user with {count} picks. Up to {MOST - count} more can follow."


def window_words(scene: Scene) -> str:
    """Which of the picks are in the window."""
    if scene.edited:
        return "The window is edited; your picks are as they were."
    all_seen = len(scene.likes) <= scene.run.model_config.window
    seen = "All of them" if all_seen else f"The last {len(scene.window)}"
    return f"{seen}, in this order, are the window that the attention sees."


def landing(scene: Scene) -> Landing:
    """`scene` must be one of a new user."""
    arrays, picks, point = scene.run.arrays, scene.likes, fold_in(scene.run, scene.likes)
    to_items = squared_distances(arrays["item_long"], point)
    nearest_first = np.argsort(to_items, kind="stable")
    near = nearest_first[~np.isin(nearest_first, picks)][:NEAR].tolist()
    users, away = nearest(arrays["user_long"], point, NEAR)
    drawn_back = scene.run.train_config.regularisation == "clip"
    mean = arrays["item_long"][picks].mean(0, dtype=np.float64)
    return Landing(
        picks=tuple(picks.tolist()),
        to_picks=tuple(to_items[picks].astype(float).tolist()),
        to_items=to_items,
        items=tuple((item, float(to_items[item])) for item in near),
        users=tuple(zip(users.tolist(), away.tolist(), strict=True)),
        length=float(np.linalg.norm(point)),
        usual_length=float(np.median(np.linalg.norm(arrays["user_long"], axis=1))),
        at_the_edge=bool(drawn_back and np.linalg.norm(mean) > 1 + EDGE),
    )


def landing_sentence(scene: Scene, landing: Landing) -> str:
    """The nearest user and item, and how many items are nearer than the picks."""
    data = scene.run.interactions
    user, distance = landing.users[0]
    nearest = f"Your point U lies nearest to {data.user_ids[user]} ({number(distance)}) of {data.n_users:,} users"
    if landing.items:
        item, distance = landing.items[0]
        nearest += f", and, of what you did not pick, to “{scene.title(item)}” ({number(distance)})"
    count = int((landing.to_items < min(landing.to_picks)).sum())
    nearer = f"{count:,} of {data.n_items:,} items {'is' if count == 1 else 'are'}" if count else "No item is"
    return f"{nearest}. {nearer} nearer to it than your nearest pick."


def length_sentence(landing: Landing) -> str:
    """How far out the point lies, and why."""
    why = "U is the mean of your picks: the point with the smallest sum of squared distances to them."
    if landing.at_the_edge:
        why = "The mean of your picks lay outside the unit ball, so U is the point of the ball nearest to it."
    return f"‖U‖ is {number(landing.length)}; half of the users have {number(landing.usual_length)} or more. {why}"
