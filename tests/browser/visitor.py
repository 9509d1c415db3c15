"""A visitor without a browser, who uses the app's channel and uploads, and can send what no browser would send."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from websockets.sync.client import connect

from tests.processes import PATIENCE

MEGABYTE = 1 << 20
HEAD = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
TAIL = b"\r\n--b--\r\n"


class Visitor:
    """`with Visitor(base) as visitor:` is an open tab. Its own thread reads the server's messages."""

    def __init__(self, base: str, page: str = "") -> None:
        server = urlsplit(base)
        self.connect = lambda: http.client.HTTPConnection(server.hostname or "", server.port, timeout=PATIENCE)
        self.cookie = self.request("GET", "/_stcore/health").getheader("set-cookie", "").partition(";")[0]
        self.messages: list[ForwardMsg] = []
        self.news = threading.Condition()
        channel = f"ws://{server.netloc}/_stcore/stream"
        patient: dict[str, Any] = {"open_timeout": PATIENCE, "ping_timeout": None, "max_size": None, "max_queue": None}
        opened = connect(channel, subprotocols=["streamlit"], **patient)
        self.closing = contextlib.ExitStack()
        self.socket = self.closing.enter_context(opened)
        threading.Thread(target=self.listen, daemon=True).start()
        self.page = page
        self.rerun()
        self.id = self.wait_for(lambda message: message.new_session.initialize.session_id)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.close()

    def listen(self) -> None:
        for data in self.socket:
            with self.news:
                self.messages.append(ForwardMsg.FromString(data))
                self.news.notify_all()

    def wait_for(self, part: Callable[[ForwardMsg], str]) -> str:
        """Returns the first text that is not empty which `part` finds in a message, including earlier messages."""
        seen = 0  # messages that `part` has already read
        with self.news:
            while True:
                for message in self.messages[seen:]:
                    seen += 1
                    if text := part(message):
                        return text
                assert self.news.wait(timeout=PATIENCE)

    def rerun(self, states: WidgetStates | None = None) -> None:
        message = BackMsg()
        message.rerun_script.query_string = ""
        message.rerun_script.page_name = self.page
        if states is not None:
            message.rerun_script.widget_states.CopyFrom(states)
        self.socket.send(message.SerializeToString())

    def act(self, states: WidgetStates) -> list[str]:
        """Runs the page with these values of its widgets. Returns the messages of its error pages."""
        errors = []

        def part(message: ForwardMsg) -> str:
            if error := message.delta.new_element.exception.message:
                errors.append(error)
            return message.WhichOneof("type") if message.HasField("script_finished") else ""

        with self.news:
            self.messages.clear()
        self.rerun(states)
        self.wait_for(part)
        return errors

    def request(
        self, method: str, path: str, body: Iterator[bytes] | None = None, headers: Mapping[str, str] = {}
    ) -> http.client.HTTPResponse:
        connection = self.connect()
        connection.request(
            method, path, body, dict(headers), encode_chunked=headers.get("Transfer-Encoding") is not None
        )
        return connection.getresponse()

    def put(self, size: int, file: str = "", *, chunked: bool = False) -> tuple[int, str]:
        """Uploads a file of `size` bytes -> status and body of the answer. chunked: without a stated length."""

        def body() -> Iterator[bytes]:
            yield HEAD
            for start in range(0, size, MEGABYTE):
                yield b"x" * min(MEGABYTE, size - start)
            yield TAIL

        length = {"Content-Length": str(len(HEAD) + size + len(TAIL))}
        headers = {"Transfer-Encoding": "chunked"} if chunked else length
        headers |= {"Content-Type": "multipart/form-data; boundary=b"}
        return self.of_file("PUT", file or str(uuid.uuid4()), body(), headers)

    def of_file(
        self, method: str, file: str, body: Iterator[bytes] | None = None, headers: Mapping[str, str] = {}
    ) -> tuple[int, str]:
        identity = {"Cookie": self.cookie, "X-Xsrftoken": self.cookie.partition("=")[2]}
        response = self.request(method, f"/_stcore/upload_file/{self.id}/{file}", body, {**headers, **identity})
        return response.status, response.read().decode()


class Editor(Visitor):
    """A visitor of the page Attention who edits the window."""

    def __init__(self, base: str) -> None:
        super().__init__(base, "attention")
        self.window = self.shown(0)

    def shown(self, revision: int) -> dict[str, Any]:
        """Returns the editor's record of that revision or a later one. Raises AssertionError for an error page."""
        records: list[dict[str, Any]] = []

        def part(message: ForwardMsg) -> str:
            element = message.delta.new_element
            assert not element.exception.message, element.exception
            if not element.bidi_component.id.endswith("-editor"):
                return ""
            self.editor, record = element.bidi_component.id, json.loads(element.bidi_component.json)
            records.append(record)
            return "there" if record["revision"] >= revision else ""

        self.wait_for(part)
        return records[-1]

    def edit(self, number: int) -> float:
        """Removes the oldest item, or repeats the latest. Returns the seconds until the attention matrix of the edit is
        there, for which a browser asks by itself."""
        ids = [item[0] for item in self.window["items"]]
        ids = ids[1:] if number % 2 == 0 and len(ids) > 1 else [*ids, ids[-1]][-self.window["limit"] :]
        revision = self.window["revision"] + 1
        event = {"event": "order", "value": {"ids": ids, "revision": revision, "did": "move", "say": ""}}
        states = WidgetStates()
        trigger = f"$$STREAMLIT_INTERNAL_KEY_{self.editor}__events"
        states.widgets.add(id=self.editor, json_value="{}")
        states.widgets.add(id=trigger, json_trigger_value=json.dumps([event]))
        with self.news:
            self.messages.clear()
        began = time.perf_counter()
        self.rerun(states)
        with contextlib.closing(
            self.request("GET", f"/attrec/attention/sample_data?{urlencode({'id': ids}, True)}")
        ) as answer:
            matrix = json.loads(answer.read())
        seconds = time.perf_counter() - began
        self.window = self.shown(revision)
        assert [item[0] for item in self.window["items"]] == matrix["ids"] == ids
        return seconds

    def wait_for_matrix(self) -> None:
        """Waits until the attention matrix of the last edit is there."""
        is_new = False

        def part(message: ForwardMsg) -> str:
            nonlocal is_new
            component = message.delta.new_element.bidi_component
            if component.id == self.editor:
                is_new = json.loads(component.json)["revision"] >= self.window["revision"]
            return component.id if is_new and component.id.endswith("-attention_map") else ""

        self.wait_for(part)
