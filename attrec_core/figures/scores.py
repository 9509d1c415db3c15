"""How distances split into short and long term."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from attrec_core.figures.theme import LONG, QUIET, SELECTED, SHORT, TARGET, TOP, number, plain, short_title
from attrec_core.results import Ranking, SplitRow
from attrec_core.scene import Scene

ROW_HEIGHT, MARGIN, SCATTER_HEIGHT = 30, 90, 420  # pixels
HATCH = {"fillmode": "overlay", "fgcolor": "#FFFFFF", "fgopacity": 0.45, "size": 7, "solidity": 0.25}


def stacked_parts(rows: Sequence[SplitRow], omega: float) -> go.Figure:
    """One bar an item, nearest on top: the weighted short part and, hatched, the weighted long part."""
    ranks = [f"{row.rank:g}" if row.competes else "–" for row in rows]
    marks = [f" ({row.mark})" if row.mark else "" for row in rows]
    labels = [f"{rank}  {short_title(row.title)}{mark}" for rank, row, mark in zip(ranks, rows, marks, strict=True)]
    # Two items may share a title, and Plotly would stack them into one bar: the place keeps them apart.
    places = list(range(len(rows)))
    figure = go.Figure()
    for name, values, colour, pattern, ink in (
        (f"short-term part, {1 - omega:.2f} × ‖m − X‖²", [row.short for row in rows], SHORT, "", "#FFFFFF"),
        (f"long-term part, {omega:.2f} × ‖U − V‖²", [row.long for row in rows], LONG, "/", "#1B2733"),
    ):
        figure.add_bar(
            y=places,
            x=values,
            orientation="h",
            name=name,
            marker={"color": colour, "pattern": HATCH | {"shape": pattern}},
            text=[number(value, 3) for value in values],
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont={"color": ink},
            customdata=[row.item for row in rows],
            hovertext=[plain(row.title) for row in rows],
            hovertemplate="%{hovertext}<br>%{x:.4f}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        bargap=0.25,
        height=height_of(rows),
        margin={"l": 10, "r": 10, "t": 44, "b": 46},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0, "xanchor": "left", "traceorder": "normal"},
        xaxis={"title": "distance (lower is better)", "rangemode": "tozero", "fixedrange": True},
        yaxis={
            "tickmode": "array",
            "tickvals": places,
            "ticktext": labels,
            "autorange": "reversed",
            "automargin": True,
            "fixedrange": True,
        },
    )
    return figure


def height_of(rows: Sequence[SplitRow]) -> int:
    return MARGIN + ROW_HEIGHT * max(len(rows), 3)


def short_against_long(scene: Scene, top: np.ndarray) -> go.Figure:
    """Every item by its two distances, and the line on which an item is as near as the last of the top."""
    ranking, target, selected = scene.ranking, scene.target, scene.selected
    shown = np.flatnonzero(ranking.candidates)
    rest = np.setdiff1d(shown, top)
    figure = go.Figure()
    layers: list[tuple[str, np.ndarray, str, str, int]] = [
        ("other items", rest, QUIET, "circle", 6),
        ("top of the list", top, TOP, "diamond", 10),
    ]
    layers += [("true next", np.array([target]), TARGET, "star", 15)] if target is not None else []
    layers += [("selected", np.array([selected]), SELECTED, "circle-open", 17)] if selected is not None else []
    for name, items, colour, symbol, size in layers:
        figure.add_scatter(
            x=ranking.short[items].tolist(),
            y=ranking.long[items].tolist(),
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": size, "line": {"width": 2 if "open" in symbol else 0}},
            customdata=items.tolist(),
            hovertext=[plain(scene.title(item)) for item in items],
            hovertemplate="%{hovertext}<br>short %{x:.3f}, long %{y:.3f}<extra></extra>",
        )
    if len(top):
        add_level_line(figure, ranking, top)
    figure.update_layout(
        height=SCATTER_HEIGHT,
        margin={"l": 10, "r": 10, "t": 44, "b": 46},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        xaxis={"title": "short-term distance ‖m − X‖² (lower is better)", "rangemode": "tozero", "automargin": True},
        yaxis={"title": "long-term distance ‖U − V‖² (lower is better)", "rangemode": "tozero", "automargin": True},
    )
    return figure


def add_level_line(figure: go.Figure, ranking: Ranking, top: np.ndarray) -> None:
    """All points with the blended distance of the last of `top`: left of and below it lies the list."""
    omega, level = ranking.long_weight, float(ranking.blended[top[-1]])
    widest, tallest = float(ranking.short.max()), float(ranking.long.max())
    if omega == 0:
        ends = ([level, level], [0, tallest])
    elif omega == 1:
        ends = ([0, widest], [level, level])
    else:
        # From the axis, or from where the line enters the drawn box.
        low = max(0.0, (level - omega * tallest) / (1 - omega))
        high = min(widest, level / (1 - omega))
        ends = ([low, high], [(level - (1 - omega) * x) / omega for x in (low, high)])
    figure.add_scatter(
        x=ends[0],
        y=ends[1],
        mode="lines",
        name=f"as near as number {len(top)}",
        line={"dash": "dash", "width": 1.5, "color": TOP},
        hoverinfo="skip",
    )
