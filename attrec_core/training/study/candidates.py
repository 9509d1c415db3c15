"""The candidate settings of each system: its start settings, and seeded draws around them, the same number for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from attrec_core.config import PRESETS, ModelConfig, TrainConfig, with_settings
from attrec_core.data.windows import Split
from attrec_core.runs.systems import start_of

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
OWN_SPACE = TABLES | DROPS | {"window": "3 5 8"}  # of a custom model, whatever it computes
# Improved AttRec: the loss may change; equations 1-7 stay.
SOFTMAX = {"loss": "softmax", "optimiser": "adam", "targets": "1", "l2": "0", "l2_projection": "0", "patience": "4"}
# Twice the learning rate ranks validation items better after the few epochs of a race's first round, but worse in the
# end, so the race does not offer it.
MIDDLE = {"dim": "64", "window": "8", "long_weight": "0.2", "vector_dropout": "0.2", "learning_rate": "0.001"}
SHARES = {
    "dim": "64 100", "window": "5 8 12 20", "long_weight": "0.1 0.2 0.3 0.5", "vector_dropout": "0.1 0.2 0.4",
}  # fmt: skip
PAIRS = {
    "dim": "64 100", "window": "3 5", "long_weight": "0.2 0.3 0.4", "regularisation": "l2 clip", "negatives": "3 10",
    "targets": "1", "init_sd": "0.001 0.05",
}  # fmt: skip

STEPS, SMALLEST = 100, 50  # steps per epoch to aim for, and fewest windows per step


def fitted(configs: Configs, split: Split) -> Configs:
    """Returns the settings with smaller batches if Adam has few windows: Adam's steps have the same size whatever the
    gradient, so that a few steps get nowhere."""
    model, train = configs
    if train.optimiser != "adam":
        return configs
    return model, replace(train, batch_size=min(train.batch_size, max(SMALLEST, split.windows // STEPS)))


def candidates_of(system: str, budget: int, seed: int = 0) -> list[Configs]:
    """Returns up to `budget` different settings: the system's start settings, then draws from its space. For "auto"
    (AttRec): its softmax start, both of the paper's presets and "best", then two draws with the softmax for each with
    the hinge."""
    if system == "auto":
        presets = [PRESETS[name] for name in ("movielens", "sparse", "best")]
        softmax = softmax_start()
        candidates = [softmax, *presets, *mixed(draws(softmax, SHARES, seed), draws(PRESETS["best"], PAIRS, seed))]
    else:
        start = start_of(system)
        candidates = [start, *draws(start, SPACES.get(system, OWN_SPACE), seed)]
    different = list(dict.fromkeys(candidates))
    return different[:budget]


def softmax_start() -> Configs:
    """Returns AttRec's start settings with the softmax loss."""
    return with_settings(*PRESETS["movielens"], SOFTMAX | MIDDLE)


def draws(start: Configs, space: dict[str, str], seed: int) -> Iterator[Configs]:
    """Yields the start settings changed to settings of the space, in a seeded order; all of them if there are few."""
    names, values = list(space), [text.split() for text in space.values()]
    size = int(np.prod([len(choices) for choices in values])) if values else 0
    if not size:
        return
    random = np.random.default_rng(seed)
    combinations = list(product(*values)) if size <= 4096 else None
    for index in random.permutation(size)[:4096] if combinations else range(4096):
        picked = combinations[index] if combinations else [str(random.choice(choices)) for choices in values]
        yield with_settings(*start, dict(zip(names, picked, strict=True)))


def mixed(first: Iterator[Configs], second: Iterator[Configs]) -> Iterator[Configs]:
    """Yields two of the first, one of the second, and so on."""
    for one, two, three in zip(first, first, second):  # noqa: B905
        yield from (one, two, three)


def changes(configs: Configs, system: str) -> dict[str, object]:
    """Returns what differs from the system's start settings; for "auto", from the paper's settings for MovieLens."""
    start = start_of("attrec" if system == "auto" else system)
    pairs = zip(start, configs, strict=True)
    return {key: value for old, new in pairs for key, value in vars(new).items() if value != vars(old)[key]}
