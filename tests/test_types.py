"""The types of the core, the pages and the app, as `pyproject.toml` has them checked."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT


def test_the_types_hold() -> None:
    """In a clone's first run, most of the time goes into the types of torch; what mypy has seen it keeps."""
    check = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr
