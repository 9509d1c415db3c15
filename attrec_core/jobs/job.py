"""What is known of a training that runs beside the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from attrec_core.runs.history import Epoch

JobState = Literal["queued", "running", "stopping", "done", "cancelled", "failed", "interrupted"]
ENDED = ("done", "cancelled", "failed", "interrupted")


@dataclass(frozen=True)
class JobRequest:
    """What is to be trained: the words of `train`, and the name that the run gets."""

    data: Path  # the file or folder, as `train DATA` reads it
    name: str  # of the run
    preset: str  # one of config.PRESETS
    settings: Mapping[str, str] = field(default_factory=dict)  # key → text, over the preset
    reading: tuple[str, ...] = ()  # more words of the command line about reading, such as "--tie-rule", "file-last"
    with_maps: bool = True


@dataclass(frozen=True)
class Job:
    """A training as it stands now. Times are seconds since 1970; 0 where it has not come to that."""

    id: str
    folder: Path
    request: JobRequest
    state: JobState
    sentence: str  # what there is to say about it, for people
    created: float
    queued: float  # since when it waits, or waited, for its turn
    began: float
    ended: float
    epochs: tuple[Epoch, ...]  # of both phases, as far as they are done
    stage: str  # what is being done after the epochs, in words; empty before
    left: tuple[float, float] | None  # seconds until the epochs are done, at least and at most; None when unknown
    can_resume: bool
    run: Path | None  # where the run is, once it is there; under its new name where it was renamed
    run_left: bool = False  # a run came of it, which does not stand on the shelf any more

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED
