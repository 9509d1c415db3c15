"""Records of the page Step by step: every stage as a small matrix, with one of its numbers worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import Template
from typing import Literal

import numpy as np

from attrec_core.views.moment.attention import ItemId
from attrec_core.views.texts import sections

Axis = Literal["row", "column", "dim"]  # the part of the followed cell that rows or columns stand for
Sum = tuple[np.ndarray, float]  # all terms, and the sum that is shown
# Stages with attention in their formula: of the followed row, and of all rows.
OF_A_ROW, OF_ALL_ROWS = ("scores", "softmax", "weights", "mask", "attended"), ("column_weights", "intent")


@dataclass(frozen=True)
class Cell:
    """The cell that all stages follow: a query item, a key item, and one dimension of their vectors, each from 0."""

    row: int
    column: int
    dim: int
    chosen: bool  # else it is the cell with the largest weight
    reason: str  # why this cell is followed, if no cell was chosen or the chosen cell is outside the window


@dataclass(frozen=True)
class Head:
    title: str
    at: int | None = None  # the place or the dimension, from 1
    id: ItemId | None = None  # of the item named in the title
    colour: str | None = None  # of the item, if `at` is its place
    mark: str = ""  # how `at` is written: the item's letter, or the number of the dimension


@dataclass(frozen=True, eq=False)
class Grid:
    """The shown numbers of a stage: at most 12 columns, and of n × n matrices at most 12 rows."""

    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    values: np.ndarray  # (rows, columns) float; −∞ where the mask acts before the softmax, NaN where it is hidden
    masked: np.ndarray  # (rows, columns) bool
    ends: np.ndarray  # (rows,) of the WHOLE row: its norm, its sum, its share, or a rank
    end_name: str
    signed: bool  # whether negative numbers can occur
    rows_are: Axis | None = None  # the part of the followed cell that a click on a row chooses
    columns_are: Axis | None = None
    both: bool = False  # whether the key item has a row, too
    across: str = ""  # meaning of the columns, in words
    cut: str = ""  # which rows and columns are shown, in words
    level: float | None = None  # a cell's value under uniform attention, if the cells are shares
    level_name: str = "uniform in a row"  # the mask makes the level of a column's average lower than that of a row
    relative: bool = False  # whether only differences are meaningful, as between scores
    end_digits: int = 2  # decimals of the ends


@dataclass(frozen=True, eq=False)
class Worked:
    """A formula with its numbers, as lines of LaTeX, and every sum in it. symbol: of the result, as LaTeX."""

    symbol: str
    lines: tuple[str, ...]
    sums: tuple[Sum, ...]
    value: float  # the result


@dataclass(frozen=True, eq=False)
class Stage:
    """One step on the way from the window to a rank."""

    key: str
    name: str
    sentence: str  # explains the stage; may contain titles of items
    formula: str  # LaTeX
    grid: Grid
    worked: Worked

    @classmethod
    def of(cls, key: str, grid: Grid, worked: Worked, section: str = "", **fields: object) -> Stage:
        """The stage with its name, sentence and formula of `texts/step_by_step.md`. section: there, if it is not the
        key; fields: what stands in its texts."""
        texts = sections("step_by_step")[section or key].split("\n\n")
        name, sentence, formula = (Template(text.replace("\n", " ")).substitute(fields) for text in texts)
        return cls(key, name, sentence, formula, grid, worked)

    def veiled(self, row: int, open_rows: int, diagonal: bool) -> Stage:
        """Returns the stage with NaN for hidden attention: all but the first `open_rows` rows and, if `diagonal`, the
        diagonal. row: of the followed cell, from 0."""
        step, grid = self, self.grid
        if self.key in OF_ALL_ROWS or (self.key in OF_A_ROW and row >= open_rows):
            step = replace(step, worked=Worked("", (), (), np.nan))
        if grid.columns_are != "column":
            return step
        rows, columns = (np.array([head.at or 0 for head in heads]) for heads in (grid.rows, grid.columns))
        visible = grid.masked.copy()  # what the mask removes is known: 0 or −∞
        if grid.rows_are == "row":
            visible |= (rows[:, None] <= open_rows) | (diagonal & (rows[:, None] == columns))
        # With the mask after the softmax, the sum of a row is 1 − its number on the diagonal.
        ends = grid.ends
        if len(ends) and grid.rows_are == "row" and not diagonal:
            ends = np.where(rows <= open_rows, ends, np.nan)
        return replace(step, grid=replace(grid, values=np.where(visible, grid.values, np.nan), ends=ends))


@dataclass(frozen=True, eq=False, kw_only=True)
class MatrixRecord(Grid):
    stage: str
    label: str
    end_texts: Sequence[str]  # of each row, or empty
    digits: int  # decimals
    low: float  # lower end of the colour scale for unsigned numbers
    top: float  # upper end of the colour scale
    alike: bool  # whether colours have no meaning
    cell: Cell
    selected: ItemId | None = None

    @property
    def hides(self) -> bool:
        """Whether some of its numbers are hidden."""
        return bool(np.isnan(self.values).any())
