"""A live server, attacked over plain sockets, answers only requests to its own names."""

from __future__ import annotations

import json
import re
import socket
from itertools import product
from urllib.parse import urlsplit

import pytest
import streamlit as st
from playwright.sync_api import BrowserContext, Page
from streamlit.proto.WidgetStates_pb2 import WidgetStates

from pages.frame import guard
from pages.frame.page_list import PAGES
from tests.processes import PATIENCE

from .conftest import ROOT
from .visitor import Visitor

HANDSHAKE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
SCRIPTS = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "pages").rglob("*.py"))
EVENTS = sorted(set(re.findall(r"\bon_(\w+)_change=", SCRIPTS)))  # of all components
FEW = ("attention", "runs")  # pages of which `make test` tries the events, too
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def answer(app: str, path: str, host: str, more: str = "") -> tuple[int, dict[str, str], str]:
    """Returns status, headers by lower-case name and start of the body of an answer. {port} in host: the server's."""
    server = urlsplit(app)
    request = f"GET {path} HTTP/1.1\r\nHost: {host.format(port=server.port)}\r\n{more}\r\n"
    with socket.create_connection((server.hostname, server.port), timeout=PATIENCE) as connection:
        connection.sendall(request.encode())
        received = b""
        while b"\r\n\r\n" not in received:
            part = connection.recv(65536)
            if not part:
                break
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < min(int(headers.get("content-length", 0)), 4096):
            body += connection.recv(65536)
    return int(status.split()[1]), headers, body.decode("utf-8", "replace")


@pytest.mark.parametrize("path", ["/", "/attention", "/_stcore/health", "/attrec/attention/sample_data", "/attrec/no"])
def test_a_foreign_name_gets_a_sentence_and_nothing_else(app: str, path: str) -> None:
    status, _, body = answer(app, path, "evil.example:{port}")
    assert status == 421
    assert body == guard.REFUSED.format(name="evil.example")


def test_a_page_of_a_foreign_name_cannot_open_the_channel_of_the_app(app: str) -> None:
    """DNS rebinding: the foreign name leads to this machine, so that Host and Origin agree."""
    more = HANDSHAKE.format(key=KEY) + f"Origin: http://evil.example:{urlsplit(app).port}\r\n"
    assert answer(app, "/_stcore/stream", "evil.example:{port}", more)[0] == 403
    own_headers = more.replace("evil.example", "127.0.0.1")
    assert answer(app, "/_stcore/stream", "127.0.0.1:{port}", own_headers)[0] == 101


@pytest.mark.parametrize("path", ["/_stcore/stream", "/attention"])
@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://127.0.0.1:9", "https://127.0.0.1:{port}", "http://localhost:{port}", "null", ""],
)
def test_a_page_of_another_site_is_refused_at_once(app: str, path: str, origin: str) -> None:
    """It calls the server by its right name. The fixture `outside` sees that nobody is asked about the page's name."""
    more = HANDSHAKE.format(key=KEY) if path == "/_stcore/stream" else ""
    more += f"Origin: {origin.format(port=urlsplit(app).port)}\r\n"
    refused = answer(app, path, "127.0.0.1:{port}", more)[0] == 403
    assert refused is (origin != "https://127.0.0.1:{port}"), "behind a proxy with TLS, the Host is the same"


def test_a_page_may_come_through_a_proxy_that_replaces_the_host(app: str) -> None:
    more = HANDSHAKE.format(key=KEY) + "Origin: https://{origin}\r\nX-Forwarded-Host: {forwarded}\r\n"
    for origin, forwarded, status in (
        ("localhost:8443", "localhost:8443", 101),
        ("localhost", "localhost:443", 101),
        ("localhost", "localhost, 10.0.0.1", 101),
        ("localhost:8443", "localhost", 403),
        ("evil.example", "evil.example", 403),
    ):
        asked = more.format(origin=origin, forwarded=forwarded)
        assert answer(app, "/_stcore/stream", "127.0.0.1:{port}", asked)[0] == status, (origin, forwarded)


def test_where_the_server_has_a_certificate_a_page_without_one_is_foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.corsAllowedOrigins": [], "server.enableCORS": True}.get)
    scope = {"type": "websocket", "headers": [(b"host", b"127.0.0.1")]}
    for scheme, origin, own in (("wss", "https", True), ("wss", "http", False), ("ws", "http", True)):
        assert guard.is_own(f"{origin}://127.0.0.1", scope | {"scheme": scheme}) is own


@pytest.mark.parametrize(
    ("settings", "own"),
    [
        ({}, False),
        ({"server.corsAllowedOrigins": ["https://course.example"]}, True),
        ({"server.corsAllowedOrigins": ["https://course.example:1"]}, False),
        ({"server.enableCORS": False}, True),
        ({"server.allowedHosts": ["*"]}, False),
    ],
)
def test_streamlits_settings_allow_the_pages_of_another_site(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], own: bool
) -> None:
    """Streamlit would ask about the origin; it is told the host instead."""
    usual = {"server.corsAllowedOrigins": [], "server.enableCORS": True}
    monkeypatch.setattr(st, "get_option", (usual | settings).get)
    scope = {"type": "websocket", "scheme": "ws"}
    scope["headers"] = [(b"host", b"127.0.0.1:8501"), (b"origin", b"https://course.example")]
    assert guard.is_own("https://course.example", scope) is own
    told = guard.from_host(scope, "https://course.example", "127.0.0.1:8501")
    assert guard.Headers(scope=told)["origin"] == "https://127.0.0.1:8501"
    assert guard.Headers(scope=scope)["origin"] == "https://course.example"


@pytest.mark.parametrize(
    "page", [pytest.param(page.key, marks=() if page.key in FEW else pytest.mark.long) for page in PAGES]
)
def test_an_event_that_no_browser_sends_is_ignored(app: str, page: str) -> None:
    """Each component gets every event of all components, as a state and as a trigger without a state; at the end also
    on a page where it is not."""
    odd = {"id": "gone", "ids": ["gone"], "revision": 9, "cell": [99], "to": 99, "customdata": {}}
    odd |= {"name": 3, "by": ["mrr"], "epoch": "3"}
    with Visitor(app, page) as visitor:
        visitor.wait_for(lambda message: message.WhichOneof("type") if message.HasField("script_finished") else "")
        shown = {message.delta.new_element.bidi_component.id for message in visitor.messages} - {""}
        assert shown and "click" in EVENTS
        for value, triggers in product((True, 3, odd, odd | {"name": "nobody", "by": "nothing"}), (False, True)):
            states = WidgetStates()
            for key in shown:
                if triggers:
                    events = json.dumps([{"event": name, "value": value} for name in EVENTS])
                    states.widgets.add(id=f"$$STREAMLIT_INTERNAL_KEY_{key}__events", json_trigger_value=events)
                else:
                    states.widgets.add(id=key, json_value=json.dumps(dict.fromkeys(EVENTS, value)))
            assert visitor.act(states) == []
        visitor.page = "data" if page == "attention" else "attention"
        assert visitor.act(states) == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1:{port}", "[::1]:{port}", socket.gethostname()])
def test_its_own_names_and_any_number_are_answered(app: str, host: str) -> None:
    status, headers, _ = answer(app, "/", host)
    assert status == 200
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["content-security-policy"].endswith("; frame-ancestors 'self'")


def test_metrics_are_told_only_where_they_are_wanted(app: str) -> None:
    assert answer(app, guard.METRICS, "localhost")[0] == 403


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("course.example", True),
        ("COURSE.example:8501", True),
        ("course.example.evil.example", False),
        ("a.school.example", True),
        ("school.example", False),
        ("evilschool.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("10.0.0.7:80", True),
        ("", False),
        ("[::1", True),
        ("[]", False),
    ],
)
def test_names_that_the_settings_allow(monkeypatch: pytest.MonkeyPatch, host: str, known: bool) -> None:
    monkeypatch.setattr(st, "get_option", {"server.allowedHosts": ["Course.example", "*.school.example"]}.get)
    assert guard.is_known(host) is known


def test_sites_that_may_show_a_page_in_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTREC_FRAMED_BY", "https://course.example  https://other.example")
    headers = guard.MutableHeaders()
    guard.add_headers(headers)
    expected = "; frame-ancestors 'self' https://course.example https://other.example"
    assert headers["content-security-policy"].endswith(expected)


TRIES = {
    "a script in the page": """() => {
      const script = document.createElement('script');
      script.textContent = 'window.wasRun = true';
      document.head.append(script);
    }""",
    "a handler in the page": """() => { document.body.insertAdjacentHTML('beforeend',
      '<button id=tried onclick="window.wasRun = true">x</button>'); document.querySelector('#tried').click(); }""",
    "text that becomes code": """() => new Promise((done) => {
      const text = 'try { eval("window.wasRun = true") } catch { } window.wasTried = true';
      const script = document.createElement('script');
      script.src = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
      script.onload = done;
      document.head.append(script);
    })""",
    "a script from elsewhere": """() => new Promise((done) => {
      const script = document.createElement('script');
      script.src = 'data:text/javascript,window.wasRun=true';
      script.onerror = script.onload = done;
      document.head.append(script);
    })""",
    "a request to elsewhere": "() => fetch('http://localhost:9/').then(() => { window.wasRun = true; }, () => {})",
}


def test_a_page_runs_no_script_but_ours_and_asks_nobody_but_its_server(
    app: str, usual_profile: tuple[BrowserContext, list[str]], page: Page
) -> None:
    faults = usual_profile[1]
    page.goto(app)
    for attempt, script in TRIES.items():
        with page.expect_console_message(lambda message: message.text.startswith("refused by the policy: ")):
            page.evaluate(script)
        assert page.evaluate("window.wasRun") is None, attempt
    page.goto("about:blank")  # its answer comes after all messages of the console
    refused = [fault for fault in faults if fault.startswith("console: refused by the policy: ")]
    assert len(refused) >= len(TRIES), faults
    faults.clear()
