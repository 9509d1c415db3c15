"""The panels of the page Train: a training by epoch, of a run or of a job that still trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from attrec_core.config import METRICS
from attrec_core.data.importing import counts_of
from attrec_core.errors import InputError, number
from attrec_core.runs.history import Epoch, epochs_of, leading
from attrec_core.runs.run import Run
from attrec_core.views.drawing.epochs import PHASES, epochs_frame
from attrec_core.views.drawing.plot import axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import COUNT, SELECTED
from attrec_core.views.panel import Panel, Shown
from attrec_core.views.train import words

HEIGHT = 220
# What a curve shows → its axis.
AXES = {"loss": "loss (lower is better)"} | {key: f"{name}, validation" for key, name in METRICS.items()}
FEWEST = 5  # epochs for which the axis has room from the start, so that it does not jump with each epoch


def curve(epochs: Sequence[Epoch], key: str) -> Figure:
    """One of AXES over the epochs, of the loss with the final fit, dashed. The epoch with the best MRR is marked."""
    searched, refit = ([epoch for epoch in epochs if epoch.phase == phase] for phase in PHASES)
    data: list[Trace] = [line(searched, key, COUNT, "solid", "training")] if searched else []
    if key == "loss" and refit:
        data.append(line(refit, key, COUNT, "dash", "final fit"))
    best = words.best_epoch(searched)
    if best is not None and key != "loss":
        ring = {"symbol": "circle-open", "size": 14, "color": SELECTED, "line": {"width": 3}}
        mark = line([best], key, SELECTED, "solid", f"best MRR: epoch {best.epoch}")
        data.append(mark | {"mode": "markers", "marker": ring})
    reach = [0.5, max([FEWEST, *(epoch.epoch for epoch in epochs)]) + 0.5]
    across = axis("epoch", range=reach, fixedrange=True, tickformat="d", nticks=8)
    up = axis(AXES[key], fixedrange=True, automargin=True, rangemode="tozero")
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


@dataclass(frozen=True)
class TrainingRecord:
    """The epochs so far. metrics: the two that are shown beside the loss; what: the one curve of a figure."""

    name: str
    epochs: Sequence[Epoch]
    metrics: tuple[str, str]
    what: str = "mrr"


def training_of(run: Run, what: str = "mrr") -> TrainingRecord:
    if what not in AXES:
        text = "There is no curve {what}; there are: {known}."
        raise InputError("out_of_range", text, setting="what", what=repr(what), known=", ".join(AXES))
    return TrainingRecord(run.name, epochs_of(run.history), leading(counts_of(run.interactions)), what)


TRAINING: Panel[Run, TrainingRecord] = Panel(
    key="training",
    listed="Training curve",
    heading=lambda run, record: f"Training curve: {record.what}",
    record=training_of,
    figure=lambda run, record: curve(record.epochs, record.what),
    sentence=lambda run, record: words.curves_sentence(record.epochs, record.metrics),
    table=lambda run, record: epochs_table(record.epochs, record.metrics),
    label=lambda run, record: f"{AXES[record.what]} by epoch",
    subject="run",
)


CURVES: Panel[Run, TrainingRecord] = Panel(
    key="training_curves",
    heading="Training curves",
    title=lambda run, record: f"Training of {record.name}",
    record=training_of,
    charts=lambda shown: [
        Shown(TRAINING, shown.about, replace(shown.record, what=what), f"{what.replace('@', '')}_{shown.place}")
        for what in ("loss", *shown.record.metrics)
    ],
    sentence=TRAINING.sentence,
    table=TRAINING.table,
    subject="run",
)

PANELS = (TRAINING, CURVES)
