"""A study as a picture: a dot and an interval a line, and the paper's figure beside it."""

from __future__ import annotations

import math

from attrec_core.runs.studies import Study
from attrec_core.views.does_it_hold.tables import NAMES, Row, rows_of
from attrec_core.views.drawing.plot import axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import SELECTED, SHORT, short_name

ROW, MARGIN = 34, (10, 16, 34, 46)
NAME = 44  # letters of a line's name


def height_of(count: int) -> int:
    return MARGIN[2] + MARGIN[3] + ROW * max(count, 2)


def dots(study: Study, metric: str) -> Figure:
    """The lines from top to bottom: systems by the metric, variants in their order."""
    rows = rows_of(study)
    if study.protocol.kind in ("table2", "auto"):
        rows.sort(key=lambda row: -row.cells[metric].mean)
    places = list(range(len(rows)))
    cells = [row.cells[metric] for row in rows]
    ends = [(cell.low, cell.high) if not math.isnan(cell.low) else (cell.mean, cell.mean) for cell in cells]
    ours = scatter(
        [cell.mean for cell in cells],
        places,
        "markers",
        name="mean of the seeds, 95\u00a0% interval",
        marker={"color": SHORT, "size": 11},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - cell.mean for cell, (_, high) in zip(cells, ends, strict=True)],
            "arrayminus": [cell.mean - low for cell, (low, _) in zip(cells, ends, strict=True)],
            "color": SHORT,
            "thickness": 2,
        },
    ) | hover([text_of(row, metric) for row in rows])
    known = [(row, place) for row, place in zip(rows, places, strict=True) if metric in row.paper]
    traces = [ours]
    if known:
        look = {"symbol": "diamond-open", "size": 12, "color": SELECTED, "line": {"width": 2}}
        texts = [f"the paper, {row.label}<br>{row.paper[metric]:.4f}" for row, _ in known]
        points = [row.paper[metric] for row, _ in known], [place for _, place in known]
        traces.append(scatter(*points, "markers", name="the paper", marker=look) | hover(texts))
    return figure(
        traces,
        height_of(len(rows)),
        MARGIN,
        legend=legend(),
        xaxis=axis(NAMES[metric], rangemode="tozero", fixedrange=True),
        yaxis=axis(
            tickmode="array",
            tickvals=places,
            ticktext=[short_name(row.label, NAME) for row in rows],
            range=[len(rows) - 0.5, -0.5],
            automargin=True,
            fixedrange=True,
        ),
    )


def text_of(row: Row, metric: str) -> str:
    """What hovering a dot says."""
    return f"{row.label}<br>{row.cells[metric].text}"
