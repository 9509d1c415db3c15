"""A training by epoch: loss, HR@50 and MRR as small charts, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attrec_core.errors import number
from attrec_core.runs.history import Epoch
from attrec_core.views.drawing.plot import axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import COUNT, SELECTED
from attrec_core.views.train.words import best_epoch

HEIGHT = 220
CURVES = {"loss": "loss (lower is better)", "hr@50": "HR@50, validation", "mrr": "MRR, validation"}  # key → axis
FEWEST = 5  # epochs for which the axis has room from the start, so that it does not jump with each epoch
PHASES = {"search": "training", "refit": "final fit"}


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


def epochs_frame(epochs: Sequence[Epoch]) -> pd.DataFrame:
    """One row per epoch. The metrics are on the validation items, so the final fit does not have them."""
    rows = [
        (
            epoch.epoch,
            PHASES.get(epoch.phase, epoch.phase),
            epoch.loss,
            epoch.value("hr@50"),
            epoch.value("mrr"),
            epoch.seconds,
        )
        for epoch in epochs
    ]
    return pd.DataFrame(rows, columns=["epoch", "phase", "loss", "HR@50", "MRR", "seconds"])


def epochs_table(epochs: Sequence[Epoch]) -> pd.DataFrame:
    """The same, rounded for a page."""
    return epochs_frame(epochs).round({"loss": 4, "HR@50": 4, "MRR": 4, "seconds": 2})
