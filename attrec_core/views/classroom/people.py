"""Whose histories a classroom file holds: by default people whose cases teach, each chosen and named by a rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from attrec_core.explain.across_users.users import statistics_of
from attrec_core.runs.run import Run
from attrec_core.views.across_users.scenes import LOOKED_INTO, RowWords, chosen_scenes, extremes
from attrec_core.views.page_context import CHEAP, examples

FEWEST = 3  # items of a short history: two to look at, and the next one


@dataclass(frozen=True)
class Case:
    user: int  # index of the user
    title: str = ""  # what the case shows, such as "One item dominates"; empty: nothing in particular


def cases(run: Run, count: int) -> tuple[Case, ...]:
    """Returns up to `count` different users, those whose cases teach first."""
    first: dict[int, Case] = {}
    for case in (*scenes_of(run), *shortest(run), *parts_apart(run), *ends_of(run), *map(Case, all_users(run))):
        first.setdefault(case.user, case)
        if len(first) == count:
            break
    return tuple(first.values())


def scenes_of(run: Run) -> Iterator[Case]:
    """The users of the presenter's scenes."""
    for title, chosen in chosen_scenes(run).items():
        if chosen is not None and chosen.page != "at-large":  # that scene is about everybody
            yield Case(run.user_index[str(chosen.view.user)], title)


def shortest(run: Run) -> Iterator[Case]:
    lengths = np.diff(run.interactions.starts)
    enough = np.flatnonzero(lengths >= FEWEST)
    if len(enough):
        yield Case(int(enough[lengths[enough].argmin()]), "A short history")


def ends_of(run: Run) -> Iterator[Case]:
    """The users at the ends of a measure, and the one with the longest history."""
    for extreme in extremes(run):
        yield Case(extreme.user, extreme.rule)
    yield Case(int(np.diff(run.interactions.starts).argmax()), "A long history")


def parts_apart(run: Run) -> Iterator[Case]:
    """The test users whose next item one of the two parts alone ranks far better than the other."""
    stats = statistics_of(run)
    why, rows = RowWords(run, stats), range(min(len(stats.users), max(1, min(LOOKED_INTO, CHEAP // run.table.size))))
    rankings = [(row, why.moment(row)) for row in rows]
    apart = {
        row: np.log(moment.ranking.at(0.0).rank(moment.target) / moment.ranking.at(1.0).rank(moment.target))
        for row, moment in rankings
        if moment.target is not None and moment.taste is not None
    }
    if apart and max(apart.values()) > min(apart.values()):
        ends = {"The short term knows the next item": min, "The long term knows the next item": max}
        for title, end in ends.items():
            yield Case(int(stats.users[end(apart, key=apart.__getitem__)]), title)


def all_users(run: Run) -> Iterator[int]:
    """Example users, then all others who have a next item, in the order of the data."""
    yield from examples(run)
    yield from np.flatnonzero(np.diff(run.interactions.starts) > 1).tolist()
