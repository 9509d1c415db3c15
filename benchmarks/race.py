"""A race for good settings and the training after it: the time that it promises, and the time that it takes.

Run: python benchmarks/race.py [DATA] [--minutes N] [--users M] [--items N] [--each N]. Without DATA, the histories are
made: 6,000 users with 167 interactions each, among 3,500 items in 60 groups. A user has favourite groups; half of the
next items are of the group of the latest item; in a group, the popularity falls as 1 / rank. “Jump” is the largest
ratio of two times left of the race, one second apart, after its first tenth. Memory is that of all processes at one
time (Linux only). Leave the machine idle meanwhile.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
from _histories import histories

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.data import read
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.runs.time_left import RaceProgress, in_words
from attrec_core.training.fit import Callbacks, training_at
from attrec_core.training.study.auto import estimate_race, settings_found
from attrec_core.training.train_run import train_run

GROUPS, FAVOURITES, SAME = 60, 6, 0.5


def made(users: int, items: int, each: int) -> Interactions:
    random = np.random.default_rng(0)
    group_of = np.arange(items) % GROUPS
    size = items // GROUPS
    shares = 1 / np.arange(1, size + 1)
    favourites = random.integers(0, GROUPS, (users, FAVOURITES))
    rows = np.empty((users, each), np.int64)
    group = favourites[:, 0]
    for step in range(each):
        favourite = favourites[np.arange(users), random.integers(0, FAVOURITES, users)]
        group = np.where(random.random(users) < SAME, group, favourite)
        rows[:, step] = group + GROUPS * random.choice(size, users, p=shares / shares.sum())
    assert (group_of[rows[:, -1]] == group).all()
    return histories(rows.ravel(), items, each)


class Memory(threading.Thread):
    """Looks once a second at the memory of this process and of those that it has started."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0

    def run(self) -> None:
        while True:
            with suppress(OSError):
                self.peak = max(self.peak, sum(map(resident, family(os.getpid()))))
            time.sleep(1)


def family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(one for child in children for one in family(int(child)))]


def resident(process: int) -> int:
    """Returns the bytes of memory that a process has by itself."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    return 0


def jump(looks: list[tuple[float, float]]) -> float:
    """looks: seconds since the race began, and left of it → the largest ratio of two neighbours."""
    if not looks:
        return 1.0
    end = looks[-1][0]
    later = [(at, left) for at, left in looks if at > end / 10 and left > end / 50]
    return max((max(b / a, a / b) for (_, a), (_, b) in pairwise(later)), default=1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--minutes", type=float)
    for name, value in {"users": 6000, "items": 3500, "each": 167}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    data = read(options.data) if options.data else made(options.users, options.items, options.each)
    memory = Memory()
    memory.start()
    estimated = estimate_race(leave_one_out(data), {}, options.minutes, with_maps=True)
    print(f"{data.n_users:,} users, {data.n_items:,} items, {data.n_interactions:,} interactions")
    print(f"before: {estimated.sentence}")
    looks: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        out, began = Path(folder) / "run", time.monotonic()

        def look(progress: RaceProgress) -> None:
            if progress.taken and (not looks or time.monotonic() - began > looks[-1][0] + 1):
                looks.append((time.monotonic() - began, progress.left))

        found = settings_found(
            data, out, {}, goes_on=False, with_maps=True, minutes=options.minutes, on_progress=look,
            on_stage=lambda _, sentence: print(f"{time.monotonic() - began:6.0f} s: {sentence}", flush=True),
        )  # fmt: skip
        raced = time.monotonic() - began
        print(f"{raced:6.0f} s: {found.sentence}", flush=True)
        with training_at(out, data, found.configs, resume=False, overwrite=False) as store:
            if found.state is not None:
                store.adopt(found.state)
            run = train_run(data, *found.configs, Callbacks(store=store))
        whole = time.monotonic() - began
    for trial in found.trials:
        figures = " ".join(f"{trial.validation[name]:.4f}" for name in ("mrr", "hr@50"))
        print(f"{trial.seconds:6.0f} s, {trial.epochs:3} epochs, {trial.part:.2f} of the users: {figures}")
    print(f"race {in_words(raced)}, promised {in_words(estimated.race)}: {raced / estimated.race:.2f} ×")
    promised = 60 * options.minutes if options.minutes else estimated.race + estimated.training_most
    print(f"all {in_words(whole)}, promised at most {in_words(promised)}: {whole / promised:.2f} ×")
    for at, left in looks[:: max(1, len(looks) // 30)]:
        print(f"{at:6.0f} s: {left:.0f} s left")
    print(f"jump {jump(looks):.2f}, memory {memory.peak / 1e9:.1f} GB")
    print("test", {name: round(run.metrics[name], 4) for name in ("mrr", "hr@50", "hr@10")})


if __name__ == "__main__":
    main()
