"""All stages as one table: a line for each row of each matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attrec_core.views.step_by_step.records import Grid, Head, Stage


def stages(steps: Sequence[Stage]) -> pd.DataFrame:
    """Columns 1, 2, … are those of the stage's matrix, named in `columns`; a masked cell is empty, not 0."""
    width = max(step.grid.values.shape[1] for step in steps)
    lines = [line(step, row, width) for step in steps for row in range(len(step.grid.rows))]
    return pd.DataFrame(lines, columns=["stage", "row", "columns", *map(str, range(1, width + 1)), "whole row"])


def line(step: Stage, row: int, width: int) -> list[object]:
    grid = step.grid
    values = np.where(grid.masked[row], np.nan, grid.values[row].astype(float)).round(4)
    padded = [*values.tolist(), *[float("nan")] * (width - len(values))]
    end = f"{grid.end_name} = {float(grid.ends[row]):.4g}" if len(grid.ends) else ""
    return [step.name, named(grid.rows[row]), columns_of(grid), *padded, end]


def named(head: Head) -> str:
    return head.title[:40] if head.at is None else f"{head.at}. {head.title[:40]}"


def columns_of(grid: Grid) -> str:
    first, last = grid.columns[0], grid.columns[-1]
    if grid.columns_are == "dim":
        return f"dimensions 1 to {last.at}"
    if grid.columns_are == "column":
        return f"places {first.at} to {last.at}, looked at"
    return ", ".join(head.title for head in grid.columns)
