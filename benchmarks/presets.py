"""What each preset finds on data of one's own: HR@50 and MRR of the test items.

Run: python benchmarks/presets.py DATA… [--paper-filter]. DATA: anything that `python -m attrec_core import` reads.
Prints one row a preset, one column of HR@50 / MRR / seconds for each data set; seed 0, one thread.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from attrec_core import data
from attrec_core.config import PRESETS
from attrec_core.data import importing
from attrec_core.data.options import Options
from attrec_core.data.report import Counts
from attrec_core.data.windows import leave_one_out
from attrec_core.explain.evaluate import evaluate
from attrec_core.training.fit import fit


def main(paths: list[Path], *, paper_filter: bool) -> None:
    for path in paths:
        read = data.read(path, Options(paper_filter=paper_filter))
        counts = Counts(read.n_users, read.n_items, read.n_interactions)
        suits = importing.preset_of(counts)
        print(f"{path.name}: {counts.users:,} users, {counts.items:,} items, {counts.interactions:,} interactions")
        for name, settings in PRESETS.items():
            began = time.perf_counter()
            model, _ = fit(read, *settings)
            found = evaluate(model.ranker(), leave_one_out(read), settings[0].window, "test").metrics
            print(
                f"  {name}{' (suits it)' if name == suits else ''}: HR@50 {found['hr@50']:.3f}, MRR "
                f"{found['mrr']:.4f}, {time.perf_counter() - began:.0f} s"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--paper-filter", action="store_true", help="as the paper did but for MovieLens")
    options = parser.parse_args()
    main(options.data, paper_filter=options.paper_filter)
