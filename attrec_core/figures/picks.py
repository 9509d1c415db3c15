"""How far everything is from a new person's point."""

from __future__ import annotations

import plotly.graph_objects as go

from attrec_core.figures.theme import LONG, QUIET, TOP, item_colour, short_title
from attrec_core.results.picks import Landing
from attrec_core.scene import Scene

HEIGHT = 300
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def around(shown: Scene, found: Landing) -> go.Figure:
    """One axis of distance: how many items lie where, and on it the picks, the nearest other items and users."""
    figure = go.Figure()
    figure.add_histogram(
        x=found.to_items.astype(float).tolist(),
        nbinsx=40,
        name=f"all {len(found.to_items):,} items",
        marker={"color": QUIET},
        hovertemplate="%{y} items at %{x}<extra></extra>",
        yaxis="y2",
    )
    data = shown.run.interactions
    picks = [shown.title(item) for item in found.picks]
    numbers = [str(place) for place in range(1, len(picks) + 1)]
    colours = [item_colour(shown.hue(item)) for item in found.picks]
    add_row(figure, 2, "your picks, by number", list(found.to_picks), picks, "square", colours, numbers)
    items = [shown.title(item) for item, _ in found.items]
    add_row(figure, 1, "nearest other items", [away for _, away in found.items], items, "circle-open", TOP)
    users = [data.user_ids[user] for user, _ in found.users]
    add_row(figure, 0, "nearest users", [away for _, away in found.users], users, "star", LONG)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 10, "r": 10, "t": 30, "b": 46},
        legend=LEGEND,
        hovermode="closest",
        bargap=0.05,
        xaxis={"title": {"text": "squared distance to your point U (lower is better)"}, "rangemode": "tozero"},
        yaxis={
            "domain": [0.55, 1],
            "tickvals": [2, 1, 0],
            "ticktext": ["picks", "items", "users"],
            "range": [-0.6, 2.6],
            "zeroline": False,
            "fixedrange": True,
        },
        yaxis2={"domain": [0, 0.48], "title": {"text": "items"}, "anchor": "x", "fixedrange": True},
    )
    return figure


def add_row(
    figure: go.Figure,
    row: int,
    name: str,
    away: list[float],
    names: list[str],
    symbol: str,
    colour: str | list[str],
    texts: list[str] | None = None,
) -> None:
    figure.add_scatter(
        x=away,
        y=[row] * len(away),
        name=name,
        mode="markers+text" if texts else "markers",
        text=texts,
        textposition="top center",
        marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 1.5, "color": colour}},
        hovertext=[short_title(title, 80) for title in names],
        hovertemplate="%{hovertext}<br>%{x:.3f}<extra></extra>",
        showlegend=False,
    )
