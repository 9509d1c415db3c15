"""The sequence editor with undo and redo, and the same edits with menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from attrec_core.explain.wording import letter
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.page_context import Scene
from pages.frame import address, session
from pages.widgets import controls
from pages.widgets.components import SequenceRecord, sequence_editor

BASELINE = (
    "Edits are compared with the baseline: the actual history or the window you set here, with the model as trained."
)
EDITING = """
The window holds the recent items, **oldest first**; **A, B, C …** mark them in every figure.

Drag an item by its handle, or point at it for its buttons: move, replace, repeat, remove. By keyboard: the arrow keys
go from item to item, Alt + an arrow key moves the item, R repeats it, Delete removes it, Enter selects it everywhere.
"""
PLAIN = "plain_controls"
PlainEdit = Callable[[list[str], int], list[str]]  # (item ids, position) → edited item ids
LONG, HIGHEST = 24, 640  # a list of more than LONG items scrolls in HIGHEST pixels
MANY = 2000  # items in the menu, popular first; the editor's own search finds all items


def editor(scene: Scene, select: Callable[[str | int | None], None] = session.select) -> None:
    limit = scene.run.model_config.window
    with st.container(height=HIGHEST if len(scene.window) > LONG else "content", border=False):
        items = [(scene.item_id(item), scene.title(item), scene.subtitle(item)) for item in scene.window]
        colours = {str(scene.item_id(item)): item_colour(scene.hue(item)) for item in scene.window}
        catalogue, selected = controls.catalogue(scene), address.current().selected
        record = SequenceRecord(items, session.revision(scene), limit, catalogue, colours, selected)
        sequence_editor(record, key="editor", on_change=session.take_edit, on_select=select)
    with st.container(horizontal=True, gap="small"):
        for label, key, by in (("Undo", "undo", -1), ("Redo", "redo", 1)):
            st.button(label, key=key, on_click=session.travel, args=(by,), disabled=not session.can_travel(by))
        pin = partial(address.change, pin=scene.ids(scene.window))
        st.button("Set as baseline", key="pin", on_click=pin, help=BASELINE, disabled=scene.window_is_a)
        if scene.view.pin is not None:
            st.button("Clear baseline", key="unpin", on_click=address.change, kwargs={"pin": None})
        # While it is closed, its list of items is not sent to the browser.
        box = st.popover("Edit with menus", key=PLAIN, on_change="rerun")
        if box.open:
            with box:
                plain_controls(scene, limit)
    room = limit - len(scene.window)
    last = f"last {limit} items" if limit > 1 else "last item only"
    add = f"you can add {room} more." if room > 0 else "a new one replaces the oldest."
    remain = " At least one item must remain." if room > 0 and len(scene.window) == 1 else ""
    st.caption(f"{'Oldest first. ' * (limit > 1)}The window holds the {last}; {add}{remain}")


def plain_controls(scene: Scene, limit: int) -> None:
    ids = list(scene.ids(scene.window))
    positions = range(len(ids))
    if st.session_state.get("plain_place", 0) not in positions:
        st.session_state["plain_place"] = len(ids) - 1
    # Side by side: one below the other, the last button would be below the edge of a low screen.
    menus = st.container(horizontal=True, gap="small")
    popular = (-scene.run.popularity).argsort(kind="stable")[:MANY].tolist()
    names = {index: f"{letter(index)}. {scene.title(scene.window[index])[:60]}" for index in positions}
    position = menus.selectbox("Position", positions, key="plain_place", format_func=names.__getitem__, width=310)
    titles: dict[str, Any] = {"format_func": lambda index: scene.title(index)[:60], "width": 310}
    item = menus.selectbox("Item", popular, key="plain_item", **titles)
    new = scene.item_id(item if item in popular else popular[0])  # the browser may still show the list of another run
    edits: list[tuple[str, str, bool, PlainEdit]] = [
        ("Move earlier", "plain_earlier", position > 0, lambda ids, at: moved(ids, at, at - 1)),
        ("Move later", "plain_later", position < len(ids) - 1, lambda ids, at: moved(ids, at, at + 1)),
        ("Remove", "plain_remove", len(ids) > 1, lambda ids, at: ids[:at] + ids[at + 1 :]),
        ("Repeat", "plain_repeat", True, lambda ids, at: [*ids[: at + 1], ids[at], *ids[at + 1 :]]),
        ("Replace with the item", "plain_replace", True, lambda ids, at: [*ids[:at], new, *ids[at + 1 :]]),
        ("Add the item", "plain_add", True, lambda ids, at: [*ids, new]),
    ]
    with st.container(horizontal=True, gap="small"):
        for label, key, possible, edit in edits:
            st.button(label, key=key, disabled=not possible, on_click=make, args=(edit, position, limit))


def make(edit: PlainEdit, place: int, limit: int) -> None:
    """Edits the current list: a second click may come before the page has run. Does nothing where the list no longer
    has this position, or would lose its last item."""
    current = session.scene()
    ids = list(current.ids(current.window))
    edited = edit(ids, place) if 0 <= place < len(ids) else []
    if edited:
        address.change(window=tuple(edited[-limit:]))


def moved(ids: list[str], place: int, to: int) -> list[str]:
    if not 0 <= to < len(ids):
        return ids
    rest = ids[:place] + ids[place + 1 :]
    return [*rest[:to], ids[place], *rest[to:]]
