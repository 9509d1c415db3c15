"""A field for a file. The server holds what a browser has sent only until a page has taken it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.frame import streamlit_internals

TAKEN = "uploads_taken"  # the ids of the files that were taken
LOST = "This file is no longer on the server, which may have restarted since. Upload it again."


def field(label: str, key: str, take: Callable[[Any], None], **about: Any) -> None:
    """`take` gets each file, or None where the file before is removed; then the server frees its bytes."""

    def changed() -> None:
        file = st.session_state[key]
        if file is None:
            take(None)
        elif hasattr(file, "getvalue"):
            taken.add(file.file_id)
            try:
                take(file)
            finally:
                streamlit_internals.release(file)

    taken: set[str] = st.session_state.setdefault(TAKEN, set())
    st.file_uploader(label, key=key, on_change=changed, **about)
    file = st.session_state[key]
    if file is None or file.file_id in taken:
        return
    if hasattr(file, "getvalue"):  # sent before the page was there that could take it
        streamlit_internals.release(file)
    st.error(LOST)
