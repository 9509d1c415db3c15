"""Which settings a race can afford: it costs at most MOST_TIMES one training of the paper's settings, with its maps.

By a rule, not measured, so that the same settings are raced on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from statistics import mean

from attrec_core.data.windows import Split
from attrec_core.training.engine import engine_of, torch_seconds
from attrec_core.training.estimate import FASTER, maps_seconds
from attrec_core.training.negatives import SharedNegatives
from attrec_core.training.study.candidates import Configs
from attrec_core.training.study.race import epochs_in, rounds

MOST_TIMES = 15
HASTES, FEWEST = (1.0, 2.0), 2  # the epochs of all rounds are halved before fewer settings are tried
# Seconds of a window in a softmax, for each item and for each number of its vectors, as measured on one core.
AN_ITEM, A_NUMBER = 3e-9, 2.5e-10


@dataclass(frozen=True)
class Schedule:
    """The settings that are raced, and by what the epochs of each round are divided."""

    candidates: tuple[Configs, ...]
    haste: float
    times: float  # what it costs, in trainings of the paper's settings

    @property
    def trainings(self) -> int:
        return sum(count for count, _ in rounds(len(self.candidates)))

    def seconds(self, epoch: Sequence[float], figures: Sequence[float] = ()) -> float:
        """Of the rest of the race. epoch: seconds of one, by candidate; figures: what its trainings so far have found.

        Who trains in the current round is known; later, each of them is as likely as any other.
        """
        places, left, done, is_open = list(range(len(self.candidates))), 0.0, list(figures), False
        for count, share in rounds(len(self.candidates)):
            costs = self.trial_seconds(epoch, share)
            if is_open:
                left += count * mean(costs[place] for place in places)
                continue
            places, here, done = places[:count], done[:count], done[count:]
            left += sum(costs[place] for place in places[len(here) :])
            is_open = len(here) < count
            if not is_open:
                places = [places[rank] for rank in sorted(range(count), key=lambda rank: -here[rank])]
        return left

    def trial_seconds(self, epoch: Sequence[float], share: float) -> list[float]:
        """Of each candidate's training in a round."""
        trains = [train for _, train in self.candidates]
        return [epochs_in(train, share / self.haste) * each for train, each in zip(trains, epoch, strict=True)]


def affordable(split: Split, candidates: Sequence[Configs], paper: Configs) -> Schedule:
    """The schedule with most settings that costs no more than MOST_TIMES one training of the paper's."""
    one = training_by_rule(split, paper)
    each = [epoch_by_rule(split, configs) for configs in candidates]
    for count, haste in product(range(len(candidates), 0, -1), HASTES):
        schedule = Schedule(tuple(candidates[:count]), haste, 0.0)
        schedule = replace(schedule, times=schedule.seconds(each[:count]) / one)
        if schedule.times <= MOST_TIMES or (count <= FEWEST and haste == HASTES[-1]):
            break
    return schedule


def training_by_rule(split: Split, configs: Configs) -> float:
    """Seconds of a training at most: search, final fit and maps."""
    data, train = split.interactions, configs[1]
    epochs = train.epochs * (2 if train.refit else 1)
    return epochs * epoch_by_rule(split, configs) + maps_seconds(data, configs[0], train.seed)


def epoch_by_rule(split: Split, configs: Configs) -> float:
    """Seconds of an epoch on one core."""
    model, train = configs
    own = torch_seconds(model, replace(train, epochs=1), split.windows)
    if is_compiled_anywhere(split, configs):
        return own / FASTER
    if train.loss != "softmax":
        return own
    items = split.interactions.n_items
    items = SharedNegatives.LEAST if items > SharedNegatives.ALL else items
    return own + split.windows * items * (AN_ITEM + model.dim * A_NUMBER)


def is_compiled_anywhere(split: Split, configs: Configs) -> bool:
    """Whether the compiled loop can do its steps, whatever this machine has."""
    model, train = configs
    return engine_of(model, replace(train, engine="compiled", device="cpu"), split.windows) == "compiled"
