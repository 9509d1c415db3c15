"""Which small faults of the code would no test notice: `make mutation`.

Changes one operator, comparison, number or truth value of a room at a time, in a copy of the project, and runs the
room's tests until one fails. The faults are a sample drawn by a seed; those that no test notices are printed. Compiled
loops run uncompiled, so that they are counted too. Ends with 1 where fewer than 85 % are noticed.

Run: python benchmarks/mutation.py [--sample N] [--seconds S] [--seed N] [--processes N] [ROOM …]
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = {  # of each room: what its fast tests are, the likeliest to notice first
    "models": ("tests/models", "tests/explain/test_by_hand.py", "tests/explain/test_explain.py"),
    "training": ("tests/training/test_train.py", "tests/training", "tests/models"),
    "explain": (
        *("tests/explain", "tests/views/test_why_words.py", "tests/views/test_letters.py"),
        *("tests/views/test_triangle.py", "tests/views/test_compare_runs.py", "tests/cli/test_explain_cli.py"),
        "tests/pages/test_at_large_page.py::test_a_pair_has_the_mean_attention_of_the_windows_that_hold_it",
    ),
    "data/windows": ("tests/data/test_data.py", "tests/data/test_histories.py", "tests/training/test_train.py"),
}
SLOW = ("test_resume.py", "test_together.py", "test_maps_later.py")
# Of nearly two hundred settings of the compiled step a few; nothing that compiles, as UMAP does and what counts that.
CHOSEN = "not three_steps and not compiled_once and not cover_users or model7"
GOAL = 0.85
LIMIT = 4  # times the tests without a fault, after which a fault counts as a loop without end

OTHER = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult},
    **{ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.MatMult: ast.Mult},
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And},
}


@dataclass(frozen=True)
class Fault:
    """One change: the place in its file, in the order of a walk, and how it reads there."""

    room: str
    file: str
    place: int
    line: int
    text: str


def files_of(room: str) -> list[Path]:
    path = ROOT / "attrec_core" / room
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def run_parts(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a program that are run, in order: no annotations, no texts, nothing that only words an error, and no
    `strict=`, which nothing depends on in a program without faults."""
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "exc", "msg", "decorator_list"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST) and not isinstance(part, ast.JoinedStr | ast.expr_context):
                yield part
                yield from run_parts(part)


def mutations(node: ast.AST) -> list[tuple[str, Callable[[], None]]]:
    """The faults of this one node, each with what it does to the tree."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in OTHER:
        other = OTHER[type(node.op)]
        return [(f"{type(node.op).__name__} → {other.__name__}", lambda: setattr(node, "op", other()))]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
        other = OTHER[type(node.ops[0])]
        return [(f"{type(node.ops[0]).__name__} → {other.__name__}", lambda: node.ops.__setitem__(0, other()))]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        double = ast.UnaryOp(copy.deepcopy(node.op), node.operand)  # −(−x) is x
        return [(f"without {type(node.op).__name__}", lambda: setattr(node, "operand", double))]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        return [(f"{node.value} → {value}", lambda: setattr(node, "value", value))]
    return []


def faults_in(room: str) -> Iterator[Fault]:
    for path in files_of(room):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for place, node in enumerate(run_parts(tree)):
            for text, _ in mutations(node):
                code = ast.unparse(node)[:70]
                yield Fault(room, str(path.relative_to(ROOT)), place, node.lineno, f"{code}: {text}")  # type: ignore[attr-defined]


def with_fault(program: str, fault: Fault) -> str:
    tree = ast.parse(program)
    node = list(run_parts(tree))[fault.place]
    for _, change in mutations(node):
        change()
    return ast.unparse(ast.fix_missing_locations(tree))


def copied(place: Path) -> Path:
    """A copy of what the tests need; worked in by one process at a time."""
    for name in ("attrec_core", "pages", "tests", "sample_data", ".streamlit"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__", "browser"))
    for name in ("app.py", "pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, place)
    return place


def passes(project: Path, room: str, seconds: float) -> bool:
    """Whether the tests of a room pass in a copy; not where they take longer than `seconds`.

    A fork of this process, which has imported what takes long to import, and nothing of the project.
    """
    child = os.fork()
    if child == 0:
        os.setsid()
        with contextlib.suppress(BaseException):
            os._exit(tested(project, room))
        os._exit(99)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # what it has left running
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def tested(project: Path, room: str) -> int:
    import pytest

    os.chdir(project)
    sys.path[:] = [str(project), *(path for path in sys.path if path not in ("", str(ROOT)))]
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    skipped = [f"--ignore-glob=*{name}" for name in SLOW]
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-k", CHOSEN, *skipped, *TESTS[room]]))


def tried(work: tuple[Fault, float]) -> tuple[Fault, bool]:
    """A fault, and whether a test has noticed it."""
    fault, seconds = work
    file = PROJECT / fault.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(with_fault(whole, fault), encoding="utf-8")
    try:
        return fault, not passes(PROJECT, fault.room, seconds)
    finally:
        file.write_text(whole, encoding="utf-8")


PROJECT = Path()  # the copy of this process


def begin(folder: str) -> None:
    """What a process does first."""
    global PROJECT
    import hypothesis  # noqa: F401
    import pandas  # noqa: F401
    import pytest  # noqa: F401
    import torch  # noqa: F401

    PROJECT = copied(Path(tempfile.mkdtemp(dir=folder)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"of {', '.join(TESTS)}; else all")
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=3600, help="after which no other fault is tried")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    os.environ |= {"NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    rooms = options.rooms or list(TESTS)
    faults = [fault for room in rooms for fault in faults_in(room)]
    random.Random(options.seed).shuffle(faults)  # so that a larger sample has a smaller one in it
    sample = faults[: options.sample]
    print(f"{len(faults)} faults are possible, up to {len(sample)} are tried.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        begin(folder)
        limits: dict[str, float] = {}
        for room in rooms:
            began = time.monotonic()
            if not passes(PROJECT, room, 600):
                print(f"The tests of {room} fail without a fault.")
                return 2
            limits[room] = LIMIT * (time.monotonic() - began) + 10
            print(f"{room}: {limits[room]:.0f} s at most", flush=True)
        end, results = time.monotonic() + options.seconds, []
        with multiprocessing.get_context("spawn").Pool(options.processes, begin, (folder,)) as pool:
            for fault, noticed in pool.imap_unordered(tried, [(fault, limits[fault.room]) for fault in sample]):
                results.append((fault, noticed))
                if not noticed:
                    print(f"unnoticed: {fault.file}:{fault.line}: {fault.text}", flush=True)
                if len(results) % 20 == 0:
                    print(f"{len(results)} tried, {sum(noticed for _, noticed in results)} noticed", flush=True)
                if time.monotonic() > end:
                    break
    for room in rooms:
        own = [noticed for fault, noticed in results if fault.room == room]
        print(f"{room}: {sum(own)} of {len(own)} noticed")
    share = sum(noticed for _, noticed in results) / len(results)
    print(f"all: {100 * share:.1f} % of {len(results)}")
    return int(share < GOAL)


if __name__ == "__main__":
    sys.exit(main())
