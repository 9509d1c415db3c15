"""The first line of every page: who, when, real or edited, and what is selected; the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from attrec_core.views.be_a_user.words import FEWEST
from attrec_core.views.page_context import Scene
from attrec_core.views.population import extremes
from pages.frame import page_parts, session
from pages.frame import runs as frame_runs
from pages.frame.page_list import Page
from pages.widgets import controls, widgets

WELCOME = "How a sequential recommender thinks"
NOBODY = "nobody: only these items"
YOU = "you: what you picked"
STATUS, EXPORTS = "status_place", "exports_place"  # beside the page's name, of the script's run that is under way


def name(page: Page) -> None:
    """The page's title; the first page has a sentence instead. Beside it are places for the state of the window and the
    selection, always there so that nothing jumps when they fill, and for the export."""
    with st.container(key="page_name" if page.key else "welcome", horizontal=True, vertical_alignment="center"):
        st.title(page.title if page.key else WELCOME, anchor=False, width="content")
        st.session_state[STATUS] = st.container(key="status", horizontal=True, vertical_alignment="center")
        st.session_state[EXPORTS] = st.container(key="exports", width="content")


def header() -> Scene:
    """Draws the line and returns what the page is to show."""
    scene = session.scene()
    session.say_what_was_left()
    if session.view().scene:  # a presenter's scene: said, not offered
        with st.container(key="header_said", horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(widgets.plain(moment(scene)), width="content")
            status(scene)
        return scene
    runs = frame_runs.known_names(session.view())
    widths = [1.2, 1.2, 2.6] if len(runs) > 1 else [1.2, 3.8]
    with st.container(key="first_line"):
        columns = st.columns(widths, vertical_alignment="bottom", gap="medium")
    if len(runs) > 1:
        with columns[0]:
            run_picker(runs)
    with columns[-2]:
        user_picker(scene)
    with columns[-1]:
        step_slider(scene)
    with st.session_state[STATUS]:
        status(scene)
    page_parts.collection().place = st.session_state[EXPORTS]
    return scene


def line(*, with_run: bool = False) -> None:
    """The first line of a page that shows no user: the picker of the run, if the page is about a run."""
    names = frame_runs.known_names(session.view())
    if with_run and len(names) > 1:
        with st.container(key="first_line", width=420):
            run_picker(names)
    page_parts.collection().place = st.session_state[EXPORTS]
    page_parts.about(moment=False, run=with_run)


def moment(scene: Scene) -> str:
    """Who, and when, in words."""
    if scene.user is None:
        return f"For {scene.who}:"
    return f"{scene.who}, after {scene.step} of {len(scene.history)} items:"


def run_picker(names: list[str]) -> None:
    st.session_state["run"] = session.run_name()
    st.selectbox("Run", names, key="run", on_change=lambda: session.choose_run(st.session_state["run"]))


def user_picker(scene: Scene) -> None:
    """A select box; with too many users for a list, the browser's own search."""
    count = scene.run.interactions.n_users
    if count > controls.MANY:
        controls.search(
            controls.catalogue(scene, "users"),
            f"type one of {count:,} users",
            key="user_search",
            on_pick=session.choose_user,
            name="User (type to search)",
            chosen=None if scene.user is None and not len(scene.likes) else scene.who,
            clearable=True,
        )
        return
    standing_out = extremes.standing_out(scene.run)
    names = [*([YOU] if len(scene.likes) else []), *standing_out, *frame_runs.names_in_order(scene.run), NOBODY]
    st.session_state["user"] = scene.who if scene.user is not None else YOU if len(scene.likes) else NOBODY
    st.selectbox("User (type to search)", names, key="user", on_change=lambda: pick_user(standing_out))


def pick_user(standing_out: Mapping[str, str]) -> None:
    chosen = st.session_state["user"]
    if chosen != YOU:
        session.choose_user(None if chosen in (None, NOBODY) else standing_out.get(chosen, chosen))


def step_slider(scene: Scene) -> None:
    """Time travel: how much of the history has happened."""
    length = len(scene.history)
    if length < 2:
        st.caption("A history of one item." if length else "No user, no history.")
        return
    if scene.user is None:
        guess = f"A first guess from {length} picks; {FEWEST} make a user."
        whole = f"A new person: a taste folded in from {length} picks."
        st.caption(f"{guess if length < FEWEST else whole} No past to travel through.")
        return
    st.session_state["step"] = scene.step
    st.slider(
        f"Time travel: after {scene.step} of {length} items",
        1,
        length,
        key="step",
        on_change=lambda: session.choose_step(st.session_state["step"]),
    )


def status(scene: Scene) -> None:
    """Real or edited, said in words, with the way back; and the selection."""
    if not scene.has_taste:
        st.markdown("**no user**, short term only", width="content")
    elif scene.edited:
        real = ", ".join(scene.title(item) for item in scene.real_window)
        st.markdown("**edited**", width="content", help=f"The real window was: {widgets.plain(real)}")
        st.button("reset to the real history", key="reset", on_click=session.choose, kwargs={"window": None})
    else:
        st.markdown("your picks" if scene.user is None else "real history", width="content")
    if scene.what_ifs:
        st.markdown(f"**what if** {', '.join(scene.what_ifs.values())}", width="content")
        st.button("as trained", key="as_trained", on_click=session.choose, kwargs=session.TRAINED)
    if scene.selected is not None:
        widgets.selection_chip(scene.title(scene.selected), "chip", lambda: session.follow(None, None))
