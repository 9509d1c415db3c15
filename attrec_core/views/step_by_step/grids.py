"""The matrices of the stages, cut to the part that is shown, and the cell that all stages follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from attrec_core.errors import all_of
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step.records import Axis, Cell, Grid, Head

SHOWN = 12  # largest number of columns, and of rows for a longer window
TITLE = 300  # characters of a title that are sent to the browser


def block(count: int, place: int) -> range:
    """Returns the newest SHOWN places, or an older block that begins at `place`."""
    start = max(0, min(count - SHOWN, place))
    return range(start, min(count, start + SHOWN))


def heads(scene: Scene, places: range) -> tuple[Head, ...]:
    return tuple(item_head(scene, scene.window[place], place + 1) for place in places)


def item_head(scene: Scene, index: int, at: int | None = None) -> Head:
    """at: the item's place in the window, from 1, if the head shows it."""
    colour = None if at is None else item_colour(scene.hue(index))
    mark = "" if at is None else letter(at - 1)
    return Head(scene.title(index)[:TITLE], at, scene.item_id(index), colour, mark)


def places_said(what: str, places: range, count: int) -> str:
    return "" if len(places) == count else f" {what} {letter(places.start)} to {letter(places.stop - 1)} of {count}."


def plain_grid(rows: tuple[Head, ...], table: np.ndarray, ends: np.ndarray | None = None) -> Grid:
    """Returns the grid of (r, d) vectors that belong to no place in the window. ends: norms and sums of squares of the
    rows (None: the norms)."""
    dim, values = table.shape[1], table[:, :SHOWN]
    end_note = "‖row‖ is the norm of the whole row"
    if ends is not None:
        end_note = "at the end of a row its norm ‖·‖, or the sum Σ of its squares, over all of them"
    return Grid(
        rows,
        columns=tuple(Head(f"dimension {c}", c, mark=str(c)) for c in range(1, values.shape[1] + 1)),
        values=values,
        masked=np.zeros(values.shape, bool),
        ends=np.linalg.norm(table, axis=1) if ends is None else ends,
        end_name="‖row‖" if ends is None else "‖·‖, Σ",
        signed=True,
        columns_are="dim",
        across="dimension →",
        cut=f"{extent_said(dim)}; {end_note}.",
    )


def extent_said(dim: int) -> str:
    return f"The first {SHOWN} of {dim} dimensions" if dim > SHOWN else all_of(dim, "dimension")


def dims_grid(
    scene: Scene, cell: Cell, table: np.ndarray, *, both: bool = False, rows_are: Axis = "row", signed: bool = True
) -> Grid:
    """(n, d) → a grid with a row for each item of the window: its first dimensions and its norm."""
    rows = block(len(table), cell.row if rows_are == "row" else cell.column)
    grid = plain_grid(heads(scene, rows), table[rows.start : rows.stop])
    cut = grid.cut + places_said("Rows", rows, len(table))
    return replace(grid, signed=signed, rows_are=rows_are, both=both, cut=cut)


def weights_grid(
    scene: Scene, cell: Cell, rows: tuple[Head, ...], table: np.ndarray, masked: np.ndarray, level: float | None
) -> Grid:
    """Returns the grid of an (r, n) table whose columns are key items. level: a cell's value under uniform attention;
    None for scores, whose sum has no meaning."""
    columns = block(table.shape[1], cell.column)
    return Grid(
        rows,
        columns=heads(scene, columns),
        values=table[:, columns.start : columns.stop],
        masked=masked[:, columns.start : columns.stop],
        ends=np.empty(0) if level is None else table.sum(1),
        end_name="" if level is None else "Σ",
        signed=False,
        columns_are="column",
        across="key item j →",
        cut=places_said("Columns", columns, table.shape[1]).strip(),
        level=level,
        relative=level is None,
    )


def pairs_grid(
    scene: Scene, cell: Cell, table: np.ndarray, masked: np.ndarray, *, shared_by: int | None = None
) -> Grid:
    """Returns the grid of an (n, n) table whose rows are query items. shared_by: the number of items over which a row
    distributes its attention; None for scores."""
    rows = block(len(table), cell.row)
    part, level = slice(rows.start, rows.stop), None if shared_by is None else 1 / shared_by
    grid = weights_grid(scene, cell, heads(scene, rows), table[part], masked[part], level)
    cut = f"{places_said('Rows', rows, len(table))} {grid.cut}".strip()
    return replace(grid, rows_are="row", end_name=f"{grid.end_name} row" if grid.end_name else "", cut=cut)


def scale(grid: Grid) -> tuple[float, float]:
    """Returns the lower and the upper end of the colour scale. For vectors, the scale is ± the upper end.

    The lower end is 0, the upper end the largest number or twice the uniform share (1 at most), whichever is larger.
    For scores, the ends are the smallest and the largest score, but the scale spans at least 1, if it does not go below
    0 for that alone: a smaller difference hardly matters to a softmax.
    """
    values = grid.values[np.isfinite(grid.values)].astype(float)
    if grid.relative and len(values):
        least, most = float(values.min()), float(values.max())
        low = min(least, most - 1)
        return (low if least < 0 else max(low, 0.0)), most
    return 0.0, max(float(np.abs(values).max(initial=0.0)), min(1.0, 2 * (grid.level or 0.0))) or 1.0


def alike(grid: Grid) -> bool:
    """Whether colours have no meaning, because all numbers are 0 or all scores are equal."""
    values = grid.values[np.isfinite(grid.values)]
    return grid.level is None and not (values != (values[:1] if grid.relative else 0)).any()


def followed(scene: Scene) -> Cell:
    """Returns the view's cell if it is in this window, else that with the largest weight of the rows that count."""
    if scene.run.explains:
        weights, query, key = scene.trace.weights, scene.trace.query, scene.trace.key
    else:
        layer, head = chosen_layer_and_head(scene)
        stage = scene.moment.sasrec.layers[layer - 1]
        weights, query, key = (part[0, head - 1] for part in (stage.weights, stage.query, stage.key))
    count, dims = len(scene.window), min(query.shape[1], SHOWN)
    view_cell, dim = scene.view.cell, scene.view.dim
    if view_cell is not None and max(view_cell) <= count:
        chosen, reason, row, column = True, "", view_cell[0] - 1, view_cell[1] - 1
    else:
        chosen, reason = False, reason_of_default(scene, view_cell)
        row, column = map(int, np.unravel_index(weights.argmax(), (count, count)))
        if scene.moment.attention.counts == "last":
            row, column = count - 1, int(weights[-1].argmax())
    if dim is None or dim > dims:
        dim = int((query[row] * key[column])[:dims].argmax()) + 1
    return Cell(row, column, dim - 1, chosen, reason)


def sent_cell(scene: Scene, value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a view that follows a cell which a browser has sent; without a row, none is followed. Empty where
    it is no cell of this window: a browser can be made to send anything."""
    row, column, dim = (value.get(name) for name in ("row", "column", "dim"))
    places = range(1, len(scene.window) + 1)
    if row is None:
        return {"cell": None, "dim": None}
    if not (isinstance(row, int) and isinstance(column, int) and row in places and column in places):
        return {}
    has_dim = isinstance(dim, int) and 1 <= dim <= scene.run.model_config.dim
    return {"cell": (row, column), "dim": dim if has_dim else scene.view.dim}


def attends(scene: Scene, cell: Cell) -> str:
    """States which item attends to which in a cell, the beginning of a sentence."""
    query, key = (f"“{scene.title(scene.window[place])}” ({letter(place)})" for place in (cell.row, cell.column))
    verb = "may not attend" if scene.moment.attention.masked[cell.row, cell.column] else "attends"
    return f"{query} {verb} to {key if cell.row != cell.column else 'itself'}"


def cell_name(cell: tuple[int, int]) -> str:
    """The letters of a cell's query item and key item. cell: of a view, from 1."""
    return ", ".join(letter(place - 1) for place in cell)


def chosen_layer_and_head(scene: Scene) -> tuple[int, int]:
    """Returns layer and head, from 1: by default the last layer and its first head, as their mean is not a stage."""
    return scene.moment.layer or scene.run.model_config.layers, scene.moment.head or 1


def reason_of_default(scene: Scene, wanted: tuple[int, int] | None) -> str:
    """Returns why the default cell is followed. wanted: the cell of the view that is outside the window, if any."""
    count = len(scene.window)
    outside = "" if wanted is None else f"Cell {cell_name(wanted)} is outside this window of {count} items"
    if count == 1:
        masked = ", and it is masked" if scene.moment.attention.masked[0, 0] else ""
        return f"{outside and f'{outside}. '}The window holds a single item, so there is only one cell{masked}."
    largest = "the largest weight" + (" of the last row" if scene.moment.attention.counts == "last" else "")
    if outside:
        return f"{outside}, so {largest} is followed."
    return f"{largest[:1].upper()}{largest[1:]} is followed. Click any cell to follow another."
