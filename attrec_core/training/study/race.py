"""The candidate settings of each system: its start settings, and seeded draws around them, the same number for each.
A race chooses: all candidates train for a few epochs, the better half for twice as many, and so on.

A schedule says which settings a race can afford: at most MOST_TIMES times one training of the paper's settings with
maps. The costs come from a rule, not from measurements, so that the same settings are raced on every machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from statistics import mean

import numpy as np

from attrec_core.config import PRESETS, ModelConfig, TrainConfig, with_settings
from attrec_core.data.windows import Split
from attrec_core.runs.history import History
from attrec_core.runs.studies import Trial
from attrec_core.runs.systems import SYSTEMS, start_of
from attrec_core.training.engine import FASTER, engine_of, torch_seconds
from attrec_core.training.estimate import maps_seconds
from attrec_core.training.fit import fit
from attrec_core.training.trainer import SharedNegatives

Configs = tuple[ModelConfig, TrainConfig]
OnTrial = Callable[[Trial], None]

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
MIDDLE = {
    "dim": "64", "window": "8", "long_weight": "0.2", "vector_dropout": "0.2", "learning_rate": "0.001",
    "lone_item": "itself",
}  # fmt: skip
SHARES = {
    "dim": "64 100", "window": "5 8 12 20", "long_weight": "0.1 0.2 0.3 0.5", "vector_dropout": "0.1 0.2 0.4",
}  # fmt: skip
# A taste from items takes more dropout; these start settings were chosen on validation items.
ITEMS = {"taste": "items", "window": "5", "long_weight": "0.3", "vector_dropout": "0.5"}
OF_ITEMS = SHARES | {"taste": "items both", "half_life": "10 20 50 100", "vector_dropout": "0.2 0.3 0.5"}
PAIRS = {
    "dim": "64 100", "window": "3 5", "long_weight": "0.2 0.3 0.4", "regularisation": "l2 clip", "negatives": "3 10",
    "targets": "1", "init_sd": "0.001 0.05",
}  # fmt: skip

STEPS, SMALLEST = 100, 50  # steps per epoch to aim for, and fewest windows per step
# The numbers of items between which a sample of AttRec's softmax takes at most two thirds of the time and, as measured
# on validation items (900 and 1,682 items), ranks as well; with 9,724 items, the whole softmax probably ranks better.
MANY, TOO_MANY = 2 * SharedNegatives.LEAST, 2_000
FIRST, SHARE = 3, 8  # epochs of the first round: at least 3, and an eighth of what the settings allow
MOST_TIMES = 15
HASTES, FEWEST = (1.0, 2.0), 2  # the epochs of all rounds are halved before fewer settings are tried
# Softmax seconds of a window, for each item and for each component of its vectors, as measured on one core.
AN_ITEM, A_NUMBER = 3e-9, 2.5e-10


def fitted(configs: Configs, split: Split) -> Configs:
    """Returns the settings with smaller batches if Adam has few windows: Adam's steps have the same size whatever the
    gradient, so that a few steps get nowhere. And with a sample in AttRec's softmax where that is faster for as good a
    ranking: with more than MANY items, and at most TOO_MANY."""
    model, train = configs
    if (model.model, train.loss) == ("attrec", "softmax") and MANY < split.interactions.n_items <= TOO_MANY:
        train = replace(train, loss="sampled")
    if train.optimiser != "adam":
        return model, train
    return model, replace(train, batch_size=min(train.batch_size, max(SMALLEST, split.windows // STEPS)))


def candidates_of(system: str, budget: int) -> list[Configs]:
    """Returns up to `budget` different settings: the system's start settings, then draws from its space. For "auto"
    (AttRec): its start with the softmax loss, the same with a taste from items, both of the paper's presets and "best",
    then draws with the softmax, with it and a taste from items, and with the hinge, in turn."""
    if system == "auto":
        presets = [PRESETS[name] for name in ("movielens", "sparse", "best")]
        softmax = softmax_start()
        spaces = (softmax, SHARES), (softmax, OF_ITEMS), (PRESETS["best"], PAIRS)
        drawn = [configs for three in zip(*(draws(*space) for space in spaces), strict=False) for configs in three]
        candidates = [softmax, with_settings(*softmax, ITEMS), *presets, *drawn]
    else:
        start = start_of(system)
        candidates = [start, *draws(start, SPACES.get(system, OWN_SPACE))]
    return list(dict.fromkeys(candidates))[:budget]


def softmax_start() -> Configs:
    """Returns AttRec's start settings with the softmax loss."""
    return with_settings(*PRESETS["movielens"], SOFTMAX | MIDDLE)


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


def changes(configs: Configs, system: str) -> dict[str, object]:
    """Returns what differs from the system's start settings; for "auto", from the paper's settings for MovieLens."""
    start = start_of("attrec" if system == "auto" else system)
    pairs = zip(start, configs, strict=True)
    return {key: value for old, new in pairs for key, value in vars(new).items() if value != vars(old)[key]}


def race(
    split: Split,
    system: str,
    candidates: Sequence[Configs],
    done: Sequence[Trial],
    on_trial: OnTrial,
    haste: float = 1.0,
) -> Configs:
    """Returns the settings that rank the validation items best, by their metric `select_by`; the first of equals.

    done: trials of an earlier call, which are not repeated; on_trial: is called with each trial, new or from `done`.
    haste: divides the epochs of each round. Each round trains from the start. Counted systems have one round. Raises
    KeyboardInterrupt.
    """
    remaining, is_counted = list(candidates), SYSTEMS[candidates[0][0].model].is_counted
    trials_made = list(done)
    for count, share in rounds(len(remaining), is_counted):
        remaining = remaining[:count]
        trials = []
        for configs in remaining:
            epochs, settings = epochs_in(configs[1], share / haste), changes(configs, system)
            same = (trial for trial in trials_made if (trial.epochs, dict(trial.settings)) == (epochs, settings))
            trials.append(next(same, None) or run_trial(split, system, configs, epochs))
            trials_made.append(trials[-1])
            on_trial(trials[-1])
        figures = [trial.validation[configs[1].select_by] for trial, configs in zip(trials, remaining, strict=True)]
        remaining = [remaining[index] for index in sorted(range(len(remaining)), key=lambda index: -figures[index])]
    return remaining[0]


def rounds(count: int, is_counted: bool = False) -> list[tuple[int, float]]:
    """Returns the number of candidates of each round and the share of their epochs to train; empty for a single one."""
    result: list[tuple[int, float]] = []
    while count > 1:
        result.append((count, min(1.0, 2 ** len(result) / SHARE)))
        count = 1 if count == 2 or is_counted else -(-count // 2)
    return result


def epochs_in(train: TrainConfig, share: float) -> int:
    return min(train.epochs, max(FIRST, round(train.epochs * share)))


def run_trial(split: Split, system: str, configs: Configs, epochs: int) -> Trial:
    began, train = time.perf_counter(), replace(configs[1], epochs=epochs, refit=False)
    _, history = fit(split, configs[0], train)
    stop_if_interrupted(history)
    seconds = time.perf_counter() - began
    return Trial(changes(configs, system), epochs, history.best_epoch, history.best_validation(), seconds)


def stop_if_interrupted(history: History) -> None:
    """Raises KeyboardInterrupt if training was interrupted: `fit` returns the best model so far, but a study does not
    count it."""
    if history.ended == "interrupted":
        raise KeyboardInterrupt


@dataclass(frozen=True)
class Schedule:
    """The settings that are raced, and the divisor of each round's epochs (`haste`)."""

    candidates: tuple[Configs, ...]
    haste: float
    times: float  # the cost of the race, in trainings with the paper's settings
    paper: Configs
    by_rule: tuple[float, ...] = ()  # seconds of an epoch of each candidate, by the rule

    @property
    def trainings(self) -> int:
        return sum(count for count, epochs in self.rounds if any(epochs))

    @property
    def rounds(self) -> list[tuple[int, list[int]]]:
        """For each round, the number of candidates, and how many epochs each candidate would train in it: 0 if as many
        as in the round before, since no training is repeated."""
        shares = rounds(len(self.candidates))
        epochs = [[epochs_in(train, share / self.haste) for _, train in self.candidates] for _, share in shares]
        steps = zip(shares, [[0] * len(self.candidates), *epochs], epochs, strict=False)
        return [(count, np.where(np.equal(before, now), 0, now).tolist()) for (count, _), before, now in steps]

    def seconds(self, epoch: Sequence[float], figures: Sequence[float] = ()) -> float:
        """Returns the seconds of the rest of the race. epoch: seconds of an epoch, by candidate; figures: the
        validation metrics of the trainings so far.

        The candidates of the current round are known; in later rounds, each of these candidates is equally likely.
        """
        indices, total, done, is_open = list(range(len(self.candidates))), 0.0, list(figures), False
        for count, epochs in self.rounds:
            costs = [number * seconds for number, seconds in zip(epochs, epoch, strict=True)]
            if is_open:
                total += count * mean(costs[index] for index in indices)
                continue
            indices, finished, done = indices[:count], done[:count], done[count:]
            total += sum(costs[index] for index in indices[len(finished) :])
            is_open = len(finished) < count
            if not is_open:
                indices = [indices[rank] for rank in sorted(range(count), key=lambda rank: -finished[rank])]
        return total


def affordable(split: Split, candidates: Sequence[Configs], paper: Configs) -> Schedule:
    """Returns the schedule with the most settings that costs at most MOST_TIMES times one training of the paper's."""
    paper_seconds = training_by_rule(split, paper)
    by_rule = tuple(epoch_by_rule(split, configs) for configs in candidates)
    for count, haste in product(range(len(candidates), 0, -1), HASTES):
        schedule = Schedule(tuple(candidates[:count]), haste, 0.0, paper, by_rule[:count])
        schedule = replace(schedule, times=schedule.seconds(schedule.by_rule) / paper_seconds)
        if schedule.times <= MOST_TIMES or (count <= FEWEST and haste == HASTES[-1]):
            break
    return schedule


def training_by_rule(split: Split, configs: Configs) -> float:
    """Returns the seconds that a training takes at most: search, final fit and maps."""
    data, train = split.interactions, configs[1]
    epochs = train.epochs * (2 if train.refit else 1)
    return epochs * epoch_by_rule(split, configs) + maps_seconds(data, configs[0], train.seed)


def epoch_by_rule(split: Split, configs: Configs) -> float:
    """Returns the seconds of an epoch on one core."""
    model, train = configs
    seconds = torch_seconds(model, replace(train, epochs=1), split.windows)
    if train.is_softmax:
        shared = SharedNegatives(split, train)
        items = shared.size if shared.needed else split.interactions.n_items
        seconds += split.windows * items * (AN_ITEM + model.dim * A_NUMBER)
    return seconds / FASTER[train.loss] if is_compiled_anywhere(split, configs) else seconds


def is_compiled_anywhere(split: Split, configs: Configs) -> bool:
    """Whether the compiled loop supports these settings, regardless of this machine."""
    model, train = configs
    return engine_of(model, replace(train, engine="compiled", device="cpu"), split.windows) == "compiled"
