"""The path of the window, and of m or a taste U that is made of items, on a map along the history: coordinates,
sentence, traces and frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attrec_core.errors import number, ordinal
from attrec_core.explain.neighbours import PointPath, intent_path, nearest, taste_path
from attrec_core.explain.vectors import items_table
from attrec_core.explain.wording import letter
from attrec_core.runs.cached_on_owner import cached_latest
from attrec_core.runs.run import Run
from attrec_core.views.drawing.plot import arrow, scatter
from attrec_core.views.drawing.spec import Trace
from attrec_core.views.drawing.theme import LONG, SHORT, item_colour
from attrec_core.views.maps import items_at, places
from attrec_core.views.page_context import Scene

# (from, to, width) of the line, in steps back from the present: older is thinner, not fainter, or it would vanish.
WIDTHS = ((0, 3, 3.5), (3, 6, 2.5), (6, 12, 1.5), (12, None, 0.8))
TITLE = 80  # characters of a title that are sent with each frame
NO_PATH = "There is no history to play, so {point} has no path."
STAYS = "In this run U is a vector that stays, so U has no path."
MOMENT = "moment"  # the `meta` of traces that depend on the page's step, unlike the rest of the map


@dataclass(frozen=True, eq=False)
class PathOnMap:
    """A history on a map, with a frame for each of S steps; the browser plays it without the server."""

    points: np.ndarray | None  # (S, 2) m or U after each step; None where no point moves
    items: np.ndarray  # (S, 2) the item of each step
    near: tuple[str, ...]  # (S,) title of the item nearest to the point; where no point moves, of the newest item
    about: str  # caption of the titles in `near`
    step: int  # the step that the page shows, from 1
    letters: tuple[str, ...]  # (L,) of the positions of a full window
    colours: tuple[str, ...]  # (L,)
    whose: str  # differs between runs, users and maps
    mark: str = "m"  # or "U"
    name: str = "m"  # of the point, in the heading of the list of its neighbours
    colour: str = SHORT  # of the point and its path
    edge: str = SHORT  # of the items of the window
    hides: str = MOMENT


def moving_point(run: Run, space: str) -> str:
    """Returns the name of the point of a space that moves along a history, "m" or "U"; empty where none does: a user
    vector stays."""
    if space == "short":
        return "m" if run.explains else ""
    return "U" if run.model_config.remembers else ""


def moved(scene: Scene, space: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Returns m or U (d,) of the baseline and now; None without an edit or a what-if, and where it does not move U."""
    name, before = moving_point(scene.run, space), scene.compared
    if before is None or not name:
        return None
    if name == "m":
        return before.trace.intent, scene.trace.intent
    old, new = before.taste, scene.moment.taste
    return None if old is None or new is None or np.array_equal(old, new) else (old, new)


def path_traces(points: np.ndarray, name: str = "m", colour: str = SHORT) -> Iterator[Trace]:
    """The path of m or U, (S, 2), from the first step to the step shown; the last moves have arrowheads."""
    last = len(points) - 1
    # Oldest first, so that the newest lines are on top; the lines share one entry of the legend.
    for start, end, width in reversed(WIDTHS):
        part = points[0 if end is None else max(0, last - end) : max(0, last - start + 1)]
        if len(part) > 1:
            x, y = part.T.tolist()
            look = {"name": f"path of {name}", "legendgroup": "path", "showlegend": start == 0, "hoverinfo": "skip"}
            head = {"symbol": "arrow", "angleref": "previous", "size": 11, "color": colour, "standoff": 4}
            look |= {"meta": MOMENT, "line": {"color": colour, "width": width}, "marker": head}
            yield scatter(x, y, "lines" if start else "lines+markers", **look)


def move_trace(before: np.ndarray, now: np.ndarray, name: str, colour: str) -> Trace:
    """An arrow from m or U before the edit to where it is now. Its label is a word, since a letter would look like an
    item of the window."""
    ends = np.array([before, now])
    labels = {"text": ["before", ""], "textfont": {"size": 12, "weight": 700}}
    look = {"name": f"{name} before the edit → now", "meta": MOMENT}
    return arrow(ends, colour, {"width": 2.5, "dash": "dot"}, ("x-open", 11), (13, 8)) | labels | look


def path_of(scene: Scene, space: str) -> PointPath | None:
    """Returns the path of m or of U; None where no point moves, or the history has fewer than two items. Cached,
    because every step of a user has the same path."""
    name = moving_point(scene.run, space)
    if not name or scene.user is None or len(scene.history) < 2:
        return None
    if name == "U":
        return cached_latest(scene.run, taste_path, scene.user, key=scene.user, most=32)
    history, config = scene.history.astype(np.int64), scene.moment.config
    return cached_latest(scene.run, intent_path, history, config, key=(scene.user, config), most=32)


def no_path(scene: Scene, space: str) -> str:
    """Why m or U has no path; empty where it has one."""
    name = moving_point(scene.run, space)
    if not name:
        return STAYS
    return NO_PATH.format(point=name) if path_of(scene, space) is None else ""


def path_on_map(scene: Scene, space: str, projection: str) -> PathOnMap | None:
    if scene.user is None or len(scene.history) < 2:
        return None
    run, history, points = scene.run, scene.history.astype(np.int64), None
    named, name = history, moving_point(run, space)
    if (path := path_of(scene, space)) is not None:
        named, about = path.nearest[:, 0], (space, projection, path.points)
        points = cached_latest(run, places, *about, key=(scene.user, space, projection, scene.moment.config), most=32)
    return PathOnMap(
        points=points,
        items=items_at(run, space, projection)[history],
        near=tuple(scene.title(item)[:TITLE] for item in named),
        about=f"{name} is nearest to" if name else "newest item",
        step=scene.step,
        letters=tuple(map(letter, range(run.model_config.window))),
        colours=tuple(map(item_colour, range(run.model_config.window))),
        whose=f"{run.fingerprint} {scene.who} {space} {projection}",
        mark=name or "m",
        name="m" if space == "short" else scene.who[:TITLE],
        colour=LONG if name == "U" else SHORT,
    )


def path_sentence(scene: Scene, space: str) -> str:
    """States how far the last step moved m or U, and how far an edit moved it."""
    path, name = path_of(scene, space), moving_point(scene.run, space)
    if path is None:
        return no_path(scene, space)
    row = scene.step - 1
    newest, near = (f"“{scene.title(item)}”" for item in (path.items[row], path.nearest[row, 0]))
    moves = f"In the actual history, after {scene.step} of {len(path.items)} items, {name} is nearest to {near}"
    if row:
        rank, count = int((path.moved[1:] > path.moved[row]).sum()) + 1, len(path.items) - 1
        moves += f"; {newest} moved it by {number(path.moved[row], 3)}, {largest(rank, count)}"
    return f"{moves}.{edit_sentence(scene, space)}"


def largest(place: int, count: int) -> str:
    """Returns the rank of a move in words: the largest, the 2nd largest, … the smallest of its 73 moves."""
    if count == 1:
        return "its only move"
    size = "largest" if place == 1 else "smallest" if place == count else f"{ordinal(place)} largest"
    return f"the {size} of its {count} moves"


def edit_sentence(scene: Scene, space: str) -> str:
    """States how far an edit or a what-if moved m or U; empty where it moved nothing."""
    if (ends := moved(scene, space)) is None:
        return ""
    change, table = ends[1] - ends[0], items_table(scene.run, space)
    old, new = (f"“{scene.title(int(nearest(table, end, 1)[0][0]))}”" for end in ends)
    route = f"from near {old} to near {new}" if old != new else f"and it stays nearest to {new}"
    cause = "The change" if scene.what_ifs else "The edit" if scene.edited else "The other window"
    name = moving_point(scene.run, space)
    return f" {cause} moved {name} by {number(float(np.linalg.norm(change)), 3)} from the baseline, {route}."


def path_table(scene: Scene, space: str) -> pd.DataFrame:
    """m or U at each step of the history, newest first: the new item, how far it moved the point, and the item nearest
    to it."""
    path, name = path_of(scene, space), moving_point(scene.run, space)
    assert path is not None
    steps = np.arange(len(path.items) - 1, -1, -1)
    columns = {
        "after": steps + 1,
        "new item": [scene.title(item) for item in path.items[steps]],
        f"moved {name} by": path.moved[steps].astype(float).round(4),
        f"{name} is nearest to": [scene.title(item) for item in path.nearest[steps, 0]],
        "at a squared distance of": path.distances[steps, 0].astype(float).round(4),
    }
    return pd.DataFrame(columns)
