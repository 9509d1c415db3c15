"""Below the attention matrix: the experiments, and before and after an edit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from attrec_core.explain.compare import Comparison
from attrec_core.explain.experiments import Experiment, experiments
from attrec_core.views.attention import attention_map, compare, figures, tables
from attrec_core.views.attention.records import ExperimentsRecord
from attrec_core.views.page_context import Scene
from pages.frame import page_parts, session
from pages.learn import _lesson
from pages.widgets import chart, controls, widgets
from pages.widgets.component import SHARED, component, event, sent

_change = component(
    "attention_change",
    '<div class="map"></div>',
    parts=(*SHARED, "walked_grid", "attention_grid"),
    styles=("attention_map",),
)
_experiments = component("experiments", '<div class="experiments"></div>')


def before_and_after(scene: Scene) -> None:
    """Nothing where the baseline is shown."""
    if scene.compared is None:
        return
    comparison = compare.comparison(scene)
    st.header("Before and after", anchor=False)
    *both, last = st.columns(3, gap="large")
    for column, name, (words, moment, record, sentence) in zip(both, "ab", compare.sides(scene), strict=True):
        with column:
            st.markdown(f"**{words}**")
            choices = {"selected": session.selected_id(), "on_select": session.select}
            draw = partial(widgets.attention_map, record, key=f"attention_map_{name}", **choices)
            table, title = tables.attention(scene, moment), f"Attention matrix, {words}"
            widgets.twin(draw, table, sentence, key=f"attention_twin_{name}", title=title)
    with last:
        st.markdown(f"**{compare.what_changed(scene)}**")
        widgets.twin(
            None if comparison.disjoint else lambda: attention_change(scene, comparison),
            tables.change(scene, comparison),
            compare.change_sentence(scene, comparison),
            key="change_twin",
        )


def what_changes(scene: Scene) -> None:
    """How the list moved, where B is not A, beside what each single change would do."""
    changed = scene.compared is not None
    left, right = st.columns([1.1, 1], gap="large")
    come = _lesson.hidden_until("experiments")
    with right if changed else left:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.header("Experiments: one change at a time", anchor=False, width="content")
            if changed and come is None:  # nothing beside them says what they are
                st.popover("what are these?").markdown(compare.WHAT_EXPERIMENTS_ARE)
        if come is None:
            experiments_list(scene)
        else:
            st.markdown(f"They come when step {come} of the lesson is done: they would give its answer away.")
    if changed:
        with left:
            comparison = compare.comparison(scene)
            st.header("How the list moved", anchor=False)
            chart.twin(
                figures.rank_moves(scene, comparison),
                tables.moves(scene, comparison),
                comparison.sentence,
                key="rank_moves",
                title="How the list moved",
                height=figures.MOVES_HEIGHT,
                on_click=controls.select_clicked(scene),
                label="rank of each recommendation before and after",
            )
    elif come is None:
        with right:
            st.header("What are these?", anchor=False)
            st.markdown(compare.WHAT_EXPERIMENTS_ARE)


def attention_change(scene: Scene, comparison: Comparison) -> None:
    """The matrix of edited − baseline. A click selects the column's item, again clears."""
    record = replace(compare.change_record(scene, comparison), selected=session.selected_id())
    key, title = "attention_change", "Difference of the attention matrices, edited − baseline"
    page_parts.picture(key, title, lambda: attention_map.attention_change(record))
    _change(key=key, data=sent(record), on_select_change=lambda: widgets.tell_selection(key, session.select))


def experiments_list(scene: Scene) -> None:
    """One row an experiment; the button makes it real."""
    rows = experiments(scene.moment)
    record = compare.experiments_record(scene, rows)
    widgets.twin(
        lambda: experiment_table(scene, rows, record),
        tables.experiments(record),
        compare.experiments_sentence(scene, rows),
        key="experiments_twin",
        whole=lambda: tables.experiments(record, in_numbers=True),
    )


def experiment_table(scene: Scene, rows: tuple[Experiment, ...], record: ExperimentsRecord) -> None:
    by_key = {row.key: row for row in rows}

    def applied() -> None:
        row = by_key.get(str(event("experiments", "apply").get("key")))
        if row is not None and row.can_apply:
            session.choose(**compare.experiment_fields(scene, row))

    page_parts.picture("experiments", "Experiments", lambda: figures.experiments(record))
    _experiments(key="experiments", data=sent(record), on_apply_change=applied)
