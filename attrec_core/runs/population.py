"""at_large.npz, the statistics over all test users as they are stored with a run: record ↔ arrays, checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.runs.at_large import FINDERS, NO_PLACE, AtLarge, CauseShares

DTYPES = {"users": np.int32, "lengths": np.int16, "explained": np.int32}
DTYPES |= dict.fromkeys(("top_delete", "top_mask", "top_exact"), np.int16)
NUMBERS = ("ranks", "weights", "tau_delete", "tau_mask", "tau_exact", "columns", "columns_shuffled", "mean_map")
DTYPES |= dict.fromkeys(NUMBERS, np.float32)
CAUSES = ("cause_kinds", "cause_viewings", "cause_shares")
MEMBERS = (*DTYPES, *CAUSES)  # all that is read of the file
MAY_MISS = ("delete", "mask", "exact")  # finders of causes without a share: one item alone, or m a max or min
LONGEST_KIND = 40


def arrays_of(record: AtLarge) -> dict[str, np.ndarray]:
    """What the file holds: an array for each column of the record, and three for the causes, where there are any."""
    arrays = {name: getattr(record, name) for name in DTYPES}
    if record.causes is not None:
        found = record.causes
        values = (np.array(found.kinds, np.str_), found.viewings.astype(np.int64), found.shares.astype(np.float64))
        arrays |= dict(zip(CAUSES, values, strict=True))
    return arrays


def record_of(arrays: Mapping[str, np.ndarray], data: Interactions, window: int) -> AtLarge:
    """The record, every column checked against the run's users and items and its window of L items.

    Raises KeyError for a missing array, ValueError saying which one is wrong and how.
    """
    found = {name: arrays[name] for name in DTYPES}
    check_shapes(found, window)
    check_users(found, data, window)
    for name in ("tau_delete", "tau_mask", "tau_exact"):
        within(found[name], name, -1, 1, nan=True)
    for name in ("columns", "columns_shuffled"):
        within(found[name], name, 0, 1, nan=True)
    # A column of n rows sums to n at most; a mean is 1 at most, but the record does not say which of the two it is.
    within(found["weights"], "weights", 0, window)
    within(found["mean_map"], "mean_map", 0, 1)
    within(found["ranks"], "ranks", 1, data.n_items)
    place = np.arange(window)
    outside = place < window - found["lengths"][:, None]
    expect(not found["weights"][outside].any(), "weights has a weight where there is no item")
    for name in ("top_delete", "top_mask", "top_exact"):
        first = window - found["lengths"]
        inside = (found[name] == NO_PLACE) | ((found[name] >= first) & (found[name] < window))
        expect(bool(inside.all()), f"{name} names a place that holds no item")
    return AtLarge(**found, causes=causes_of(arrays))


def check_shapes(found: Mapping[str, np.ndarray], window: int) -> None:
    count = found["users"].shape
    expect(len(count) == 1, "users is no list")
    shapes = {"weights": (*count, window), "mean_map": (window, window)}
    for name, dtype in DTYPES.items():
        shape = shapes.get(name, count)
        right = found[name].shape == shape and found[name].dtype == dtype
        expect(right, f"{name} is not {np.dtype(dtype).name} {shape}")


def check_users(found: Mapping[str, np.ndarray], data: Interactions, window: int) -> None:
    """Users with a test item, each once, in order, with the windows that their histories give."""
    users, counts = found["users"], np.diff(data.starts)
    expect(len(users) > 0, "it has no users")
    in_order = users[0] >= 0 and users[-1] < data.n_users and bool((np.diff(users) > 0).all())
    expect(in_order, "users are not users of users.csv, each once and in order")
    expect(bool((counts[users] >= 3).all()), "users names somebody without a test item")
    lengths = np.minimum(counts[users] - 1, window)
    expect(np.array_equal(found["lengths"], lengths), "lengths do not fit the histories")
    explained = found["explained"]
    expect(bool(((explained >= 0) & (explained < data.n_items)).all()), "explained names an item that does not exist")


def causes_of(arrays: Mapping[str, np.ndarray]) -> CauseShares | None:
    """The shares of true causes found; None where the data knew no causes."""
    if not any(name in arrays for name in CAUSES):
        return None
    kinds, viewings, shares = (arrays[name] for name in CAUSES)
    expect(kinds.ndim == 1 and kinds.dtype.kind == "U" and kinds[:1].tolist() == ["all"], "cause_kinds are no kinds")
    lengths = np.char.str_len(kinds)
    named = bool(((lengths >= 1) & (lengths <= LONGEST_KIND)).all()) and len(set(kinds.tolist())) == len(kinds)
    expect(named, "cause_kinds has a kind without a name of its own")
    fit = viewings.shape == kinds.shape and viewings.dtype == np.int64 and bool((viewings > 0).all())
    expect(fit, "cause_viewings does not count the viewings of each kind")
    expect(shares.shape == (len(kinds), len(FINDERS)) and shares.dtype == np.float64, "cause_shares has another shape")
    may_miss = np.isin(FINDERS, MAY_MISS)
    within(shares[:, may_miss], "cause_shares", 0, 1, nan=True)
    within(shares[:, ~may_miss], "cause_shares", 0, 1)
    return CauseShares(tuple(kinds.tolist()), viewings, shares)


def within(values: np.ndarray, name: str, low: float, high: float, *, nan: bool = False) -> None:
    """Finite, and from low to high but for rounding; where `nan`, a value may be missing."""
    right = (values >= low - 1e-4) & (values <= high + 1e-4)
    if nan:
        right |= np.isnan(values)
    expect(bool(right.all()), f"{name} holds a value that is no number from {low} to {high}")


def expect(holds: bool, fault_in_words: str) -> None:
    if not holds:
        raise ValueError(fault_in_words)
