"""Which cell all stages follow, and why it is this one."""

from __future__ import annotations

import numpy as np

from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step.grids import SHOWN
from attrec_core.views.step_by_step.records import Cell


def followed(scene: Scene) -> Cell:
    """The cell of the view where it lies in this window, else that of the largest weight."""
    count, dims = len(scene.window), min(scene.run.model_config.dim, SHOWN)
    asked, dim = scene.view.cell, scene.view.dim
    chosen = asked is not None and max(asked) <= count
    if chosen:
        row, column = asked[0] - 1, asked[1] - 1
        said = ""
    else:
        row, column = map(int, np.unravel_index(scene.trace.weights.argmax(), (count, count)))
        said = said_of_default(scene, asked)
    if dim is None or dim > dims:
        dim = int((scene.trace.query[row] * scene.trace.key[column])[:dims].argmax()) + 1
    return Cell(row, column, dim - 1, chosen, said)


def said_of_default(scene: Scene, asked: tuple[int, int] | None) -> str:
    """Why this cell is followed, though none that lies in the window was chosen."""
    count = len(scene.window)
    outside = "" if asked is None else f"Cell {asked[0]}, {asked[1]} lies outside this window of {count}"
    if count == 1:
        masked = ", and the mask hides it" if scene.trace.masked[0, 0] else ""
        only = f"The window holds a single item, so there is only one cell{masked}."
        return f"{outside}. {only}" if outside else only
    if outside:
        return f"{outside}, so this is the largest weight."
    return "No cell is chosen, so this is the largest weight. Click any cell to follow another."
