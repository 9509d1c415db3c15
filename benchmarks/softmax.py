"""A softmax over a sample, compiled, against the softmax over all items in torch, and beside the compiled hinge.

Run: python benchmarks/softmax.py [--items N] [--taste vector|items|both] [--rounds N]. The settings of the race (d = 64,
L = 8, Adam, dropped vectors) and one thread, on random histories of 6,000 users over items whose popularity falls as
1 / rank. The floor is the same number of operations in large matrix products; the words beside it say how many, and how
many bytes a window reads and writes. All are measured in turn, some steps each, in
processor seconds; ratios are medians.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from _table import add
from epoch import product_seconds

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.config import with_settings
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.training.engine import one_torch
from attrec_core.training.study.race import softmax_start
from attrec_core.training.trainer import Trainer

USERS, EACH, STEPS = 6_000, 30, 8
KINDS = {
    "torch, softmax": ("softmax", "torch"), "torch, sampled": ("sampled", "torch"),
    "compiled, softmax": ("softmax", "compiled"), "compiled, sampled": ("sampled", "compiled"),
    "compiled, hinge": ("hinge", "compiled"),
}  # fmt: skip


def made(items: int) -> Interactions:
    random, names = np.random.default_rng(0), tuple(map(str, range(items)))
    popularity = 1 / np.arange(1, items + 1)
    rows = np.arange(USERS * EACH)
    return Interactions(
        user_ids=tuple(map(str, range(USERS))),
        item_ids=names,
        items=random.choice(items, len(rows), p=popularity / popularity.sum()).astype(np.int32),
        times=rows % EACH,
        starts=np.arange(0, len(rows) + 1, EACH),
        titles=names,
        genres=((),) * items,
        years=("",) * items,
        source="random",
        tie_rule="file-last",
        duplicates="keep",
    )


def operations(trainer: Trainer) -> tuple[float, float]:
    """Returns the operations of a window, forward and backward, in products: with the items that a batch shares, and in
    the rest (attention and, if any, a taste from items)."""
    model = trainer.model_config
    shared = len(trainer.others(1)[0].items) if trainer.config.is_softmax else trainer.config.negatives
    length, dim, remembered = model.window, model.dim, 0.0
    if trainer.places is not None:
        remembered = float(np.minimum(trainer.places, model.history).mean())
    return 3 * 2 * shared * 2 * dim, 3 * 2 * (length * length * dim + 2 * length * dim) + 2 * 2 * remembered * dim


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
            took["floor"].append(product_seconds(sum(operations(ours)) * STEPS * size) / (STEPS * size))
    medians = {name: statistics.median(values[1:]) for name, values in took.items()}
    for name in KINDS:
        pairs = zip(took["torch, softmax"][1:], took[name][1:], strict=True)
        ratios = [reference / own for reference, own in pairs]
        shared, rest = operations(trainers[name])
        print(
            f"  {name:18} {1 / medians[name]:9,.0f} windows a second   {statistics.median(ratios):5.2f} × torch, softmax "
            f"({min(ratios):.2f} to {max(ratios):.2f})   {shared / 1e3:,.0f} + {rest / 1e3:,.0f} thousand operations a window"
        )
    floor = medians["floor"]
    print(
        f"  floor of compiled, sampled: {1e6 * floor:.1f} µs; it takes {medians['compiled, sampled'] / floor:.2f} × that"
    )
    label = f"a sampled softmax, {options.items:,} items, taste {options.taste}"
    micro = [1e6 * medians[name] for name in ("compiled, sampled", "torch, softmax")]
    add(label, "µs a window", *micro, "torch, over all items; floor: its products", 1e6 * floor)


if __name__ == "__main__":
    main()
