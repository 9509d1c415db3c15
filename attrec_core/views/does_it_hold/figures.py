"""A study as a picture: a dot and an interval for each line, with the paper's figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from attrec_core.config import METRICS
from attrec_core.runs.protocol import RACED
from attrec_core.runs.studies import Study
from attrec_core.views.does_it_hold.tables import TableCell, TableRow, rows_of
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
    layout: dict[str, Any] = {"xaxis": axis(METRICS[metric], rangemode=start, fixedrange=True)}
    traces = ours_and_papers(rows, metric)
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


def ours_and_papers(rows: Sequence[TableRow], metric: str, values: Sequence[float] = ()) -> list[Trace]:
    """Our figures with their intervals, and the paper's: of lines below each other, or by the values of a setting."""

    def trace(figures: Mapping[int, float], texts: list[str], **look: Any) -> Trace:
        points = [values[k] if values else k for k in figures], list(figures.values())
        x, y = points if values else points[::-1]
        return scatter(x, y, "lines+markers" if values else "markers", **look) | hover(texts)

    cells = [row.cells[metric] for row in rows]
    interval = "" if values or any(math.isnan(cell.low) for cell in cells) else ", 95\u00a0% interval"
    ours = {"marker": {"color": SHORT, "size": 9 if values else 11}, "error_y" if values else "error_x": bars(cells)}
    papers: dict[str, Any] = {"marker": PAPER}
    if values:
        ours |= {"line": {"color": SHORT, "width": 1}}
        papers |= {"line": {"color": SELECTED, "width": 1, "dash": "dot"}}
    texts = [f"{row.label}<br>{row.cells[metric].text}" for row in rows]
    traces = [trace({k: cell.mean for k, cell in enumerate(cells)}, texts, name=f"mean of the seeds{interval}", **ours)]
    if reported := {k: row.paper[metric] for k, row in enumerate(rows) if metric in row.paper}:
        digits = 3 if values else 4
        texts = [f"the paper, {rows[k].label}<br>{value:.{digits}f}" for k, value in reported.items()]
        traces.append(trace(reported, texts, name="the paper", **papers))
    return traces


def panel(study: Study, metric: str, seen: str = "out") -> Figure:
    """A small multiple: one line per part of AttRec, or a setting from left to right."""
    rows = rows_of(study, seen)
    paper = [row.paper[metric] for row in rows if metric in row.paper]
    values_range = span([*paper, *(end for row in rows for end in ends(row.cells[metric]))])
    if study.protocol.kind not in SYMBOLS:
        across = axis(METRICS[metric], range=values_range, fixedrange=True, nticks=5)
        height, names = height_of(len(rows)), lines(rows, SHORT_NAME)
        return figure(ours_and_papers(rows, metric), height, MARGIN, legend=legend(), xaxis=across, yaxis=names)
    values = [float(row.key.partition("-")[2]) for row in rows]
    across = axis(SYMBOLS[study.protocol.kind], fixedrange=True, tickmode="array", tickvals=values)
    up = axis(METRICS[metric], range=values_range, fixedrange=True, automargin=True)
    return figure(ours_and_papers(rows, metric, values), PANEL, MARGIN, legend=legend(), xaxis=across, yaxis=up)


def lines(rows: Sequence[TableRow], room: int) -> dict[str, Any]:
    """A vertical axis with a name per line, in `room` pixels, the first on top; AttRec among systems is in bold."""
    names = [wrapped_title(row.label, room) for row in rows]
    return rows_axis([f"<b>{name}</b>" if row.key in OWN else name for row, name in zip(rows, names, strict=True)])


def rows_axis(names: Sequence[str]) -> dict[str, Any]:
    """A vertical axis with these names below each other, which are escaped already."""
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": names}
    return axis(**ticks, range=[len(names) - 0.5, -0.5], automargin=True, fixedrange=True)


def bars(cells: Sequence[TableCell], colour: str = SHORT) -> dict[str, Any]:
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
    """The range of an axis of a metric, from 0 to 1; at least LEAST wide, so that equal values are one point."""
    room = max(0.08 * (max(values) - min(values)), (LEAST - max(values) + min(values)) / 2)
    return [max(-0.004, min(values) - room), min(1.004, max(values) + room)]
