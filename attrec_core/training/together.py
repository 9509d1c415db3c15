"""One training by several processes, started by torchrun. Each takes its part of every batch, and gradients are added.

All draw the same order and the same negatives, and so meet the same rows in the same order: what is sent are the
gradients of these rows, never a whole table. Each keeps tables of its own, which stay the same everywhere.
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


PATIENCE = timedelta(days=7)  # for the others, while one process ranks the validation items


class Together:
    """The processes of one training; alone, this one."""

    def __init__(self) -> None:
        self.is_told = False

    @property
    def is_first(self) -> bool:
        return place()[0] == 0

    def begins(self, does: bool = True) -> bool:
        """Whether there is anything to train: the first process says so once, the others wait for it."""
        if self.is_told:
            return does
        self.is_told = True
        return of_first(lambda: does)


@contextmanager
def joined() -> Iterator[Together]:
    """Joins the other processes that torchrun has started, if any. What ends the first one ends the others."""
    together = Together()
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield together
        return
    distributed.init_process_group("gloo", timeout=PATIENCE)
    try:
        yield together
        if not together.is_first:
            with suppress(RuntimeError):  # who leaves while the first still reads takes the connection from it
                of_first(lambda: None)  # never comes: the first leaves, and that ends the wait
    finally:
        if together.is_first:
            together.begins(False)
        distributed.destroy_process_group()


def place() -> tuple[int, int]:
    """Which process this is, from 0, and how many there are."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def of_first(make: Callable[[], Value]) -> Value:
    """What the first process makes; the others wait for it."""
    rank, count = place()
    if count == 1:
        return make()
    value = [None if rank else make()]
    distributed.broadcast_object_list(value)
    return value[0]  # type: ignore[return-value]


def add_up(arrays: Iterable[np.ndarray], loss: float) -> float:
    """Replaces each array by the sum over the processes; the sum of their losses."""
    total = torch.tensor([loss], dtype=torch.float64)
    for tensor in (*map(torch.from_numpy, arrays), total):
        distributed.all_reduce(tensor)
    return float(total)
