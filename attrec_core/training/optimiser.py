"""Adagrad and Adam, step by step: torch's own functions, without the classes around them. The first use of such a class
imports torch's compiler, which takes a second in each process that trains and which no training needs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim.adagrad import adagrad
from torch.optim.adam import adam

from attrec_core.config import TrainConfig


class Optimiser:
    """The parameters of a training, in groups that share a weight decay λ, and the state of each: the steps so far and
    its sums, named as in torch."""

    def __init__(self, groups: Sequence[tuple[Sequence[Parameter], float]], config: TrainConfig) -> None:
        self.groups, self.config = [(list(parameters), decay) for parameters, decay in groups], config
        self.state = {parameter: self.at_first(parameter) for parameters, _ in self.groups for parameter in parameters}

    def at_first(self, parameter: Parameter) -> dict[str, Tensor]:
        if self.config.optimiser == "adam":
            sums = {name: torch.zeros_like(parameter) for name in ("exp_avg", "exp_avg_sq")}
        else:
            sums = {"sum": torch.full_like(parameter, self.config.accumulator)}
        return {"step": torch.tensor(0.0)} | sums

    def forget_gradients(self) -> None:
        for parameter in self.state:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Changes the parameters that have a gradient."""
        for group, decay in self.groups:
            moved = [parameter for parameter in group if parameter.grad is not None]
            if moved:
                self.move(moved, decay)

    def move(self, moved: list[Parameter], decay: float) -> None:
        def sums(name: str) -> list[Tensor]:
            return [self.state[parameter][name] for parameter in moved]

        weights: list[Tensor] = [*moved]
        grads = [weight.grad for weight in weights if weight.grad is not None]
        rate = self.config.learning_rate
        if self.config.optimiser == "adam":
            adam(weights, grads, sums("exp_avg"), sums("exp_avg_sq"), [], sums("step"), lr=rate, weight_decay=decay,
                 amsgrad=False, beta1=0.9, beta2=0.999, eps=1e-8, maximize=False)  # fmt: skip
        else:
            adagrad(weights, grads, sums("sum"), sums("step"), lr=rate, weight_decay=decay, lr_decay=0.0, eps=1e-10,
                    maximize=False)  # fmt: skip
