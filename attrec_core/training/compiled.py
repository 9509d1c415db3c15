"""A training step as one compiled loop over the windows, in place of torch's autograd.

Only the rows that a batch touches are read. Each item of a window is projected once per batch, by torch's matrix
product. Each thread keeps its own gradients; they are added in a fixed order, so that a run repeats bit for bit. With
ℓ2, each step shrinks every row. In a table of MANY_ROWS or more rows, an untouched row catches up when a batch next
touches it, or at the end of the epoch.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from attrec_core.config import TrainConfig
from attrec_core.models.attrec import AttRec
from attrec_core.training.engine import add_up, rank_and_count
from attrec_core.training.kernels import AFTER_IF_MANY, MASKS, adagrad, number, pass_over, rest_of, unseen, wake
from attrec_core.training.trainer import Negatives

MANY_ROWS = 20_000


class CompiledStep:
    """The step of a trainer. It changes the trainer's tables and Adagrad sums in place."""

    def __init__(
        self, model: AttRec, optimiser: torch.optim.Adagrad, negatives: Negatives, config: TrainConfig
    ) -> None:
        self.config, self.negatives, self.model_config = config, negatives, model.config
        for table in model.tables:
            if len(table) >= MANY_ROWS:
                table.data, sums = in_large_pages(table.data), optimiser.state[table]
                sums["sum"] = in_large_pages(sums["sum"])
        self.tables = tuple(table.detach().numpy() for table in model.tables)
        self.totals = tuple(optimiser.state[table]["sum"].numpy() for table in model.tables)
        self.projections = [matrix.detach() for matrix in model.projections]
        self.projection_totals = [optimiser.state[matrix]["sum"].numpy() for matrix in model.projections]
        self.counters = [optimiser.state[parameter]["step"] for parameter in (*model.tables, *model.projections)]
        self.signal = model.signal if model.config.time_signal else torch.zeros_like(model.signal)
        (n_items, dim), n_users, dtype = self.tables[0].shape, len(self.tables[2]), self.tables[0].dtype
        length, batch = model.config.window, config.batch_size
        most_placed = min(n_items, batch * length)
        most_items = min(n_items, batch * (length + config.targets + config.negatives))
        most_candidates, most_users = min(n_items, batch * (config.targets + config.negatives)), min(n_users, batch)
        most_rows = most_items, most_candidates, most_users

        def zeros(rows: int) -> np.ndarray:
            return np.zeros((config.threads, rows, dim), dtype)

        # For X, V and U: the slot of each row that a batch touches, and the row and the gradient of each slot.
        self.slots = tuple(np.full(len(table), -1, np.int32) for table in self.tables)
        self.rows = tuple(np.empty(count, np.int64) for count in most_rows)
        self.table_grads = tuple(zeros(count) for count in most_rows)
        self.projected_grads = [zeros(most_placed) for _ in self.projections]
        self.signal_grads = [zeros(length) for _ in self.projections]
        self.placed_rows = torch.empty(most_placed, dim, dtype=model.signal.dtype)
        self.projected = [torch.empty_like(self.placed_rows) for _ in self.projections]
        self.dims, self.now = np.arange(dim), 0  # now: the number of steps so far
        # The latest step of each row, in a table whose untouched rows catch up later.
        shrinks = config.regularisation == "l2" and config.l2 > 0
        rests = [shrinks and len(table) >= MANY_ROWS for table in self.tables]
        self.latest = [np.zeros(len(t), np.int64) if rest else None for t, rest in zip(self.tables, rests, strict=True)]
        self.rank, self.processes = rank_and_count()
        self.pool = ThreadPoolExecutor(config.threads) if config.threads > 1 else None
        # A step without windows, at rate 0, compiles the loop if necessary and changes nothing.
        self.rate = self.decay = self.projection_decay = dtype.type(0)
        none = np.empty((0, length + config.targets + config.negatives), np.int64)
        self.step(none[:, 0], *(none[:, :count].copy() for count in (length, config.targets, config.negatives)))
        self.rate = dtype.type(config.learning_rate)
        self.decay = dtype.type(config.l2 if config.regularisation == "l2" else 0)
        self.projection_decay = dtype.type(config.l2_projection)

    def step(self, users: np.ndarray, windows: np.ndarray, targets: np.ndarray, draws: np.ndarray) -> float:
        """Trains on one batch and returns the sum of its hinge. users (B,), windows (B, L), targets (B, T), draws
        (B, n): each negative, as an index into the user's unseen items."""
        negatives = self.negatives
        unseen(draws, users, negatives.below, negatives.starts, negatives.ends, negatives.n_items)
        candidates = np.concatenate([targets, draws], 1)
        placed = number(windows, self.slots[0], self.rows[0], 0)
        inputs, first_slots = (candidates, candidates, users), (placed, 0, 0)
        counts = map(number, inputs, self.slots, self.rows, first_slots)
        touched = [rows[:count] for rows, count in zip(self.rows, counts, strict=True)]
        self.wake_up(*touched)
        self.now += bool(len(users))
        rows = self.placed_rows[:placed]
        torch.index_select(torch.from_numpy(self.tables[0]), 0, torch.from_numpy(touched[0][:placed]), out=rows)
        for matrix, projected in zip(self.projections, self.projected, strict=True):
            torch.mm(rows, matrix, out=projected[:placed])
        loss = self.passes(windows, users, candidates)
        if self.processes > 1 and len(users):
            sizes = [*map(len, touched), *(placed for _ in self.projections)]
            sized_grads = zip([*self.table_grads, *self.projected_grads], sizes, strict=True)
            parts = [grads[:size] for thread_grads, size in sized_grads for grads in thread_grads]
            loss = add_up([*parts, *self.signal_grads], loss)
        for k, matrix in enumerate(self.projections):
            self.back_through(k, rows, matrix)
        for k, (order, slots) in enumerate(zip(touched, self.slots, strict=True)):
            table, totals, latest = self.tables[k], self.totals[k], self.latest[k]
            is_clipped = self.config.regularisation == "clip"
            adagrad(table, totals, self.table_grads[k], order, self.rate, self.decay, is_clipped)
            if latest is not None:
                latest[order] = self.now
            elif self.config.regularisation == "l2":
                rest_of(table, totals, slots, self.rate, self.decay)
            slots[order] = -1
        for counter in self.counters:
            counter += bool(len(users))
        return float(loss)

    def settle(self) -> None:
        """Brings all rows up to the latest step."""
        self.wake_up(*(np.arange(len(table)) for table in self.tables))

    def wake_up(self, *orders: np.ndarray) -> None:
        """Brings the given rows of X, V and U up to the latest step, so that a step can read them."""
        for table, totals, latest, order in zip(self.tables, self.totals, self.latest, orders, strict=True):
            if latest is not None:
                wake(table, totals, order, latest, self.now, self.rate * self.decay)
                latest[order] = self.now

    def passes(self, windows: np.ndarray, users: np.ndarray, candidates: np.ndarray) -> float:
        """Runs the loop over this process's windows, a part of them on each thread. Returns the loss."""
        config, model, kind = self.config, self.model_config, self.tables[0].dtype.type
        signals = [(self.signal @ matrix).numpy() for matrix in self.projections]
        projected = [rows.numpy() for rows in self.projected]
        switches = model.aggregation == "mean", config.pairs == "aligned", model.shared_projection
        mask = AFTER_IF_MANY if model.frees_lone_item else MASKS[model.mask]
        options = kind(model.long_weight), kind(config.margin), mask, config.targets, *switches

        def part(k: int) -> float:
            index, parts = self.rank * config.threads + k, self.processes * config.threads
            rows = slice(index * len(users) // parts, (index + 1) * len(users) // parts)
            thread_grads = [grads[k] for grads in self.table_grads]
            thread_grads += [pair[at][k] for pair in (self.projected_grads, self.signal_grads) for at in (0, -1)]
            inputs = windows[rows], users[rows], candidates[rows]
            projections = (projected[0], projected[-1]), (signals[0], signals[-1])
            return pass_over(*inputs, self.slots, self.tables, *projections, options, tuple(thread_grads))

        return sum((map if self.pool is None else self.pool.map)(part, range(config.threads)))

    def back_through(self, k: int, rows: Tensor, matrix: Tensor) -> None:
        """Adds to the gradient of X and updates projection k, from the gradient of the projected rows. Eq. 3."""
        grads, signal_grads = self.projected_grads[k][:, : len(rows)], self.signal_grads[k]
        grad = torch.from_numpy(grads[0])
        for thread_grad in grads[1:]:
            grad += torch.from_numpy(thread_grad)
        matrix_grad = rows.T @ grad + self.signal.T @ torch.from_numpy(signal_grads.sum(0))
        torch.from_numpy(self.table_grads[0][0, : len(rows)]).addmm_(grad, matrix.T)
        grads[:] = 0
        signal_grads[:] = 0
        totals, rate, decay = self.projection_totals[k], self.rate, self.projection_decay
        adagrad(matrix.numpy(), totals, matrix_grad.numpy()[None], self.dims, rate, decay, False)


def in_large_pages(table: Tensor) -> Tensor:
    """Returns a copy in large pages, which speed up access to distant rows: numpy asks the system for them, unlike
    torch."""
    return torch.from_numpy(np.array(table.numpy()))
