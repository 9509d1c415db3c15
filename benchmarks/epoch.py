"""Training steps: the compiled loop and the torch engine against a plain PyTorch loop and the floor; and the cost of a
step as the catalogue grows.

Run: python benchmarks/epoch.py [DATA] [--rounds N]. Uses the settings for MovieLens (d = 100, L = 5, T = 3, all pairs,
ℓ2) and one thread; DATA defaults to the bundled sample. The plain loop is the obvious first version: nn.Embedding,
autograd, a dense Adagrad. The floor is the same number of floating-point operations in one large matrix product. All
are measured in turn; ratios are medians.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from _table import add
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core import data
from attrec_core.config import PRESETS, ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.explain.forward import time_signal
from attrec_core.models.attrec import AttRec
from attrec_core.training.compiled import CompiledStep
from attrec_core.training.negatives import Negatives
from attrec_core.training.trainer import Trainer

CATALOGUES = ((1_700, 1_000), (100_000, 20_000), (1_000_000, 200_000))  # items, users
BATCH = 1000


class Plain(nn.Module):
    """AttRec in the obvious first version: mask after the softmax, mean, one W."""

    def __init__(self, users: int, items: int, model: ModelConfig) -> None:
        super().__init__()
        self.short, self.long = nn.Embedding(items + 1, model.dim), nn.Embedding(items + 1, model.dim)
        self.taste, self.projection = nn.Embedding(users, model.dim), nn.Linear(model.dim, model.dim, bias=False)
        for table in (self.short, self.long, self.taste):
            nn.init.normal_(table.weight, std=0.001)
        self.signal = torch.from_numpy(time_signal(np.arange(model.window), model.dim))
        self.omega, self.padding = model.long_weight, items
        self.away = 1 - torch.eye(model.window)

    def forward(self, users: torch.Tensor, windows: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
        real = windows >= 0
        values = self.short(windows.where(real, self.padding)) * real[..., None]
        query = torch.relu(self.projection(values + self.signal))
        scores = query @ query.transpose(1, 2) / math.sqrt(query.shape[-1])
        weights = scores.masked_fill(~real[:, None, :], -1e9).softmax(-1) * self.away * real[:, :, None]
        intent = (weights @ values).sum(1) / real.sum(1, keepdim=True)
        far = (self.taste(users)[:, None] - self.long(candidates)).square().sum(-1)
        near = (intent[:, None] - self.short(candidates)).square().sum(-1)
        return self.omega * far + (1 - self.omega) * near


def plain_epoch(trainer: Trainer) -> Callable[[], object]:
    config, model = trainer.config, trainer.model_config
    plain = Plain(len(trainer.model.user_long), len(trainer.model.item_short), model)
    optimiser = torch.optim.Adagrad(plain.parameters(), config.learning_rate, weight_decay=config.l2)

    def epoch() -> None:
        order = trainer.random.permutation(len(trainer.users))
        for start in range(0, len(order), config.batch_size):
            rows = order[start : start + config.batch_size]
            users, targets = trainer.users[rows], torch.from_numpy(trainer.targets[rows])
            draws = trainer.negatives.draw(users, config.negatives, trainer.random)
            negatives = torch.from_numpy(trainer.negatives.items(users, draws))
            candidates = torch.cat([targets.clamp(min=0), negatives], 1)
            distances = plain(torch.from_numpy(users), torch.from_numpy(trainer.windows[rows]), candidates)
            near, away = distances[:, : config.targets, None], distances[:, None, config.targets :]
            loss = ((near + config.margin - away).relu() * (targets >= 0)[..., None]).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

    return epoch


def flops(trainer: Trainer) -> float:
    """Returns the operations in products alone (projection, scores, m, distances): forward, and twice that backward."""
    model, train, count = trainer.model_config, trainer.config, len(trainer.users)
    length, d, candidates = model.window, model.dim, train.targets + train.negatives
    forward = length * d * d + length * length * d + length * d + candidates * 2 * d
    return 3 * 2.0 * forward * count


def product_seconds(operations: float) -> float:
    """Returns the time for this many operations in a large, repeated matrix product: the best of this machine."""
    size = 768
    a = torch.rand(size, size)
    repeats = max(1, round(operations / (2 * size**3)))
    began = time.perf_counter()
    for _ in range(repeats):
        a @ a
    return (time.perf_counter() - began) * operations / (repeats * 2 * size**3)


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def engines(folder: Path, rounds: int) -> None:
    split = leave_one_out(data.read(folder))
    by_torch, compiled = (Trainer(split, *PRESETS["movielens"], engine) for engine in ("torch", "compiled"))
    count = len(by_torch.users)
    loops = {"plain PyTorch": plain_epoch(by_torch), "torch": by_torch.epoch, "compiled": compiled.epoch}
    loops["floor"] = lambda: product_seconds(flops(by_torch))
    for loop in loops.values():
        loop()
    times_by_loop: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(rounds):
        for name, loop in loops.items():
            times_by_loop[name].append(product_seconds(flops(by_torch)) if name == "floor" else seconds(loop))
    print(f"an epoch of {count:,} windows, median of {rounds}:")
    for name, times in times_by_loop.items():
        median = statistics.median(times)
        if name in ("torch", "compiled"):
            plain, floor = (statistics.median(times_by_loop[loop]) for loop in ("plain PyTorch", "floor"))
            add(f"an epoch, {name}", "s", median, plain, "a plain PyTorch loop; floor: its products", floor)
        ratios = [plain / own for plain, own in zip(times_by_loop["plain PyTorch"], times, strict=True)]
        print(f"  {name:14} {median:6.3f} s   {count / median:9,.0f} windows a second   "
              f"{statistics.median(ratios):5.2f} × plain ({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


class NothingSeen(Negatives):
    """Negatives for users who have seen nothing yet."""

    def __init__(self, users: int, items: int) -> None:
        self.n_items, self.free = items, np.full(users, items)
        self.below, self.starts, self.ends = np.empty(0, np.int64), np.zeros(users, np.int64), np.zeros(users, np.int64)


def catalogues(rounds: int, regularisation: str) -> None:
    """Measures a step of 1,000 windows over random items."""
    steps, random = {}, np.random.default_rng(0)
    for items, users in CATALOGUES:
        model, config = PRESETS["movielens"][0], replace(TrainConfig(), regularisation=regularisation)
        net = AttRec(model, users, items)
        optimiser = torch.optim.Adagrad(net.parameters(), config.learning_rate, initial_accumulator_value=0.05)
        step, draw = CompiledStep(net, optimiser, NothingSeen(users, items), config), random.integers
        times = []
        for _ in range(rounds + 2):
            batch_users, windows = draw(users, size=BATCH), draw(items, size=(BATCH, 5))
            inputs = batch_users, windows, draw(items, size=(BATCH, 3)), draw(items, size=(BATCH, 3))
            times.append(seconds(lambda s=step, i=inputs: s.step(*i)))
        steps[items] = statistics.median(times[2:])
    smallest = steps[CATALOGUES[0][0]]
    for (fewer, _), (more, _) in itertools.pairwise(CATALOGUES):
        label = f"a step, {more:,} items, {regularisation}"
        add(label, "ms", 1000 * steps[more], 1000 * steps[fewer], f"the same step with {fewer:,} items")
    steps_text = [
        f"{items:,} items {step_time * 1000:.2f} ms ({step_time / smallest:.2f} ×)"
        for items, step_time in steps.items()
    ]
    print(f"a step of {BATCH:,} windows, {regularisation}: {', '.join(steps_text)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=ROOT / "sample_data")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    engines(options.data, options.rounds)
    for regularisation in ("clip", "l2"):
        catalogues(10 * options.rounds, regularisation)


if __name__ == "__main__":
    main()
