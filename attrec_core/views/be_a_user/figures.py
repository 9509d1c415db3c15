"""The distances around a new user's point U: one figure and its table."""

from __future__ import annotations

import pandas as pd

from attrec_core.views.be_a_user.words import Landing
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import LONG, QUIET, TOP, item_colour, number, short_title
from attrec_core.views.page_context import Scene

HEIGHT = 330
UNSEEN = "#8A8A8A"  # a pick that is not in the window
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def around(shown: Scene, found: Landing) -> Figure:
    """One axis of distance: how many items lie where, and on it the picks, the nearest other items and users."""
    data = shown.run.interactions
    picks = [shown.title(item) for item in found.picks]
    numbers = [str(place) for place in range(1, len(picks) + 1)]
    hues = [shown.hue(item) for item in found.picks]
    colours = [UNSEEN if hue is None else item_colour(hue) for hue in hues]
    # In three lines in turn: picks at the same distance would hide each other.
    order = sorted(range(len(picks)), key=found.to_picks.__getitem__)
    rows = [2.0 + 0.7 * (order.index(place) % 3) for place in range(len(picks))]
    items = [shown.title(item) for item, _ in found.items]
    users = [data.user_ids[user] for user, _ in found.users]
    to_items, to_users = ([away for _, away in some] for some in (found.items, found.users))
    traces = [
        histogram(found),
        row(rows, "your picks, by number", list(found.to_picks), picks, "square", colours, numbers),
        row([1.0] * len(items), "nearest other items", to_items, items, "circle-open", TOP),
        row([0.0] * len(users), "nearest users", to_users, users, "star", LONG),
    ]
    layout = {
        "height": HEIGHT,
        "margin": {"l": 10, "r": 10, "t": 30, "b": 46},
        "legend": LEGEND,
        "hovermode": "closest",
        "bargap": 0.05,
        "xaxis": {
            "title": {"text": "squared distance to your point U (lower is better)"},
            "rangemode": "tozero",
            "anchor": "y2",
        },
        "yaxis": {
            "domain": [0.44, 1],
            "tickvals": [2.7, 1, 0],
            "ticktext": ["picks", "items", "users"],
            "range": [-0.6, 4.0],
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis2": {"domain": [0, 0.37], "title": {"text": "items"}, "anchor": "x", "fixedrange": True},
    }
    return {"data": traces, "layout": layout}


def histogram(found: Landing) -> Trace:
    return {
        "type": "histogram",
        "x": packed(found.to_items),
        "nbinsx": 40,
        "name": f"all {len(found.to_items):,} items",
        "marker": {"color": QUIET},
        "hovertemplate": "%{y} items at %{x}<extra></extra>",
        "yaxis": "y2",
    }


def row(
    rows: list[float],
    name: str,
    away: list[float],
    names: list[str],
    symbol: str,
    colour: str | list[str],
    texts: list[str] | None = None,
) -> Trace:
    written = {"text": texts, "textfont": {"size": 11, "color": [ink(one) for one in colour]}} if texts else {}
    return written | {
        "type": "scatter",
        "x": away,
        "y": rows,
        "name": name,
        "mode": "markers+text" if texts else "markers",
        "marker": {
            "symbol": symbol,
            "size": 18 if texts else 12,
            "color": colour,
            "line": {"width": 1, "color": colour},
        },
        "hovertext": [f"{short_title(title, 80)}<br>{number(x, 3)}" for title, x in zip(names, away, strict=True)],
        "hoverinfo": "text",
        "showlegend": False,
    }


def around_table(shown: Scene, found: Landing) -> pd.DataFrame:
    rows = [("your pick", shown.title(item), away) for item, away in zip(found.picks, found.to_picks, strict=True)]
    rows += [("item", shown.title(item), away) for item, away in found.items]
    rows += [("user", shown.run.interactions.user_ids[user], away) for user, away in found.users]
    rows.sort(key=lambda row: row[2])
    return pd.DataFrame(
        {
            "what": [row[0] for row in rows],
            "name": [row[1] for row in rows],
            "distance to you": [round(row[2], 4) for row in rows],
        }
    )
