"""Two runs over each other: how they learned, and what each looks at."""

from __future__ import annotations

from typing import Any

import numpy as np

from attrec_core.views.compare.records import AttentionBeside, Curve, CurvesBeside
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import RUN_A, RUN_B, number, short_title

HEIGHT, BARS = 620, 24  # pixels; of one bar
RUN_NAME = 32  # characters of a run's name
GAP = 0.05  # of the height, between two panels
# The line and the shape say which run it is as well as the colour does.
STYLES = {"A": (RUN_A, "solid", "circle"), "B": (RUN_B, "dash", "square")}
PANELS = (("loss", "loss<br>(lower is better)"), ("hr50", "HR@50<br>(validation)"), ("mrr", "MRR<br>(validation)"))


def learning_curves(found: CurvesBeside) -> Figure:
    """Loss, HR@50 and MRR by epoch, one under the other so that a narrow page holds them; the chosen epoch is large."""
    height = (1 - GAP * (len(PANELS) - 1)) / len(PANELS)
    layout: dict[str, Any] = {
        "height": HEIGHT,
        "margin": {"l": 56, "r": 10, "t": 10, "b": 80},
        "hovermode": "closest",
        "legend": {"orientation": "h", "x": 0, "y": -0.12, "yanchor": "top"},
        "xaxis": {"title": {"text": "epoch"}, "anchor": f"y{len(PANELS)}", "rangemode": "tozero"},
    }
    data: list[Trace] = []
    for place, (key, title) in enumerate(PANELS):
        axis, top = "" if place == 0 else str(place + 1), 1 - place * (height + GAP)
        domain = [max(top - height, 0.0), top]
        layout[f"yaxis{axis}"] = {"title": {"text": title}, "domain": domain, "anchor": "x", "automargin": True}
        for letter, one in (("A", found.a), ("B", found.b)):
            data.append(line(letter, one, key, axis) | {"showlegend": place == 0})
    return {"data": data, "layout": layout}


def line(letter: str, one: Curve, key: str, axis: str) -> Trace:
    colour, dash, shape = STYLES[letter]
    values, name = getattr(one, key), f"{letter}: {short_title(one.name, RUN_NAME)}"
    return {
        "type": "scatter",
        "x": one.epochs.tolist(),
        "y": numbers(values),
        "xaxis": "x",
        "yaxis": f"y{axis}",
        "mode": "lines+markers",
        "name": name,
        "legendgroup": letter,
        "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {
            "color": colour,
            "symbol": shape,
            "size": [12 if epoch == one.best_epoch else 6 for epoch in one.epochs.tolist()],
        },
        "hovertext": [
            f"{name}, epoch {epoch}: {number(value, 3)}{', chosen' if epoch == one.best_epoch else ''}"
            for epoch, value in zip(one.epochs.tolist(), values.tolist(), strict=True)
        ],
        "hoverinfo": "text",
    }


def attention_bars(found: AttentionBeside, name_a: str, name_b: str) -> Figure:
    """w of each item in both runs, the oldest on top; nothing where an item is in one window only."""
    places = list(range(len(found.items)))
    data: list[Trace] = []
    for letter, name, weights in (("A", name_a, found.weights_a), ("B", name_b, found.weights_b)):
        called = f"{letter}: {short_title(name, RUN_NAME)}"
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": numbers(weights),
                "y": places,
                "name": called,
                "marker": {"color": STYLES[letter][0], "pattern": {"shape": "" if letter == "A" else "/"}},
                "text": ["" if np.isnan(weight) else number(float(weight)) for weight in weights],
                "textposition": "outside",
                "cliponaxis": False,
                "hovertext": [
                    f"{called}, {short_title(title)}: {'not in its window' if np.isnan(weight) else number(weight, 3)}"
                    for title, weight in zip(found.titles, weights.tolist(), strict=True)
                ],
                "hoverinfo": "text",
            }
        )
    titles = [f"{place}. {short_title(title)}" for place, title in enumerate(found.titles, 1)]
    layout = {
        "height": 110 + 2 * BARS * max(len(places), 2),
        "margin": {"l": 10, "r": 40, "t": 10, "b": 80},
        "barmode": "group",
        "hovermode": "closest",
        "legend": {"orientation": "h", "x": 0, "y": -0.25, "traceorder": "normal"},
        "xaxis": {"title": {"text": "column mean w"}, "rangemode": "tozero"},
        "yaxis": {"tickvals": places, "ticktext": titles, "autorange": "reversed", "automargin": True},
    }
    return {"data": data, "layout": layout}


def numbers(values: np.ndarray) -> list[float | None]:
    """For JSON, which has no NaN."""
    return [None if np.isnan(value) else float(value) for value in values]
