"""The HTML that a browser gets first: with the style sheet of every page, and with a veil until the page is there.

Without them the first frame is Streamlit's own, centred and padded, and each part of a page that arrives pushes down
the parts below it. With them the browser shows a skeleton, and then the whole page at once, in its final place.

An address that is no page gets a sentence that says so, and a link to each page. Streamlit would show the first page,
and for an address with a folder nothing at all.
"""

from __future__ import annotations

import functools
import json
import re
from difflib import get_close_matches
from html import escape

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attrec_core.views.view import quoted_text
from pages.frame.component import PLOTLY_URL, source
from pages.frame.guard import policy
from pages.frame.page_list import BY_KEY, FORMER, PAGES, Page

HEAD_ENDS = b"</head>"
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
CONDITIONS = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
MEDIA = "media"  # the folder of Streamlit's files, such as a download
STYLE = """:root { color-scheme: light dark; } body { font: 1rem/1.6 sans-serif; max-width: 40rem; margin: 3rem auto;
padding: 0 1rem; overflow-wrap: anywhere; } h1 { font-size: 1.5rem; } li { margin: .2rem 0; }"""


@functools.cache
def addition() -> bytes:
    """Returns the style sheet and the script as elements of the head. The sheet's rules are nested, so that they
    outweigh Streamlit's, which come later."""
    files = ("frame.css", "streamlit_names.js", "plotly_bundle.js", "first_frame.js", "keyboard.js")
    css, *scripts = map(source, files)
    known = json.dumps({"plotly": PLOTLY_URL, "charts": [page.key for page in PAGES if page.charts]})
    script = "\n".join([f"const KNOWN = {known};", *scripts])
    return f"<style>html {{{css}}}</style><script>(() => {{\n{script}\n}})();</script>".encode()


def with_addition(html: bytes) -> bytes:
    """Returns the HTML with the addition at the end of the head, or in front of everything if there is no head."""
    head, end, rest = html.partition(HEAD_ENDS)
    return head + addition() + end + rest if end else addition() + html


async def first_html(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Middleware that puts the addition into each HTML document, and answers an address that is no page."""
    if scope["type"] != "http" or scope["method"] != "GET":
        await app(scope, receive, send)
        return
    query = scope.get("query_string", b"").decode("latin-1")
    if target := FORMER.get(inside(scope["path"]).rstrip("/")):
        await RedirectResponse(f"{target}?{query}", 308)(scope, receive, send)
        return
    # Asks for the document uncompressed and whole: an “unchanged” one would be Streamlit's, without the addition.
    if any(name == b"accept" and b"text/html" in value for name, value in scope["headers"]):
        scope = {**scope, "headers": [header for header in scope["headers"] if header[0] not in CONDITIONS]}
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
                if is_page(scope["path"]):
                    await send_document(start, with_addition(body), send)
                else:
                    await send_document({**start, "status": 404}, no_page(scope["path"], query), send)

    await app(scope, receive, take)


def is_document(start: Message) -> bool:
    headers = MutableHeaders(raw=start["headers"])
    is_html = headers.get("content-type", "").startswith("text/html")
    return start["status"] == 200 and is_html and "content-encoding" not in headers


async def send_document(start: Message, html: bytes, send: Send) -> None:
    headers = MutableHeaders(raw=start["headers"])
    headers["content-length"], headers["cache-control"] = str(len(html)), "no-cache"
    headers["content-security-policy"] = policy(INLINE.findall(html.decode("utf-8")))
    for name in ("etag", "last-modified"):
        if name in headers:
            del headers[name]
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": html})


def base_path() -> str:
    """Returns the start of every path of this server, such as "/app"; mostly empty."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}" if base else ""


def is_page(path: str) -> bool:
    """Whether a path of this server is that of a page, or of a file of Streamlit."""
    inner = inside(path).rstrip("/")
    return inner in BY_KEY or inner == "index.html" or inner.startswith(f"{MEDIA}/")


def inside(path: str) -> str:
    """Returns the part of a path after the server's base path, without a slash in front."""
    return path.removeprefix(base_path()).removeprefix("/")


def no_page(path: str, query: str) -> bytes:
    """Returns the HTML for a path that is no page. Its links are relative, so that they work behind a proxy, too."""
    inner = inside(path)
    up = "../" * inner.count("/")
    end = f"?{query}" if query else ""

    def link(page: Page) -> str:
        return f'<a href="{escape(f"{up}{page.key}" or "./")}{escape(end)}">{escape(page.title)}</a>'

    near = get_close_matches(inner.strip("/").lower(), [key for key in BY_KEY if key], 1)
    meant = f"<p>Did you mean {link(BY_KEY[near[0]])}?</p>" if near else ""
    pages = "".join(f"<li>{link(page)}</li>" for page in PAGES)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>No such page · AttRec explorer</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><h1>No page has this address</h1><p>AttRec explorer has no page {escape(quoted_text('/' + inner))}.</p>"
        f"{meant}<p>All pages:</p><ul>{pages}</ul></body></html>"
    ).encode()
