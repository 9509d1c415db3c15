"""What a browser gets for an address that is no page: a sentence that says so, and a link to each page.

Without it, Streamlit shows the first page, and for an address with a folder nothing at all.
"""

from __future__ import annotations

from difflib import get_close_matches
from html import escape

import streamlit as st

from attrec_core.views.view import quoted_text
from pages.frame.page_list import BY_KEY, PAGES, Page

MEDIA = "media"  # the folder of Streamlit's files, such as a download
STYLE = """:root { color-scheme: light dark; } body { font: 1rem/1.6 sans-serif; max-width: 40rem; margin: 3rem auto;
padding: 0 1rem; overflow-wrap: anywhere; } h1 { font-size: 1.5rem; } li { margin: .2rem 0; }"""


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


def document(path: str, query: str) -> bytes:
    """Returns the HTML for a path that is no page. Its links are relative, so that they also work behind a proxy, and
    keep the query. All foreign text is escaped."""
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
