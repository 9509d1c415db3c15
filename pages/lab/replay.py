"""How did the model learn? Metrics, one user's attention and a map, epoch by epoch."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attrec_core.runs.run import Run
from attrec_core.views import caveats
from attrec_core.views.panel import Shown
from attrec_core.views.replay import panels as replay
from attrec_core.views.replay.panels import PANELS, ReplayScene
from attrec_core.views.texts import text
from pages.frame import page_list, page_parts, session
from pages.frame.plain_text import plain
from pages.widgets import components, controls, header, widgets


def run_with_replay() -> Run:
    """The open run. Stops the page, with a message, where the run has no replay."""
    run = session.open_run()
    if run is None:
        st.stop()
    if reason := replay.no_replay(run):
        if not run.explains:
            st.info(plain(reason))
            header.ways_on(run)
            raise page_parts.EndOfPage
        if caveats.damage(run, "replay.npz"):
            st.warning(plain(reason))
        else:
            st.info(reason)
        page_list.link("train", "Train →")
        raise page_parts.EndOfPage
    return run


def choices(run: Run) -> None:
    """The user shown, the map, the selected item, and how to read the figures."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.session_state["probe"] = (session.view().probe or 1) - 1
        st.selectbox(
            "User shown",
            range(len(run.replay.probes)),
            key="probe",
            format_func=lambda index: replay.person(run, index),
            on_change=lambda: session.choose(probe=st.session_state["probe"] + 1 or None),
            label_visibility="collapsed",
            width=400,
        )
        names = replay.SPACES
        controls.address_choice("Map", "space", list(names), "short", names.__getitem__, "collapsed")
        selected = session.selected_id()
        if selected in run.item_index:
            title = run.interactions.titles[run.item_index[selected]]
            widgets.selection_chip(title, lambda: session.select(None))
        widgets.title_line(None, "replay", guide=text("replay", "guide"), line=st.container(width="content"))


def film(about: ReplayScene) -> None:
    """Draws the player. The epoch where the reader stops and the item that is clicked go into the address."""
    run = about.run

    def stopped(epoch: object) -> None:
        if field := replay.sent_epoch(run, epoch):
            session.choose(**field)

    def selected(item: object) -> None:
        if item is None or (isinstance(item, str) and item in run.item_index):
            session.select(item)

    record = replay.played(run, about.probe, about.space, about.epoch)
    whose = f"{session.run_name()} {record.whose}"
    components.replay(replace(record, whose=whose, selected=about.view.selected), on_epoch=stopped, on_select=selected)


def data(shown: Shown) -> None:
    """The data of a figure, and its picture and sentence for an export. On the page the player shows the sentences,
    because they change while it plays."""
    key, title = f"{shown.panel.key}_twin", shown.title
    with page_parts.part(key, title, shown.table, shown.sentence):
        if shown.panel.figure is not None:
            page_parts.picture(shown.panel.key, title, lambda: shown.figure)
    line = st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content")
    line.caption(title, width="content")
    widgets.title_line(None, key, table=shown.table, title=title, line=line)


lead = header.line(with_run=True)
run = run_with_replay()
with lead:
    choices(run)
about = ReplayScene(run, session.view())
page_parts.about(("user shown", replay.person(run, about.probe)), ("epoch", str(about.epoch)), moment=False)
film(about)
with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="replay_data"):
    st.caption(f"Data after epoch {about.epoch}:" if about.epoch else "Data before training:", width="content")
    for panel in PANELS:
        data(panel.of(about))
