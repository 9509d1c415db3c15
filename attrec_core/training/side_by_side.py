"""Processes that train side by side for this one, and end with it: also if it is stopped or killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, TypeVar

MOST = 8  # processes: each takes some hundred megabytes
Result = TypeVar("Result")
SHARED: Any = None  # in each of the processes: what all calls share


def processors() -> int:
    """Returns how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def side_by_side(count: int, shared: Any = None, own: str = "") -> Iterator[ProcessPoolExecutor]:
    """Yields a pool of `count` processes. If the block ends by an error, such as Ctrl-C, they end at once, whatever
    they do. shared: what calls of `of_shared` get; own: FILE.py:Class of a custom model, or empty."""
    context = get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(count, context, begin, (reader, shared, own))
    try:
        yield pool
        pool.shutdown()
    finally:
        writer.close()  # only this process holds it, so that it is closed as well when this process is killed
        pool.shutdown(cancel_futures=True)
        reader.close()


def of_shared(function: Callable[..., Result], *arguments: Any) -> Result:
    """Calls a function, in one of the processes, with what they share and with the arguments."""
    return function(SHARED, *arguments)


def begin(reader: Connection, shared: Any, own: str) -> None:
    """Prepares one of the processes."""
    global SHARED
    SHARED = shared
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the first one decides

    def end_with_parent() -> None:
        with suppress(EOFError, OSError):
            reader.recv_bytes()
        os._exit(1)

    Thread(target=end_with_parent, daemon=True).start()
    if own:
        from attrec_core.models.registry import use

        use(own)
