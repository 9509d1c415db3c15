"""The stages of the page "Step by step": text, formulas and controls, beside a matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step.figures import matrix, matrix_record
from attrec_core.views.step_by_step.grids import followed
from attrec_core.views.step_by_step.records import Stage
from attrec_core.views.step_by_step.stages import POOLS
from pages.frame import page_parts, session
from pages.widgets import controls
from pages.widgets.component import SHARED, component, event, json_values
from pages.widgets.widgets import offscreen_part, plain, tell_selection

# The drawing code is placed once: a component's code is sent with every rerun, and this page has a dozen matrices.
_drawing = component(
    "matrix", "<div hidden></div>", isolate=False, parts=(*SHARED, "walked_grid"), styles=("titles", "matrix")
)
_matrix = component("matrix_place", '<div class="attrec-matrix" aria-busy="true"></div>', isolate=False, parts=())

_list = component(
    "stage_list", '<nav class="stages" aria-label="Stages" aria-busy="true"></nav>', parts=(*SHARED, "scrolling")
)

MASKS = {"after": "after the softmax", "before": "before the softmax", "none": "no mask"}


def mask_switch(scene: Scene) -> None:
    switch(scene, "Mask", "mask", MASKS, scene.run.model_config.mask)


def signal_switch(scene: Scene) -> None:
    signals = {"on": "on", "off": "off"}
    switch(scene, "Time signal", "signal", signals, "on" if scene.run.model_config.time_signal else "off")


def pooling_switch(scene: Scene) -> None:
    switch(scene, "Pooling", "pool", {pool: pool for pool in POOLS}, scene.run.model_config.aggregation)


def switch(scene: Scene, label: str, name: str, settings: Mapping[str, str], trained: str) -> None:
    """A setting that changes this stage and the stages below at once; any but the trained value is a what-if."""
    controls.address_choice(label, name, list(settings), trained, settings.__getitem__)
    st.caption(
        f"**What-if:** {scene.what_ifs[name]}. Trained: {settings[trained]}; training with another setting would give "
        "a different model."
        if name in scene.what_ifs
        else f"{label}: {settings[trained]}, as trained."
    )


def followed_cell(scene: Scene) -> None:
    """Which cell all stages follow, and how it is marked."""
    cell = followed(scene)
    dim = f"Dimension c = {cell.dim + 1}" + (
        "." if scene.view.dim == cell.dim + 1 else ": of those shown, it contributes most to the score."
    )
    marks = "A solid frame marks the query item, a dashed frame the key item. Numbers are rounded on screen only."
    st.caption(f"{cell.reason} {dim} {marks}".strip())


def cell_line(scene: Scene) -> None:
    """Menus that choose the cell that all stages follow, and a button that clears it."""
    cell, places = followed(scene), list(range(1, len(scene.window) + 1))

    def picked() -> None:
        # The browser may still show the list of another moment and send a title that is not in this one.
        cell = st.session_state["who"], st.session_state["whom"]
        if all(position in places for position in cell):
            session.choose(cell=cell)

    def name(place: int) -> str:
        return f"{place}. {scene.title(scene.window[place - 1])[:60]}"

    st.session_state["who"], st.session_state["whom"] = cell.row + 1, cell.column + 1
    with st.container(key="cell_line", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox("Query item, i", places, key="who", format_func=name, on_change=picked, width=240)
        st.selectbox("Key item, j", places, key="whom", format_func=name, on_change=picked, width=240)
        if cell.chosen:
            label = f"Clear cell {cell.row + 1}, {cell.column + 1}"
            st.button(label, key="clear_cell", on_click=follow_none, help="Follow the largest weight again")


# The control below the text of a stage. Without a mask its stage is gone, so its control is at the softmax.
CHOICES = {
    "values": followed_cell,
    "signal": signal_switch,
    "scores": cell_line,
    "softmax": mask_switch,
    "intent": pooling_switch,
    "distance": controls.omega_slider,
}


def stage_names(steps: Sequence[Stage]) -> str:
    """The names of all stages in a row, in their order with this mask."""
    return " → ".join(step.name for step in steps)


def stages(scene: Scene, steps: Sequence[Stage]) -> None:
    """All stages, one below the other."""
    with st.container(key="stage_list"):
        _list(key="stages", data={"stages": [{"key": step.key, "name": step.name} for step in steps]})
    _drawing(key="matrix_drawing")
    for number, step in enumerate(steps, 1):
        stage(scene, step, number)


def stage(scene: Scene, step: Stage, at: int) -> None:
    """Name, sentence, formula, and the formula with this window's numbers, beside the matrix."""
    with offscreen_part(step.key):
        left, right = st.columns([1, 1.25], gap="medium")
    with left:
        st.markdown(f"## {at} · {plain(step.name)}\n\n{plain(step.sentence)}\n\n{math(step.formula)}")
        if step.worked.lines:
            st.markdown("  \n".join(map(math, step.worked.lines)))
        if step.key in CHOICES:
            CHOICES[step.key](scene)
    with right:
        draw(scene, step)


def math(formula: str) -> str:
    """Inline KaTeX, which begins at the left, and breaks after + and = where the page is narrow."""
    return rf"$\displaystyle {formula}$"


def draw(scene: Scene, step: Stage) -> None:
    """The matrix of a stage. All stages follow a clicked cell; a click on a title selects the item."""
    key, record = f"stage_{step.key}", matrix_record(step, followed(scene), session.selected_id())

    def clicked() -> None:
        if value := event(key, "cell"):
            follow(scene, value)

    formulas = (step.formula, *step.worked.lines)
    with page_parts.part(key, step.name, None, step.sentence, formulas=formulas):
        if not step.veiled:
            page_parts.picture(key, step.name, lambda: matrix(record))
    titled = partial(tell_selection, key, session.select)
    _matrix(key=key, data=json_values(record), on_cell_change=clicked, on_select_change=titled)


def follow(scene: Scene, value: dict[str, Any]) -> None:
    """Follows a clicked cell. What a browser sends need not be a cell of this window."""
    row, column, dim = (value.get(name) for name in ("row", "column", "dim"))
    if row is None:
        follow_none()
    elif isinstance(row, int) and isinstance(column, int) and {row, column} <= set(range(1, len(scene.window) + 1)):
        has_dim = isinstance(dim, int) and 1 <= dim <= scene.run.model_config.dim
        session.choose(cell=(row, column), dim=dim if has_dim else scene.view.dim)


def follow_none() -> None:
    session.choose(cell=None, dim=None)
