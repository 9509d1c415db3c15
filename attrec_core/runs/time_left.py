"""How long a training takes: estimated before it is started, and, while it runs, the time left phase by phase, from its
epochs, its settings and its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any, Literal

from attrec_core.config import TrainConfig
from attrec_core.errors import count_of
from attrec_core.runs.history import Epoch

RECENT = 5  # latest epochs whose median is taken as the time of an epoch
# For how many more epochs a search without an end usually improves; fewer near its end, and the longer it has improved.
# Measured in 20 trainings on four data sets: the best epochs were 8 to 30 of 30, and 12 to 42 of 60. Chance matters
# too: on the same data with other seeds they were 8, 22 and 27. No estimate is near them all; this one is in the
# middle.
RISES = 45.0
FADES = 4
MEASURABLE = 0.2  # seconds of processor time
LESS = "less than .1 s"

PhaseName = Literal["race", "count", "compile", "search", "refit", "metrics", "maps"]
PhaseState = Literal["done", "now", "later"]


@dataclass(frozen=True)
class Plan:
    """Seconds that a training estimates before its first epoch, as if it had the processor to itself."""

    ranking: float = 0.0  # of ranking the validation items, in each epoch of the search
    metrics: float = 0.0  # of the metrics and statistics after the epochs
    maps: float = 0.0  # 0 without maps
    compile: float = 0.0  # of the steps, before the first epoch, roughly; 0 if they are compiled already


@dataclass(frozen=True)
class RaceProgress:
    done: int  # trainings
    of: int  # 0 before it is known
    figure: str = ""  # the metric on the validation items that the settings are chosen by
    best: float | None = None  # the highest so far
    taken: float = 0.0  # seconds of its trainings
    left: float = 0.0  # likely seconds left

    @property
    def share(self) -> float:
        """What is done of its time."""
        return self.taken / (self.taken + self.left) if self.taken else 0.0


@dataclass(frozen=True)
class Phase:
    """One part of a training. Its share is that of its epochs or trainings, or, where it has none, of its seconds."""

    name: PhaseName
    state: PhaseState
    share: float  # 0 to 1
    left: float | None  # seconds that it likely still takes; None: unknown, also where it takes longer than estimated
    epoch: int = 0  # epochs done, in the two phases that have epochs; trainings done in a race
    of: int = 0  # their number; in the search the most, in the final fit an estimate while the search runs
    figure: str = ""  # of a race: the metric it chooses by
    best: float | None = None  # of a race: the highest so far

    @property
    def is_open(self) -> bool:
        """Whether nothing tells how much of it is done."""
        return self.state == "now" and self.left is None and not self.epoch


def all_left(parts: Sequence[Phase]) -> float | None:
    """The seconds that all phases likely still take; None if that of one is unknown."""
    seconds = [part.left for part in parts if part.state != "done"]
    return None if None in seconds else sum(filter(None, seconds))


def slowness(clocks: Sequence[tuple[float, float]]) -> float:
    """Elapsed seconds per second of processor time, from both clocks at the plan and each epoch; 1 if not known."""
    if not clocks:
        return 1.0
    (wall, cpu), (last_wall, last_cpu) = clocks[0], clocks[-1]
    return max(1.0, (last_wall - wall) / (last_cpu - cpu)) if last_cpu - cpu >= MEASURABLE else 1.0


def best_of(epochs: Sequence[Epoch], config: TrainConfig) -> int:
    """Returns the number of the best epoch of the search so far; 0 before there is one."""
    figures = [epoch.validation[config.select_by] for epoch in epochs if epoch.validation]
    return figures.index(max(figures)) + 1 if figures else 0


def most_left(epochs: Sequence[Epoch], config: TrainConfig) -> float | None:
    """Seconds left of both phases at most: if each later epoch is better than the one before. None before an epoch."""
    if not epochs:
        return None
    latest, refit = epochs[-1], config.epochs if config.refit else 0
    rest = latest.of - latest.epoch if latest.phase == "refit" else config.epochs - latest.epoch + refit
    return rest * pace(epochs)


def pace(epochs: Sequence[Epoch]) -> float:
    """Seconds of an epoch of the latest phase: the median of the recent ones."""
    recent = [epoch for epoch in epochs[-RECENT:] if epoch.phase == epochs[-1].phase]
    return median(epoch.seconds + epoch.validation_seconds for epoch in recent)


def likely_best(best: int, done: int, config: TrainConfig) -> float:
    """The likely best epoch of the search: b + RISES · (n − b) / (n + b + RISES), where the addition fades as patience
    runs out; late, since a search that has not improved for most of its patience usually still improves."""
    more = RISES * (config.epochs - best) / (config.epochs + best + RISES)
    return best + (more * max(0.0, 1 - ((done - best) / config.patience) ** FADES) if config.patience else more)


def with_race(
    race: RaceProgress | None, parts: tuple[Phase, ...], waits: float = 0.0, *, compiles: bool = False
) -> tuple[Phase, ...]:
    """Puts the race for the settings, if any, before the other phases. waits: seconds since its latest epoch; compiles:
    whether the steps are compiled now, which comes before the race."""
    if race is None:
        return parts
    done = Phase("race", "done", 1.0, 0.0, epoch=race.done, of=race.of, figure=race.figure, best=race.best)
    if 0 < race.of <= race.done:
        return (done, *parts)
    now = Phase("race", "now", 0.0, None)
    if race.of:
        # The wait counts for at most one training.
        left = race.left - min(waits, race.left / (race.of - race.done))
        now = replace(done, state="now", share=race.share, left=left or None)
    later = [replace(part, state="later", share=0.0, left=None) for part in parts if part.name != "compile"]
    first = (Phase("compile", "now", 0.0, None), replace(now, state="later")) if compiles and not race.of else (now,)
    return (*first, *later)


def phases(
    epochs: Sequence[Epoch], stage: str, config: TrainConfig, plan: Plan, *, waits: float = 0.0, slowness: float = 1.0
) -> tuple[Phase, ...]:
    """Returns all phases of a training. stage: "compile" while the steps are compiled, "metrics" or "maps" once the
    epochs are done; waits: seconds since the latest epoch or stage; slowness: elapsed seconds per second of processor
    time. How long compiling takes depends on the machine, so it has no estimate."""
    searched = [epoch for epoch in epochs if epoch.phase == "search"]
    done, refitted, best = len(searched), len(epochs) - len(searched), best_of(epochs, config)
    is_over = stage in ("metrics", "maps")
    is_searched = bool(refitted or is_over) or done == config.epochs
    is_searched |= bool(config.patience and done) and done - best >= config.patience
    likely = float(best) if is_searched else likely_best(best, done, config)
    end = done if is_searched else min(likely + config.patience, config.epochs) if config.patience else config.epochs
    fits = max(1, round(likely)) if config.refit else 0
    # seconds of an epoch
    search = pace(searched) if searched else None
    refit = pace(epochs) if refitted else None if search is None else max(search - plan.ranking * slowness, search / 2)
    now = "search" if not is_searched else "refit" if refitted < fits else "metrics"
    if is_over or (stage == "compile" and plan.compile):
        now = stage
    # name, epochs done, of how many, total seconds left
    rows: list[tuple[PhaseName, int, int, float | None]]
    rows = [("compile", 0, 0, None)] if plan.compile else []
    rows += [("search", done, config.epochs, None if search is None else (end - done) * search)]
    rows += [("refit", refitted, fits, None if refit is None else (fits - refitted) * refit)] if config.refit else []
    rows += [("metrics", 0, 0, plan.metrics * slowness)]
    rows += [("maps", 0, 0, plan.maps * slowness)] if plan.maps else []
    names = [row[0] for row in rows]
    at = names.index(now) if now in names else len(names)
    result = []
    for index, (name, epoch, of, left) in enumerate(rows):
        state: PhaseState = "done" if index < at else "now" if index == at else "later"
        rest = 0.0 if state == "done" else left
        share = float(state == "done")
        if state == "now" and rest is not None:
            # The wait counts for at most one epoch; a phase without epochs may last longer than planned.
            seconds = refit if name == "refit" else search
            bound = rest if not of or seconds is None else min(rest, seconds)
            total = rest
            rest = max(total - min(waits, bound), 0.0) or None
            share = epoch / of if of else 1 - rest / total if rest else 0.0
        result.append(Phase(name, state, share, rest, epoch, of))
    return tuple(result)


@dataclass(frozen=True)
class Estimate:
    """Seconds of a training, estimated from a few real steps on the data. least: if the first epoch is the best; most:
    if each epoch is better than the one before."""

    windows: int  # in the training part of the search
    steps: int  # in an epoch
    epoch: float  # seconds of one pass, and of ranking the validation items
    epochs_least: int  # of both phases
    epochs_most: int
    refit: bool  # whether a final fit follows the search, with the best number of epochs
    maps: float  # seconds, roughly, for one UMAP layout per space; 0 without maps
    measured: float  # seconds that the measurement itself took
    metrics: float = 0.0  # seconds of the metrics and statistics after the epochs
    compiling: float = 0.0  # seconds until the steps are compiled, before the first epoch

    @property
    def least(self) -> float:
        return self.compiling + self.epochs_least * self.epoch + self.metrics + self.maps

    @property
    def most(self) -> float:
        return self.compiling + self.epochs_most * self.epoch + self.metrics + self.maps

    @property
    def sentence(self) -> str:
        """The estimate as text, the whole training first: “About 3–30 s: 5 to 60 epochs of .5 s each …”."""
        least, most, total = self.epochs_least, self.epochs_most, about(self.most, self.least)
        count = count_of(most, "epoch") if least == most else f"{least:,} to {most:,} epochs"
        compiling = f"{about(self.compiling)} to compile the steps, then " if self.compiling else ""
        maps = f", then {about(self.maps)} for the maps" if self.maps else ""
        refit = (
            f", at most {most // 2:,} in training, then the best number again in the final fit" if self.refit else ""
        )
        steps = f"{count_of(self.windows, 'window')} in {count_of(self.steps, 'step')}"
        epochs = f"{count} of {in_words(self.epoch)} each ({steps})"
        return f"{total[0].upper()}{total[1:]}: {compiling}{epochs}{refit}{maps}."

    def as_dict(self) -> dict[str, Any]:
        time = about(self.most, self.least)
        return asdict(self) | {"least": self.least, "most": self.most, "time": time, "sentence": self.sentence}


@dataclass(frozen=True)
class RaceEstimate:
    """Seconds of a race for good settings, and of the training that follows it."""

    settings: int
    trainings: int  # short ones
    race: float
    processes: int  # that train side by side
    times: (
        float  # cost of the race, in trainings with the paper's settings and with maps, on one processor; 0: no bound
    )
    most_times: int  # the most that a race may cost, if it has a choice
    training_likely: float  # of the rest of the training with the settings that the race finds
    training_most: float  # if no patience ends it and the last epoch is the best

    @property
    def sentence(self) -> str:
        """The estimate as text, the race first: “30 short trainings of 16 settings, about 12 min …”."""
        times = f"at most {self.most_times}" if self.times <= self.most_times else f"about {self.times:.0f}"
        cost = f" ({times} × one training of the paper's settings)" if self.times else ""
        side = f" on {self.processes} processors" if self.processes > 1 else ""
        return (
            f"{self.trainings} short trainings of {self.settings} settings, {about(self.race)}{side}{cost}; then the "
            f"rest of the training with the best of them, {about(self.training_likely)} (at most "
            f"{in_words(self.training_most)}, less if it stops improving early)."
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"time": about(self.race + self.training_likely), "sentence": self.sentence}


def about(seconds: float, least: float | None = None) -> str:
    """Seconds as text: about 12 s, about 16–17 s, about 40 s to 3 min; but “less than .1 s” and “up to 2.0 s”."""
    most, first = in_words(seconds), in_words(seconds if least is None else least)
    if first == most:
        return most if most == LESS else f"about {most}"
    if first == LESS:
        return f"up to {most}"
    (number, unit), (_, most_unit) = first.rsplit(" ", 1), most.rsplit(" ", 1)
    return f"about {number}–{most}" if unit == most_unit else f"about {first} to {most}"


def in_words(seconds: float) -> str:
    """Seconds as text: .3 s, 12 s, 3 min, 2.5 h, 4 days."""
    for size, name in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            count = seconds / size
            return f"{count:.1f} {name}" if count < 3 else f"{count:,.0f} {name}"
    if seconds < 0.05:
        return LESS
    return f"{seconds:.1f} s".removeprefix("0") if seconds < 10 else f"{seconds:.0f} s"
