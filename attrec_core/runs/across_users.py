"""at_large.npz: attention across all test users of a run, and how often it finds a known cause; checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.runs.columns import Column, Stored, checked_columns, columns_of
from attrec_core.storage.read_errors import expect

# Methods that may find the true cause of a viewing; the last two are the baselines.
FINDERS = ("attention", "exact", "delete", "mask", "nearest", "latest", "chance")
NO_PLACE = -1
SAME = 1e-6  # weights and distances that differ by less count as equal: float32 is no more precise
TIES = 0.05  # effects below this share of the window's largest effect count as equal in every τ
TAU = Column(np.float32, "E", -1, 1, may_miss=True)
PLACE = Column(np.int16, "E")


@dataclass(frozen=True, eq=False)
class CauseShares:
    """Share of the caused viewings whose true cause each finder picks; only full windows that hold the cause count.

    attention: the largest w; exact: the term of the exact sum that lowers the distance most; delete, mask: the largest
    leave-one-out effect; nearest: the shortest ‖X_i − x_j‖²; latest: always the last position; chance: 1/n.
    """

    kinds: tuple[str, ...]  # "all" first, then each kind of cause
    viewings: np.ndarray  # (K,) int64, how many of each kind
    # (K, 7) float64, a column for each of FINDERS; NaN: no exact sum, or only one item that could be removed
    shares: np.ndarray


@dataclass(frozen=True, eq=False)
class AcrossUsers:
    """One row for each test user: the window before the test item, and the item that the model ranks first for them.

    An effect is how much an item of the window lowers the distance of the explained item: how much that distance grows
    when the item is removed (delete: positions shift; mask: positions are kept), or how far the item's term of the
    exact sum lies below that term's mean over the catalogue. τ is Kendall's τ-b between attention w and an effect
    within one window, with effects below `tau_ties` of the largest one counted as equal; NaN where all weights or all
    effects are equal, for a single item, and for exact where m is a max or min. Weights are right-aligned: the latest
    item is in the last of L positions.
    """

    users: Annotated[np.ndarray, Column(np.int32, "E", of="M", ascending=True)]
    lengths: Annotated[np.ndarray, Column(np.int16, "E")]  # n, items in the window
    explained: Annotated[np.ndarray, Column(np.int32, "E", of="N")]  # the item that is ranked first
    top_delete: Annotated[np.ndarray, PLACE]  # position of the largest effect; −1 if all effects are equal
    top_mask: Annotated[np.ndarray, PLACE]
    top_exact: Annotated[np.ndarray, PLACE]
    ranks: Annotated[np.ndarray, Column(np.float32, "E", 1, "N")]  # of the test item; an exact tie counts half
    # w; 0 where there is no item. Over n rows, a sum totals n; the record does not say whether w is a sum or a mean.
    weights: Annotated[np.ndarray, Column(np.float32, "EL", 0, "L")]
    tau_delete: Annotated[np.ndarray, TAU]
    tau_mask: Annotated[np.ndarray, TAU]
    tau_exact: Annotated[np.ndarray, TAU]
    causes: CauseShares | None  # None unless the data says what caused each viewing
    tau_ties: float = 0.0  # 0 in the files of versions in which the smallest effects had an order

    @property
    def full(self) -> np.ndarray:
        """(E,) bool: whether the user's window is full."""
        return self.lengths == self.weights.shape[1]

    @cached_property
    def average_attention(self) -> np.ndarray:
        """(E, L) w; NaN rows where the mask leaves no attention."""
        total = self.weights.sum(1, keepdims=True, dtype=np.float64)
        return np.where(total > 0, self.weights.astype(np.float64), np.nan)

    @property
    def recency(self) -> np.ndarray:
        """(E,) w of the latest item."""
        return self.average_attention[:, -1]

    @cached_property
    def entropy(self) -> np.ndarray:
        """(E,) entropy of the shares of the attention that the mask leaves, divided by log n: 1 is uniform, 0 is all on
        one item; NaN for a single item."""
        shares = self.average_attention / self.average_attention.sum(1, keepdims=True)
        logs = np.log(np.where(shares == 0, 1, shares))
        return -(shares * logs).sum(1) / np.where(self.lengths > 1, np.log(self.lengths), np.nan)

    @property
    def top_attention(self) -> np.ndarray:
        """(E,) the position that receives the most attention; of equal ones the oldest."""
        length = self.weights.shape[1]
        return np.where(np.arange(length) >= length - self.lengths[:, None], self.weights, -1).argmax(1)

    def agrees(self, top: np.ndarray) -> np.ndarray:
        """(E,) 1 where the position `top` has the largest weight (or one of several), else 0; NaN for no position."""
        top_weights = self.weights[np.arange(len(top)), top]
        return np.where(top == NO_PLACE, np.nan, top_weights >= self.weights.max(1) - SAME)


COLUMNS = columns_of(AcrossUsers)
TAU_TIES = {"tau_ties": Column(np.float64, "1", 0, 1)}  # missing in files of older versions
CAUSES = {
    "cause_kinds": Column(np.str_, "K"),
    "cause_viewings": Column(np.int64, "K", 1),
    "cause_shares": Column(np.float64, "K7", 0, 1, may_miss=True),
}
MAY_MISS = ("delete", "mask", "exact")  # finders that may lack a share: for a single item, or where m is a max or min
LONGEST_KIND = 40


def arrays_of(record: AcrossUsers) -> dict[str, np.ndarray]:
    arrays = {name: getattr(record, name) for name in COLUMNS}
    if record.tau_ties:
        arrays["tau_ties"] = np.array([record.tau_ties])
    if (causes := record.causes) is not None:
        arrays |= {"cause_kinds": np.array(causes.kinds, np.str_), "cause_viewings": causes.viewings.astype(np.int64)}
        arrays["cause_shares"] = causes.shares.astype(np.float64)
    return arrays


def record_of(arrays: Stored, data: Interactions, window: int) -> AcrossUsers:
    """Returns the record, checked against the run's users and items and its window of L items. Raises KeyError for a
    missing array, ValueError saying which array is wrong and how."""
    columns = checked_columns(arrays, COLUMNS, M=data.n_users, N=data.n_items, L=window)
    counts, lengths = np.diff(data.starts)[columns["users"]], columns["lengths"]
    expect(len(counts) > 0, "it has no users")
    expect(bool((counts >= 3).all()), "users names somebody without a test item")
    expect(np.array_equal(lengths, np.minimum(counts - 1, window)), "lengths do not fit the histories")
    first = window - lengths
    outside = np.arange(window) < first[:, None]
    expect(not columns["weights"][outside].any(), "weights has a weight where there is no item")
    for name in ("top_delete", "top_mask", "top_exact"):
        inside = (columns[name] == NO_PLACE) | ((columns[name] >= first) & (columns[name] < window))
        expect(bool(inside.all()), f"{name} names a place that holds no item")
    ties = float(checked_columns(arrays, TAU_TIES)["tau_ties"][0]) if "tau_ties" in arrays else 0.0
    return AcrossUsers(**columns, causes=causes_of(arrays), tau_ties=ties)


def causes_of(arrays: Stored) -> CauseShares | None:
    """Returns the shares of true causes that were found; None if the data knew no causes."""
    if not any(name in arrays for name in CAUSES):
        return None
    kinds, viewings, shares = checked_columns(arrays, CAUSES).values()
    expect(kinds[:1].tolist() == ["all"], "cause_kinds are no kinds")
    has_names = len(set(kinds.tolist())) == len(kinds) and all(1 <= len(kind) <= LONGEST_KIND for kind in kinds)
    expect(has_names, "cause_kinds has a kind without a name of its own")
    missing = np.isnan(shares[:, ~np.isin(FINDERS, MAY_MISS)])
    expect(not missing.any(), "cause_shares holds a value that is not a number from 0 to 1")
    return CauseShares(tuple(kinds.tolist()), viewings, shares)


@dataclass(frozen=True, eq=False)
class Ranks:
    """One row for each test user."""

    users: Annotated[np.ndarray, Column(np.int32, "E", of="M", ascending=True)]
    ranks: Annotated[np.ndarray, Column(np.float32, "E", 1, "N")]  # seen items removed; an exact tie counts half


def ranks_in(arrays: Stored, data: Interactions) -> Ranks:
    """Raises KeyError for a missing array, ValueError saying which array is wrong and how."""
    columns = checked_columns(arrays, columns_of(Ranks), M=data.n_users, N=data.n_items)
    with_test_item = np.flatnonzero(np.diff(data.starts) >= 3)
    expect(np.array_equal(columns["users"], with_test_item), "users are not those with a test item")
    return Ranks(**columns)
