"""Finds small faults of the code that no test notices: `make mutation`.

Changes one operator, comparison, number or truth value of a room at a time, in a copy of the
project, and runs the room's tests until one fails: first the tests that run the changed line, quickest first, then all
others. The faults are a sample drawn with a seed; faults that no test notices are printed. Compiled loops run
uncompiled, so that their faults count too. Exits with 1 if fewer than 85 % are noticed.

Run: python benchmarks/mutation.py [--sample N] [--seconds S] [--seed N] [--processes N] [--short] [--quick] [ROOM …]
"""

from __future__ import annotations

import argparse
import ast
import math
import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from _faults import ROOT, Fault, change_functions, faults_in, written
from _traced_tests import Collected, Lines, in_fork, lines_of, runs

TESTS = {  # room → its fast tests
    "models": ("tests/models", "tests/explain/test_by_hand.py", "tests/explain/test_explain.py"),
    "training": ("tests/training", "tests/models"),
    "explain": (
        *("tests/explain", "tests/views/test_why_words.py", "tests/views/test_letters.py"),
        *("tests/views/test_two_items.py", "tests/views/test_compare_runs.py", "tests/cli/test_explain_cli.py"),
        "tests/pages/test_at_large_page.py::test_a_pair_has_the_mean_attention_of_the_windows_that_hold_it",
    ),
    "data": ("tests/data", "tests/training/test_train.py", "tests/models/test_systems.py"),
    "storage": ("tests/storage", "tests/runs/test_zip.py"),
    "runs": ("tests/runs", "tests/test_sizes.py"),
    "jobs": ("tests/jobs",),
    "cli": ("tests/cli",),
    "views": ("tests/views", "tests/pages/test_page_why.py", "tests/pages/test_page_does_it_hold.py"),
    "plot": ("tests/test_door.py",),
    "config": ("tests/test_config.py", "tests/cli/test_cli.py"),
    "errors": ("tests/test_errors.py", "tests/test_sizes.py"),
    "pages": ("tests/pages",),
}
# Left out: most of the nearly two hundred settings of the compiled step, trainings that are killed or use several
# processes, and tests that compile, such as those that use UMAP or count compilations.
SLOW = (
    *("three_steps", "compiled_once", "cover_users", "the_example_trains", "killed_for_good", "killed_after"),
    *("losses_of_one", "trains_in_two_processes"),
)
CHOSEN = " and ".join(f"not {name}" for name in SLOW) + " or model7 or model19"
ARGUMENTS = {room: ("-k", CHOSEN, *tests) for room, tests in TESTS.items()}
GOAL = 0.85
MEMORY = 8 << 30  # bytes that a process with a fault may use

Tell = Callable[[tuple[Fault, bool]], None]


def try_faults(project: Path, lines: Lines, faults: Sequence[Fault], end: float, *, quick: bool, tell: Tell) -> None:
    """Tries the faults of a room until `end`: faults in functions in forks of a process that has collected the tests,
    every other fault in a process that imports everything anew. First runs the tests that run the line of the fault;
    then, unless `quick`, all others, which notice it only through shared state or through processes that they start."""

    def passes(fault: Fault, tree: ast.Module, tests: Sequence[pytest.Item]) -> bool:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.RLIM_INFINITY))
        change_functions(project / fault.file, tree)
        return lines.all_pass(tests)

    def try_inside(tests: Sequence[pytest.Item]) -> bool:
        if not quick and not in_fork(lambda: lines.all_pass(lines.quickest_first(tests))):
            return False  # the tests depend on their order, and would seem to notice any fault
        for part in (0,) if quick else (0, 1):
            for fault in [fault for fault in inside if fault not in noticed]:
                if time.monotonic() < end:
                    selected = lines.in_turn(tests, fault)[part]
                    with written(project, fault) as tree:
                        if not in_fork(partial(passes, fault, tree, selected)):
                            noticed.add(fault)
                    tell((fault, fault in noticed))
        return True

    def passes_anew(fault: Fault, tests: Sequence[pytest.Item]) -> bool:
        touching, others = lines.in_turn(tests, fault)
        return lines.all_pass([*touching, *others])

    noticed: set[Fault] = set()
    imported = lines.of_tests.get("", set())
    inside = [fault for fault in faults if fault.in_function and fault.at not in imported]
    if inside and not in_fork(lambda: runs(project, ARGUMENTS[lines.room], Collected(try_inside)), wait=math.inf):
        raise SystemExit(f"The tests of {lines.room} fail without a fault, in another order.")
    for fault in faults:
        if fault not in inside and time.monotonic() < end:
            plugin = Collected(partial(passes_anew, fault))
            with written(project, fault):
                tell((fault, not in_fork(partial(runs, project, ARGUMENTS[lines.room], plugin))))


def import_slow_libraries() -> None:
    """Imports what each fork of this process would otherwise import by itself."""
    import hypothesis  # noqa: F401
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401
    import streamlit.testing.v1  # noqa: F401
    import torch  # noqa: F401
    import umap  # noqa: F401


def copied(folder: str) -> Path:
    """Returns a copy of the files that the tests need, for one process at a time."""
    copy = Path(tempfile.mkdtemp(dir=folder)).resolve()
    for name in ("attrec_core", "pages", "tests", "sample_data", "examples", "benchmarks", "docs", ".streamlit"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "pyproject.toml", "README.md", "CONTRIBUTING.md", "Makefile"):
        shutil.copy(ROOT / name, copy)
    return copy


def work(
    folder: str, rooms: Mapping[str, Sequence[Fault]], lines: Mapping[str, Lines], end: float, quick: bool, tell: Tell
) -> None:
    """Tries the faults of one process. Each room gets its share of the time."""
    project, faults_left = copied(folder), sum(map(len, rooms.values()))
    for room, faults in rooms.items():
        room_lines, now = replace(lines[room], project=str(project)), time.monotonic()
        try_faults(project, room_lines, faults, now + (end - now) * len(faults) / faults_left, quick=quick, tell=tell)
        faults_left -= len(faults)


def tried(
    folder: str, sample: Sequence[Fault], lines: Mapping[str, Lines], options: argparse.Namespace
) -> Iterator[tuple[Fault, bool]]:
    """Yields each fault, and whether the tests so far have noticed it."""
    context = multiprocessing.get_context("fork")
    results, end = context.SimpleQueue(), time.monotonic() + options.seconds
    parts = [in_rooms(sample[first :: options.processes]) for first in range(options.processes)]
    processes = [
        context.Process(target=work, args=(folder, part, lines, end, options.quick, results.put)) for part in parts
    ]
    for process in processes:
        process.start()
    while any(process.is_alive() for process in processes) or not results.empty():
        if results.empty():
            time.sleep(0.1)
        else:
            yield results.get()


def in_rooms(faults: Sequence[Fault]) -> dict[str, list[Fault]]:
    return {room: room_faults for room in TESTS if (room_faults := [fault for fault in faults if fault.room == room])}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"only what is in {', '.join(TESTS)}")
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=3600, help="after which no other fault is tried")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--short", action="store_true", help="without the tests marked `long`, as `make test`")
    parser.add_argument("--quick", action="store_true", help="only by tests that run the line of a fault")
    options = parser.parse_args()
    if options.short:
        ARGUMENTS.update({room: ("-m", "not long", *arguments) for room, arguments in ARGUMENTS.items()})
    os.environ |= {"NUMBA_DISABLE_JIT": "1", "OMP_NUM_THREADS": "1"}
    import_slow_libraries()
    faults = [fault for room in TESTS for fault in faults_in(room)]
    random.Random(options.seed).shuffle(faults)  # so that a larger sample contains every smaller one
    sample = [fault for fault in faults[: options.sample] if not options.rooms or fault.room in options.rooms]
    print(f"{len(faults)} faults are possible, up to {len(sample)} are tried.", flush=True)
    results: dict[Fault, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        project, lines = copied(folder), {}
        for room in in_rooms(sample):
            if (room_lines := lines_of(project, room, ARGUMENTS[room])) is None:
                print(f"The tests of {room} fail without a fault.")
                return 2
            print(f"{room}: {len(room_lines.seconds)} tests take {sum(room_lines.seconds.values()):.0f} s", flush=True)
            lines[room] = room_lines
        for fault, noticed in tried(folder, sample, lines, options):
            if not noticed and fault not in results:
                print(f"not by the tests that run it: {fault}", flush=True)
            results[fault] = noticed
            if len(results) % 20 == 0:
                print(f"{len(results)} tried, {sum(results.values())} noticed", flush=True)
    if not results:
        return 2
    for fault in sorted((fault for fault in results if not results[fault]), key=str):
        print(f"unnoticed: {fault}")
    for room in lines:
        outcomes = [noticed for fault, noticed in results.items() if fault.room == room]
        print(f"{room}: {sum(outcomes)} of {len(outcomes)} noticed")
    share = sum(results.values()) / len(results)
    print(f"all: {100 * share:.1f} % of {len(results)}")
    return int(share < GOAL)


if __name__ == "__main__":
    sys.exit(main())
