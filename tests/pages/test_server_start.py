"""The server answers while it loads what pages need; a page waits for that."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from conftest import finished

from pages.frame import server


async def started(load: Callable[[], object], then: Callable[[], object]) -> None:
    async with server.lifespan(load)(None):
        await asyncio.to_thread(then)


@pytest.mark.parametrize("fails", [False, True])
def test_the_server_answers_before_all_is_loaded_and_a_page_waits_until_then(fails: bool) -> None:
    may_load, loaded = threading.Event(), []

    def load() -> None:
        may_load.wait()
        loaded.append(True)
        if fails:
            raise RuntimeError("a broken library")

    def visit() -> None:  # called once the server answers
        assert not loaded
        may_load.set()
        server.wait_until_loaded()
        assert loaded

    finished(started(load, visit))
