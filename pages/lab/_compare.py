"""Two runs side by side: their choice, their differences, and their results for the same user and window."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import streamlit as st

from attrec_core.errors import InputError, number
from attrec_core.runs.library.compare_settings import compare_settings
from attrec_core.runs.run import Run
from attrec_core.views.attention.tables import attention as attention_table
from attrec_core.views.attention.words import attention_sentence, list_sentence, matrix_name
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
from pages.lab._run_details import settings_beside, with_its_data
from pages.widgets import chart, controls, widgets

NEEDS_TWO = "You need two runs to compare. Train another one, or import one on the page Runs."
AS_TRAINED = "Each run is shown as trained; what-if settings do not apply here."


def other_run(scene: Scene) -> Run:
    """Run B: the run in the address, else the latest run on the same data, else the latest run. Stops the page with a
    message where there is no other run, or where run B cannot be opened."""
    runs = opened().runs
    entries = _runs_list.entries()
    entry_a = _runs_list.find_entry(entries, session.run_name())
    by_name = {entry.name: entry for entry in (entries if entry_a is None else in_line_beside(entry_a, entries))}
    names = [name for name in dict.fromkeys([*by_name, *known_names(session.view())]) if name != session.run_name()]
    if not names:
        st.info(NEEDS_TWO)
        with st.container(horizontal=True, gap="medium"):
            page_list.link("train", "Train →")
            page_list.link("runs", "Runs →")
        raise page_parts.EndOfPage
    requested = session.view().beside
    name = requested if requested in names else names[0]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**A: {widgets.plain(session.run_name())}** vs **B:**", width="content")
        st.session_state["beside"] = name
        label = str if entry_a is None else partial(with_its_data, entry_a, by_name)
        st.selectbox(
            "B",
            names,
            key="beside",
            on_change=lambda: session.choose(beside=st.session_state["beside"]),
            format_func=label,
            label_visibility="collapsed",
            width=300,
        )
        # Keeps the user and the step as far as the other run knows them; a remark says what it does not know. The layer
        # and the head are a choice in the matrices of A.
        swapped = {"run": name, "beside": session.run_name(), "layer": None, "head": None}
        st.button("Swap A and B", key="swap", on_click=session.choose, kwargs=swapped)
        controls.list_length()
    if entry_a is not None and (sentence := nothing_beside_sentence(entry_a, entries)):
        st.info(widgets.plain(sentence))
    run = runs.get(name)
    if run is None:
        st.error(widgets.fault(runs.fault(name)))
        raise page_parts.EndOfPage
    return run


def verdict(a: Run, b: Run) -> None:
    """Which run ranks better, by how much, and how certainly."""
    st.header(widgets.plain(learning.metrics(a, b).verdict), anchor=False)


def same_moment(scene: Scene, other: Run) -> Sides:
    """Both runs on the user and window of the view. Stops the page, after its differences and curves, where the runs
    share no item or one of them has no ranking."""
    names = ("A", scene.run.name), ("B", f"{other.name}, its weights sha256 {other.fingerprint}…")
    try:
        pair = sides(scene.run, other, session.view())
        for side in pair.scenes:
            side.ranking  # noqa: B018 - a system other than AttRec may have no ranking here
    except InputError as error:
        page_parts.about(*names, moment=False)
        st.warning(widgets.fault(error))
        differences(scene.run, other)
        curves(scene.run, other)
        raise page_parts.EndOfPage from None
    page_parts.about(*facts(pair.a), *names, moment=False)
    if scene.what_ifs:
        st.caption(AS_TRAINED)
    only_lists = [] if pair.explains else [words.only_lists(pair, with_matrices=True)]
    if remarks := " ".join([*only_lists, *pair.remarks]):
        st.info(widgets.plain(remarks))
    if not learning.metrics(scene.run, other).comparable and (ranks := words.next_items(pair)):
        st.markdown(widgets.plain(ranks))  # what can still be compared
    return pair


def side_by_side(both: Sides) -> Iterator[tuple[str, Scene]]:
    """Yields the letter and name of each run, and its scene, while the run's column is open for drawing."""
    for column, letter, side in zip(st.columns(2, gap="large"), "AB", (both.a, both.b), strict=True):
        with column:
            yield f"{letter}: {side.run.name}", side


def differences(a: Run, b: Run) -> None:
    """The metrics of both runs, and the settings that differ; the equal settings are folded."""
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Metrics", anchor=False)
        comparison = learning.metrics(a, b)
        if comparison.remarks:
            st.warning("**Different data.** " + " ".join(map(widgets.plain, comparison.remarks)))
        widgets.wrapped(tables.metrics(comparison, a.name, b.name), key="metrics", title="Metrics")
        if comparison.caveat:
            st.markdown(widgets.plain(comparison.caveat))
    with right:
        st.header("Settings", anchor=False)
        settings_beside(compare_settings(a, b), f"A: {a.name}", f"B: {b.name}")


def attention(both: Sides) -> None:
    controls.layer_and_head(both.a)
    choices = {"selected": session.selected_id(), "on_select": session.select}
    for letter, (name, side), record in zip("ab", side_by_side(both), words.map_records(both), strict=True):
        key = f"attention_run_{letter}"
        draw = partial(widgets.attention_map, record, key=key, **choices)
        heading = f"Attention matrix, {name}{matrix_name(side)}"
        table = partial(attention_table, side, places=record.places)
        sentence = attention_sentence(side, places=record.places)
        widgets.twin(draw, table, sentence, f"{key}_twin", heading=heading)
    if both.explains:
        average_attention(both)


def average_attention(both: Sides) -> None:
    comparison = words.attention(both)
    figure = figures.attention_bars(comparison, both.a.run.name, both.b.run.name)
    chart.twin(
        figure,
        partial(tables.attention, comparison),
        comparison.sentence,
        key="attention_bars",
        heading="Average attention in both runs",
        height=figure["layout"]["height"],
        label="average attention to each item in A and in B",
    )


def lists(both: Sides, k: int) -> None:
    comparison = words.lists(both, k)
    for letter, (name, side), rows in zip("ab", side_by_side(both), words.list_rows(both, k), strict=True):
        about = {"key": f"ranking_run_{letter}", "heading": f"Recommendations, {name}"}
        controls.recommendations(side, rows, k, says=list_sentence, **about)
    overlap = f"Rank-biased overlap: {number(comparison.rbo)} (1: the same list, 0: nothing in common)."
    sentence = f"{comparison.sentence} {overlap}"
    widgets.twin(None, partial(tables.lists, comparison), sentence, key="lists_twin", heading="Both lists")


def split(both: Sides, k: int) -> None:
    both_rows = [split_words.split_rows(side, k) for side in (both.a, both.b)]
    columns = zip("ab", side_by_side(both), both_rows, both_rows[::-1], strict=True)
    for letter, (name, side), rows, other_rows in columns:
        chart.twin(
            stacked_parts(rows, side.ranking.long_weight, other_rows),
            partial(split_table, rows),
            split_words.split_sentence(rows, k),
            key=f"split_run_{letter}",
            heading=f"Score split, {name}",
            height=height_of(rows),
            on_click=controls.select_clicked(side),
            label=f"distance of each item in {letter.upper()}, split into its short-term and long-term parts",
        )
    st.markdown(widgets.plain(words.split(both, k).sentence))


def curves(a: Run, b: Run) -> None:
    chart.twin(
        figures.learning_curves(a, b),
        lambda: tables.curves(a, b),
        learning.curves_sentence(a, b),
        key="learning_curves",
        heading="Training curves",
        height=figures.HEIGHT,
        label="loss and metrics by epoch, of A and of B",
    )
