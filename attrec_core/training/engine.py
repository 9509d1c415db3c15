"""Which engine does the steps of a training: torch, torch on a GPU, or the compiled loop of `compiled.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import torch

from attrec_core.config import SETTINGS, ModelConfig, TrainConfig
from attrec_core.errors import InputError
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.compiled_files import is_kept

Engine = Literal["torch", "compiled", "cuda"]  # cuda: torch on a GPU

# Settings of the model that the compiled loop computes; of any other, such as dropout, it has the default alone.
COMPILED = ("dim", "window", "long_weight", "mask", "aggregation", "time_signal", "shared_projection")
PAYS = 10.0  # seconds of torch from which on compiling pays; what is compiled already is always taken
COMPILING = 6.0  # seconds of the processor, as measured
# Of a window in torch, measured on one core: seconds of calls, and floating-point operations a second.
CALLS, FLOPS = 8e-6, 25e9


def engine_of(model: ModelConfig, train: TrainConfig, windows: int) -> Engine:
    """The engine of a training with so many windows. The compiled loop is AttRec's with the paper's loss and optimiser
    and pools by mean or sum only; what it computes is what torch does. Raises InputError for a GPU that is not
    there."""
    if is_on_gpu(train):
        return "cuda"
    own = (model.model, train.loss, train.optimiser) == ("attrec", "hinge", "adagrad")
    others = [name for name in SYSTEMS["attrec"].uses.split() if name not in COMPILED]
    known = all(getattr(model, name) == SETTINGS[name].default for name in others)
    if train.engine == "torch" or not own or not known or model.aggregation not in ("mean", "sum"):
        return "torch"
    pays = train.engine == "compiled" or is_compiled() or torch_seconds(model, train, windows) >= PAYS
    return "compiled" if pays else "torch"


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
    """Whether this process has the compiled loop, or numba has kept it beside its source since that was last changed;
    elsewhere it is not looked for."""
    kernels = sys.modules.get("attrec_core.training.kernels")
    if kernels is not None and getattr(kernels.pass_over, "signatures", True):  # none where numba is switched off
        return True
    return is_kept(Path(__file__).with_name("kernels.py"), "pass_over")
