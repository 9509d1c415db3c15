"""A training by epoch as a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from attrec_core.config import METRICS
from attrec_core.runs.history import Epoch

PHASES = {"search": "training", "refit": "final fit"}


def epochs_frame(epochs: Sequence[Epoch], shown: Sequence[str] = ("hr@50", "mrr")) -> pd.DataFrame:
    """One row per epoch. shown: the metrics; they are on the validation items, so the final fit does not have them."""
    rows = [
        (epoch.epoch, PHASES.get(epoch.phase, epoch.phase), epoch.loss, *map(epoch.value, shown), epoch.seconds)
        for epoch in epochs
    ]
    return pd.DataFrame(rows, columns=["epoch", "phase", "loss", *map(METRICS.get, shown), "seconds"])
