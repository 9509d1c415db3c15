"""Attention at large, in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attrec_core.config import ModelConfig
from attrec_core.runs.population import FINDERS, AtLarge, CauseShares, Extreme, TauHistogram
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import number
from attrec_core.views.population.words import POINTERS, place_shares


def places(found: AtLarge, config: ModelConfig) -> pd.DataFrame:
    record = place_shares(found, config)
    length = len(record.shares)
    rows = found.looked[found.full] if record.full else found.looked
    quantiles = np.nanquantile(rows, (0.1, 0.5, 0.9), axis=0) if record.users else np.zeros((3, length))
    return pd.DataFrame(
        {
            "place": [*map(str, range(1, length)), f"{length} (latest)"],
            "mean w": record.shares.round(3),
            "even share": round(record.level, 3),
            "a tenth has at most": quantiles[0].round(3),
            "half has at most": quantiles[1].round(3),
            "nine tenths have at most": quantiles[2].round(3),
        }
    )


def mean_map(found: AtLarge, masked: np.ndarray) -> pd.DataFrame:
    """Rows look, columns are looked at. A masked cell is empty, not 0."""
    length = len(found.mean_map)
    cells = np.where(masked, np.nan, found.mean_map.astype(float)).round(3)
    table = pd.DataFrame(cells, columns=[f"→ {place}" for place in range(1, length + 1)])
    table.insert(0, "who looks", [f"place {place}" for place in range(1, length + 1)])
    table.attrs["nothing"] = "masked"
    return table


def taus(record: TauHistogram) -> pd.DataFrame:
    """How many users have a τ within .05 of each value."""
    table = pd.DataFrame({"τ": [f"{centre:.1f}" for centre in record.centres.round(1) + 0.0]})
    for name, counts, mean in zip(("deleted", "masked", "exact sum"), record.counts, record.means, strict=True):
        table[f"users ({name}{'' if np.isnan(mean) else f', mean τ {number(mean)}'})"] = counts
    return table


def causes(found: CauseShares) -> pd.DataFrame:
    """Share of true causes found, for each kind of cause."""
    table = pd.DataFrame({"what points at the cause": [POINTERS[name] for name in POINTERS]})
    order = [FINDERS.index(name) for name in POINTERS]
    for kind, viewings, shares in zip(found.kinds, found.viewings, found.shares, strict=True):
        table[f"{kind} ({viewings:,})"] = shares[order].round(3)
    return table


def extremes(run: Run, found: Sequence[Extreme]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "who": [run.interactions.user_ids[one.user] for one in found],
            "rule": [one.rule for one in found],
            "value": [round(one.value, 3) for one in found],
            "why": [one.why for one in found],
        }
    )
