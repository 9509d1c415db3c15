"""The tables of a replay: the metrics of all epochs, and the attention, list and positions of one epoch."""

from __future__ import annotations

import numpy as np
import pandas as pd

from attrec_core.explain.wording import letter
from attrec_core.runs.run import Run
from attrec_core.views.moment.tables import matrix_table
from attrec_core.views.replay.records import ReplayCurve, ReplayMap, ReplayMoment

KINDS = {"window": "in the window", "top": "recommended", "target": "actual next item", "intent": "m", "user": "U"}


def curves(curve: ReplayCurve, epoch: int) -> pd.DataFrame:
    """One row per epoch, with marks for the epoch shown, the epoch of the run, and the epochs that were not kept."""
    marks = {int(number): "not kept" for number in curve.epochs if number not in curve.kept}
    marks[int(curve.best)] = "this run"
    marks[epoch] = "shown, this run" if epoch == curve.best else "shown"
    return pd.DataFrame(
        {
            "epoch": curve.epochs,
            "loss": curve.losses.round(4),
            "HR@50": curve.hr50.round(4),
            "MRR": curve.mrr.round(4),
            "mark": [marks.get(int(number), "") for number in curve.epochs],
        }
    )


def attention(moment: ReplayMoment) -> pd.DataFrame:
    """The matrix; the last row is the average attention."""
    record = moment.attention
    names = [f"{letter(position)}. {title[:40]}" for position, title in enumerate(record.titles)]
    table = matrix_table(names, record.weights, record.masked)
    table.loc[len(table)] = ["average attention", *record.column_weights]
    table.attrs["narrow"] = True  # it is in a column as wide as a third of the page
    return table


def top(run: Run, moment: ReplayMoment) -> pd.DataFrame:
    """The recommendations of that epoch."""
    return pd.DataFrame(
        {
            "rank": range(1, len(moment.top) + 1),
            "title": [run.interactions.titles[item] for item in moment.top],
            "distance": np.round(moment.distances, 4),
            "mark": ["actual" if item == moment.target else "" for item in moment.top],
        }
    )


def places(record: ReplayMap) -> pd.DataFrame:
    """The coordinates of the marks on the map."""
    rows = [
        (KINDS[kind], label, round(float(x), 3), round(float(y), 3))
        for kind, points in record.marks
        for label, (x, y) in zip(points.labels, points.coordinates, strict=True)
    ]
    return pd.DataFrame(rows, columns=["what", "title", "x", "y"])
