"""The HTML that a browser gets first: with the style sheet of every page, and with a veil until the page is there.

Without them the first frame is Streamlit's own, centred and padded, and each part of a page that arrives pushes down
the parts below it. With them the browser shows a skeleton, and then the whole page at once, in its final place.
"""

from __future__ import annotations

import functools
import json
import re

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.frame import no_page
from pages.frame.component import PLOTLY_URL, source
from pages.frame.guard import policy
from pages.frame.page_list import FORMER, PAGES

HEAD_ENDS = b"</head>"
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
CONDITIONS = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")


@functools.cache
def addition() -> bytes:
    """Returns the style sheet and the script as elements of the head. The sheet's rules are nested, so that they
    outweigh Streamlit's, which come later."""
    css, *scripts = (
        source(file)
        for file in ("frame.css", "streamlit_names.js", "plotly_bundle.js", "first_frame.js", "keyboard.js")
    )
    known = json.dumps({"plotly": PLOTLY_URL, "charts": [page.key for page in PAGES if page.charts]})
    script = "\n".join([f"const KNOWN = {known};", *scripts])
    return f"<style>html {{{css}}}</style><script>(() => {{\n{script}\n}})();</script>".encode()


def with_addition(html: bytes) -> bytes:
    """Returns the HTML with the addition at the end of the head, or in front of everything if there is no head."""
    head, end, rest = html.partition(HEAD_ENDS)
    return head + addition() + end + rest if end else addition() + html


class FirstHtml:
    """Middleware that puts the addition into each HTML document, and answers an address that is no page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        if target := FORMER.get(no_page.inside(scope["path"]).rstrip("/")):
            address = f"{target}?{scope.get('query_string', b'').decode('latin-1')}"
            await RedirectResponse(address, 308)(scope, receive, send)
            return
        # Asks for the document uncompressed and whole: an “unchanged” one would be Streamlit's, without the addition.
        if wants_html(scope):
            headers = [header for header in scope["headers"] if header[0] not in CONDITIONS]
            scope = scope | {"headers": headers}
        start: Message | None = None
        body = b""

        async def take(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and is_document(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    if no_page.is_page(scope["path"]):
                        await send_document(start, with_addition(body), send)
                    else:
                        body = no_page.document(scope["path"], scope.get("query_string", b"").decode("latin-1"))
                        await send_document({**start, "status": 404}, body, send)

        await self.app(scope, receive, take)


def wants_html(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def is_document(start: Message) -> bool:
    headers = MutableHeaders(raw=start["headers"])
    return (
        start["status"] == 200
        and headers.get("content-type", "").startswith("text/html")
        and "content-encoding" not in headers
    )


async def send_document(start: Message, html: bytes, send: Send) -> None:
    headers = MutableHeaders(raw=start["headers"])
    headers["content-length"], headers["cache-control"] = str(len(html)), "no-cache"
    headers["content-security-policy"] = policy(INLINE.findall(html.decode("utf-8")))
    for name in ("etag", "last-modified"):
        if name in headers:
            del headers[name]
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": html})
