"""Why this item? One sentence that says why, the exact sum of its distance, and whether attention means influence."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from attrec_core.explain import smallest_edit as edits
from attrec_core.explain.explanation import Explanation
from attrec_core.views.attention.panels import RANKING
from attrec_core.views.page_context import Scene
from attrec_core.views.why import exact_sum as sums
from attrec_core.views.why import panels as why
from attrec_core.views.why.panels import INFLUENCE, ITEM_PARTS, LEFT_OUT, ORDERS, VERSUS, WHY
from pages.frame import session
from pages.frame.plain_text import plain
from pages.widgets import controls, panels, widgets
from pages.widgets.editor import editor
from pages.widgets.header import header

BARS = {"average": "Against the average item", "whole": "Whole distance"}  # the first is the default
WIDTHS = [1.9, 1]  # of a figure and of the column beside it


def of_attrec(scene: Scene) -> None:
    explanation = sums.explained(scene)
    hidden = panels.cover_of("main_reason").instead
    removal = None if hidden else why.removal(scene, explanation)
    lead(scene, explanation.item, hidden or explanation.reason.sentence, removal)
    left, right = st.columns(WIDTHS, gap="large")
    with left:
        exact_sum(scene) if explanation.sum.exists else without_sum(scene, explanation)
        smallest_edit(scene, explanation.item, removal)
    with right:
        explained_item(scene, explanation.item, why.headline(scene, explanation))
        last_edit(scene, explanation)
        recommendations(scene, why.roles(scene))
    with widgets.below("truth"):
        truth_test(scene)
        versus(scene)


def of_a_sum(scene: Scene, item: int) -> None:
    """For EASE and item kNN, whose score is a sum over the items that they read."""
    shown = ITEM_PARTS.of(scene)
    lead(scene, item, why.parts_headline(scene, shown.record, item))
    left, right = st.columns(WIDTHS, gap="large")
    with left:
        panels.show(shown, on_click=controls.select_clicked(scene))
    with right:
        explained_item(scene, item, why.parts_standing(scene, item))
        recommendations(scene, {item: "explained"})


def lead(scene: Scene, item: int, sentence: str, removal: why.Removal | None = None) -> None:
    """One sentence that says why the item has its rank, and beside it the button that removes the main reason."""
    with st.container(key="why_lead", horizontal=True, vertical_alignment="center", gap="small"):
        st.header(plain(sentence), anchor=False, width="stretch")
        if removal:
            label, window = removal
            # The same item stays explained, whatever its new rank is.
            after = {"window": window, "item": scene.item_id(item)}
            label = plain(label)
            st.button(label, key="remove_reason", type="primary", on_click=session.choose, kwargs=after)
        with st.popover("Edit the window", width="content"):
            editor(scene)


def exact_sum(scene: Scene) -> None:
    shown = WHY.of(scene)
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="why_line")
    with line:
        st.header(shown.words("heading"), anchor=False, width="content")
        controls.address_choice("Bars show", "terms", list(BARS), next(iter(BARS)), BARS.__getitem__, "collapsed")
    panels.show(shown, line=line, on_click=controls.select_clicked(scene))


def without_sum(scene: Scene, explanation: Explanation) -> None:
    """For a model without an exact sum: the effect of removing each item."""
    st.info(plain(explanation.sum.sentence))
    if explanation.leave_one_out.delete:
        panels.show(LEFT_OUT.of(scene), on_click=controls.select_clicked(scene))
    else:
        widgets.markdown(explanation.leave_one_out.sentence)


def smallest_edit(scene: Scene, item: int, removal: why.Removal | None) -> None:
    """The fewest changes that bring the item into the list or out of it, with a button that applies them. removal: what
    the lead offers."""
    if panels.cover_of("main_reason").instead:
        return  # the lesson asks for the most influential item, which is usually one of them
    edit = edits.smallest_edit(scene.moment, item, scene.view.top or 10)
    if removal and scene.ids(edit.window) == removal[1]:
        return  # the lead says it, and its button does it
    with st.container(border=True, gap="small"):
        st.markdown(f"**Smallest edit.** {plain(edit.sentence)}")
        if edit.kind != "none":
            # The same item stays explained, whatever its new rank is.
            after = {"window": scene.ids(edit.window), "item": scene.item_id(item)}
            st.button("Apply this edit", key="apply_edit", on_click=session.choose, kwargs=after)


def explained_item(scene: Scene, item: int, standing: str) -> None:
    """The field with the explained item, and its rank."""

    def explain_instead(picked: int | None) -> None:
        """Explains another item; None: the default item. If the explained item was selected, the new one is selected
        too. A selected item of the window stays selected, so that each explanation shows it."""
        chosen = None if picked is None else scene.item_id(picked)
        selection = {"selected": chosen} if scene.selected == scene.explained else {}
        session.choose(item=chosen, **selection)

    label = "Item to explain (type to search)"
    controls.item_field(scene, label, key="why_item", item=item, on_pick=explain_instead)
    st.caption(plain(standing))


def last_edit(scene: Scene, explanation: Explanation) -> None:
    """The effect of the last edit on the item, with a button that undoes the edit."""
    before = session.earlier(scene)
    if before is not None:
        k = scene.view.top or 10
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**Last edit.** {plain(why.what_happened(scene, before, explanation.item, k))}")
            if session.can_travel(-1):  # nothing to undo for the window of a link; “Reset” is in the header
                st.button("Undo", key="why_undo", on_click=session.travel, args=(-1,))


def recommendations(scene: Scene, roles: Mapping[int, str]) -> None:
    """The list of recommendations; a click on an item explains and selects it, a second click clears the selection."""

    def explain(item_id: str | int | None) -> None:
        session.select(item_id)
        if item_id is not None:
            session.choose(item=str(item_id))

    panels.show(RANKING.of(scene, k=controls.list_length(), roles=roles), on_select=explain)


def truth_test(scene: Scene) -> None:
    """Attention compared with influence: a row for each item, and the order of the items by each measure."""
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        panels.show(INFLUENCE.of(scene), on_select=session.select)
    with right:
        if not ORDERS.lacks(scene):
            panels.show(ORDERS.of(scene), on_click=controls.select_clicked(scene))


def versus(scene: Scene) -> None:
    """Compares the explained item with another item, part by part."""
    if VERSUS.lacks(scene):
        return
    left, right = st.columns(WIDTHS, gap="large")
    with left:
        panels.show(VERSUS.of(scene), on_click=controls.select_clicked(scene))
    with right:
        controls.item_field(
            scene,
            "Compare with (type to search)",
            key="why_against",
            item=sums.rival(scene),
            on_pick=lambda item: session.choose(against=None if item is None else scene.item_id(item)),
        )


scene = header()
if scene.explained is None:
    st.info(sums.NO_CANDIDATES)
elif scene.run.explains:
    of_attrec(scene)
else:
    of_a_sum(scene, scene.explained)
