"""How is a recommendation computed? One stage at a time, as a small matrix, with its formula and its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from attrec_core.explain.wording import letter
from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step.figures import matrix, matrix_record
from attrec_core.views.step_by_step.formulas import tex
from attrec_core.views.step_by_step.grids import cell_name, followed, sent_cell
from attrec_core.views.step_by_step.panels import STAGES
from attrec_core.views.step_by_step.records import MatrixRecord, Stage
from attrec_core.views.step_by_step.stages import open_stage
from attrec_core.views.view import CHOICES
from pages.frame import address, page_parts, session
from pages.frame.plain_text import plain
from pages.widgets import components, controls, panels
from pages.widgets.header import header

MASKS = {"after": "after the softmax", "before": "before the softmax", "none": "no mask"}


def switch(scene: Scene, label: str, name: str, settings: Mapping[str, str]) -> None:
    """A setting that changes this stage and all later ones; any but the trained value is a what-if."""
    config = scene.run.model_config
    trained = {"mask": config.mask, "signal": "on" if config.time_signal else "off", "pool": config.aggregation}[name]
    controls.address_choice(label, name, settings, trained)
    caption = f"{label}: {settings[trained]}, as trained."
    if name in scene.what_ifs:
        other = "training with another setting would give a different model."
        caption = f"**What-if:** {scene.what_ifs[name]}. Trained: {settings[trained]}; {other}"
    st.caption(caption)


def followed_cell(scene: Scene, step: Stage) -> None:
    """Says which cell the stage follows, as far as its matrix shows it."""
    cell, grid, said = followed(scene), step.grid, []
    if grid.rows_are or grid.columns_are == "column":
        said.append(cell.reason)
    if grid.columns_are == "dim":
        why = "" if scene.view.dim == cell.dim + 1 else ": of those shown, it contributes most to the score"
        said.append(f"Dimension c = {cell.dim + 1}{why}.")
    if grid.both:
        said.append("A solid frame marks the query item, a dashed frame the key item.")
    st.caption(" ".join([*filter(None, said), "Numbers are rounded on screen only."]))


def cell_line(scene: Scene) -> None:
    cell, places = followed(scene), list(range(1, len(scene.window) + 1))

    def picked() -> None:
        # The browser may still show the list of another moment and send a title that is not in this one.
        cell = st.session_state["who"], st.session_state["whom"]
        if all(position in places for position in cell):
            address.change(cell=cell)

    def name(place: int) -> str:
        return f"{letter(place - 1)} · {scene.title(scene.window[place - 1])[:60]}"

    st.session_state["who"], st.session_state["whom"] = cell.row + 1, cell.column + 1
    with st.container(key="cell_line", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox("Query item, i", places, key="who", format_func=name, on_change=picked, width=240)
        st.selectbox("Key item, j", places, key="whom", format_func=name, on_change=picked, width=240)
        if cell.chosen:
            label = f"Clear cell {cell_name((cell.row + 1, cell.column + 1))}"
            about = "Follow the largest weight again"
            st.button(label, key="clear_cell", on_click=partial(follow, scene, {}), help=about)


# The control below the text of a stage. Without a mask its stage is gone, so its control is at the softmax.
CONTROLS: dict[str, Callable[[Scene], None]] = {
    "signal": partial(switch, label="Time signal", name="signal", settings={"on": "on", "off": "off"}),
    "scores": cell_line,
    "softmax": partial(switch, label="Mask", name="mask", settings=MASKS),
    "intent": partial(switch, label="Pooling", name="pool", settings={pool: pool for pool in CHOICES["pool"]}),
    "distance": controls.omega_slider,
}


def row(step: Stage, at: int) -> None:
    """The line of a stage: its name and its result. A click opens the stage instead of the one that is open."""
    worked = step.worked
    value = f"{worked.value:g}" if step.key == "rank" else tex(worked.value)
    result = "" if np.isnan(worked.value) else f"&emsp;${worked.symbol} = {value}$"
    label, on_click = f"{at} · {plain(step.name)}{result}", partial(address.change, stage=step.key)
    st.button(label, key=f"row_{step.key}", type="tertiary", width="stretch", on_click=on_click)


def stage(scene: Scene, step: Stage, at: int, record: MatrixRecord) -> None:
    left, right = st.columns([1, 1.25], gap="medium")
    with left:
        st.markdown(f"## {at} · {plain(step.name)}\n\n{plain(step.sentence)}\n\n{math(step.formula)}")
        if step.worked.lines:
            st.markdown("  \n".join(map(math, step.worked.lines)))
        if step.key in CONTROLS:
            CONTROLS[step.key](scene)
        followed_cell(scene, step)
    with right:
        on_cell = partial(follow, scene)
        components.stage_matrix(record, key="stage_matrix", on_cell=on_cell, on_select=session.select)


def for_export(step: Stage, record: MatrixRecord) -> None:
    """A file holds every stage, not only the open one."""
    key = f"stage_{step.key}"
    with page_parts.part(key, step.name, None, step.sentence, formulas=(step.formula, *step.worked.lines)):
        if not record.hides:
            page_parts.picture(key, step.name, lambda: matrix(record))


def follow(scene: Scene, cell: Mapping[str, Any]) -> None:
    if fields := sent_cell(scene, cell):
        address.change(**fields)


def math(formula: str) -> str:
    """Inline KaTeX, which begins at the left, and breaks after + and = where the page is narrow."""
    return rf"$\displaystyle {formula}$"


scene = header()
if not scene.run.explains:
    controls.layer_and_head(scene, with_mean=False)
shown, cover = STAGES.of(scene), panels.cover_of(STAGES.key)
if cover.sentence:
    st.markdown(cover.sentence)
steps = cover.record(shown.record)
place = open_stage(steps, scene.view.stage)
with st.container(key="stages", gap=None):
    for number, step in enumerate(steps, 1):
        record = matrix_record(step, followed(scene), address.current().selected)
        for_export(step, record)
        if number == place + 1:
            stage(scene, step, number, record)
        else:
            row(step, number)
if not cover.sentence:
    panels.show(shown)
