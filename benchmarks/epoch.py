"""One training epoch against its floor: the same floating-point operations as one dense matrix product each.

Run: python benchmarks/epoch.py [ROUNDS]. Data: the bundled sample with the settings for MovieLens (d = 100, L = 5,
T = 3), one thread. Prints the median of the ratio epoch / reference, both measured in turn, and windows a second.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core import data
from attrec_core.config import PRESETS
from attrec_core.data.windows import leave_one_out
from attrec_core.training.trainer import Trainer


def flops(trainer: Trainer) -> float:
    """Of the products alone, forward and twice that backward: projection, scores, m, distances."""
    model, train, count = trainer.model_config, trainer.config, len(trainer.users)
    length, d, candidates = model.window, model.dim, train.targets + train.negatives
    forward = length * d * d + length * length * d + length * d + candidates * 2 * d
    return 3 * 2.0 * forward * count


def product_seconds(operations: float) -> float:
    """As many operations as one large matrix product, repeated: what this machine can do at best."""
    size = 768
    a = torch.rand(size, size)
    repeats = max(1, round(operations / (2 * size**3)))
    began = time.perf_counter()
    for _ in range(repeats):
        a @ a
    return (time.perf_counter() - began) * operations / (repeats * 2 * size**3)


def main(rounds: int) -> None:
    torch.set_num_threads(1)
    trainer = Trainer(leave_one_out(data.read(ROOT / "sample_data")), *PRESETS["movielens"])
    trainer.epoch()
    ratios, epochs = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        trainer.epoch()
        epochs.append(time.perf_counter() - began)
        ratios.append(epochs[-1] / product_seconds(flops(trainer)))
    middle = statistics.median(epochs)
    print(
        f"epoch of {len(trainer.users):,} windows: median {middle:.2f} s, {len(trainer.users) / middle:,.0f} windows a "
        f"second, {flops(trainer) / middle / 1e9:.1f} Gflop/s; {statistics.median(ratios):.1f} times the floor of "
        f"dense products ({min(ratios):.1f} to {max(ratios):.1f})"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
