"""A study as a picture: a dot and an interval for each line, with the paper's figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from attrec_core.runs.protocol import RACED
from attrec_core.runs.studies import Study
from attrec_core.views.does_it_hold.tables import NAMES, TableCell, TableRow, rows_of
from attrec_core.views.does_it_hold.words import OWN
from attrec_core.views.drawing.plot import axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import COUNT, SELECTED, SHORT, row_height, wrapped_title

ROW, MARGIN = 34, (10, 16, 34, 46)
NAME, SHORT_NAME, PHONE_NAME = 230, 170, 124  # pixels for the name of a line; in a small multiple; on a phone
LEAST = 0.02  # the narrowest range of an axis
PANEL = 260  # height of a small multiple in pixels
SYMBOLS = {"omega": "ω", "window": "window L", "dim": "dimensions d"}
BEYOND = {"coverage": "share of the catalogue in a top 10", "popularity": "popularity of the top 10"}
LEFT, RIGHT = [0, 0.66], [0.74, 1]  # shares of the width: the metric, and the plot beside it
PAPER = {"symbol": "diamond-open", "size": 12, "color": SELECTED, "line": {"width": 2}}


def height_of(count: int, row: int = ROW) -> int:
    return MARGIN[2] + MARGIN[3] + row * max(count, 2)


def dots(study: Study, metric: str, seen: str = "out", beyond: str | None = None, room: int = 0) -> Figure:
    """The lines from top to bottom: systems sorted by the metric, variants in their order. beyond: a key of BEYOND,
    shown in a second plot of the same lines. room: for how many lines there is room at least."""
    rows = rows_of(study, seen)
    if study.protocol.kind in RACED:
        rows = sorted(rows, key=lambda row: -row.cells[metric].mean)
    # Systems are far apart, variants of AttRec are not: on an axis from 0 their dots would be in one column.
    start = "tozero" if study.protocol.kind in RACED else "normal"
    layout: dict[str, Any] = {"xaxis": axis(NAMES[metric], rangemode=start, fixedrange=True)}
    traces = dots_and_intervals(rows, metric)
    if beyond is not None:
        values = [getattr(row, beyond) for row in rows]
        texts = [f"{row.label}<br>{BEYOND[beyond]}: {value:.3f}" for row, value in zip(rows, values, strict=True)]
        look = {"marker": {"color": COUNT, "size": 10, "symbol": "square"}, "xaxis": "x2", "name": beyond}
        traces.append(scatter(values, list(range(len(rows))), "markers", **look) | hover(texts))
        layout["xaxis"] |= {"domain": LEFT}
        layout["xaxis2"] = axis(beyond, domain=RIGHT, range=[-0.05, 1.05], fixedrange=True, nticks=4)
    count = max(len(rows), room)
    drawn = figure(traces, height_of(count), MARGIN, legend=legend(), yaxis=lines(rows, NAME), **layout)
    names = lines(rows, PHONE_NAME)
    height = height_of(count, row_height(ROW, names["ticktext"]))
    drawn["phone"] = {"height": height, "replaces": 0, "data": [], "layout": {"yaxis": names}}
    return drawn


def dots_and_intervals(rows: Sequence[TableRow], metric: str) -> list[Trace]:
    """A dot and an interval for each line, and the paper's diamonds."""
    positions, cells = list(range(len(rows))), [row.cells[metric] for row in rows]
    marker = {"color": SHORT, "size": 11}
    interval = "" if any(math.isnan(cell.low) for cell in cells) else ", 95\u00a0% interval"
    look = {"name": f"mean of the seeds{interval}", "marker": marker, "error_x": bars(cells)}
    texts = [text_of(row, metric) for row in rows]
    traces = [scatter([cell.mean for cell in cells], positions, "markers", **look) | hover(texts)]
    reported = [(row, position) for row, position in zip(rows, positions, strict=True) if metric in row.paper]
    if reported:
        texts = [f"the paper, {row.label}<br>{row.paper[metric]:.4f}" for row, _ in reported]
        points = [row.paper[metric] for row, _ in reported], [position for _, position in reported]
        traces.append(scatter(*points, "markers", name="the paper", marker=PAPER) | hover(texts))
    return traces


def panel(study: Study, metric: str, seen: str = "out") -> Figure:
    """A small multiple: one line per part of AttRec, or a setting from left to right."""
    rows = rows_of(study, seen)
    cells = [row.cells[metric] for row in rows]
    paper = [row.paper[metric] for row in rows if metric in row.paper]
    values_range = span([*paper, *(end for cell in cells for end in ends(cell))])
    if study.protocol.kind == "ablation":
        names = lines(rows, SHORT_NAME)
        across = axis(NAMES[metric], range=values_range, fixedrange=True, nticks=5)
        dots, height = dots_and_intervals(rows, metric), height_of(len(rows))
        return figure(dots, height, MARGIN, legend=legend(), xaxis=across, yaxis=names)
    values = [float(row.key.partition("-")[2]) for row in rows]
    look = {"marker": {"color": SHORT, "size": 9}, "line": {"color": SHORT, "width": 1}, "error_y": bars(cells)}
    texts = [text_of(row, metric) for row in rows]
    ours = scatter(values, [cell.mean for cell in cells], "lines+markers", name="mean of the seeds", **look)
    traces = [ours | hover(texts)]
    reported = [(value, row) for value, row in zip(values, rows, strict=True) if metric in row.paper]
    if reported:
        texts = [f"the paper, {row.label}<br>{row.paper[metric]:.3f}" for _, row in reported]
        look = {"marker": PAPER, "line": {"color": SELECTED, "width": 1, "dash": "dot"}}
        points = [value for value, _ in reported], [row.paper[metric] for _, row in reported]
        traces.append(scatter(*points, "lines+markers", name="the paper", **look) | hover(texts))
    across = axis(SYMBOLS[study.protocol.kind], fixedrange=True, tickmode="array", tickvals=values)
    up = axis(NAMES[metric], range=values_range, fixedrange=True, automargin=True)
    return figure(traces, PANEL, MARGIN, legend=legend(), xaxis=across, yaxis=up)


def lines(rows: Sequence[TableRow], room: int) -> dict[str, Any]:
    """A vertical axis with one name per line, the first on top, AttRec among other systems in bold. room: pixels in
    which a name wraps."""
    names = [wrapped_title(row.label, room) for row in rows]
    names = [f"<b>{name}</b>" if row.key in OWN else name for row, name in zip(rows, names, strict=True)]
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": names}
    return axis(**ticks, range=[len(names) - 0.5, -0.5], automargin=True, fixedrange=True)


def bars(cells: Sequence[TableCell], colour: str = SHORT) -> dict[str, Any]:
    """The intervals around the means, as Plotly's error bars."""
    intervals = [ends(cell) for cell in cells]
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - cell.mean for cell, (_, high) in zip(cells, intervals, strict=True)],
        "arrayminus": [cell.mean - low for cell, (low, _) in zip(cells, intervals, strict=True)],
        "color": colour,
        "thickness": 2,
    }


def ends(cell: TableCell) -> tuple[float, float]:
    """The ends of the interval; the mean itself if no interval is stored."""
    return (cell.mean, cell.mean) if math.isnan(cell.low) else (cell.low, cell.high)


def span(values: Sequence[float]) -> list[float]:
    """The range of an axis of a metric, which is from 0 to 1; not narrower than LEAST, so that equal values are one
    point of it."""
    room = max(0.08 * (max(values) - min(values)), (LEAST - max(values) + min(values)) / 2)
    return [max(-0.004, min(values) - room), min(1.004, max(values) + room)]


def text_of(row: TableRow, metric: str) -> str:
    """The text of a dot on hover."""
    return f"{row.label}<br>{row.cells[metric].text}"
