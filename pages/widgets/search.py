"""A field that holds one item or one user of a run, found by typing.

Up to a thousand it is Streamlit's own list. More would travel to the browser at every run of the page, and be laid out
there; then the browser searches in a catalogue that it has fetched once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import streamlit as st

from attrec_core.views.page_context import Scene
from pages.frame import session
from pages.widgets.component import SHARED, component

MANY = 1000  # what a list may hold
WIDTH = 340  # pixels

_search = component(
    "pick_search", '<div class="editor"></div>', parts=(*SHARED, "type_ahead"), styles=("sequence_editor",)
)


def catalogue(shown: Scene, of: str = "items") -> str:
    """The relative URL of all items, or users, of the run."""
    return f"attrec/{of}/{quote(session.run_name(), safe='')}?v={shown.run.fingerprint}"


def search(
    url: str,
    label: str,
    *,
    key: str,
    on_pick: Callable[[str | None], None],
    name: str | None = None,
    chosen: str | None = None,
    clearable: bool = False,
) -> None:
    """A search box over what the URL holds; `on_pick` gets an id, or None where it was emptied. A browser can be made
    to send anything, so the id may be of nothing."""

    def picked() -> None:
        sent = st.session_state[key].get("pick")
        found = sent.get("id") if isinstance(sent, dict) else None
        if isinstance(sent, dict) and (isinstance(found, str) or (found is None and clearable)):
            on_pick(found)

    data: dict[str, Any] = {"label": label, "catalogue": url, "name": name, "chosen": chosen, "clearable": clearable}
    _search(key=key, data=data, on_pick_change=picked)


def item_field(shown: Scene, name: str, *, key: str, item: int | None, on_pick: Callable[[int | None], None]) -> None:
    """An item of the run; emptied, it holds none."""
    data = shown.run.interactions
    count = data.n_items
    if count > MANY:
        with st.container(width=WIDTH):
            search(
                catalogue(shown),
                f"type one of {count:,} titles",
                key=f"{key}_search",
                on_pick=lambda found: on_pick(shown.run.item_index.get(found)),
                name=name,
                chosen=None if item is None else shown.title(item)[:300],
                clearable=True,
            )
        return

    def known(chosen: object) -> int | None:
        """From a list of another run the browser may send a title that this one has not."""
        return chosen if isinstance(chosen, int) and 0 <= chosen < count else None

    st.session_state[key] = item
    st.selectbox(
        name,
        (-shown.run.popularity).argsort(kind="stable").tolist(),
        index=None,
        key=key,
        format_func=lambda one: shown.title(one)[:80],
        placeholder=f"type one of {count:,} titles",
        on_change=lambda: on_pick(known(st.session_state[key])),
        width=WIDTH,
    )
