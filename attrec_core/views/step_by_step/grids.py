"""The matrices of the stages, cut to what can be shown, and the cell that all of them follow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step.records import Axis, Cell, Grid, Head

SHOWN = 12  # columns; of a longer window rows too
TITLE = 300  # characters of a title that travel


def block(count: int, place: int) -> range:
    """The newest SHOWN places, or an older block that begins at `place`."""
    start = max(0, min(count - SHOWN, place))
    return range(start, min(count, start + SHOWN))


def items(scene: Scene, places: range) -> tuple[Head, ...]:
    return tuple(item_head(scene, scene.window[place], place + 1) for place in places)


def item_head(scene: Scene, index: int, at: int | None = None) -> Head:
    """at: its place in the window, where it is named by that."""
    colour = None if at is None else item_colour(scene.hue(index))
    return Head(scene.title(index)[:TITLE], at, scene.item_id(index), colour)


def places_said(what: str, places: range, count: int) -> str:
    return "" if len(places) == count else f" {what} {places.start + 1} to {places.stop} of {count}."


def plain_grid(rows: tuple[Head, ...], table: np.ndarray, ends: np.ndarray | None = None) -> Grid:
    """(r, d) vectors that belong to no place, with their norms, or with `ends`: norms, and sums of squares."""
    dim, values = table.shape[1], table[:, :SHOWN]
    whole = "‖row‖ is the norm of the whole row"
    if ends is not None:
        whole = "at the end of a row its norm ‖·‖, or the sum Σ of its squares, over all of them"
    of = f"The first {SHOWN} of {dim} dimensions" if dim > SHOWN else f"All {dim} dimensions"
    return Grid(
        rows,
        columns=tuple(Head(f"dimension {c}", c) for c in range(1, values.shape[1] + 1)),
        values=values,
        masked=np.zeros(values.shape, bool),
        ends=np.linalg.norm(table, axis=1) if ends is None else ends,
        end_name="‖row‖" if ends is None else "‖·‖, Σ",
        signed=True,
        columns_are="dim",
        across="dimension →",
        cut=f"{of}; {whole}.",
    )


def dims_grid(
    scene: Scene, cell: Cell, table: np.ndarray, *, both: bool = False, rows_are: Axis = "row", signed: bool = True
) -> Grid:
    """(n, d) → a row for each item of the window, its first dimensions, and its norm."""
    rows = block(len(table), cell.row if rows_are == "row" else cell.column)
    grid = plain_grid(items(scene, rows), table[rows.start : rows.stop])
    cut = grid.cut + places_said("Rows", rows, len(table))
    return replace(grid, signed=signed, rows_are=rows_are, both=both, cut=cut)


def weights_grid(
    scene: Scene, cell: Cell, rows: tuple[Head, ...], table: np.ndarray, masked: np.ndarray, level: float | None
) -> Grid:
    """(r, n): columns are key items. level: what a cell would be under uniform attention; None for scores, whose sum
    means nothing."""
    columns = block(table.shape[1], cell.column)
    return Grid(
        rows,
        columns=items(scene, columns),
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
    """(n, n): rows are query items. shared_by: over how many each row shares out its attention, where it does."""
    rows = block(len(table), cell.row)
    part, level = slice(rows.start, rows.stop), None if shared_by is None else 1 / shared_by
    grid = weights_grid(scene, cell, items(scene, rows), table[part], masked[part], level)
    cut = f"{places_said('Rows', rows, len(table))} {grid.cut}".strip()
    return replace(grid, rows_are="row", end_name=f"{grid.end_name} row" if grid.end_name else "", cut=cut)


def scale(grid: Grid) -> tuple[float, float]:
    """The ends of the colours: ± the largest number where there are negative ones, else 0 and the largest, or twice
    the uniform share. Scores begin at the smallest, but span 1 at least: less is no great difference to a softmax."""
    seen = np.abs(grid.values[np.isfinite(grid.values) & ~grid.masked].astype(float))
    top = max(float(seen.max(initial=0.0)), min(1.0, 2 * (grid.level or 0.0))) or 1.0
    return (max(0.0, min(float(seen.min(initial=top)), top - 1)) if grid.relative else 0.0), top


def alike(grid: Grid) -> bool:
    """Whether no colour can say anything: the numbers are all 0, or scores that are all one number."""
    seen = grid.values[np.isfinite(grid.values) & ~grid.masked]
    if not len(seen):
        return grid.level is None
    return bool(np.ptp(seen) == 0 and (grid.relative or seen.flat[0] == 0)) and grid.level is None


def followed(scene: Scene) -> Cell:
    """The cell of the view where it lies in this window, else that of the largest weight."""
    weights, query, key = followed_parts(scene)
    count, dims = len(scene.window), min(query.shape[1], SHOWN)
    wanted, dim = scene.view.cell, scene.view.dim
    if wanted is not None and max(wanted) <= count:
        chosen, reason, row, column = True, "", wanted[0] - 1, wanted[1] - 1
    else:
        chosen, reason = False, reason_of_default(scene, wanted)
        row, column = map(int, np.unravel_index(weights.argmax(), (count, count)))
        if scene.moment.attention.counts == "last":
            row, column = count - 1, int(weights[-1].argmax())
    if dim is None or dim > dims:
        dim = int((query[row] * key[column])[:dims].argmax()) + 1
    return Cell(row, column, dim - 1, chosen, reason)


def followed_parts(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, n) attention, (n, k) query and (n, k) key, of AttRec or of a layer and head."""
    if scene.run.explains:
        return scene.trace.weights, scene.trace.query, scene.trace.key
    layer, head = chosen_layer_and_head(scene)
    stage = scene.moment.sasrec.layers[layer - 1]
    return stage.weights[0, head - 1], stage.query[0, head - 1], stage.key[0, head - 1]


def chosen_layer_and_head(scene: Scene) -> tuple[int, int]:
    """From 1: the last layer, and the first head, unless others are chosen. A mean of heads is no stage."""
    return scene.moment.layer or scene.run.model_config.layers, scene.moment.head or 1


def reason_of_default(scene: Scene, wanted: tuple[int, int] | None) -> str:
    """Why this cell is followed, where no cell of the window was chosen."""
    count = len(scene.window)
    outside = "" if wanted is None else f"Cell {wanted[0]}, {wanted[1]} is outside this window of {count} items"
    if count == 1:
        masked = ", and it is masked" if scene.moment.attention.masked[0, 0] else ""
        only = f"The window holds a single item, so there is only one cell{masked}."
        return f"{outside}. {only}" if outside else only
    largest = "the largest weight" + " of the last row" * (scene.moment.attention.counts == "last")
    if outside:
        return f"{outside}, so {largest} is followed."
    return f"{largest[:1].upper()}{largest[1:]} is followed. Click any cell to follow another."
