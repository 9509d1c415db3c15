"""The messages of one run reach the browser in two batches: the parts seen first, then the parts below."""

from __future__ import annotations

import asyncio
import gc

import pytest
from conftest import finished
from starlette.types import Message
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from uvicorn.protocols.utils import ClientDisconnected

from pages.frame import server

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
