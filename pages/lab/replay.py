"""How did the model learn? Metrics, one user's attention and a map, epoch by epoch."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from attrec_core.errors import count_of
from attrec_core.runs.run import Run
from attrec_core.views import caveats
from attrec_core.views.panel import Shown
from attrec_core.views.replay import panels as replay
from attrec_core.views.replay.panels import PANELS, ReplayScene
from attrec_core.views.replay.records import replay_of
from attrec_core.views.texts import text
from pages.frame import address, page_list, page_parts, session
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
        st.warning(plain(reason)) if caveats.damage(run, "replay.npz") else st.info(reason)
        page_list.link("train", "Train →")
        raise page_parts.EndOfPage
    return run


def choices(run: Run) -> None:
    """The user shown, the map, the selected item, and how to read the figures."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        probes, shown = range(len(replay_of(run).probes)), (address.current().probe or 1) - 1
        options = {"format_func": partial(replay.person, run), "label_visibility": "collapsed", "width": 400}
        controls.menu("User shown", "probe", probes, shown, lambda index: address.change(probe=index + 1), **options)
        controls.address_choice("Map", "space", replay.SPACES, "short", label_visibility="collapsed")
        selected = address.current().selected
        if selected is not None and selected in run.item_index:
            title = run.interactions.titles[run.item_index[selected]]
            widgets.selection_chip(title, lambda: session.select(None))
        with st.container(width="content"):
            widgets.title_line(None, "replay", guide=text("replay", "guide"))


def film(about: ReplayScene) -> None:
    """Draws the player. The epoch where the reader stops and the item that is clicked go into the address."""
    run = about.run

    def stopped(epoch: object) -> None:
        if field := replay.sent_epoch(run, epoch):
            address.change(**field)

    def selected(item: object) -> None:
        if item is None or (isinstance(item, str) and item in run.item_index):
            session.select(item)

    record = replay.played(run, about.probe, about.space, about.epoch)
    whose = f"{session.run_name()} {record.whose}"
    components.replay(replace(record, whose=whose, selected=about.view.selected), on_epoch=stopped, on_select=selected)


def data(shown: Shown) -> None:
    """The data of a figure, and its picture and sentence for an export: on the page, the player shows the sentences."""
    key, title = f"{shown.panel.key}_twin", shown.title
    with page_parts.part(key, title, shown.table, shown.sentence):
        if shown.panel.figure is not None:
            page_parts.picture(shown.panel.key, title, lambda: str(shown.figure))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        st.caption(title, width="content")
        with st.container(width="content"):
            widgets.title_line(None, key, table=shown.table, title=title)


lead = header.line(with_run=True)
run = run_with_replay()
with lead:
    choices(run)
about = ReplayScene(run, address.current())
page_parts.about(("user shown", replay.person(run, about.probe)), ("epoch", str(about.epoch)), moment=False)
film(about)
recorded = {run.interactions.user_ids[probe.user] for probe in replay_of(run).probes}
if about.view.user not in (None, *recorded):
    st.caption(plain(text("replay", "others", user=about.view.user, count=count_of(len(recorded), "user"))))
with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="replay_data"):
    st.caption(f"Data after epoch {about.epoch}:" if about.epoch else "Data before training:", width="content")
    for panel in PANELS:
        data(panel.of(about))
