"""The figures of two runs: learning curves, and the attention of each item in both."""

from __future__ import annotations

import numpy as np

from attrec_core.views.compare.records import AttentionBeside, Curve, CurvesBeside
from attrec_core.views.drawing.plot import axis, bar, hover, layout, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import RUN_A, RUN_B, number, short_title

HEIGHT, BARS = 620, 24  # pixels; of one bar
RUN_NAME = 32  # characters of a run's name
GAP = 0.05  # of the height, between two panels
# The line and the shape say which run it is as well as the colour does.
STYLES = {"A": (RUN_A, "solid", "circle"), "B": (RUN_B, "dash", "square")}
PANELS = (("loss", "loss<br>(lower is better)"), ("hr50", "HR@50<br>(validation)"), ("mrr", "MRR<br>(validation)"))


def learning_curves(curves: CurvesBeside) -> Figure:
    """Loss, HR@50 and MRR by epoch, one under the other so that a narrow page holds them; the chosen epoch is large."""
    height = (1 - GAP * (len(PANELS) - 1)) / len(PANELS)
    data: list[Trace] = []
    axes = {"xaxis": axis("epoch", anchor=f"y{len(PANELS)}", rangemode="tozero")}
    for panel, (key, title) in enumerate(PANELS):
        suffix, top = "" if panel == 0 else str(panel + 1), 1 - panel * (height + GAP)
        axes[f"yaxis{suffix}"] = axis(title, domain=[max(top - height, 0.0), top], anchor="x", automargin=True)
        data += [
            line(letter, curve, key) | {"yaxis": f"y{suffix}", "showlegend": panel == 0}
            for letter, curve in (("A", curves.a), ("B", curves.b))
        ]
    below = legend(-0.12, "top")
    return {"data": data, "layout": layout(HEIGHT, (56, 10, 10, 80), hovermode="closest", legend=below, **axes)}


def line(letter: str, curve: Curve, key: str) -> Trace:
    colour, dash, shape = STYLES[letter]
    epochs, values = curve.epochs.tolist(), getattr(curve, key)
    name = f"{letter}: {short_title(curve.name, RUN_NAME)}"
    sizes = [12 if epoch == curve.best_epoch else 6 for epoch in epochs]
    texts = [
        f"{name}, epoch {epoch}: {number(value, 3)}{', chosen' if epoch == curve.best_epoch else ''}"
        for epoch, value in zip(epochs, values.tolist(), strict=True)
    ]
    return hover(texts) | scatter(
        epochs,
        numbers(values),
        "lines+markers",
        xaxis="x",
        name=name,
        legendgroup=letter,
        line={"color": colour, "width": 2, "dash": dash},
        marker={"color": colour, "symbol": shape, "size": sizes},
    )


def attention_bars(attention: AttentionBeside, name_a: str, name_b: str) -> Figure:
    """w of each item in both runs, the oldest on top; nothing where an item is in one window only."""
    rows = list(range(len(attention.items)))
    titles = [f"{place}. {short_title(title)}" for place, title in enumerate(attention.titles, 1)]
    return {
        "data": [
            weight_bars("A", name_a, attention.titles, attention.weights_a),
            weight_bars("B", name_b, attention.titles, attention.weights_b),
        ],
        "layout": layout(
            110 + 2 * BARS * max(len(rows), 2),
            (10, 40, 10, 80),
            barmode="group",
            hovermode="closest",
            legend={"orientation": "h", "x": 0, "y": -0.25, "traceorder": "normal"},
            xaxis=axis("column mean w", rangemode="tozero"),
            yaxis=axis(tickvals=rows, ticktext=titles, autorange="reversed", automargin=True),
        ),
    }


def weight_bars(letter: str, run_name: str, titles: tuple[str, ...], weights: np.ndarray) -> Trace:
    """A bar for each item of one run. weights (s,): w, NaN where the item is not in its window."""
    name = f"{letter}: {short_title(run_name, RUN_NAME)}"
    texts = [
        f"{name}, {short_title(title)}: {'not in its window' if np.isnan(weight) else number(weight, 3)}"
        for title, weight in zip(titles, weights.tolist(), strict=True)
    ]
    return hover(texts) | bar(
        numbers(weights),
        list(range(len(titles))),
        orientation="h",
        name=name,
        marker={"color": STYLES[letter][0], "pattern": {"shape": "" if letter == "A" else "/"}},
        text=["" if np.isnan(weight) else number(float(weight)) for weight in weights],
        textposition="outside",
        cliponaxis=False,
    )


def numbers(values: np.ndarray) -> list[float | None]:
    """For JSON, which has no NaN."""
    return [None if np.isnan(value) else float(value) for value in values]
