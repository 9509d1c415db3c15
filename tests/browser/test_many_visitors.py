"""Many visitors edit at once: no errors, each sees only their own window, and the server's memory does not grow."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import often

from .conftest import FreshServer
from .visitor import Editor

pytestmark = pytest.mark.long

VISITORS, ROUNDS = often(4, 20), often(10, 100)
EDITS = often(5, 15)  # edits of a visitor, after which the tab closes and a new tab opens
GROWTH = 40  # MB by which the server's memory may grow after the first half


def memory_of(base: str) -> int:
    """Returns the resident memory in MB of the server at an address."""
    argument = f"--server.port\0{urlsplit(base).port}\0".encode()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # a process that has ended meanwhile
            if argument in file.read_bytes():
                lines = file.with_name("status").read_text().splitlines()
                return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024
    raise AssertionError("The server has ended.")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured on Linux")
def test_visitors_who_edit_at_once_see_their_own_edits_and_leave_no_memory(
    fresh_server: FreshServer, monkeypatch: pytest.MonkeyPatch
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
