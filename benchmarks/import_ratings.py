"""Times the import of a generated ratings.csv, beside a plain pandas.read_csv of the same file.

Run: python benchmarks/import_ratings.py [--rows 20000000] [--times 1] [--keep FILE]
Prints the seconds and the peak memory of the import in a separate process, and the ratio to pandas, which is measured
in the same way and in turn with it. With --times, prints medians. The file is like MovieLens 20M: 144 ratings per user,
each user's ratings in the order of movies, 10-digit times.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from _table import add

ROOT = Path(__file__).resolve().parent.parent
SEED, PER_USER, MOVIES = 0, 144, 26_744
MOST_SECONDS, MOST_BYTES = 10, 2_500_000_000  # promised for 20 million rows on 2 idle cores

MEASURE = """
import json, resource, sys, time
path, what = sys.argv[1:]
if what == "pandas":
    import pandas
    work = lambda: len(pandas.read_csv(path))
else:
    from attrec_core.data import importing
    work = lambda: importing.import_data(path)[0].n_interactions
began = time.perf_counter()
rows = work()
seconds = time.perf_counter() - began
scale = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
print(json.dumps({"rows": rows, "seconds": seconds, "peak": peak}))
"""


def write_ratings(path: Path, rows: int) -> None:
    """Writes ratings with a long tail of users and of movies; the ratings of a user lie within some months."""
    random = np.random.default_rng(SEED)
    users = max(2, rows // PER_USER)
    activity = random.lognormal(0, 1.2, users)
    counts = np.maximum(3, activity / activity.sum() * rows).astype(np.int64)
    user = np.repeat(np.arange(1, users + 1), counts)
    movie = (MOVIES * random.random(len(user)) ** 2.5).astype(np.int64) * 5 + 1
    time = random.integers(800_000_000, 1_500_000_000, users + 1)[user] + random.integers(0, 10_000_000, len(user))
    order = np.lexsort((movie, user))
    table = pa.table(
        {
            "userId": user[order],
            "movieId": movie[order],
            "rating": random.integers(1, 11, len(user)) / 2,
            "timestamp": time[order],
        }
    )
    with path.open("wb") as file:
        file.write(b"userId,movieId,rating,timestamp\n")
        arrow_csv.write_csv(table, file, arrow_csv.WriteOptions(include_header=False))


def measured(path: Path, what: str) -> dict[str, float]:
    process = subprocess.run([sys.executable, "-c", MEASURE, path, what], cwd=ROOT, capture_output=True, text=True)
    if process.returncode:
        sys.exit(process.stderr)
    return json.loads(process.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the file there, or use the one that is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "ratings.csv"
        if not path.exists():
            write_ratings(path, options.rows)
        measured(path, "pandas")  # reads the file into the system's memory
        turns = [(measured(path, "pandas"), measured(path, "import")) for _ in range(options.times)]
    plain, ours = (statistics.median(result["seconds"] for result in column) for column in zip(*turns, strict=True))
    peak = max(result["peak"] for _, result in turns)
    print(
        f"{turns[0][1]['rows']:,} rows: import {ours:.2f} s, pandas.read_csv {plain:.2f} s (medians of {options.times})"
    )
    add(f"import of {turns[0][1]['rows']:,} rows", "s", ours, plain, "pandas.read_csv", plain)
    print(f"ratio {ours / plain:.2f}, peak memory {peak / 1e9:.2f} GB")
    print(f"promised for 20,000,000 rows: {MOST_SECONDS} s, {MOST_BYTES / 1e9:.1f} GB")


if __name__ == "__main__":
    main()
