"""The picks of a new person: search, suggestions and removal. They are the view's `likes`."""

from __future__ import annotations

import streamlit as st

from attrec_core.errors import count_of
from attrec_core.explain.wording import short
from attrec_core.views.page_context import Scene
from attrec_core.views.try_it_yourself import panels as trying
from pages.frame import session
from pages.frame.plain_text import plain
from pages.widgets import controls

KEY, LEFT_OFF, CLEARED = "pick_search", "picks_before", "picks_cleared"


def picked() -> tuple[str, ...]:
    """Item ids in the order of picking; empty while another user is shown."""
    return session.view().likes or ()


def put(ids: tuple[str, ...]) -> None:
    """Replaces the picks. Without any, the user shown before the first pick comes back."""
    before = session.view()
    if not picked():
        st.session_state[LEFT_OFF] = before.user, before.step
    user, step = st.session_state.get(LEFT_OFF, (None, None)) if not ids else (None, None)
    session.choose(**session.FRESH | {"likes": ids or None}, user=user, step=step)


def add(item_id: str) -> None:
    """Adds an item to the picks, each item once."""
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
    """The search, the list of picks, and suggestions to begin with."""
    if len(picked()) < trying.MOST:
        controls.search(
            controls.catalogue(scene),
            "Search for an item you like",
            key=KEY,
            on_pick=lambda item_id: add(item_id) if item_id in scene.run.item_index else None,
        )
    st.markdown(f"**{trying.picks_needed(len(picked()))}**")
    with st.container(gap="xxsmall", key="picks"):
        for position, item_id in enumerate(picked(), 1):
            row(scene, position, item_id)
    if len(picked()) < trying.FEWEST:
        suggestions(scene)
    if picked():
        st.button("Clear all", key="clear_picks", on_click=clear)
    elif cleared := tuple(item_id for item_id in st.session_state.get(CLEARED, ()) if item_id in scene.run.item_index):
        st.button(f"Bring back {count_of(len(cleared), 'pick')}", key="unclear_picks", on_click=put, args=(cleared,))


def suggestions(scene: Scene) -> None:
    st.caption(
        "Or start with the most popular item of each genre:"
        if any(scene.run.interactions.genres)
        else "Or start with the most popular items:"
    )
    with st.container(horizontal=True, gap="small"):
        picks = tuple(scene.index(item_id) for item_id in picked())
        for number, item in enumerate(trying.to_begin_with(scene.run, picks)):
            title = scene.title(item)
            st.button(
                f"+ {plain(short(title, 40))}",
                key=f"suggested_{number}",
                on_click=add,
                args=(scene.item_id(item),),
                help=plain(title) if short(title, 40) != title else None,
            )


def row(scene: Scene, place: int, item_id: str) -> None:
    title = scene.title(scene.index(item_id))
    about = scene.subtitle(scene.index(item_id))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{place}\\. **{plain(title[:80])}** {plain(about)}", width="stretch")
        st.button(
            "Remove",
            key=f"unpick_{place}",
            on_click=remove,
            args=(item_id,),
            type="tertiary",
            help=f"Remove {plain(title[:80])}",
        )
