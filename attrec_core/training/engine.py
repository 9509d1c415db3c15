"""The engine that computes the training steps: torch, torch on a GPU, or the compiled loop of `compiled.py`; the
threads, memory and random state that torch has while they run; and the processes that share them, started by torchrun.

Each process takes a part of every batch; gradients are added up. All processes draw the same order and the same
negatives, so they touch the same rows in the same order. They send the gradients of these rows, never a whole table.
Each process keeps its own tables, which stay the same in all processes.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import torch
from torch import distributed

from attrec_core.config import SETTINGS, ModelConfig, TrainConfig
from attrec_core.errors import InputError
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.compiled_files import is_kept

Engine = Literal["torch", "compiled", "cuda"]  # cuda: torch on a GPU

# Model settings that the compiled loop supports. Any other setting, such as dropout, must have its default value.
COMPILED = (
    "dim", "window", "long_weight", "mask", "lone_item", "taste", "half_life", "aggregation", "time_signal",
    "shared_projection", "vector_dropout",
)  # fmt: skip
# Seconds of torch, by the rule below, from which the loop trains: it takes .6 s to load. What this machine has compiled
# must not decide, because the engines differ in the last digits.
PAYS = 1.0
COMPILING = 7.0  # processor seconds, as measured: 6.4 for the hinge, 7.9 for a softmax by Adam
FASTER = {
    "hinge": 6.0,
    "softmax": 1.2,
    "sampled": 2.0,
}  # how many times as fast as torch the compiled steps are, by loss
# Torch on one core, as measured: seconds of calls per window, and floating-point operations per second.
CALLS, FLOPS = 8e-6, 25e9
TRIM, MAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h
MOST, MOST_OF_BEFORE = 2**30, 2**25  # bytes; glibc before 2.35 refuses a mapping threshold above the second
PATIENCE = timedelta(days=7)  # how long the others wait, while one process ranks the validation items
Value = TypeVar("Value")


def engine_of(model: ModelConfig, train: TrainConfig, windows: int) -> Engine:
    """Returns the engine for training on `windows` windows. The compiled loop supports only AttRec, with the paper's
    loss or a softmax and with mean or sum pooling; it computes the same as torch. The same work has the same engine on
    every machine without a GPU. Raises InputError when the GPU that the settings ask for is missing."""
    if train.device != "cpu" and train.engine != "compiled":
        if torch.cuda.is_available():
            return "cuda"
        if train.device == "cuda":
            text = "torch finds no GPU that it can use; {name:device=cpu} trains on the processor."
            raise InputError("no_gpu", text, setting="device")
    is_supported = model.model == "attrec" and train.loss in FASTER and model.aggregation in ("mean", "sum")
    unsupported = [name for name in SYSTEMS["attrec"].uses.split() if name not in COMPILED]
    has_defaults = all(getattr(model, name) == SETTINGS[name].default for name in unsupported)
    if train.engine == "torch" or not is_supported or not has_defaults:
        return "torch"
    pays = train.engine == "compiled" or torch_seconds(model, train, windows) >= PAYS
    return "compiled" if pays else "torch"


def torch_seconds(model: ModelConfig, train: TrainConfig, windows: int) -> float:
    """Estimates the seconds of all epochs in torch, without a softmax. A rule, not a measurement: the same on every
    machine."""
    length, dim, candidates = model.window, model.dim, train.targets + (0 if train.is_softmax else train.negatives)
    products = length * dim * dim + length * length * dim + length * dim + candidates * 2 * dim
    return windows * train.epochs * (CALLS + 6.0 * products / FLOPS)


def is_compiled(train: TrainConfig) -> bool:
    """Whether this process has compiled the loop for this loss and optimiser, or numba has stored it beside its source
    since the source last changed. Other folders are not searched."""
    kernels, source = sys.modules.get("attrec_core.training.kernels"), Path(__file__).with_name("kernels.py")
    names = "meet_back" if train.is_softmax else "pass_over", train.optimiser
    # Without the attribute, numba is switched off.
    return all(
        (kernels and getattr(getattr(kernels, name), "signatures", True)) or is_kept(source, name) for name in names
    )


@contextmanager
def one_torch(config: TrainConfig, engine: Engine) -> Iterator[None]:
    """Sets torch's threads, memory, random state and, on a GPU, repeatable algorithms; restores them afterwards."""
    threads, strictness = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    torch.set_num_threads(config.threads)
    keep_freed()
    devices = []
    if engine == "cuda":
        devices = [torch.cuda.current_device()]
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it, cuBLAS is not repeatable
        torch.use_deterministic_algorithms(True)
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        give_back()
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode(strictness)


def keep_freed() -> None:
    """Makes the C library keep freed memory, up to MOST, for this process.

    glibc returns a freed array of some megabytes to the system, and the next step pays for each of its pages again: .29
    of the time of a softmax over the items of MovieLens 100K. Does nothing when the library has no `mallopt`.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    # The trim threshold alone would return each array of 128 kB to the system: more than without it.
    if mallopt is not None and (mallopt(MAP, MOST) or mallopt(MAP, MOST_OF_BEFORE)):
        mallopt(TRIM, MOST)


def give_back() -> None:
    """Returns freed memory to the system."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


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
