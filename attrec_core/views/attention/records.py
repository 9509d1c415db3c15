"""What the attention page's figures draw, in the browser and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from attrec_core.explain.attention import Attention, Counts
from attrec_core.explain.compare import Slot
from attrec_core.explain.experiments import Experiment
from attrec_core.explain.wording import letter
from attrec_core.runs.systems import Measure

ItemId = int | str
# What an item receives, by the rows that count: how it is said, and what the bars are called.
RECEIVED = {"average": "on average", "total": "in total", "last": "from the last item"}
BAR_NAMES = {"average": "average attention", "total": "total attention", "last": "last row"}
CHANGE_NAMES = {"average": "average, difference", "total": "total, difference", "last": "last row, difference"}


@dataclass(frozen=True, eq=False, kw_only=True)
class AttentionRecord(Attention):
    """An attention matrix with the items of its window, as it is drawn."""

    ids: Sequence[ItemId]  # n
    titles: Sequence[str]  # n
    colours: Sequence[str | None] = ()  # n, each item's own; empty: none has one
    most: float | None = None  # where the scale of the cells ends, above which all have its last colour; None: nowhere
    most_column: float | None = None  # and that of the bars
    places: Sequence[str] = ()  # n, by which the items are marked; empty: A, B, C …
    own: Sequence[float] = ()  # n, the model's own average attention, where it is set by hand
    drags: bool = False  # whether the bars can be dragged
    selected: ItemId | None = None
    cell: tuple[int, int] | None = None  # row and column, from 1, of the cell that is followed
    follows: bool = False  # whether a click on a cell follows it
    revision: int = 0  # of the edited window, which the browser compares with what it has sent
    ahead: str = ""  # where the browser asks for the matrix of an edit, before the page has run; empty: nowhere
    open_rows: int | None = None  # rows that are shown while the rest is veiled; None: all

    @property
    def top(self) -> float:
        """The attention that has the last colour. A causal mask leaves the first rows few items, whose large shares
        would darken all others: then the scale is that of the last row."""
        rows = self.weights[-1] if self.counts == "last" else self.weights
        return self.most or min(1.0, max(2 * self.uniform, float(np.max(rows))))

    @property
    def clipped(self) -> bool:
        """Whether a cell is beyond the scale."""
        return float(np.max(self.weights)) > self.top

    def veiled(self) -> AttentionRecord:
        """The record without the numbers that are veiled: NaN."""
        if self.open_rows is None:
            return self
        weights = np.array(self.weights, np.float64)
        weights[self.open_rows :] = np.nan
        averages = np.full(len(self.column_weights), np.nan)
        return replace(self, weights=weights, column_weights=averages, missing=0.0, own=())


def on_one_scale(records: Sequence[AttentionRecord]) -> list[AttentionRecord]:
    """The records with scales that hold for all of them, so that one colour is one weight in all matrices."""
    cells = max(record.top for record in records)
    bars = max(
        max(2 * record.uniform_column, record.missing, float(np.max(record.column_weights))) for record in records
    )
    return [replace(record, most=cells, most_column=bars) for record in records]


@dataclass(frozen=True, eq=False)
class ChangeRecord:
    """Edited − baseline: n rows and columns, each a slot of one of the windows or both; NaN: there is no difference."""

    ids: Sequence[ItemId]  # n
    titles: Sequence[str]  # n
    colours: Sequence[str]  # n
    places: Sequence[str]  # n: A, B, C …, in parentheses those of the baseline
    only: Sequence[Literal["removed", "added"] | None]  # n: by the edit
    weights: np.ndarray  # (n, n)
    masked: np.ndarray  # (n, n) bool
    column_weights: np.ndarray  # (n,)
    counts: Counts = "average"
    selected: ItemId | None = None
    revision: int = 0


def slot_letter(slot: Slot) -> str:
    """Its letter in the edited window; of an item that only the baseline has, that one in parentheses."""
    return letter(slot.place_b - 1) if slot.place_b else f"({letter((slot.place_a or 1) - 1)})"


@dataclass(frozen=True)
class RankedRow:
    """A row of the recommendations; `short` and `long` sum to AttRec's `value`, and are 0 in another system. An item
    that is no candidate is shown without its rank, the one that it would have."""

    rank: float
    id: ItemId
    title: str
    subtitle: str
    value: float  # by the measure of the list
    short: float
    long: float
    is_candidate: bool = True
    marks: Sequence[str] = ()
    move: str | None = None  # since the baseline: "▲2", "▼1", "=", "NEW"
    change: str | None = None  # of the value since the baseline, with its sign


@dataclass(frozen=True)
class RankingRecord:
    """The recommendations, best first. A rank that does not follow the one before stands after a gap."""

    rows: Sequence[RankedRow]
    measure: Measure
    selected: ItemId | None = None


@dataclass(frozen=True)
class ExperimentsRecord:
    """The experiments, and whose rank they tell."""

    whose: str
    rows: Sequence[Experiment]
    applied: str | None = None  # the key of the one that is shown
