"""The figures of the page Score split: bars of two parts, and all candidates by their two distances."""

from __future__ import annotations

import numpy as np

from attrec_core.errors import ordinal
from attrec_core.explain.ranking import Ranking
from attrec_core.views.drawing.plot import axis, figure, legend, scatter
from attrec_core.views.drawing.spec import MOST_POINTS, Figure, Trace, ground, most_popular, packed
from attrec_core.views.drawing.theme import (
    QUIET,
    SELECTED,
    TARGET,
    TOP,
    escaped,
)
from attrec_core.views.page_context import Scene

SCATTER_HEIGHT = 420  # pixels


def short_against_long(scene: Scene, top: np.ndarray) -> Figure:
    """Candidates by their two distances, and the line of equal total distance through the last item of `top`.

    Everything that ω and the selection change is drawn over the cloud of candidates, which does not change.
    """
    candidates = most_popular(np.flatnonzero(scene.ranking.candidates), scene.run.popularity, MOST_POINTS)
    cloud = dots(scene, candidates, "candidates", QUIET, "circle", 6)
    data = [dots(scene, top, f"top {len(top)}", TOP, "diamond", 10)]
    if scene.target is not None:
        data.append(dots(scene, np.array([scene.target]), "next item (actual)", TARGET, "star", 15))
    if scene.selected is not None:
        data.append(dots(scene, np.array([scene.selected]), "selected", SELECTED, "circle-open", 17))
    if len(top):
        data.append(level_line(scene.ranking, top))
    distance = {"rangemode": "tozero", "automargin": True}
    drawn = figure(
        data,
        SCATTER_HEIGHT,
        (10, 10, 44, 46),
        legend=legend(),
        hovermode="closest",
        xaxis=axis("short-term distance (lower is better)", **distance),
        yaxis=axis("long-term distance (lower is better)", **distance),
    )
    drawn["ground"] = ground([cloud])
    return drawn


def dots(scene: Scene, items: np.ndarray, name: str, colour: str, symbol: str, size: int) -> Trace:
    ranking = scene.ranking
    assert ranking.long is not None  # without a taste, this figure is not drawn
    return scatter(
        packed(ranking.short[items]),
        packed(ranking.long[items]),
        "markers",
        name=name,
        marker={"color": colour, "symbol": symbol, "size": size, "line": {"width": 2 if "open" in symbol else 0}},
        customdata=items.tolist(),
        hovertext=[escaped(scene.title(item)) for item in items.tolist()],
        hovertemplate="%{hovertext}<br>short %{x:.3f}, long %{y:.3f}<extra></extra>",
    )


def level_line(ranking: Ranking, top: np.ndarray) -> Trace:
    """All points with the blended distance of the last item of `top`; the list is left of the line and below it."""
    omega, level = ranking.long_weight, float(ranking.blended[top[-1]])
    assert ranking.long is not None
    widest, tallest = float(ranking.short.max()), float(ranking.long.max())
    if omega == 0:
        ends = ([level, level], [0, tallest])
    elif omega == 1:
        ends = ([0, widest], [level, level])
    else:
        # The line begins at the axis, or where it enters the visible area.
        low = max(0.0, (level - omega * tallest) / (1 - omega))
        high = min(widest, level / (1 - omega))
        ends = ([low, high], [(level - (1 - omega) * x) / omega for x in (low, high)])
    look = {"line": {"dash": "dash", "width": 1.5, "color": TOP}, "hoverinfo": "skip"}
    return scatter(*ends, "lines", name=f"same distance as {ordinal(len(top))}", **look)
