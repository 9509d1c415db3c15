"""The page "Try it yourself": items to start with, and the sentences around a new user's picks."""

from __future__ import annotations

from attrec_core.errors import count_of
from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.page_context import Scene
from attrec_core.views.view_fit import PICKS

FEWEST, MOST = 3, PICKS
OFFERED = 8  # number of items to start with
TO_COME = """
With **3 picks** you get your own recommendations and your own point **U**, your long-term taste. Then every page works
for you: which of your picks receive attention, what is recommended, and why.

Your picks are stored only in the link. A copied link shows the same to another person.
"""
TO_COME_ELSEWHERE = """
With **3 picks** you get your own recommendations, and each further pick shows how it moves the list.

Your picks are stored only in the link. A copied link shows the same to another person.
"""
NO_NEW_USER = (
    "{label} cannot rank for a new user, so it has no recommendations for your picks. Choose a run of another system, "
    "or a user of the data."
)
NEAREST = "Your vector is estimated: it is the mean of your picks' vectors, the point nearest to all of them."
HIGHEST = (
    "Your vector is estimated: of all vectors as long as the median user's, it has the largest sum of inner products "
    "with your picks."
)


def to_begin_with(run: Run, picked: tuple[int, ...]) -> list[int]:
    """Returns the most popular item of each main genre, the most popular first, then popular items of any genre."""
    popular = [item for item in (-run.popularity).argsort(kind="stable").tolist() if item not in picked]
    of_genre: dict[str, int] = {}
    for item in popular:
        for genre in run.interactions.genres[item][:1]:
            of_genre.setdefault(genre, item)
    return list(dict.fromkeys([*of_genre.values(), *popular]))[:OFFERED]


def picks_needed(count: int) -> str:
    """States how many picks are needed or still possible."""
    if count == 0:
        return f"Pick {FEWEST} to {MOST} items that you like."
    if count < FEWEST:
        needed = FEWEST - count
        return f"{count_of(count, 'pick')}. Add {needed} more."
    if count == MOST:
        return f"{MOST} picks, the maximum. Remove one to add another."
    return f"{count} picks. Add up to {MOST - count} more."


def window_words(scene: Scene) -> str:
    """States which picks are in the window."""
    if scene.edited:
        return "The window is edited; your picks are unchanged."
    if len(scene.window) == 1:
        return f"Your {'last ' * (len(scene.likes) > 1)}pick is the window of recent items."
    all_seen = len(scene.likes) <= scene.run.model_config.window
    seen = "All your picks" if all_seen else f"Your last {len(scene.window)} picks"
    return f"{seen}, in this order, are the window of recent items."


def how_estimated(run: Run) -> str:
    """States what the system reads and, if it has user vectors, how it estimates the vector of a new user."""
    system = SYSTEMS[run.model_config.model]
    reads = system.reading(run.model_config, system.label)
    if system.tastes is None:
        return reads
    return f"{reads} {HIGHEST if system.tastes.by_product else NEAREST}"
