"""Step by step with a run of SASRec: the worked formulas come to the numbers that the model computes."""

from __future__ import annotations

import numpy as np
import pytest
from other_runs import made

from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.step_by_step.figures import matrix_record
from attrec_core.views.step_by_step.grids import followed
from attrec_core.views.step_by_step.records import Cell, Stage
from attrec_core.views.step_by_step.stages import stages, summary, table
from attrec_core.views.view import View


@pytest.fixture(scope="module")
def run() -> Run:
    return made("sasrec", layers="2", heads="2", dim="8", window="5")


@pytest.fixture(scope="module", params=[(None, None), (1, 2), (2, 2)], ids=str)
def shown(request: pytest.FixtureRequest, run: Run) -> Scene:
    layer, head = request.param
    longest = run.interactions.user_ids[int(np.diff(run.interactions.starts).argmax())]
    return scene(run, View(user=longest, layer=layer, head=head, cell=(4, 2), dim=3))


def shown_value(stage: Stage, cell: Cell) -> float:
    """Returns the value of the followed cell in the matrix of the stage."""
    grid, at = stage.grid, []
    for heads, axis in ((grid.rows, grid.rows_are), (grid.columns, grid.columns_are)):
        at.append([head.at for head in heads].index(getattr(cell, str(axis)) + 1))
    return float(grid.values[at[0], at[1]])


def test_a_worked_formula_comes_to_the_number_of_its_cell_and_the_colour_scale_holds_every_score(shown: Scene) -> None:
    cell, below = followed(shown), 0
    for stage in stages(shown):
        assert stage.worked.value == pytest.approx(shown_value(stage, cell), abs=1e-5), stage.key
        for terms, total in stage.worked.sums:
            assert terms.sum() == pytest.approx(total, abs=1e-5), stage.key
        if stage.key in ("scores", "mask"):
            record = matrix_record(stage, cell)
            values = record.values[np.isfinite(record.values) & ~record.masked]
            assert record.low <= values.min() + 1e-5 and values.max() <= record.top + 1e-5 and values.min() < 0
            below += record.low < 0
    assert below == 2


def test_the_weights_are_those_of_the_chosen_head_and_a_second_layer_begins_with_the_first(shown: Scene) -> None:
    layer, head = shown.view.layer or 2, shown.view.head or 1
    grids = {stage.key: stage.grid for stage in stages(shown)}
    layers = shown.moment.sasrec.layers
    assert grids["weights"].values == pytest.approx(layers[layer - 1].weights[0, head - 1])
    assert grids["weights"].masked.tolist() == np.triu(np.ones((5, 5), bool), 1).tolist()
    assert ("inputs" in grids) == (layer == 2)
    if layer == 2:
        assert grids["inputs"].values == pytest.approx(layers[0].outputs[0])
    end = "layer 2 begins" if layer == 1 else "is compared with the vector of every item"
    assert end in summary(shown) and "feed-forward network" in summary(shown)
    assert len(table(stages(shown))) == sum(len(grid.rows) for grid in grids.values())
