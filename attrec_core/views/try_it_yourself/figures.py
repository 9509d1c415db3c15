"""A figure of the distances around a new user's point U, and its table."""

from __future__ import annotations

import pandas as pd

from attrec_core.errors import number
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import LONG, QUIET, TOP, item_colour, short_title
from attrec_core.views.page_context import Scene
from attrec_core.views.try_it_yourself.words import Landing

HEIGHT = 330


def distance_axis(scene: Scene, landing: Landing) -> Figure:
    """A figure along one axis of distance: the picks, the nearest other items and users, and a histogram of all
    items."""
    count = len(landing.picks)
    hues = [scene.hue(item) for item in landing.picks]
    colours = [item_colour(hue) for hue in hues]  # grey: not in the window
    # The picks alternate between three heights, because picks at the same distance would hide each other.
    order = sorted(range(count), key=landing.to_picks.__getitem__)
    heights = [2.0 + 0.7 * (order.index(pick) % 3) for pick in range(count)]
    numbers = {
        "mode": "markers+text",
        "text": [str(pick) for pick in range(1, count + 1)],
        "textfont": {"size": 12, "color": [ink(colour) for colour in colours]},
    }
    picks, items, users = named_distances(scene, landing)
    data = [
        histogram(landing),
        marks("your picks, by number", picks, heights, "square", 18, colours) | numbers,
        marks("nearest other items", items, [1.0] * len(items), "circle-open", 12, TOP),
        marks("nearest users", users, [0.0] * len(users), "star", 12, LONG),
    ]
    rows = {"tickvals": [2.7, 1, 0], "ticktext": ["picks", "items", "users"], "range": [-0.6, 4.0]}
    up = axis(domain=[0.44, 1], zeroline=False, fixedrange=True) | rows
    across = axis("squared distance to your point U (lower is better)", rangemode="tozero", anchor="y2")
    below = axis("items", domain=[0, 0.37], anchor="x", fixedrange=True)
    look = {"legend": legend(1.02), "hovermode": "closest", "bargap": 0.05}
    return figure(data, HEIGHT, (10, 10, 30, 46), xaxis=across, yaxis=up, yaxis2=below, **look)


def named_distances(scene: Scene, landing: Landing) -> tuple[list[tuple[str, float]], ...]:
    """Returns the picks, the nearest other items and the nearest users, each as (name, distance)."""
    picks = [(scene.title(item), distance) for item, distance in zip(landing.picks, landing.to_picks, strict=True)]
    items = [(scene.title(item), distance) for item, distance in landing.items]
    return picks, items, [(scene.run.interactions.user_ids[user], distance) for user, distance in landing.users]


def histogram(landing: Landing) -> Trace:
    return {
        "type": "histogram",
        "x": packed(landing.to_items),
        "nbinsx": 40,
        "name": f"all {len(landing.to_items):,} items",
        "marker": {"color": QUIET},
        "hovertemplate": "%{y} items at %{x}<extra></extra>",
        "yaxis": "y2",
    }


def marks(
    name: str, named: list[tuple[str, float]], heights: list[float], symbol: str, size: int, colour: str | list[str]
) -> Trace:
    """named: (name, distance) of each mark."""
    marker = {"symbol": symbol, "size": size, "color": colour, "line": {"width": 1, "color": QUIET}}
    texts = [f"{short_title(title, 80)}<br>{number(distance, 3)}" for title, distance in named]
    distances = [distance for _, distance in named]
    return scatter(distances, heights, "markers", name=name, marker=marker) | hover(texts)


def around_table(scene: Scene, landing: Landing) -> pd.DataFrame:
    """The picks, items and users around the new user's point, nearest first."""
    kinds = zip(("your pick", "item", "user"), named_distances(scene, landing), strict=True)
    rows = sorted(((kind, *row) for kind, group in kinds for row in group), key=lambda row: row[2])
    return pd.DataFrame(rows, columns=["kind", "name", "distance to you"]).round(4)
