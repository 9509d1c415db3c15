"""How distances split into short and long term."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attrec_core.explain.records import Ranking, SplitRow
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.drawing.spec import Figure, Trace, ground, packed
from attrec_core.views.drawing.theme import HATCH, LONG, QUIET, SELECTED, SHORT, TARGET, TOP, number, plain, short_title
from attrec_core.views.page_context import Scene

ROW_HEIGHT, MARGIN, SCATTER_HEIGHT = 30, 90, 420  # pixels
LETTER = 6  # pixels that a letter of a title takes, at most on average
BEYOND = 1.04  # how far an axis goes on behind the longest bar
LEGEND = {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0}


def stacked_parts(rows: Sequence[SplitRow], omega: float, beside: Sequence[SplitRow] = ()) -> Figure:
    """One bar an item, nearest on top: the weighted short part and, hatched, the weighted long part.

    beside: the rows of another such figure next to this one; equal lengths then are equal numbers in both.
    """
    labels = [label_of(row) for row in rows]
    # Two items may share a title, and Plotly would stack them into one bar: the place keeps them apart.
    places = list(range(len(rows)))
    shared = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "customdata": [row.item for row in rows],
        "hoverinfo": "text",
    }
    parts = (
        (f"short-term part, {number(1 - omega)} × ‖m − X‖²", [row.short for row in rows], SHORT, "", "#FFFFFF"),
        (f"long-term part, {number(omega)} × ‖U − V‖²", [row.long for row in rows], LONG, "/", "#1B2733"),
    )
    bars = [
        shared
        | {
            "x": values,
            "name": name,
            "hovertext": [
                f"{plain(row.title)}<br>{called}-term part {number(value, 4)}"
                for row, value in zip(rows, values, strict=True)
            ],
            "marker": {"color": colour, "pattern": HATCH | {"shape": pattern}},
            "text": [number(value, 3) for value in values],
            # Around the number, the bar's own colour: no line of the hatching crosses it.
            "insidetextfont": {"color": ink, "shadow": ", ".join([f"0 0 3px {colour}"] * 4)},
        }
        for called, (name, values, colour, pattern, ink) in zip(("short", "long"), parts, strict=True)
    ]
    layout = {
        "barmode": "stack",
        "bargap": 0.25,
        "height": height_of(rows),
        "margin": {"l": 10, "r": 10, "t": 44, "b": 46},
        "legend": LEGEND | {"xanchor": "left", "traceorder": "normal"},
        "xaxis": {"title": {"text": "distance (lower is better)"}, "rangemode": "tozero", "fixedrange": True},
        "yaxis": {
            "tickmode": "array",
            "tickvals": places,
            "ticktext": labels,
            "autorange": "reversed",
            "automargin": True,
            "fixedrange": True,
        },
    }
    if beside:
        both = [*rows, *beside]
        layout["xaxis"]["range"] = [0, BEYOND * max(row.short + row.long for row in both)]
        # Else each figure would take as much room for its titles as they need, and leave another width for the bars.
        layout["margin"]["l"] += LETTER * max(len(label_of(row)) for row in both)
        layout["yaxis"]["automargin"] = False
    return {"data": bars, "layout": layout}


def label_of(row: SplitRow) -> str:
    """Rank, title, and what is to be said of it."""
    rank = f"{row.rank:g}" if row.competes else "–"
    return f"{rank}  {short_title(row.title)}{f' ({row.mark})' if row.mark else ''}"


def height_of(rows: Sequence[SplitRow]) -> int:
    return MARGIN + ROW_HEIGHT * max(len(rows), 3)


def short_against_long(scene: Scene, top: np.ndarray) -> Figure:
    """Every item that competes by its two distances, and the line on which an item is as near as the last of the top.

    What ω and the selection change lies over the cloud, which stays as it is.
    """
    ranking, target, selected = scene.ranking, scene.target, scene.selected
    cloud = dots(scene, np.flatnonzero(ranking.candidates), "items that compete", QUIET, "circle", 6)
    cloud["type"] = "scattergl"
    layers: list[tuple[str, np.ndarray, str, str, int]] = [("top of the list", top, TOP, "diamond", 10)]
    layers += [("true next", np.array([target]), TARGET, "star", 15)] if target is not None else []
    layers += [("selected", np.array([selected]), SELECTED, "circle-open", 17)] if selected is not None else []
    over = [dots(scene, items, name, *look) for name, items, *look in layers]
    distance = {"rangemode": "tozero", "automargin": True}
    layout = {
        "height": SCATTER_HEIGHT,
        "margin": {"l": 10, "r": 10, "t": 44, "b": 46},
        "legend": LEGEND,
        "hovermode": "closest",
        "xaxis": distance | {"title": {"text": "short-term distance ‖m − X‖² (lower is better)"}},
        "yaxis": distance | {"title": {"text": "long-term distance ‖U − V‖² (lower is better)"}},
    }
    return {
        "data": [*over, *([level_line(ranking, top)] if len(top) else [])],
        "layout": layout,
        "ground": ground([cloud]),
    }


def dots(scene: Scene, items: np.ndarray, name: str, colour: str, symbol: str, size: int) -> Trace:
    titles = plain_titles(scene.run)
    return {
        "type": "scatter",
        "x": packed(scene.ranking.short[items]),
        "y": packed(scene.ranking.long[items]),
        "mode": "markers",
        "name": name,
        "marker": {"color": colour, "symbol": symbol, "size": size, "line": {"width": 2 if "open" in symbol else 0}},
        "customdata": items.tolist(),
        "hovertext": [titles[item] for item in items.tolist()],
        "hovertemplate": "%{hovertext}<br>short %{x:.3f}, long %{y:.3f}<extra></extra>",
    }


@cached
def plain_titles(run: Run) -> list[str]:
    return [plain(title) for title in run.interactions.titles]


def level_line(ranking: Ranking, top: np.ndarray) -> Trace:
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
    return {
        "type": "scatter",
        "x": ends[0],
        "y": ends[1],
        "mode": "lines",
        "name": f"as near as number {len(top)}",
        "line": {"dash": "dash", "width": 1.5, "color": TOP},
        "hoverinfo": "skip",
    }
