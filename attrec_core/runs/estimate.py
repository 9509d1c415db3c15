"""How long a training will take, before it is started."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

LESS = "less than .1 seconds"


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

    @property
    def least(self) -> float:
        return self.epochs_least * self.epoch + self.maps

    @property
    def most(self) -> float:
        return self.epochs_most * self.epoch + self.maps

    @property
    def sentence(self) -> str:
        pace = about(self.epoch)
        least, most = in_words(self.least), in_words(self.most)
        whole = (
            f"{about(self.most)}, whichever epoch is the best."
            if least == most
            else f"{least} if the first epoch is the best, {most} if the last one is."
        )
        if self.refit:
            count = self.epochs_most // 2
            whole += (
                f" That is the search, of {count:,} epoch{'s' * (count > 1)} at most, and the final fit, which goes "
                "through as many again as were best."
            )
        windows = f"{self.windows:,} window{'s' * (self.windows != 1)}"
        steps = f"{self.steps:,} step{'s' * (self.steps != 1)}"
        return f"{pace[0].upper()}{pace[1:]} an epoch ({windows} in {steps}): {whole}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"least": self.least, "most": self.most, "sentence": self.sentence}


def about(seconds: float) -> str:
    """about 12 seconds; but “less than .1 seconds” as it is."""
    words = in_words(seconds)
    return words if words == LESS else f"about {words}"


def in_words(seconds: float) -> str:
    """.3 seconds, 12 seconds, 3 minutes, 2.5 hours, 4 days."""
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 1.5 * size:
            count = seconds / size
            return f"{count:.1f} {name}s" if count < 3 else f"{count:,.0f} {name}s"
    if seconds < 0.05:
        return LESS
    return f"{seconds:.1f} seconds".removeprefix("0") if seconds < 10 else f"{seconds:.0f} seconds"
