"""How a number comes out: every stage as a small matrix, and one number of it worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from attrec_core.views.attention.records import ItemId

Axis = Literal["row", "column", "dim"]  # what a matrix's rows or columns stand for in the followed cell
Sum = tuple[np.ndarray, float]  # all terms, and what is shown as their sum


@dataclass(frozen=True)
class Cell:
    """What all stages follow, each counted from 0: the query item, the key item, and one dimension of their vectors."""

    row: int
    column: int
    dim: int
    chosen: bool  # else it is the largest weight
    reason: str  # why it is this one, where nothing was chosen or the choice cannot be


@dataclass(frozen=True)
class Head:
    """The title of a row or a column."""

    title: str
    at: int | None = None  # the place or the dimension, from 1
    id: ItemId | None = None  # of the item that it names
    colour: str | None = None  # that item's, where it is named by its place


@dataclass(frozen=True, eq=False)
class Grid:
    """The numbers of a stage, as far as they are shown: at most 12 columns, of n × n matrices at most 12 rows too."""

    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    values: np.ndarray  # (rows, columns) float; −∞ where the mask acts before the softmax
    masked: np.ndarray  # (rows, columns) bool
    ends: np.ndarray  # (rows,) of the WHOLE row: its norm, its sum, or a rank
    end_name: str
    signed: bool  # whether negative numbers can occur
    rows_are: Axis | None = None  # what a click on a row chooses
    columns_are: Axis | None = None
    both: bool = False  # whether the key item has its row here too
    across: str = ""  # what the columns are, in words
    cut: str = ""  # what is not shown, in words
    level: float | None = None  # what a cell of shares would be under uniform attention
    relative: bool = False  # whether only differences mean something, as between scores


@dataclass(frozen=True, eq=False)
class Worked:
    """A formula with numbers in it: LaTeX, one line each, and every sum that stands in them."""

    lines: tuple[str, ...]
    sums: tuple[Sum, ...]
    value: float  # what comes out


@dataclass(frozen=True, eq=False)
class Stage:
    """One step on the way from the window to a rank."""

    key: str
    name: str
    sentence: str  # what it does; may hold titles
    formula: str  # LaTeX
    grid: Grid
    worked: Worked
    veiled: bool = False  # whether the lesson hides numbers of the grid, which are NaN


@dataclass(frozen=True, eq=False, kw_only=True)
class MatrixRecord(Grid):
    """A stage's numbers as its matrix draws them."""

    stage: str
    label: str
    end_texts: Sequence[str]  # of each row, or empty
    digits: int  # behind the point
    low: float  # where the scale begins, of numbers without a sign
    top: float  # and where it ends
    alike: bool  # no colour can say anything
    cell: Cell
    selected: ItemId | None = None
