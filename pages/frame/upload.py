"""Uploads: a field for a file, and the limits on how much visitors may upload.

The server holds an uploaded file only until a page has taken it and moved it to disk. Until then its bytes are in
memory, so they are counted as they arrive: the length that a request states may be wrong, or missing.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from itertools import compress
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attrec_core.storage.limits import ALL_UPLOADS, SESSION_UPLOADS
from attrec_core.storage.workspace import home, read_only
from pages.frame import streamlit_internals
from pages.frame.component import component

_refused = component("refused_uploads", '<p class="attrec-refused" role="alert"></p>', isolate=False, parts=())
TAKEN = "uploads_taken"  # the ids of the files that were taken
LOST = "This file is no longer on the server, which may have restarted since. Upload it again."
MEGABYTE = 1 << 20
COUNTED = 0.5  # seconds for which a count of the bytes on disk holds
READ_ONLY = 2 * MEGABYTE  # on a read-only server: a saved state, which is at most 1 MB, and what a request adds to it
READ_ONLY_SENTENCE = "This server is read-only and accepts only a saved state."
ONE_SENTENCE = "One file at a time: none of these was uploaded. Drop one of them; or all, as one .zip."
SESSION_SENTENCE = "A tab may upload {limit} MB at most; reload the page to start again."
ALL_SENTENCE = "All visitors together may upload {limit} MB at most; try again in a few minutes."


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
    sentences = {str(status): sentence for status, sentence in refusals().items()}
    _refused(key=f"refused_{key}", data=sentences | {"field": key, "many": ONE_SENTENCE})
    file = st.session_state[key]
    if file is None or file.file_id in taken:
        return
    if hasattr(file, "getvalue"):  # sent before the page that could take it was there
        streamlit_internals.release(file)
    st.error(LOST)


class UploadGuard:
    """Middleware that refuses an upload as soon as it and all held uploads have more bytes than a limit allows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.on_disk, self.counted = 0, -COUNTED  # bytes, and when they were counted
        self.arriving: Counter[str] = Counter()  # bytes of requests that have not been answered, by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = session_of(scope)
        if session is None:
            await self.app(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            self.arriving[session] += size
            if size:
                self.check(session)
            return message

        try:
            await self.app(scope, counted, send)
        finally:
            self.arriving[session] -= received
            self.arriving += Counter()  # drops the sessions without arriving bytes

    def check(self, session: str) -> None:
        """Raises HTTPException when a limit is exceeded; Starlette answers it with its status and sentence."""
        if time.monotonic() - self.counted > COUNTED:
            self.on_disk, self.counted = bytes_on_disk(home().uploads), time.monotonic()
        held = streamlit_internals.uploads_in_memory()
        of_session = held.get(session, 0) + self.arriving[session]
        of_all = sum(held.values()) + self.arriving.total() + self.on_disk
        exceeded = {
            403: read_only() and of_session > READ_ONLY,
            413: of_session > SESSION_UPLOADS() * MEGABYTE,
            507: of_all > ALL_UPLOADS() * MEGABYTE,
        }
        for status in compress(exceeded, exceeded.values()):
            raise HTTPException(status, refusals()[status])


def refusals() -> dict[int, str]:
    return {
        403: READ_ONLY_SENTENCE,
        413: SESSION_SENTENCE.format(limit=SESSION_UPLOADS()),
        507: ALL_SENTENCE.format(limit=ALL_UPLOADS()),
    }


def session_of(scope: Scope) -> str | None:
    """Returns the session of an upload, which is the last part but one of its path; None for other requests."""
    if scope["type"] != "http" or scope["method"] != "PUT":
        return None
    parts = scope["path"].rsplit("/", 2)
    return parts[1] if len(parts) == 3 else ""


def bytes_on_disk(folder: Path) -> int:
    total = 0
    for file in folder.glob("*/*"):
        with contextlib.suppress(OSError):  # the file was just removed
            total += file.stat().st_size
    return total
