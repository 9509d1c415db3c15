"""Runs a small complete study: every system on a tiny world, interrupted once and resumed. Exits with 0 if complete.

python benchmarks/study_smoke.py
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.runs.systems import SYSTEMS

USERS, ITEMS, LENGTH = 40, 25, 8
LINES = {*SYSTEMS, "auto"} - {"own"}
INTERRUPTED_AFTER = 4  # lines


def world(folder: Path) -> Path:
    """Writes rows in which every user follows the same circle of items, with occasional random steps."""
    random = np.random.default_rng(0)
    rows = ["user,item,time"]
    for user in range(USERS):
        item = int(random.integers(ITEMS))
        for step in range(LENGTH):
            rows.append(f"u{user},i{item},{step}")
            item = (item + 1) % ITEMS if random.random() < 0.8 else int(random.integers(ITEMS))
    (folder / "rows.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "rows.csv"


def begun(data: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "attrec_core", "study", "table2", str(data), "--out", str(out)]
    return subprocess.Popen([*command, "--seeds", "1", "--budget", "2"], cwd=ROOT, stdout=subprocess.DEVNULL)


def with_result(out: Path) -> list[str]:
    """Returns the keys of the lines whose seed is trained and saved."""
    files = [file for file in out.glob("*.npz") if file.with_suffix(".json").is_file()]
    return [file.stem for file in files if json.loads(file.with_suffix(".json").read_bytes())["seeds"]]


def main() -> int:
    began = time.monotonic()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it runs in the background ignore it
    with tempfile.TemporaryDirectory() as folder:
        data, out = world(Path(folder)), Path(folder) / "study"
        first = begun(data, out)
        while first.poll() is None and len(list(out.glob("*.npz"))) < INTERRUPTED_AFTER:
            time.sleep(0.05)
        first.send_signal(signal.SIGINT)
        first.wait()
        # Ranks are written before the result that they belong to, so an interruption may leave ranks of no result.
        kept_files = {f"{key}.npz": (out / f"{key}.npz").stat().st_mtime_ns for key in with_result(out)}
        second = begun(data, out)
        if second.wait():
            return 1
        unchanged = all((out / name).stat().st_mtime_ns == modified for name, modified in kept_files.items())
        entries = json.loads((out / "results.json").read_text(encoding="utf-8"))["entries"]
        done_lines = {entry["key"] for entry in entries if len(entry["seeds"]) == 1}
    print(f"{len(done_lines)} of {len(LINES)} lines; {len(kept_files)} kept from before the interruption")
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if done_lines == LINES and kept_files and unchanged and len(kept_files) < len(LINES) else 1


if __name__ == "__main__":
    sys.exit(main())
