"""The softmax of the compiled step: a batch's windows against the items that they share, all or a sample, by matrix
products of torch over blocks of windows whose logits fit the cache.

The work for a window and S shared items is 12 S d operations: a product of 2d numbers with each item forward, and two
backward. What is read and written stays in the cache: the items' vectors once for a block, a logit and its exponential.
B windows, S shared items, d dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from attrec_core.config import ModelConfig
from attrec_core.training import kernels
from attrec_core.training.compiled_rows import TouchedRows
from attrec_core.training.negatives import Others, SharedNegatives


class StepArrays(Protocol):
    """What the softmax uses of the compiled step."""

    kind: type[Any]  # of the numbers
    dim: int
    signal: Tensor
    arrays: tuple[np.ndarray, ...]  # X, V and the users' vectors
    slots: tuple[np.ndarray, ...]  # of their rows
    read: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]  # the projected rows and signals
    memory: np.ndarray
    options: tuple[Any, ...]
    points: np.ndarray  # (BLOCK, 2d)
    grad_points: np.ndarray
    kept: tuple[np.ndarray, ...]  # of each window of a block, from `read` for `read_back`
    grads: list[tuple[np.ndarray, ...]]  # by thread
    share_grads: np.ndarray
    room: list[Any]

    def in_threads(self, part: Callable[[int, slice], Any], count: int) -> list[Any]: ...


class Softmax:
    """−Σ log of each target's share of a softmax over −y/τ, and its gradients. It keeps no state but τ."""

    def __init__(self, model: ModelConfig, temperature: TouchedRows, n_items: int) -> None:
        self.temperature, self.omega = temperature, model.long_weight
        self.columns = np.full(n_items, -1, np.int32)  # where an item is among the shared ones

    def loss(
        self, step: StepArrays, inputs: tuple[np.ndarray, ...], targets: np.ndarray, shared: list[Others]
    ) -> float:
        """inputs: windows (B, R), users (B,), drops (B, 2d); targets (B, T). Returns the loss of these windows, and
        adds its gradients to those of the step."""
        kind = step.kind
        scales = kind(self.omega), kind(np.exp(-self.temperature.table[0, 0]))  # as in torch, τ has its own precision
        loss, sum_of_logits, size = 0.0, 0.0, SharedNegatives.BLOCK
        for number, others in enumerate(shared):
            rows = slice(number * size, (number + 1) * size)
            block = WindowBlock(step, tuple(array[rows] for array in inputs), targets[rows], scales)
            block.pass_over(kernels.read, block.points)
            if number == 0 or others is not shared[number - 1]:
                held = SharedVectors(step, others, scales, self.columns)
            block_loss, block_sum = block.shares(held)
            block.pass_over(kernels.read_back, block.grad_points, step.grads, step.share_grads)
            if number + 1 == len(shared) or others is not shared[number + 1]:
                sum_of_logits += held.give_back()
            loss += block_loss
            sum_of_logits += block_sum
        self.temperature.grads[0, 0, 0] -= sum_of_logits
        return loss


class SharedVectors:
    """The vectors of the items that a block shares, or several blocks one after the other, and their gradients."""

    def __init__(self, step: StepArrays, shared: Others, scales: tuple[float, float], columns: np.ndarray) -> None:
        self.step, self.items, self.scales, self.columns = step, shared.items, scales, columns
        count, self.correction = len(self.items), step.kind(shared.correction)
        self.vectors = torch.empty(count, 2 * step.dim, dtype=step.signal.dtype)
        self.terms = torch.empty(count, dtype=step.signal.dtype)
        arrays = self.vectors.numpy(), self.terms.numpy()
        kernels.gather(self.items, self.correction, step.arrays, *scales, columns, *arrays)
        self.grad_vectors, self.grad_terms = torch.zeros_like(self.vectors), torch.zeros_like(self.terms)

    def give_back(self) -> float:
        """Adds the gradients to those of X and V. Returns Σ of the terms' part of each logit, times its gradient."""
        step, grads = self.step, (self.grad_vectors.numpy(), self.grad_terms.numpy())
        kernels.gather_back(self.items, step.slots, step.arrays, *self.scales, self.columns, *grads, step.grads[0][:2])
        return float(grads[1] @ (self.terms.numpy() + self.correction))


class WindowBlock:
    """Some windows of a batch, read at once."""

    def __init__(
        self, step: StepArrays, inputs: tuple[np.ndarray, ...], targets: np.ndarray, scales: tuple[float, float]
    ) -> None:
        self.step, self.inputs, self.targets, self.scales = step, inputs, targets, scales
        arrays = (array[: len(targets)] for array in (step.points, step.grad_points, *step.kept))
        self.points, self.grad_points, *self.kept = arrays

    def pass_over(self, loop: Callable[..., None], points: np.ndarray, *grads: Any) -> None:
        """Calls `read` or `read_back` of the kernels on each thread. points (B, 2d): [U, m], or their gradients; grads:
        what is added up, by thread."""
        step = self.step

        def part(k: int, rows: slice) -> None:
            kept = tuple(array[rows] for array in self.kept)
            inputs = (array[rows] for array in self.inputs)
            arrays = step.slots, step.arrays, *step.read, step.memory, step.options, kept, points[rows]
            loop(*inputs, *arrays, *(of_threads[k] for of_threads in grads), step.room[k])

        step.in_threads(part, len(self.targets))

    def shares(self, held: SharedVectors) -> tuple[float, float]:
        """Returns the loss, and Σ of each logit, without the terms of `held`, times its gradient. Adds to the gradients
        of `held`, and replaces those of [U, m]."""
        step, count, targets = self.step, len(held.items), self.targets.shape[1]
        points, grad_points = torch.from_numpy(self.points), torch.from_numpy(self.grad_points)
        logits = torch.empty(len(points), count + 1, dtype=points.dtype)
        torch.addmm(held.terms, points, held.vectors.T, out=logits[:, :count])
        self.grad_points[:] = 0
        loss = total = 0.0
        grad_logits: Tensor | None = None
        for t in range(targets):
            own, own_logits = self.targets[:, t].copy(), logits if targets == 1 else logits.clone()
            arrays = own, self.points, own_logits.numpy(), step.arrays, *self.scales
            kernels.meet(held.columns, *arrays)
            shares = torch.softmax(own_logits, 1)
            of_target = kernels.meet_back(step.slots, *arrays, shares.numpy(), self.grad_points, step.grads[0][:2])
            loss, total = loss + of_target[0], total + of_target[1]
            grad_logits = shares if grad_logits is None else grad_logits.add_(shares)
        assert grad_logits is not None
        of_others = grad_logits[:, :count]
        grad_points.addmm_(of_others, held.vectors)
        held.grad_vectors.addmm_(of_others.T, points)
        held.grad_terms += of_others.sum(0)
        return loss, total + float(torch.dot(points.view(-1), grad_points.view(-1)))
