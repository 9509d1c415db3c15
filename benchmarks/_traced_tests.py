"""Tests of a part of the project, run in copies of this process: which lines each runs, and whether any fails."""

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
from _faults import ROOT, Fault, Line

LIMIT = 4  # times what a test takes without a fault, after which a fault counts as a loop without end
SECONDS = 10  # of a processor that a test may take besides, for what it makes first and others use
WAIT = 900  # seconds, after which tests that only wait are ended


@dataclass
class Lines:
    """Which lines of a room each test runs, and how many seconds of a processor it takes. A pytest plugin."""

    project: str
    room: str
    of_tests: dict[str, set[Line]] = field(default_factory=lambda: defaultdict(set))
    seconds: dict[str, float] = field(default_factory=dict)
    current: str = ""  # while modules are imported

    def on_call(self, frame: FrameType, event: str, value: object) -> Any:
        own = f"{self.project}/attrec_core/{self.room}"
        return self.on_line if frame.f_code.co_filename.startswith(own) else None

    def on_line(self, frame: FrameType, event: str, value: object) -> Any:
        file = frame.f_code.co_filename.removeprefix(f"{self.project}/")
        self.of_tests[self.current].add((file, frame.f_lineno))
        return self.on_line

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """From last to first: a test that needs one before it would be taken to notice a fault, and is found so."""
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
        """Those that run the line of a fault, the quickest first, and all others."""
        first = [test for test in tests if fault.at in self.of_tests.get(test.nodeid, ())]
        return self.quickest_first(first), [test for test in tests if test not in first]

    def all_pass(self, tests: Sequence[pytest.Item]) -> bool:
        """Runs tests until one fails, or takes so long that it ends the process."""
        for test, following in zip(tests, [*tests[1:], None], strict=True):
            signal.setitimer(signal.ITIMER_PROF, SECONDS + LIMIT * self.seconds.get(test.nodeid, 0))
            test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
            if test.session.testsfailed:
                return False
        return True


@dataclass(frozen=True)
class Collected:
    """Does something with the tests of a room instead of running them. A pytest plugin."""

    then: Callable[[list[pytest.Item]], bool]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        session.testsfailed += not self.then(session.items)
        return True


def runs(project: Path, tests: Sequence[str], plugin: object) -> bool:
    """Runs tests (arguments of pytest) in a copy of the project, of which this process has imported nothing."""
    os.chdir(project)
    sys.path[:] = [str(project), *(path for path in sys.path if path not in ("", str(ROOT)))]
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    return pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[plugin]) == 0


def in_fork(work: Callable[[], bool], wait: float = WAIT) -> bool:
    """Whether work ends well in a copy of this process; not where it takes longer than `wait` seconds."""
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
            os.killpg(child, signal.SIGKILL)  # what it has left running, too
        if not done:
            os.waitpid(child, 0)
        return bool(done) and os.waitstatus_to_exitcode(status) == 0


def lines_of(project: Path, room: str, tests: Sequence[str]) -> Lines | None:
    """What tests run of a room; None where they fail without a fault."""
    lines, found = Lines(str(project), room), project / "lines"

    def traced() -> bool:
        threading.settrace(lines.on_call)
        sys.settrace(lines.on_call)
        passed = runs(project, tests, lines)
        found.write_bytes(pickle.dumps((dict(lines.of_tests), lines.seconds)))
        return passed

    if not in_fork(traced):
        return None
    lines.of_tests, lines.seconds = pickle.loads(found.read_bytes())
    return lines
