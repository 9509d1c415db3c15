"""`make study-smoke`: every system on a tiny world, interrupted once and resumed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

pytestmark = pytest.mark.long


def test_a_whole_study_of_every_system_is_interrupted_and_resumed() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "study_smoke.py")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "16 of 16 lines" in ended.stdout
