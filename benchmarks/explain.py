"""Every question of the engine, asked of one user among 10,000 items, against a pass over all squared distances.

Run: python benchmarks/explain.py [ROUNDS]. A run with random weights: 10,000 users and items, d = 100, L = 8, one
thread. Each answer starts from a fresh moment, so its attention and its ranking are computed in it. Prints medians of
milliseconds and their ratio to the reference in the same round: two passes of ‖row − point‖², which no ranking does
without.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
import pandas as pd

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions, in_time_order
from attrec_core.explain.compare import compare
from attrec_core.explain.distances import squared_distances
from attrec_core.explain.exact_sum import exact_sum, why_above
from attrec_core.explain.experiments import experiments
from attrec_core.explain.explanation import explanation
from attrec_core.explain.influence import influence
from attrec_core.explain.leave_one_out import leave_one_out
from attrec_core.explain.moment import Moment, fold_in, moment_of
from attrec_core.explain.rank_curves import rank_curves
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.runs.run import Run

COUNT, EACH, ITEM = 10_000, 12, 4_321

QUESTIONS: dict[str, Callable[[Moment], object]] = {
    "exact sum": lambda moment: exact_sum(moment, ITEM),
    "why above": lambda moment: why_above(moment, ITEM, ITEM + 1),
    "leave-one-out": lambda moment: leave_one_out(moment, ITEM),
    "influence": lambda moment: influence(moment, ITEM),
    "explanation": lambda moment: explanation(moment, ITEM),
    "compare": lambda moment: compare(moment, moment.with_window(moment.window[::-1])),
    "rank curves": rank_curves,
    "smallest edit": lambda moment: smallest_edit(moment, ITEM),
    "experiments": experiments,
    "fold-in": lambda moment: fold_in(moment.run, moment.window),
}


def random_run() -> Run:
    """Nobody's data: each history holds 12 items in a random order."""
    random, config = np.random.default_rng(0), ModelConfig(dim=100, window=8)
    rows = {
        "user": np.repeat(np.arange(COUNT), EACH).astype(str),
        "item": np.concatenate([random.permutation(COUNT) for _ in range(EACH)]).astype(str),
        "time": np.tile(np.arange(EACH), COUNT),
    }
    frame = pd.DataFrame(rows).astype({"user": "category", "item": "category"})
    data = Interactions.from_ordered(in_time_order(frame, "file-last"), source="random", tie_rule="file-last")
    shapes = {"item_short": COUNT, "item_long": COUNT, "user_long": COUNT, "projection": config.dim}
    arrays = {name: random.normal(0, 0.1, (rows, config.dim)).astype(np.float32) for name, rows in shapes.items()}
    return Run(Path(), config, TrainConfig(), arrays, data, {}, {}, None, {}, "")


def seconds(answer: Callable[[], object]) -> float:
    began = time.perf_counter()
    answer()
    return time.perf_counter() - began


def main(rounds: int) -> None:
    run = random_run()
    took: dict[str, list[float]] = {name: [] for name in ("reference", *QUESTIONS)}
    for user in range(rounds):
        moment = moment_of(run, user, step=EACH - 1)
        short, long = run.arrays["item_short"], run.arrays["item_long"]
        took["reference"].append(
            seconds(lambda: (squared_distances(short, short[0]), squared_distances(long, long[0])))  # noqa: B023
        )
        for name, ask in QUESTIONS.items():
            fresh = replace(moment)
            took[name].append(seconds(lambda: ask(fresh)))  # noqa: B023
    floor = statistics.median(took["reference"])
    print(f"two passes of squared distances to {COUNT:,} items: median {floor * 1e3:.1f} ms, the floor of a ranking")
    for name in QUESTIONS:
        ratio = statistics.median(a / b for a, b in zip(took[name], took["reference"], strict=True))
        print(f"{name}: median {statistics.median(took[name]) * 1e3:.1f} ms, {ratio:.1f} times that")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25)
