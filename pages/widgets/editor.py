"""The sequence editor with undo and redo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

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
LONG, HIGHEST = 24, 640  # a list of more than LONG items scrolls in HIGHEST pixels


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
