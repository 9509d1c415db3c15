"""Which room may import which. A room is a part of attrec_core, or `pages` together with app.py.

Only `models` and `training` import torch; only `pages` imports Streamlit or other pages.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

from attrec_core.views import WITH_PANELS
from pages.frame.page_list import PAGES

# A room may import itself and the rooms beside its name. docs/architecture.md describes each in one line.
MAY_IMPORT = {
    "browser": "",
    "errors": "",
    "config": "errors",
    "storage": "errors",
    "data": "errors config storage",
    "runs": "errors config storage data",
    "explain": "errors config storage data runs",
    "models": "errors config storage data runs explain",
    "training": "errors config storage data runs explain models",
    "jobs": "errors config storage data runs",
    "views": "browser errors config storage data runs explain jobs",
    "plot": "errors config storage data runs explain views",
    "__init__": "errors config storage data runs explain models training jobs views plot",
    "cli": "errors config storage data runs explain models training jobs views",
    "__main__": "errors cli",
    "pages": "browser errors config storage data runs explain jobs views",
}

# Processes that a file names by a string, to start them: the only arrows that may point upwards, and those to the whole
# program the only ones that may lead back.
WHOLE = {"attrec_core", "attrec_core.cli", "app.py"}
STARTS = {
    "attrec_core/explain/other_systems.py": {"attrec_core.models.answering"},
    "attrec_core/jobs/process.py": {"attrec_core", "attrec_core.cli"},
    "attrec_core/cli/show.py": {"app.py"},
    "pages/frame/runs.py": {"app.py"},  # it asks whether this is that process
}
# A string that is the name of a module, or the beginning of one, or a program that imports one.
NAMED = re.compile(r"^(?:from )?((?:attrec_core|pages)(?:\.\w*)*|app\.py)(?:$| import )", re.MULTILINE)

HEAVY = {"torch", "umap", "numba", "sklearn", "scipy", "quickjs"}
INTERNALS = "pages/frame/streamlit_internals.py"
# Modules behind Streamlit's public names, for which Streamlit promises nothing.
PRIVATE = (
    "streamlit.runtime",
    "streamlit.proto",
    "streamlit.navigation",
    "streamlit.delta_generator",
    "streamlit.web",
    "streamlit.components.v2.types",
)
FILES = sorted([ROOT / "app.py", *(ROOT / "attrec_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])
MODULES = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in FILES}


def is_for_types(node: ast.AST) -> bool:
    """Returns whether a statement is `if TYPE_CHECKING:`, whose body no program ever runs."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imported(file: Path) -> list[tuple[str, bool]]:
    """Returns each name that a file imports, and whether the import is lazy: an import of the file does not run it."""
    tree = tree_of(file)
    lazy = {
        node
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) or is_for_types(outer)
        for node in ast.walk(outer)
    }
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [(alias.name, node in lazy) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [(f"{node.module}.{alias.name}", node in lazy) for alias in node.names]
    return names


@cache
def named(file: Path) -> set[str]:
    """Returns the modules that a file names by a string."""
    values = [node.value for node in ast.walk(tree_of(file)) if isinstance(node, ast.Constant)]
    return {name for value in values if isinstance(value, str) for name in NAMED.findall(value)}


def used(file: Path) -> set[str]:
    """Returns what a file imports, and the modules that it names by a string but does not start as a process."""
    return {name for name, _ in imported(file)} | (named(file) - STARTS.get(file.relative_to(ROOT).as_posix(), set()))


def room_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return "pages" if parts[0] in ("app", "pages") else parts[1]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_from_the_rooms_below_it(room: str) -> None:
    allowed = {room, *MAY_IMPORT[room].split()}
    files = [file for file in FILES if room_of(file) == room]
    assert files, f"there is no room {room}"
    for file in files:
        for name in used(file):
            package, part = [*name.split("."), ""][:2]
            if package in ("attrec_core", "pages", "app"):
                below = (part or "__init__") if package == "attrec_core" else "pages"
                assert below in allowed, f"{file.relative_to(ROOT)} uses {name}"


def test_every_part_of_the_core_is_a_room_of_the_table_and_a_class_name_stands_for_one_class() -> None:
    parts = {path.stem for path in (ROOT / "attrec_core").iterdir() if path.name not in ("__pycache__", "py.typed")}
    assert parts <= MAY_IMPORT.keys()
    names = Counter(node.name for file in FILES for node in ast.walk(tree_of(file)) if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


def test_every_process_is_a_module_that_its_file_names() -> None:
    for file, names in STARTS.items():
        assert names <= named(ROOT / file), f"{file} does not start all of {names}"
        assert {name.removesuffix(".py") for name in names} <= MODULES.keys(), file


def test_no_module_uses_itself_through_others() -> None:
    below = {
        module: {name if name in MODULES else name.rpartition(".")[0] for name in used(file) | named(file) - WHOLE}
        & MODULES.keys()
        for module, file in MODULES.items()
    }
    TopologicalSorter({module: others - {module} for module, others in below.items()}).prepare()  # else a CycleError


def within(*beginnings: str) -> list[Path]:
    return [file for file in FILES if file.relative_to(ROOT).as_posix().startswith(beginnings)]


def outside(*beginnings: str) -> list[Path]:
    return [file for file in FILES if not file.relative_to(ROOT).as_posix().startswith(beginnings)]


LESSONS = ("lesson", "classroom")
GROUPS = ("pages.explore", "pages.learn", "pages.lab")
TORCH = outside("attrec_core/models/", "attrec_core/training/")  # the files that do not need it
# What some files do not import, and whether a lazy import is free. What several pages need lies beside them, and the
# lesson plays on all pages. Private names of Streamlit stand in one file.
RULES: dict[str, tuple[list[Path], tuple[str, ...], bool]] = {
    "only pages know Streamlit": (outside("app.py", "pages/"), ("streamlit", "pages."), False),
    "private names of Streamlit": (outside(INTERNALS), PRIVATE, False),
    "only models and training import torch": (TORCH, ("torch",), False),
    "they are imported only to train": (TORCH, ("attrec_core.models", "attrec_core.training"), True),
    "the frame knows no widget": (within("pages/frame/"), ("pages.widgets", *GROUPS), True),
    "widgets know no page": (within("pages/widgets/"), GROUPS, True),
    "only the lesson knows the lesson": (
        # A classroom file asks some of its questions, too.
        outside("app.py", "pages/start.py", "pages/learn/lesson", *(f"attrec_core/views/{v}/" for v in LESSONS)),
        ("attrec_core.views.lesson", "pages.learn.lesson_panel"),
        False,
    ),
} | {
    f"{page} knows no other page": (
        within(f"attrec_core/views/{page}/"),
        tuple(f"attrec_core.views.{other}." for other in WITH_PANELS if other != page),
        False,
    )
    for page in WITH_PANELS
}


@pytest.mark.parametrize("rule", RULES)
def test_files_do_not_import_what_they_may_not_know(rule: str) -> None:
    files, names, lazy_is_free = RULES[rule]
    assert files
    for file in files:
        for name, lazy in imported(file):
            allowed = not name.startswith(names) or (lazy and lazy_is_free)
            assert allowed, f"{file.relative_to(ROOT)} imports {name}"


def test_the_browsers_side_of_pictures_knows_no_streamlit() -> None:
    """So that the same files also run in a notebook and in a file. `--st-…` are the theme's variables."""
    files = [file for file in (ROOT / "attrec_core" / "browser").rglob("*.*") if file.suffix in (".js", ".css")]
    assert len(files) > 30
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"[Ss]treamlit|\.st-|\bst[A-Z]", text), file


def test_a_page_neither_builds_figures_nor_holds_state() -> None:
    """The functions of a page may answer its widgets; what runs from top to bottom holds nothing between two runs."""
    for page in PAGES:
        source = (ROOT / page.script).read_text(encoding="utf-8")
        assert "plotly" not in source and "<style" not in source, page.script
        for statement in tree_of(ROOT / page.script).body:
            if not isinstance(statement, ast.FunctionDef):
                assert "session_state" not in ast.unparse(statement), page.script


@pytest.mark.long
def test_looking_imports_neither_torch_nor_umap() -> None:
    """Covers the imports of the server, and those of every page when it runs."""
    program = f"""
import sys
from streamlit.testing.v1 import AppTest
from pages.frame import page_list
from pages.frame.streamlit_internals import PagesManager
start = PagesManager.__init__
def without_folder(self, *args, **options):
    start(self, *args, **options)
    PagesManager.uses_pages_directory = False
PagesManager.__init__ = without_folder
import app
app_test = AppTest.from_file("app.py", default_timeout=60).run()
for page in page_list.PAGES:
    app_test.switch_page(page.script).run()
    assert not app_test.exception, app_test.exception
heavy = {HEAVY!r} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_forward_pass_imports_little() -> None:
    """Whoever only computes, such as another trainer's test, waits for no reader of data."""
    program = """
import sys
import attrec_core.explain.forward
print([name for name in ("pandas", "pyarrow", "torch") if name in sys.modules])
print(sum(name.startswith("attrec_core") for name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    heavy, count = done.stdout.splitlines()
    assert heavy == "[]"
    assert int(count) <= 15


HARMLESS = (ast.Call, ast.IfExp, ast.Constant, ast.Await, ast.Yield, ast.YieldFrom)


def test_no_page_has_a_bare_expression_which_streamlit_would_write_where_its_magic_is_on() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        expressions = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Expr)]
        bare = [node.lineno for node in expressions if not isinstance(node.value, HARMLESS)]
        assert not bare, (path, bare)
