"""The engine that computes the training steps: torch, torch on a GPU, or the compiled loop of `compiled.py`; and the
threads, memory and random state that torch has while they run."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import torch

from attrec_core.config import SETTINGS, ModelConfig, TrainConfig
from attrec_core.errors import InputError
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.compiled_files import is_kept

Engine = Literal["torch", "compiled", "cuda"]  # cuda: torch on a GPU

# Model settings that the compiled loop supports. Any other setting, such as dropout, must have its default value.
COMPILED = ("dim", "window", "long_weight", "mask", "aggregation", "time_signal", "shared_projection")
PAYS = 10.0  # seconds of torch from which compiling pays; a loop that is compiled already is always used
COMPILING = 6.0  # processor seconds, as measured
# Torch on one core, as measured: seconds of calls per window, and floating-point operations per second.
CALLS, FLOPS = 8e-6, 25e9
TRIM, MAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h
MOST, MOST_OF_BEFORE = 2**30, 2**25  # bytes; glibc before 2.35 refuses a mapping threshold above the second


def engine_of(model: ModelConfig, train: TrainConfig, windows: int) -> Engine:
    """Returns the engine for training on `windows` windows. The compiled loop supports only AttRec with the paper's
    loss and optimiser and with mean or sum pooling; it computes the same as torch. Raises InputError when the GPU that
    the settings ask for is missing."""
    if is_on_gpu(train):
        return "cuda"
    is_paper = (model.model, train.loss, train.optimiser) == ("attrec", "hinge", "adagrad")
    unsupported = [name for name in SYSTEMS["attrec"].uses.split() if name not in COMPILED]
    has_defaults = all(getattr(model, name) == SETTINGS[name].default for name in unsupported)
    if train.engine == "torch" or not is_paper or not has_defaults or model.aggregation not in ("mean", "sum"):
        return "torch"
    pays = train.engine == "compiled" or is_compiled() or torch_seconds(model, train, windows) >= PAYS
    return "compiled" if pays else "torch"


def is_on_gpu(train: TrainConfig) -> bool:
    """Whether the training runs on a GPU. Raises InputError when it should and there is no GPU."""
    if train.device == "cpu" or train.engine == "compiled":
        return False
    is_there = torch.cuda.is_available()
    if train.device == "cuda" and not is_there:
        text = "torch finds no GPU that it can use; {name:device=cpu} trains on the processor."
        raise InputError("no_gpu", text, setting="device")
    return is_there


def torch_seconds(model: ModelConfig, train: TrainConfig, windows: int) -> float:
    """Estimates the seconds of all epochs in torch. A rule, not a measurement: the same on every machine."""
    length, dim, candidates = model.window, model.dim, train.targets + train.negatives
    products = length * dim * dim + length * length * dim + length * dim + candidates * 2 * dim
    return windows * train.epochs * (CALLS + 6.0 * products / FLOPS)


def is_compiled() -> bool:
    """Whether this process has compiled the loop, or numba has stored it beside its source since the source last
    changed. Other folders are not searched."""
    kernels = sys.modules.get("attrec_core.training.kernels")
    if kernels is not None and getattr(kernels.pass_over, "signatures", True):  # no attribute if numba is switched off
        return True
    return is_kept(Path(__file__).with_name("kernels.py"), "pass_over")


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
