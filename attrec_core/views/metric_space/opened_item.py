"""Sentences of the side panel about the selected item: its rank, its attention, the distances that it lowers or that
lower its own, and the users to whom it is recommended first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.explain.exact_sum import attraction, has_sum
from attrec_core.explain.ranking import squared_distances
from attrec_core.explain.wording import listed
from attrec_core.views.page_context import Scene

NAMED = 3  # number of users that are named


def item_sentences(scene: Scene, item: int) -> list[str]:
    """Returns lines of one or two short sentences, most important first."""
    if not scene.run.explains:
        return [standing(scene, item)]
    in_window = np.flatnonzero(scene.window == item)
    lines = [standing(scene, item)]
    if len(in_window):
        lines += [attention(scene, in_window), *lowers(scene, item, in_window)]
    elif scene.ranking.candidates[item]:
        lines += lowered_by(scene, item)
    return [*lines, users(scene, item)]


def standing(scene: Scene, item: int) -> str:
    ranking, measure = scene.ranking, scene.run.measure
    if letters := scene.letters.get(item):
        return f"Item{'s' * (',' in letters)} {letters} of the window."
    if not ranking.candidates[item]:
        return "Not a candidate: you have picked it." if scene.user is None else f"{scene.who} has already seen it."
    actual = " The actual next item." if item == scene.target else ""
    count, value = int(ranking.candidates.sum()), number(measure.of(ranking.distance(item)), 3)
    return f"{ordinal(ranking.rank(item))} of {count:,} candidates, {measure.total} {value}.{actual}"


def attention(scene: Scene, places: np.ndarray) -> str:
    """States the item's average or total attention, the item that attends to it most, and the item that it attends to
    most, within the window."""
    trace, rest = scene.trace, np.delete(np.arange(len(scene.window)), places)
    share = float(trace.column_weights[places].sum())
    mean = (
        f"Total attention {number(share)}"
        if scene.moment.config.aggregation == "sum"
        else f"Average attention {percent(share)}"
    )
    if not len(rest):
        return f"{mean}."
    place = int(places[-1])  # the latest, if the item occurs twice
    row, column = trace.weights[place, rest], trace.weights[rest, place]
    to, by = int(rest[row.argmax()]), int(rest[column.argmax()])
    return (
        f"{mean}. “{scene.title(scene.window[by])}” attends to it most ({percent(float(column.max()))}); "
        f"it attends most to “{scene.title(scene.window[to])}” ({percent(float(row.max()))})."
    )


def lowers(scene: Scene, item: int, places: np.ndarray) -> Iterator[str]:
    """States the candidate whose distance this item of the window lowers most by the exact sum, which is the candidate
    nearest to it in the item space. States nothing where no exact sum exists."""
    candidates, table = scene.ranking.candidates, scene.run.weights["item_short"]
    if not has_sum(scene.moment) or not candidates.any():
        return
    nearest = int(np.where(candidates, squared_distances(table, table[item]), np.inf).argmin())
    if attraction(scene.moment, nearest)[places].sum() > 0:
        yield f"Of all candidates, it lowers the distance of “{scene.title(nearest)}” most."


def lowered_by(scene: Scene, item: int) -> Iterator[str]:
    """States the item of the window that lowers the distance of this candidate most by the exact sum."""
    if not has_sum(scene.moment) or scene.ranking.long_weight == 1:
        return
    pull = attraction(scene.moment, item)
    best = int(pull.argmax())
    yield (
        f"“{scene.title(scene.window[best])}” lowers its distance most."
        if pull[best] > 0
        else ("No item of the window lowers its distance.")
    )


def users(scene: Scene, item: int) -> str:
    """States the test users to whom the model recommends the item first."""
    statistics, names = statistics_of(scene.run), scene.run.interactions.user_ids
    receivers = statistics.users[statistics.explained == item].tolist()
    total = f"{len(statistics.users):,} test users"
    if not receivers:
        return f"Recommended first to none of the {total}."
    return f"Recommended first to {len(receivers):,} of {total}: {listed([names[user] for user in receivers], NAMED)}."
