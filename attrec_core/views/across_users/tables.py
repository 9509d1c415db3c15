"""Attention across users, in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attrec_core.errors import number, percent
from attrec_core.explain.across_users.users import Pairs
from attrec_core.runs.across_users import FINDERS, AcrossUsers, CauseShares
from attrec_core.runs.run import Run
from attrec_core.views.across_users.extremes import Extreme
from attrec_core.views.across_users.words import PlaceShares, TauHistogram
from attrec_core.views.moment.tables import matrix_table
from attrec_core.views.names import POINTERS


def places(stats: AcrossUsers, record: PlaceShares) -> pd.DataFrame:
    """The average attention at each position of the window, and how it differs between users."""
    length = len(record.shares)
    rows = stats.average_attention[record.rows]
    quantiles = np.nanquantile(rows, (0.1, 0.5, 0.9), axis=0) if len(rows) else np.zeros((3, length))
    return pd.DataFrame(
        {
            "position": [*map(str, range(1, length)), f"{length} (latest)"],
            "average attention": record.shares.round(3),
            "uniform": round(record.level, 3),
            "lowest tenth has at most": quantiles[0].round(3),
            "median": quantiles[1].round(3),
            "highest tenth has at least": quantiles[2].round(3),
        }
    )


def mean_map(stats: AcrossUsers, masked: np.ndarray) -> pd.DataFrame:
    return matrix_table([f"position {position}" for position in range(1, len(masked) + 1)], stats.mean_map, masked)


def taus(record: TauHistogram) -> pd.DataFrame:
    """How many users have a τ within .05 of each listed value."""
    table = pd.DataFrame({"τ": [f"{centre:.1f}" for centre in record.centres.round(1) + 0.0]})
    kinds = ("positions shift", "positions kept", "exact sum")
    for name, counts, mean in zip(kinds, record.counts, record.means, strict=True):
        table[f"users ({name}{'' if np.isnan(mean) else f', mean τ {number(mean)}'})"] = counts
    return table


def causes(causes: CauseShares) -> pd.DataFrame:
    """The share of true causes found by each method, for each kind of cause."""
    table = pd.DataFrame({"method": [pointer.words for pointer in POINTERS.values()]})
    order = [FINDERS.index(name) for name in POINTERS]
    for kind, viewings, shares in zip(causes.kinds, causes.viewings, causes.shares, strict=True):
        table[f"{kind} ({viewings:,})"] = shares[order].round(3)
    return table


def pairs(run: Run, pairs: Pairs) -> pd.DataFrame:
    """The pairs of items with the largest mean attention."""
    titles = run.interactions.titles
    names = {
        name: [titles[item] for item in items] for name, items in (("query item", pairs.query), ("key item", pairs.key))
    }
    return pd.DataFrame(names | {"mean attention": pairs.attention, "windows": pairs.counts})


def pairs_shown(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{"mean attention": [percent(share) for share in table["mean attention"]]})


def extremes(run: Run, extremes: Sequence[Extreme]) -> pd.DataFrame:
    rows = [(run.interactions.user_ids[extreme.user], extreme.rule, extreme.value, extreme.why) for extreme in extremes]
    return pd.DataFrame(rows, columns=["user", "rule", "value", "why"]).round(3)
