"""The matrices of the stages, cut to what can be shown, and the cell that all of them follow."""

from __future__ import annotations

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


def dims(count: int) -> tuple[Head, ...]:
    return tuple(Head(f"dimension {c}", c) for c in range(1, min(count, SHOWN) + 1))


def dims_said(count: int, ends: str = "‖row‖ is the norm of the whole row") -> str:
    of = f"The first {SHOWN} of {count} dimensions" if count > SHOWN else f"All {count} dimensions"
    return f"{of}; {ends}."


def places_said(what: str, places: range, count: int) -> str:
    return "" if len(places) == count else f" {what} {places.start + 1} to {places.stop} of {count}."


def dims_grid(
    scene: Scene, cell: Cell, table: np.ndarray, *, both: bool = False, rows_are: Axis = "row", signed: bool = True
) -> Grid:
    """(n, d) → a row for each item of the window, its first dimensions, and its norm."""
    rows = block(len(table), cell.row if rows_are == "row" else cell.column)
    values = table[rows.start : rows.stop]
    return Grid(
        items(scene, rows),
        columns=dims(table.shape[1]),
        values=values[:, :SHOWN],
        masked=np.zeros(values[:, :SHOWN].shape, bool),
        ends=np.linalg.norm(values, axis=1),
        end_name="‖row‖",
        signed=signed,
        rows_are=rows_are,
        columns_are="dim",
        both=both,
        across="dimension →",
        cut=dims_said(table.shape[1]) + places_said("Rows", rows, len(table)),
    )


def pairs_grid(
    scene: Scene, cell: Cell, table: np.ndarray, masked: np.ndarray, *, shared_by: int | None = None
) -> Grid:
    """(n, n): rows look, columns are looked at. shared_by: over how many each row shares out its attention, where it
    does; scores have no sum that means something."""
    count = len(table)
    rows, columns = block(count, cell.row), block(count, cell.column)
    part = np.ix_(rows, columns)
    return Grid(
        items(scene, rows),
        columns=items(scene, columns),
        values=table[part],
        masked=masked[part],
        ends=np.empty(0) if shared_by is None else table[rows.start : rows.stop].sum(1),
        end_name="" if shared_by is None else "Σ row",
        signed=False,
        rows_are="row",
        columns_are="column",
        across="who is looked at →",
        cut=(places_said("Rows", rows, count) + places_said("Columns", columns, count)).strip(),
        level=None if shared_by is None else 1 / shared_by,
        relative=shared_by is None,
    )


def weights_grid(scene: Scene, cell: Cell, weights: np.ndarray, level: float) -> Grid:
    """(n,) w, aligned with the columns above it; level: what each would be if all were looked at alike."""
    columns = block(len(weights), cell.column)
    values = weights[None, columns.start : columns.stop]
    return Grid(
        (Head("w"),),
        columns=items(scene, columns),
        values=values,
        masked=np.zeros(values.shape, bool),
        ends=np.array([weights.sum()]),
        end_name="Σ",
        signed=False,
        rows_are=None,
        columns_are="column",
        across="who is looked at →",
        cut=places_said("Columns", columns, len(weights)).strip(),
        level=level,
    )


def plain_grid(rows: tuple[Head, ...], table: np.ndarray, dim: int, ends: np.ndarray | None = None) -> Grid:
    """(r, d) vectors that belong to no place, with their norms, or with `ends`: norms, and sums of squares."""
    return Grid(
        rows,
        columns=dims(dim),
        values=table[:, :SHOWN],
        masked=np.zeros(table[:, :SHOWN].shape, bool),
        ends=np.linalg.norm(table, axis=1) if ends is None else ends,
        end_name="‖row‖" if ends is None else "‖·‖, Σ",
        signed=True,
        rows_are=None,
        columns_are="dim",
        across="dimension →",
        cut=dims_said(dim)
        if ends is None
        else dims_said(dim, "at the end of a row its norm ‖·‖, or the sum Σ of its squares, over all of them"),
    )


def scale(grid: Grid) -> tuple[float, float]:
    """The ends of the colours: ± the largest number where there are negative ones, else 0 and the largest, or twice
    the even share. Scores begin at the smallest, but span 1 at least: less is no great difference to a softmax."""
    seen = np.abs(grid.values[np.isfinite(grid.values) & ~grid.masked].astype(float))
    top = max(float(seen.max(initial=0.0)), min(1.0, 2 * (grid.level or 0.0))) or 1.0
    return (max(0.0, min(float(seen.min(initial=top)), top - 1)) if grid.relative else 0.0), top


def alike(grid: Grid) -> bool:
    """Whether no colour can say anything: the numbers are all 0, or scores that are all one number."""
    seen = grid.values[np.isfinite(grid.values) & ~grid.masked]
    if not len(seen):
        return True
    return bool(np.ptp(seen) == 0 and (grid.relative or seen.flat[0] == 0)) and grid.level is None


def digits(top: float) -> int:
    """Behind the point, for numbers up to `top`."""
    return 3 if top < 0.0995 else 2 if top < 100 else 0


def followed(scene: Scene) -> Cell:
    """The cell of the view where it lies in this window, else that of the largest weight."""
    count, dims = len(scene.window), min(scene.run.model_config.dim, SHOWN)
    wanted, dim = scene.view.cell, scene.view.dim
    chosen = wanted is not None and max(wanted) <= count
    if chosen:
        row, column = wanted[0] - 1, wanted[1] - 1
        reason = ""
    else:
        row, column = map(int, np.unravel_index(scene.trace.weights.argmax(), (count, count)))
        reason = reason_of_default(scene, wanted)
    if dim is None or dim > dims:
        dim = int((scene.trace.query[row] * scene.trace.key[column])[:dims].argmax()) + 1
    return Cell(row, column, dim - 1, chosen, reason)


def reason_of_default(scene: Scene, wanted: tuple[int, int] | None) -> str:
    """Why this cell is followed, though none that lies in the window was chosen."""
    count = len(scene.window)
    outside = "" if wanted is None else f"Cell {wanted[0]}, {wanted[1]} lies outside this window of {count}"
    if count == 1:
        masked = ", and the mask hides it" if scene.trace.masked[0, 0] else ""
        only = f"The window holds a single item, so there is only one cell{masked}."
        return f"{outside}. {only}" if outside else only
    if outside:
        return f"{outside}, so this is the largest weight."
    return "No cell is chosen, so this is the largest weight. Click any cell to follow another."
