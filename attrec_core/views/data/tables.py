"""Data sets in numbers: the first rows of a file, the effect of a filter, distributions, the paper's Table 1."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from attrec_core.data.offers import TABLE_1, PaperSet
from attrec_core.data.report import ColumnSeen, Counts, FilterEffect, Histogram, ImportReport, ItemSeen, Understood
from attrec_core.errors import PERCENT, in_bytes, percent
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.library.words import FACTS
from attrec_core.views.data.words import ranges, read_from
from attrec_core.views.drawing.theme import signed

PER_USER = "per user"


def first_rows(rows: Iterable[Understood]) -> pd.DataFrame:
    """The first rows as understood; empty columns are left out."""
    frame = pd.DataFrame([vars(row) for row in rows], columns=list(Understood.__dataclass_fields__))
    frame = frame.dropna(axis="columns", how="all")
    return frame.drop(columns="title") if (frame.get("title") == frame.get("item")).all() else frame


def first_items(items: Iterable[ItemSeen]) -> pd.DataFrame:
    """The first items as understood: title, genres and year, each "none" if it was not read."""
    rows = [(seen.item, seen.title if seen.title != seen.item else "", seen.genres, seen.year) for seen in items]
    return pd.DataFrame(rows, columns=["item", "title", "genres", "year"]).replace("", "none")


def columns_seen(columns: Iterable[ColumnSeen]) -> pd.DataFrame:
    rows = [(column.name, column.role or "not used", ", ".join(column.values)) for column in columns]
    return pd.DataFrame(rows, columns=["column", "used as", "first values"])


def counted(counts: Counts) -> dict[str, str]:
    """The five numbers that describe a data set, as text."""
    return {
        "users": f"{counts.users:,}",
        "items": f"{counts.items:,}",
        "interactions": f"{counts.interactions:,}",
        "density": counts.density_text,
        PER_USER: f"{counts.per_user:,.2f}",
    }


def effect(change: FilterEffect) -> pd.DataFrame:
    before, after = counted(change.before), counted(change.after)
    return pd.DataFrame({"": list(before), "before the filters": list(before.values()), "kept": list(after.values())})


def paper(name: str, counts: Counts) -> pd.DataFrame:
    """Table 1 of the paper, with this data set above it."""
    rows = [{"data set": f"→ {name}", **counted(counts)}]
    rows += [{"data set": row.name, **printed(row)} for row in TABLE_1]
    return pd.DataFrame(rows)


def printed(row: PaperSet) -> dict[str, str]:
    """The five numbers of a row of Table 1, with the digits that the paper has."""
    return {**counted(row.counts), "density": f"{row.density}{PERCENT}", PER_USER: row.per_user}


def beside_paper(counts: Counts, row: PaperSet) -> pd.DataFrame:
    """One of the paper's data sets as it was imported, its row of Table 1, and the difference in per cent."""
    here, there = counts.as_dict(), row.counts.as_dict()
    table = pd.DataFrame({"here": counted(counts), "Table 1": printed(row)})
    table["difference"] = [f"{signed(100 * (here[key] / there[key] - 1), 1)}{PERCENT}" for key in there]
    return table.rename_axis("").reset_index()


def report(data: ImportReport) -> pd.DataFrame:
    times = {"first time": data.span[0], "last time": data.span[1]}
    if data.time_unit == "order":
        times = {"time": "none (order of the file)"}
    facts = {
        "read from": read_from(data),
        "rows read": f"{data.read:,}",
        "rows kept": f"{data.kept:,}",
        **{f"dropped: {reason}": f"{count:,}" for reason, count in data.dropped.items()},
        "shortest history": f"{data.shortest:,}",
        "longest history": f"{data.longest:,}",
        **times,
    }
    if data.may_tie:
        facts["users with several latest rows"] = percent(data.tied_last, 1)
        facts["test item when times tie"] = FACTS["data tie_rule"][1][data.tie_rule]
    return pd.DataFrame({"what": list(facts), "value": list(facts.values())})


def histogram(bars: Histogram) -> pd.DataFrame:
    return pd.DataFrame({bars.name: ranges(bars), "users": bars.counts.astype(int)})


def popularity(counts: np.ndarray) -> pd.DataFrame:
    """Interactions by rank of the item, most popular first, and the cumulative share of all interactions."""
    shares = (np.cumsum(counts) / max(1, int(counts.sum()))).round(4)
    ranks = np.arange(1, len(counts) + 1)
    return pd.DataFrame({"rank of the item": ranks, "interactions": counts.astype(int), "cumulative share": shares})


def data_sets(entries: Iterable[LibraryEntry]) -> pd.DataFrame:
    rows = []
    for entry in entries:
        if (sizes := entry.sizes) is None:
            rows.append({"data set": entry.name, "from": str(entry.fault or "cannot be read")})
        else:
            counts = counted(Counts(sizes.users, sizes.items, sizes.interactions))
            rows.append({"data set": entry.name, "from": entry.source, **counts, "on disk": in_bytes(entry.size)})
    return pd.DataFrame(rows)
