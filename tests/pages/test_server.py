"""The first HTML holds the style sheet and the veil; every other answer of the server stays as it is. The messages of
one run reach the browser in two batches: the parts seen first, then the parts below."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from conftest import finished
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from uvicorn.protocols.utils import ClientDisconnected

from pages.frame import first_html, server
from pages.frame.first_html import addition, with_addition
from pages.frame.page_list import PAGES
from pages.widgets import ahead

HTML, HALVES = b"<html><head><title>t</title></head><body></body></html>", 20
Headers = tuple[tuple[bytes, bytes], ...]


class Inner:
    """An app that answers with the given body in two messages and keeps the headers of the request in `asked`."""

    def __init__(self, kind: str, body: bytes, status: int = 200, headers: Headers = ()) -> None:
        self.body, self.status, self.asked = body, status, dict[bytes, bytes]()
        length = (b"content-length", str(len(body)).encode())
        self.headers = [(b"content-type", kind.encode()), length, *headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked = dict(scope["headers"])
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body[:HALVES], "more_body": True})
        await send({"type": "http.response.body", "body": self.body[HALVES:]})


def answer(
    inner: Inner,
    method: str = "GET",
    accept: bytes = b"text/html",
    headers: Headers = (),
    path: str = "/attention",
    query: bytes = b"",
) -> tuple[int, dict, bytes]:
    """Returns the status, headers and body that a browser gets."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": method, "path": path, "headers": [(b"accept", accept), *headers]}
    scope["query_string"] = query
    finished(first_html.first_html(inner, scope, receive, send))
    start, *bodies = messages
    return start["status"], dict(start["headers"]), b"".join(message["body"] for message in bodies)


@pytest.mark.parametrize("accept", [b"text/html", b"*/*"])
def test_a_document_has_the_addition_at_the_end_of_its_head(accept: bytes) -> None:
    page = Inner("text/html; charset=utf-8", HTML, headers=((b"etag", b'"1"'),))
    status, headers, body = answer(page, accept=accept)
    assert (status, body) == (200, HTML.replace(b"</head>", addition() + b"</head>"))
    assert int(headers[b"content-length"]) == len(body)
    assert headers[b"cache-control"] == b"no-cache"
    assert b"etag" not in headers  # the etag is that of Streamlit's own document
    assert with_addition(b"<p>") == addition() + b"<p>"  # without a head
    text = addition().decode()
    assert re.findall(r"</?(?:style|script)>", text) == ["<style>", "</style>", "<script>", "</script>"]
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("inner", "method", "accept"),
    [
        (Inner("text/javascript", HTML), "GET", b"*/*"),
        (Inner("application/json", HTML), "GET", b"text/html"),
        (Inner("text/html", HTML, status=404), "GET", b"text/html"),
        (Inner("text/html", HTML, headers=((b"content-encoding", b"gzip"),)), "GET", b"*/*"),
        (Inner("text/html", HTML), "POST", b"text/html"),
    ],
)
def test_every_other_answer_stays_as_it_is(inner: Inner, method: str, accept: bytes) -> None:
    conditions = ((b"accept-encoding", b"gzip"), (b"if-none-match", b'"1"')) if accept == b"*/*" else ()
    assert answer(inner, method, accept, conditions) == (inner.status, dict(inner.headers), inner.body)
    assert inner.asked == dict([(b"accept", accept), *conditions])


@pytest.mark.parametrize(
    ("path", "near", "start"),
    [
        ("/no-such-page", None, "./"),
        ("/Attention", "attention", "./"),
        ("/atention", "attention", "./"),
        ("/attention/deeper", "attention", "../"),
        ("/scores/of/all", None, "../../"),
    ],
)
def test_an_address_that_is_no_page_says_so_and_links_to_each_page(path: str, near: str | None, start: str) -> None:
    status, headers, body = answer(Inner("text/html", HTML), path=path, query=b"user=Bilal+Ono&step=20")
    html = body.decode()
    assert status == 404
    assert path in html and "<script" not in html
    assert int(headers[b"content-length"]) == len(body)
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', html)]
    up = start.removeprefix("./")
    pages = [f"{f'{up}{page.key}' or './'}?user=Bilal+Ono&step=20" for page in PAGES]
    assert links == ([f"{up}{near}?user=Bilal+Ono&step=20"] if near else []) + pages


def test_an_address_that_is_no_page_is_text_and_nothing_else() -> None:
    _, _, body = answer(Inner("text/html", HTML), path='/"><script>alert(1)</script>', query=b'"><script>x')
    assert b"<script" not in body
    assert b"&lt;script&gt;alert(1)" in body


@pytest.mark.parametrize(
    ("query", "target"), [(b"", b"try-it-yourself?"), (b"likes=alien", b"try-it-yourself?likes=alien")]
)
def test_an_address_of_an_earlier_version_leads_to_the_page_that_it_was(query: bytes, target: bytes) -> None:
    status, headers, _ = answer(Inner("text/html", HTML), path="/be-a-user", query=query)
    assert (status, headers[b"location"]) == (308, target)


END = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString()
A, B, C, BELOW, SECOND = (
    ForwardMsg(hash=text).SerializeToString() for text in ("a", "b", "c", "$$ID-1-below_changes", "$$ID-2-below_curves")
)


def handfuls(*bodies: bytes | None) -> list[list[bytes]]:
    """Returns the messages that arrive after each message of the page; None waits longer than a message may wait.
    Without it a message may wait for a minute, so that a busy machine makes no difference."""
    sent: list[list[bytes]] = []

    async def send(message: Message) -> None:
        sent[-1].append(message["bytes"])

    async def run() -> None:
        held = server.Held(send)
        for body in bodies:
            sent.append([])
            if body is None:
                await asyncio.sleep(server.LONGEST_WAIT * 1.5)
            else:
                await held.take({"type": "websocket.send", "bytes": body})
        held.drop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "LONGEST_WAIT", 0.05 if None in bodies else 60)
        finished(run())
    return sent


def test_a_run_is_one_handful_or_two_where_a_part_is_below_and_no_message_waits_longer_than_it_may() -> None:
    assert handfuls(A, B, END) == [[], [], [A, B, END]]
    assert handfuls(A, BELOW, B, SECOND, END) == [[], [A], [], [], [BELOW, B, SECOND, END]]
    assert handfuls(A, BELOW, END, C, BELOW, END)[4:] == [[C], [BELOW, END]]
    assert handfuls(A, None) == [[], [A]]


def test_a_tab_that_is_closed_while_a_message_waits_is_no_error(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LONGEST_WAIT", 0.05)
    tried = asyncio.Event()

    async def gone(message: Message) -> None:
        tried.set()
        raise ClientDisconnected

    async def run() -> None:
        held = server.Held(gone)
        await held.take({"type": "websocket.send", "bytes": A})
        await tried.wait()
        gc.collect()  # a task whose error nobody has read logs it when it goes
        with pytest.raises(ClientDisconnected):  # Streamlit learns it from its next message
            await held.take({"type": "websocket.send", "bytes": END})

    finished(run())
    assert ClientDisconnected.__name__ not in caplog.text


# The server answers while it loads what pages need; a page waits for that.


async def started(load: Callable[[], object], then: Callable[[], object]) -> None:
    """Starts the server and lets a visitor come."""
    async with server.lifespan(load)(None):
        await asyncio.to_thread(then)


@pytest.mark.parametrize("fails", [False, True])
def test_the_server_answers_before_all_is_loaded_and_a_page_waits_and_only_then_it_says_that_it_is_ready(
    fails: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    may_load, loaded = threading.Event(), []

    def load() -> None:
        may_load.wait()
        loaded.append(True)
        if fails:
            raise RuntimeError("a broken library")

    def visit() -> None:  # called once the server answers
        assert not loaded and "ready" not in capsys.readouterr().out
        may_load.set()
        server.wait_until_loaded()
        assert loaded and ("ready" in capsys.readouterr().out) == (not fails)

    finished(started(load, visit))


# The matrix of an edit before the page has run. Browser tests compare it with that of the page.


def matrix(query: str, ids: tuple[str, ...], run: str = "sample_data") -> dict:
    return json.loads(ahead.matrix_json(run, query, ids))


@pytest.mark.parametrize("query", ["", "?", "%", "user=nobody", "user=Bilal+Ono&step=0", "mask=x&omega=x&by_hand=1,x"])
def test_whatever_is_asked_gets_a_matrix_of_a_window(query: str) -> None:
    for ids in ((), ("no item",), ("1",) * 1000, ("", "1", "\0")):
        got = matrix(query, ids)
        assert 1 <= len(got["ids"]) == len(got["weights"]) <= 5


def test_what_the_run_or_the_view_does_not_have_is_a_key_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(what: Callable[[], object]) -> None:
        with pytest.raises(KeyError):
            what()

    refused(lambda: matrix("", ("1",), "no run"))
    runs = {name: SimpleNamespace(attends=name == "sasrec", explains=False) for name in ("ease", "sasrec")}
    monkeypatch.setattr(ahead, "opened", lambda: SimpleNamespace(runs=runs))
    refused(lambda: matrix("", ("1",), "ease"))


def test_an_answer_without_data_names_the_run_and_what_it_lacks() -> None:
    def nothing(*_: object) -> bytes:
        raise KeyError

    *_, data = server.routes(lambda: (nothing, nothing))
    for kind, what in (("attention", "attention"), ("users", "users")):
        scope = {"type": "http", "headers": [], "query_string": b"key=drop+99"}
        answer = data.endpoint(Request(scope | {"path_params": {"run": "a run", "of": kind}}))
        assert answer.status_code == 404
        assert "a run" in answer.body.decode()
        assert what in answer.body.decode()
