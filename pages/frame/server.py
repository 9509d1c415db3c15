"""What the app serves besides its pages, and what it does before the first visitor comes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import gzip
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.resources import files
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attrec_core.storage.limits import check_limits
from pages.frame import streamlit_internals
from pages.frame.component import PLOTLY_URL
from pages.frame.first_html import base_path, first_html
from pages.frame.guard import guard
from pages.frame.upload import UploadGuard

IN_A_WHILE = 5  # seconds
PLOTLY_FILE = Path(str(files("plotly").joinpath("package_data/plotly.min.js")))
PLOTLY_BEGINS, PLOTLY_ENDS = b'"use strict";var Plotly=', b"window.Plotly = Plotly;"
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}  # these addresses contain a version
GZIP = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
BELOW = b"-below_"  # in the id of a part that is below what is seen first, see `below` in widgets.py
ANY_ADDRESS = {None, "", "0.0.0.0", "::"}  # with these, the server listens in each of its networks
EVERY = 2  # seconds between two checks for sessions whose tab was closed long ago
LONGEST_WAIT = 0.12  # seconds that a message to the browser may wait; a slower page shows what it has

Catalogue = Callable[[str, str, str | None], bytes]  # run, "items" | "users", the searched text -> JSON
Matrix = Callable[[str, str, tuple[str, ...]], bytes]  # run, the query of a view, the items of its window -> JSON
Answers = tuple[Catalogue, Matrix]

LOG = logging.getLogger(__name__)
_loaded = threading.Event()  # set once what pages need is loaded, or cannot be
_loaded.set()  # where no server loads it, a page does


@functools.cache
def frontend() -> dict[str, Path]:
    return {base_path() + path: file for path, file in streamlit_internals.frontend_files().items()}


async def compressed_frontend(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Middleware that compresses Streamlit's scripts and styles once: the 3.1 MB of a first visit become 1.3 MB.

    Streamlit sends them uncompressed, since compressing for each visitor would cost more than it saves.
    """
    # Only these exact paths are answered here, so no request can reach another file.
    file = frontend().get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
    if file is None or not accepts_gzip(Request(scope)):
        await app(scope, receive, send)
        return
    body = await asyncio.to_thread(compressed, file)
    kind = "text/css" if file.suffix == ".css" else "text/javascript"
    await Response(body, media_type=kind, headers=GZIP | FOR_GOOD)(scope, receive, send)


def accepts_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


@functools.cache
def compressed(file: Path) -> bytes:
    return gzip.compress(plotly_bundle() if file == PLOTLY_FILE else file.read_bytes(), 6)


def plotly_bundle() -> bytes:
    """Returns Plotly's script without the function around it. A browser reads the inside of a function twice, the first
    time only to find its end: without the function it needs .5 instead of .8 s. A file of another kind stays whole."""
    whole = PLOTLY_FILE.read_bytes()
    before, begins, rest = whole.partition(PLOTLY_BEGINS)
    inside, ends, _ = rest.rpartition(PLOTLY_ENDS)
    licence = b"".join(before.partition(b"*/")[:2])
    return b"\n".join([licence, begins + inside + ends]) if begins and ends else whole


def routes(answers: Callable[[], Answers]) -> list[Route]:
    """Returns the routes besides the pages. answers: returns two functions, for the entries of a search and the
    attention of an edited window. They raise KeyError for a run that is not loaded, or that has no such thing."""

    def plotly(request: Request) -> Response:
        body, headers = (compressed(PLOTLY_FILE), GZIP) if accepts_gzip(request) else (plotly_bundle(), {})
        return Response(body, media_type="text/javascript", headers=headers | FOR_GOOD)

    def about_a_run(request: Request) -> Response:
        wait_until_loaded()
        run, kind, query = request.path_params["run"], request.path_params["of"], request.query_params
        catalogue_json, matrix_json = answers()
        try:
            if kind == "attention":
                body = matrix_json(run, query.get("view", ""), tuple(query.getlist("id")))
            else:
                body = catalogue_json(run, kind, query.get("q"))
        except KeyError:
            return PlainTextResponse(f"The run {run!r} is not loaded, or it has no {kind}.", status_code=404)
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})

    return [
        Route(f"{base_path()}/{PLOTLY_URL}", plotly),
        Route(base_path() + "/attrec/{of:str}/{run:path}", about_a_run),
    ]


def lifespan(
    load: Callable[[], object], later: Callable[[], object] | None = None
) -> Callable[[st.App], AbstractAsyncContextManager[None]]:
    """Calls `load` while the server already answers: a browser needs a second for Streamlit's own files, before it asks
    for a page. Calls `later` soon after: a first visitor, who comes with the start, should not share the processor with
    it."""

    def load_all() -> None:
        try:
            with streamlit_internals.no_visitor_yet():
                load()
        except Exception:  # the first page fails in the same way, and shows it
            LOG.exception("What pages need cannot be loaded.")
        else:
            print("", "  The app is ready:", *(f"  {url}" for url in addresses()), "", sep="\n", flush=True)
        finally:
            _loaded.set()
        compressed(PLOTLY_FILE)
        # Everything loaded by now stays: the garbage collector need not check it again (100 ms and more each time).
        gc.collect()
        gc.freeze()

    async def run_all() -> None:
        await asyncio.to_thread(load_all)
        if later is not None:
            await asyncio.sleep(IN_A_WHILE)
            await asyncio.to_thread(later)

    @asynccontextmanager
    async def run(_app: st.App) -> AsyncIterator[None]:
        _loaded.clear()
        tasks = [asyncio.create_task(task) for task in (forget_ended_sessions(), run_all())]
        yield
        for task in tasks:
            task.cancel()

    return run


def wait_until_loaded() -> None:
    """Waits for what the server loads when it starts."""
    _loaded.wait()


def addresses() -> list[str]:
    """Returns the addresses of the app: on this machine, and in its network if it listens there."""
    address, named = st.get_option("server.address"), st.get_option("browser.serverAddress")
    if named != "localhost":
        names = [named]
    else:
        names = ["localhost", network_address()] if address in ANY_ADDRESS else [address]
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    port = st.get_option("browser.serverPort")
    hosts = [f"[{name}]" if ":" in name else name for name in names]  # IPv6
    return [f"{scheme}://{host}:{port}{base_path()}" for host in hosts]


def network_address() -> str:
    """Returns this machine's address in its network, or 127.0.0.1. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anywhere:
        try:
            anywhere.connect(("192.0.2.1", 1))  # an address for examples: it only makes the system choose its own
            return anywhere.getsockname()[0]
        except OSError:
            return "127.0.0.1"


async def forget_ended_sessions() -> None:
    """Frees the memory of closed tabs. Otherwise it would stay until much other memory is needed: a session holds a
    reference to itself, and the loop that sends messages holds the last session."""
    before = streamlit_internals.sessions()
    while True:
        await asyncio.sleep(EVERY)
        now = streamlit_internals.sessions()
        ended = [tab for tab in before if tab not in now]
        for tab in ended:
            if (session := before.get(tab)) is not None:
                session.shutdown()
                del session
        if ended:
            gc.collect()
        before = now


async def few_handfuls(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Middleware that sends the websocket messages of one page run to the browser all at once, or in two groups: what
    is seen first, and what is below it.

    A run of 40 ms sends about eighty messages. Sent one by one, they reach the browser in several groups, and it lays
    out and paints the page for each. Measured on “Metric space”: the time from a key press to the last map falls from
    450 to 300 ms. On “Attention” the matrix is there after 180 instead of 210 ms, since the browser does not draw the
    rest with it.
    """
    if scope["type"] != "websocket":
        await app(scope, receive, send)
        return
    held = Held(send)
    try:
        await app(scope, receive, held.take)
    finally:
        held.drop()


class Held:
    """The messages of one websocket that have not been sent yet, in order."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.messages: list[Message] = []
        self.timer: asyncio.Task[None] | None = None
        self.sending = asyncio.Lock()
        self.is_below = False  # whether this run has reached the parts below

    async def take(self, message: Message) -> None:
        body = message.get("bytes") or b""
        if not self.is_below and BELOW in body:
            self.is_below = True
            await self.release()
        self.messages.append(message)
        if message["type"] != "websocket.send" or streamlit_internals.ends_a_run(body):
            self.is_below = False
            await self.release()
        elif self.timer is None:
            self.timer = asyncio.create_task(self.wait())

    async def wait(self) -> None:
        await asyncio.sleep(LONGEST_WAIT)
        self.timer = None
        with contextlib.suppress(OSError):  # the tab is closed; Streamlit learns it from its next message to or from it
            await self.release()

    async def release(self) -> None:
        timer, self.timer = self.timer, None
        if timer is not None:
            timer.cancel()
        async with self.sending:  # one caller at a time
            while self.messages:
                await self.send(self.messages.pop(0))

    def drop(self) -> None:
        self.messages.clear()
        if self.timer is not None:
            self.timer.cancel()


def middleware() -> list[Middleware]:
    check_limits()
    answers = (guard, compressed_frontend, first_html, few_handfuls)
    outer, *inner = [Middleware(lambda app, answer=answer: functools.partial(answer, app)) for answer in answers]
    return [outer, Middleware(UploadGuard), *inner]
