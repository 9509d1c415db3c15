"""Watches the order in which a program syncs, renames and removes: a power cut may take nothing that is needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


class DiskOrder:
    """Checks each call that changes the disk below `folder`.

    A file or folder is renamed only after all of it is on the disk. A named file or folder is removed
    only after the folders of all renames are on the disk, too."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.old = {path.stat().st_ino for path in folder.rglob("*")}
        self.synced: set[int] = set()
        self.pending: dict[int, str] = {}  # inode of a folder that is not synced yet → the rename in it
        self.renamed: list[str] = []  # names given by renames
        self.removed: list[str] = []  # removed names of files that were there before
        for name, watch in (
            ("fsync", self.sync),
            ("rename", self.rename),
            ("unlink", self.remove),
            ("rmdir", self.remove),
        ):
            monkeypatch.setattr(os, name, self.watched(getattr(os, name), watch))

    def watched(self, real: Callable[..., object], watch: Callable[..., None]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            watch(*arguments, **named)
            return real(*arguments, **named)

        return call

    def sync(self, descriptor: int) -> None:
        inode = os.fstat(descriptor).st_ino
        self.synced.add(inode)
        self.pending.pop(inode, None)

    def rename(self, old: str | Path, new: str | Path) -> None:
        old, new = Path(old), Path(new)
        if self.folder not in old.parents:
            return
        for path in (old, *old.rglob("*")):
            inode = path.stat().st_ino
            assert inode in self.old | self.synced, f"{path.name} was renamed to {new.name} before it was on the disk"
        for parent in (old.parent, new.parent):
            self.pending[parent.stat().st_ino] = f"{old.name} to {new.name}"
        if not new.name.startswith("."):
            self.renamed.append(new.name)
            self.old.add(old.stat().st_ino)

    def remove(self, path: str | Path, *, dir_fd: int | None = None) -> None:
        target = Path(f"/proc/self/fd/{dir_fd}").resolve() / path if dir_fd is not None else Path(path)
        if self.folder in target.parents and target.lstat().st_ino in self.old:
            assert not self.pending, f"{target.name} was removed before {self.pending} was on the disk"
            self.removed.append(target.name)

    def ended(self) -> None:
        assert not self.pending, f"{self.pending} may be undone by a power cut"
