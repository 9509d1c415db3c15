"""The page "Be a user": items to start with, and where a few picks put a new user."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.explain.neighbours import nearest
from attrec_core.explain.ranking import squared_distances
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
    """The most popular item of each main genre, the most popular first; then popular ones of any."""
    data, found, genres = run.interactions, [], set()
    popular = [item for item in (-run.popularity).argsort(kind="stable").tolist() if item not in picked]
    for item in popular:
        genre = data.genres[item][0] if data.genres[item] else ""
        if genre and genre not in genres:
            genres.add(genre)
            found.append(item)
    return [*found, *(item for item in popular if item not in found)][:OFFERED]


def missing(count: int) -> str:
    """What stands between so many picks and a user."""
    more = FEWEST - count
    if more > 0:
        return (
            f"Pick {more} more{' item' if more == 1 else ' items'}, and you are a user."
            if count
            else (f"Pick {FEWEST} to {MOST} items that you like.")
        )
    if count == MOST:
        return f"{MOST} picks are the most. Remove one to add another."
    return f"You are a user with {count} picks. Up to {MOST - count} more can follow."


def window_words(scene: Scene) -> str:
    """Which of the picks the attention sees."""
    seen, limit = len(scene.window), scene.run.model_config.window
    if scene.edited:
        return "The window is edited; your picks are as they were."
    if len(scene.likes) <= limit:
        return "All of them, in this order, are the window that the attention sees."
    return f"The last {seen}, in this order, are the window that the attention sees."


def landing(scene: Scene) -> Landing:
    """`scene` must be one of a new person."""
    arrays, picks, point = scene.run.arrays, scene.likes, scene.moment.taste
    to_items = squared_distances(arrays["item_long"], point)
    others = np.setdiff1d(np.arange(len(to_items)), picks)
    near = others[np.argsort(to_items[others], kind="stable")[:NEAR]]
    rows, away = nearest(arrays["user_long"], point, NEAR)
    lengths = np.linalg.norm(arrays["user_long"], axis=1)
    drawn_back = scene.run.train_config.regularisation == "clip"
    mean = arrays["item_long"][picks].mean(0, dtype=np.float64)
    return Landing(
        picks=tuple(picks.tolist()),
        to_picks=tuple(to_items[picks].astype(float).tolist()),
        to_items=to_items,
        items=tuple((int(item), float(to_items[item])) for item in near),
        users=tuple((int(user), float(d)) for user, d in zip(rows, away, strict=True)),
        length=float(np.linalg.norm(point)),
        usual_length=float(np.median(lengths)),
        at_the_edge=bool(drawn_back and np.linalg.norm(mean) > 1 + EDGE),
    )


def landing_sentence(scene: Scene, found: Landing) -> str:
    """Where the point lies, in words."""
    data = scene.run.interactions
    user, away = found.users[0]
    said = f"Your point U lies nearest to {data.user_ids[user]} ({number(away)}) of {data.n_users:,} users"
    if found.items:
        item, gap = found.items[0]
        said += f", and, of what you did not pick, to “{scene.title(item)}” ({number(gap)})"
    nearer = int((found.to_items < min(found.to_picks)).sum())
    are = "is" if nearer == 1 else "are"
    beside = "No item is nearer to it than your nearest pick"
    if nearer:
        are = "is" if nearer == 1 else "are"
        beside = f"{nearer:,} of {data.n_items:,} items {are} nearer to it than your nearest pick"
    return f"{said}. {beside}."


def length_sentence(found: Landing) -> str:
    """How far out the point lies, and why."""
    said = f"‖U‖ is {number(found.length)}; half of the users have {number(found.usual_length)} or more."
    if found.at_the_edge:
        return f"{said} The mean of your picks lay outside the unit ball, so U is the point of the ball nearest to it."
    return f"{said} U is the mean of your picks: the point with the smallest sum of squared distances to them."
