"""Counts what there is to read: lines by kind and room, imports, panels, words, and what the forward pass loads.

Run: python benchmarks/size.py [REVISION …]. Without a revision, the last commit. One column for each revision.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOADED = """
import sys, time
import numpy
began = time.perf_counter()
import attrec_core.explain.forward
seconds = time.perf_counter() - began
print(sum(name.startswith("attrec_core") for name in sys.modules), f"{seconds:.2f}")
"""

PANELS = "from attrec_core.views import PANELS; print(len(PANELS))"
PYTHON = ("app.py", "attrec_core/**/*.py", "pages/**/*.py")
DOCUMENTS = ("README.md", "docs/*.md")
ROOMS = ("cli", "data", "explain", "jobs", "models", "runs", "storage", "training", "views")


def lines(root: Path, *patterns: str) -> int:
    files = {file for pattern in patterns for file in root.glob(pattern)}
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def rooms(root: Path) -> dict[str, set[str]]:
    """Returns, for each room of the core and for pages, the rooms that it imports."""
    found: dict[str, set[str]] = {}
    for file in [root / "app.py", *root.glob("attrec_core/**/*.py"), *root.glob("pages/**/*.py")]:
        parts = file.relative_to(root).with_suffix("").parts
        room = "pages" if parts[0] in ("app", "pages") else parts[1]
        names = {name.split(".")[1] for name in imported(file) if name.startswith("attrec_core.")}
        found.setdefault(room, set()).update(names - {room})
    return {room: imports & found.keys() for room, imports in found.items()}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def of_views(root: Path, kind: str) -> int:
    """Returns the lines of the views that are imports, records (classes), functions or constants."""
    kinds = {ast.Import: "imports", ast.ImportFrom: "imports", ast.ClassDef: "records", ast.FunctionDef: "functions"}
    found = 0
    for file in root.glob("attrec_core/views/**/*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            found += size * (kinds.get(type(node), "constants") == kind)
    return found


def words(root: Path) -> int:
    return sum(len(file.read_text(encoding="utf-8").split()) for pattern in DOCUMENTS for file in root.glob(pattern))


def floors(found: dict[str, set[str]]) -> int:
    """Returns how many rooms stand on each other at most."""

    def floor(room: str, above: tuple[str, ...] = ()) -> int:
        below = [floor(other, (*above, room)) for other in found[room] if other not in above]
        return 1 + max(below, default=0)

    return max(map(floor, found))


def printed(root: Path, program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    return ", ".join(done.stdout.split())


COUNTS: dict[str, Callable[[Path], object]] = {
    "Python of core and pages, lines": lambda root: lines(root, *PYTHON),
    **{f"  {room}": lambda root, room=room: lines(root, f"attrec_core/{room}/**/*.py") for room in ROOMS},
    **{
        f"    {kind}": lambda root, kind=kind: of_views(root, kind)
        for kind in ("imports", "records", "functions", "constants")
    },
    "  pages": lambda root: lines(root, "pages/**/*.py"),
    "fixed texts (.md), lines": lambda root: lines(root, "attrec_core/**/*.md"),
    "scripts, style sheets and HTML, lines": lambda root: lines(
        root, *(f"{part}/**/*.{kind}" for part in ("attrec_core", "pages") for kind in ("js", "css", "html"))
    ),
    "tests, lines": lambda root: lines(root, "tests/**/*.py"),
    "approved words, lines": lambda root: lines(root, "tests/approved/*.md"),
    "rooms": lambda root: len(rooms(root)),
    "floors": lambda root: floors(rooms(root)),
    "arrows between rooms": lambda root: sum(map(len, rooms(root).values())),
    "panels": lambda root: printed(root, PANELS),
    "words of the documents": words,
    "forward pass: modules, seconds beyond numpy": lambda root: printed(root, LOADED),
}


def main() -> None:
    revisions = sys.argv[1:] or ["HEAD"]
    columns = []
    for revision in revisions:
        with tempfile.TemporaryDirectory() as folder:
            packed = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
            subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
            columns.append([str(count(Path(folder))) for count in COUNTS.values()])
    print(f"{'':46}" + "".join(f"{revision[:12]:>14}" for revision in revisions))
    for name, *cells in zip(COUNTS, *columns, strict=True):
        print(f"{name:46}" + "".join(f"{cell:>14}" for cell in cells))


if __name__ == "__main__":
    main()
