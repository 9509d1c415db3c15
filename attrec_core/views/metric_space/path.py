"""The path of the window and of m on a map along the history: coordinates, sentence, traces and frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attrec_core.errors import number, ordinal
from attrec_core.explain import maps
from attrec_core.explain.neighbours import IntentPath, intent_path, nearest
from attrec_core.explain.wording import letter
from attrec_core.runs.cached_on_owner import cached_latest
from attrec_core.views.drawing.plot import arrow, scatter
from attrec_core.views.drawing.spec import Trace
from attrec_core.views.drawing.theme import SHORT, item_colour
from attrec_core.views.maps import items_at, layout
from attrec_core.views.page_context import Scene

# (from, to, width) of the line, in steps back from the present: older is thinner, not fainter, or it would vanish.
WIDTHS = ((0, 3, 3.5), (3, 6, 2.5), (6, 12, 1.5), (12, None, 0.8))
TITLE = 80  # characters of a title that are sent with each frame
NO_PATH = "There is no history to play, so m has no path."
MOMENT = "moment"  # the `meta` of traces that depend on the page's step, unlike the rest of the map


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


def path_traces(intents: np.ndarray) -> Iterator[Trace]:
    """The path of m, (S, 2), from the first step to the step shown; the last moves have arrowheads."""
    last = len(intents) - 1
    # Oldest first, so that the newest lines are on top; the lines share one entry of the legend.
    for start, end, width in reversed(WIDTHS):
        part = intents[0 if end is None else max(0, last - end) : max(0, last - start + 1)]
        if len(part) > 1:
            x, y = part.T.tolist()
            look = {"name": "path of m", "legendgroup": "path", "showlegend": start == 0, "hoverinfo": "skip"}
            head = {"symbol": "arrow", "angleref": "previous", "size": 11, "color": SHORT, "standoff": 4}
            look |= {"meta": MOMENT, "line": {"color": SHORT, "width": width}, "marker": head}
            yield scatter(x, y, "lines" if start else "lines+markers", **look)


def move_trace(before: np.ndarray, now: np.ndarray) -> Trace:
    """An arrow from m before the edit to m now. Its label is a word, since a letter would look like an item of the
    window."""
    ends = np.array([before, now])
    labels = {"text": ["before", ""], "textfont": {"size": 12, "weight": 700}}
    name = {"name": "m before the edit → now", "meta": MOMENT}
    return arrow(ends, SHORT, {"width": 2.5, "dash": "dot"}, ("x-open", 11), (13, 8)) | labels | name


def path_of(scene: Scene) -> IntentPath | None:
    """Returns the path of m; None if the history has fewer than two items. Cached, because every step of a user has the
    same path."""
    if scene.user is None or len(scene.history) < 2:
        return None
    history, config = scene.history.astype(np.int64), scene.moment.config
    return cached_latest(scene.run, intent_path, history, config, key=(scene.user, config), most=32)


def path_on_map(scene: Scene, space: str, projection: str) -> PathOnMap | None:
    if scene.user is None or len(scene.history) < 2:
        return None
    items, length = items_at(scene.run, space, projection), scene.run.model_config.window
    history, intents = scene.history.astype(np.int64), None
    named = history
    if space == "short" and scene.run.explains and (path := path_of(scene)) is not None:
        named = path.nearest[:, 0]
        if projection == "pca":
            intents = maps.stored_pca(layout(scene.run), space).place(path.intents)
        else:
            intents = maps.medoids(path.nearest, items)
    return PathOnMap(
        intents=intents,
        items=items[history],
        near=tuple(scene.title(item)[:TITLE] for item in named),
        about="newest item" if intents is None else "m is nearest to",
        step=scene.step,
        letters=tuple(map(letter, range(length))),
        colours=tuple(map(item_colour, range(length))),
        whose=f"{scene.run.fingerprint} {scene.who} {space} {projection}",
    )


def path_sentence(scene: Scene) -> str:
    """States how far the last step moved m, and how far an edit moved it."""
    path = path_of(scene)
    if path is None:
        return NO_PATH
    row = scene.step - 1
    newest, near = (f"“{scene.title(item)}”" for item in (path.items[row], path.nearest[row, 0]))
    moves = f"In the actual history, after {scene.step} of {len(path.items)} items, m is nearest to {near}"
    if row:
        rank, count = int((path.moved[1:] > path.moved[row]).sum()) + 1, len(path.items) - 1
        moves += f"; {newest} moved it by {number(path.moved[row], 3)}, {largest(rank, count)} of its {count} moves"
    return f"{moves}.{edit_sentence(scene)}"


def largest(place: int, count: int) -> str:
    """Returns a rank in words: the largest, the 2nd largest, … the smallest."""
    if place == count > 1:
        return "the smallest"
    return "the largest" if place == 1 else f"the {ordinal(place)} largest"


def edit_sentence(scene: Scene) -> str:
    """States how far an edit or a what-if moved m; empty without an edit or a what-if."""
    before = scene.compared
    if before is None:
        return ""
    change = scene.trace.intent - before.trace.intent
    table = scene.run.weights["item_short"]
    near = (nearest(table, moment.trace.intent, 1)[0] for moment in (before, scene.moment))
    old, new = (f"“{scene.title(int(rows[0]))}”" for rows in near)
    route = f"from near {old} to near {new}" if old != new else f"and it stays nearest to {new}"
    cause = "The edit" if not scene.what_ifs else "The change"
    return f" {cause} moved m by {number(float(change @ change), 3)} from the baseline, {route}."


def path_table(scene: Scene) -> pd.DataFrame:
    """m at each step of the history, newest first: the new item, how far it moved m, and the item nearest to m."""
    path = path_of(scene)
    assert path is not None
    steps = np.arange(len(path.items) - 1, -1, -1)
    columns = {
        "after": steps + 1,
        "new item": [scene.title(item) for item in path.items[steps]],
        "moved m by": path.moved[steps].astype(float).round(4),
        "m is nearest to": [scene.title(item) for item in path.nearest[steps, 0]],
        "at a distance of": path.distances[steps, 0].astype(float).round(4),
    }
    return pd.DataFrame(columns)
