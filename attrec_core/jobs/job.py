"""A training that runs in the background: its request and its state."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from attrec_core.config import AUTO, PAPER, PRESETS, SETTINGS, ModelConfig, TrainConfig, with_settings
from attrec_core.errors import InputError, shown
from attrec_core.runs.history import Epoch
from attrec_core.runs.load import check_shape, open_run, settings_in
from attrec_core.runs.run import folder_name
from attrec_core.runs.systems import start_of
from attrec_core.runs.time_left import Phase
from attrec_core.storage.workspace import Home

JobState = Literal["queued", "running", "stopping", "done", "cancelled", "failed", "interrupted"]
ENDED = ("done", "cancelled", "failed", "interrupted")


@dataclass(frozen=True)
class JobRequest:
    """A training to start: the arguments of `train`, and the name of its run."""

    data: Path  # the file or folder, as `train DATA` reads it
    name: str  # of the run
    preset: str  # a key of config.PRESETS; "paper": the preset that suits the data; "auto": a race finds the settings
    settings: Mapping[str, str] = field(default_factory=dict)  # key → text, replacing values of the preset
    reading: tuple[str, ...] = ()  # command-line arguments for reading the data, such as "--tie-rule", "file-last"
    with_maps: bool = True
    from_run: Path | None = None  # the run that it starts from; that run's settings then replace the preset
    model: str = "attrec"  # a key of runs.systems.SYSTEMS; only AttRec has presets
    minutes: float = 0.0  # for a race and the training after it; 0: as long as the work takes

    @property
    def races(self) -> bool:
        """Whether a race finds the settings."""
        return self.preset == AUTO and self.has_preset

    @property
    def has_preset(self) -> bool:
        """Whether it starts from the preset, instead of a run or the settings of another system."""
        return self.from_run is None and self.model == "attrec"

    def out(self, home: Home) -> Path:
        return home.runs / self.name

    def command(self, out: Path) -> list[str]:
        """Returns the command line. It always has --resume, which without a checkpoint starts from the beginning."""
        return ["train", str(self.data), "--out", str(out), "--resume", *self.arguments]

    @property
    def estimate(self) -> list[str]:
        """The command that estimates how long the training takes."""
        return ["estimate", str(self.data), *self.arguments]

    def check(self) -> None:
        """Raises InputError for faults that can be found without the data."""
        if not 0 <= self.minutes < math.inf:
            text = "{name} must be more than 0, not {value}."
            raise InputError("not_minutes", text, setting="minutes", value=self.minutes)
        self.configs()

    @property
    def arguments(self) -> list[str]:
        """The arguments of `train` or `estimate`, without the data and the name."""
        if self.from_run is not None:
            start = ["--from", str(self.from_run)]
        elif self.has_preset:
            start = ["--auto"] if self.races else ["--preset", self.preset]
            start += ["--minutes", f"{self.minutes:g}"] if self.races and self.minutes else []
        else:
            start = ["--model", self.model]
        settings = [argument for key, text in self.settings.items() for argument in ("--set", f"{key}={text}")]
        return [*start, *settings, *([] if self.with_maps else ["--no-maps"]), *self.reading]

    def configs(self, suits: str = "sparse") -> tuple[ModelConfig, TrainConfig]:
        """Returns the settings that it starts from; a race finds others. suits: which of the paper's presets suits the
        data. Raises InputError for an unknown preset, system or setting, or for a run that training cannot continue
        from."""
        if self.from_run is not None:
            run_configs = settings_in(open_run(self.from_run))
            configs = with_settings(*run_configs, self.settings)
            check_shape(folder_name(self.from_run), run_configs[0], configs[0])
            return configs
        if not self.has_preset:
            SETTINGS["model"].check(self.model)
            return with_settings(*start_of(self.model), self.settings)
        preset = suits if self.preset in (PAPER, AUTO) else self.preset
        if preset not in PRESETS:
            text, names = "There is no preset {preset}; the presets are: {known}.", ", ".join((PAPER, *PRESETS))
            raise InputError("no_preset", text, setting="preset", preset=shown(preset), known=names)
        return with_settings(*PRESETS[preset], self.settings)


@dataclass(frozen=True)
class Job:
    """The current state of a training. Times are seconds since 1970; 0 if that has not happened yet."""

    id: str
    folder: Path
    request: JobRequest
    state: JobState
    created: float
    outcome: str = ""  # how it ended, for people; empty if `error` says so
    error: InputError | None = None  # why it failed
    queued: float = 0  # when it last entered the queue
    began: float = 0
    ended: float = 0
    epochs: tuple[Epoch, ...] = ()  # the finished ones, of both phases
    stage: str = ""  # the phase that began after the latest epoch: "compile", "search", "metrics" or "maps"
    left: float | None = None  # seconds until the epochs are done, at most, if known
    phases: tuple[Phase, ...] = ()  # of a running job
    can_resume: bool = False
    run: Path | None = None  # folder of its run, once it exists; the new folder if it was renamed
    run_left: bool = False  # its run is no longer in the workspace
    unreadable: InputError | None = None  # why the folder of its run cannot be read

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def sentence(self, name: Callable[[str], str] = str) -> str:
        """Returns the outcome and the errors as text. name: a setting → its name in the interface."""
        errors = [error.sentence(name) for error in (self.error, self.unreadable) if error is not None]
        return " ".join(filter(None, [self.outcome, *errors]))
