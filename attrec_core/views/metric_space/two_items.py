"""How near a user can be to two items: record, sentences, figure and table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from attrec_core.errors import number
from attrec_core.explain.two_items import TwoItems, farthest_pair, two_items
from attrec_core.runs.cached_on_owner import cached_latest
from attrec_core.views.drawing.plot import CALM, axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace, most_popular, packed
from attrec_core.views.drawing.theme import LONG, QUIET, TOP, escaped, short_title
from attrec_core.views.page_context import Scene

HEIGHT = 440
DRAWN = 1500  # items of a large catalogue, the most popular ones
LISTED = 10
SHADE = "rgba(204,121,167,0.16)"  # TOP, faint
NO_PAIR = "This needs two items at different points of the user space."
LIMIT = "P, {p}, and Q, {q}, are {apart} apart: no point is nearer than {half} to both."
NEAREST = "Of the other items, {item} is nearest to u, the point between them: {p} from P and {q} from Q."
OWN = "{who} is {p} from P and {q} from Q."
PRODUCT = "A dot product has no such limit: it grows with the length of a vector."
LONGER = (
    " {times:,} times as long as u, a vector scores {p} with P and {q} with Q; with itself, each scores at most {own}."
)


def pair(scene: Scene) -> tuple[int, int] | None:
    """Returns P and Q: as in the view, else the two items of the history, or of the window, that are farthest apart;
    None where all are at one point."""
    items = scene.history if len(scene.history) else scene.window
    if scene.view.apart is not None:
        items = np.array([scene.run.item_index[item] for item in scene.view.apart])
    return farthest_pair(scene.run, items)


def no_pair(scene: Scene) -> str:
    return NO_PAIR if pair(scene) is None else ""


def record(scene: Scene) -> TwoItems:
    ends, taste = pair(scene), scene.moment.taste
    assert ends is not None
    share = 0.5 if scene.view.between is None else scene.view.between / 100
    key = (ends, share, None if taste is None else taste.tobytes())
    return cached_latest(scene.run, two_items, ends, share, taste, key=key, most=2)


def nearest_sentence(scene: Scene, record: TwoItems) -> str:
    """States the distances of the item nearest to u and of the user to P and to Q."""
    sentences, item = [], int(record.to_u.argmin())
    if item not in record.pair:
        p, q = (number(float(distances[item])) for distances in (record.to_p, record.to_q))
        sentences.append(NEAREST.format(item=f"“{scene.title(item)}”", p=p, q=q))
    if record.taste is not None:
        p, q = map(number, record.taste)
        sentences.append(OWN.format(who="Your point" if len(scene.likes) else scene.point_name, p=p, q=q))
    return " ".join(sentences)


def product_sentence(record: TwoItems) -> str:
    """States how long a vector is near both by dot product."""
    if (times := record.longer) is None:
        return PRODUCT
    p, q = (number(times * product) for product in record.products)
    return PRODUCT + LONGER.format(times=times, p=p, q=q, own=number(record.own))


def sentence(scene: Scene, record: TwoItems) -> str:
    p, q = (f"“{scene.title(item)}”" for item in record.pair)
    limit = LIMIT.format(p=p, q=q, apart=number(record.apart), half=number(record.apart / 2))
    return " ".join([limit, nearest_sentence(scene, record), product_sentence(record)])


def draw(scene: Scene, record: TwoItems) -> Figure:
    """Every item by its distances to P and to Q. In the shaded corner is nothing: the triangle inequality."""
    end = record.apart
    corner = {"fill": "toself", "fillcolor": SHADE, "line": {"width": 1.5, "color": TOP, "dash": "dash"}}
    rows = np.setdiff1d(most_popular(np.arange(len(record.to_p)), scene.run.popularity, DRAWN), record.pair)
    shown = [*rows.tolist(), *record.pair]
    data = [
        scatter([0, end, 0, 0], [0, 0, end, 0], "lines", name="no point can be here", hoverinfo="skip", **corner),
        scatter(packed(record.to_p[shown]), packed(record.to_q[shown]), "markers", name="items")
        | {"marker": {"size": 6, "color": QUIET}, "customdata": [scene.item_id(item) for item in shown]}
        | hover([escaped(scene.title(item)) for item in shown]),
        mark("P and Q", [0, end], [end, 0], ["P", "Q"], {"symbol": "square", "color": CALM, "size": 12}),
        mark("u, between them", [record.u[0]], [record.u[1]], ["u"], {"symbol": "circle", "color": LONG, "size": 12}),
    ]
    if record.taste is not None:
        star = {"symbol": "hexagram", "color": LONG, "size": 18}
        data.append(mark(short_title(scene.point_name), [record.taste[0]], [record.taste[1]], [""], star))
    most = 1.08 * float(max(record.to_p[shown].max(), record.to_q[shown].max()))
    square = {"range": [-0.08 * most, most], "constrain": "domain"}
    axes = {"xaxis": axis("distance to P", **square), "yaxis": axis("distance to Q", scaleanchor="x", **square)}
    look = {"dragmode": "pan", "hovermode": "closest", "legend": legend(-0.2, "top")}
    return figure(data, HEIGHT, (8, 40, 34, 8), **axes, **look)  # at the right, room for the buttons


def mark(name: str, x: list[float], y: list[float], texts: list[str], marker: dict[str, object]) -> Trace:
    look = {"textposition": "top right", "textfont": {"size": 13, "weight": 700}, "hoverinfo": "skip"}
    return scatter(x, y, "markers+text", name=name, text=texts, marker=marker, **look)


def table(scene: Scene, record: TwoItems) -> pd.DataFrame:
    nearest = record.to_u.argsort(kind="stable")[: min(LISTED, len(record.to_p) - 2)]
    rows = [*record.pair, *nearest.tolist()]
    columns = {
        "item": ["P", "Q", *[""] * len(nearest)],
        "title": [scene.title(item) for item in rows],
        "distance to P": record.to_p[rows].round(4),
        "distance to Q": record.to_q[rows].round(4),
        "distance to u": [*np.round(record.u, 4), *record.to_u[nearest].round(4)],
    }
    return pd.DataFrame(columns)
