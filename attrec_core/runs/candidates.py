"""The candidate settings of each system: its start settings, and seeded draws around them, the same number for each;
and what a race among them may change."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import product

import numpy as np

from attrec_core.config import AUTO, PAPER, PAPER_PRESETS, PRESETS, SETTINGS, ModelConfig, TrainConfig, with_settings
from attrec_core.runs.systems import SYSTEMS, start_of

Configs = tuple[ModelConfig, TrainConfig]

CANDIDATES, TIMED_CANDIDATES = 16, 48  # of AttRec: of a race of a known cost; the most of one with a time

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
SOFTMAX = {
    "loss": "softmax", "optimiser": "adam", "targets": "1", "l2": "0", "l2_projection": "0", "epochs": "60",
    "patience": "6",
}  # fmt: skip
# Of every trained system, but not of the paper's settings. On validation items, it ranked as well or better everywhere.
AVERAGED = {"average": "3"}
# Twice the learning rate ranks validation items better after the few epochs of a race's first round, but worse in the
# end, so the race does not offer it.
MIDDLE = {
    "dim": "64", "window": "8", "long_weight": "0.2", "vector_dropout": "0.2", "learning_rate": "0.001",
    "lone_item": "itself",
}  # fmt: skip
# For long histories; chosen on the validation items of MovieLens 100K.
LONG = {"dim": "100", "window": "20", "vector_dropout": "0.1", "mask": "none"}
SHARES = {
    "dim": "64 100", "window": "5 8 12 20 35", "long_weight": "0.1 0.2 0.3 0.5", "vector_dropout": "0.1 0.2 0.4",
    "mask": "after none",
}  # fmt: skip
# A taste from items takes more dropout; these start settings were chosen on validation items.
ITEMS = {"taste": "items", "window": "5", "long_weight": "0.3", "vector_dropout": "0.5"}
# The same with more parameters and a sample of many items; chosen on those of MovieTweetings and latest-small.
WIDE = ITEMS | {"dim": "100", "mask": "none", "loss": "sampled", "negatives": "2048", "batch_size": "256"}
OF_ITEMS = SHARES | {"taste": "items both", "half_life": "10 20 50 100", "vector_dropout": "0.2 0.3 0.5"}
PAIRS = {
    "dim": "64 100", "window": "3 5", "long_weight": "0.2 0.3 0.4", "regularisation": "l2 clip", "negatives": "3 10",
    "targets": "1", "init_sd": "0.001 0.05",
}  # fmt: skip


def candidates_of(system: str, budget: int) -> list[Configs]:
    """Returns up to `budget` different settings: the system's start settings, then draws from its space. For "auto"
    (AttRec): its starts with the softmax loss (short, with a taste from items, long, and wide with such a taste), the
    paper's presets and "best", then draws with the softmax, with it and a taste from items, and with the hinge, in
    turn. For "paper": both."""
    if system == PAPER:
        return [PRESETS[name] for name in PAPER_PRESETS]
    if system == "auto":
        presets = [*(PRESETS[name] for name in PAPER_PRESETS), with_settings(*PRESETS["best"], AVERAGED)]
        softmax = softmax_start()
        spaces = (softmax, SHARES), (softmax, OF_ITEMS), (presets[-1], PAIRS)
        drawn = [configs for three in zip(*(draws(*space) for space in spaces), strict=False) for configs in three]
        starts = [softmax, *(with_settings(*softmax, settings) for settings in (ITEMS, LONG, WIDE))]
        candidates = [*starts, *presets, *drawn]
    else:
        start = start_of(system)
        start = start if SYSTEMS[start[0].model].is_counted else with_settings(*start, AVERAGED)
        candidates = [start, *draws(start, SPACES.get(system, OWN_SPACE))]
    return list(dict.fromkeys(candidates))[:budget]


def softmax_start() -> Configs:
    """Returns AttRec's start settings with the softmax loss."""
    return with_settings(*PRESETS["movielens"], SOFTMAX | MIDDLE | AVERAGED)


def draws(start: Configs, space: dict[str, str]) -> Iterator[Configs]:
    """Yields the start settings changed to settings of the space, in a seeded order; all of them if there are few."""
    names, values = list(space), [text.split() for text in space.values()]
    size = int(np.prod([len(choices) for choices in values])) if values else 0
    if not size:
        return
    random = np.random.default_rng(0)
    combinations = list(product(*values)) if size <= 4096 else None
    for index in random.permutation(size)[:4096] if combinations else range(4096):
        picked = combinations[index] if combinations else [str(random.choice(choices)) for choices in values]
        yield with_settings(*start, dict(zip(names, picked, strict=True)))


def may_change(fixed: Container[str] = (), *, timed: bool = False) -> str:
    """Says which settings a race for those of AttRec may change, and what of the result is then not the paper's model.
    fixed: the settings that it leaves as they are; timed: whether it has a time."""
    budget = TIMED_CANDIDATES if timed else CANDIDATES
    settings = [{**vars(model), **vars(train)} for model, train in candidates_of(AUTO, budget)]
    papers = [{**vars(model), **vars(train)} for model, train in (PRESETS[name] for name in PAPER_PRESETS)]
    names, new = [], []
    for key, setting in SETTINGS.items():
        values = dict.fromkeys(each[key] for each in settings)
        if len(values) > 1 and key not in fixed:
            names.append(setting.label)
            others = [str(value) for value in values if value not in [paper[key] for paper in papers]]
            new += [f"{setting.label} {' or '.join(others)}"] if others and setting.kind == "choice" else []
    if not names:
        return "The race changes no setting."
    end = f" The result may then not be the paper's model: {'; '.join(new)}." if new else ""
    return f"The race may change: {', '.join(names)}.{end}"
