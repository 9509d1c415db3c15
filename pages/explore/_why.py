"""Parts of the page “Why this item?”: the lead, the exact sum, the truth test, the smallest edit."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.explain import smallest_edit as edits
from attrec_core.explain.explanation import Explanation
from attrec_core.views.attention.panels import RANKING
from attrec_core.views.page_context import Scene
from attrec_core.views.why import figures, influence_words, tables, term_bars, words
from attrec_core.views.why.records import TruthRow
from attrec_core.views.why.truth_drawing import truth_drawing
from pages.frame import page_parts, session
from pages.learn import _lesson
from pages.widgets import chart, controls, panels, widgets
from pages.widgets.component import SHARED, component, json_values, sent
from pages.widgets.editor import editor

HEADING = "Contribution of each item"
FIRST = "average"
# The bars of the chart → its title, which says which way is better; the choice is in the address.
BARS = {
    "average": ("Against the average item", f"{HEADING} (down is better)"),
    "whole": ("Whole distance", f"{HEADING} (a lower sum is better)"),
}
QUESTION = "Does attention mean influence?"
WIDTHS = [1.9, 1]  # of a figure and of the column beside it
_truth = component(
    "influence",
    '<div class="truth" aria-busy="true"></div>',
    parts=(*SHARED, "selectable_rows"),
    styles=("titles", "influence"),
)


def lead(scene: Scene, explanation: Explanation) -> None:
    """One sentence that says why the item has its rank, and beside it the button that removes the main reason."""
    hidden = _lesson.hidden_until("reason")
    with st.container(key="why_lead", horizontal=True, vertical_alignment="center", gap="small"):
        sentence = (
            f"The main reason is shown after step {hidden} of the lesson." if hidden else explanation.reason.sentence
        )
        st.header(widgets.plain(sentence), anchor=False, width="stretch")
        if not hidden and (removal := words.removal(scene, explanation)):
            label, window = removal
            # The same item stays explained, whatever its new rank is.
            after = {"window": window, "item": scene.item_id(explanation.item)}
            label = widgets.plain(label)
            st.button(label, key="remove_reason", type="primary", on_click=session.choose, kwargs=after)
        with st.popover("Edit the window", width="content"):
            editor(scene)


def explained_item(scene: Scene, explanation: Explanation) -> None:
    """The field with the explained item, the item's rank, and the effect of the last edit on it."""
    controls.item_field(
        scene,
        "Item to explain (type to search)",
        key="why_item",
        item=explanation.item,
        on_pick=lambda item: explain_instead(scene, item),
    )
    st.caption(widgets.plain(words.headline(scene, explanation)))
    last_edit(scene, explanation)


def explain_instead(scene: Scene, item: int | None) -> None:
    """Explains another item; None: the default item. If the explained item was selected, the new one is selected too. A
    selected item of the window stays selected, so that each explanation shows it."""
    chosen = None if item is None else scene.item_id(item)
    selection = {"selected": chosen} if scene.selected == scene.explained else {}
    session.choose(item=chosen, **selection)


def exact_sum(scene: Scene, explanation: Explanation) -> None:
    """The waterfall chart; for a model without an exact sum, the effect of removing each item."""
    if not explanation.sum.exists:
        without_sum(scene, explanation)
        return
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="waterfall_line")
    with line:
        st.header(BARS[scene.view.terms or FIRST][1], anchor=False, width="content")
        start = controls.address_choice(
            "Bars show", "terms", list(BARS), FIRST, lambda bars: BARS[bars][0], "collapsed"
        )
    record = words.waterfall(scene, explanation, from_average=start == "average")
    chart.twin(
        figures.waterfall(record, scene.selected),
        partial(tables.waterfall, record),
        explanation.sum.sentence,
        key="waterfall",
        title=BARS[start][1],
        guide=words.GUIDE,
        line=line,
        details=words.details(record),
        height=term_bars.HEIGHT,
        on_click=controls.select_clicked(scene),
        label=f"contribution of each item to the distance of {scene.title(explanation.item)}",
    )


def without_sum(scene: Scene, explanation: Explanation) -> None:
    rows, sentence = influence_words.truth_rows(scene, explanation), explanation.leave_one_out.sentence
    st.info(widgets.plain(explanation.sum.sentence))
    if explanation.leave_one_out.delete:
        chart.twin(
            figures.left_out(rows, scene.selected),
            partial(tables.truth, rows),
            sentence,
            key="left_out",
            heading="Effect of removing each item",
            guide=words.TRUTH_GUIDE,
            height=term_bars.HEIGHT,
            on_click=controls.select_clicked(scene),
            label=f"change of the distance of {scene.title(explanation.item)} when an item is removed",
        )
    else:
        st.markdown(widgets.plain(sentence))


def recommendations(scene: Scene) -> None:
    """The list of recommendations; a click on an item explains and selects it."""
    panels.show(RANKING.of(scene, k=controls.list_length(), roles=words.roles(scene)), on_select=explain_clicked)


def explain_clicked(item_id: str | int | None) -> None:
    """Explains and selects the clicked item; a second click only clears the selection."""
    session.select(item_id)
    if item_id is not None:
        session.choose(item=str(item_id))


def versus(scene: Scene, explanation: Explanation) -> None:
    """Compares the explained item with another item, part by part."""
    rival = words.rival(scene)
    if rival is None:
        return
    record = words.versus(scene, explanation.item, rival)
    left, right = st.columns(WIDTHS, gap="large")
    note = words.rival_note(scene) + words.versus_line(record.difference)
    with left:
        chart.twin(
            figures.versus(record, scene.selected),
            partial(tables.versus, record),
            record.difference.sentence,
            key="versus",
            heading=words.versus_heading(record),
            details=note,
            height=term_bars.HEIGHT,
            on_click=controls.select_clicked(scene),
            label=f"difference of the distances of {record.above} and {record.below}, part by part",
        )
    with right:
        controls.item_field(
            scene,
            "Compare with (type to search)",
            key="why_against",
            item=rival,
            on_pick=lambda item: session.choose(against=None if item is None else scene.item_id(item)),
        )


def smallest_edit(scene: Scene, explanation: Explanation) -> None:
    """The fewest changes that bring the item into the list or out of it, with a button that applies them; not while the
    lesson asks for the most influential item, which is usually one of them."""
    if _lesson.hidden_until("reason") is not None:
        return
    k = scene.view.top or 10
    edit = edits.smallest_edit(scene.moment, explanation.item, k)
    removal = words.removal(scene, explanation)
    if removal and scene.ids(edit.window) == removal[1]:
        return  # the lead says it, and its button does it
    with st.container(border=True, gap="small"):
        st.markdown(f"**Smallest edit.** {widgets.plain(edit.sentence)}")
        if edit.kind != "none":
            st.button(
                "Apply this edit",
                key="apply_edit",
                on_click=session.choose,
                # The same item stays explained, whatever its new rank is.
                kwargs={"window": scene.ids(edit.window), "item": scene.item_id(edit.item)},
            )


def last_edit(scene: Scene, explanation: Explanation) -> None:
    """The effect of the last edit on the item, with a button that undoes the edit."""
    before = session.earlier(scene)
    if before is not None:
        k = scene.view.top or 10
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**Last edit.** {widgets.plain(words.what_happened(scene, before, explanation.item, k))}")
            if session.can_travel(-1):  # nothing to undo for the window of a link; “Reset” is in the header
                st.button("Undo", key="why_undo", on_click=session.travel, args=(-1,))


def truth_test(scene: Scene, explanation: Explanation) -> None:
    """Attention compared with influence: a row for each item, and the order of the items by each measure. While the
    lesson asks for the most influential item, only the rows."""
    rows = influence_words.truth_rows(scene, explanation)
    hidden = _lesson.hidden_until("reason") is not None
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        widgets.twin(
            lambda: truth_table(scene, explanation, rows),
            partial(tables.truth, rows),
            influence_words.ASKED if hidden else explanation.influence.sentence,
            key="truth_twin",
            heading=QUESTION,
            guide=words.TRUTH_GUIDE,
            note="" if hidden else influence_words.paradox(rows),
            details=""
            if hidden
            else f"{influence_words.tau_line(explanation)} {influence_words.among_users(scene)}".strip(),
        )
    with right:
        if len(rows) > 1 and not hidden:
            chart.twin(
                figures.orders(rows, explanation.influence, scene.selected),
                partial(tables.ranks, rows),
                influence_words.slope_sentence(rows),
                key="orders",
                heading="Order of the items",
                height=figures.height_of(rows),
                on_click=controls.select_clicked(scene),
                label="order of the items by contribution, by attention and by removal",
            )


def truth_table(scene: Scene, explanation: Explanation, rows: list[TruthRow]) -> None:
    record = influence_words.table_record(scene, rows, explanation, session.selected_id())
    page_parts.picture("truth", QUESTION, lambda: truth_drawing(record, kept=sent("truth", "kept") is True))
    _truth(
        key="truth",
        data=json_values(record),
        on_select_change=lambda: widgets.tell_selection("truth", session.select),
        on_kept_change=lambda: None,  # the browser has shown or hidden the column; only an export asks for it
    )
