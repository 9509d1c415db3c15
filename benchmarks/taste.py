"""An epoch with a taste from items against one with the users' own vectors, by both losses; and the floor of memory.

Run: python benchmarks/taste.py [DATA] [--rounds N]. Torch on one thread, d = 64; DATA defaults to the bundled sample.
The floor is what the remembered vectors alone cost: each window reads up to 100 of them and writes their gradients,
at the speed at which this machine copies memory. All are measured in turn; ratios are medians.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from _table import add

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core import data
from attrec_core.config import PRESETS, with_settings
from attrec_core.data.windows import leave_one_out
from attrec_core.runs.candidates import softmax_start
from attrec_core.training.engine import one_torch
from attrec_core.training.trainer import Trainer

TASTES = ("vector", "items", "both")


def copy_speed() -> float:
    """Returns bytes read and written per second by a copy that no cache holds: the best of five."""
    block, copy = np.ones(32_000_000, np.float32), np.ones(32_000_000, np.float32)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        np.copyto(copy, block)
        took.append(time.perf_counter() - began)
    return 2 * block.nbytes / min(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=ROOT / "sample_data")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    split = leave_one_out(data.read(options.data))
    settings = {"dim": "64", "window": "5", "engine": "torch", "device": "cpu"}
    for loss, start in {"softmax": softmax_start(), "hinge": PRESETS["movielens"]}.items():
        trainers = {}
        for taste in TASTES:
            model, train = with_settings(*start, settings | {"taste": taste})
            trainers[taste] = Trainer(split, model, train)
        took: dict[str, list[float]] = {taste: [] for taste in TASTES}
        with one_torch(train, "torch"):
            for _ in range(options.rounds + 1):
                for taste, trainer in trainers.items():
                    began = time.perf_counter()
                    trainer.epoch()
                    took[taste].append(time.perf_counter() - began)
        medians = {taste: statistics.median(seconds[1:]) for taste, seconds in took.items()}
        places = trainers["items"].places
        assert places is not None
        read = np.minimum(places, model.history).sum() * model.dim * 4 * 3  # read, then read and written
        floor = read / copy_speed()
        for taste in TASTES[1:]:
            ratio = medians[taste] / medians["vector"]
            beyond = medians[taste] - medians["vector"]
            print(
                f"{loss}, taste {taste}: {medians[taste]:.2f} s an epoch, {ratio:.2f} × {medians['vector']:.2f} s with "
                f"the users' vectors; {beyond:.2f} s more, where the floor is {floor:.2f} s"
            )
            add(f"an epoch, {loss}, taste {taste}", "s", medians[taste], medians["vector"], "own vectors", None)


if __name__ == "__main__":
    main()
