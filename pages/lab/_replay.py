"""A training as a film: whom it watches, which map it shows, and what the browser plays by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from attrec_core.runs.run import Run
from attrec_core.views.attention.attention_map import attention_map
from attrec_core.views.attention.records import on_one_scale
from attrec_core.views.replay import figures, frames, tables, words
from attrec_core.views.replay.records import ReplayMoment
from attrec_core.views.runs import caveats
from pages.frame import page_list, page_parts, session
from pages.widgets import controls, widgets
from pages.widgets.component import SHARED, component, event, sent

_replay = component(
    "replay",
    '<div class="replay"></div>',
    parts=(*SHARED, "walked_grid", "attention_grid", "replay_map", "playing"),
    styles=("attention_map", "replay"),
)


def run_with_replay() -> Run:
    """The run that is open. Stops the page, with a sentence, where no epochs of it were kept."""
    run = session.open_run()
    if run is None:
        st.stop()
    if run.replay is None:
        if damage := caveats.damage(run, "replay.npz"):
            st.warning(widgets.plain(damage))
        st.info(frames.NO_REPLAY)
        page_list.link("train", "Train →")
        raise page_parts.EndOfPage
    return run


def choices(run: Run) -> tuple[int, str]:
    """Who is watched, from 0, and which map is shown."""
    probe = (session.view().probe or 1) - 1
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.session_state["probe"] = probe
        st.selectbox(
            "Who is watched",
            range(len(run.replay.probes)),
            key="probe",
            format_func=lambda one: frames.person(run, one),
            on_change=lambda: session.choose(probe=st.session_state["probe"] + 1 or None),
            width=460,
        )
        space = controls.address_choice("Map of", "space", list(frames.SPACES), "short", frames.SPACES.__getitem__)
        with st.popover("what am I seeing?"):
            st.markdown(frames.SEEN)
        selected = session.selected_id()
        if selected in run.item_index:
            title = run.interactions.titles[run.item_index[selected]]
            widgets.selection_chip(title, "chip", lambda: session.select(None))
    return probe, space


def film(run: Run, probe: int, space: str) -> int:
    """The player; gives the epoch that is shown."""
    epoch = frames.shown_epoch(run, session.view())
    page_parts.about(("who is watched", frames.person(run, probe)), ("epoch", str(epoch)), moment=False)
    record = frames.played(run, probe, space, epoch)
    whose = f"{session.run_name()} {record.whose}"
    data = sent(replace(record, whose=whose, selected=session.selected_id()))
    _replay(key="replay", data=data, on_epoch_change=stopped, on_select_change=selected)
    return epoch


def stopped() -> None:
    """Where the reader stopped; a browser can be made to send anything."""
    run, epoch = session.open_run(), event("replay", "epoch").get("epoch")
    if run is not None and run.replay is not None and type(epoch) is int and epoch in run.replay.epochs:
        session.choose(epoch=None if epoch == run.replay.best else epoch)


def selected() -> None:
    run, item = session.open_run(), event("replay", "select").get("id")
    if run is not None and (item is None or (isinstance(item, str) and item in run.item_index)):
        session.select(item)


def twins(run: Run, probe: int, space: str, epoch: int) -> None:
    """What each part of the film shows at this epoch, in a sentence and a table; and as a picture where it is
    exported."""
    curve, moment = words.replay_curve(run), words.replay_moment(run, probe, epoch)
    record = words.replay_map(run, space, probe, epoch)
    # As wide, and as far apart, as the parts of the film above them: see `.panels` in replay.css.
    left, middle, right = st.columns([1, 1.05, 1.3], gap="medium")
    with left:
        draw = partial(figures.curves, curve, figures.WIDE, epoch)
        twin("curves", "How the figures went", draw, tables.curves(curve, epoch), frames.curve_sentence(run, epoch))
    with middle:
        draw = partial(attention_picture, moment)
        twin("attention", "Who looks at whom", draw, tables.attention(moment), moment.sentence)
        titles = run.interactions.titles
        nearest = f"Nearest then: “{titles[moment.top[0]]}”." if moment.top else "No item competes."
        twin("top", "What stood nearest then", None, tables.top(run, moment), nearest)
    with right:
        draw = partial(figures.space_map, record)
        twin("map", "Where everything lay", draw, tables.places(record), record.sentence)


def attention_picture(moment: ReplayMoment) -> str:
    (record,) = on_one_scale([moment.attention])
    return attention_map(replace(record, selected=session.selected_id()))


def twin(name: str, title: str, svg: Callable[[], str] | None, table: pd.DataFrame, sentence: str) -> None:
    """A part of the film at one epoch. svg: draws it for who exports it."""
    draw = None if svg is None else partial(page_parts.picture, f"replay_{name}", None, svg)
    widgets.twin(draw, table, sentence, key=f"replay_{name}_twin", title=title)
