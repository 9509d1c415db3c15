"""A whole small study: every system on a tiny world, interrupted once and taken up again. Ends with 0 if all is there.

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
    """Everybody goes around the same circle of items, with a random step now and then."""
    random = np.random.default_rng(0)
    rows = ["user,item,time"]
    for user in range(USERS):
        place = int(random.integers(ITEMS))
        for step in range(LENGTH):
            rows.append(f"u{user},i{place},{step}")
            place = (place + 1) % ITEMS if random.random() < 0.8 else int(random.integers(ITEMS))
    (folder / "rows.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "rows.csv"


def begun(data: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "attrec_core", "study", "table2", str(data), "--out", str(out)]
    return subprocess.Popen([*command, "--seeds", "1", "--budget", "2"], cwd=ROOT, stdout=subprocess.DEVNULL)


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        data, out = world(Path(folder)), Path(folder) / "study"
        first = begun(data, out)
        while first.poll() is None and len(list(out.glob("*.npz"))) < INTERRUPTED_AFTER:
            time.sleep(0.05)
        first.send_signal(signal.SIGINT)
        first.wait()
        kept = {file.name: file.stat().st_mtime_ns for file in out.glob("*.npz")}
        second = begun(data, out)
        if second.wait():
            return 1
        same = all((out / name).stat().st_mtime_ns == at for name, at in kept.items())
        entries = json.loads((out / "results.json").read_text(encoding="utf-8"))["entries"]
        done = {entry["key"] for entry in entries if len(entry["seeds"]) == 1}
    print(f"{len(done)} of {len(LINES)} lines; {len(kept)} kept from before the interruption")
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if done == LINES and kept and same and len(kept) < len(LINES) else 1


if __name__ == "__main__":
    sys.exit(main())
