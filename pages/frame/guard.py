"""Answers only requests that call the server by one of its own names, and none of a page of another site.

A foreign site may let its own name point to this machine. The browser then takes this server for that site's (“DNS
rebinding”), but it still sends the foreign name. A numeric address and the machine's own names cannot be taken over in
this way.

A foreign site may also call this server by its right name. The browser then names that site in the header Origin.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import logging
import os
import socket
from collections.abc import Iterable

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METRICS = "/_stcore/metrics"
REFUSED = 'This server is not called {name!r}. If it is, start it with --server.allowedHosts="{name}".'
FOREIGN = (
    "This server does not answer the pages of {origin}. If the app has this address behind a proxy, let the proxy pass "
    "on the header Host or X-Forwarded-Host."
)
PORTS = {"http": ":80", "https": ":443"}  # a browser leaves them out
LOG = logging.getLogger(__name__)


def name_in(host: str) -> str:
    return (host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]).rstrip(".").lower()


def is_known(host: str) -> bool:
    """Whether a Host header names this server: a numeric address, this machine, or a name in `server.allowedHosts`."""
    name = name_in(host)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        machine = socket.gethostname().lower()
        short = machine.partition(".")[0]
        own = {"localhost", machine, short, f"{short}.local"}  # on itself and in its network
        allowed = [str(pattern).lower() for pattern in st.get_option("server.allowedHosts") or []]
        endings = [pattern[1:] for pattern in allowed if pattern.startswith("*.")]
        return "*" in allowed or name in own | set(allowed) or any(name.endswith(end) for end in endings)
    return True


def is_own(origin: str, scope: Scope) -> bool:
    """Whether an Origin header names a page of this server: it has the host and the port of a known Host header, and
    https if the server itself has a certificate; or Streamlit's settings allow it. A proxy may pass the Host on in a
    header of its own, and a chain of proxies a list, which begins with the browser's."""
    if origin in st.get_option("server.corsAllowedOrigins") or not st.get_option("server.enableCORS"):
        return True
    headers = Headers(scope=scope)
    hosts = [headers.get(name, "").partition(",")[0].strip() for name in ("host", "x-forwarded-host")]
    schemes = ["https"] if scope["scheme"] in ("https", "wss") else PORTS
    scheme, _, address = origin.lower().partition("://")
    return scheme in schemes and any(
        address == host.lower().removesuffix(PORTS[scheme]) and is_known(host) for host in hosts
    )


async def guard(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The outermost middleware. Refuses requests for a foreign name, and from pages of a foreign site; refuses
    Streamlit's own metrics unless ATTREC_METRICS is set; tells browsers not to guess types, not to pass addresses on to
    other sites, and to show a page only in frames of this server or of the sites in ATTREC_FRAMED_BY."""
    if scope["type"] not in ("http", "websocket"):
        await app(scope, receive, send)
        return
    headers = Headers(scope=scope)
    host, origin, refusal = headers.get("host", ""), headers.get("origin"), None
    if not is_known(host):
        refusal = PlainTextResponse(REFUSED.format(name=name_in(host)), 421)
    elif origin is not None and not is_own(origin, scope):
        LOG.warning(FOREIGN.format(origin=repr(origin)))
        refusal = PlainTextResponse(FOREIGN.format(origin=origin), 403)
    elif scope["path"].endswith(METRICS) and not os.environ.get("ATTREC_METRICS"):
        refusal = PlainTextResponse("Start the server with ATTREC_METRICS=1 to open its metrics.", 403)

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            add_headers(MutableHeaders(raw=message["headers"]))
        await send(message)

    if refusal is not None and scope["type"] == "websocket":
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": 1008})  # closed before it is accepted: the browser gets a 403
    elif refusal is not None:
        await refusal(scope, receive, send)
    elif scope["type"] == "http":
        await app(scope, receive, with_headers)
    else:
        await app(scope if origin is None else from_host(scope, origin, host), receive, send)


def from_host(scope: Scope, origin: str, host: str) -> Scope:
    """Returns the scope of a websocket whose Origin is its Host. Streamlit would compare any other Origin with this
    machine's address, which it asks the internet for, and let all visitors wait."""
    headers = MutableHeaders(raw=list(scope["headers"]))
    headers["origin"] = f"{origin.partition('://')[0]}://{host}"
    return {**scope, "headers": headers.raw}


def add_headers(headers: MutableHeaders) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers.setdefault("Content-Security-Policy", policy())


def policy(scripts: Iterable[str] = ()) -> str:
    """Returns what a browser may load into a page, and from where. scripts: the scripts inside the HTML itself.

    blob: Streamlit makes such an address for the module of each component, and an export makes one for a picture.
    style: Streamlit and Plotly write style sheets while they run. No text becomes code (`eval`), so Plotly draws
    without WebGL.
    """
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts]
    sources = {
        "default-src": ["'none'"],
        "script-src": ["'self'", "blob:", *hashes],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],  # the app's websocket, too
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'self'", *os.environ.get("ATTREC_FRAMED_BY", "").split()],
    }
    return "; ".join(" ".join([directive, *allowed]) for directive, allowed in sources.items())
