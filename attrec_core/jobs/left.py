"""How long a training still takes, from the epochs that it has done."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from attrec_core.config import TrainConfig
from attrec_core.runs.history import Epoch

RECENT = 5  # epochs whose median says how long one takes


def seconds_left(epochs: Sequence[Epoch], config: TrainConfig | None) -> tuple[float, float] | None:
    """At least (no later epoch is better) and at most (each is); the same in the final fit. None before an epoch."""
    if not epochs or config is None:
        return None
    latest = epochs[-1]
    each = median(epoch.seconds for epoch in epochs[-RECENT:] if epoch.phase == latest.phase)
    if latest.phase == "refit":
        rest = (latest.of - latest.epoch) * each
        return rest, rest
    figures = [epoch.validation[config.select_by] for epoch in epochs if epoch.validation]
    best = figures.index(max(figures)) + 1
    most = config.epochs - latest.epoch
    least = min(best + config.patience - latest.epoch, most) if config.patience else most
    again = (best, config.epochs) if config.refit else (0, 0)
    return (max(least, 0) + again[0]) * each, (most + again[1]) * each
