"""Parts of the page Attention: the matrix, attention by hand, the experiments, and before and after an edit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from attrec_core.explain.compare import Comparison
from attrec_core.explain.experiments import Experiment, experiments
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views import page_context
from attrec_core.views.attention import attention_map, compare, effect, figures, tables, words
from attrec_core.views.attention.records import ExperimentsRecord
from attrec_core.views.page_context import Scene
from attrec_core.views.view import to_query
from pages.frame import address, page_list, page_parts, runs, session
from pages.learn import _lesson
from pages.widgets import controls, widgets
from pages.widgets.component import SHARED, component, event, json_values

_change = component(
    "attention_change",
    '<div class="map" aria-busy="true"></div>',
    parts=(*SHARED, "walked_grid", "attention_grid"),
    styles=("titles", "attention_map"),
)
_experiments = component(
    "experiments",
    '<div class="experiments" aria-busy="true"></div>',
    parts=(*SHARED, "scrolling", "walked_grid", "attention_grid"),
    styles=("titles", "attention_map", "experiments"),
)


EDIT = "Edit the recent items or choose another user, and watch the recommendations."
MODELS_OWN = {"by_hand": None}
BY_HAND = (
    "What if attention were different? Drag a bar of the average attention, or focus it and press the arrow keys. The "
    "other bars are scaled, so that the sum stays the same. m, the distances and the ranks follow from your values."
)


def matrix(scene: Scene) -> None:
    """The attention matrix with cells, columns and bars that can be clicked."""
    rows = _lesson.open_rows()
    widgets.twin(
        lambda: widgets.attention_map(
            replace(
                words.attention_record(scene),
                revision=session.revision(scene),
                cell=scene.view.cell,
                open_rows=rows,
                ahead=runs.address_of("attention", session.run_name()) if rows is None else "",
            ),
            selected=session.selected_id(),
            key="attention_map",
            on_select=session.select,
            on_cell=session.follow,
            on_weights=take_weights,
        ),
        partial(tables.attention, scene) if rows is None else None,
        words.attention_sentence(scene) if rows is None else words.VEILED,
        key="attention_twin",
        heading="Attention matrix",
        guide=words.guide(scene),
    )


def other_system(scene: Scene) -> None:
    """Shown instead of the matrix: what the system computes from its input."""
    system = SYSTEMS[scene.run.model_config.model]
    paper = f" ({system.paper})" if system.paper else ""
    widgets.title_line(f"What {system.inside or system.label} computes", "other_system")
    st.markdown(widgets.plain(f"{system.sentence[:-1]}{paper}."))
    if system.reads_window:
        st.markdown(EDIT)
    if system.adds:
        page_list.link("why", "Why this item? →", address.query())
    page_list.link("compare", "Compare with another run →", address.query())


def not_offered(scene: Scene) -> None:
    """A caption: what the system reads, and which parts of AttRec's page it does not have."""
    system = SYSTEMS[scene.run.model_config.model]
    reads = system.reading(scene.run.model_config, system.full_label)
    st.caption(widgets.plain(f"{reads} {words.NO_METRIC_SPACE}"))


def by_hand(scene: Scene) -> None:
    """The switch that lets a person set the average attention."""
    reason = words.no_hand(scene)
    model_shares = page_context.own_shares(scene.moment)

    def switch() -> None:
        session.choose(by_hand=model_shares if st.session_state["by_hand"] and any(model_shares) else None)

    st.session_state["by_hand"] = scene.by_hand
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        label = "Set attention by hand"
        st.toggle(label, key="by_hand", disabled=bool(reason), help=reason or BY_HAND, on_change=switch)
        if scene.by_hand:
            st.button("Back to the model's attention", key="not_by_hand", on_click=session.choose, kwargs=MODELS_OWN)


def take_weights(weights: object) -> None:
    """Stores the values of the bars, unless the same message also ends attention by hand: that click came later."""
    if st.session_state["by_hand"] and not st.session_state.get("not_by_hand"):
        session.take_weights(weights)


def what_changes(scene: Scene) -> None:
    """The experiments, which keep their place; the comparison with the baseline opens below them."""
    if _lesson.hidden_until("experiments") is None:
        experiments_list(scene)
    else:
        opens_later("Experiments", "experiments")
    if scene.compared is None:
        st.caption(compare.NOTHING_CHANGED)
    else:
        before_and_after(scene)


def what_an_edit_changes(scene: Scene) -> None:
    """`what_changes` for a system other than AttRec: no experiments; the list, and the matrices if it has attention."""
    if scene.compared is None:
        st.caption(compare.NO_EDIT)
    elif scene.run.attends:
        before_and_after(scene)
    else:
        controls.list_moves(scene, compare.list_change(scene))


def opens_later(heading: str, part: str) -> None:
    """Shown instead of a part of the page that would give away the answer to a step of the lesson."""
    widgets.title_line(heading, f"{part}_hidden")
    st.markdown(f"This part opens after step {_lesson.hidden_until(part)} of the lesson: it shows that step's answer.")


def before_and_after(scene: Scene) -> None:
    """The two matrices beside each other; below them their difference, and how the list moved."""
    comparison = compare.comparison(scene)
    if _lesson.open_rows() is not None:
        controls.list_moves(scene, comparison)
        opens_later("Attention matrices before and after", "matrix")
        return
    side_columns = st.columns(2, gap="large")
    change_column, list_column = st.columns(2, gap="large")
    for column, name, (heading, moment, record, sentence) in zip(side_columns, "ab", compare.sides(scene), strict=True):
        with column:
            choices = {"selected": session.selected_id(), "on_select": session.select}
            draw = partial(widgets.attention_map, record, key=f"attention_map_{name}", **choices)
            table, title = partial(tables.attention, scene, moment), f"Attention matrix, {heading}"
            widgets.twin(draw, table, sentence, key=f"attention_twin_{name}", title=title, heading=heading)
    with change_column:
        widgets.twin(
            None if comparison.disjoint else lambda: attention_change(scene, comparison),
            partial(tables.change, scene, comparison),
            compare.change_sentence(scene, comparison),
            key="change_twin",
            heading=compare.what_changed(scene),
        )
    with list_column:
        controls.list_moves(scene, comparison)


def attention_change(scene: Scene, comparison: Comparison) -> None:
    """The difference of the matrices, edited − baseline. A click selects the column's item, a second click clears."""
    record = replace(compare.change_record(scene, comparison), selected=session.selected_id())
    key, title = "attention_change", "Difference of the attention matrices, now − baseline"
    page_parts.picture(key, title, lambda: attention_map.attention_change(record))
    _change(key=key, data=json_values(record), on_select_change=lambda: widgets.tell_selection(key, session.select))


def experiments_list(scene: Scene) -> None:
    """One row for each experiment, with a button that applies it."""
    start, applied = session.before_experiment(scene)
    rows = experiments(start.moment)
    record = replace(compare.experiments_record(start, rows), applied=applied)
    # A step of the lesson may still ask for a part of the matrix, or for the diagonal, which one experiment shows.
    asked = _lesson.open_rows() is not None or _lesson.hidden_until("diagonal") is not None
    if rows and not asked:
        row, why = effect.shown_first(rows, applied)
        url = f"{runs.address_of('effect', session.run_name())}?{urlencode({'view': urlencode(to_query(start.view))})}"
        record = replace(record, effect=effect.effect_record(start, row.key), why=why, effects=url)
    widgets.twin(
        lambda: experiment_table(start, rows, record),
        partial(tables.experiments, record),
        compare.experiments_sentence(start, rows),
        key="experiments_twin",
        whole=lambda: tables.experiments(record, in_numbers=True),
        heading="Experiments: one change at a time",
        guide=compare.WHAT_EXPERIMENTS_ARE,
    )


def experiment_table(start: Scene, rows: tuple[Experiment, ...], record: ExperimentsRecord) -> None:
    by_key = {row.key: row for row in rows}

    def applied() -> None:
        row = by_key.get(str(event("experiments", "apply").get("key")))
        if row is not None and row.can_apply:
            session.try_experiment(row.key, **compare.experiment_fields(start, row))

    page_parts.picture("experiments", "Experiments", lambda: figures.experiments(record))
    _experiments(key="experiments", data=json_values(record), on_apply_change=applied)
