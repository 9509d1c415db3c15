"""Which tests run a line of the project? A pytest plugin that records it with coverage, and what it recorded.

The plugin is for `coverage run -m pytest -p _traced_tests`; each process writes the seconds of its tests to a folder.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import coverage
import pytest
from _faults import Fault

FOLDER = "ATTREC_TRACED"  # the variable of the environment that names the folder
SECONDS: dict[str, tuple[float, bool]] = {}  # test that passes → its processor time, and whether it is marked `long`
NEAR, RARE = 4, 3  # lines around a fault that are looked at; tests of a line that is rare
SERVED = {"chromium", "app", "serve", "fresh_server"}  # fixtures of tests/browser that start a browser or a server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves out what needs a browser or a server: its lines run in other processes."""
    items[:] = [item for item in items if not SERVED & {*getattr(item, "fixturenames", ())}]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if (traced := coverage.Coverage.current()) is not None:
        traced.switch_context(item.nodeid)
    began, failures = time.process_time(), item.session.testsfailed
    result = yield
    if item.session.testsfailed == failures:
        SECONDS[item.nodeid] = time.process_time() - began, item.get_closest_marker("long") is not None
    return result


def pytest_sessionfinish() -> None:
    if SECONDS:
        Path(os.environ[FOLDER], f"{os.getpid()}.json").write_text(json.dumps(SECONDS), encoding="utf-8")


def is_of_room(test: str, room: str) -> bool:
    return test.startswith((f"tests/{room}/", f"tests/test_{room}."))


def is_of_file(test: str, file: str) -> bool:
    """Whether a test is about one module, which it names."""
    return test.endswith(f"[{file.removesuffix('.py').replace('/', '.')}]")


@dataclass
class Traced:
    """What the plugin has recorded about tests in a copy of the project."""

    project: Path
    folder: Path

    @cached_property
    def seconds(self) -> dict[str, tuple[float, bool]]:
        files = self.folder.glob("*.json")
        return {test: tuple(known) for file in files for test, known in json.loads(file.read_text("utf-8")).items()}

    @cached_property
    def data(self) -> coverage.CoverageData:
        data = coverage.CoverageData(str(self.folder / "lines"))
        data.read()
        return data

    def running(self, fault: Fault) -> set[str]:
        """Returns the tests that run the line of a fault; for a line outside functions, which runs only once, those
        that run a line of its file, and those of its room."""
        of_lines = self.data.contexts_by_lineno(str(self.project / fault.file))
        lines = [fault.line] if fault.in_function else list(of_lines)
        tests = {test for line in lines for test in of_lines.get(line, ()) if test in self.seconds}
        if fault.in_function:
            return tests
        return tests | {test for test in self.seconds if is_of_room(test, fault.room) or is_of_file(test, fault.file)}

    def in_order(self, fault: Fault) -> list[str]:
        """Returns the tests that run the line of a fault. First that of its module, those of its room, and those that
        run a line near it that hardly any other runs: quick tests and those of rare lines first. Then of each other
        file its first test, then the next ones."""
        of_lines = self.data.contexts_by_lineno(str(self.project / fault.file))
        near = [of_lines.get(fault.line + away, ()) for away in range(-NEAR, NEAR + 1)]
        running = self.running(fault)
        rarest = {test: min((len(tests) for tests in near if test in tests), default=len(running)) for test in running}
        count, turn = Counter[str](), dict[str, int]()
        for test in sorted(running, key=lambda test: self.seconds[test][0] * rarest[test]):
            file = test.partition("::")[0]
            count[file] += 1
            turn[test] = 0 if is_of_room(file, fault.room) or rarest[test] <= RARE else count[file]
            turn[test] -= is_of_file(test, fault.file)
        return sorted(turn, key=turn.__getitem__)

    def parts(self, fault: Fault, longest: float) -> list[tuple[list[str], float]]:
        """Returns the tests of `make test` that run the line of a fault, and those marked `long`, each with their
        seconds; of both as many as take `longest` seconds."""
        parts: dict[bool, tuple[list[str], float]] = {False: ([], 0.0), True: ([], 0.0)}
        for test in self.in_order(fault):
            seconds, is_long = self.seconds[test]
            tests, spent = parts[is_long]
            if not tests or spent + seconds <= longest:
                parts[is_long] = [*tests, test], spent + seconds
        return [parts[False], parts[True]]
