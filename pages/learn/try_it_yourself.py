"""Recommendations for yourself: pick a few items and become a user. The picks are the view's `likes`."""

from __future__ import annotations

from typing import Any

import streamlit as st

from attrec_core.errors import count_of
from attrec_core.explain.wording import short
from attrec_core.views.attention.panels import RANKING
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import has
from attrec_core.views.try_it_yourself import panels as trying
from attrec_core.views.try_it_yourself.panels import AROUND, LAST_PICK
from pages.frame import address, page_list, page_parts, session
from pages.frame.plain_text import plain
from pages.widgets import controls, panels
from pages.widgets.header import header

KEY, LEFT_OFF, CLEARED = "pick_search", "picks_before", "picks_cleared"


def picked() -> tuple[str, ...]:
    """Item ids in the order of picking; empty while another user is shown."""
    return address.current().likes or ()


def put(ids: tuple[str, ...]) -> None:
    """Replaces the picks. Without any, the user shown before the first pick comes back."""
    before = address.current()
    if not picked():
        st.session_state[LEFT_OFF] = before.user, before.step
    user, step = st.session_state.get(LEFT_OFF, (None, None)) if not ids else (None, None)
    address.change(**session.FRESH | {"likes": ids or None}, user=user, step=step)


def add(item_id: str) -> None:
    if item_id in picked():
        session.say_once("You have already picked this item.")
    elif len(picked()) < trying.MOST:
        put((*picked(), item_id))


def remove(item_id: str) -> None:
    put(tuple(picked_id for picked_id in picked() if picked_id != item_id))


def clear() -> None:
    st.session_state[CLEARED] = picked()
    put(())


def choose(scene: Scene) -> None:
    index = scene.run.item_index
    if len(picked()) < trying.MOST:
        url, label = controls.catalogue(scene), "Search for an item you like"
        controls.search(url, label, KEY, lambda item_id: add(item_id) if item_id and item_id in index else None)
    st.markdown(f"**{trying.picks_needed(len(picked()))}**")
    with st.container(gap="xxsmall", key="picks"):
        for place, item in enumerate(map(index.__getitem__, picked()), 1):
            title, about = plain(scene.title(item)[:80]), plain(scene.subtitle(item))
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"{place}\\. **{title}** {about}", width="stretch")
                click: dict[str, Any] = {"on_click": remove, "args": (scene.item_id(item),), "help": f"Remove {title}"}
                st.button("Remove", key=f"unpick_{place}", type="tertiary", **click)
    if len(picked()) < trying.FEWEST:
        st.caption("Or start with popular items:")
        with st.container(horizontal=True, gap="small"):
            for number, item in enumerate(trying.to_begin_with(scene.run, tuple(map(index.__getitem__, picked())))):
                title = scene.title(item)
                full = plain(title) if short(title, 40) != title else None
                click = {"on_click": add, "args": (scene.item_id(item),), "help": full}
                st.button(f"+ {plain(short(title, 40))}", key=f"suggested_{number}", **click)
    if picked():
        st.button("Clear all", key="clear_picks", on_click=clear)
    elif cleared := tuple(item_id for item_id in st.session_state.get(CLEARED, ()) if item_id in index):
        st.button(f"Bring back {count_of(len(cleared), 'pick')}", key="unclear_picks", on_click=put, args=(cleared,))


scene = header(about_you=True)
system = scene.run.system
if not system.knows_new_people:
    st.info(trying.NO_NEW_USER.format(label=system.label))
    raise page_parts.EndOfPage
left, middle, right = st.columns([1.15, 1.3, 1.15], gap="medium")

with left:
    st.header("What do you like?", anchor=False)
    choose(scene)

with middle:
    if len(picked()) < trying.FEWEST:
        st.header("Where you are" if scene.run.explains else "What a pick changes", anchor=False)
        st.markdown(trying.TO_COME if scene.run.explains else trying.TO_COME_ELSEWHERE)
    elif scene.run.explains:
        panels.show(AROUND.of(scene))
        st.caption(trying.window_words(scene))
    else:
        panels.show(LAST_PICK.of(scene), on_click=controls.select_clicked(scene))
        st.caption(trying.window_words(scene))
        st.caption(trying.how_estimated(scene.run))
if len(picked()) >= trying.FEWEST:
    with right:
        panels.show(RANKING.of(scene), on_select=session.select)
    st.header("Continue with your picks", anchor=False)
    with st.container(horizontal=True, gap="medium"):
        for page in ("attention", "why", "score-split", "metric-space", "step-by-step"):
            if has(page_list.BY_KEY[page].needs, scene.run):
                page_list.link(page, f"{page_list.BY_KEY[page].title} →", address.query())
