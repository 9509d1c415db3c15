"""Data sets in numbers: the first rows of a file, what a filter does, how actions are spread, the paper's Table 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.data.report import ColumnSeen, Counts, FilterEffect, Histogram, ImportReport, Understood
from attrec_core.errors import in_bytes
from attrec_core.runs.library.data_words import source_in_words
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.views.data.words import PAPER, PRINTED, ranges


def first_rows(rows: Iterable[Understood]) -> pd.DataFrame:
    """The first rows as understood; columns that hold nothing are left out."""
    frame = pd.DataFrame([vars(row) for row in rows], columns=list(Understood.__dataclass_fields__))
    frame = frame.dropna(axis="columns", how="all")
    return frame.drop(columns="title") if (frame.get("title") == frame.get("item")).all() else frame


def columns_seen(columns: Iterable[ColumnSeen]) -> pd.DataFrame:
    rows = [(one.name, one.role or "not used", ", ".join(one.values)) for one in columns]
    return pd.DataFrame(rows, columns=["column", "taken for", "first values"])


def counted(counts: Counts) -> dict[str, str]:
    """The five numbers by which data sets are told apart, as text."""
    return {
        "users": f"{counts.users:,}",
        "items": f"{counts.items:,}",
        "interactions": f"{counts.interactions:,}",
        "density": f"{counts.density:.3%}",
        "actions a user": f"{counts.per_user:,.2f}",
    }


def effect(change: FilterEffect) -> pd.DataFrame:
    """Before and after a filter."""
    before, after = counted(change.before), counted(change.after)
    return pd.DataFrame({"": list(before), "as read": list(before.values()), "what stays": list(after.values())})


def paper(name: str, counts: Counts) -> pd.DataFrame:
    """Table 1, with this data set above it."""
    rows: dict[str, Counts] = {f"→ {name}": counts, **PAPER}
    table = pd.DataFrame([{"data set": called, **counted(one)} for called, one in rows.items()])
    for place, called in enumerate(rows):
        if called in PRINTED:
            table.loc[place, ["density", "actions a user"]] = PRINTED[called]
    return table


def report(data: ImportReport) -> pd.DataFrame:
    """What was read and kept, a fact a line."""
    facts: Mapping[str, Any] = {
        "read from": f"{data.source} ({source_in_words(data.format)})",
        "rows read": f"{data.read:,}",
        "rows kept": f"{data.kept:,}",
        **{f"dropped: {reason}": f"{count:,}" for reason, count in data.dropped.items()},
        "fewest actions a user": f"{data.shortest:,}",
        "most actions a user": f"{data.longest:,}",
        **(
            {"time": "none, only an order"}
            if data.time_unit == "order"
            else {"first time": data.span[0], "last time": data.span[1]}
        ),
        "users tied at the end": f"{data.tied_last:.1%}",
        "tie rule": data.tie_rule,
    }
    return pd.DataFrame({"what": list(facts), "value": list(facts.values())})


def histogram(bars: Histogram, of: str) -> pd.DataFrame:
    """How many `of` (users, say) each bar holds."""
    return pd.DataFrame({bars.name: ranges(bars), of: bars.counts.astype(int)})


def popularity(counts: np.ndarray) -> pd.DataFrame:
    """Actions by rank of the item, most first, and which share of all actions that is so far."""
    whole = max(1, int(counts.sum()))
    return pd.DataFrame(
        {
            "rank of the item": np.arange(1, len(counts) + 1),
            "actions": counts.astype(int),
            "share so far": (np.cumsum(counts) / whole).round(4),
        }
    )


def data_sets(entries: Iterable[LibraryEntry]) -> pd.DataFrame:
    """All data sets of the shelf, a row each."""
    return pd.DataFrame([row_of(one) for one in entries])


def row_of(one: LibraryEntry) -> dict[str, str]:
    if one.sizes is None:
        return {"data set": one.name, "from": str(one.fault or "cannot be read")}
    sizes = one.sizes
    return {
        "data set": one.name,
        "from": one.source,
        **counted(Counts(sizes.users, sizes.items, sizes.interactions)),
        "on disk": in_bytes(one.size),
    }
