"""Fitting AttRec: sampled negatives, a hinge on distances, Adagrad, early stopping on the validation items."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.data.splits import Split, leave_one_out, training_windows
from attrec_core.errors import InputError
from attrec_core.evaluate import distances_of, evaluate
from attrec_core.model import AttRec
from attrec_core.results import Epoch, History

OnEpoch = Callable[[Epoch], None]


def fit(
    interactions: Interactions,
    model_config: ModelConfig,
    train_config: TrainConfig,
    on_epoch: OnEpoch = lambda epoch: None,
) -> tuple[AttRec, History]:
    """The trained model in evaluation mode, and its history.

    Searches for the best number of epochs on the validation items, then, with `refit`, fits again from the start for
    that many with the validation items in the training data. Ctrl-C ends the search early and returns the best so far.
    Repeatable bit for bit for a seed on one thread. Raises InputError when the data is too small or training diverges.
    """
    split = leave_one_out(interactions)
    with one_torch(train_config):
        model, epochs, best, ended = search(split, model_config, train_config, on_epoch)
        if train_config.refit and ended != "interrupted":
            try:
                model = refit(split.with_validation(), model_config, train_config, best, epochs, on_epoch)
            except KeyboardInterrupt:
                ended = "interrupted"
    return model.eval(), History(tuple(epochs), best, ended)


@contextmanager
def one_torch(config: TrainConfig) -> Iterator[None]:
    """Threads and random state as the config says, and as they were afterwards."""
    threads = torch.get_num_threads()
    torch.set_num_threads(config.threads)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)


@dataclass(eq=False)
class Trainer:
    """A model on its way: the windows of a split, their negatives, and one optimiser."""

    split: Split
    model_config: ModelConfig
    config: TrainConfig
    model: AttRec = field(init=False)

    def __post_init__(self) -> None:
        interactions, config = self.split.interactions, self.config
        torch.manual_seed(config.seed)
        self.random = np.random.default_rng(config.seed)
        self.model = AttRec(self.model_config, interactions.n_users, interactions.n_items, config.init_sd)
        self.negatives = Negatives(self.split)
        users, windows, targets = training_windows(self.split, self.model_config.window, config.targets)
        usable = self.negatives.free[users] > 0
        if not usable.any():
            raise InputError("There is nothing to train on: no user has a next item and an item they have not had.")
        self.users, self.windows, self.targets = users[usable], windows[usable], targets[usable]
        decay = config.l2 if config.regularisation == "l2" else 0.0
        self.optimiser = torch.optim.Adagrad(
            [
                {"params": list(self.model.tables), "weight_decay": decay},
                {"params": list(self.model.projections), "weight_decay": config.l2_projection},
            ],
            lr=config.learning_rate,
            initial_accumulator_value=config.accumulator,
        )

    def epoch(self) -> float:
        """One pass over all windows in a new order; the hinge's mean over the windows."""
        self.model.train()
        order = self.random.permutation(len(self.users))
        total = 0.0
        for start in range(0, len(order), self.config.batch_size):
            total += self.step(order[start : start + self.config.batch_size])
        if not np.isfinite(total):
            raise InputError(
                f"Training diverged: the loss is {total}. "
                f"Try a smaller learning_rate ({self.config.learning_rate}), init_sd ({self.config.init_sd}) or margin "
                f"({self.config.margin})."
            )
        return total / len(order)

    def step(self, rows: np.ndarray) -> float:
        """One batch: hinge of eq. 8, Adagrad, norm clipping. The sum of the hinge over the batch."""
        users, targets = self.users[rows], self.targets[rows]
        negatives = self.negatives.sample(users, self.config.negatives, self.random)
        candidates = torch.from_numpy(np.concatenate([np.maximum(targets, 0), negatives], 1))
        user_index, windows = torch.from_numpy(users), torch.from_numpy(self.windows[rows])
        distances = self.model(user_index, windows, candidates)
        loss = hinge(distances, torch.from_numpy(targets >= 0), self.config)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        if self.config.regularisation == "clip":
            self.clip(user_index, torch.cat([windows.clamp(min=0), candidates], 1))
        return float(loss.detach())

    @torch.no_grad()
    def clip(self, users: Tensor, items: Tensor) -> None:
        """Every touched row of X, V and U back into the unit ball. Eq. 9."""
        touched = torch.unique(items)
        for table, rows in ((self.model.item_short, touched), (self.model.item_long, touched)):
            table[rows] = table[rows].renorm(2, 0, 1.0)
        people = torch.unique(users)
        self.model.user_long[people] = self.model.user_long[people].renorm(2, 0, 1.0)


def hinge(distances: Tensor, real: Tensor, config: TrainConfig) -> Tensor:
    """distances (B, T + n), targets first; real (B, T) → Σ [y_i + γ − y_j]_+, over the batch. Eq. 8."""
    targets = real.shape[1]
    near, far = distances[:, :targets], distances[:, targets:]
    # Aligned, the k-th target meets the negatives k, k + T, k + 2T, …; else every target meets every negative.
    aligned = config.pairs == "aligned"
    far = far.reshape(len(far), -1, targets).transpose(1, 2) if aligned else far[:, None, :]
    return ((near[:, :, None] + config.margin - far).relu() * real[:, :, None]).sum()


class Negatives:
    """Uniform over the items that a user has not had in training; the held-out items are never excluded."""

    def __init__(self, split: Split) -> None:
        interactions, mask = split.interactions, split.train_mask()
        n_items = interactions.n_items
        keys = np.unique(interactions.users[mask].astype(np.int64) * n_items + interactions.items[mask])
        owners = keys // n_items
        counts = np.bincount(owners, minlength=interactions.n_users)
        self.free = n_items - counts  # (M,) how many items are left to draw from
        self.n_items = n_items
        self.starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        # A user's sorted items h_0 < h_1 < …; h_k − k is how many unseen items lie below h_k.
        self.below = keys - (np.arange(len(keys)) - self.starts[owners])

    def sample(self, users: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
        """users (B,) → (B, count) item indices.

        Exact, without rejection: the r-th unseen item is r + #{k: h_k − k ≤ r}.
        """
        r = random.integers(0, self.free[users][:, None], (len(users), count))
        skipped = np.searchsorted(self.below, users[:, None] * self.n_items + r, side="right")
        return r + skipped - self.starts[users][:, None]


def search(
    split: Split, model_config: ModelConfig, config: TrainConfig, on_epoch: OnEpoch
) -> tuple[AttRec, list[Epoch], int, str]:
    """The model at its best validation figure, the epochs, which was best (from 1), and how it ended."""
    trainer = Trainer(split, model_config, config)
    epochs: list[Epoch] = []
    best, best_figure, best_weights, ended = 0, -1.0, None, "epochs"
    try:
        for number in range(1, config.epochs + 1):
            began = time.perf_counter()
            loss = trainer.epoch()
            found = evaluate(distances_of(trainer.model), split, model_config.window, "validation").metrics
            epochs.append(Epoch(number, "search", config.epochs, loss, time.perf_counter() - began, found.as_dict()))
            if found[config.select_by] > best_figure:
                # The copy first: Ctrl-C between the two must not leave older weights under a newer number.
                best_weights = copy.deepcopy(trainer.model.state_dict())
                best, best_figure = number, found[config.select_by]
            on_epoch(epochs[-1])
            if config.patience and number - best >= config.patience:
                ended = "patience"
                break
    except KeyboardInterrupt:
        if best_weights is None:
            raise
        ended = "interrupted"
    trainer.model.load_state_dict(best_weights)
    return trainer.model, epochs, best, ended


def refit(
    split: Split,
    model_config: ModelConfig,
    config: TrainConfig,
    count: int,
    epochs: list[Epoch],
    on_epoch: OnEpoch,
) -> AttRec:
    """A new model fitted for `count` epochs on `split`; its epochs are appended to `epochs`."""
    trainer = Trainer(split, model_config, config)
    for number in range(1, count + 1):
        began = time.perf_counter()
        loss = trainer.epoch()
        epochs.append(Epoch(number, "refit", count, loss, time.perf_counter() - began, None))
        on_epoch(epochs[-1])
    return trainer.model
