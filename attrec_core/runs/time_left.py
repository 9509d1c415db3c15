"""The time left of a running training, phase by phase: from its epochs, its settings and its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from attrec_core.config import TrainConfig
from attrec_core.runs.history import Epoch

RECENT = 5  # latest epochs whose median is taken as the time of an epoch
# For how many more epochs a search without an end usually improves; fewer near its end, and the longer it has improved.
# Measured in 20 trainings on four data sets: the best epochs were 8 to 30 of 30, and 12 to 42 of 60. Chance matters
# too: on the same data with other seeds they were 8, 22 and 27. No estimate is near them all; this one is in the
# middle.
RISES = 45.0
FADES = 4
MEASURABLE = 0.2  # seconds of processor time


PhaseName = Literal["race", "count", "compile", "search", "refit", "metrics", "maps", "study"]
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
    """The progress of a race for good settings."""

    done: int  # trainings
    of: int  # 0 before it is known
    figure: str = ""  # the metric on the validation items that the settings are chosen by
    best: float | None = None  # the highest so far
    taken: float = 0.0  # seconds of its trainings
    left: float = 0.0  # likely seconds left

    @property
    def is_over(self) -> bool:
        return 0 < self.of <= self.done


@dataclass(frozen=True)
class Phase:
    """One part of a training. Its share is that of its epochs or trainings, or, where it has none, of its seconds."""

    name: PhaseName
    state: PhaseState
    share: float  # 0 to 1
    left: float | None  # seconds that it likely still takes; None: unknown, also where it takes longer than estimated
    epoch: int = 0  # epochs done, in the two phases that have epochs; trainings done in a race or a study
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


def seconds_left(epochs: Sequence[Epoch], config: TrainConfig) -> tuple[float, float] | None:
    """Seconds left of both phases: at least (no later epoch is better) and at most (each is). None before an epoch."""
    if not epochs:
        return None
    latest, seconds, best = epochs[-1], pace(epochs), best_of(epochs, config)
    if latest.phase == "refit":
        rest = (latest.of - latest.epoch) * seconds
        return rest, rest
    most = config.epochs - latest.epoch
    least = min(best + config.patience - latest.epoch, most) if config.patience else most
    refit = (best, config.epochs) if config.refit else (0, 0)
    return (max(least, 0) + refit[0]) * seconds, (most + refit[1]) * seconds


def pace(epochs: Sequence[Epoch]) -> float:
    """Seconds of an epoch of the latest phase: the median of the recent ones."""
    return median(
        epoch.seconds + epoch.validation_seconds for epoch in epochs[-RECENT:] if epoch.phase == epochs[-1].phase
    )


def likely_best(best: int, done: int, config: TrainConfig) -> float:
    """The likely best epoch of the search: b + RISES · (n − b) / (n + b + RISES), where the addition fades as patience
    runs out; late, since a search that has not improved for most of its patience usually still improves."""
    more = RISES * (config.epochs - best) / (config.epochs + best + RISES)
    return best + (more * max(0.0, 1 - ((done - best) / config.patience) ** FADES) if config.patience else more)


def with_race(race: RaceProgress | None, parts: tuple[Phase, ...], waits: float = 0.0) -> tuple[Phase, ...]:
    """Puts the race for the settings, if there is one, before the phases of a training. waits: seconds since the latest
    training of the race."""
    if race is None:
        return parts
    done = Phase("race", "done", 1.0, 0.0, epoch=race.done, of=race.of, figure=race.figure, best=race.best)
    if race.is_over:
        return (done, *parts)
    now = Phase("race", "now", 0.0, None)
    if race.of:
        # The wait counts for at most one training.
        left = race.left - min(waits, race.left / (race.of - race.done))
        now = replace(done, state="now", share=race.done / race.of, left=left or None)
    return (now, *(replace(part, state="later", share=0.0, left=None) for part in parts))


def waited(phase: Phase, seconds: float) -> Phase:
    """Returns the phase as it is some seconds later."""
    return phase if phase.left is None else replace(phase, left=max(0.0, phase.left - max(0.0, seconds)) or None)


def phases(
    epochs: Sequence[Epoch], stage: str, config: TrainConfig, plan: Plan, *, waits: float = 0.0, slowness: float = 1.0
) -> tuple[Phase, ...]:
    """Returns all phases of a training. stage: "compile" while the steps are compiled, "metrics" or "maps" once the
    epochs are done; waits: seconds since the latest epoch or stage; slowness: elapsed seconds per second of processor
    time. How long compiling takes depends on the machine, so it has no estimate."""
    searched = [epoch for epoch in epochs if epoch.phase == "search"]
    refitted, best = len(epochs) - len(searched), best_of(epochs, config)
    done = len(searched)
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


def counted_phases(parts: tuple[Phase, ...], stage: str) -> tuple[Phase, ...]:
    """Returns the phases of a counted system, which has neither epochs nor maps. parts: the phases of a training."""
    is_over = bool(stage)
    metrics = [part for part in parts if part.name == "metrics"]
    return (Phase("count", "done" if is_over else "now", float(is_over), None), *metrics)


def all_phases(
    epochs: Sequence[Epoch],
    stage: str,
    config: TrainConfig,
    plan: Plan | None,
    race: RaceProgress | None,
    *,
    with_maps: bool,
    waits: float,
    slowness: float,
) -> tuple[Phase, ...]:
    """Returns the phases of a training from its beginning on, the race for its settings among them. plan: None before
    it is known, and with it the time of the phases without epochs; the others as for `phases`."""
    parts = phases(epochs, stage, config, plan or Plan(maps=float(with_maps)), waits=waits, slowness=slowness)
    if plan is None:
        parts = tuple(part if part.of else replace(part, left=None) for part in parts)
    return with_race(race, parts, waits)
