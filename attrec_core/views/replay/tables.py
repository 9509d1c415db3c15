"""A replay in numbers: the figures of all epochs, and one epoch's attention, list and places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from attrec_core.views.replay.records import ReplayCurve, ReplayMap, ReplayMoment

KINDS = {"window": "in the window", "top": "recommended", "target": "really came next", "intent": "m", "user": "U"}


def curves(curve: ReplayCurve, epoch: int) -> pd.DataFrame:
    """A row an epoch; the one that is shown, the one that is the run, and those that cannot be looked at are said."""
    marks = {int(one): "not kept" for one in curve.epochs if one not in curve.kept}
    marks[int(curve.best)] = "the run"
    marks[epoch] = "shown, the run" if epoch == curve.best else "shown"
    return pd.DataFrame(
        {
            "epoch": curve.epochs,
            "loss": curve.losses.round(4),
            "HR@50": curve.hr50.round(4),
            "MRR": curve.mrr.round(4),
            "mark": [marks.get(int(one), "") for one in curve.epochs],
        }
    )


def attention(moment: ReplayMoment) -> pd.DataFrame:
    """Rows look, columns are looked at; the last row is the column mean. A masked cell is empty, not 0."""
    weights = moment.weights.astype(float)
    weights[moment.masked] = np.nan
    table = pd.DataFrame(weights, columns=[f"→ {place}" for place in range(1, len(moment.ids) + 1)]).round(3)
    table.insert(0, "who looks", [f"{place}. {title[:40]}" for place, title in enumerate(moment.titles, 1)])
    table.loc[len(table)] = ["column mean w", *moment.column_weights.astype(float).round(3)]
    table.attrs |= {"nothing": "masked", "narrow": True}  # it stands in a column of a third of the page
    return table


def top(moment: ReplayMoment) -> pd.DataFrame:
    """What stood nearest then."""
    return pd.DataFrame(
        {
            "rank": range(1, len(moment.top) + 1),
            "title": moment.top_titles,
            "distance": np.round(moment.distances, 4),
            "mark": ["true next" if true else "" for true in moment.is_target],
        }
    )


def places(record: ReplayMap) -> pd.DataFrame:
    """Where what is marked lay on the map."""
    rows = [
        (KINDS[kind], label, round(float(x), 3), round(float(y), 3))
        for kind, points in record.marks
        for label, (x, y) in zip(points.labels, points.coordinates, strict=True)
    ]
    return pd.DataFrame(rows, columns=["what", "title", "x", "y"])
