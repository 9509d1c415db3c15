"""A training step as compiled loops over the windows, in place of torch's autograd.

Only the rows that a batch touches are read. Each item of a window is projected once per batch, by torch's matrix
product. Each thread keeps its own gradients; they are added in a fixed order, so that a run repeats bit for bit.
`compiled_rows.py` updates the rows, and `compiled_softmax.py` has the softmax over items that a batch shares.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from attrec_core.config import TrainConfig
from attrec_core.models.attrec import AttRec
from attrec_core.training.compiled_rows import AdagradRows, AdamRows, TouchedRows
from attrec_core.training.compiled_softmax import Softmax
from attrec_core.training.engine import add_up, rank_and_count
from attrec_core.training.kernels import AFTER_IF_MANY, MASKS, pass_over, room_of, unseen
from attrec_core.training.negatives import Negatives, Others, SharedNegatives
from attrec_core.training.optimiser import Optimiser


class CompiledStep:
    """The step of a trainer. It changes the trainer's weights and its optimiser's state in place."""

    def __init__(
        self,
        model: AttRec,
        optimiser: Optimiser,
        negatives: Negatives,
        config: TrainConfig,
        temperature: torch.nn.Parameter | None = None,
    ) -> None:
        """temperature: the logarithm of τ, for a softmax."""
        self.config, self.negatives, self.model_config, self.dim = config, negatives, model.config, model.config.dim
        self.kind = model.item_short.detach().numpy().dtype.type
        kind_of_rows = AdamRows if config.optimiser == "adam" else AdagradRows
        batch, is_l2, history = config.batch_size, config.regularisation == "l2", model.config.history
        n_items, length = len(model.item_short), model.config.window
        most_placed, most_users = min(n_items, batch * length), min(model.n_users, batch)
        candidates = n_items if config.is_softmax else batch * (config.targets + config.negatives)
        remembered = batch * history if model.config.remembers else 0
        most_rows = (
            min(n_items, candidates + batch * length + remembered),
            min(n_items, candidates + remembered),
            most_users,
        )

        def rows_of(parameter: torch.nn.Parameter, decay: float, most: int | None = None) -> TouchedRows:
            return kind_of_rows(parameter, optimiser, config, decay, most)

        # X, V and, if any, the users' vectors; then all other parameters, whose rows are all touched.
        self.tables = [
            rows_of(table, config.l2 if is_l2 else 0.0, most)
            for table, most in zip(model.tables, most_rows, strict=False)
        ]
        for rows in self.tables:
            rows.is_clipped = not is_l2
        self.matrices = [rows_of(matrix, config.l2_projection) for matrix in model.projections]
        self.projections = [matrix.detach() for matrix in model.projections]
        self.share = None if model.own_share is None else rows_of(model.own_share, 0.0)
        self.softmax = None if temperature is None else Softmax(model.config, rows_of(temperature, 0.0), n_items)
        self.numbers = [] if self.share is None else [self.share]
        self.numbers += [] if self.softmax is None else [self.softmax.temperature]
        self.rank, self.processes = rank_and_count()
        self.threads = config.threads
        self.pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None
        self.make_room(model, length, most_placed)
        none = [np.empty((0, count), np.int64) for count in (history, config.targets, config.negatives)]
        drawn = [Others(none[0].flatten(), 0.0)] if self.softmax else none[2]
        self.step(none[0].flatten(), none[0], none[1], drawn)  # compiles what it needs, and changes nothing

    def make_room(self, model: AttRec, length: int, most_placed: int) -> None:
        """Allocates what the steps use again and again."""
        self.signal = model.signal if model.config.time_signal else torch.zeros_like(model.signal)
        self.memory = model.memory.numpy() if model.config.remembers else np.empty(0, self.kind)
        self.projected_grads = [self.zeros(self.threads, most_placed, self.dim) for _ in self.projections]
        self.signal_grads = [self.zeros(self.threads, length, self.dim) for _ in self.projections]
        self.share_grads = self.zeros(self.threads, 1)
        self.placed_rows = torch.empty(most_placed, self.dim, dtype=model.signal.dtype)
        self.projected = [torch.empty_like(self.placed_rows) for _ in self.projections]
        block = SharedNegatives.BLOCK if self.softmax else 0
        self.points, self.grad_points = (self.zeros(block, 2 * self.dim) for _ in range(2))
        shapes = (length, length), (length,), (self.dim,)
        self.kept = tuple(self.zeros(block, *shape) for shape in shapes)
        # X, V and the users' vectors, if any; the slots of their rows; and all gradients, by thread.
        self.arrays = (*(rows.table for rows in self.tables), self.zeros(0, self.dim))[:3]
        self.slots = (*(rows.slots for rows in self.tables), np.empty(0, np.int32))[:3]
        self.grads = [self.grads_of(k) for k in range(self.threads)]
        sizes = length, self.dim, self.config.targets + self.config.negatives
        self.room = [room_of(*sizes, self.kind) for _ in range(self.threads)]

    def zeros(self, *shape: int) -> np.ndarray:
        return np.zeros(shape, self.kind)

    def step(
        self, users: np.ndarray, windows: np.ndarray, targets: np.ndarray, drawn: np.ndarray | list[Others]
    ) -> float:
        """Trains on one batch and returns the sum of its loss. users (B,), windows (B, R), targets (B, T). drawn
        (B, n): each negative, as an index into the user's unseen items; or, for a softmax, what each block shares."""
        drops = self.drops(len(users))
        placed = self.number_rows(users, windows, targets, drawn)
        for table in self.tables:
            table.wake_up(table.touched)
        rows = self.placed_rows[:placed]
        torch.index_select(
            torch.from_numpy(self.tables[0].table), 0, torch.from_numpy(self.tables[0].touched[:placed]), out=rows
        )
        for matrix, projected in zip(self.projections, self.projected, strict=True):
            torch.mm(rows, matrix, out=projected[:placed])
        signals = [(self.signal @ matrix).numpy() for matrix in self.projections]
        projected_rows = [projected.numpy() for projected in self.projected]
        self.options = self.options_now()
        self.read = (projected_rows[0], projected_rows[-1]), (signals[0], signals[-1])
        block = SharedNegatives.BLOCK if self.softmax else 1  # a block is never shared between processes
        first, past = ((-(-len(users) // block) * (self.rank + k) // self.processes) * block for k in (0, 1))
        inputs = windows[first:past], users[first:past], drops[first:past]
        if isinstance(drawn, np.ndarray):
            loss = self.hinge(*inputs, np.concatenate([targets, drawn], 1)[first:past])
        else:
            assert self.softmax is not None
            loss = self.softmax.loss(self, inputs, targets[first:past], drawn[first // block : max(past // block, 1)])
        for grads in self.share_grads[1:]:
            self.share_grads[0] += grads
        if self.share is not None:
            self.share.grads[0, 0] += self.share_grads[0]
        self.share_grads[:] = 0
        if self.processes > 1 and len(users):
            loss = self.add_up(placed, loss)
        for k, matrix in enumerate(self.projections):
            self.back_through(k, rows, matrix)
        for table in self.tables:
            table.step()
        for whole in (*self.matrices, *self.numbers):
            if len(users):
                whole.number_all()
            whole.step()
        return float(loss)

    def drops(self, count: int) -> np.ndarray:
        """Returns which numbers of U and m are kept (B, 2d), as torch draws them; (B, 0) if nothing is dropped."""
        rate = self.model_config.vector_dropout
        if not rate:
            return np.empty((count, 0), np.bool_)
        kept = [torch.empty(count, self.dim, dtype=torch.bool).bernoulli_(1 - rate) for _ in ("U", "m")]
        return torch.cat(kept, 1).numpy()

    def number_rows(
        self, users: np.ndarray, windows: np.ndarray, targets: np.ndarray, drawn: np.ndarray | list[Others]
    ) -> int:
        """Numbers the rows that the batch touches. Returns how many items its windows have: the first rows of X. Of a
        hinge, `drawn` becomes items."""
        short, long, *own = self.tables
        short.number(np.ascontiguousarray(windows[:, windows.shape[1] - self.model_config.window :]))
        placed = short.count
        if isinstance(drawn, list):
            candidates = np.concatenate([shared.items for shared in drawn])
        else:
            negatives = self.negatives
            unseen(drawn, users, negatives.below, negatives.starts, negatives.ends, negatives.n_items)
            candidates = drawn
        for rows in (candidates, targets):
            short.number(rows)
            long.number(rows)
        if self.model_config.remembers:
            # X of a history is not read, but clipped as in torch.
            for table in (long, short) if short.is_clipped else (long,):
                table.number(windows)
        for table in own:
            table.number(users)
        return placed

    def hinge(self, windows: np.ndarray, users: np.ndarray, drops: np.ndarray, candidates: np.ndarray) -> float:
        """Runs the loop over this process's windows, a part of them on each thread. Returns the loss."""

        def part(k: int, rows: slice) -> float:
            inputs = windows[rows], users[rows], candidates[rows], drops[rows]
            arrays = self.slots, self.arrays, *self.read, self.memory, self.options
            return pass_over(*inputs, *arrays, self.grads[k], self.share_grads[k], self.room[k])

        return sum(self.in_threads(part, len(users)))

    def in_threads(self, part: Callable[[int, slice], Any], count: int) -> list[Any]:
        """Calls part(k, rows) on each thread k, with its share of `count` rows."""
        rows = [slice(k * count // self.threads, (k + 1) * count // self.threads) for k in range(self.threads)]
        return list((map if self.pool is None else self.pool.map)(part, range(self.threads), rows))

    def options_now(self) -> tuple[Any, ...]:
        """Returns the options of `read`; β changes with each step."""
        model, config = self.model_config, self.config
        mask = AFTER_IF_MANY if model.frees_lone_item else MASKS[model.mask]
        share = 0.0 if self.share is None else 1 / (1 + np.exp(-self.share.table[0, 0]))
        ways = mask, model.aggregation == "mean", model.shared_projection
        numbers = self.kind(model.long_weight), self.kind(config.margin)
        kept = self.kind(1 / (1 - model.vector_dropout))
        return *numbers, config.targets, config.pairs == "aligned", self.kind(share), kept, ways

    def grads_of(self, k: int) -> tuple[np.ndarray, ...]:
        """Returns the gradients of thread k, in the order that `read_back` has them in."""
        tables = *(rows.grads[k] for rows in self.tables), self.zeros(0, self.dim)
        pairs = [pair[at][k] for pair in (self.projected_grads, self.signal_grads) for at in (0, -1)]
        return *tables[:3], *pairs

    def add_up(self, placed: int, loss: float) -> float:
        """Replaces all gradients by their sums over the processes, and returns that of the loss."""
        parts = [grads[: rows.count] for rows in self.tables for grads in rows.grads]
        parts += [grads[:placed] for thread_grads in self.projected_grads for grads in thread_grads]
        parts += [*self.signal_grads, *(rows.grads for rows in self.numbers)]
        return add_up(parts, loss)

    def back_through(self, k: int, rows: Tensor, matrix: Tensor) -> None:
        """Adds to the gradients of X and of projection k, from the gradient of the projected rows. Eq. 3."""
        grads, signal_grads = self.projected_grads[k][:, : len(rows)], self.signal_grads[k]
        grad = torch.from_numpy(grads[0])
        for thread_grad in grads[1:]:
            grad += torch.from_numpy(thread_grad)
        matrix_grad = rows.T @ grad + self.signal.T @ torch.from_numpy(signal_grads.sum(0))
        torch.from_numpy(self.tables[0].grads[0, : len(rows)]).addmm_(grad, matrix.T)
        self.matrices[k].grads[0] += matrix_grad.numpy()
        grads[:] = 0
        signal_grads[:] = 0

    def settle(self) -> None:
        """Brings all rows up to the latest step."""
        for rows in self.tables:
            rows.settle()
