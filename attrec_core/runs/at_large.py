"""What attention does over all test users of a run, and how often it finds a known cause."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

# What may point at the true cause of a viewing; the last two are what anything has to be compared with.
FINDERS = ("attention", "exact", "delete", "mask", "nearest", "latest", "chance")
NO_PLACE = -1
SAME = 1e-6  # weights that differ by less are alike: float32 tells them apart no further


@dataclass(frozen=True, eq=False)
class CauseShares:
    """Share of the caused viewings whose true cause each finder picks; full windows that hold the cause only.

    attention: the largest w; exact: the most attracting term of the exact sum; delete, mask: the largest leave-one-out
    effect; nearest: the shortest ‖X_i − x_j‖²; latest: always the last place; chance: 1/n.
    """

    kinds: tuple[str, ...]  # "all" first, then each kind of cause
    viewings: np.ndarray  # (K,) int64, how many of each kind
    shares: (
        np.ndarray
    )  # (K, 7) float64, a column for each of FINDERS; NaN: no exact sum, or one item alone to leave out


@dataclass(frozen=True, eq=False)
class AtLarge:
    """One row for each test user: the window before the test item, and the item that the model puts first for them.

    An effect says how much an item of the window attracts the explained one: by how much its distance grows when the
    item is left out (deleted, so that the others shift; or masked in place), or how far its term of the exact sum lies
    below the term's mean over the catalogue. τ is Kendall's τ-b of the attention w with an effect, within one window;
    NaN where all weights or all effects are equal, for a single item, and for exact where m is a max or min.
    Weights are right-aligned: the latest item stands in the last of L places.
    """

    users: np.ndarray  # (E,) int32, ascending
    lengths: np.ndarray  # (E,) int16, n, items in the window
    explained: np.ndarray  # (E,) int32, the item that is ranked first
    ranks: np.ndarray  # (E,) float32, of the test item, exact ties as half
    weights: np.ndarray  # (E, L) float32, w; 0 where there is no item
    tau_delete: np.ndarray  # (E,) float32
    tau_mask: np.ndarray  # (E,) float32
    tau_exact: np.ndarray  # (E,) float32
    top_delete: np.ndarray  # (E,) int16, place of the largest effect; −1 where no effect differs from another
    top_mask: np.ndarray  # (E,) int16
    top_exact: np.ndarray  # (E,) int16
    columns: np.ndarray  # (E,) float32, η²: share of the variance off the diagonal that the column explains; or NaN
    columns_shuffled: np.ndarray  # (E,) float32, the same after each row's cells were shuffled
    mean_map: np.ndarray  # (L, L) float32, mean attention map of the full windows; 0 without any
    causes: CauseShares | None  # where the data says what caused each viewing

    @property
    def full(self) -> np.ndarray:
        """(E,) bool: whose window is full."""
        return self.lengths == self.weights.shape[1]

    @cached_property
    def shares(self) -> np.ndarray:
        """(E, L) of the attention that is given at all; NaN rows where a mask took everything."""
        total = self.weights.sum(1, keepdims=True, dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 0, self.weights / total, np.nan)

    @cached_property
    def looked(self) -> np.ndarray:
        """(E, L) w as it is; NaN rows where a mask took everything."""
        total = self.weights.sum(1, keepdims=True, dtype=np.float64)
        return np.where(total > 0, self.weights.astype(np.float64), np.nan)

    @property
    def recency(self) -> np.ndarray:
        """(E,) w of the latest item."""
        return self.looked[:, -1]

    @cached_property
    def entropy(self) -> np.ndarray:
        """(E,) of the shares, over log n: 1 is even, 0 is all on one item; NaN for a single item."""
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = np.where(self.shares > 0, np.log(self.shares), np.where(np.isnan(self.shares), np.nan, 0.0))
            return -(self.shares * logs).sum(1) / np.where(self.lengths > 1, np.log(self.lengths), np.nan)

    @property
    def top_attention(self) -> np.ndarray:
        """(E,) the place that is looked at most, the oldest of equals."""
        return np.where(self.held, self.weights, -1).argmax(1)

    @property
    def held(self) -> np.ndarray:
        """(E, L) bool: the places that hold an item."""
        length = self.weights.shape[1]
        return np.arange(length) >= length - self.lengths[:, None]

    def agrees(self, top: np.ndarray) -> np.ndarray:
        """(E,) 1 where the place `top` has the largest weight (or one of several), 0 where not, NaN where there is no
        such place."""
        own = self.weights[np.arange(len(top)), top]
        return np.where(top == NO_PLACE, np.nan, own >= self.weights.max(1) - SAME)


@dataclass(frozen=True, eq=False)
class PlaceShares:
    """Mean w by place in the window, the oldest first; what they lack to 1 is not looked at."""

    shares: np.ndarray  # (L,) float64
    level: float  # each place's w if all were looked at alike and nothing were masked
    missing: float  # mean ρ: what the mask took
    users: int  # over how many windows
    full: bool  # whether these are the full windows only


@dataclass(frozen=True, eq=False)
class TauHistogram:
    """How many users have which τ. Rows: delete, mask, exact."""

    centres: np.ndarray  # (21,) float64, −1 … 1
    counts: np.ndarray  # (3, 21) int64
    means: np.ndarray  # (3,) float64, over the users who have one; NaN without any
    own: float | None  # τ (delete) of the user who is looked at


@dataclass(frozen=True)
class Extreme:
    """A test user at one end of a measure."""

    rule: str  # such as "looks most at the latest item"
    user: int
    value: float
    why: str  # a sentence with the numbers
    page: str  # that shows it, such as "attention"
