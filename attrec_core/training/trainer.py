"""One training run's model and step: windows, sampled negatives, a hinge on distances, Adagrad; and its snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import Split, training_windows
from attrec_core.errors import InputError
from attrec_core.models.attrec import AttRec
from attrec_core.training.engine import Engine
from attrec_core.training.negatives import Negatives

if TYPE_CHECKING:
    from attrec_core.training.compiled import CompiledStep


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that the next epoch depends on: weights, Adagrad's sums and torch's random state, by name; and numpy's, which
    draws windows and negatives."""

    tensors: Mapping[str, Tensor]
    random: Mapping[str, Any]


@dataclass(eq=False)
class Trainer:
    """A model in training: the windows of a split, their negatives, and one optimiser."""

    split: Split
    model_config: ModelConfig
    config: TrainConfig
    engine: Engine = "torch"
    model: AttRec = field(init=False)

    def __post_init__(self) -> None:
        interactions, config = self.split.interactions, self.config
        torch.manual_seed(config.seed)
        self.random = np.random.default_rng(config.seed)
        # The first values are drawn on the processor: the same on every device.
        model = AttRec(self.model_config, interactions.n_users, interactions.n_items, config.init_sd)
        self.model = model.to("cuda") if self.engine == "cuda" else model
        self.negatives = Negatives(self.split)
        users, windows, targets = training_windows(self.split, self.model_config.window, config.targets)
        usable = self.negatives.free[users] > 0
        if not usable.any():
            sentence = "There is nothing to train on: no user has both a next item and an unseen item."
            raise InputError("nothing_to_train", sentence)
        self.users, self.windows, self.targets = users[usable], windows[usable], targets[usable]
        self.optimiser = self.new_optimiser()
        self.compiled = compiled_step(self) if self.engine == "compiled" else None

    def new_optimiser(self) -> torch.optim.Adagrad:
        config = self.config
        decay = config.l2 if config.regularisation == "l2" else 0.0
        return torch.optim.Adagrad(
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
        if self.compiled is not None:
            self.compiled.settle()
        if not np.isfinite(total):
            # The same settings would do so again.
            text = (
                "Training diverged: the loss is {loss}. "
                "Try a smaller learning_rate ({learning_rate}), init_sd ({init_sd}) or margin ({margin})."
            )
            smaller = {name: getattr(self.config, name) for name in ("learning_rate", "init_sd", "margin")}
            raise InputError("diverged", text, setting="learning_rate", loss=total, **smaller)
        return total / len(order)

    def step(self, rows: np.ndarray) -> float:
        """One batch: hinge of eq. 8, Adagrad, norm clipping. The sum of the hinge over the batch."""
        users, targets = self.users[rows], self.targets[rows]
        draws = self.negatives.draw(users, self.config.negatives, self.random)
        if self.compiled is not None:
            return self.compiled.step(users, self.windows[rows], targets, draws)
        negatives = self.negatives.items(users, draws)
        batch = users, self.windows[rows], np.concatenate([np.maximum(targets, 0), negatives], 1), targets >= 0
        user_index, windows, candidates, real = (torch.from_numpy(part).to(self.model.device) for part in batch)
        distances = self.model(user_index, windows, candidates)
        loss = hinge(distances, real, self.config)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        if self.config.regularisation == "clip":
            self.clip(user_index, windows.clamp(min=0), candidates)
        return float(loss.detach())

    @torch.no_grad()
    def clip(self, users: Tensor, windows: Tensor, candidates: Tensor) -> None:
        """Every touched row of X, V and U back into the unit ball. Eq. 9."""
        model, items = self.model, torch.cat([windows, candidates], 1)
        for table, touched in ((model.item_short, items), (model.item_long, candidates), (model.user_long, users)):
            rows = torch.unique(touched)
            table[rows] = table[rows].renorm(2, 0, 1.0)

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The model's own weights and the optimiser's own sums, by name."""
        result: dict[str, Tensor] = {}
        for name, parameter in self.model.named_parameters():
            result[f"weights.{name}"] = parameter.detach()
            result |= {f"adagrad.{name}.{key}": value for key, value in self.optimiser.state[parameter].items()}
        return result

    def snapshot(self) -> Snapshot:
        """Copies on the processor, which the next epoch does not change."""
        copies = {name: tensor.to("cpu", copy=True) for name, tensor in self.tensors.items()}
        random = torch.cuda.get_rng_state() if self.engine == "cuda" else torch.get_rng_state()
        return Snapshot(copies | {"torch_random": random}, self.random.bit_generator.state)

    def restore(self, snapshot: Snapshot) -> None:
        """Goes on from there. Raises InputError, naming the tensor, when the snapshot is of another model."""
        for name, tensor in self.tensors.items():
            stored = snapshot.tensors.get(name)
            if stored is None or stored.shape != tensor.shape or stored.dtype != tensor.dtype:
                raise InputError(
                    "damaged_training",
                    "The unfinished training is damaged: {tensor} is {found}, not {expected}. "
                    "Use {name:overwrite} to start again.",
                    setting="overwrite",
                    tensor=name,
                    found="missing" if stored is None else f"{stored.dtype} {tuple(stored.shape)}",
                    expected=f"{tensor.dtype} {tuple(tensor.shape)}",
                )
            tensor.copy_(stored)
        self.random.bit_generator.state = snapshot.random
        set_state = torch.cuda.set_rng_state if self.engine == "cuda" else torch.set_rng_state
        set_state(snapshot.tensors["torch_random"])


def compiled_step(trainer: Trainer) -> CompiledStep:
    # numba takes long to import, and what it compiles longer: only where it is used.
    from attrec_core.training.compiled import CompiledStep

    return CompiledStep(trainer.model, trainer.optimiser, trainer.negatives, trainer.config)


def hinge(distances: Tensor, real: Tensor, config: TrainConfig) -> Tensor:
    """distances (B, T + n), targets first; real (B, T) → Σ [y_i + γ − y_j]_+, over the batch. Eq. 8."""
    targets = real.shape[1]
    near, far = distances[:, :targets], distances[:, targets:]
    # Aligned, the k-th target meets the negatives k, k + T, k + 2T, …; else every target meets every negative.
    aligned = config.pairs == "aligned"
    far = far.reshape(len(far), -1, targets).transpose(1, 2) if aligned else far[:, None, :]
    return ((near[:, :, None] + config.margin - far).relu() * real[:, :, None]).sum()
