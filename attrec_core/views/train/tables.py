"""A training in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from attrec_core.runs.history import Epoch

PHASES = {"search": "search", "refit": "final fit"}


def epochs(found: Sequence[Epoch]) -> pd.DataFrame:
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
