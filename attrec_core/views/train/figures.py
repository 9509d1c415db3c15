"""A training by epoch: loss, HR@50 and MRR as small charts, and all of it as a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from attrec_core.runs.history import Epoch
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import COUNT, SELECTED, number

HEIGHT = 220
# What is drawn, how its axis is called, and its colour.
CURVES = {
    "loss": ("loss (lower is better)", COUNT),
    "hr@50": ("HR@50, validation", COUNT),
    "mrr": ("MRR, validation", COUNT),
}
FEWEST = 5  # epochs that the axis has room for from the start, so that it does not jump with each


def curve(epochs: Sequence[Epoch], what: str) -> Figure:
    """One of CURVES over the epochs of the search; of the loss also the final fit's, dashed. The best MRR's epoch is
    marked."""
    title, colour = CURVES[what]
    searched = [one for one in epochs if one.phase == "search"]
    data: list[Trace] = [line(searched, what, colour, "solid", "search")] if searched else []
    refit = [one for one in epochs if one.phase == "refit"]
    if what == "loss" and refit:
        data.append(line(refit, what, colour, "dash", "final fit"))
    best = max((one for one in searched if one.validation), key=lambda one: one.validation["mrr"], default=None)
    if best is not None and what != "loss":
        data.append(
            {
                **line([best], what, SELECTED, "solid", f"best MRR: epoch {best.epoch}"),
                "mode": "markers",
                "marker": {"symbol": "circle-open", "size": 14, "color": SELECTED, "line": {"width": 3}},
            }
        )
    return {
        "data": data,
        "layout": {
            "height": HEIGHT,
            "margin": {"l": 10, "r": 10, "t": 24, "b": 40},
            "hovermode": "closest",
            "showlegend": len(data) > 1,
            "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
            "xaxis": {
                "title": {"text": "epoch"},
                "range": [0.5, max([FEWEST, *(one.epoch for one in epochs)]) + 0.5],
                "fixedrange": True,
                "tickformat": "d",
                "nticks": 8,
            },
            "yaxis": {"title": {"text": title}, "fixedrange": True, "automargin": True, "rangemode": "tozero"},
        },
    }


def line(epochs: Sequence[Epoch], what: str, colour: str, dash: str, name: str) -> Trace:
    values = [one.loss if what == "loss" else (one.validation or {}).get(what) for one in epochs]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [one.epoch for one in epochs],
        "y": values,
        "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {"color": colour, "size": 6},
        "hovertext": [
            "" if value is None else f"epoch {one.epoch}, {name}: {number(value, 3)}"
            for one, value in zip(epochs, values, strict=True)
        ],
        "hoverinfo": "text",
    }


PHASES = {"search": "search", "refit": "final fit"}


def epochs_table(found: Sequence[Epoch]) -> pd.DataFrame:
    """A row for each epoch; the figures are those on the validation items, which the final fit does not have."""
    return pd.DataFrame(
        [
            {
                "epoch": one.epoch,
                "phase": PHASES.get(one.phase, one.phase),
                "loss": round(one.loss, 4),
                "HR@50": round(one.validation["hr@50"], 4) if one.validation else None,
                "MRR": round(one.validation["mrr"], 4) if one.validation else None,
                "seconds": round(one.seconds, 2),
            }
            for one in found
        ],
        columns=["epoch", "phase", "loss", "HR@50", "MRR", "seconds"],
    )
