"""Which engine does the steps of a training: torch, torch on a GPU, or the compiled loop of `compiled.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.errors import InputError

Engine = Literal["torch", "compiled", "cuda"]  # cuda: torch on a GPU

PAYS, PAYS_WARM = 10.0, 1.0  # seconds of torch from which on compiling pays, and loading what is compiled already
# Of a window in torch, measured on one core: seconds of calls, and floating-point operations a second.
CALLS, FLOPS = 8e-6, 25e9


def engine_of(model: ModelConfig, train: TrainConfig, windows: int) -> Engine:
    """The engine of a training with so many windows. The compiled loop has no dropout and pools by mean or sum only;
    all else that can be set it computes as torch does. Raises InputError for a GPU that is not there."""
    if is_on_gpu(train):
        return "cuda"
    if train.engine == "torch" or model.dropout or model.aggregation not in ("mean", "sum"):
        return "torch"
    least = 0.0 if train.engine == "compiled" else PAYS_WARM if is_compiled() else PAYS
    return "compiled" if torch_seconds(model, train, windows) >= least else "torch"


def is_on_gpu(train: TrainConfig) -> bool:
    """Whether the training runs on a GPU. Raises InputError where it should and there is none."""
    if train.device == "cpu" or train.engine == "compiled":
        return False
    is_there = torch.cuda.is_available()
    if train.device == "cuda" and not is_there:
        raise InputError(
            "no_gpu", "torch finds no GPU that it can use; {name:device=cpu} trains on the processor.", setting="device"
        )
    return is_there


def torch_seconds(model: ModelConfig, train: TrainConfig, windows: int) -> float:
    """About how long torch takes for all epochs. A rule, not a measurement: the same on every machine."""
    length, dim, candidates = model.window, model.dim, train.targets + train.negatives
    products = length * dim * dim + length * length * dim + length * dim + candidates * 2 * dim
    return windows * train.epochs * (CALLS + 6.0 * products / FLOPS)


def is_compiled() -> bool:
    """Whether numba has kept the compiled loop beside its source; elsewhere it is not looked for."""
    return any(Path(__file__).with_name("__pycache__").glob("kernels.pass_over-*.nbc"))
