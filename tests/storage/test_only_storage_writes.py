"""Only `storage` writes files: no other package opens a file for writing or renames it."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from disk_order import DiskOrder
from kill_loop import actions, prepare

from attrec_core.storage.atomic_write import atomic_write, move, remove
from attrec_core.storage.workspace import Home

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


# A power cut loses nothing: files are synced, renamed, synced again, and only then is anything older removed.


OF_BEFORE = {
    "overwrite": {"weights.safetensors", "config.json"},
    "import over": {"data.json", "items.csv"},
    "empty trash": {"weights.safetensors"},
    "training ends": {"state.json", "search-0001.safetensors"},
}  # files that these actions remove


def test_each_change_is_on_the_disk_before_anything_older_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = prepare(ROOT / "tests" / "fixtures" / "before", tmp_path)
    for name, act in actions(template).items():
        home = Home(tmp_path / name)
        shutil.copytree(template.path, home.path)
        with monkeypatch.context() as patched:
            order = DiskOrder(home.path, patched)
            act(home)
        order.ended()
        assert order.renamed or name == "empty trash", name
        assert OF_BEFORE.get(name, set()) <= set(order.removed), name
        assert order.removed == [] or name in OF_BEFORE, name


def test_the_watch_finds_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old").write_text("x")
    with monkeypatch.context() as patched:
        order = DiskOrder(tmp_path, patched)
        (tmp_path / "new").write_text("y")
        with pytest.raises(AssertionError, match="before it was on the disk"):
            (tmp_path / "new").rename(tmp_path / "name")
        atomic_write(tmp_path / "sound", b"z")
        (tmp_path / "sound").rename(tmp_path / "name")
        with pytest.raises(AssertionError, match="was removed before"):
            remove(tmp_path / "old")
        move(tmp_path / "name", tmp_path / "other")
        remove(tmp_path / "old")
    order.ended()


def test_a_pipe_is_written_as_it_is_and_a_link_stays_one(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    atomic_write(Path(f"/dev/fd/{writer}"), b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    os.close(writer)
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("file")
    atomic_write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "file").read_bytes() == b"new"
