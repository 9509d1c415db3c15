"""What one run of a page says, sent to the browser at once.

A run of 40 ms says some eighty things one after the other. Sent as they come, they reach the browser in several
handfuls, and it lays out and paints the page for each. Measured on “Metric space”: 450 ms from a key to the last map
become 300.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.frame.streamlit_internals import ends_a_run

LONGEST = 0.12  # seconds that a message may wait; a slower page shows what it has


class Together:
    """Middleware: holds back what goes through a websocket until the run has ended."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            held = Held(send)
            try:
                await self.app(scope, receive, held.take)
            finally:
                held.drop()
        else:
            await self.app(scope, receive, send)


class Held:
    """The messages of one websocket that have not been sent yet, in order."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.messages: list[Message] = []
        self.timer: asyncio.Task[None] | None = None
        self.sending = asyncio.Lock()

    async def take(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] != "websocket.send" or ends_a_run(message.get("bytes") or b""):
            await self.release()
        elif self.timer is None:
            self.timer = asyncio.create_task(self.wait())

    async def wait(self) -> None:
        await asyncio.sleep(LONGEST)
        self.timer = None
        await self.release()

    async def release(self) -> None:
        timer, self.timer = self.timer, None
        if timer is not None:
            timer.cancel()
        async with self.sending:  # one after the other, whoever asks
            while self.messages:
                await self.send(self.messages.pop(0))

    def drop(self) -> None:
        """The connection is gone."""
        self.messages.clear()
        if self.timer is not None:
            self.timer.cancel()
