"""Two runs: their differences, and their results for the same user and window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from attrec_core.errors import InputError, count_of
from attrec_core.runs.run import Run
from attrec_core.views.compare import learning, words
from attrec_core.views.compare.panels import ATTENTION, CURVES, LISTS, matrix_names, names
from attrec_core.views.compare.sides import Sides, sides
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Shown
from attrec_core.views.report import facts
from attrec_core.views.runs.panels import SETTINGS, differing, equal
from attrec_core.views.runs.words import comparable, in_line_beside, nothing_beside_sentence
from pages.frame import address, page_list, page_parts, session
from pages.frame.plain_text import fault, plain
from pages.frame.runs import known_names, opened
from pages.lab import runs_list
from pages.widgets import controls, panels, widgets
from pages.widgets.components import attention_map, ranking
from pages.widgets.header import header

NEEDS_TWO = "You need two runs to compare. Train another one, or import one on the page Runs."
UNFOLDED = 6  # differing settings shown; between two systems dozens differ
AS_TRAINED = "Each run is shown as trained; what-if settings do not apply here."


def other_run(scene: Scene) -> Run:
    """Run B: of the address, else the latest on the same data, else the latest. Stops the page without one."""
    runs = opened().runs
    entries = runs_list.entries()
    entry_a = runs_list.find_entry(entries, session.run_name())
    by_name = {entry.name: entry for entry in (entries if entry_a is None else in_line_beside(entry_a, entries))}
    names = [name for name in dict.fromkeys([*by_name, *known_names(address.current())]) if name != session.run_name()]
    if not names:
        st.info(NEEDS_TWO)
        with st.container(horizontal=True, gap="medium"):
            page_list.link("train", "Train →")
            page_list.link("runs", "Runs →")
        raise page_parts.EndOfPage
    requested = address.current().beside
    name = requested if requested in names else names[0]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**A: {plain(session.run_name())}** vs **B:**", width="content")
        other_data = {one for one in by_name if entry_a is not None and not comparable(entry_a, by_name[one])}
        about = {
            "format_func": lambda one: f"{one} (other data)" if one in other_data else one,
            "label_visibility": "collapsed",
            "width": 300,
        }
        controls.menu("B", "beside", names, name, lambda name: address.change(beside=name), **about)
        # Keeps the user and the step as far as the other run knows them; a remark says what it does not know. The layer
        # and the head are a choice in the matrices of A.
        swapped = {"run": name, "beside": session.run_name(), "layer": None, "head": None}
        st.button("Swap A and B", key="swap", on_click=address.change, kwargs=swapped)
        controls.list_length()
    run = runs.get(name)
    # The list knows only the name and the size of a run's data; that of the two open runs is compared itself.
    is_same_data = run is not None and learning.metrics(scene.run, run).comparable
    if entry_a is not None and not is_same_data and (sentence := nothing_beside_sentence(entry_a, entries)):
        st.info(plain(sentence))
        page_list.link("train", "Train →")
    if run is None:
        if error := runs.fault(name):
            st.error(fault(error))
        raise page_parts.EndOfPage
    return run


def same_moment(scene: Scene, other: Run) -> Sides | None:
    """Both runs on the user and window of the view; None, with the reason, where the runs share no item or one of them
    has no ranking."""
    try:
        pair = sides(scene.run, other, address.current())
        # A system other than AttRec may have no ranking here. No bare expression: Streamlit would write it on the page
        # where its “magic” is on.
        _ = [side.ranking for side in pair.scenes]
    except InputError as error:
        st.warning(fault(error))
        return None
    return pair


def of_the_moment(both: Sides, k: int) -> None:
    """The attention, if both runs have it, and the lists of both runs."""
    if both.attends:
        with widgets.offscreen_part("attention"):
            controls.layer_and_head(both.a)
            show_both(ATTENTION.of(both), matrix_names(both), words.map_records(both), attention_map)
    with widgets.offscreen_part("lists"):
        show_both(LISTS.of(both, k=k), names(both), words.rankings(both, k), ranking)


def show_both(shown: Shown, titles: Sequence[str], records: Sequence[Any], draw: Callable[..., None]) -> None:
    """A panel whose picture is one of each run, side by side."""

    def side_by_side(_: object) -> None:
        page_parts.picture(shown.key, shown.title, lambda: shown.figure)
        for letter, column, title, record in zip("ab", st.columns(2, gap="large"), titles, records, strict=True):
            with column:
                st.markdown(f"**{plain(title)}**")
                draw(record, key=f"{shown.key}_{letter}", on_select=session.select)

    panels.show(shown, draw=side_by_side)


def metrics_and_settings(comparison: learning.MetricsBeside, a: Run, b: Run) -> None:
    left, right = st.columns(2, gap="large") if comparison.comparable else (None, st.container())
    if left is not None:
        with left:
            st.header("Metrics", anchor=False)
            widgets.wrapped(learning.metrics_table(comparison, a.name, b.name), key="metrics", title="Metrics")
            if comparison.caveat:
                st.markdown(plain(comparison.caveat))
    with right:
        settings_of_both(SETTINGS.of((a, b)))


def settings_of_both(shown: Shown) -> None:
    """How many settings differ; the first differing ones, then the rest and the equal ones folded."""
    st.header(shown.title, anchor=False)
    st.markdown(shown.sentence)
    table = shown.table()
    first = differing(table)
    with page_parts.part(shown.key, shown.title, table, shown.sentence):
        widgets.lines(first.head(UNFOLDED))
        folded = {"more differing": first[UNFOLDED:], "equal": equal(table)}
        for kind, rows in folded.items():
            if len(rows):
                with st.expander(count_of(len(rows), f"{kind} setting"), key=f"{kind} settings"):
                    widgets.lines(rows)


scene = header()
other = other_run(scene)
comparison = learning.metrics(scene.run, other)
st.header(plain(comparison.verdict), anchor=False)
both = same_moment(scene, other)
scope = words.scope_sentence(scene.run, other, same_data=comparison.comparable, same_moment=both is not None)
st.markdown(plain(" ".join([scope, *comparison.remarks, *(both.remarks if both else ())])))
of_runs = ("A", scene.run.name), ("B", f"{other.name}, its weights sha256 {other.fingerprint}…")
page_parts.about(*(facts(both.a) if both else ()), *of_runs, moment=False)
if both is not None:
    if scene.what_ifs:
        st.caption(AS_TRAINED)
    of_the_moment(both, scene.view.top or 10)
with widgets.offscreen_part("differences"):
    metrics_and_settings(comparison, scene.run, other)
if not CURVES.lacks((scene.run, other)):
    with widgets.offscreen_part("curves"):
        panels.show(CURVES.of((scene.run, other)))
