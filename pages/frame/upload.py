"""A field for a file. The server holds an uploaded file only until a page has taken it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from attrec_core.storage.limits import ALL_UPLOADS, SESSION_UPLOADS
from pages.frame import streamlit_internals, upload_guard
from pages.frame.component import component

_refused = component("refused_uploads", "<span hidden></span>", isolate=False, parts=())
TAKEN = "uploads_taken"  # the ids of the files that were taken
LOST = "This file is no longer on the server, which may have restarted since. Upload it again."


def largest(most: int | None = None) -> int:
    """The maximum size of a file in MB: `most`, but no more than any limit of the server. A browser that knows this
    size refuses a larger file with a sentence; the server could only answer it with a status."""
    limits = [st.get_option("server.maxUploadSize"), SESSION_UPLOADS(), ALL_UPLOADS()]
    return min(limits if most is None else [most, *limits])


def field(label: str, key: str, take: Callable[[Any], None], most: int | None = None, **about: Any) -> None:
    """`take` gets each file, then the server frees its bytes; or None where the file is removed. most: MB."""

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
    size = largest(most)
    st.file_uploader(label, key=key, on_change=changed, max_upload_size=max(1, size), disabled=not size, **about)
    _refused(key=f"refused_{key}", data={str(status): sentence for status, sentence in upload_guard.refusals().items()})
    file = st.session_state[key]
    if file is None or file.file_id in taken:
        return
    if hasattr(file, "getvalue"):  # sent before the page that could take it was there
        streamlit_internals.release(file)
    st.error(LOST)
