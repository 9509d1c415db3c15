"""Whatever is killed at any time, the old or the new state is there, whole, and nothing half-written stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, often

pytestmark = pytest.mark.long


def test_a_kill_before_any_change_of_the_disk_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    """Save, overwrite, import, pack, unpack, rename, delete, restore and others are killed before every third call that
    changes the disk, in `make soak` before each call."""
    command = [sys.executable, str(Path(__file__).with_name("kill_loop.py"))]
    command += [str(ROOT / "tests" / "fixtures" / "before"), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    results = json.loads(process.stdout)
    assert {name: result["wrong"] for name, result in results.items() if result["wrong"]} == {}
    assert all(result["changed"] for result in results.values())
    assert sum(result["tries"] for result in results.values()) > often(60, 200)
