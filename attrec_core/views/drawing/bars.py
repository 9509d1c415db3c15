"""Columns of bars that the browser and Plotly draw: the waterfall of a distance, and its relatives. Texts are plain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class BarPart:
    """One bar of a column. value: what it adds to `start`, in the unit of the axis; below 0 it goes down."""

    start: float
    value: float
    colour: str
    hatched: bool = False
    side: Literal["left", "right"] | None = None  # the half of the column that it fills; None: the whole width


@dataclass(frozen=True)
class BarColumn:
    """A column with its letter or sign and its name below it, and its number at `end`: below the column where that is
    lower than the start of its first bar, else above."""

    id: str | None  # of the item that a click selects
    sign: str
    name: str
    colour: str  # of the plate that holds the sign
    bars: Sequence[BarPart]
    text: str  # the number
    end: float  # where the number stands: at the end of the bar, or at the dash if that would strike it through
    hover: str  # lines, the first one the name
    dash: float | None = None  # where the column would end with the average item's term
    strong: bool = False  # whether the number is bold
    chosen: bool = False

    @property
    def level(self) -> float:
        """Where the column ends."""
        return self.bars[-1].start + self.bars[-1].value

    @property
    def goes_down(self) -> bool:
        return self.end < self.bars[0].start

    @property
    def beyond(self) -> float:
        """How far the dash is beyond the end of the column, in the direction of the column."""
        return 0.0 if self.dash is None else (self.dash - self.level) * (-1 if self.goes_down else 1)


@dataclass(frozen=True)
class BarNote:
    """A text at the right: at the upper border, or at the lower one."""

    text: str
    top: bool


@dataclass(frozen=True)
class BarsRecord:
    label: str  # the figure in words
    title: str  # of the axis
    columns: Sequence[BarColumn]
    connected: bool = False  # whether a dotted line leads from the end of each column to the next one
    dashes: str = ""  # what a dash is; empty: there is none
    notes: Sequence[BarNote] = ()

    @property
    def extent(self) -> tuple[float, float]:
        """The lowest and the highest value of bars and dashes; 0 is between them."""
        ends = [end for column in self.columns for bar in column.bars for end in (bar.start, bar.start + bar.value)]
        dashes = [column.dash for column in self.columns if column.dash is not None]
        return min([0.0, *ends, *dashes]), max([0.0, *ends, *dashes])
