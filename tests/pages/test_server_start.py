"""The server answers while it loads what pages need; a page waits for that."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from conftest import finished

from pages.frame import server


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
