"""Records that the figures of the attention page draw, in the browser and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from attrec_core.explain.attention import Attention, Counts
from attrec_core.explain.compare import Slot
from attrec_core.explain.experiments import Experiment
from attrec_core.explain.wording import letter

ItemId = int | str
# `counts` → how a sentence says it, the name of the bars, and the name of their difference.
RECEIVED = {"average": "on average", "total": "in total", "last": "from the last item"}
BAR_NAMES = {"average": "average attention", "total": "total attention", "last": "last row"}
# Whose colour scale a matrix has that another matrix is compared with.
ONE_SCALE, OWN_SCALE, BASELINES_SCALE, SCALE_BEFORE = (
    "one scale for both",
    "own scale",
    "the baseline's scale",
    "scale as before the change",
)
NEARLY_ALL = 0.95  # attention
GREY = 0.6  # of a colour scale: below it, all colours are blue or grey
CHANGE_NAMES = {"average": "average, difference", "total": "total, difference", "last": "last row, difference"}


@dataclass(frozen=True, eq=False, kw_only=True)
class AttentionRecord(Attention):
    """An attention matrix with the items of its window and the settings of its drawing."""

    ids: Sequence[ItemId]  # n
    titles: Sequence[str]  # n
    colours: Sequence[str | None] = ()  # n, the colour of each item; empty: no item has a colour
    most: float | None = None  # end of the cells' colour scale; larger weights have its last colour; None: see `top`
    most_column: float | None = None  # end of the bars' scale; None: it follows from the bars
    places: Sequence[str] = ()  # n, the marks of the items; empty: A, B, C …
    own: Sequence[float] = ()  # n, the model's own average attention, where the average attention is set by hand
    selected: ItemId | None = None
    cell: tuple[int, int] | None = None  # row and column, from 1, of the followed cell
    scale: str = ""  # whose colour scale it is, in words, where that could be asked

    @property
    def top(self) -> float:
        """The attention at the end of the colour scale. With a causal mask, the first rows attend to few items, and
        their large shares would make all other cells dark, so the scale is that of the last row. A scale that would end
        near 100 % ends there: hardly a share is beyond it."""
        top = self.most or max(2 * self.uniform, self.largest)
        return 1.0 if top > NEARLY_ALL else top

    @property
    def largest(self) -> float:
        """The largest attention in the rows that set the colour scale."""
        return float(np.max(self.weights[-1] if self.counts == "last" else self.weights))

    @property
    def clipped(self) -> bool:
        """Whether the attention of a cell is beyond the end of the scale."""
        return float(np.max(self.weights)) > self.top + 1e-4

    def veiled(self, rows: int) -> AttentionRecord:
        """Returns the record with NaN for every number but those of the first rows."""
        weights = np.array(self.weights, np.float64)
        weights[rows:] = np.nan
        averages = np.full(len(self.column_weights), np.nan)
        return replace(self, weights=weights, column_weights=averages, missing=0.0, own=())


def on_one_scale(records: Sequence[AttentionRecord], scale: str = "") -> list[AttentionRecord]:
    """Returns the records with shared scales, so that a colour means the same weight in every matrix. scale: what each
    says about its colour scale."""
    cells = max(record.top for record in records)
    bars = max(
        max(2 * record.uniform_column, record.missing, float(np.max(record.column_weights))) for record in records
    )
    return [replace(record, most=cells, most_column=bars, scale=scale) for record in records]


def on_scale_of(record: AttentionRecord, before: AttentionRecord, scale: str) -> AttentionRecord:
    """Returns the record with the scales that it shares with the matrix before a change. Where all its cells would be
    dark or grey on that colour scale, or some beyond its end, it has its own. scale: what it says about the scale of
    the matrix before."""
    shared, _ = on_one_scale([record, before], scale)
    fits = record.top <= before.top + 1e-4 and record.largest >= GREY * before.top
    return shared if fits else replace(shared, most=record.top, scale=OWN_SCALE)


@dataclass(frozen=True, eq=False)
class ChangeRecord:
    """Edited − baseline: n rows and columns, one per slot of the two windows. NaN where no difference exists."""

    ids: Sequence[ItemId]  # n
    titles: Sequence[str]  # n
    colours: Sequence[str]  # n
    places: Sequence[str]  # n: A, B, C … of the edited window; in parentheses a letter of the baseline
    only: Sequence[Literal["removed", "added"] | None]  # n: whether the edit removed or added the item
    weights: np.ndarray  # (n, n)
    masked: np.ndarray  # (n, n) bool
    column_weights: np.ndarray  # (n,)
    counts: Counts = "average"
    selected: ItemId | None = None


def slot_letter(slot: Slot) -> str:
    """Returns the slot's letter in the edited window, or, for an item of the baseline alone, its letter there in
    parentheses."""
    return letter(slot.place_b - 1) if slot.place_b else f"({letter((slot.place_a or 1) - 1)})"


@dataclass(frozen=True)
class ListedItem:
    """An item of the list that an experiment makes."""

    rank: float | None  # None: not a candidate
    title: str
    move: str  # since before the experiment: "▲2", "▼1", "=", "NEW"
    is_next: bool  # whether it is the actual next item


@dataclass(frozen=True, eq=False)
class EffectRecord:
    """What one experiment does: the matrix and the list after it."""

    key: str
    name: str
    matrix: AttentionRecord
    items: Sequence[ListedItem]  # the top 10, then the actual next item, if it is not one of them
    attention: str  # sentences: what changes in the attention, and in the list
    moves: str


@dataclass(frozen=True, eq=False)
class ExperimentsRecord:
    """The experiments, with the item whose rank they give, and the effect of one of them."""

    whose: str
    rows: Sequence[Experiment]
    applied: str | None = None  # key of the applied experiment
    effect: EffectRecord | None = None  # shown until a row is pointed at; None: no effect is shown
    why: str = ""  # why the effect of this experiment is shown
