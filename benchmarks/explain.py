"""Times every question to the engine about one user, with 10,000 and 1,000,000 items, and the ranking of all users.

Run: python benchmarks/explain.py [ROUNDS]. Uses runs with random weights, L = 8, one thread: 10,000 items, d = 100;
then 1,000,000 items, d = 64. Each answer starts from a new moment, so it includes computing the attention and the
ranking. Prints medians of milliseconds: ours, the reference in the same round, and the median of their ratios. The
reference: with 10,000 items, two passes of ‖row − point‖²; with 1,000,000, reading the table of all items; for the
ranking of all users, its matrix product. That ranking uses MovieLens 100K if it is there (in ATTREC_DATA, else in
../shared/data), else random data. The last line is the memory of the largest question beside the tables.
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
import torch
from _histories import histories
from _table import add

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data import read
from attrec_core.data.windows import leave_one_out
from attrec_core.explain.compare import compare
from attrec_core.explain.evaluate import evaluate
from attrec_core.explain.exact_sum import exact_sum, why_above
from attrec_core.explain.experiments import experiments
from attrec_core.explain.explanation import explanation
from attrec_core.explain.influence import influence
from attrec_core.explain.influence import leave_one_out as each_left_out
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.rank_curves import rank_curves
from attrec_core.explain.ranking import squared_distances
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.explain.vectors import fold_in
from attrec_core.models.attrec import AttRec
from attrec_core.runs.run import Run

EACH, ITEM, USERS = 12, 4_321, 10_000
MANY = 1_000_000

QUESTIONS: dict[str, Callable[[Moment], object]] = {
    "recommend": lambda moment: moment.ranking.nearest(10),
    "exact sum": lambda moment: exact_sum(moment, ITEM),
    "why above": lambda moment: why_above(moment, ITEM, ITEM + 1),
    "leave-one-out": lambda moment: each_left_out(moment, ITEM),
    "influence": lambda moment: influence(moment, ITEM),
    "explanation": lambda moment: explanation(moment, ITEM),
    "compare": lambda moment: compare(moment, moment.with_window(moment.window[::-1]), 10),
    "rank curves": lambda moment: rank_curves(moment, 10),
    "smallest edit": lambda moment: smallest_edit(moment, ITEM, 10),
    "experiments": experiments,
    "fold-in": lambda moment: fold_in(moment.run, moment.window),
}


def random_run(items: int, dim: int) -> Run:
    """Returns a run on made-up data: each history holds 12 items in a random order."""
    random, config = np.random.default_rng(0), ModelConfig(dim=dim, window=8)
    data = histories(np.concatenate([random.permutation(items)[:USERS] for _ in range(EACH)]), items, EACH)
    shapes = {"item_short": items, "item_long": items, "user_long": USERS, "projection": dim}
    arrays = {name: random.normal(0, 0.1, (count, dim)).astype(np.float32) for name, count in shapes.items()}
    return Run(Path(), config, TrainConfig(), arrays, data, {}, {}, None, {}, "")


def seconds(answer: Callable[[], object]) -> float:
    began = time.perf_counter()
    answer()
    return time.perf_counter() - began


def report(about: str, reference: str, took: dict[str, list[float]]) -> None:
    """Prints and adds the medians. took: the seconds of each round by name, the reference first."""
    reference_times = next(iter(took.values()))
    print(f"{about}\n{'':>20}{'ours, ms':>12}{reference + ', ms':>42}{'ratio':>8}")
    for name, times in list(took.items())[1:]:
        median, reference_median = statistics.median(times) * 1e3, statistics.median(reference_times) * 1e3
        add(f"{about}: {name}", "ms", median, reference_median, reference, reference_median)
        ratio = statistics.median(a / b for a, b in zip(times, reference_times, strict=True))
        print(f"{name:>20}{median:12.1f}{reference_median:42.1f}{ratio:8.2f}")


def ask_all(run: Run, rounds: int, reference: Callable[[], object]) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {name: [] for name in ("reference", *QUESTIONS)}
    for user in range(rounds + 1):
        moment = moment_of(run, user, step=EACH - 1)
        took["reference"].append(seconds(reference))
        for name, ask in QUESTIONS.items():
            fresh = replace(moment)
            took[name].append(seconds(lambda: ask(fresh)))  # noqa: B023
    # The first round does not count: it computes, once, what depends on the run alone.
    return {name: times[1:] for name, times in took.items()}


def few(rounds: int) -> None:
    run = random_run(10_000, 100)
    tables = run.arrays["item_short"].copy(), run.arrays["item_long"].copy()
    took = ask_all(run, rounds, lambda: [squared_distances(table, table[0]) for table in tables])
    report("10,000 items", "two passes of squared distances", took)


def many(rounds: int) -> None:
    run = random_run(MANY, 64)
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak (Linux)
    before, size = memory("VmRSS"), run.table.nbytes
    report(f"{MANY:,} items", "reading the table", ask_all(run, rounds, run.table.sum))
    extra = (memory("VmHWM") - before) / size
    print(f"memory beside the run: at most {extra:.2f} times its table of {size / 1e6:.0f} MB")


def memory(name: str) -> int:
    """Returns the bytes of memory now (VmRSS) or at the peak so far (VmHWM); Linux."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name))) * 1024


def all_users(rounds: int) -> None:
    torch.set_num_threads(1)
    folder = Path(os.environ.get("ATTREC_DATA", ROOT.parent / "shared" / "data")) / "ml-100k"
    data = read(folder) if folder.is_dir() else random_run(USERS, 100).interactions
    split, config = leave_one_out(data), ModelConfig(dim=100, window=5, long_weight=0.2)
    model = AttRec(config, data.n_users, data.n_items, init_sd=0.1).eval()
    query, table = torch.rand(len(split.evaluated), 200), torch.rand(200, data.n_items)
    took: dict[str, list[float]] = {"product": [], "evaluate": []}
    for _ in range(rounds + 1):
        took["product"].append(seconds(lambda: query @ table))
        took["evaluate"].append(seconds(lambda: evaluate(model.ranker(), split, config.window, "test")))
    report(
        f"{len(split.evaluated):,} users × {data.n_items:,} items of {data.source}",
        "the matrix product in it",
        {name: times[1:] for name, times in took.items()},
    )


if __name__ == "__main__":
    chosen = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    few(chosen)
    all_users(chosen)
    many(min(chosen, 7))
