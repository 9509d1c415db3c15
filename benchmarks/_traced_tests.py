"""Runs the tests of a part of the project in forks of this process: which lines does each run, and does one fail?"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _faults import ROOT, Fault, Line, folder_of

LIMIT = 4  # a test may take this many times its processor time without a fault,
SECONDS = 10  # plus this many seconds, in which it may build what later tests share; longer is an endless loop
WAIT = 900  # seconds after which tests that only wait are ended


@dataclass
class Lines:
    """A pytest plugin that records which lines of a room each test runs, and its seconds of processor time."""

    project: str
    room: str
    of_tests: dict[str, set[Line]] = field(default_factory=lambda: defaultdict(set))
    seconds: dict[str, float] = field(default_factory=dict)
    current: str = ""  # the running test; empty while modules are imported

    def on_call(self, frame: FrameType, event: str, value: object) -> Any:
        room_path = f"{self.project}/{folder_of(self.room)}"
        return self.on_line if frame.f_code.co_filename.startswith(room_path) else None

    def on_line(self, frame: FrameType, event: str, value: object) -> Any:
        file = frame.f_code.co_filename.removeprefix(f"{self.project}/")
        self.of_tests[self.current].add((file, frame.f_lineno))
        return self.on_line

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Reverses the order, to find tests that need an earlier test: such a test would seem to notice a fault."""
        items.reverse()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.current, began = item.nodeid, time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - began
        return result

    def quickest_first(self, tests: Sequence[pytest.Item]) -> list[pytest.Item]:
        return sorted(tests, key=lambda test: self.seconds.get(test.nodeid, 0))

    def in_turn(self, tests: Sequence[pytest.Item], fault: Fault) -> tuple[list[pytest.Item], list[pytest.Item]]:
        """Returns the tests that run the line of a fault, quickest first, and all other tests."""
        touching = [test for test in tests if fault.at in self.of_tests.get(test.nodeid, ())]
        return self.quickest_first(touching), [test for test in tests if test not in touching]

    def all_pass(self, tests: Sequence[pytest.Item]) -> bool:
        """Runs tests until one fails. A test that takes too long ends the process."""
        for test, following in zip(tests, [*tests[1:], None], strict=True):
            signal.setitimer(signal.ITIMER_PROF, SECONDS + LIMIT * self.seconds.get(test.nodeid, 0))
            test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
            if test.session.testsfailed:
                return False
        return True


@dataclass(frozen=True)
class Collected:
    """A pytest plugin that passes the collected tests to `then` instead of running them."""

    then: Callable[[list[pytest.Item]], bool]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        session.testsfailed += not self.then(session.items)
        return True


def runs(project: Path, tests: Sequence[str], plugin: object) -> bool:
    """Runs tests (arguments of pytest) in a copy of the project. This process must not have imported the project."""
    os.chdir(project)
    sys.path[:] = [str(project), *(path for path in sys.path if path not in ("", str(ROOT)))]
    null_device = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null_device, 1)
    os.dup2(null_device, 2)
    return pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[plugin]) == 0


def in_fork(work: Callable[[], bool], wait: float = WAIT) -> bool:
    """Runs `work` in a fork of this process and returns whether it succeeds within `wait` seconds."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        child = os.fork()
        if child == 0:
            os.setsid()
            os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
            with contextlib.suppress(BaseException):
                os._exit(not work())
            os._exit(99)
        end, done, status = time.monotonic() + wait, 0, 1
        while not done and time.monotonic() < end:
            time.sleep(0.01)
            done, status = os.waitpid(child, os.WNOHANG)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # including the processes that it has started
        if not done:
            os.waitpid(child, 0)
        return bool(done) and os.waitstatus_to_exitcode(status) == 0


def lines_of(project: Path, room: str, tests: Sequence[str]) -> Lines | None:
    """Returns the lines of a room that each test runs; None if the tests fail without a fault."""
    lines, file = Lines(str(project), room), project / "lines"

    def traced() -> bool:
        threading.settrace(lines.on_call)
        sys.settrace(lines.on_call)
        passed = runs(project, tests, lines)
        file.write_bytes(pickle.dumps((dict(lines.of_tests), lines.seconds)))
        return passed

    if not in_fork(traced):
        return None
    lines.of_tests, lines.seconds = pickle.loads(file.read_bytes())
    return lines
