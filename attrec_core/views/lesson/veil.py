"""Hides numbers of the stages while a later step of the lesson still asks about the attention matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attrec_core.views.step_by_step.records import Stage, Worked

VEILED = (
    "Of the attention, only the first row and the diagonal are shown, and only the first row is worked out: a later "
    "step of the lesson asks about the rest."
)
NO_DIAGONAL = "Of the attention, only the first row is shown and worked out: the lesson asks about the rest."
OF_A_ROW = (
    "scores",
    "softmax",
    "weights",
    "mask",
    "attended",
)  # stages whose formula contains the followed row's attention
OF_ALL_ROWS = ("column_weights", "intent")


def veiled(steps: Sequence[Stage], row: int, open_rows: int, diagonal: bool) -> tuple[Stage, ...]:
    """Returns the stages with NaN for hidden attention: all except the first `open_rows` rows and, if `diagonal`, the
    diagonal. row: of the followed cell, from 0."""
    return tuple(veiled_stage(step, row, open_rows, diagonal) for step in steps)


def veiled_stage(step: Stage, row: int, open_rows: int, diagonal: bool) -> Stage:
    grid = step.grid
    if step.key in OF_ALL_ROWS or (step.key in OF_A_ROW and row >= open_rows):
        step = replace(step, worked=Worked((), (), np.nan))
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
