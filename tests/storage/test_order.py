"""A power cut loses nothing: files are synced, renamed, synced again, and only then is anything older removed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from disk_order import DiskOrder
from kill_loop import actions, prepare

from attrec_core.storage.atomic_write import atomic_write, move, remove
from attrec_core.storage.workspace import Home

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
