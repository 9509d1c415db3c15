"""The list of runs, and what changed between two of them, in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from attrec_core.errors import in_bytes
from attrec_core.runs.library.compare_settings import value, words_for
from attrec_core.runs.library.data_words import data_of
from attrec_core.runs.library.records import LibraryEntry, Setting
from attrec_core.views.runs.words import METRICS, when


def runs(entries: Sequence[LibraryEntry]) -> pd.DataFrame:
    """One row a run; a broken run has empty cells."""
    sizes = {
        name: pd.array([entry.sizes and getattr(entry.sizes, name) for entry in entries], dtype="Int64")
        for name in ("users", "items", "interactions")
    }
    return pd.DataFrame(
        {
            "run": [entry.name for entry in entries],
            "tags": [", ".join(entry.notes.tags) for entry in entries],
            "data": [data_of(entry) for entry in entries],
            **sizes,
            **{
                name: pd.Series([entry.metrics.get(key) for entry in entries], dtype=float).round(4)
                for key, name in METRICS.items()
            },
            "best epoch": [entry.best_epoch or None for entry in entries],
            "epochs": [entry.epochs or None for entry in entries],
            "seconds": [round(entry.seconds, 1) for entry in entries],
            "on disk": [in_bytes(entry.size) for entry in entries],
            "when": [when(entry.created) for entry in entries],
            "when is the time of": ["the files" if entry.of_files else "the training" for entry in entries],
            "note": [entry.notes.note for entry in entries],
            "fault": [str(entry.fault or "") for entry in entries],
        }
    )


def settings(rows: Sequence[Setting], head_a: str, head_b: str) -> pd.DataFrame:
    """The settings of two runs, by key and in words."""
    return pd.DataFrame(
        {
            "setting": [row.key for row in rows],
            "in words": [f"{words_for(row.key)} {row.symbol}".rstrip() for row in rows],
            head_a: [value(row.a, row.key) for row in rows],
            head_b: [value(row.b, row.key) for row in rows],
        }
    )
