"""The rows of a data set that RecBole keeps, and the row of its item table that each token has: the tokens by first
appearance, in the rows of NAME.inter that its filters leave, in file order, and then in those of NAME.item if that was
loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from attrec_core.data.reading.rows import Rows, drop_rows
from attrec_core.errors import InputError, shown

# Settings that leave out or change rows, and are not followed here.
NOT_FOLLOWED = ("rm_dup_inter", "val_interval", "alias_of_user_id", "alias_of_item_id", "benchmark_filename")
INTERVAL = re.compile(r"([\[(])\s*(\d+)\s*,\s*(\d+|inf)\s*([\])])")
EVERY = (0.0, inf)


@dataclass(frozen=True, eq=False)
class RecBoleRows:
    """R rows in file order."""

    rows: Rows  # that RecBole keeps
    tokens: list[str]  # of the item table, without padding
    items: np.ndarray  # (R,) their places in `tokens`
    times: np.ndarray  # (R,) float32


def recbole_rows(rows: Rows, settings: Mapping[str, Any]) -> RecBoleRows:
    """settings: RecBole's, as its checkpoint holds them. Raises InputError for one that is not followed here."""
    for name in NOT_FOLLOWED:
        if settings.get(name):
            raise not_followed(name, settings[name])
    of_users, of_items = (interval_of(settings, f"{what}_inter_num_interval") for what in ("user", "item"))
    has_items = bool(rows.catalogue) and "item" in (settings.get("load_col") or {"item": None})
    unknown = np.zeros(len(rows), bool)
    if has_items and settings.get("filter_inter_by_user_or_item"):
        unknown = ~rows.table["item"].isin(list(rows.catalogue)).to_numpy()
    kept = drop_rows(rows, {"item not in NAME.item": unknown})
    users, items = kept.codes("user"), kept.codes("item")
    left_out = ~with_counts_in(users, items, of_users, of_items)
    kept = drop_rows(kept, {"user or item outside RecBole's intervals": left_out})
    tokens = [str(token) for token in kept.table["item"].unique()]
    if has_items and of_items[0] == 0:  # else an item without interactions is left out too
        known = set(tokens)
        tokens += [token for token in rows.catalogue if token not in known]
    place = {token: number for number, token in enumerate(tokens)}
    of_code = np.array([place.get(name, -1) for name in kept.names("item")], np.int64)
    return RecBoleRows(kept, tokens, of_code[kept.codes("item")], times_of(kept, settings))


def with_counts_in(
    users: np.ndarray, items: np.ndarray, of_users: tuple[float, float], of_items: tuple[float, float]
) -> np.ndarray:
    """(R,) bool: the rows that remain when users and items with a number of rows outside their interval are removed
    until there is none. users, items (R,): whole numbers from 0."""
    remaining = np.ones(len(users), bool)
    while True:
        reduced = remaining.copy()
        for codes, (low, high) in ((users, of_users), (items, of_items)):
            counts = np.bincount(codes[remaining], minlength=int(codes.max(initial=0)) + 1)[codes]
            reduced &= (low <= counts) & (counts <= high)
        if reduced.sum() == remaining.sum():
            return reduced
        remaining = reduced


def interval_of(settings: Mapping[str, Any], name: str) -> tuple[float, float]:
    """The least and the largest number of rows that a setting such as "[5,inf)" allows."""
    text = settings.get(name)
    if text is None:
        return EVERY
    found = INTERVAL.fullmatch(str(text).strip())
    if found is None:
        raise not_followed(name, text)
    opens, low, high, closes = found.groups()
    return float(low) + (opens == "("), float(high) - (closes == ")")


def times_of(rows: Rows, settings: Mapping[str, Any]) -> np.ndarray:
    """(R,) float32 times by which RecBole sorts: equal ones appear. They may be normalised to 0 … 1 before."""
    times = rows.table["time"].to_numpy().astype(float)
    if settings.get("normalize_all") or settings.get("TIME_FIELD") in (settings.get("normalize_field") or ()):
        low, high = float(times.min(initial=inf)), float(times.max(initial=-inf))
        times = (times - low) / (high - low) if high > low else np.ones(len(times))
    return times.astype(np.float32)


def not_followed(name: str, value: object) -> InputError:
    text = (
        "The checkpoint was made with {made_with}={value}, and which rows that leaves is not known here. Export the "
        "weights with a table of ids instead."
    )
    return InputError("not_followed", text, made_with=name, value=shown(value))
