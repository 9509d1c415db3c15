"""What does the model attend to? The window, the L × L attention and the recommendations; an edit changes them all."""

from __future__ import annotations

import streamlit as st

from attrec_core.views import page_context
from attrec_core.views.attention.heads import MOST, heads_of
from attrec_core.views.attention.panels import (
    ATTENTION,
    BEFORE,
    CHANGE,
    EXPERIMENTS,
    HEADS,
    MOVES,
    NO_EDIT,
    NOTHING_CHANGED,
    RANKING,
    as_baseline,
    experiment_fields,
)
from attrec_core.views.moment.attention import NO_METRIC_SPACE, no_hand
from attrec_core.views.page_context import Scene
from pages.frame import address, page_list, runs, session
from pages.frame.plain_text import plain
from pages.widgets import controls, panels, widgets
from pages.widgets.editor import EDITING, LONG, editor
from pages.widgets.header import header

EDIT = "Edit the recent items or choose another user, and watch the recommendations."
VEILED_BARS = "Not while the lesson hides the bars."
BY_HAND = (
    "What if attention were different? Drag a bar of the average attention, or focus it and press the arrow keys. The "
    "other bars are scaled, so that the sum stays the same. m, the distances and the ranks follow from your values."
)


def matrix(scene: Scene) -> None:
    """The attention matrix with cells, columns and bars that can be clicked. While the lesson covers a part of it, the
    browser gets no matrix ahead of the page, which would be a whole one."""
    covered = panels.cover_of(ATTENTION.key).sentence
    panels.show(
        ATTENTION.of(scene),
        on_select=session.select,
        on_cell=session.follow,
        on_weights=take_weights,
        revision=session.revision(scene),
        ahead="" if covered else runs.address_of("attention", session.run_name()),
    )


def all_heads(scene: Scene) -> None:
    """A small matrix for each layer and head, where there are several; a click shows it large, below."""
    if 1 < heads_of(scene) <= MOST:
        panels.show(HEADS.of(scene), on_choose=choose_head)
    else:
        controls.layer_and_head(scene)


def choose_head(matrix_id: str) -> None:
    """The last layer and the mean of the heads are not in the address. A browser can be made to send anything."""
    layer, _, head = matrix_id.partition(".")
    if layer.isdecimal() and head.isdecimal():
        address.change(layer=int(layer), head=int(head) or None)


def other_system(scene: Scene) -> None:
    """Shown instead of the matrix: what the system computes from its input."""
    system = scene.run.system
    paper = f" ({system.paper})" if system.paper else ""
    widgets.title_line(f"What {system.inside or system.label} computes", "other_system")
    st.markdown(plain(f"{system.sentence[:-1]}{paper}."))
    if system.reads_window:
        st.markdown(EDIT)
    if system.adds:
        page_list.link("why", "Why this item? →", address.query())
    page_list.link("compare", "Compare with another run →", address.query())


def by_hand(scene: Scene) -> None:
    """The switch that lets a person set the average attention; not while the lesson hides it, because the switch puts
    the model's own values into the address."""
    reason = VEILED_BARS if panels.cover_of(ATTENTION.key).sentence else no_hand(scene)
    model_shares = page_context.own_shares(scene.moment)

    def switch() -> None:
        address.change(by_hand=model_shares if st.session_state["by_hand"] and any(model_shares) else None)

    st.session_state["by_hand"] = scene.by_hand
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        label = "Set attention by hand"
        st.toggle(label, key="by_hand", disabled=bool(reason), help=reason or BY_HAND, on_change=switch)
        if scene.by_hand:
            label, own = "Back to the model's attention", {"by_hand": None}
            st.button(label, key="not_by_hand", on_click=address.change, kwargs=own)


def take_weights(weights: object) -> None:
    """Stores the values of the bars, unless the same message also ends attention by hand: that click came later."""
    if st.session_state["by_hand"] and not st.session_state.get("not_by_hand"):
        session.take_weights(weights)


def experiments(scene: Scene) -> None:
    """The experiments on the baseline, which keep their place; the comparison with it opens below them."""
    start = page_context.scene(scene.run, as_baseline(scene))
    shown = EXPERIMENTS.of(start, now=scene.view)

    def apply(key: str) -> None:
        row = {row.key: row for row in shown.record.rows}.get(key)
        if row is not None and row.can_apply:
            session.try_experiment(start.view, experiment_fields(start, row))

    panels.show(shown, on_apply=apply)


def before_and_after(scene: Scene) -> None:
    if panels.cover_of(BEFORE.key).instead:
        panels.show(BEFORE.of(scene))
        return
    before, change = st.columns(2, gap="large")
    with before:
        panels.show(BEFORE.of(scene), on_select=session.select)
    with change:
        panels.show(CHANGE.of(scene), on_select=session.select)


scene = header(by_hand=True)
long = len(scene.window) > LONG  # then the matrix gets most of the page's width
left, middle, right = st.columns([0.8, 2, 1] if long else [1.05, 1.35, 1.2], gap="medium")

with left:
    widgets.title_line("Recent items", "editor", guide=EDITING)
    editor(scene)

with middle:
    if scene.run.attends:
        all_heads(scene)
        matrix(scene)
        if scene.run.explains:
            by_hand(scene)
        else:  # what the system reads, and which parts of AttRec's page it does not have
            system = scene.run.system
            reads = system.reading(scene.run.model_config, system.full_label)
            st.caption(plain(f"{reads} {NO_METRIC_SPACE}"))
    else:
        other_system(scene)

with right:
    listed = 5 if address.current().scene else 10  # in presenter mode a scene is one screen
    panels.show(RANKING.of(scene, k=listed), on_select=session.select)

with widgets.below("changes"):
    if scene.run.explains:
        experiments(scene)
    if scene.compared is None:
        st.caption(NOTHING_CHANGED if scene.run.explains else NO_EDIT)
    else:
        if scene.run.attends:
            before_and_after(scene)
        panels.show(MOVES.of(scene), on_click=controls.select_clicked(scene))
