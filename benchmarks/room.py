"""Simulates a room of 20 people who each edit the window on Attention once a second for three minutes.

Run: python benchmarks/room.py [--visitors N] [--seconds S]. Serves the real app on the bundled sample. The visitors are
tabs without a browser, because 20 browsers would need the whole machine. Measures the time from an edit until its
attention matrix arrives, and until the page's own matrix arrives (median and p95), and the server's memory after a
third of the time and at the end; then the same beside a training that the app's queue runs. Exits with 1 if p95 without
a training is above 400 ms, or if a visitor gets an error.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from multiprocessing.pool import ThreadPool
from pathlib import Path

from _browser import ROOT, memory_of, server

from attrec_core.jobs.job import JobRequest
from attrec_core.jobs.queue import Queue
from attrec_core.storage.workspace import Home
from tests.browser.visitor import Editor

EVERY = 1.0  # seconds between two edits of a visitor
MOST = 400  # ms, p95
TOGETHER = 5  # visitors per process, which reads the messages sent to them


Edits = list[tuple[float, float]]  # milliseconds until the matrix, and until the page's own matrix


def visit(base: str, begin: float, seconds: float) -> Edits:
    """Returns the edits of a visitor who opens the page at once and edits from `begin` (in time.time()) on."""
    took: Edits = []
    with Editor(base) as visitor:
        for number in count():
            due = begin + number * EVERY
            if due >= begin + seconds:
                return took
            time.sleep(max(0.0, due - time.time()))
            began = time.perf_counter()
            first = visitor.edit(number)
            visitor.wait_for_matrix()
            took.append((1000 * first, 1000 * (time.perf_counter() - began)))
    return took


def visit_together(base: str, begins: list[float], seconds: float) -> Edits:
    with ThreadPool(len(begins)) as pool:
        return list(chain(*pool.starmap(visit, [(base, begin, seconds) for begin in begins])))


def visits(base: str, visitors: int, seconds: float) -> tuple[Edits, list[int]]:
    """Returns all edits, and the server's memory in megabytes after a third of the time and at the end."""
    begin = time.time() + 5 + visitors / 2  # by then each visitor has its first page
    begins = [begin + EVERY * number / visitors for number in range(visitors)]
    parts = [(base, begins[first :: -(-visitors // TOGETHER)], seconds) for first in range(-(-visitors // TOGETHER))]
    with multiprocessing.get_context("spawn").Pool(len(parts)) as pool:
        pending = pool.starmap_async(visit_together, parts)
        time.sleep(max(0.0, begin + seconds / 3 - time.time()))
        memory_after_a_third = memory_of(base)
        took = list(chain(*pending.get()))
        return took, [memory_after_a_third, memory_of(base)]


@contextmanager
def training(home: Home) -> Iterator[None]:
    """Lets the queue train a run meanwhile."""
    queue = Queue(home)
    job = queue.submit(JobRequest(ROOT / "sample_data", "beside", "movielens", {"epochs": "100000", "patience": "0"}))
    try:
        while not queue.job(job.id).epochs:
            time.sleep(0.2)
        yield
    finally:
        queue.cancel(job)
        while queue.unended():
            time.sleep(0.2)


def main(visitors: int, seconds: float) -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ATTREC_HOME"] = folder
        with server(ROOT / "app.py") as base:
            alone, sizes = visits(base, visitors, seconds)
            with training(Home(Path(folder))):
                beside, _ = visits(base, visitors, seconds)
    p95 = []
    for name, edits in (("alone", alone), ("beside a training", beside)):
        for until, took in zip(("the matrix", "the page"), zip(*edits, strict=True), strict=True):
            p95.append(statistics.quantiles(took, n=20)[-1])
            median = statistics.median(took)
            print(
                f"{visitors} visitors {name}, until {until}: {len(took)} edits, {median:.0f} ms, p95 {p95[-1]:.0f} ms"
            )
    print(f"server {sizes[0]} MB after a third, {sizes[1]} MB at the end")
    return int(max(p95[:2]) > MOST)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=180.0)
    given = parser.parse_args()
    sys.exit(main(given.visitors, given.seconds))
