"""Limits how much visitors may upload. Uploads are held in memory until a page has moved them to disk, so their bytes
are counted as they arrive: the length that a request states may be wrong, or missing."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attrec_core.storage.limits import ALL_UPLOADS, SESSION_UPLOADS
from attrec_core.storage.workspace import home, read_only
from pages.frame import streamlit_internals

MEGABYTE = 1 << 20
COUNTED = 0.5  # seconds for which a count of the bytes on disk holds
READ_ONLY = 2 * MEGABYTE  # on a read-only server: a saved state, which is at most 1 MB, and what a request adds to it
READ_ONLY_SENTENCE = "This server is read-only and accepts only a saved state."
SESSION_SENTENCE = "A tab may upload {limit} MB at most; reload the page to start again."
ALL_SENTENCE = "All visitors together may upload {limit} MB at most; try again in a few minutes."


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
        if read_only() and of_session > READ_ONLY:
            refuse(403)
        if of_session > SESSION_UPLOADS() * MEGABYTE:
            refuse(413)
        if sum(held.values()) + self.arriving.total() + self.on_disk > ALL_UPLOADS() * MEGABYTE:
            refuse(507)


def refusals() -> dict[int, str]:
    """Returns the reason why an upload is refused, by the status of the answer."""
    return {
        403: READ_ONLY_SENTENCE,
        413: SESSION_SENTENCE.format(limit=SESSION_UPLOADS()),
        507: ALL_SENTENCE.format(limit=ALL_UPLOADS()),
    }


def refuse(status: int) -> None:
    raise HTTPException(status, refusals()[status])


def session_of(scope: Scope) -> str | None:
    """Returns the session of an upload, which is the last part but one of its path; None for other requests."""
    if scope["type"] != "http" or scope["method"] != "PUT":
        return None
    parts = scope["path"].rsplit("/", 2)
    return parts[1] if len(parts) == 3 else ""


def bytes_on_disk(folder: Path) -> int:
    """Returns the bytes of files that sessions have uploaded and not yet imported."""
    total = 0
    for file in folder.glob("*/*"):
        with contextlib.suppress(OSError):  # the file was just removed
            total += file.stat().st_size
    return total
