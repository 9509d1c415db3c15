"""A parameter of the compiled loop: the rows that a batch has touched take an optimiser's step, as in torch, and the
others rest. In a table of MANY_ROWS or more rows, a resting row catches up when a batch next touches it, or at the end
of the epoch.

The rows and the optimiser's state are torch's own, changed in place. K threads, R rows, d dimensions.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor

from attrec_core.config import TrainConfig
from attrec_core.training import kernels
from attrec_core.training.optimiser import Optimiser

MANY_ROWS = 20_000


class TouchedRows(ABC):
    """One parameter, as rows (R, d), with its gradients by slot: a batch numbers the rows that it touches."""

    states: tuple[str, ...]  # names in torch's state
    rests = False  # whether an untouched row changes, too

    def __init__(
        self,
        parameter: torch.nn.Parameter,
        optimiser: Optimiser,
        config: TrainConfig,
        decay: float,
        most: int | None = None,
    ) -> None:
        """decay: λ of ℓ2. most: how many rows a batch touches at most; without it, all."""
        state = optimiser.state[parameter]
        if parameter.dim() == 2 and len(parameter) >= MANY_ROWS:
            parameter.data = in_large_pages(parameter.data)
            state |= {name: in_large_pages(state[name]) for name in self.states}
        self.table, *self.sums = (
            tensor.detach().numpy().reshape(-1, parameter.shape[-1] if parameter.dim() else 1)
            for tensor in (parameter, *(state[name] for name in self.states))
        )
        self.counter = state["step"]
        kind = self.table.dtype.type
        self.rate, self.decay, self.is_clipped = kind(config.learning_rate), kind(decay), False
        most = len(self.table) if most is None else most
        self.grads = np.zeros((config.threads, most, self.table.shape[1]), kind)
        self.slots, self.order = np.full(len(self.table), -1, np.int32), np.empty(most, np.int64)
        self.count = 0  # of the rows that the batch touches
        self.now = 0  # the number of steps here
        is_late = self.rests and len(self.table) >= MANY_ROWS and self.catches_up
        self.latest = np.zeros(len(self.table), np.int64) if is_late else None  # the latest step of each row

    @property
    def catches_up(self) -> bool:
        """Whether an untouched row can take several steps at once."""
        return True

    @property
    def touched(self) -> np.ndarray:
        """The rows that the batch touches, by slot."""
        return self.order[: self.count]

    def number(self, rows: np.ndarray) -> None:
        """Gives the next slots to the rows without one; negative numbers are no rows."""
        self.count = kernels.number(rows, self.slots, self.order, self.count)

    def number_all(self) -> None:
        """Touches every row of a small parameter: its slots are its rows."""
        self.number(np.arange(len(self.table)))

    def wake_up(self, order: np.ndarray) -> None:
        """Brings rows up to the latest step, so that a step can read them."""
        if self.latest is not None:
            self.wake(order, self.latest)
            self.latest[order] = self.now

    def settle(self) -> None:
        """Brings all rows up to the latest step."""
        if self.latest is not None:
            self.wake_up(np.arange(len(self.table)))

    def step(self) -> None:
        """Updates the touched rows by their gradients, which become 0; the others rest, now or later. Forgets which
        rows were touched."""
        is_real = self.count > 0  # a batch without windows compiles what a step needs, and changes nothing
        self.now += is_real
        self.counter += is_real
        self.update(self.touched)
        if self.latest is not None:
            self.latest[self.touched] = self.now
        elif self.rests:
            self.rest(len(self.table) if is_real else 0)
        self.slots[self.touched] = -1
        self.count = 0

    @abstractmethod
    def update(self, order: np.ndarray) -> None:
        """Updates these rows by their gradients."""

    @abstractmethod
    def rest(self, count: int) -> None:
        """Takes a step with the untouched of the first `count` rows."""

    @abstractmethod
    def wake(self, order: np.ndarray, latest: np.ndarray) -> None:
        """Takes the steps that these rows have missed since the latest ones (R,)."""


class AdagradRows(TouchedRows):
    """With ℓ2, each step shrinks every row."""

    states = ("sum",)

    @property
    def rests(self) -> bool:  # type: ignore[override]
        return bool(self.decay)

    def update(self, order: np.ndarray) -> None:
        kernels.adagrad(self.table, *self.sums, self.grads, order, self.rate, self.decay, self.is_clipped)

    def rest(self, count: int) -> None:
        arrays = (array[:count] for array in (self.table, *self.sums, self.slots))
        kernels.rest_of(*arrays, self.rate, self.decay)

    def wake(self, order: np.ndarray, latest: np.ndarray) -> None:
        kernels.wake(self.table, *self.sums, order, latest, self.now, self.rate * self.decay)


class AdamRows(TouchedRows):
    """Each step moves every row on, by the mean of its earlier gradients."""

    states = ("exp_avg", "exp_avg_sq")
    rests = True

    @property
    def catches_up(self) -> bool:
        return not self.decay

    @property
    def scales(self) -> tuple[float, float]:
        """The size of the latest step, and by what √square is divided: torch's corrections for the first steps."""
        kind, step = self.table.dtype.type, max(float(self.counter), 1.0)
        return kind(float(self.rate) / (1 - kernels.FIRST**step)), kind(math.sqrt(1 - kernels.SECOND**step))

    def update(self, order: np.ndarray) -> None:
        kernels.adam(self.table, *self.sums, self.grads, order, self.decay, *self.scales, self.is_clipped)

    def rest(self, count: int) -> None:
        arrays = (array[:count] for array in (self.table, *self.sums, self.slots))
        kernels.rest_of_adam(*arrays, self.decay, *self.scales)

    def wake(self, order: np.ndarray, latest: np.ndarray) -> None:
        most = self.now - int(latest[order].min()) if len(order) else 0
        factors, roots = kernels.missed_steps(float(self.counter), most)
        kernels.wake_adam(self.table, *self.sums, order, latest, self.now, float(self.rate), factors, roots)


def in_large_pages(table: Tensor) -> Tensor:
    """Returns a copy in large pages, which speed up access to distant rows: numpy asks the system for them, unlike
    torch."""
    return torch.from_numpy(np.array(table.numpy()))
