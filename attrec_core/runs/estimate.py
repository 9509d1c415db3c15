"""Estimates how long a training will take, before it is started."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from attrec_core.errors import count_of

LESS = "less than .1 s"


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
        least, most = self.epochs_least, self.epochs_most
        count = count_of(most, "epoch") if least == most else f"{least:,} to {most:,} epochs"
        windows = count_of(self.windows, "window")
        steps = count_of(self.steps, "step")
        total = about(self.most, self.least)
        compiling = f"{about(self.compiling)} to compile the steps, then " if self.compiling else ""
        maps = f", then {about(self.maps)} for the maps" if self.maps else ""
        refit = " The final fit repeats the best number of epochs of the search." if self.refit else ""
        epochs = f"{count} of {in_words(self.epoch)} each ({windows} in {steps})"
        return f"{total[0].upper()}{total[1:]}: {compiling}{epochs}{maps}.{refit}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"least": self.least, "most": self.most, "sentence": self.sentence}


@dataclass(frozen=True)
class RaceEstimate:
    """Seconds of a race for good settings, and of the training that follows it."""

    settings: int
    trainings: int  # short ones
    race: float
    times: float  # cost of the race, in trainings with the paper's settings and with maps, on one processor
    most_times: int  # the most that a race may cost, if it has a choice
    training_least: float  # of the training with the settings that the race finds
    training_most: float

    @property
    def sentence(self) -> str:
        """The estimate as text, the race first: “16 settings in 30 short trainings, about 12 min …”."""
        cost = f"at most {self.most_times}" if self.times <= self.most_times else f"about {self.times:.0f}"
        training = about(self.training_most, self.training_least)
        return (
            f"{self.settings} settings in {self.trainings} short trainings, {about(self.race)} ({cost} × one training "
            f"of the paper's settings); then the training with the best of them, {training}."
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"sentence": self.sentence}


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
