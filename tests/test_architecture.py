"""The house: data flows one way, imports follow it backwards, and looking needs neither torch nor umap."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

HEAVY = {"torch", "umap", "numba", "sklearn", "scipy"}
# From the ground up; a room may import from the rooms named before it, and from its own.
ROOMS = [
    "errors",
    "sizes",
    "faults",
    "config",
    "config_words",
    "home",
    "locks",
    "folders",
    "uploads",
    "results",
    "data",
    "view",
    "view_fit",
    "time_signal",
    "kendall",
    "at_large_file",
    "replay_file",
    "runs",
    "kept",
    "run_reader",
    "evaluate",
    "pretrained",
    "model",
    "trainer",
    "train",
    "shelf",
    "unfinished",
    "checkpoint",
    "jobs",
    "at_large",
    "maps",
    "maps_trust",
    "maps_file",
    "replay",
    "estimate",
    "pipeline",
    "explain",
    "scene",
    "state",
    "figures.theme",
    "questions",
    "tables",
    "figures",
    "report",
    "commands",
    "__main__",
]
FILES = sorted([ROOT / "app.py", *(ROOT / "attrec_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])


def imported(file: Path) -> set[str]:
    """Names of all modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(module: str) -> str | None:
    """The most particular room that a module of attrec_core lies in."""
    inner = module.removeprefix("attrec_core.")
    fitting = [name for name in ROOMS if inner == name or inner.startswith(name + ".")]
    return max(fitting, key=len, default=None)


@pytest.mark.parametrize("file", [f for f in FILES if "attrec_core" in f.parts], ids=lambda file: str(file.name))
def test_imports_point_to_the_ground(file: Path) -> None:
    module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    own = room(module)
    if own is None:
        assert module == "attrec_core"
        return
    for name in imported(file):
        assert not name.startswith(("streamlit", "pages")), f"{module} imports {name}"
        other = room(name) if name.startswith("attrec_core.") else None
        if other is not None:
            assert ROOMS.index(other) <= ROOMS.index(own), f"{module} imports {name}, which stands above it"


def test_every_room_exists() -> None:
    for name in ROOMS:
        path = ROOT / "attrec_core" / name.replace(".", "/")
        assert path.with_suffix(".py").is_file() or path.is_dir(), name


def test_pages_neither_build_figures_nor_hold_state() -> None:
    for file in FILES:
        if "pages" in file.parts and not file.name.startswith("_"):
            source = file.read_text(encoding="utf-8")
            assert "plotly" not in source, file
            assert "session_state" not in source, file
            assert "<style" not in source, file
            assert len(source.splitlines()) <= 60, file


def test_looking_imports_neither_torch_nor_umap() -> None:
    """What the server imports, and what every page of it imports when it runs."""
    program = f"""
import sys
from streamlit.testing.v1 import AppTest
from streamlit.runtime.pages_manager import PagesManager
start = PagesManager.__init__
def without_folder(self, *args, **options):
    start(self, *args, **options)
    PagesManager.uses_pages_directory = False
PagesManager.__init__ = without_folder
import app
app_test = AppTest.from_file("app.py", default_timeout=60).run()
for page in ("explore/attention", "explore/why", "explore/metric_space", "explore/score_split", "learn/lesson",
             "learn/step_by_step", "learn/at_large", "learn/be_a_user", "lab/data", "lab/train", "lab/runs",
             "lab/compare", "lab/replay"):
    app_test.switch_page(f"pages/{{page}}.py").run()
    assert not app_test.exception, app_test.exception
heavy = {HEAVY!r} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_no_file_has_grown_into_two() -> None:
    for file in FILES:
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 270, file
