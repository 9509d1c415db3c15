"""The list of runs, and what changed between two of them, in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from attrec_core.errors import in_bytes
from attrec_core.runs.library.data_words import data_of
from attrec_core.runs.library.records import LibraryEntry, Setting
from attrec_core.runs.library.search import value, words_for
from attrec_core.views.runs.words import when

METRICS = {"HR@10": "hr@10", "HR@50": "hr@50", "NDCG@10": "ndcg@10", "MRR": "mrr"}


def runs(entries: Sequence[LibraryEntry]) -> pd.DataFrame:
    """One row a run; what a broken one does not tell is empty."""
    table = {
        "run": [one.name for one in entries],
        "tags": [", ".join(one.notes.tags) for one in entries],
        "data": [data_of(one) for one in entries],
        "users": pd.array([one.sizes and one.sizes.users for one in entries], dtype="Int64"),
        "items": pd.array([one.sizes and one.sizes.items for one in entries], dtype="Int64"),
        "interactions": pd.array([one.sizes and one.sizes.interactions for one in entries], dtype="Int64"),
        **{
            name: pd.Series([one.metrics.get(key) for one in entries], dtype=float).round(4)
            for name, key in METRICS.items()
        },
        "best epoch": [one.best_epoch or None for one in entries],
        "epochs": [one.epochs or None for one in entries],
        "seconds": [round(one.seconds, 1) for one in entries],
        "on disk": [in_bytes(one.size) for one in entries],
        "when": [when(one.created) for one in entries],
        "when is the time of": ["the files" if one.of_files else "the training" for one in entries],
        "note": [one.notes.note for one in entries],
        "fault": [one.fault or "" for one in entries],
    }
    return pd.DataFrame(table)


def changed(rows: Sequence[Setting], here: str, there: str) -> pd.DataFrame:
    """Only what differs."""
    return pd.DataFrame(
        {
            "setting": [row.key for row in rows],
            "in words": [f"{words_for(row.key)} {row.symbol}".rstrip() for row in rows],
            f"in {there}": [value(row.a, row.key) for row in rows],
            f"here, in {here}": [value(row.b, row.key) for row in rows],
        }
    )
