"""One training run's model and step: windows, negatives, a loss on distances, an optimiser; and its snapshot.

The losses are the paper's hinge, and three that are not the paper's. Each is a sum over the batch. y are distances,
lower is better. B windows, T targets, n negatives.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import (
    PADDING,
    Split,
    last_windows,
    training_chunks,
    training_places,
    training_windows,
)
from attrec_core.errors import InputError
from attrec_core.models.attrec import AttRec
from attrec_core.models.model import Model, QueryVectors, distances
from attrec_core.models.registry import model_of
from attrec_core.training.engine import Engine
from attrec_core.training.negatives import Negatives, Others, SharedNegatives
from attrec_core.training.optimiser import Optimiser


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything that the next epoch depends on. tensors: weights, the optimiser's sums, the average of the weights (if
    K > 1) and torch's random state, by name; random: numpy's random state, which draws windows and negatives."""

    tensors: Mapping[str, Tensor]
    random: Mapping[str, Any]


@dataclass(eq=False)
class Trainer:
    """A model in training, with the windows of a split, their negatives and an optimiser; and the model that is ranked
    and kept: itself, or its average over the epochs."""

    split: Split
    model_config: ModelConfig
    config: TrainConfig
    engine: Engine = "torch"
    model: Model = field(init=False)
    average: Model = field(init=False)  # after an epoch; the model itself, if the latest epoch alone counts

    def __post_init__(self) -> None:
        interactions, config = self.split.interactions, self.config
        torch.manual_seed(config.seed)
        self.random = np.random.default_rng(config.seed)
        # Initial weights are drawn on the processor, so that they are the same on every device.
        model = model_of(self.model_config, interactions.n_users, interactions.n_items, config.init_sd)
        self.model = model.to("cuda") if self.engine == "cuda" else model
        self.average = self.model if config.average == 1 else deepcopy(self.model)
        self.averaged = torch.tensor(0.0, dtype=torch.float64)  # what the epochs of the average count, together
        self.log_temperature = torch.nn.Parameter(torch.tensor(config.temperature).log().to(self.model.device))
        self.every_place = self.model.every_place
        self.negatives, self.shared = Negatives(self.split), SharedNegatives(self.split, config)
        if self.every_place:
            users, windows, targets = training_chunks(self.split, self.model_config.window)
        else:
            users, windows, targets = training_windows(self.split, self.model_config.window, config.targets)
        usable = self.negatives.free[users] > 0
        if not usable.any():
            raise nothing_to_train()
        self.users, self.windows, self.targets = users[usable], windows[usable], targets[usable]
        # Of a taste from items, only where each history ends is kept: histories are many times as long as windows.
        self.places = training_places(self.split)[1][usable] if self.model_config.remembers else None
        self.optimiser = self.new_optimiser()
        self.compiled = None
        if self.engine == "compiled":
            # Importing numba takes long, and compiling takes longer: import it only when it is used.
            from attrec_core.training.compiled import CompiledStep

            assert isinstance(self.model, AttRec)
            temperature = self.log_temperature if config.is_softmax else None
            self.compiled = CompiledStep(self.model, self.optimiser, self.negatives, config, temperature)

    def new_optimiser(self) -> Optimiser:
        config, model = self.config, self.model
        undecayed = [weights for name, weights in model.named_parameters() if name in model.undecayed]
        undecayed += [self.log_temperature] if config.is_softmax else []
        decay = config.l2 if config.regularisation == "l2" else 0.0
        return Optimiser([(model.tables, decay), (model.projections, config.l2_projection), (undecayed, 0.0)], config)

    def epoch(self) -> float:
        """Trains one pass over all windows in a new order. Returns the mean loss per window (per target of a model that
        learns at every position)."""
        self.model.train()
        order = self.random.permutation(len(self.users))
        total = 0.0
        for start in range(0, len(order), self.config.batch_size):
            total += self.step(order[start : start + self.config.batch_size])
        if self.compiled is not None:
            self.compiled.settle()
        if not np.isfinite(total):
            # The same settings would diverge again.
            text = (
                "Training diverged: the loss is {loss}. Try a smaller {name:learning_rate} ({learning_rate}), "
                "{name:init_sd} ({init_sd}) or {name:margin} ({margin})."
            )
            smaller = {name: getattr(self.config, name) for name in ("learning_rate", "init_sd", "margin")}
            raise InputError("diverged", text, setting="learning_rate", loss=total, **smaller)
        self.update_average()
        return total / (np.count_nonzero(self.targets != PADDING) if self.every_place else len(order))

    @torch.no_grad()
    def update_average(self) -> None:
        """Adds the weights after an epoch to the average: after n epochs, it is Σ_k r^(n − k) θ_k / Σ_k r^(n − k), with
        r = 1 − 1/K. As a mean of points in the unit ball, a clipped vector stays in it."""
        if self.average is self.model:
            return
        self.averaged.mul_(1 - 1 / self.config.average).add_(1)
        for average, weights in zip(self.average.parameters(), self.model.parameters(), strict=True):
            average.lerp_(weights, 1 / float(self.averaged))
        # What a class of a user's own keeps beside its parameters is not averaged.
        for copied, state in zip(self.average.buffers(), self.model.buffers(), strict=True):
            copied.copy_(state)

    def step(self, rows: np.ndarray) -> float:
        """Trains on one batch: loss, optimiser step, norm clipping. Returns the sum of the loss over the batch."""
        users, windows, targets = self.users[rows], self.windows[rows], self.targets[rows]
        if self.places is not None:
            windows = last_windows(self.split.interactions, users, self.places[rows], self.model_config.history)
        if self.compiled is not None:
            if self.config.is_softmax:
                return self.compiled.step(users, windows, targets, self.others(len(users)))
            return self.compiled.step(users, windows, targets, self.draw(users))
        inputs = self.tensor(users), self.tensor(windows)
        queries: QueryVectors
        if self.every_place:  # a query at each of the K real positions (T = L)
            real = targets != PADDING
            queries = self.model.query_vectors_everywhere(*inputs)[self.tensor(real)], 0.0
            users, targets = np.repeat(users, real.sum(1)), targets[real][:, None]
        else:  # B queries at the end of the windows
            queries = self.model.query_vectors(*inputs)
        loss_of = self.of_softmax if self.config.is_softmax else self.of_negatives
        loss, candidates = loss_of(queries, users, targets)
        self.optimiser.forget_gradients()
        loss.backward()
        self.optimiser.step()
        if self.config.regularisation == "clip":
            self.clip(self.tensor(users), self.tensor(windows).clamp(min=0), candidates)
        return float(loss.detach())

    def tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.model.device)

    def of_negatives(self, queries: QueryVectors, users: np.ndarray, targets: np.ndarray) -> tuple[Tensor, Tensor]:
        """users (B,), targets (B, T); for a model that learns at every position (K,) and (K, 1) → the loss of the
        targets and n drawn negatives, and the indices of these items (B, T + n)."""
        drawn = self.negatives.items(users, self.draw(users))
        candidates = self.tensor(np.concatenate([np.maximum(targets, 0), drawn], 1))
        y = distances(queries, self.model.item_vectors(), candidates)
        return of_pairs(y, self.tensor(targets != PADDING), self.config), candidates

    def of_softmax(self, queries: QueryVectors, users: np.ndarray, targets: np.ndarray) -> tuple[Tensor, Tensor]:
        """Returns the same for a softmax over −y/τ: over all items, or over the target and a sample that the batch
        shares. The indices have one axis."""
        vectors, real = self.model.item_vectors(), self.tensor(targets != PADDING)
        items, scale = self.tensor(np.maximum(targets, 0)), -torch.exp(-self.log_temperature)
        if not self.shared.needed:
            # The user's other training items are negatives, too. Without them, AttRec ranks the validation items of
            # MovieLens 100K worse: MRR .121 instead of .127, HR@50 .566 instead of .572 (best three epochs, two seeds).
            logits, every_item = distances(queries, vectors) * scale, torch.arange(len(vectors[1]))
            return of_shares(logits.gather(1, items), logits, real), every_item.to(self.model.device)
        near, blocks = distances(queries, vectors, items) * scale, self.others(len(targets))
        drawn = self.tensor(np.concatenate([shared.items for shared in blocks]))
        rows, terms = (array[drawn] for array in vectors)  # at once: going back, each look-up fills a whole table
        losses, start = [], 0
        for number, shared in enumerate(blocks):
            some = slice(number * self.shared.BLOCK, (number + 1) * self.shared.BLOCK)
            these, start = slice(start, start + len(shared.items)), start + len(shared.items)
            query = queries[0][some], queries[1][some] if isinstance(queries[1], Tensor) else queries[1]
            others = distances(query, (rows[these], terms[these])) * scale - shared.correction
            others = others[:, None].masked_fill(items[some, :, None] == drawn[these], -torch.inf)
            losses.append(of_sampled_shares(near[some], others, real[some]))
        return torch.stack(losses).sum(), torch.cat([items.flatten(), drawn])

    def draw(self, users: np.ndarray) -> np.ndarray:
        """users (B,) → the negatives of each (B, n), as indices into the user's unseen items."""
        return self.negatives.draw(users, self.config.negatives, self.random)

    def others(self, count: int) -> list[Others]:
        """Returns the items that each block of a batch of `count` windows shares, for its softmax."""
        blocks = -(-count // self.shared.BLOCK)
        return self.shared.draw(blocks, self.random) if self.shared.needed else [self.shared.all] * blocks

    @torch.no_grad()
    def clip(self, users: Tensor, windows: Tensor, candidates: Tensor) -> None:
        """users (B,), windows (B, L), candidates of any shape: item indices. Scales every row of a table that they
        touch back into the unit ball. Eq. 9."""
        model = self.model
        touched = {name: torch.cat([windows.flatten(), candidates.flatten()]) for name in model.item_tables}
        touched |= dict.fromkeys(model.only_answers, candidates) | dict.fromkeys(model.user_tables, users)
        for name, indices in touched.items():
            table, rows = getattr(model, name), torch.unique(indices)
            table[rows] = table[rows].renorm(2, 0, 1.0)

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The model's weights, the temperature (for a softmax) and the optimiser's state of each, what a class of the
        user's own keeps beside its weights, and the average, by name. These are not copies."""
        kept = self.model.state_dict().keys()
        result = {f"buffer.{name}": state for name, state in self.model.named_buffers() if name in kept}
        kind, parameters = self.config.optimiser, dict(self.model.named_parameters())
        if self.config.is_softmax:
            parameters["log_temperature"] = self.log_temperature
        for name, parameter in parameters.items():
            result[f"weights.{name}"] = parameter.detach()
            result |= {f"{kind}.{name}.{key}": value for key, value in self.optimiser.state[parameter].items()}
        if self.average is not self.model:
            result |= {f"average.{name}": weights.detach() for name, weights in self.average.named_parameters()}
            result["averaged"] = self.averaged
        return result

    def snapshot(self) -> Snapshot:
        """Returns copies on the processor, which the next epoch does not change."""
        copies = {name: tensor.to("cpu", copy=True) for name, tensor in self.tensors.items()}
        return Snapshot(copies | {"torch_random": self.random_state()}, self.random.bit_generator.state)

    def restore(self, snapshot: Snapshot) -> None:
        """Continues from a snapshot. Raises InputError, naming the tensor, when the snapshot is of another model."""
        random = self.random_state()
        for name, tensor in {**self.tensors, "torch_random": random}.items():
            stored = snapshot.tensors.get(name)
            if stored is None or stored.shape != tensor.shape or stored.dtype != tensor.dtype:
                text = "The unfinished training is damaged: {tensor} is {found}, not {expected}. "
                text += "Use {name:overwrite} to start again."
                found = "missing" if stored is None else f"{stored.dtype} {tuple(stored.shape)}"
                expected = f"{tensor.dtype} {tuple(tensor.shape)}"
                about: dict[str, Any] = {"tensor": name, "found": found, "expected": expected}
                raise InputError("damaged_training", text, setting="overwrite", **about)
            tensor.copy_(stored)
        self.random.bit_generator.state = snapshot.random
        set_state = torch.cuda.set_rng_state if self.engine == "cuda" else torch.set_rng_state
        set_state(random)

    def random_state(self) -> Tensor:
        """Returns a copy of torch's random state on the device of the model."""
        return torch.cuda.get_rng_state() if self.engine == "cuda" else torch.get_rng_state()


def nothing_to_train() -> InputError:
    text = "There is nothing to train on: no user has both a next item and an unseen item."
    return InputError("nothing_to_train", text)


def of_pairs(distances: Tensor, real: Tensor, config: TrainConfig) -> Tensor:
    """distances (B, T + n), targets first; real (B, T) bool → the configured loss.

    hinge: Σ [y_i + γ − y_j]_+ (eq. 8). bpr: −Σ log σ(y_j − y_i). bce: −Σ log σ(−y_i) − Σ log σ(y_j), for a window with
    a target.
    """
    targets = real.shape[1]
    near, far = distances[:, :targets], distances[:, targets:]
    if config.loss == "bce":
        return (softplus(near) * real).sum() + (softplus(-far) * real.any(1, keepdim=True)).sum()
    # Aligned: the k-th target meets the negatives k, k + T, k + 2T, …; otherwise every target meets every negative.
    aligned = config.pairs == "aligned"
    far = far.reshape(len(far), -1, targets).transpose(1, 2) if aligned else far[:, None, :]
    differences = near[:, :, None] - far
    losses = (differences + config.margin).relu() if config.loss == "hinge" else -logsigmoid(-differences)
    return (losses * real[:, :, None]).sum()


def of_shares(near: Tensor, others: Tensor, real: Tensor) -> Tensor:
    """near (B, T) and others (B, C): logits; real (B, T) → −Σ log of each target's share of the softmax. The others are
    all items, so the target is one of them."""
    log_total = others.logsumexp(1, keepdim=True)
    return ((log_total - near) * real).sum()


def of_sampled_shares(near: Tensor, others: Tensor, real: Tensor) -> Tensor:
    """The same loss for a sample of other items without the target. others (B, T, S): minus infinity for an item to
    leave out."""
    log_total = torch.logaddexp(near, others.logsumexp(2))
    return ((log_total - near) * real).sum()
