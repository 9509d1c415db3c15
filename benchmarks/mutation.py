"""Which small faults of the code would no test notice: `make mutation`.

Changes one operator, comparison, number or truth value of a room at a time, in a copy of the project, and runs the
room's tests until one fails: first those that run the changed line, the quickest first, then all others. The faults are
a sample drawn by a seed; those that no test notices are printed. Compiled loops run uncompiled, so that they are
counted too. Ends with 1 where fewer than 85 % are noticed.

Run: python benchmarks/mutation.py [--sample N] [--seconds S] [--seed N] [--processes N] [--quick] [ROOM …]
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

TESTS = {  # of each room: what its fast tests are
    "models": ("tests/models", "tests/explain/test_by_hand.py", "tests/explain/test_explain.py"),
    "training": ("tests/training", "tests/models"),
    "explain": (
        *("tests/explain", "tests/views/test_why_words.py", "tests/views/test_letters.py"),
        *("tests/views/test_triangle.py", "tests/views/test_compare_runs.py", "tests/cli/test_explain_cli.py"),
        "tests/pages/test_at_large_page.py::test_a_pair_has_the_mean_attention_of_the_windows_that_hold_it",
    ),
    "data/windows": (
        *("tests/data/test_data.py", "tests/data/test_histories.py", "tests/data/test_temporal.py"),
        *(
            "tests/training/test_train.py",
            "tests/models/test_systems.py::test_every_item_but_the_first_is_learned_once",
        ),
        "tests/data/test_wild.py::test_repeated_targets_are_counted_as_a_slow_count_does",
    ),
}
# Of nearly two hundred settings of the compiled step a few; no training that is killed or by several processes, and
# nothing that compiles, as UMAP does and what counts that.
SLOW = (
    *("three_steps", "compiled_once", "cover_users", "the_example_trains", "killed_for_good", "killed_after"),
    *("losses_of_one", "trains_in_two_processes"),
)
CHOSEN = " and ".join(f"not {name}" for name in SLOW) + " or model7 or model19"
ARGUMENTS = {room: ("-k", CHOSEN, *tests) for room, tests in TESTS.items()}
GOAL = 0.85
MEMORY = 8 << 30  # bytes that a fault may fill

Tell = Callable[[tuple[Fault, bool]], None]


def try_faults(project: Path, lines: Lines, faults: Sequence[Fault], end: float, *, quick: bool, tell: Tell) -> None:
    """Tries the faults of a room until `end`: those of functions in copies of a process that has collected the tests,
    the others each in a process that imports all anew. First by the tests that run the line of a fault; then, unless
    `quick`, by all others, which can notice it only by what tests share, or by processes that they start."""

    def passes(fault: Fault, tree: ast.Module, tests: Sequence[pytest.Item]) -> bool:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.RLIM_INFINITY))
        change_functions(project / fault.file, tree)
        return lines.all_pass(tests)

    def try_inside(tests: Sequence[pytest.Item]) -> bool:
        if not quick and not in_fork(lambda: lines.all_pass(lines.quickest_first(tests))):
            return False  # they need their order, and would be taken to notice any fault
        for part in (0,) if quick else (0, 1):
            for fault in [fault for fault in inside if fault not in noticed]:
                if time.monotonic() < end:
                    own = lines.in_turn(tests, fault)[part]
                    with written(project, fault) as tree:
                        if not in_fork(partial(passes, fault, tree, own)):
                            noticed.add(fault)
                    tell((fault, fault in noticed))
        return True

    def passes_anew(fault: Fault, tests: Sequence[pytest.Item]) -> bool:
        first, others = lines.in_turn(tests, fault)
        return lines.all_pass([*first, *others])

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
    """What each copy of this process would import by itself."""
    import hypothesis  # noqa: F401
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401
    import streamlit.testing.v1  # noqa: F401
    import torch  # noqa: F401
    import umap  # noqa: F401


def copied(folder: str) -> Path:
    """A copy of what the tests need, for one process at a time."""
    place = Path(tempfile.mkdtemp(dir=folder)).resolve()
    for name in ("attrec_core", "pages", "tests", "sample_data", "examples", ".streamlit"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__", "browser"))
    for name in ("app.py", "pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, place)
    return place


def work(
    folder: str, rooms: Mapping[str, Sequence[Fault]], lines: Mapping[str, Lines], end: float, quick: bool, tell: Tell
) -> None:
    """What one process does: it tries its faults, each room for its part of the time."""
    project, left = copied(folder), sum(map(len, rooms.values()))
    for room, faults in rooms.items():
        own, now = replace(lines[room], project=str(project)), time.monotonic()
        try_faults(project, own, faults, now + (end - now) * len(faults) / left, quick=quick, tell=tell)
        left -= len(faults)


def tried(
    folder: str, sample: Sequence[Fault], lines: Mapping[str, Lines], options: argparse.Namespace
) -> Iterator[tuple[Fault, bool]]:
    """Each fault, and whether the tests so far have noticed it."""
    context = multiprocessing.get_context("fork")
    found, end = context.SimpleQueue(), time.monotonic() + options.seconds
    parts = [in_rooms(sample[place :: options.processes]) for place in range(options.processes)]
    processes = [
        context.Process(target=work, args=(folder, own, lines, end, options.quick, found.put)) for own in parts
    ]
    for process in processes:
        process.start()
    while any(process.is_alive() for process in processes) or not found.empty():
        if found.empty():
            time.sleep(0.1)
        else:
            yield found.get()


def in_rooms(faults: Sequence[Fault]) -> dict[str, list[Fault]]:
    return {room: own for room in TESTS if (own := [fault for fault in faults if fault.room == room])}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"only what is in {', '.join(TESTS)}")
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=3600, help="after which no other fault is tried")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="only by tests that run the line of a fault")
    options = parser.parse_args()
    os.environ |= {"NUMBA_DISABLE_JIT": "1", "OMP_NUM_THREADS": "1"}
    import_slow_libraries()
    faults = [fault for room in TESTS for fault in faults_in(room)]
    random.Random(options.seed).shuffle(faults)  # so that a larger sample has a smaller one in it
    sample = [fault for fault in faults[: options.sample] if not options.rooms or fault.room in options.rooms]
    print(f"{len(faults)} faults are possible, up to {len(sample)} are tried.", flush=True)
    results: dict[Fault, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        project, lines = copied(folder), {}
        for room in in_rooms(sample):
            if (own := lines_of(project, room, ARGUMENTS[room])) is None:
                print(f"The tests of {room} fail without a fault.")
                return 2
            print(f"{room}: {len(own.seconds)} tests take {sum(own.seconds.values()):.0f} s", flush=True)
            lines[room] = own
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
        own_results = [noticed for fault, noticed in results.items() if fault.room == room]
        print(f"{room}: {sum(own_results)} of {len(own_results)} noticed")
    share = sum(results.values()) / len(results)
    print(f"all: {100 * share:.1f} % of {len(results)}")
    return int(share < GOAL)


if __name__ == "__main__":
    sys.exit(main())
