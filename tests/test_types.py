"""The types of the core, the pages and the app. A clone's first check takes half a minute; mypy keeps what it read."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT


def test_the_types_hold() -> None:
    check = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr
