"""Why this item? One sentence that says why, and whether attention means influence; the rest is folded."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from attrec_core.explain import smallest_edit as edits
from attrec_core.views.attention.panels import RANKING
from attrec_core.views.page_context import Scene
from attrec_core.views.why import exact_sum as sums
from attrec_core.views.why import panels as why
from attrec_core.views.why.panels import CONTRIBUTION, ENOUGH, INFLUENCE, ITEM_PARTS, TASTE, VERSUS, WHY
from pages.frame import address, session
from pages.frame.plain_text import plain
from pages.widgets import controls, panels, widgets
from pages.widgets.editor import editor
from pages.widgets.header import header

SMALLEST = (
    "One removal or one swap of two neighbours, or two removals where neither is enough. Of several that are enough, "
    "it is the one that moves the item furthest."
)
BARS = {"average": "Against the average item", "whole": "Whole distance"}  # the first is the default
WIDTHS = [1.9, 1]  # of a figure and of the column beside it


def of_attrec(scene: Scene) -> None:
    explanation = sums.explained(scene)
    hidden = panels.cover_of("main_reason").instead
    removal = None if hidden else why.removal(scene, explanation)
    lead(scene, explanation.item, hidden or explanation.reason.sentence, removal)
    left, right = st.columns(WIDTHS, gap="large")
    with left:
        panels.show(INFLUENCE.of(scene), on_select=session.mark)
    with right:
        explained_item(scene, explanation.item, why.headline(scene, explanation))
        last_edit(scene, explanation.item)
        smallest_edit(scene, explanation.item, removal)
    with widgets.below("folded"):
        enough(scene)
        recommendations(scene, why.roles(scene))
        contributions(scene)
        versus(scene)


def of_a_sum(scene: Scene, item: int) -> None:
    """For EASE and item kNN, whose score is a sum over the items that they read."""
    shown = ITEM_PARTS.of(scene)
    lead(scene, item, why.parts_headline(scene, shown.record, item))
    left, right = st.columns(WIDTHS, gap="large")
    with left:
        panels.show(shown, on_click=controls.select_clicked(scene, session.mark))
    with right:
        explained_item(scene, item, why.parts_standing(scene, item))
    with widgets.below("folded"):
        recommendations(scene, {item: "explained"})


def lead(scene: Scene, item: int, sentence: str, removal: why.Removal | None = None) -> None:
    """One sentence that says why the item has its rank, and beside it the button that removes the main reason."""
    with st.container(key="why_lead", horizontal=True, vertical_alignment="center", gap="small"):
        st.header(plain(sentence), anchor=False, width="stretch")
        if removal:
            # The same item stays explained, whatever its new rank is.
            after = {"window": removal[1], "item": scene.item_id(item)}
            st.button(plain(removal[0]), key="remove_reason", type="primary", on_click=address.change, kwargs=after)
        with st.popover("Edit the window", width="content"):
            editor(scene, session.mark)


def last_edit(scene: Scene, item: int) -> None:
    if (before := session.earlier(scene)) is None:
        return
    happened = why.what_happened(scene, before, item, scene.view.top or 10)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Last edit.** {plain(happened)}")
        if session.can_travel(-1):  # nothing to undo for the window of a link; “Reset” is in the header
            st.button("Undo", key="why_undo", on_click=session.travel, args=(-1,))


def smallest_edit(scene: Scene, item: int, removal: why.Removal | None) -> None:
    """The fewest changes that bring the item into or out of the list, and a button. removal: what the lead offers."""
    if panels.cover_of("main_reason").instead:
        return  # the lesson asks for the most influential item, which is usually one of them
    edit = edits.smallest_edit(scene.moment, item, scene.view.top or 10)
    if removal and scene.ids(edit.window) == removal[1]:
        return  # the lead says it, and its button does it
    with st.container(border=True, gap="small"):
        is_found = edit.kind != "none"
        st.markdown(f"**Smallest edit.** {plain(edit.sentence)}", help=SMALLEST if is_found else None)
        if is_found:
            # The same item stays explained, whatever its new rank is.
            after = {"window": scene.ids(edit.window), "item": scene.item_id(item)}
            st.button("Apply this edit", key="apply_edit", on_click=address.change, kwargs=after)


def explained_item(scene: Scene, item: int, standing: str) -> None:

    def explain_instead(chosen: str | None) -> None:
        """Explains another item; None: the default item. If the explained item was selected, the new one is selected
        too. A selected item of the window stays selected, so that each explanation shows it."""
        selection = {"selected": chosen} if scene.selected == scene.explained else {}
        address.change(item=chosen, **selection)

    controls.item_field(scene, "Item to explain (type to search)", "why_item", item, explain_instead)
    st.caption(plain(standing))


def recommendations(scene: Scene, roles: Mapping[int, str]) -> None:

    def explain(item_id: str | int | None) -> None:
        session.select(item_id)
        if item_id is not None:
            address.change(item=str(item_id))

    with st.expander("Explain another recommendation", type="compact"):
        panels.show(RANKING.of(scene, k=controls.list_length(), roles=roles), headed=False, on_select=explain)


def enough(scene: Scene) -> None:
    """Which items are enough, and the button that keeps these alone."""
    if ENOUGH.lacks(scene) or panels.cover_of("main_reason").instead:
        return  # the lesson asks which item matters most
    with st.expander(ENOUGH.name, type="compact"):
        shown = ENOUGH.of(scene)
        panels.show(shown, headed=False, on_select=session.mark)
        best = shown.record.best
        if 0 < len(best) < len(scene.window):
            window = scene.ids(scene.window[[place - 1 for place in best]])
            kept = {"window": window, "item": scene.item_id(shown.record.found.item)}
            st.button("Keep only these items", key="keep_enough", on_click=address.change, kwargs=kept)


def contributions(scene: Scene) -> None:
    with st.expander(CONTRIBUTION, type="compact"):
        if reason := WHY.lacks(scene):
            st.markdown(plain(reason))
        else:
            line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="why_line")
            with line:
                controls.address_choice("Bars show", "terms", BARS, "average", label_visibility="collapsed")
            panels.show(WHY.of(scene), line=line, on_select=session.mark)
    if not TASTE.lacks(scene):
        with st.expander(TASTE.name, type="compact"):
            panels.show(TASTE.of(scene), headed=False, on_click=controls.select_clicked(scene, session.mark))


def versus(scene: Scene) -> None:
    if VERSUS.lacks(scene):
        return
    with st.expander("Compare with another item", type="compact"):
        label, item = "Compare with (type to search)", sums.rival(scene)
        controls.item_field(scene, label, "why_against", item, lambda rival: address.change(against=rival))
        panels.show(VERSUS.of(scene), on_select=session.mark)


scene = header()
if scene.explained is None:
    st.info(sums.NO_CANDIDATES)
elif scene.run.explains:
    of_attrec(scene)
else:
    of_a_sum(scene, scene.explained)
