"""Finds small faults of the code that no test notices: `make mutation`.

Changes one operator, comparison, number or truth value of the project at a time, in a copy, and runs the tests that run
the changed line until one fails, those of its room first: those of `make test`, then those marked `long`. The faults
are a sample of each room, drawn with a seed. Tests that need a browser or a server are left out, and compiled loops run
uncompiled, so that their faults count too. Exits with 1 if `make test` notices fewer than 85 %.

Run: python benchmarks/mutation.py [--sample N] [--seed N] [--processes N] [ROOM …]
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from _faults import ROOT, Fault, faults_in, written
from _traced_tests import FOLDER, Traced

ROOMS = (
    *("models", "training", "explain", "data", "storage", "runs", "jobs", "cli", "views", "plot", "config", "errors"),
    "pages",
)
# Left out: most of the nearly two hundred settings of the compiled step, trainings that are killed or use several
# processes, and tests that compile, as with UMAP or to count compilations; trainings on the whole sample, which takes
# hours in a loop that is not compiled.
SLOW = (
    *("three_steps", "compiled_once", "cover_users", "the_example_trains", "killed_for_good", "killed_after"),
    *("losses_of_one", "trains_in_two_processes", "study_smoke", "packaging", "fuzz", "two_processes"),
    *("test_commands_run", "test_python_runs", "learn_the_same_again"),
)
ARGUMENTS = ("-q", "-p", "no:cacheprovider")
CHOSEN = " and ".join(f"not {name}" for name in SLOW) + " or model7 or model19 or three_steps_of"
BY = ("make test", "make test-all")  # what notices a fault: the parts of `Traced.parts`
GOAL = 0.85
FEWEST = 15  # faults of a room
LONGEST = 120  # seconds of tests that are tried on a fault, as they take without it; with 40, some faults were missed
LIMIT = 4  # they may take this many times as long with the fault, and MORE seconds; longer is an endless loop
MORE = 60
WAIT = 400  # seconds after which tests that only wait are ended
MEMORY = 8 << 30  # bytes that a process with a fault may use


def copied(folder: Path) -> Path:
    """Returns a copy of the project's files, for one process at a time."""
    copy = Path(tempfile.mkdtemp(dir=folder)).resolve()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    return copy


def trace(project: Path, folder: Path, processes: int) -> bool:
    """Runs all tests in a copy of the project once, and records in `folder` which lines each runs. Tests that fail
    without a fault are named and not used, such as one that waits too long on a busy machine."""
    settings = folder / "settings"
    settings.write_text(
        f"[run]\nsource =\n  {project}/attrec_core\n  {project}/pages\nparallel = true\ndata_file = {folder}/lines\n"
        "patch = subprocess\nconcurrency = thread\n",
        encoding="utf-8",
    )
    environment = os.environ | {FOLDER: str(folder), "PYTHONPATH": str(project / "benchmarks")}
    cover = [sys.executable, "-m", "coverage"]
    tests = ("-p", "_traced_tests", "-n", str(processes), "--dist", "loadfile", "-k", CHOSEN)
    run = [*cover, "run", f"--rcfile={settings}", "-m", "pytest", *ARGUMENTS, *tests]
    done = subprocess.run(run, cwd=project, env=environment, capture_output=True, text=True)
    if done.returncode > pytest.ExitCode.TESTS_FAILED:
        print(done.stdout[-4000:])
        return False
    print(*(line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), sep="\n", flush=True)
    subprocess.run([*cover, "combine", "--quiet", f"--rcfile={settings}"], cwd=project, check=True)
    return True


@dataclass(eq=False)  # pytest keeps its plugins in sets
class FirstFailure:
    """A pytest plugin that runs these tests alone, in their order, and writes the first that fails to a file."""

    tests: Sequence[str]
    file: Path

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        order = {test: place for place, test in enumerate(self.tests)}
        items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.file.write_text(report.nodeid, encoding="utf-8")


def failing(project: Path, tests: Sequence[str], seconds: float) -> str:
    """Runs tests in a fork of this process, which has not imported the project, and returns the first that fails, or
    what else ends them; empty if all pass."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        child, failure = os.fork(), FirstFailure(tests, Path(folder, "failure"))
        if child == 0:
            os.setsid()
            os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
            with contextlib.suppress(BaseException):
                resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.RLIM_INFINITY))
                limit = round(LIMIT * seconds + MORE)
                resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
                os.chdir(project)
                sys.path[:] = [str(project), *(path for path in sys.path if path not in ("", str(ROOT)))]
                for stream in (1, 2):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
                files = sorted(
                    {test.partition("::")[0] for test in tests}
                )  # an id may hold what pytest reads otherwise
                os._exit(pytest.main([*ARGUMENTS, "-x", *files], plugins=[failure]) != 0)
            os._exit(99)
        end, done, status = time.monotonic() + WAIT, 0, 1
        while not done and time.monotonic() < end:
            time.sleep(0.01)
            done, status = os.waitpid(child, os.WNOHANG)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # including the processes that it has started
        if not done:
            os.waitpid(child, 0)
        if done and os.waitstatus_to_exitcode(status) == 0:
            return ""
        return (
            failure.file.read_text(encoding="utf-8") if failure.file.exists() else "the tests do not end by themselves"
        )


Parts = list[tuple[list[str], float]]  # tests, and their seconds, for each of BY
_own: list[Path] = []  # the copy of the project of each process of the pool


def begin(folder: Path) -> None:
    """Begins a process of the pool. Imports what each of its forks would otherwise import by itself."""
    import hypothesis  # noqa: F401
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401
    import streamlit.testing.v1  # noqa: F401
    import torch  # noqa: F401

    _own.append(copied(folder))


def tried(fault: Fault, parts: Parts) -> tuple[Fault, str, str]:
    """Returns the fault, what notices it (empty for nothing), and by which test."""
    (project,) = _own
    with written(project, fault):
        for by, (tests, seconds) in zip(BY, parts, strict=True):
            if tests and (test := failing(project, tests, seconds)):
                return fault, by, test
    return fault, "", ""


def drawn(sample: int, seed: int, rooms: Sequence[str]) -> list[Fault]:
    """Draws faults from each room, as many as it has a share of all, and at least FEWEST. A larger sample contains
    every smaller one."""
    of_rooms = {room: list(faults_in(room)) for room in ROOMS}
    possible, faults = sum(map(len, of_rooms.values())), []
    for room in rooms or ROOMS:
        random.Random(seed).shuffle(of_rooms[room])
        faults += of_rooms[room][: max(FEWEST, round(sample * len(of_rooms[room]) / possible))]
    print(f"{possible} faults are possible, {len(faults)} are tried.", flush=True)
    return faults


def share(name: str, by: Sequence[str]) -> float:
    """Prints what notices the faults of a room; returns the share that `make test` notices."""
    short, noticed = by.count(BY[0]) / len(by), 1 - by.count("") / len(by)
    print(f"{name}: {len(by)} faults, noticed by make test {100 * short:.1f} %, by all tests {100 * noticed:.1f} %")
    return short


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"only what is in {', '.join(ROOMS)}")
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    os.environ |= {"NUMBA_DISABLE_JIT": "1", "OMP_NUM_THREADS": "1"}
    faults = drawn(options.sample, options.seed, options.rooms)
    random.Random(options.seed).shuffle(faults)
    results: dict[Fault, str] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        project, lines = copied(folder), folder / "traced"
        lines.mkdir()
        if not trace(project, lines, options.processes):
            print("The tests cannot be run without a fault.")
            return 2
        traced = Traced(project, lines)
        print(
            f"{len(traced.seconds)} tests take {sum(seconds for seconds, _ in traced.seconds.values()):.0f} s",
            flush=True,
        )
        parts = [traced.parts(fault, LONGEST) for fault in faults]
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(options.processes, context, begin, (folder,)) as pool:
            for fault, by, test in pool.map(tried, faults, parts):
                results[fault] = by
                print(f"{by or 'unnoticed'}: {fault}{test and f' ({test})'}", flush=True)
    for room in dict.fromkeys(fault.room for fault in sorted(results, key=lambda fault: ROOMS.index(fault.room))):
        share(room, [by for fault, by in results.items() if fault.room == room])
    return int(share("all", list(results.values())) < GOAL)


if __name__ == "__main__":
    sys.exit(main())
