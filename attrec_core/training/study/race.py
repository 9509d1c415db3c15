"""A race chooses the settings of a system: all its candidates (`runs/candidates.py`) train for an eighth of their
epochs, the best four (at most half) go on to a quarter, and the best of these is chosen. Of many users, the first round
trains on a part.

A schedule says which settings a race can afford: at most MOST_TIMES times one training of the paper's settings with
maps. The costs come from a rule, not from measurements, so that the same settings are raced on every machine.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, field, replace
from functools import partial
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
# What the first of two rounds trains on: users with so many windows, of whom so many rank a validation item.
ENOUGH_WINDOWS, ENOUGH_USERS = 200_000, 500
LAST = 4  # candidates of the last round at most
FIRST, SHARE = 3, 8  # epochs of the first round: at least 3, and an eighth of what the settings allow; then twice these
MOST_TIMES, FEWEST = 12, 2  # candidates, whatever they cost
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
    part: float = 1.0  # share of the users that the first of two rounds trains on
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
        for number, count in enumerate(counts):
            part = self.part if number + 1 < len(counts) else 1.0
            shares = (max(FIRST * 2**number, round(train.epochs * 2**number / SHARE)) for _, train in self.candidates)
            until = tuple(map(min, shares, self.epochs))
            goes_on = bool(result) and result[-1].part == part
            result.append(Round(count, part, until, result[-1].until if goes_on else (0,) * len(until)))
        return result

    @property
    def trainings(self) -> int:
        """The number of trainings, most of which go on from an earlier one."""
        return sum(each.count for each in self.rounds if any(map(each.work, range(len(self.candidates)))))

    def seconds(self, epoch: Sequence[float], processes: int = 1, done: Sequence[int] = ()) -> float:
        """Returns the likely seconds that the race still takes: any candidate is as likely in a round as another.
        epoch: seconds of an epoch over all users, by candidate; done: how many trainings of each round are."""
        total = 0.0
        for number, round_ in enumerate(self.rounds):
            count = round_.count - sum(done[number : number + 1])
            work = count * mean(round_.work(index) * seconds for index, seconds in enumerate(epoch))
            total += work / max(1, min(processes, count))
        return total


@dataclass
class Standing:
    """How far a race has come, and how long it still takes."""

    schedule: Schedule
    epoch: Sequence[float]  # seconds of an epoch over all users, by candidate, as estimated
    processes: int = 1
    trials: list[dict[int, Trial]] = field(default_factory=list)  # of each round that has begun, by candidate

    @property
    def done(self) -> list[Trial]:
        """The trainings so far, each once: a round without new epochs repeats the trial of the round before."""
        trials = [trial for of_round in self.trials for trial in of_round.values()]
        return [trial for index, trial in enumerate(trials) if trial not in trials[:index]]

    @property
    def taken(self) -> float:
        """Seconds of the race so far, if all processes were at work."""
        return sum(trial.seconds for trial in self.done) / self.processes

    @property
    def slowness(self) -> float:
        """Seconds of the trainings so far per second that was estimated; 1 before there are any."""
        rounds = zip(self.schedule.rounds, self.trials, strict=False)
        estimated = sum(round_.work(index) * self.epoch[index] for round_, trials in rounds for index in trials)
        return self.taken * self.processes / estimated if estimated else 1.0

    @property
    def left(self) -> float:
        """The likely seconds left."""
        return self.slowness * self.schedule.seconds(self.epoch, self.processes, list(map(len, self.trials)))


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

    Each round trains its candidates further, and the best remain; its best two are its last two trials.
    folder: holds the states of those that remain, from which another call goes on. done: the trials of an earlier call,
    which are not repeated. standing: before the race; it follows the race, and on_progress is called with it before
    each round and after each training. pool: processes that train side by side; without it, this one trains. most:
    seconds; if the race would likely take longer, it begins no further round. after: bytes of the disk that are needed
    after the race. Counted systems have one round. Raises KeyboardInterrupt, and InputError before a round that the
    disk has no room for.
    """
    schedule = standing.schedule
    remaining, result = list(range(len(schedule.candidates))), list[Trial]()
    settings, before = [changes(configs, system) for configs in schedule.candidates], dict[int, Trial]()
    for number, round_ in enumerate(schedule.rounds):
        remaining, trials = remaining[: round_.count], dict[int, Trial]()
        if number and most is not None and standing.taken + standing.left > most:
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
        on_progress(standing)
        for index, trial in trained(split, system, round_, folder, standing, pool, to_do):
            trials[index] = trial
            on_progress(standing)
        remaining, before = ranked(remaining, trials, schedule), trials
        result += [trials[index] for index in (*remaining[2:], *remaining[:2])]
        later = schedule.rounds[number + 1 :]
        kept_states = next((each.count for each in later if each.part == round_.part), int(not later))
        for index in remaining[kept_states:]:
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
    pool: Executor | None,
    to_do: Sequence[int],
) -> Iterator[tuple[int, Trial]]:
    """Yields the trials that are left in a round, each when it ends. The longest begin first, so that the processes end
    at about the same time."""
    candidates = standing.schedule.candidates
    calls = {
        index: (system, candidates[index], state_of(folder, index, round_.part), round_, index)
        for index in sorted(to_do, key=lambda index: -round_.work(index) * standing.epoch[index])
    }
    if pool is None:
        yield from ((index, run_trial(split, *call)) for index, call in calls.items())
        return
    futures = {pool.submit(partial(of_shared, run_trial), *call): index for index, call in calls.items()}
    for future in as_completed(futures):
        yield futures[future], future.result()


def run_trial(
    split: Split,
    system: str,
    configs: Configs,
    folder: Path,
    round_: Round,
    index: int,
) -> Trial:
    """Trains a candidate further, without the validation items. folder: holds its state."""
    split, until, settings = split.some(round_.part), round_.until[index], changes(configs, system)
    if is_counted(configs):
        began = time.perf_counter()
        _, history = fit(split, configs[0], replace(configs[1], refit=False))
        return Trial(settings, until, 0, history.best_validation(), time.perf_counter() - began)
    if len(epochs_kept(folder)) > until:  # of a race whose log was lost
        remove(folder)
    state = search(split, *configs, until, States(folder))
    seconds = sum(map(seconds_of, state.epochs[round_.since[index] :]))
    return Trial(settings, until, state.best, state.history.best_validation(), seconds, round_.part)


def rounds(count: int, is_counted: bool = False) -> list[int]:
    """Returns the number of candidates of each round; empty for a single one."""
    if count < 2:
        return []
    return [count] if count == 2 or is_counted else [count, min(LAST, -(-count // 2))]


def affordable(split: Split, candidates: Sequence[Configs], paper: Configs) -> Schedule:
    """Returns the schedule with the most settings that costs at most MOST_TIMES times one training of the paper's."""
    paper_seconds, part = training_by_rule(split, paper), part_of(split)
    by_rule = tuple(epoch_by_rule(split, configs) for configs in candidates)
    for count in range(len(candidates), 0, -1):
        schedule = Schedule(tuple(candidates[:count]), part)
        schedule = replace(schedule, times=schedule.seconds(by_rule[:count]) / paper_seconds)
        if schedule.times <= MOST_TIMES or count <= FEWEST:
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
