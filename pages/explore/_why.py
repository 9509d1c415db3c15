"""What the page “Why this item?” is made of: pickers, the exact sum, the truth test, the smallest edit."""

from __future__ import annotations

import streamlit as st

from attrec_core.explain import smallest_edit as edits
from attrec_core.explain.explanation import Explanation
from attrec_core.views.page_context import Scene
from attrec_core.views.why import figures, influence_words, tables, term_bars, words
from attrec_core.views.why.records import TruthRow
from pages.frame import page_parts, session
from pages.widgets import chart, controls, widgets
from pages.widgets.component import SHARED, component, sent
from pages.widgets.editor import editor

WIDTHS = [1.9, 1]  # of a figure and of what stands beside it
_truth = component("influence", '<div class="truth"></div>', parts=(*SHARED, "selectable_rows"))


def choices(scene: Scene, explanation: Explanation) -> None:
    """Which item is explained, and the window that it is explained from."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        controls.item_field(
            scene,
            "Explain (type to search)",
            key="why_item",
            item=explanation.item,
            on_pick=lambda item: explain_instead(scene, item),
        )
        with st.popover("edit the window"):
            editor(scene)
        with st.popover("what am I seeing?"):
            st.markdown(words.SEEN)


def explain_instead(scene: Scene, item: int | None) -> None:
    """Another item, or the one by default. The selection goes along where it was on the explained item; on an item of
    the window it stays, to be looked at under each explanation."""
    chosen = None if item is None else scene.item_id(item)
    along = {"selected": chosen} if scene.selected == scene.explained else {}
    session.choose(item=chosen, **along)


def exact_sum(scene: Scene, explanation: Explanation) -> None:
    """The waterfall; for a model without such a sum, what leaving out does."""
    title = widgets.plain(scene.title(explanation.item))
    if not explanation.sum.exists:
        st.header(f"What each item does to the distance of “{title}”", anchor=False)
        without_sum(scene, explanation)
        return
    st.header(f"What the distance of “{title}” is made of", anchor=False)
    names = {"whole": "the exact sum", "average": "against the average item"}
    way = controls.address_choice("Bars show", "terms", list(names), "whole", names.__getitem__)
    record = words.waterfall(scene, explanation, from_average=way == "average")
    chart.twin(
        figures.waterfall(record, scene.selected),
        tables.waterfall(record),
        explanation.sum.sentence,
        key="waterfall",
        note=f"{words.parts_line(record)} {words.residual_line(record)}",
        height=term_bars.HEIGHT,
        on_click=controls.select_clicked(scene),
        label=f"the exact sum of the distance of {scene.title(explanation.item)}",
    )


def without_sum(scene: Scene, explanation: Explanation) -> None:
    rows = influence_words.truth_rows(scene, explanation)
    st.info(widgets.plain(explanation.sum.sentence))
    if explanation.leave_one_out.delete:
        chart.twin(
            figures.left_out(rows, scene.selected),
            tables.truth(rows),
            explanation.leave_one_out.sentence,
            key="left_out",
            height=term_bars.HEIGHT,
            on_click=controls.select_clicked(scene),
            label=f"change of the distance of {scene.title(explanation.item)} when an item is left out",
        )
    else:
        st.markdown(widgets.plain(explanation.leave_one_out.sentence))


def recommendations(scene: Scene) -> None:
    """The list beside; a click explains an item, and selects it."""
    k = controls.list_length()
    st.caption("Click one to explain it.")
    controls.recommendations(scene, words.list_rows(scene, k), k, on_select=explain_clicked)


def explain_clicked(item_id: str | int | None) -> None:
    """The item clicked on is explained and selected; a second click only clears the selection."""
    session.select(item_id)
    if item_id is not None:
        session.choose(item=str(item_id))


def versus(scene: Scene, explanation: Explanation) -> None:
    """The explained item and any other one, part by part."""
    other = words.rival(scene)
    if other is None:
        return
    record = words.versus(scene, explanation.item, other)
    st.header(widgets.plain(words.versus_heading(record)), anchor=False)
    left, right = st.columns(WIDTHS, gap="large")

    def drawn() -> None:
        with left:
            chart.plot(
                figures.versus(record, scene.selected),
                key="versus",
                height=term_bars.HEIGHT,
                on_click=controls.select_clicked(scene),
                label=f"difference of the distances of {record.above} and {record.below}, part by part",
            )

    with right:
        controls.item_field(
            scene,
            "Compare with (type to search)",
            key="why_against",
            item=other,
            on_pick=lambda item: session.choose(against=None if item is None else scene.item_id(item)),
        )
        note = words.rival_note(scene) + words.versus_line(record.difference)
        widgets.twin(drawn, tables.versus(record), record.difference.sentence, key="versus_twin", note=note)


def smallest_edit(scene: Scene, explanation: Explanation) -> None:
    """The fewest changes that bring the item into the list or out of it, with a button that makes them."""
    k = scene.view.top or 10
    edit = edits.smallest_edit(scene.moment, explanation.item, k)
    with st.container(border=True, gap="small"):
        st.markdown(f"**The smallest edit.** {widgets.plain(edit.sentence)}")
        if edit.kind != "none":
            st.button(
                widgets.plain(words.apply_words(scene, edit)),
                key="apply_edit",
                on_click=session.choose,
                # The same item stays explained, wherever it goes.
                kwargs={"window": scene.ids(edit.window), "item": scene.item_id(edit.item)},
            )


def last_edit(scene: Scene, explanation: Explanation) -> None:
    """What the edit before this did to the item, with the way back."""
    before = session.earlier(scene)
    if before is not None:
        k = scene.view.top or 10
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**The last edit.** {widgets.plain(words.what_happened(scene, before, explanation.item, k))}")
            possible = session.can_travel(-1)
            st.button("↶ undo it", key="why_undo", on_click=session.travel, args=(-1,), disabled=not possible)


def truth_test(scene: Scene, explanation: Explanation) -> None:
    """Attention beside influence: a row an item, and the orders they put the items in."""
    st.header("Is attention influence?", anchor=False)
    rows = influence_words.truth_rows(scene, explanation)
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        widgets.twin(
            lambda: truth_table(scene, explanation, rows),
            tables.truth(rows),
            explanation.influence.sentence,
            key="truth_twin",
            title="Is attention influence?",
            note=f"{influence_words.paradox(rows)} {influence_words.tau_line(explanation)} "
            f"{influence_words.among_users(scene)}",
        )
    with right:
        if len(rows) > 1:
            chart.twin(
                figures.orders(rows, explanation.influence, scene.selected),
                tables.ranks(rows),
                influence_words.slope_sentence(rows),
                key="orders",
                height=figures.height_of(rows),
                on_click=controls.select_clicked(scene),
                label="order of the items by the exact sum, by attention and by leaving out",
            )


def truth_table(scene: Scene, explanation: Explanation, rows: list[TruthRow]) -> None:
    record = influence_words.table_record(scene, rows, explanation, session.selected_id())
    page_parts.picture("truth", "Is attention influence?", lambda: figures.truth_drawing(record))
    _truth(key="truth", data=sent(record), on_select_change=lambda: widgets.tell_selection("truth", session.select))
