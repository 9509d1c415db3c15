"""What attention does over all test users of a run."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from attrec_core.cli.output import remark, show
from attrec_core.data.causes import Causes, read_causes
from attrec_core.explain.population.effects import cause_shares
from attrec_core.explain.population.users import at_large
from attrec_core.runs.load import load
from attrec_core.runs.population import FINDERS, CauseShares
from attrec_core.views.population.words import place_shares

WAYS = ("delete", "mask", "exact")


def survey(options: argparse.Namespace) -> None:
    """The stored numbers, or, for a run without them, the same computed now."""
    run = load(options.run)
    found, causes = run.at_large or at_large(run), None
    if options.causes is not None:
        known = read_causes(options.causes, run.interactions)
        remark_on(known)
        causes = cause_shares(run, known)
    answer = {
        "run": str(options.run),
        "stored": run.at_large is not None,
        "test_users": len(found.users),
        "weight_by_place": place_shares(found, run.model_config).shares.tolist(),
        "weight_of_latest": mean(found.recency),
        "entropy": mean(found.entropy),
        "tau": {way: mean(getattr(found, f"tau_{way}")) for way in WAYS},
        "most_attended_is_not_most_influential": {
            way: mean(1 - found.agrees(getattr(found, f"top_{way}"))) for way in WAYS
        },
        "explained_by_column": mean(found.columns),
        "explained_by_column_shuffled": mean(found.columns_shuffled),
        "mean_map": found.mean_map.astype(float).tolist(),
        "causes": shares(causes or found.causes),
    }
    show(answer, options.json)


def remark_on(causes: Causes) -> None:
    """What of the causes does not fit, on stderr."""
    if causes.ignored:
        several = causes.ignored > 1
        remark(
            f"{causes.ignored:,} cause{'s' * several} left out: not in the interactions, or another item stands there."
        )


def mean(values: np.ndarray) -> float | None:
    """Of the users who have a value; None where nobody has."""
    known = values[~np.isnan(values)]
    return float(known.mean(dtype=float)) if len(known) else None


def shares(causes: CauseShares | None) -> dict[str, dict[str, Any]] | None:
    """By kind of cause: how many viewings, and the share of causes that each finder picks."""
    if causes is None:
        return None
    return {
        kind: {"viewings": int(count)}
        | {name: None if np.isnan(share) else float(share) for name, share in zip(FINDERS, row, strict=True)}
        for kind, count, row in zip(causes.kinds, causes.viewings, causes.shares, strict=True)
    }
