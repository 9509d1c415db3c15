"""The window, and m with it, on a map while it slides along the history: coordinates, sentence, traces and frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from attrec_core.errors import number, ordinal
from attrec_core.explain import maps
from attrec_core.explain.neighbours import IntentPath, intent_path, nearest
from attrec_core.explain.wording import letter
from attrec_core.runs.cached_on_owner import cached_latest
from attrec_core.views.drawing.plot import arrow, scatter
from attrec_core.views.drawing.spec import Trace
from attrec_core.views.drawing.theme import SHORT, item_colour
from attrec_core.views.metric_space.coordinates import items_at, layout
from attrec_core.views.metric_space.records import MOMENT, PathOnMap
from attrec_core.views.page_context import Scene

# Steps back from the present and the width of the line there: older is thinner, never fainter, or it would vanish.
WIDTHS = ((0, 3, 3.5), (3, 6, 2.5), (6, 12, 1.5), (12, None, 0.8))
TITLE = 80  # characters of a title that travel with each frame


def path_traces(intents: np.ndarray) -> Iterator[Trace]:
    """m (S, 2) from the first step to the one that is shown; arrowheads on the last moves."""
    last = len(intents) - 1
    # Oldest first, so that the newest lie on top; one entry of the legend stands for all.
    for start, end, width in reversed(WIDTHS):
        part = intents[0 if end is None else max(0, last - end) : max(0, last - start + 1)]
        if len(part) > 1:
            x, y = part.T.tolist()
            yield scatter(
                x,
                y,
                "lines" if start else "lines+markers",
                name="path of m",
                legendgroup="path",
                showlegend=start == 0,
                hoverinfo="skip",
                meta=MOMENT,
                line={"color": SHORT, "width": width},
                marker={"symbol": "arrow", "angleref": "previous", "size": 11, "color": SHORT, "standoff": 4},
            )


def move_trace(before: np.ndarray, now: np.ndarray) -> Trace:
    """The arrow from m before the edit to m. Letters would be taken for items of the window."""
    ends = np.array([before, now])
    labels = {"text": ["before", ""], "textfont": {"size": 12, "weight": 700}}
    named = {"name": "m before the edit → now", "meta": MOMENT}
    return arrow(ends, SHORT, {"width": 2.5, "dash": "dot"}, ("x-open", 11), (13, 8)) | labels | named


def path_of(scene: Scene) -> IntentPath | None:
    """None without a history of two items. Cached: it is the same at every step of one user."""
    if scene.user is None or len(scene.history) < 2:
        return None
    history, config = scene.history.astype(np.int64), scene.moment.config
    return cached_latest(scene.run, intent_path, history, config, key=(scene.user, config), most=32)


def path_on_map(scene: Scene, space: str, projection: str) -> PathOnMap | None:
    if scene.user is None or len(scene.history) < 2:
        return None
    items, length = items_at(scene.run, space, projection), scene.run.model_config.window
    came, intents = scene.history.astype(np.int64), None
    named = came
    if space == "short" and scene.run.explains and (path := path_of(scene)) is not None:
        pca, named = projection == "pca", path.nearest[:, 0]
        intents = (
            maps.stored_pca(layout(scene.run), space).place(path.intents) if pca else maps.medoids(path.nearest, items)
        )
    return PathOnMap(
        intents=intents,
        items=items[came],
        near=tuple(scene.title(item)[:TITLE] for item in named),
        about="newest item" if intents is None else "m is nearest to",
        step=scene.step,
        letters=tuple(map(letter, range(length))),
        colours=tuple(map(item_colour, range(length))),
        whose=f"{scene.run.fingerprint} {scene.who} {space} {projection}",
    )


def path_sentence(scene: Scene) -> str:
    """How far the last step moved m, and how far an edit does."""
    path = path_of(scene)
    if path is None:
        return "There is no history to play, so m has no path."
    at = scene.step - 1
    came, near = (f"“{scene.title(item)}”" for item in (path.items[at], path.nearest[at, 0]))
    moves = f"In the actual history, after {scene.step} of {len(path.items)} items, m is nearest to {near}"
    if at:
        place, count = int((path.moved[1:] > path.moved[at]).sum()) + 1, len(path.items) - 1
        moves += f"; {came} moved it by {number(path.moved[at], 3)}, {largest(place, count)} of its {count} moves"
    return f"{moves}.{edit_sentence(scene)}"


def largest(place: int, count: int) -> str:
    """The largest, the 2nd largest, … the smallest."""
    if place == count > 1:
        return "the smallest"
    return "the largest" if place == 1 else f"the {ordinal(place)} largest"


def edit_sentence(scene: Scene) -> str:
    """How far an edit or a what-if moved m; empty without one."""
    before = scene.compared
    if before is None:
        return ""
    change = scene.trace.intent - before.trace.intent
    table = scene.run.weights["item_short"]
    near = (nearest(table, moment.trace.intent, 1)[0] for moment in (before, scene.moment))
    old, new = (f"“{scene.title(int(rows[0]))}”" for rows in near)
    where = f"from near {old} to near {new}" if old != new else f"and it stays nearest to {new}"
    what = "The edit" if not scene.what_ifs else "The change"
    return f" {what} moved m by {number(float(change @ change), 3)} from the baseline, {where}."
