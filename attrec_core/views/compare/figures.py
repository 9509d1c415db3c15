"""The figures that compare two runs: learning curves, and the average attention of each item in both."""

from __future__ import annotations

import numpy as np

from attrec_core.data.importing import counts_of
from attrec_core.errors import number, percent
from attrec_core.runs.history import epochs_of, leading
from attrec_core.runs.run import Run
from attrec_core.views.compare.words import AttentionBeside
from attrec_core.views.drawing.plot import axis, bar, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import RUN_A, RUN_B, escaped, percent_ticks, row_height, short_title, wrapped_title
from attrec_core.views.names import METRICS

HEIGHT, BARS = 620, 24  # pixels: of the learning curves; of one bar
RUN_NAME = 32  # characters of a run's name
GAP = 0.05  # of the height, between two panels
# The line style and the shape identify the run, not only the colour.
STYLES = {"A": (RUN_A, "solid", "circle"), "B": (RUN_B, "dash", "square")}
FEW_EPOCHS = 10  # up to so many, each epoch has a number on the axis; Plotly would put halves between them


def learning_curves(a: Run, b: Run) -> Figure:
    """The loss and two metrics by epoch, one below the other for a narrow page. The best epoch has a larger mark."""
    metrics = leading(counts_of(a.interactions))
    panels = [("loss", "loss<br>(lower is better)"), *((key, f"{METRICS[key]}<br>(validation)") for key in metrics)]
    height = (1 - GAP * (len(panels) - 1)) / len(panels)
    data: list[Trace] = []
    last = max((epoch.epoch for run in (a, b) for epoch in epochs_of(run.history, "search")), default=0)
    whole = {"dtick": 1} if last <= FEW_EPOCHS else {}
    axes = {"xaxis": axis("epoch", anchor=f"y{len(panels)}", rangemode="tozero", **whole)}
    for panel, (key, title) in enumerate(panels):
        suffix, top = "" if panel == 0 else str(panel + 1), 1 - panel * (height + GAP)
        axes[f"yaxis{suffix}"] = axis(title, domain=[max(top - height, 0.0), top], anchor="x", automargin=True)
        data += [
            line(letter, run, key) | {"yaxis": f"y{suffix}", "showlegend": panel == 0}
            for letter, run in (("A", a), ("B", b))
        ]
    below = legend(-0.12, "top")
    return figure(data, HEIGHT, (56, 10, 10, 80), hovermode="closest", legend=below, **axes)


def line(letter: str, run: Run, key: str) -> Trace:
    colour, dash, shape = STYLES[letter]
    epochs, best = epochs_of(run.history, "search"), run.history["best_epoch"]
    name = f"{letter}: {short_title(run.name, RUN_NAME)}"
    sizes = [12 if epoch.epoch == best else 6 for epoch in epochs]
    texts = [
        f"{name}, epoch {epoch.epoch}: {number(epoch.value(key), 3)}{' (best epoch)' if epoch.epoch == best else ''}"
        for epoch in epochs
    ]
    return hover(texts) | scatter(
        [epoch.epoch for epoch in epochs],
        packed(np.array([epoch.value(key) for epoch in epochs], float)),
        "lines+markers",
        xaxis="x",
        name=name,
        legendgroup=letter,
        line={"color": colour, "width": 2, "dash": dash},
        marker={"color": colour, "symbol": shape, "size": sizes},
    )


def attention_bars(attention: AttentionBeside, name_a: str, name_b: str) -> Figure:
    """The average attention of each item in both runs, the oldest on top; no bar if the item is not in that window."""
    rows = list(range(len(attention.items)))
    titles = [wrapped_title(title) for title in attention.titles]
    sides = ("A", name_a, attention.weights_a), ("B", name_b, attention.weights_b)
    data = [weight_bars(letter, name, attention.titles, weights) for letter, name, weights in sides]
    top = float(np.nanmax([0.0, *attention.weights_a, *attention.weights_b]))
    across = axis("average attention", rangemode="tozero", **percent_ticks(top))
    down = axis(tickvals=rows, ticktext=titles, autorange="reversed", automargin=True)
    below = {"orientation": "h", "x": 0, "y": -0.25, "traceorder": "normal"}
    look = {"barmode": "group", "hovermode": "closest", "legend": below}
    height = 110 + row_height(2 * BARS, titles) * max(len(rows), 2)
    return figure(data, height, (10, 40, 10, 80), xaxis=across, yaxis=down, **look)


def weight_bars(letter: str, run_name: str, titles: tuple[str, ...], weights: np.ndarray) -> Trace:
    """A bar for each item of one run. weights (s,): w; NaN if the item is not in the run's window."""
    name = f"{letter}: {short_title(run_name, RUN_NAME)}"
    texts = [
        f"{name}, {escaped(title)}: {'not in its window' if np.isnan(weight) else percent(weight)}"
        for title, weight in zip(titles, weights.tolist(), strict=True)
    ]
    return hover(texts) | bar(
        packed(weights),
        list(range(len(titles))),
        orientation="h",
        name=name,
        marker={"color": STYLES[letter][0], "pattern": {"shape": "" if letter == "A" else "/"}},
        text=["" if np.isnan(weight) else percent(float(weight)) for weight in weights],
        textposition="outside",
        cliponaxis=False,
    )
