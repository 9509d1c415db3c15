"""Two runs beside each other: which ones, what each says of the same person and window, how they were made."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import streamlit as st

from attrec_core.errors import InputError, number
from attrec_core.runs.library.compare_settings import compare_settings
from attrec_core.runs.run import Run
from attrec_core.views.attention.tables import attention as attention_table
from attrec_core.views.attention.words import attention_sentence
from attrec_core.views.compare import figures, learning, tables, words
from attrec_core.views.compare.sides import Sides, sides
from attrec_core.views.page_context import Scene
from attrec_core.views.report import facts
from attrec_core.views.runs.words import in_line_beside, nothing_beside_sentence
from attrec_core.views.score_split import words as split_words
from attrec_core.views.score_split.figures import height_of, stacked_parts
from attrec_core.views.score_split.tables import split as split_table
from pages.frame import page_list, page_parts, session
from pages.frame.runs import known_names, opened
from pages.lab import _runs_list
from pages.lab._run_details import with_its_data
from pages.widgets import chart, controls, widgets

NEEDS_TWO = (
    "Here is one run alone. Train another one on the page Train, or take one in on the page Runs; then the two can be "
    "compared."
)
AS_TRAINED = "What-ifs do not count here: each run is shown as it was trained."


def other_run(scene: Scene) -> Run:
    """B: asked for by the address, else the latest other one on the same data, else the latest at all. Stops the page
    with a sentence where there is none."""
    runs = opened().runs
    known = _runs_list.entries()
    here = _runs_list.find_entry(known, session.run_name())
    in_line = {one.name: one for one in (known if here is None else in_line_beside(here, known))}
    others = [name for name in dict.fromkeys([*in_line, *known_names(session.view())]) if name != session.run_name()]
    if not others:
        st.info(NEEDS_TWO)
        with st.container(horizontal=True, gap="medium"):
            page_list.link("train", "Train →")
            page_list.link("runs", "Runs →")
        raise page_parts.EndOfPage
    asked_for = session.view().beside
    name = asked_for if asked_for in others else others[0]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(f"**A: {widgets.plain(session.run_name())}**, beside", width="content")
        st.session_state["beside"] = name
        label = str if here is None else partial(with_its_data, here, in_line)
        st.selectbox(
            "B, the other run",
            others,
            key="beside",
            on_change=lambda: session.choose(beside=st.session_state["beside"]),
            format_func=label,
            width=300,
        )
        # The same person at the same moment, as far as the other run knows them; what it does not know is said.
        swapped = {"run": name, "beside": session.run_name()}
        st.button("swap A and B", key="swap", on_click=session.choose, kwargs=swapped)
        controls.list_length()
    if here is not None and (nothing := nothing_beside_sentence(here, known)):
        st.info(widgets.plain(nothing))
    run = runs.get(name)
    if run is None:
        st.error(widgets.fault(runs.fault(name)))
        raise page_parts.EndOfPage
    return run


def same_moment(scene: Scene, other: Run) -> Sides:
    """Both runs on what is looked at. Stops the page where they share nothing."""
    names = ("A", scene.run.name), ("B", f"{other.name}, its weights sha256 {other.fingerprint}…")
    try:
        both = sides(scene.run, other, session.view())
    except InputError as error:
        page_parts.about(*names, moment=False)
        st.warning(widgets.fault(error))
        made(scene.run, other)
        raise page_parts.EndOfPage from None
    page_parts.about(*facts(both.a), *names, moment=False)
    if scene.what_ifs:
        st.caption(AS_TRAINED)
    for sentence in both.remarks:
        st.info(widgets.plain(sentence))
    return both


def side_by_side(both: Sides) -> Iterator[tuple[str, Scene]]:
    """The letter and the scene of each run, its name over the column that is drawn into meanwhile."""
    for column, letter, one in zip(st.columns(2, gap="large"), "AB", (both.a, both.b), strict=True):
        with column:
            st.markdown(f"**{letter}: {widgets.plain(one.run.name)}**")
            yield letter, one


def attention(both: Sides) -> None:
    st.header("Who looks at whom", anchor=False)
    choices = {"selected": session.selected_id(), "on_select": session.select}
    for (letter, one), record in zip(side_by_side(both), words.map_records(both), strict=True):
        key = f"attention_run_{letter.lower()}"
        draw = partial(widgets.attention_map, record, key=key, **choices)
        title = f"Attention map, {letter}: {one.run.name}"
        widgets.twin(draw, partial(attention_table, one), attention_sentence(one), key=f"{key}_twin", title=title)
    comparison = words.attention(both)
    figure = figures.attention_bars(comparison, both.a.run.name, both.b.run.name)
    st.markdown("**How much each item is looked at, in both**")
    label = "column means w of A and of B"
    table, height = partial(tables.attention, comparison), figure["layout"]["height"]
    chart.twin(figure, table, comparison.sentence, key="attention_bars", height=height, label=label)


def lists(both: Sides, k: int) -> None:
    st.header("What comes next", anchor=False)
    comparison = words.lists(both, k)
    st.markdown(f"**{widgets.plain(comparison.sentence)}**")
    for (letter, one), rows in zip(side_by_side(both), words.list_rows(both, k), strict=True):
        title = f"What comes next, {letter}: {one.run.name}"
        controls.recommendations(one, rows, k, key=f"ranking_run_{letter.lower()}", heading=None, title=title)
    alike = f"rank-biased overlap {number(comparison.rbo)} (1 for the same list, 0 for none in common)"
    widgets.twin(None, tables.lists(comparison), f"Both lists: {alike}.", key="lists_twin", title="Both lists")


def split(both: Sides, k: int) -> None:
    st.header("Short or long term", anchor=False)
    of_both = [split_words.split_rows(one, k) for one in (both.a, both.b)]
    for (letter, one), rows, beside in zip(side_by_side(both), of_both, of_both[::-1], strict=True):
        chart.twin(
            stacked_parts(rows, one.ranking.long_weight, beside),
            partial(split_table, rows),
            split_words.split_sentence(rows, k),
            key=f"split_run_{letter.lower()}",
            title=f"Score split, {letter}: {one.run.name}",
            height=height_of(rows),
            on_click=controls.select_clicked(one),
            label=f"distance of each item of {letter}, split into its short-term and its long-term part",
        )
    st.markdown(widgets.plain(words.split(both, k).sentence))


def made(a: Run, b: Run) -> None:
    """How both learned, how good they are, and what was set otherwise."""
    st.header("How they learned", anchor=False)
    chart.twin(
        figures.learning_curves(a, b),
        lambda: tables.curves(a, b),
        learning.curves_sentence(a, b),
        key="learning_curves",
        height=figures.HEIGHT,
        label="loss, HR@50 and MRR by epoch, of A and of B",
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.header("How good they are", anchor=False)
        comparison = learning.metrics(a, b)
        if comparison.remarks:
            st.warning("**Not about the same data.** " + " ".join(widgets.plain(said) for said in comparison.remarks))
        widgets.wrapped(tables.metrics(comparison, a.name, b.name), key="metrics", title="Figures")
        st.markdown(widgets.plain(comparison.sentence))
    with right:
        st.header("What was set", anchor=False)
        rows = sorted(compare_settings(a, b), key=lambda row: not row.differs)
        count = sum(row.differs for row in rows)
        table = tables.settings(rows, a.name, b.name)
        widgets.wrapped(table, key="settings", title="Settings", shown=tables.settings_shown(table))
        st.markdown(f"{count} of {len(rows)} differ, marked by ≠ and on top." if count else "All are the same.")
