"""How long a training will take, before it is started."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from attrec_core.errors import count_of

LESS = "less than .1 s"


@dataclass(frozen=True)
class Estimate:
    """Seconds, from a few real steps on the data. least: the first epoch is the best; most: each is better."""

    windows: int  # of the search's training part
    steps: int  # an epoch has
    epoch: float  # seconds of one pass, and of ranking the validation items
    epochs_least: int  # of both phases
    epochs_most: int
    refit: bool  # whether a final fit follows the search, of as many epochs as were best
    maps: float  # seconds, roughly, for the two UMAP layouts; 0 without maps
    measured: float  # seconds that the measuring itself took
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
        """The whole training first: “About 3–30 s: 5 to 60 epochs of .5 s each …”."""
        least, most = self.epochs_least, self.epochs_most
        count = count_of(most, "epoch") if least == most else f"{least:,} to {most:,} epochs"
        windows = count_of(self.windows, "window")
        steps = count_of(self.steps, "step")
        whole = about(self.most, self.least)
        compiling = f"{about(self.compiling)} to compile the steps, then " if self.compiling else ""
        maps = f", then {about(self.maps)} for the maps" if self.maps else ""
        refit = " The final fit repeats the best number of epochs of the search." if self.refit else ""
        each = f"{count} of {in_words(self.epoch)} each ({windows} in {steps})"
        return f"{whole[0].upper()}{whole[1:]}: {compiling}{each}{maps}.{refit}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"least": self.least, "most": self.most, "sentence": self.sentence}


@dataclass(frozen=True)
class RaceEstimate:
    """Seconds of a race for good settings, and of the training that follows it."""

    settings: int
    trainings: int  # short ones
    race: float
    times: float  # the cost of one training of the paper's settings, with its maps, on one processor
    most_times: int  # that a race may cost, where it has a choice
    training_least: float  # of the training with the settings that were found
    training_most: float

    @property
    def sentence(self) -> str:
        """The race first: “16 settings in 30 short trainings, about 12 min …”."""
        cost = f"at most {self.most_times}" if self.times <= self.most_times else f"about {self.times:.0f}"
        then = about(self.training_most, self.training_least)
        return (
            f"{self.settings} settings in {self.trainings} short trainings, {about(self.race)} ({cost} × one training "
            f"of the paper's settings); then the training with the best of them, {then}."
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"sentence": self.sentence}


def about(seconds: float, least: float | None = None) -> str:
    """about 12 s, about 16–17 s, about 40 s to 3 min; but “less than .1 s” as it is."""
    most, first = in_words(seconds), in_words(seconds if least is None else least)
    if first == most:
        return most if most == LESS else f"about {most}"
    (number, unit), (_, other) = first.rsplit(" ", 1), most.rsplit(" ", 1)
    return f"about {number}–{most}" if unit == other and first != LESS else f"about {first} to {most}"


def in_words(seconds: float) -> str:
    """.3 s, 12 s, 3 min, 2.5 h, 4 days."""
    for size, name in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            count = seconds / size
            return f"{count:.1f} {name}" if count < 3 else f"{count:,.0f} {name}"
    if seconds < 0.05:
        return LESS
    return f"{seconds:.1f} s".removeprefix("0") if seconds < 10 else f"{seconds:.0f} s"
