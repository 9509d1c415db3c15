"""A softmax over a sample, compiled, against the softmax over all items in torch, and beside the compiled hinge.

Run: python benchmarks/softmax.py [--items N] [--taste vector|items|both] [--rounds N]. The settings of the race (d =
64, L = 8, Adam, dropped vectors) and one thread, on random histories of 6,000 users; the popularity of the items falls
as 1 / rank. All are measured in turn, some steps each, in processor seconds; ratios are medians. The floor is what a
sampled window must do at least: its operations at the speed of a large matrix product, or its bytes at the speed of a
copy, whichever takes longer.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from _histories import histories
from _table import add

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.config import with_settings
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.runs.candidates import softmax_start
from attrec_core.training.engine import one_torch
from attrec_core.training.negatives import SharedNegatives
from attrec_core.training.trainer import Trainer

USERS, EACH, STEPS = 6_000, 30, 8
KINDS = {
    "torch, softmax": ("softmax", "torch"), "torch, sampled": ("sampled", "torch"),
    "compiled, softmax": ("softmax", "compiled"), "compiled, sampled": ("sampled", "compiled"),
    "compiled, hinge": ("hinge", "compiled"),
}  # fmt: skip


def made(items: int) -> Interactions:
    popularity = 1 / np.arange(1, items + 1)
    drawn = np.random.default_rng(0).choice(items, USERS * EACH, p=popularity / popularity.sum())
    return histories(drawn, items, EACH)


def work(trainer: Trainer) -> tuple[float, float]:
    """Returns what a window needs at least, forward and backward: the operations of its products (with the shared
    items, in the attention and in a taste from items), and the bytes of the rows that it reads, and whose gradients it
    reads and writes; the rows of the shared items once for a block."""
    model, train = trainer.model_config, trainer.config
    shared, blocks = train.negatives + train.targets, 1
    if train.is_softmax:
        shared, blocks = len(trainer.others(1)[0].items), SharedNegatives.BLOCK
    length, dim, remembered = model.window, model.dim, 0.0
    if trainer.places is not None:
        remembered = float(np.minimum(trainer.places, model.history).mean())
    products = shared * 2 * dim + length * length * dim + 2 * length * dim + remembered * dim
    return 3 * 2 * products, 3 * 4 * dim * (2 * length + remembered + 3 + 2 * shared / blocks)


def speeds() -> tuple[float, float]:
    """Returns the operations of a large matrix product, and the bytes of a copy that no cache holds, per processor
    second."""
    a, block = torch.rand(768, 768), np.ones(16_000_000, np.float32)
    copy, took = np.ones_like(block), []
    for call in (lambda: [a @ a for _ in range(8)], lambda: np.copyto(copy, block)):
        began = time.process_time()
        call()
        took.append(time.process_time() - began)
    return 8 * 2 * 768**3 / took[0], 2 * block.nbytes / took[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=3_400)
    parser.add_argument("--taste", choices=("vector", "items", "both"), default="vector")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    split, trainers = leave_one_out(made(options.items)), {}
    for name, (loss, engine) in KINDS.items():
        settings = {"loss": loss, "engine": engine, "device": "cpu", "taste": options.taste}
        configs = with_settings(*softmax_start(), settings)
        trainers[name] = Trainer(split, *configs, engine)  # type: ignore[arg-type]
    took: dict[str, list[float]] = {name: [] for name in (*KINDS, "floor")}
    ours = trainers["compiled, sampled"]
    size = ours.config.batch_size
    with one_torch(ours.config, "torch"):
        for _ in range(options.rounds + 1):
            for name, trainer in trainers.items():
                rows = trainer.random.permutation(len(trainer.users))[: STEPS * size].reshape(STEPS, size)
                began = time.process_time()
                for batch in rows:
                    trainer.step(batch)
                took[name].append((time.process_time() - began) / rows.size)
            took["floor"].append(max(np.divide(work(ours), speeds())))
    medians = {name: statistics.median(values[1:]) for name, values in took.items()}
    for name, trainer in trainers.items():
        pairs = zip(took["torch, softmax"][1:], took[name][1:], strict=True)
        ratios = [reference / own for reference, own in pairs]
        needed, read = work(trainer)
        spread = f"{statistics.median(ratios):5.2f} × torch, softmax ({min(ratios):.2f} to {max(ratios):.2f})"
        least = f"at least {needed / 1e3:,.0f} thousand operations, {read / 1e3:,.0f} kB a window"
        print(f"  {name:18} {1 / medians[name]:9,.0f} windows a second   {spread}   {least}")
    floor, ours_took = medians["floor"], medians["compiled, sampled"]
    print(f"  floor of compiled, sampled: {1e6 * floor:.1f} µs a window; it takes {ours_took / floor:.2f} × that")
    label = f"a sampled softmax, {options.items:,} items, taste {options.taste}"
    micro = 1e6 * ours_took, 1e6 * medians["torch, softmax"]
    add(label, "µs a window", *micro, "torch, over all items; floor: its products or bytes", 1e6 * floor)


if __name__ == "__main__":
    main()
