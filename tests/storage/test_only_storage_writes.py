"""Only `storage` writes files: no other package opens a file for writing or renames it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

WRITERS = {"write_bytes", "write_text", "touch", "save_file"}
TABLES = {"to_csv", "to_parquet"}  # without a path they return the text
MOVERS = {"os.rename", "os.replace", "shutil.move", "os.open", "os.link"}
ALLOWED = {
    "attrec_core/data/downloads.py": {"open: what has come is kept, and a fetch continues after it"},
    "attrec_core/data/reading/sources.py": {
        "write_bytes: into a scratch folder that goes at the end",
        "open: into a scratch folder that goes at the end",
    },
    "attrec_core/data/reading/archives.py": {"open: into a scratch folder that goes at the end"},
    "attrec_core/runs/library/zips.py": {"open: a member of a .zip that storage writes"},
    "attrec_core/jobs/process.py": {"open: the log, which is only added to", "os.open: the lock of a folder"},
    "attrec_core/jobs/worker.py": {"open: progress, a line an epoch, which is only added to"},
    "attrec_core/views/notebook/run.py": {"to_parquet: into a scratch folder that goes at the end"},
    "attrec_core/cli/__init__.py": {"os.open: the device that swallows everything"},
}


def written(tree: ast.AST) -> Iterator[str]:
    """Yields the names of the called functions that write or rename files."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        last = name.rsplit(".", 1)[-1]
        if name in MOVERS:
            yield name
        elif last in WRITERS or (last in TABLES and node.args):
            yield last
        elif last == "open" and mode_of(node, name):
            yield "open"
        elif last in ("rename", "replace") and "." in name and len(node.args) == 1 and not node.keywords:
            yield last  # the method of a path; a text's method has two arguments, a table's has keywords


def mode_of(call: ast.Call, name: str) -> bool:
    """Returns whether the call opens a file for writing."""
    texts = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return name != "webbrowser.open" and any(set(text) <= set("rwxabt+") and set(text) & set("wxa+") for text in texts)


FILES = [ROOT / "app.py", *(ROOT / "attrec_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
OTHERS = [file for file in FILES if (ROOT / "attrec_core" / "storage") not in file.parents]


@pytest.mark.parametrize("file", OTHERS, ids=lambda file: str(file.relative_to(ROOT)))
def test_nobody_else_writes(file: Path) -> None:
    allowed = {reason.split(":")[0] for reason in ALLOWED.get(file.relative_to(ROOT).as_posix(), ())}
    calls = set(written(ast.parse(file.read_text(encoding="utf-8"))))
    assert calls <= allowed, f"{file.name} calls {calls - allowed}: write by storage.atomic_write or atomic_folder"
    assert allowed <= calls, f"{file.name} need not be allowed {allowed - calls} any more"


def test_the_watch_finds_what_writes() -> None:
    source = """
path.write_bytes(b"")
path.open("xb")
open(path, mode="a")
path.rename(other)
os.replace(a, b)
text.replace("a", "b")
table.rename(columns=names)
path.open("rb")
"""
    assert sorted(written(ast.parse(source))) == ["open", "open", "os.replace", "rename", "write_bytes"]
