"""Small experiments on one moment: one change each, and what it does to m, the list and one rank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from attrec_core.config import Aggregation, Mask
from attrec_core.explain.forward import attention, pooled
from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import rankings
from attrec_core.explain.wording import letter


@dataclass(frozen=True)
class Experiment:
    """One change that a click makes, and what it does."""

    key: str  # such as "reverse", "drop 3", "mask before"
    name: str  # such as "Remove C: Alien"
    window: tuple[int, ...] | None  # the new window; None: as it is
    changes: Mapping[str, str | bool]  # fields of ModelConfig; empty: as they are
    overlap: int  # how many of the top k are unchanged
    of: int  # k, or fewer where there are fewer candidates
    shift: float  # ‖Δm‖
    item: int  # whose ranks these are: the actual next item, or else the one that was 1st
    rank_before: float
    rank: float
    can_apply: bool  # whether a window or settings make it; uniform attention is neither


Change = tuple[str, str, Moment]  # key, name and the moment after it; of uniform attention, the moment itself
SWITCHES = ("time_signal", "mask", "aggregation")


def experiments(moment: Moment, seed: int = 0, k: int = 10, item: int | None = None) -> tuple[Experiment, ...]:
    """`item`: whose rank is followed; else the actual next item, or the first one of the list where it is no candidate.
    An order that would be the same as it is now is left out."""
    if item is None:
        first = next(iter(moment.ranking.top(1).tolist()), 0)
        target = moment.target
        item = target if target is not None and moment.ranking.candidates[target] else first
    changes = [*orders(moment, np.random.default_rng(seed)), *other_models(moment)]
    keys, names, after = zip(*changes, strict=True)
    intents = np.array([other.trace.intent for other in after])
    # All scores are equal: each row shares out evenly, and the mask acts as it does.
    _, even = attention(np.zeros_like(moment.trace.scores), moment.config)
    intents[keys.index("uniform")] = pooled(even, moment.trace.values, moment.config)
    others = rankings(moment.ranking, intents, [other.excluded for other in after])
    ranks, tops = zip(*((ranking.rank(item), ranking.top(k)) for ranking in others), strict=True)
    first, rank_before = set(moment.ranking.top(k).tolist()), moment.ranking.rank(item)
    shifts = np.linalg.norm(intents.astype(float) - moment.trace.intent, axis=1)
    return tuple(
        Experiment(
            key=keys[row],
            name=names[row],
            window=None if other.window is moment.window else tuple(other.window.tolist()),
            changes=settings_changed(moment, other),
            overlap=len(first & set(tops[row].tolist())),
            of=len(first),
            shift=float(shifts[row]),
            item=int(item),
            rank_before=rank_before,
            rank=ranks[row],
            can_apply=other is not moment,
        )
        for row, other in enumerate(after)
    )


def settings_changed(before: Moment, after: Moment) -> dict[str, str | bool]:
    values = {name: getattr(after.config, name) for name in SWITCHES}
    return {name: value for name, value in values.items() if value != getattr(before.config, name)}


def orders(moment: Moment, random: np.random.Generator) -> Iterator[Change]:
    """All changes to the window."""
    window, count, titles = moment.window, len(moment.window), moment.run.interactions.titles
    proposed = [
        ("reverse", "Reverse the order", window[::-1]),
        ("shuffle", "Shuffle the order", shuffled(window, random)),
        *(
            (f"last {kept}", f"Keep the last {kept} only" if kept > 1 else "Keep the last item only", window[-kept:])
            for kept in halves(count)
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


def halves(count: int) -> list[int]:
    """How many of the latest items are kept: 1, 2, 4, …; all but one is what dropping the oldest of several does."""
    return [2**power for power in range(count.bit_length()) if 2**power < max(count - 1, min(count, 2))]


def shuffled(window: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Another order than the given one, where there is another."""
    result = random.permutation(window)
    while np.array_equal(result, window) and len(np.unique(window)) > 1:
        result = random.permutation(window)
    return result


def other_models(moment: Moment) -> Iterator[Change]:
    """Attention shared out evenly, and each setting as it is not."""
    config = moment.config

    def under(**settings: Any) -> Moment:
        return replace(moment, config=replace(config, **settings))

    yield "uniform", "Uniform attention", moment
    signal = "Without the time signal" if config.time_signal else "With the time signal"
    yield "signal", signal, under(time_signal=not config.time_signal)
    for mask in get_args(Mask):
        if mask != config.mask:
            name = "No mask" if mask == "none" else f"Mask {mask} the softmax"
            yield f"mask {mask}", name, under(mask=mask)
    for pool in get_args(Aggregation):
        if pool != config.aggregation:
            yield f"pool {pool}", f"Pool by {pool}", under(aggregation=pool)
