"""From which settings each system is chosen: where it starts, and seeded draws around it, the same number for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from attrec_core.config import PRESETS, ModelConfig, TrainConfig, with_settings
from attrec_core.data.windows import Split
from attrec_core.runs.systems import SYSTEMS, start_of

Configs = tuple[ModelConfig, TrainConfig]

TABLES = {"dim": "32 64 100", "learning_rate": "0.001 0.002 0.005", "l2": "0 0.001 0.01 0.03"}
DROPS = {"vector_dropout": "0 0.2 0.4"}
EVERY_PLACE = {"dim": "64 100", "learning_rate": "0.001 0.002", "vector_dropout": "0.2 0.3 0.5", "window": "20 50 100"}
ADAGRAD = {"learning_rate": "0.02 0.05 0.1", "regularisation": "l2 clip", "long_weight": "0.1 0.2 0.4"}
SPACES: dict[str, dict[str, str]] = {
    "popularity": {},
    "markov": {"ridge": "0.3 1 3 10", "window": "1 2"},
    "itemknn": {"neighbours": "20 50 100 300", "ridge": "1 10 100", "recent": "0 3 5 10"},
    "ease": {"ridge": "100 300 1000 2000", "recent": "0 3 5 10"},
    "bprmf": TABLES | DROPS | {"negatives": "1 5"},
    "mc": TABLES | DROPS | {"window": "1 2 3"},
    "fpmc": TABLES | DROPS | {"window": "1 2 3"},
    "hrm": TABLES | DROPS | {"window": "2 3 5", "aggregation": "max mean"},
    "prme": TABLES | DROPS | {"window": "1 2 3", "long_weight": "0.1 0.2 0.4"},
    "transrec": TABLES | DROPS | {"window": "1 2 3", "projected": "false true"},
    "caser": TABLES | {"vector_dropout": "0.2 0.3 0.5", "window": "3 5 8", "targets": "1 3", "filters": "8 16"},
    "lstm": ADAGRAD | {"dim": "64 100", "window": "5 10", "init_sd": "0.001 0.05"},
    "gru4rec": EVERY_PLACE,
    "sasrec": EVERY_PLACE | {"layers": "1 2", "heads": "1 2"},
}
# AttRec, better: the loss may change; equations 1-7 stay.
SOFTMAX = {"loss": "softmax", "optimiser": "adam", "targets": "1", "l2": "0", "l2_projection": "0", "patience": "4"}
# Twice the learning rate ranks validation items better after the few epochs of a race's first round, and worse in the
# end, so it is no choice of the race.
MIDDLE = {"dim": "64", "window": "8", "long_weight": "0.2", "vector_dropout": "0.2", "learning_rate": "0.001"}
SHARES = {
    "dim": "64 100", "window": "5 8 12 20", "long_weight": "0.1 0.2 0.3 0.5", "vector_dropout": "0.1 0.2 0.4",
}  # fmt: skip
PAIRS = {
    "dim": "64 100", "window": "3 5", "long_weight": "0.2 0.3 0.4", "regularisation": "l2 clip", "negatives": "3 10",
    "targets": "1", "init_sd": "0.001 0.05",
}  # fmt: skip

STEPS, SMALLEST = 100, 50  # steps of an epoch, and windows of a step


def fitted(configs: Configs, split: Split) -> Configs:
    """The same with smaller batches where there are few windows: Adam's steps are of one size, whatever the gradient,
    so that a small number of them gets nowhere."""
    model, train = configs
    if train.optimiser != "adam":
        return configs
    return model, replace(train, batch_size=min(train.batch_size, max(SMALLEST, split.windows // STEPS)))


def candidates_of(system: str, budget: int, seed: int = 0) -> list[Configs]:
    """Up to `budget` different settings: first where the system starts, then draws from its space. For "auto": AttRec,
    both of the paper's presets and "best" first, then half by the softmax and half by the hinge."""
    if system == "auto":
        own = [PRESETS[name] for name in ("movielens", "sparse", "best")]
        softmax = softmax_start()
        some = [softmax, *own, *mixed(draws(softmax, SHARES, seed), draws(PRESETS["best"], PAIRS, seed))]
    else:
        start = start_of(system)
        some = [start, *draws(start, SPACES[system], seed)]
    different = list(dict.fromkeys(some))
    return different[:budget]


def softmax_start() -> Configs:
    """AttRec by the softmax loss, where its search begins."""
    return with_settings(*PRESETS["movielens"], SOFTMAX | MIDDLE)


def draws(start: Configs, space: dict[str, str], seed: int) -> Iterator[Configs]:
    """Settings of the space over those of the start, in a seeded order; all of them where they are few."""
    names, values = list(space), [text.split() for text in space.values()]
    size = int(np.prod([len(one) for one in values])) if values else 0
    if not size:
        return
    random = np.random.default_rng(seed)
    every = list(product(*values)) if size <= 4096 else None
    for place in random.permutation(size)[:4096] if every else range(4096):
        picked = every[place] if every else [str(random.choice(one)) for one in values]
        yield with_settings(*start, dict(zip(names, picked, strict=True)))


def mixed(first: Iterator[Configs], second: Iterator[Configs]) -> Iterator[Configs]:
    """Two of the first, one of the second, and so on."""
    for one, two, three in zip(first, first, second):  # noqa: B905
        yield from (one, two, three)


def changes(configs: Configs, system: str) -> dict[str, object]:
    """What differs from where the system starts; for "auto", from the paper's settings for MovieLens."""
    start = start_of("attrec" if system == "auto" else system)
    both = zip(start, configs, strict=True)
    return {key: value for old, new in both for key, value in vars(new).items() if value != vars(old)[key]}


def label_of(system: str) -> str:
    return "AttRec, settings found" if system == "auto" else SYSTEMS[system].label
