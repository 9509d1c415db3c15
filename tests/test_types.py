"""The types of the core, the pages and the app, as `pyproject.toml` has them checked."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT


def test_the_types_hold() -> None:
    """A clone's first check reads the types of torch and others, half a minute's work; mypy keeps what it has read."""
    check = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr
