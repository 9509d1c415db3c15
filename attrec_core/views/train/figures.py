"""A training by epoch: loss, HR@50 and MRR as small charts, and all of it as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from attrec_core.runs.history import Epoch
from attrec_core.views.drawing.plot import axis, hover, layout, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import COUNT, SELECTED, number
from attrec_core.views.train.words import best_epoch

HEIGHT = 220
CURVES = {"loss": "loss (lower is better)", "hr@50": "HR@50, validation", "mrr": "MRR, validation"}  # key → axis
FEWEST = 5  # epochs that the axis has room for from the start, so that it does not jump with each
PHASES = {"search": "search", "refit": "final fit"}


def curve(epochs: Sequence[Epoch], key: str) -> Figure:
    """One of CURVES over the epochs of the search; of the loss also the final fit's, dashed. The best MRR's epoch is
    marked."""
    searched = [epoch for epoch in epochs if epoch.phase == "search"]
    refit = [epoch for epoch in epochs if epoch.phase == "refit"]
    data: list[Trace] = [line(searched, key, COUNT, "solid", "search")] if searched else []
    if key == "loss" and refit:
        data.append(line(refit, key, COUNT, "dash", "final fit"))
    best = best_epoch(searched)
    if best is not None and key != "loss":
        ring = {"symbol": "circle-open", "size": 14, "color": SELECTED, "line": {"width": 3}}
        mark = line([best], key, SELECTED, "solid", f"best MRR: epoch {best.epoch}")
        data.append(mark | {"mode": "markers", "marker": ring})
    reach = [0.5, max([FEWEST, *(epoch.epoch for epoch in epochs)]) + 0.5]
    return {
        "data": data,
        "layout": layout(
            HEIGHT,
            (10, 10, 24, 40),
            hovermode="closest",
            showlegend=len(data) > 1,
            legend=legend(),
            xaxis=axis("epoch", range=reach, fixedrange=True, tickformat="d", nticks=8),
            yaxis=axis(CURVES[key], fixedrange=True, automargin=True, rangemode="tozero"),
        ),
    }


def curve_of_history(history: Mapping[str, Any], key: str) -> Figure:
    """The same for the history that a run holds."""
    return curve([Epoch(**epoch) for epoch in history["epochs"]], key)


def line(epochs: Sequence[Epoch], key: str, colour: str, dash: str, name: str) -> Trace:
    values = [epoch.loss if key == "loss" else (epoch.validation or {}).get(key) for epoch in epochs]
    texts = [
        "" if value is None else f"epoch {epoch.epoch}, {name}: {number(value, 3)}"
        for epoch, value in zip(epochs, values, strict=True)
    ]
    look = {"line": {"color": colour, "width": 2, "dash": dash}, "marker": {"color": colour, "size": 6}}
    return scatter([epoch.epoch for epoch in epochs], values, "lines+markers", name=name, **look) | hover(texts)


def epochs_table(epochs: Sequence[Epoch]) -> pd.DataFrame:
    """A row for each epoch; the metrics are those on the validation items, which the final fit does not have."""
    return pd.DataFrame(
        [
            {
                "epoch": epoch.epoch,
                "phase": PHASES.get(epoch.phase, epoch.phase),
                "loss": round(epoch.loss, 4),
                "HR@50": round(epoch.validation["hr@50"], 4) if epoch.validation else None,
                "MRR": round(epoch.validation["mrr"], 4) if epoch.validation else None,
                "seconds": round(epoch.seconds, 2),
            }
            for epoch in epochs
        ],
        columns=["epoch", "phase", "loss", "HR@50", "MRR", "seconds"],
    )
