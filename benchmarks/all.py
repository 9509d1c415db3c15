"""Runs all benchmarks in turn and prints a table of their results: `make benchmarks`, about ten minutes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from _table import ROWS, table

HERE = Path(__file__).parent
SCRIPTS = (
    "edit_latency",
    "cold_start",
    "epoch",
    "softmax",
    "taste",
    "explain",
    "actions",
    "keeping",
    "classroom",
    "import_ratings",
)


def main() -> int:
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows"
        rows.touch()
        for name in SCRIPTS:
            print(f"— {name}", flush=True)
            if subprocess.run([sys.executable, HERE / f"{name}.py"], env={**os.environ, ROWS: str(rows)}).returncode:
                failed.append(name)
        print(f"\n{table(rows)}")
    if failed:
        print(f"did not end well: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
