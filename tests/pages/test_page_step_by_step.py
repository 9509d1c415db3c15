"""Step by step: the terms of a formula add up to its result, and one cell is followed through all stages."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from app_pages import opened_page, sent
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from latex2mathml.converter import convert
from other_runs import made
from streamlit.testing.v1 import AppTest

from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.drawing.colormaps import sequential
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.step_by_step import stages as step_by_step_stages
from attrec_core.views.step_by_step.figures import end_texts, matrix, matrix_record
from attrec_core.views.step_by_step.grids import alike, followed, sent_cell
from attrec_core.views.step_by_step.records import Cell, Stage
from attrec_core.views.view import CHOICES, View
from tests.views.test_panels import APPROVED, check_approved

opened = partial(opened_page, "learn/step_by_step")
SAMPLE = load(ROOT / "sample_data" / "run")
VECTORS, SUMMING = ["values", "signal", "placed", "query", "scores"], ["column_weights", "attended", "intent"]
AFTER = [*VECTORS, "softmax", "mask", *SUMMING, "distance", "rank"]
WINDOW = ("alien", "amelie", "rocky", "aliens", "alien")


def matrix_of(app: AppTest, stage: str) -> dict:
    """Returns the data of the one matrix on the page, which is of this stage."""
    (data,) = sent(app, "matrix")
    assert data["stage"] == stage
    return data


def lines(app: AppTest) -> list[str]:
    """Returns the line of each stage that is closed, in the order of the page."""
    return [button.label for button in app.button if str(button.key).startswith("row_")]


def formulas(app: AppTest) -> str:
    return "\n".join(text.value for text in app.markdown)


def captions(app: AppTest) -> str:
    return "\n".join(text.value for text in app.caption)


def found(run: Run, view: View) -> tuple[Scene, dict[str, Stage]]:
    page_scene = scene(run, view)
    return page_scene, {step.key: step for step in step_by_step_stages.stages(page_scene)}


def test_one_stage_is_open_and_each_of_the_others_is_a_line_with_its_result() -> None:
    app = opened(cell="2,4", dim="3")
    matrix_of(app, "values")
    assert [line.split(" · ")[0] for line in lines(app)] == [str(number + 1) for number in range(1, len(AFTER))]
    _, stages = found(SAMPLE, View(user=SAMPLE.interactions.user_ids[0], cell=(2, 4), dim=3))
    for line, step in zip(lines(app), list(stages.values())[1:], strict=True):
        assert f"&emsp;${step.worked.symbol} = " in line
    for wanted, shown in (("rank", "rank"), ("mask", "mask"), ("taste", "values"), ("key", "values")):
        matrix_of(opened(stage=wanted), shown)
    matrix_of(opened(stage="mask", mask="none"), "softmax")


def test_the_largest_weight_is_followed_until_a_cell_is_chosen_and_again_when_it_is_cleared() -> None:
    app = opened(stage="mask")
    weights = np.array(matrix_of(app, "mask")["values"])
    row, column = np.unravel_index(weights.argmax(), weights.shape)
    largest = {"row": int(row), "column": int(column), "chosen": False}
    assert largest.items() <= matrix_of(app, "mask")["cell"].items()
    assert "The largest weight is followed" in captions(app)
    assert "of those shown, it contributes" in captions(opened())
    chosen = {"row": 1, "column": 3, "dim": 2, "chosen": True, "reason": ""}
    for stage in ("values", "mask", "rank"):
        app = opened(cell="2,4", dim="3", stage=stage)
        assert matrix_of(app, stage)["cell"] == chosen
        assert ("Dimension c = 3. " in captions(app)) == (stage == "values")
    app = opened(cell="2,4", dim="3", stage="scores")
    assert app.selectbox(key="who").value == 2
    app.selectbox(key="whom").set_value(1).run()
    assert app.query_params["cell"] == "2,1"
    assert matrix_of(app, "scores")["cell"]["column"] == 0
    app.button(key="clear_cell").click().run()
    assert "cell" not in app.query_params and "dim" not in app.query_params
    assert largest.items() <= matrix_of(app, "scores")["cell"].items()
    app = opened(window="alien,amelie", cell="2,4", stage="scores")
    assert "Cell B, D is outside this window of 2 items" in captions(app)


def test_what_a_browser_sends_is_only_taken_when_it_is_a_cell() -> None:
    page_scene = scene(SAMPLE, View(window=WINDOW))
    for cell in ({"row": 9, "column": 1}, {"row": 1, "column": 0}, {"row": "1", "column": 2}, {"row": 1}, {"row": 1.5}):
        assert sent_cell(page_scene, cell) == {}
    assert sent_cell(page_scene, {"row": 2, "column": 4, "dim": 99}) == {"cell": (2, 4), "dim": None}
    assert sent_cell(page_scene, {"row": None}) == {"cell": None, "dim": None}


def test_a_switch_acts_at_once_and_is_marked_as_a_what_if() -> None:
    def switched(stage: str, key: str, value: str, **query: str) -> tuple[AppTest, dict]:
        app = opened(stage=stage, **query)
        next(group for group in app.get("button_group") if group.key == key).set_value(value).run()
        return app, matrix_of(app, stage)

    app, softmax = switched("softmax", "mask", "before")
    assert app.query_params["mask"] == "before"
    assert lines(app)[5].startswith("6 · Mask")
    assert softmax["masked"][0][0]
    assert matrix_of(opened(stage="mask", mask="before"), "mask")["values"][0][0] is None
    app, _ = switched("softmax", "mask", "none")
    assert len(lines(app)) == len(AFTER) - 2
    app.button(key="as_trained").click().run()
    assert len(lines(app)) == len(AFTER) - 1
    _, signal = switched("signal", "signal", "off", mask="none")
    assert not np.any(signal["values"])
    nearly_equal = matrix_of(opened(stage="softmax", mask="none", signal="off"), "softmax")
    assert nearly_equal["top"] == pytest.approx(2 / 5)  # they must not look uneven
    app, intent = switched("intent", "pool", "max")
    assert r"\max_i" in formulas(app)
    attended = matrix_of(opened(stage="attended", pool="max"), "attended")
    assert np.max(attended["values"], 0) == pytest.approx(intent["values"][0])
    app = opened(stage="distance")
    app.select_slider(key="omega").set_value(0.5).run()
    long, short, y = re.search(r"y_e = .50 \\cdot (\S+) \+ .50 \\cdot (\S+) = (\S+)\$", formulas(app)).groups()
    assert float(y) == pytest.approx((float(long) + float(short)) / 2, abs=0.011)


@pytest.mark.parametrize("mask", ["after", "before", "none"])
def test_a_window_of_one_has_no_largest_weight_and_no_colours_that_would_say_something(mask: str) -> None:
    page_scene, stages = found(SAMPLE, View(window=("alien",), mask=mask))
    for step in stages.values():
        assert np.isfinite(step.grid.values).all() and np.isfinite(step.worked.value), step.key
    assert (stages["intent"].worked.value == 0) == (mask == "after")
    cell = followed(page_scene)
    assert "largest" not in cell.reason
    assert ("it is masked" in cell.reason) == (mask == "after")
    reason = followed(scene(SAMPLE, View(window=("alien",), mask=mask, cell=(2, 3)))).reason
    assert reason.startswith("Cell B, C is outside this window of 1 items. The window holds a single item")
    flat = {key for key, step in stages.items() if alike(step.grid)}
    also = {"after": {"mask", "attended", "intent"}, "before": {"mask"}, "none": set()}  # before: the scores again
    assert flat == {"scores", *also[mask]}
    app = opened(user=SAMPLE.interactions.user_ids[0], window="alien", mask=mask, stage="scores")
    assert matrix_of(app, "scores")["alike"]
    for key in flat:
        drawing = matrix(matrix_record(stages[key], cell))
        assert "all values are equal" in drawing
        assert sequential(1.0) not in drawing
    if mask == "after":
        assert stages["mask"].grid.level is None
        assert "nothing is left" in stages["mask"].sentence
        assert end_texts(stages["column_weights"].grid) == ["0"]  # and so in its only cell


def test_a_key_with_a_matrix_of_its_own_is_a_stage_of_its_own(small_run: Run) -> None:
    key_projection = np.random.default_rng(3).normal(size=(8, 8)).astype(np.float32)
    config = replace(small_run.model_config, shared_projection=False)
    run = replace(small_run, model_config=config, arrays={**small_run.arrays, "key_projection": key_projection})
    page_scene, stages = found(run, View(window=tuple(run.interactions.item_ids[:3]), cell=(1, 3), dim=2))
    assert stages["key"].worked.value == pytest.approx(float(page_scene.trace.key[2, 1]))
    assert stages["key"].grid.rows_are == "column"
    assert "symmetric" not in stages["scores"].sentence


places = st.integers(1, 5)
items = st.lists(st.sampled_from(SAMPLE.interactions.item_ids), min_size=1, max_size=5).map(tuple)
what_ifs = {name: st.sampled_from([None, *CHOICES[name]]) for name in ("mask", "signal", "pool")}


@settings(deadline=None)
@given(
    st.builds(
        View,
        user=st.sampled_from([None, *SAMPLE.interactions.user_ids[:20]]),
        window=items,
        cell=st.none() | st.tuples(places, places),
        dim=st.none() | st.integers(1, 12),
        omega=st.none() | st.floats(0, 1),
        **what_ifs,
    )
)
def test_the_terms_of_every_formula_add_up_to_the_number_that_is_shown(view: View) -> None:
    page_scene, stages = found(SAMPLE, view)
    cell, weight = followed(page_scene), page_scene.trace
    value, total = ({key: step.worked.value for key, step in stages.items()}, {})
    for key, step in stages.items():
        for terms, result in step.worked.sums:
            assert terms.sum() == pytest.approx(result, rel=1e-4, abs=2e-5), key
        total |= {key: step.worked.sums[0][1]} if step.worked.sums else {}
        for formula in (step.formula, *step.worked.lines):
            assert "\\" not in convert(formula), "a report could not draw it"
        if key not in ("distance", "rank"):
            at = {"row": cell.row, "column": cell.column, "dim": cell.dim, None: 0}
            shown = step.grid.values[at[step.grid.rows_are], at[step.grid.columns_are]]
            assert value[key] == pytest.approx(shown, rel=1e-4, abs=2e-5), key
    count = 1 if page_scene.moment.config.aggregation == "sum" else len(page_scene.window)
    assert np.sqrt(total["values"]) == pytest.approx(stages["values"].grid.ends[cell.row], rel=1e-5)
    assert max(0, total["query"]) == pytest.approx(value["query"], rel=1e-4, abs=2e-5)
    assert total["scores"] / np.sqrt(64) == pytest.approx(value["scores"], rel=1e-4)
    assert value["scores"] == pytest.approx(weight.scores[cell.row, cell.column], rel=1e-4, abs=2e-5)
    assert total["column_weights"] / count == pytest.approx(value["column_weights"], rel=1e-4, abs=1e-6)
    if view.mask != "before":  # with which the sum of a row has one term fewer
        rising, whole = stages["softmax"].worked.sums[0]
        softmax = weight.softmax[cell.row, cell.column]
        assert rising[cell.column] / whole == pytest.approx(softmax, rel=1e-4, abs=1e-6)
    item = page_scene.explained
    assert value["distance"] == pytest.approx(float(page_scene.ranking.blended[item]), rel=1e-5)
    assert value["rank"] == page_scene.ranking.ranks[item]


def test_the_drawings_of_the_matrices_are_the_approved_ones() -> None:
    page_scene, stages = found(SAMPLE, View(user=SAMPLE.interactions.user_ids[17], step=9))
    lines = ["# Of each kind of matrix one drawing, as on the page Step by step"]
    for key in ("signal", "scores", "mask", "column_weights", "rank"):
        drawing = matrix(matrix_record(stages[key], followed(page_scene), page_scene.item_id(page_scene.window[1])))
        lines += ["", f"## {key}", "", *drawing.replace("><", ">\n<").splitlines()]
    check_approved("\n".join(lines) + "\n", APPROVED / "step_by_step_matrices.txt")


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
    for stage in step_by_step_stages.stages(shown):
        assert stage.worked.value == pytest.approx(shown_value(stage, cell), abs=1e-5), stage.key
        for terms, total in stage.worked.sums:
            assert terms.sum() == pytest.approx(total, abs=1e-5), stage.key
        if stage.key in ("scores", "mask"):
            record = matrix_record(stage, cell)
            values = record.values[np.isfinite(record.values) & ~record.masked]
            assert record.low <= values.min() + 1e-5 and values.max() <= record.top + 1e-5 and values.min() < 0
            below += record.low < 0
    assert below == 2
