"""A training by epoch: the loss and two metrics as small charts, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attrec_core.errors import number
from attrec_core.runs.history import Epoch
from attrec_core.views.drawing.epochs import PHASES, epochs_frame
from attrec_core.views.drawing.plot import axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import COUNT, SELECTED
from attrec_core.views.names import METRICS
from attrec_core.views.train.words import best_epoch

HEIGHT = 220
# key → axis
CURVES = {"loss": "loss (lower is better)"} | {key: f"{METRICS[key]}, validation" for key in ("hr@50", "mrr", "hr@10")}
FEWEST = 5  # epochs for which the axis has room from the start, so that it does not jump with each epoch


def curve(epochs: Sequence[Epoch], key: str) -> Figure:
    """One of CURVES over the epochs of the training; for the loss also the curve of the final fit, dashed. The epoch
    with the best MRR is marked."""
    searched, refit = ([epoch for epoch in epochs if epoch.phase == phase] for phase in PHASES)
    data: list[Trace] = [line(searched, key, COUNT, "solid", "training")] if searched else []
    if key == "loss" and refit:
        data.append(line(refit, key, COUNT, "dash", "final fit"))
    best = best_epoch(searched)
    if best is not None and key != "loss":
        ring = {"symbol": "circle-open", "size": 14, "color": SELECTED, "line": {"width": 3}}
        mark = line([best], key, SELECTED, "solid", f"best MRR: epoch {best.epoch}")
        data.append(mark | {"mode": "markers", "marker": ring})
    reach = [0.5, max([FEWEST, *(epoch.epoch for epoch in epochs)]) + 0.5]
    across = axis("epoch", range=reach, fixedrange=True, tickformat="d", nticks=8)
    up = axis(CURVES[key], fixedrange=True, automargin=True, rangemode="tozero")
    look = {"hovermode": "closest", "showlegend": len(data) > 1, "legend": legend()}
    return figure(data, HEIGHT, (10, 10, 24, 40), xaxis=across, yaxis=up, **look)


def line(epochs: Sequence[Epoch], key: str, colour: str, dash: str, name: str) -> Trace:
    values = np.array([epoch.value(key) for epoch in epochs])
    texts = [f"epoch {epoch.epoch}, {name}: {number(epoch.value(key), 3)}" for epoch in epochs]
    look = {"line": {"color": colour, "width": 2, "dash": dash}, "marker": {"color": colour, "size": 6}}
    return scatter([epoch.epoch for epoch in epochs], packed(values), "lines+markers", name=name, **look) | hover(texts)


def epochs_table(epochs: Sequence[Epoch], shown: Sequence[str] = ("hr@50", "mrr")) -> pd.DataFrame:
    """The same, rounded for a page."""
    return epochs_frame(epochs, shown).round({"loss": 4, **dict.fromkeys(map(METRICS.get, shown), 4), "seconds": 2})
