"""Whatever is killed, whenever: what was there is there, old or new, whole; and nothing half-written stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from conftest import ROOT, often


def test_a_kill_before_any_change_of_the_disk_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    """Save, overwrite, import, pack, unpack, rename, delete, restore and others, killed before every third call that
    changes the disk, in `make soak` before each."""
    words = [sys.executable, str(Path(__file__).with_name("kill_loop.py"))]
    words += [str(ROOT / "tests" / "fixtures" / "before"), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert {name: result["wrong"] for name, result in found.items() if result["wrong"]} == {}
    assert all(result["changed"] for result in found.values())
    assert sum(result["tries"] for result in found.values()) > often(60, 200)
