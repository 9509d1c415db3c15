"""Many visitors at once, each with edits of their own: no error, no foreign window, and the server does not grow."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import often
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates

from .visitor import Visitor

VISITORS, ROUNDS = often(4, 20), often(10, 100)
EDITS = often(5, 15)  # of a visitor, after which the tab is closed and another one opened
GROWTH = 40  # MB that the server may take up after the first half


class Editor(Visitor):
    """A visitor of the page Attention who edits the window."""

    def __init__(self, base: str) -> None:
        super().__init__(base, "attention")
        self.window = self.shown(0)

    def shown(self, revision: int) -> dict[str, Any]:
        """The editor's record of that revision or a later one. Raises AssertionError for an error page."""
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

    def edit(self, number: int) -> None:
        """Takes the oldest item out, or repeats the latest."""
        ids = [item[0] for item in self.window["items"]]
        ids = ids[1:] if number % 2 == 0 and len(ids) > 1 else [*ids, ids[-1]][-self.window["limit"] :]
        revision = self.window["revision"] + 1
        sent = {"event": "order", "value": {"ids": ids, "revision": revision, "did": "move", "say": ""}}
        states = WidgetStates()
        trigger = f"$$STREAMLIT_INTERNAL_KEY_{self.editor}__events"
        states.widgets.add(id=self.editor, json_value="{}")
        states.widgets.add(id=trigger, json_trigger_value=json.dumps([sent]))
        with self.news:
            self.messages.clear()
        self.rerun(states)
        self.window = self.shown(revision)
        assert [item[0] for item in self.window["items"]] == ids


def memory_of(base: str) -> int:
    """Resident megabytes of the server at an address."""
    words = f"--server.port\0{urlsplit(base).port}\0".encode()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # one that has ended meanwhile
            if words in file.read_bytes():
                lines = file.with_name("status").read_text().splitlines()
                return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024
    raise AssertionError("The server has ended.")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured on Linux")
def test_visitors_who_edit_at_once_see_their_own_edits_and_leave_no_memory(
    fresh_server: Callable[..., AbstractContextManager[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", "3")  # seconds
    faults: list[BaseException] = []
    sizes: list[int] = []

    def visit(base: str) -> None:
        try:
            for first in range(0, ROUNDS, EDITS):
                with Editor(base) as visitor:
                    for number in range(first, min(first + EDITS, ROUNDS)):
                        visitor.edit(number)
                        halfway.wait() if number == ROUNDS // 2 else None
        except BaseException as fault:
            faults.append(fault)
            halfway.abort()

    with fresh_server("app.py") as base:
        halfway = threading.Barrier(VISITORS, action=lambda: sizes.append(memory_of(base)), timeout=300)
        threads = [threading.Thread(target=visit, args=(base,)) for _ in range(VISITORS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults, faults
        sizes.append(memory_of(base))
    assert sizes[1] - sizes[0] <= GROWTH, sizes
