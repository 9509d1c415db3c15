"""The panels of the page Train: a training by epoch, of a run or of a job that still trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from attrec_core.data.importing import counts_of
from attrec_core.errors import InputError
from attrec_core.runs.history import Epoch, epochs_of, leading
from attrec_core.runs.run import Run
from attrec_core.views.panel import Panel, Shown
from attrec_core.views.train import figures, words


@dataclass(frozen=True)
class TrainingRecord:
    """The epochs so far. metrics: the two that are shown beside the loss; what: the one curve of a figure."""

    name: str
    epochs: Sequence[Epoch]
    metrics: tuple[str, str]
    what: str = "mrr"


def training_of(run: Run, what: str = "mrr") -> TrainingRecord:
    if what not in figures.CURVES:
        text = "There is no curve {what}; there are: {known}."
        raise InputError("out_of_range", text, setting="what", what=repr(what), known=", ".join(figures.CURVES))
    return TrainingRecord(run.name, epochs_of(run.history), leading(counts_of(run.interactions)), what)


TRAINING: Panel[Run, TrainingRecord] = Panel(
    key="training",
    heading=lambda run, record: f"Training curve: {record.what}",
    record=training_of,
    figure=lambda run, record: figures.curve(record.epochs, record.what),
    sentence=lambda run, record: words.curves_sentence(record.epochs, record.metrics),
    table=lambda run, record: figures.epochs_table(record.epochs, record.metrics),
    label=lambda run, record: f"{figures.CURVES[record.what]} by epoch",
    subject="run",
)


def each_curve(shown: Shown) -> list[Shown]:
    return [
        Shown(TRAINING, shown.about, replace(shown.record, what=what), f"{what.replace('@', '')}_{shown.place}")
        for what in ("loss", *shown.record.metrics)
    ]


CURVES: Panel[Run, TrainingRecord] = Panel(
    key="training_curves",
    heading="Training curves",
    title=lambda run, record: f"Training of {record.name}",
    record=training_of,
    charts=each_curve,
    sentence=TRAINING.sentence,
    table=TRAINING.table,
    subject="run",
)

PANELS = (TRAINING, CURVES)
