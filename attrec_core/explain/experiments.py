"""Small experiments on one moment: each makes one change and shows its effect on m, the list and one rank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, get_args

import numpy as np

from attrec_core.config import Aggregation, Mask
from attrec_core.explain.forward import Trace, after_scores
from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import rankings
from attrec_core.explain.wording import letter


@dataclass(frozen=True)
class Experiment:
    """One change that a click makes, and its effect."""

    key: str  # such as "reverse", "drop 3", "mask before"
    name: str  # such as "Remove C: Alien"
    window: tuple[int, ...] | None  # the new window; None: unchanged
    changes: Mapping[str, str | bool]  # fields of ModelConfig; empty: unchanged
    overlap: int  # how many of the top k are unchanged
    of: int  # k, or fewer where there are fewer candidates
    shift: float  # ‖Δm‖
    item: int  # the item with these ranks: the actual next item, else the item that was 1st
    rank_before: float
    rank: float
    can_apply: bool  # whether a window or settings can make the change; not for uniform attention


class UniformMoment(Moment):
    """A moment with uniform attention, which no setting of the model makes: all scores are equal; the mask still
    applies."""

    @cached_property
    def own_trace(self) -> Trace:
        trace = super().own_trace
        return replace(trace, **after_scores(np.zeros_like(trace.scores), trace.values, self.config))


Change = tuple[str, str, Moment]  # key, name and the moment after the change


def experiments(moment: Moment, seed: int = 0, k: int = 10, item: int | None = None) -> tuple[Experiment, ...]:
    """Runs all experiments and follows the rank of `item`; None: of the actual next item, or, where that is not a
    candidate, of the first item of the list. Changes of the order that leave the window the same are omitted."""
    if item is None and moment.target is not None and moment.ranking.candidates[moment.target]:
        item = moment.target
    if item is None:
        item = next(iter(moment.ranking.top(1).tolist()), 0)
    top, rank_before, had = set(moment.ranking.top(k).tolist()), moment.ranking.rank(item), vars(moment.config)
    trials = changes(moment, seed)
    intents = np.array([after.trace.intent for _, _, after in trials])
    shifts = np.linalg.norm(intents.astype(float) - moment.trace.intent, axis=1).tolist()
    afters = [after for _, _, after in trials]
    excluded, tastes = [after.excluded for after in afters], [after.taste for after in afters]
    found = rankings(moment.ranking, intents, excluded, tastes)
    return tuple(
        Experiment(
            key=key,
            name=name,
            window=None if after.window is moment.window else tuple(after.window.tolist()),
            changes={setting: value for setting, value in vars(after.config).items() if value != had[setting]},
            overlap=len(top.intersection(ranking.top(k).tolist())),
            of=len(top),
            shift=shift,
            item=int(item),
            rank_before=rank_before,
            rank=ranking.rank(item),
            can_apply=not isinstance(after, UniformMoment),
        )
        for (key, name, after), shift, ranking in zip(trials, shifts, found, strict=True)
    )


def changes(moment: Moment, seed: int = 0) -> list[Change]:
    """Returns all experiments, each with the moment after it."""
    return [*orders(moment, np.random.default_rng(seed)), *other_models(moment)]


def orders(moment: Moment, random: np.random.Generator) -> Iterator[Change]:
    """Yields all changes to the window."""
    window, count, titles = moment.window, len(moment.window), moment.run.interactions.titles
    proposed = [
        ("reverse", "Reverse the order", window[::-1]),
        ("shuffle", "Shuffle the order", shuffled(window, random)),
        *(
            (f"last {size}", f"Keep the last {size} only" if size > 1 else "Keep the last item only", window[-size:])
            for size in (2**power for power in range(count.bit_length()))
            if size < max(count - 1, min(count, 2))  # not all but one of several: that drops the oldest
        ),
        ("repeat", "Repeat the last item", np.append(window, window[-1])[-moment.config.window :]),
        *(
            (f"drop {place + 1}", f"Remove {letter(place)}: {titles[item]}", np.delete(window, place))
            for place, item in enumerate(window if count > 1 else [])
        ),
    ]
    for key, name, order in proposed:
        if not np.array_equal(order, window):
            yield key, name, moment.with_window(order)


def shuffled(window: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Returns the window in a different order, where a different order exists."""
    result = random.permutation(window)
    while np.array_equal(result, window) and len(np.unique(window)) > 1:
        result = random.permutation(window)
    return result


def other_models(moment: Moment) -> Iterator[Change]:
    """Yields uniform attention, and each setting with each value that it does not have."""
    config = moment.config

    def under(**settings: Any) -> Moment:
        return replace(moment, config=replace(config, **settings))

    same = {field.name: getattr(moment, field.name) for field in fields(moment)}
    yield "uniform", "Uniform attention", UniformMoment(**same)
    signal = "Without the time signal" if config.time_signal else "With the time signal"
    yield "signal", signal, under(time_signal=not config.time_signal)
    for mask in get_args(Mask):
        if mask != config.mask:
            name = "No mask" if mask == "none" else f"Mask {mask} the softmax"
            yield f"mask {mask}", name, under(mask=mask)
    for pool in get_args(Aggregation):
        if pool != config.aggregation:
            yield f"pool {pool}", f"Pool by {pool}", under(aggregation=pool)
