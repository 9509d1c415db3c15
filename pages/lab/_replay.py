"""The replay of a training: the user and the map shown, the frames that the browser plays, and the data of an epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.attention.attention_map import attention_map
from attrec_core.views.attention.records import on_one_scale
from attrec_core.views.replay import figures, frames, tables, words
from attrec_core.views.replay.records import ReplayMoment
from attrec_core.views.runs import caveats
from pages.frame import header, page_list, page_parts, session
from pages.widgets import controls, widgets
from pages.widgets.component import SHARED, component, event, json_values

_replay = component(
    "replay",
    '<div class="replay" aria-busy="true"></div>',
    parts=(*SHARED, "walked_grid", "attention_grid", "replay_map", "playing"),
    styles=("titles", "attention_map", "replay"),
)


def run_with_replay() -> Run:
    """The open run. Stops the page, with a message, where the run has no replay."""
    run = session.open_run()
    if run is None:
        st.stop()
    if not run.explains:
        kind = SYSTEMS[run.model_config.model].kind
        st.info(widgets.plain(frames.NOT_RECORDED.format(run=run.name, kind=kind)))
        header.ways_on(run)
        raise page_parts.EndOfPage
    if run.replay is None:
        if damage := caveats.damage(run, "replay.npz"):
            st.warning(widgets.plain(damage))
        else:
            st.info(frames.NO_REPLAY if run.trained_here else frames.NOT_TRAINED_HERE)
        page_list.link("train", "Train →")
        raise page_parts.EndOfPage
    return run


def choices(run: Run) -> tuple[int, str]:
    """The index of the user shown, from 0, and the map."""
    probe = (session.view().probe or 1) - 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.session_state["probe"] = probe
        st.selectbox(
            "User shown",
            range(len(run.replay.probes)),
            key="probe",
            format_func=lambda index: frames.person(run, index),
            on_change=lambda: session.choose(probe=st.session_state["probe"] + 1 or None),
            label_visibility="collapsed",
            width=400,
        )
        names = frames.SPACES
        space = controls.address_choice("Map", "space", list(names), "short", names.__getitem__, "collapsed")
        selected = session.selected_id()
        if selected in run.item_index:
            title = run.interactions.titles[run.item_index[selected]]
            widgets.selection_chip(title, lambda: session.select(None))
        widgets.title_line(None, "replay", guide=frames.GUIDE, line=st.container(width="content"))
    return probe, space


def film(run: Run, probe: int, space: str) -> int:
    """Draws the player; returns the epoch of the address."""
    epoch = frames.shown_epoch(run, session.view())
    page_parts.about(("user shown", frames.person(run, probe)), ("epoch", str(epoch)), moment=False)
    record = frames.played(run, probe, space, epoch)
    whose = f"{session.run_name()} {record.whose}"
    data = json_values(replace(record, whose=whose, selected=session.selected_id()))
    _replay(key="replay", data=data, on_epoch_change=stopped, on_select_change=selected)
    return epoch


def stopped() -> None:
    """Puts the epoch where the reader stopped into the address, checked: a browser can be made to send anything."""
    run, epoch = session.open_run(), event("replay", "epoch").get("epoch")
    if run is not None and run.replay is not None and type(epoch) is int and epoch in run.replay.epochs:
        session.choose(epoch=None if epoch == run.replay.best else epoch)


def selected() -> None:
    run, item = session.open_run(), event("replay", "select").get("id")
    if run is not None and (item is None or (isinstance(item, str) and item in run.item_index)):
        session.select(item)


def data(run: Run, probe: int, space: str, epoch: int) -> None:
    """The data of each figure at the epoch of the address, and its picture and sentence for an export. On the page the
    player shows the sentences, because they change while it plays."""
    curve, moment = words.replay_curve(run), words.replay_moment(run, probe, epoch)
    record = words.replay_map(run, space, probe, epoch)
    titles = run.interactions.titles
    first_item = f"Recommended first: “{titles[moment.top[0]]}”." if moment.top else "There are no candidates."
    sentence = frames.curve_sentence(run, curve, epoch)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="replay_data"):
        st.caption(f"Data after epoch {epoch}:" if epoch else "Data before training:", width="content")
        draw = partial(figures.curves, curve, figures.WIDE, epoch)
        part("curves", "Training curves", draw, tables.curves(curve, epoch), sentence)
        draw = partial(attention_picture, moment)
        part("attention", "Attention matrix", draw, tables.attention(moment), moment.sentence)
        part("top", "Recommendations", None, tables.top(run, moment), first_item)
        draw = partial(figures.space_map, record)
        part("map", frames.MAPS[space], draw, tables.places(record), record.sentence)


def attention_picture(moment: ReplayMoment) -> str:
    (record,) = on_one_scale([moment.attention])
    return attention_map(replace(record, selected=session.selected_id()))


def part(name: str, title: str, svg: Callable[[], str] | None, table: pd.DataFrame, sentence: str) -> None:
    """One figure at one epoch. svg: draws it for an export."""
    key = f"replay_{name}_twin"
    with page_parts.part(key, title, table, sentence):
        if svg is not None:
            page_parts.picture(f"replay_{name}", None, svg)
    line = st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content")
    line.caption(title, width="content")
    widgets.title_line(None, key, table=table, title=title, line=line)
