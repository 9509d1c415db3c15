"""One training run by several processes, started by torchrun. Each takes a part of every batch; gradients are added up.

All processes draw the same order and the same negatives, so they touch the same rows in the same order. They send the
gradients of these rows, never a whole table. Each process keeps its own tables, which stay the same in all processes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TypeVar

import numpy as np
import torch
from torch import distributed

Value = TypeVar("Value")
PATIENCE = timedelta(days=7)  # how long the others wait, while one process ranks the validation items


class Together:
    """The processes of one training run; only this process when there are no others."""

    is_told = False

    @property
    def is_first(self) -> bool:
        return rank_and_count()[0] == 0

    def begins(self, does: bool = True) -> bool:
        """Whether there is anything to train. The first process tells the others once; they wait for it."""
        if self.is_told:
            return does
        self.is_told = True
        return of_first(lambda: does)


@contextmanager
def join_processes() -> Iterator[Together]:
    """Joins the other processes that torchrun has started, if any. When the first process ends, the others end."""
    together = Together()
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield together
        return
    distributed.init_process_group("gloo", timeout=PATIENCE)
    try:
        yield together
        if not together.is_first:
            with suppress(RuntimeError):  # wait: leaving while the first process still reads would end its connection
                of_first(lambda: None)  # no value comes: the first process leaves, which ends the wait
    finally:
        if together.is_first:
            together.begins(False)
        distributed.destroy_process_group()


def rank_and_count() -> tuple[int, int]:
    """Returns the number of this process, from 0, and how many processes there are."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def of_first(make: Callable[[], Value]) -> Value:
    """Returns the value that the first process makes; the others wait for it."""
    rank, count = rank_and_count()
    if count == 1:
        return make()
    value = [None if rank else make()]
    distributed.broadcast_object_list(value)
    return value[0]  # type: ignore[return-value]


def add_up(arrays: Iterable[np.ndarray], loss: float) -> float:
    """Replaces each array by its sum over the processes, and returns the sum of their losses."""
    total = torch.tensor([loss], dtype=torch.float64)
    for tensor in (*map(torch.from_numpy, arrays), total):
        distributed.all_reduce(tensor)
    return float(total)
