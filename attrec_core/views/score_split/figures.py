"""The figures of the page Score split: bars of two parts, and all candidates by their two distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attrec_core.errors import number, ordinal
from attrec_core.explain.ranking import Ranking
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import axis, bar, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import MOST_POINTS, Figure, Trace, ground, most_popular, packed
from attrec_core.views.drawing.theme import (
    HATCH,
    LONG,
    QUIET,
    SELECTED,
    SHORT,
    TARGET,
    TOP,
    escaped,
    row_height,
    wrapped_title,
)
from attrec_core.views.page_context import Scene
from attrec_core.views.score_split.words import SplitRow

HATCH_HALO = ", ".join([f"0 0 3px {LONG}"] * 4)
ROW_HEIGHT, MARGIN, SCATTER_HEIGHT = 34, 90, 420  # pixels
LETTER = 6  # pixels per letter of a title, at most on average
BEYOND = 1.04  # length of an axis as a multiple of its longest bar


def stacked_parts(rows: Sequence[SplitRow], omega: float, beside: Sequence[SplitRow] = ()) -> Figure:
    """One bar per item, nearest on top: the weighted short part and, hatched, the weighted long part.

    beside: the rows of another figure of this kind next to this one; both figures then have the same scale.
    """
    columns = list(range(len(rows)))  # two items may share a title, and Plotly would stack them into one bar
    across = axis("distance (lower is better)", rangemode="tozero", fixedrange=True)
    left = 10
    if beside:
        all_rows = [*rows, *beside]
        across["range"] = [0, BEYOND * max(row.value for row in all_rows)]
        # The same room for titles in both figures; else their bars would have different widths.
        left += LETTER * max(len(line) for row in all_rows for line in label_of(row).split("<br>"))
    titles = {"tickmode": "array", "tickvals": columns, "ticktext": [label_of(row) for row in rows]}
    short, long = f"short-term distance × {number(1 - omega)}", f"long-term distance × {number(omega)}"
    return figure(
        [
            part_bars(rows, "short", short, {"color": SHORT, "pattern": HATCH | {"shape": ""}}),
            part_bars(rows, "long", long, {"color": LONG, "pattern": HATCH}),
        ],
        height_of(rows),
        (left, 10, 44, 46),
        barmode="stack",
        bargap=0.25,
        legend=legend(xanchor="left", traceorder="normal"),
        xaxis=across,
        yaxis=axis(autorange="reversed", automargin=not beside, fixedrange=True) | titles,
    )


def part_bars(rows: Sequence[SplitRow], part: str, name: str, marker: dict[str, Any]) -> Trace:
    """The bars of one part of each distance. part: "short" or "long"."""
    values = [getattr(row, part) for row in rows]
    return bar(
        values,
        list(range(len(rows))),
        orientation="h",
        name=name,
        marker=marker,
        customdata=[row.item for row in rows],
        text=[number(value, 3) for value in values],
        textposition="inside",
        insidetextanchor="middle",
        constraintext="none",  # else the number shrinks in a low bar
        # A shadow in the colour of the bar, so that no line of the hatching crosses the number. plot.css outlines it.
        insidetextfont={"color": ink(marker["color"])} | ({"shadow": HATCH_HALO} if part == "long" else {}),
    ) | hover([f"{escaped(row.title)}<br>{part}-term part: {number(getattr(row, part), 4)}" for row in rows])


def label_of(row: SplitRow) -> str:
    """Returns the rank, the title and the mark of a row."""
    rank = ordinal(row.rank) if row.is_candidate else "–"
    return f"{rank}  {wrapped_title(row.title)}{f' ({row.mark})' if row.mark else ''}"


def height_of(rows: Sequence[SplitRow]) -> int:
    return MARGIN + row_height(ROW_HEIGHT, map(label_of, rows)) * max(len(rows), 3)


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
