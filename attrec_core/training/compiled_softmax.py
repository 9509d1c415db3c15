"""The softmax of the compiled step: a batch's windows against the items that they share, all or a sample, by matrix
products of torch over blocks of windows whose logits fit the cache.

The work for a window and S shared items is 12 S d operations: a product of 2d numbers with each item forward, and two
backward. What is read and written stays in the cache: the items' vectors once for a block, a logit and its exponential.
B windows, S shared items, d dimensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.training import kernels
from attrec_core.training.compiled_rows import Rows
from attrec_core.training.trainer import Others

if TYPE_CHECKING:
    from attrec_core.training.compiled import CompiledStep

LOGITS = 2**17  # of a block: half a megabyte
FEWEST, MOST = 64, 128  # windows of a block


class Softmax:
    """−Σ log of each target's share of a softmax over −y/τ, and its gradients. It keeps no state but τ."""

    def __init__(self, config: TrainConfig, model: ModelConfig, temperature: Rows) -> None:
        self.temperature, self.omega = temperature, model.long_weight
        self.most_windows = min(MOST, config.batch_size)

    def loss(self, step: CompiledStep, inputs: tuple[np.ndarray, ...], targets: np.ndarray, shared: Others) -> float:
        """inputs: windows (B, R), users (B,), drops (B, 2d); targets (B, T). Returns the loss of these windows, and adds
        its gradients to those of the step."""
        kind, count = step.kind, len(shared.items)
        # As in torch, τ has its own precision.
        sharpness = kind(np.exp(-self.temperature.table[0, 0]))
        scales = kind(self.omega), sharpness
        corrections = shared.corrections.astype(kind)
        vectors, terms = np.empty((count, 2 * step.dim), kind), np.empty(count, kind)
        kernels.gather(shared.items, corrections, step.arrays, *scales, vectors, terms)
        grad_vectors, grad_terms = torch.zeros(count, 2 * step.dim, dtype=step.signal.dtype), torch.zeros(count)
        grad_terms = grad_terms.to(grad_vectors.dtype)
        items, offsets = torch.from_numpy(vectors), torch.from_numpy(terms)
        loss = sum_of_logits = 0.0
        size = step.threads * max(min(FEWEST, self.most_windows), min(self.most_windows, LOGITS // (count + 1)))
        for start in range(0, max(len(targets), 1), size):
            rows = slice(start, start + size)
            block = Block(step, tuple(array[rows] for array in inputs), targets[rows], scales)
            block.read()
            block_loss, block_sum = block.shares(items, offsets, grad_vectors, grad_terms)
            block.read_back()
            loss += block_loss
            sum_of_logits += block_sum
        of_terms = terms + corrections
        sum_of_logits += float(grad_terms.numpy() @ of_terms)
        kernels.gather_back(
            shared.items, step.slots, step.arrays, *scales, grad_vectors.numpy(), grad_terms.numpy(), step.grads[0][:2]
        )
        self.temperature.grads[0, 0, 0] -= sum_of_logits
        return loss


class Block:
    """Some windows of a batch, read at once."""

    def __init__(
        self, step: CompiledStep, inputs: tuple[np.ndarray, ...], targets: np.ndarray, scales: tuple[float, float]
    ) -> None:
        self.step, self.inputs, self.targets, self.scales = step, inputs, targets, scales
        self.kept, self.points, self.grad_points = step.kept_of(slice(0, len(targets)))

    def read(self) -> None:
        step = self.step

        def part(k: int, rows: slice) -> None:
            kept = tuple(array[rows] for array in self.kept)
            inputs = (array[rows] for array in self.inputs)
            kernels.read(
                *inputs, step.slots, step.arrays, *step.read, step.memory, step.options, kept, self.points[rows]
            )

        step.in_threads(part, len(self.targets))

    def shares(self, items: Tensor, offsets: Tensor, grad_items: Tensor, grad_offsets: Tensor) -> tuple[float, float]:
        """items (S, 2d), offsets (S,). Returns the loss, and Σ of each logit, without `offsets`, times its gradient. Adds
        to the gradients of both, and replaces those of [U, m]."""
        step, count, targets = self.step, len(items), self.targets.shape[1]
        points, grad_points = torch.from_numpy(self.points), torch.from_numpy(self.grad_points)
        logits = torch.empty(len(points), count + 1, dtype=points.dtype)
        torch.addmm(offsets, points, items.T, out=logits[:, :count])
        self.grad_points[:] = 0
        loss = total = 0.0
        grad_logits: Tensor | None = None
        for t in range(targets):
            own, own_logits = self.targets[:, t].copy(), logits if targets == 1 else logits.clone()
            arrays = own, self.points, own_logits.numpy(), step.slots, step.arrays, *self.scales
            kernels.meet(*arrays)
            shares = torch.softmax(own_logits, 1)
            of_target = kernels.meet_back(*arrays, shares.numpy(), self.grad_points, step.grads[0][:2])
            loss, total = loss + of_target[0], total + of_target[1]
            grad_logits = shares if grad_logits is None else grad_logits.add_(shares)
        assert grad_logits is not None
        of_others = grad_logits[:, :count]
        grad_points.addmm_(of_others, items)
        grad_items.addmm_(of_others.T, points)
        grad_offsets += of_others.sum(0)
        return loss, total + float(torch.dot(points.view(-1), grad_points.view(-1)))

    def read_back(self) -> None:
        step = self.step

        def part(k: int, rows: slice) -> None:
            kept = tuple(array[rows] for array in self.kept)
            inputs = (array[rows] for array in self.inputs)
            arrays = step.slots, step.arrays, step.memory, step.options, kept, self.grad_points[rows]
            kernels.read_back(*inputs, *arrays, step.grads[k])

        step.in_threads(part, len(self.targets))
