"""A race chooses the settings of a system: all its candidates (`runs/candidates.py`) train for a few epochs, the better
half goes on to twice as many, and so on. Of many users, the first rounds train on a part.

A schedule says which settings a race can afford: at most MOST_TIMES times one training of the paper's settings with
maps. The costs come from a rule, not from measurements, so that the same settings are raced on every machine.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path
from statistics import mean

from attrec_core.data.windows import Split
from attrec_core.runs.candidates import Configs
from attrec_core.runs.history import Epoch
from attrec_core.runs.studies import Trial
from attrec_core.runs.systems import SYSTEMS, start_of
from attrec_core.runs.unfinished import STATE, epochs_kept, state_size, weights_size
from attrec_core.storage.atomic_folder import check_room
from attrec_core.storage.atomic_write import remove
from attrec_core.training.engine import FASTER, engine_of, torch_seconds
from attrec_core.training.estimate import maps_seconds
from attrec_core.training.fit import States, fit, nothing, search
from attrec_core.training.negatives import SharedNegatives
from attrec_core.training.side_by_side import of_shared

STEPS, SMALLEST = 100, 50  # steps per epoch to aim for, and fewest windows per step
MOST_STEPS, ENOUGH_EPOCHS = 20_000, 10  # Adam's steps in all, unless these are fewer epochs
# The numbers of items between which a sample of AttRec's softmax takes at most two thirds of the time and, as measured
# on validation items (900 and 1,682 items), ranks as well; with 9,111 and 9,724, its HR@50 is lower.
MANY, TOO_MANY = 2 * SharedNegatives.LEAST, 2_000
DEAR = 30.0  # seconds of an epoch of the whole softmax, by the rule, from which a race could not end without a sample
LAST = 2  # rounds that train on all users, whatever their number
# What the other rounds train on: users with so many windows, of whom so many rank a validation item.
ENOUGH_WINDOWS, ENOUGH_USERS = 200_000, 500
SHORT = 0.25  # times the longest training of a round
LOOK = 0.5  # seconds between two looks at the trainings that run side by side
FIRST, SHARE = 3, 8  # epochs of the first round: at least 3, and an eighth of what the settings allow
MOST_TIMES = 12
# The divisors of the epochs of all rounds that are tried before fewer settings are. With 2, the last two settings train
# for half of what they allow, and the better one goes on by itself.
HASTES, FEWEST = (2.0, 4.0), 2
# Softmax seconds of a window, for each item and for each component of its vectors, as measured on one core.
AN_ITEM, A_NUMBER = 3e-9, 2.5e-10


def fitted(configs: Configs, split: Split) -> Configs:
    """Returns the settings with smaller batches if Adam has few windows: Adam's steps have the same size whatever the
    gradient, so that a few steps get nowhere. And with a sample in AttRec's softmax where that is faster for as good a
    ranking, with more than MANY items, and at most TOO_MANY; or where the whole softmax is too expensive. Of a million
    windows, Adam makes so many steps in an epoch that AttRec needs fewer epochs. Where a sample would hold all items,
    the loss is the whole softmax."""
    model, train = configs
    if (model.model, train.loss) == ("attrec", "softmax"):
        is_as_good = MANY < split.interactions.n_items <= TOO_MANY
        if is_as_good or epoch_by_rule(split, configs) > DEAR:
            train = replace(train, loss="sampled")
    elif train.loss == "sampled" and not SharedNegatives(split, train).needed:
        train = replace(train, loss="softmax")
    if train.optimiser != "adam":
        return model, train
    train = replace(train, batch_size=min(train.batch_size, max(SMALLEST, split.windows // STEPS)))
    if model.model == "attrec":  # a step of SASRec or GRU4Rec reads whole histories, so that an epoch has few steps
        enough = max(ENOUGH_EPOCHS, MOST_STEPS * train.batch_size // max(1, split.windows))
        train = replace(train, epochs=min(train.epochs, enough))
    return model, train


def changes(configs: Configs, system: str) -> dict[str, object]:
    """Returns what differs from the system's start settings; for "auto", from the paper's settings for MovieLens."""
    start = start_of("attrec" if system == "auto" else system)
    pairs = zip(start, configs, strict=True)
    return {key: value for old, new in pairs for key, value in vars(new).items() if value != vars(old)[key]}


@dataclass(frozen=True)
class Round:
    """A round of a race. `until` and `since` count the epochs of each candidate from its start."""

    count: int  # candidates in it
    part: float  # share of the users that it trains on
    until: tuple[int, ...]
    since: tuple[int, ...]  # where the round before has left it; 0 if that trained on fewer users

    def work(self, index: int) -> float:
        """What a candidate trains in this round, in epochs over all users."""
        return (self.until[index] - self.since[index]) * self.part


@dataclass(frozen=True)
class Schedule:
    """The settings that are raced, and how."""

    candidates: tuple[Configs, ...]
    haste: float = 1.0  # divides the epochs of each round
    part: float = 1.0  # share of the users that all rounds but the LAST train on
    times: float = 0.0  # the cost of the race, in trainings with the paper's settings
    most: tuple[int, ...] = ()  # epochs that each candidate has time for; none: as many as its settings allow

    @property
    def epochs(self) -> tuple[int, ...]:
        """The most epochs of each candidate."""
        allowed = [train.epochs for _, train in self.candidates]
        return tuple(map(min, allowed, self.most or allowed))

    @property
    def rounds(self) -> list[Round]:
        counts = rounds(len(self.candidates), is_counted(self.candidates[0]))
        result: list[Round] = []
        for number, (count, share) in enumerate(counts):
            part = self.part if number < len(counts) - LAST else 1.0
            shares = (max(FIRST, round(train.epochs * (share / self.haste))) for _, train in self.candidates)
            until = tuple(map(min, shares, self.epochs))
            goes_on = bool(result) and result[-1].part == part
            result.append(Round(count, part, until, result[-1].until if goes_on else (0,) * len(until)))
        return result

    @property
    def trainings(self) -> int:
        """The number of trainings, most of which go on from an earlier one."""
        return sum(each.count for each in self.rounds if any(map(each.work, range(len(self.candidates)))))

    def seconds(self, epoch: Sequence[float], processes: int = 1) -> float:
        """Returns the likely seconds of the race. epoch: seconds of an epoch over all users, by candidate."""
        return Standing(self, epoch, processes).left


@dataclass
class Standing:
    """How far a race has come, and how long it still takes."""

    schedule: Schedule
    epoch: Sequence[float]  # seconds of an epoch over all users, by candidate, as estimated
    processes: int = 1
    trials: list[dict[int, Trial]] = field(default_factory=list)  # of each round that has begun, by candidate
    running: dict[int, list[Epoch]] = field(default_factory=dict)  # the epochs of the candidates that train now
    latest: dict[int, float] = field(default_factory=dict)  # when each of them ended its latest epoch
    begun: dict[int, float] = field(default_factory=dict)  # what each of them has likely done of the next one, 0 to 1
    measured: dict[int, float] = field(default_factory=dict)  # seconds of an epoch over all users, by candidate

    @property
    def done(self) -> list[Trial]:
        """The trainings so far, each once: a round without new epochs repeats the trial of the round before."""
        trials = [trial for of_round in self.trials for trial in of_round.values()]
        return [trial for index, trial in enumerate(trials) if trial not in trials[:index]]

    @property
    def taken(self) -> float:
        """Seconds of the race so far, if all processes were at work."""
        now = sum(seconds_of(epoch) for epochs in self.running.values() for epoch in epochs)
        return (sum(trial.seconds for trial in self.done) + now) / self.processes

    @property
    def left(self) -> float:
        """The likely seconds left. A later round has the better half of the candidates; one that has no result yet is
        as likely among them as any other."""
        chances, total = dict.fromkeys(range(len(self.schedule.candidates)), 1.0), 0.0
        for number, round_ in enumerate(self.schedule.rounds):
            finished = self.trials[number] if number < len(self.trials) else {}
            costs = {
                index: round_.work(index) * self.measured.get(index, self.epoch[index])
                for index, chance in chances.items()
                if chance and index not in finished
            }
            if number == len(self.trials) - 1:
                for index in costs.keys() & self.running.keys():
                    done = len(self.running[index]) + self.begun.get(index, 0.0)
                    costs[index] *= max(0.0, 1 - done / max(1, round_.until[index] - round_.since[index]))
            work = sum(chances[index] * cost for index, cost in costs.items())
            is_known = all(chances[index] == 1 for index in costs)
            one = max(costs.values(), default=0.0) if is_known else work / round_.count
            total += max(work / self.processes, one)
            share = -(-round_.count // 2) / round_.count
            better = ranked(list(finished), finished, self.schedule)[: round(len(finished) * share)]
            chances = {
                index: float(index in better) if index in finished else chance * share
                for index, chance in chances.items()
            }
        return total

    def look(self, folder: Path) -> None:
        """Reads the epochs of the candidates that train now. folder: with their states."""
        round_ = self.schedule.rounds[len(self.trials) - 1]
        now = time.monotonic()
        for index, before in self.running.items():
            epochs = epochs_kept(state_of(folder, index, round_.part))[round_.since[index] :]
            if len(epochs) != len(before) or index not in self.latest:
                self.latest[index] = now
            self.running[index] = epochs
            if epochs:
                self.measured[index] = mean(map(seconds_of, epochs)) / round_.part
            one = self.measured.get(index, self.epoch[index]) * round_.part
            self.begun[index] = min(1.0, (now - self.latest[index]) / one) if one else 0.0

    def ends(self, index: int) -> None:
        """A candidate trains no more in this round."""
        for of in (self.running, self.latest, self.begun):
            of.pop(index, None)


def is_counted(configs: Configs) -> bool:
    return SYSTEMS[configs[0].model].is_counted


def seconds_of(epoch: Epoch) -> float:
    return epoch.seconds + epoch.validation_seconds


def state_of(folder: Path, index: int, part: float = 1.0) -> Path:
    """Returns the folder with the state of a candidate. part: share of the users that it trains on."""
    return folder / f"{index:02}{'' if part == 1 else '-part'}"


def ranked(indices: Sequence[int], trials: Mapping[int, Trial], schedule: Schedule) -> list[int]:
    """Returns the candidates with the best on the validation items first; equals in the order given."""
    metric = schedule.candidates[0][1].select_by
    return sorted(indices, key=lambda index: -trials[index].validation[metric])


def race(
    split: Split,
    system: str,
    standing: Standing,
    folder: Path,
    *,
    done: Sequence[Trial] = (),
    on_progress: Callable[[Standing], None] = nothing,
    pool: Executor | None = None,
    most: float | None = None,
    after: int = 0,
) -> tuple[int, list[Trial]]:
    """Returns the candidate that ranks the validation items best, by its metric `select_by`, the first of equals; and
    all trials, round by round.

    Each round trains its candidates further, and the better half remains. folder: holds the states of these, from which
    another call goes on. done: the trials of an earlier call, which are not repeated. standing: before the race; it
    follows the race, and on_progress is called with it. pool: processes that train side by side; without it, this one
    trains. most: seconds; once the race would likely take longer, it trains no more. after: bytes of the disk that are
    needed after the race. Counted systems have one round. Raises KeyboardInterrupt, and InputError before a round that
    the disk has no room for.
    """
    schedule = standing.schedule
    remaining, result = list(range(len(schedule.candidates))), list[Trial]()
    settings, before = [changes(configs, system) for configs in schedule.candidates], dict[int, Trial]()
    for number, round_ in enumerate(schedule.rounds):
        remaining, trials = remaining[: round_.count], dict[int, Trial]()
        if number and most is not None and standing.taken + standing.left > most:
            result += [before[index] for index in remaining[:2]]  # as a last round without new epochs
            break
        standing.trials.append(trials)
        for index in remaining:
            wanted = settings[index], round_.until[index], round_.part
            same = (trial for trial in done if (dict(trial.settings), trial.epochs, trial.part) == wanted)
            kept = before[index] if number and not round_.work(index) else next(same, None)
            if kept is not None:
                trials[index] = kept
        if to_do := [index for index in remaining if index not in trials]:
            size = after + room_of_round(split, round_, to_do, folder, standing)
            check_room(folder, size, "the race for the settings", goes_on=number > 0)
        for index, trial in trained(split, system, round_, folder, standing, on_progress, pool, remaining):
            trials[index] = trial
            on_progress(standing)
        result += [trials[index] for index in remaining]
        remaining, before = ranked(remaining, trials, schedule), trials
        goes_on = number + 1 < len(schedule.rounds) and schedule.rounds[number + 1].part == round_.part
        half = -(-round_.count // 2) if goes_on or round_.part == 1 else 0
        for index in remaining[half:]:
            with contextlib.suppress(OSError):
                remove(state_of(folder, index, round_.part))
    return remaining[0], result


def room_of_round(split: Split, round_: Round, indices: Sequence[int], folder: Path, standing: Standing) -> int:
    """Returns roughly the bytes that a round adds to the disk: the states that are not there yet, and for each process
    a new state beside the old one. indices: the candidates that train in it."""
    candidates, data = standing.schedule.candidates, split.interactions
    if is_counted(candidates[0]):
        return 0
    sizes = {index: state_size(candidates[index], data) for index in indices}
    new = [index for index in indices if not (state_of(folder, index, round_.part) / STATE).is_file()]
    states = sum(sizes[index] + weights_size(candidates[index][0], data) for index in new)
    return states + min(standing.processes, len(indices)) * max(sizes.values())


def trained(
    split: Split,
    system: str,
    round_: Round,
    folder: Path,
    standing: Standing,
    on_progress: Callable[[Standing], None],
    pool: Executor | None,
    remaining: Sequence[int],
) -> Iterator[tuple[int, Trial]]:
    """Yields the trials that are left in a round, each when it ends. Short trials start first, because their results
    improve the estimate of the later rounds; then the longest, so that the processes end at about the same time."""
    trials, candidates = standing.trials[-1], standing.schedule.candidates
    cost = {index: round_.work(index) * standing.epoch[index] for index in remaining if index not in trials}
    short = SHORT * max(cost.values(), default=0.0)
    to_do = sorted(cost, key=lambda index: (cost[index] > short, -cost[index]))
    calls = {index: (system, candidates[index], state_of(folder, index, round_.part), round_, index) for index in to_do}

    def look() -> None:
        standing.look(folder)
        on_progress(standing)

    if pool is None:
        for index in to_do:
            standing.running[index] = []
            trial = run_trial(split, *calls[index], lambda _: look())
            standing.ends(index)
            yield index, trial
        return
    futures = {pool.submit(partial(of_shared, run_trial), *call): index for index, call in calls.items()}
    while futures:
        ended, _ = wait(futures, LOOK, FIRST_COMPLETED)
        for index in list(futures.values())[: standing.processes]:  # they begin in this order
            standing.running.setdefault(index, [])
        look()
        for future in ended:
            index = futures.pop(future)
            standing.ends(index)
            yield index, future.result()


def run_trial(
    split: Split,
    system: str,
    configs: Configs,
    folder: Path,
    round_: Round,
    index: int,
    on_epoch: Callable[[Epoch], None] = nothing,
) -> Trial:
    """Trains a candidate further, without the validation items. folder: holds its state."""
    split, until, settings = split.some(round_.part), round_.until[index], changes(configs, system)
    if is_counted(configs):
        began = time.perf_counter()
        _, history = fit(split, configs[0], replace(configs[1], refit=False))
        return Trial(settings, until, 0, history.best_validation(), time.perf_counter() - began)
    if len(epochs_kept(folder)) > until:  # of a race whose log was lost
        remove(folder)
    state = search(split, *configs, until, States(folder), on_epoch)
    seconds = sum(map(seconds_of, state.epochs[round_.since[index] :]))
    return Trial(settings, until, state.best, state.history.best_validation(), seconds, round_.part)


def rounds(count: int, is_counted: bool = False) -> list[tuple[int, float]]:
    """Returns the number of candidates of each round and the share of their epochs to train; empty for a single one."""
    result: list[tuple[int, float]] = []
    while count > 1:
        result.append((count, min(1.0, 2 ** len(result) / SHARE)))
        count = 1 if count == 2 or is_counted else -(-count // 2)
    return result


def affordable(split: Split, candidates: Sequence[Configs], paper: Configs) -> Schedule:
    """Returns the schedule with the most settings that costs at most MOST_TIMES times one training of the paper's."""
    paper_seconds, part = training_by_rule(split, paper), part_of(split)
    by_rule = tuple(epoch_by_rule(split, configs) for configs in candidates)
    for count, haste in product(range(len(candidates), 0, -1), HASTES):
        schedule = Schedule(tuple(candidates[:count]), haste, part)
        schedule = replace(schedule, times=schedule.seconds(by_rule[:count]) / paper_seconds)
        if schedule.times <= MOST_TIMES or (count <= FEWEST and haste == HASTES[-1]):
            break
    return schedule


def part_of(split: Split) -> float:
    """Returns the share of the users that is enough for the first rounds of a race; 1 unless there are far more."""
    enough = max(ENOUGH_WINDOWS / split.windows, ENOUGH_USERS / len(split.evaluated))
    return enough if enough <= 0.5 else 1.0


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
