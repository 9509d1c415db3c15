"""The first line of every page: user, step, actual or edited history, and selected item; the same everywhere."""

from __future__ import annotations

from typing import Any

import streamlit as st

from attrec_core.errors import InputError, count_of
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.across_users import scenes
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import REFUSALS, has
from attrec_core.views.try_it_yourself.panels import FEWEST
from pages.frame import address, page_list, page_parts, session
from pages.frame import runs as frame_runs
from pages.frame.plain_text import fault, plain
from pages.frame.streamlit_internals import Block
from pages.widgets import controls, widgets

NOBODY = "no user: these items only"
YOU = "you: your picks"
NOT_HERE = "Attention set by hand is shown on Attention, Score split and Metric space only."

LINKS = {"attention": "Its recommendations", "compare": "Compare with another run", "runs": "Other runs"}
OF_ATTENTION = {"attention": "Attention", "step-by-step": "Step by step", "at-large": "Attention across users"}
LISTED = 24  # characters of several what-ifs that fit into the line; a longer list opens in a popover


def header(*, by_hand: bool = False, about_you: bool = False) -> Scene:
    """Draws the header line (user, step of the history, state) and returns the scene that the page shows.

    by_hand: whether the page can show attention that is set by hand; else it shows the model's own and says so.
    about_you: whether the page is about the visitor: before their first pick it names no user of the data."""
    scene = page_context.set_by_hand(session.scene()) if by_hand else session.scene()
    page_parts.collection().by_hand = by_hand
    if sentence := st.session_state.pop(session.LEFT, None):
        st.toast(plain(sentence), duration="long")
    if address.current().scene:  # a presenter's scene: text, no controls
        with st.container(key="header_said", horizontal=True, vertical_alignment="center", gap="small"):
            who = f"For {scene.who}:" if scene.user is None else f"{scene.who}, {scene.when}:"
            st.markdown(plain(who), width="content")
            status(scene)
        return scene
    run_picker()
    with st.container(key="header_line", horizontal=True, vertical_alignment="center", gap="small"):
        if about_you and not len(scene.likes):
            st.markdown("**you**: no picks yet", width="stretch")
        else:
            inline: dict[str, Any] = {"horizontal": True, "vertical_alignment": "center", "gap": "small"}
            with st.container(key="header_who", width="content"):
                user_picker(scene)
            with st.container(key="header_when", width="stretch", **inline):
                step_slider(scene)
            with st.container(key="status", width="content", **inline):
                status(scene)
        page_parts.collection().place = st.container(key="tools", width="content")
    if not scene.run.explains:
        other_system(scene)
    lead(scene.run)
    return scene


def other_system(scene: Scene) -> None:
    """Stops a page that needs what the run's system lacks, and any page when the system cannot give a ranking here."""
    here = page_list.BY_KEY[st.session_state[address.PAGE]]
    if not has(here.needs, scene.run):
        st.info(plain(str(REFUSALS[here.needs](scene.run))))
        ways_on(scene.run)
        raise page_parts.EndOfPage
    try:
        with st.spinner("Opening the model …"):
            _ = scene.ranking  # asks the process that runs the model
    except InputError as error:
        st.info(fault(error))
        raise page_parts.EndOfPage from None


def ways_on(run: Run) -> None:
    """Links to the pages that show a run of any system, and to those that show its attention if it has any."""
    with st.container(horizontal=True, gap="medium"):
        for page, label in (LINKS | OF_ATTENTION if run.attends else LINKS).items():
            if has(page_list.BY_KEY[page].needs, run):
                page_list.link(page, f"{label} →", address.query())


def line(*, with_run: bool = False) -> Block:
    """Draws the header of a page that shows no user, in the bar. Returns the line of the lead, for further controls."""
    if with_run:
        run_picker()
    with st.session_state[page_list.RUN]:
        page_parts.collection().place = st.container(key="tools", width="content")
    page_parts.about(moment=False, run=with_run)
    return lead(session.open_run() if with_run else None)


def lead(run: Run | None) -> Block:
    """Draws the line that says which question the page answers and what to do first. A lesson says that itself."""
    page = st.session_state[address.PAGE]
    text, without = page_list.LEADS.get(page, ""), page_list.LEADS_WITHOUT.get(page)
    if run is not None and without and not (run.replay is not None if page == "replay" else run.attends):
        system = run.system
        text = without.format(label=system.label, reads=system.reading(run.model_config))
    line_of_lead = st.container(key="lead", horizontal=True, vertical_alignment="center", gap="small")
    if text and address.current().lesson is None:
        line_of_lead.markdown(text)
    return line_of_lead


def run_picker() -> None:
    names = frame_runs.known_names(address.current())
    if len(names) < 2:
        return
    options = {"format_func": lambda name: f"run: {name}", "label_visibility": "collapsed"}
    with st.session_state[page_list.RUN]:
        controls.menu("Run", "run", names, session.run_name(), session.choose_run, **options)


def user_picker(scene: Scene) -> None:
    count = scene.run.interactions.n_users
    if count > controls.MANY:
        chosen = None if scene.user is None and not len(scene.likes) else scene.who
        about = {"name": "User (type to search)", "chosen": chosen}
        url, label = controls.catalogue(scene, "users"), f"type one of {count:,} users"
        controls.search(url, label, "user_search", session.choose_user, clearable=True, **about)
        return
    standing_out = scenes.standing_out(scene.run)
    names = [*([YOU] if len(scene.likes) else []), *standing_out, *frame_runs.names_in_order(scene.run), NOBODY]

    def pick(chosen: str | None) -> None:
        if chosen != YOU:
            session.choose_user(None if chosen in (None, NOBODY) else standing_out.get(chosen, chosen))

    here = scene.who if scene.user is not None else YOU if len(scene.likes) else NOBODY
    controls.menu("User (type to search)", "user", names, here, pick, label_visibility="collapsed")


def step_slider(scene: Scene) -> None:
    length = len(scene.history)
    if length < 2:
        st.caption("A history of one item." if length else "No user, no history.")
        return
    if scene.user is None:
        few = length < FEWEST
        estimated = "Taste estimated from " if scene.run.system.tastes else ""
        estimated = "Taste made of " if scene.run.model_config.remembers else estimated
        st.caption(f"{length} picks; {FEWEST} are needed." if few else f"{estimated}{length} picks; no history.")
        return

    def step_button(label: str, key: str, goal: int) -> None:
        """A button beside the slider, shown on a phone, where a finger cannot place the slider on each step."""
        st.button(label, key=key, on_click=session.choose_step, args=(goal,), disabled=not 1 <= goal <= length)

    st.session_state["step"] = scene.step
    st.caption(f"item {scene.step} of {length}", width="content")
    step_button("One item earlier", "step_back", scene.step - 1)
    label, moved = f"History up to item {scene.step} of {length}", lambda: session.choose_step(st.session_state["step"])
    st.slider(label, 1, length, key="step", on_change=moved, label_visibility="collapsed")
    step_button("One item later", "step_on", scene.step + 1)


def status(scene: Scene) -> None:
    own_baseline = scene.view.pin is not None and scene.has_person and not (scene.edited or scene.window_is_a)
    if own_baseline:
        st.markdown(f"{'picks' if scene.user is None else 'actual'} **vs your baseline**", width="content")
        way_back("Clear", "clear_baseline", "Clear the baseline: compare with the actual history", pin=None)
    elif not scene.has_person:
        short_only = scene.run.explains and not scene.has_taste
        st.markdown("**no user**, short term only" if short_only else "**no user**", width="content")
    elif scene.edited:
        actual = ", ".join(scene.title(item) for item in scene.real_window)
        st.markdown("**edited**", width="content")
        # Start has no editor with this button, and a click there removes an item.
        if st.session_state[address.PAGE] == page_list.START and session.can_travel(-1):
            st.button("Undo", "undo_last", "Back by one edit", type="tertiary", on_click=session.travel, args=(-1,))
        way_back("Reset", "reset", f"Back to the actual history: {plain(actual)}", window=None)
    else:
        st.markdown("your picks" if scene.user is None else "actual history", width="content")
    if scene.what_ifs:
        settings = list(scene.what_ifs.values())
        if not own_baseline and (len(settings) == 1 or len(", ".join(settings)) <= LISTED):
            st.markdown(f"**what-if** {', '.join(settings)}", width="content")
        else:
            with st.popover(f"**{count_of(len(settings), 'what-if')}**", key="what_ifs", width="content"):
                st.markdown("\n".join(f"- {setting}" for setting in settings))
        way_back("As trained", "as_trained", "Back to the settings of the training", **session.TRAINED)
    if scene.view.by_hand is not None and not scene.by_hand:
        st.markdown("the model's own attention", width="content", help=NOT_HERE)
    if scene.selected is not None:
        title, letters = scene.title(scene.selected), scene.letters.get(scene.selected, "")
        widgets.selection_chip(title, lambda: session.follow(None, None), letters)


def way_back(label: str, key: str, explained: str, **fields: object) -> None:
    st.button(label, key=key, type="tertiary", help=explained, on_click=address.change, kwargs=fields)
