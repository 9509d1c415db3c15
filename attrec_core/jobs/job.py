"""What is known of a training, or of a study, that runs beside the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from attrec_core.config import AUTO, PAPER, PRESETS, ModelConfig, TrainConfig, with_settings
from attrec_core.errors import InputError, shown
from attrec_core.runs.history import Epoch
from attrec_core.runs.library.pack import called
from attrec_core.runs.load import check_shape, open_run, settings_in
from attrec_core.runs.protocol import KINDS, WAYS
from attrec_core.runs.studies import PROTOCOL, read_protocol
from attrec_core.runs.time_left import Phase
from attrec_core.storage.atomic_folder import RUN, STUDY
from attrec_core.storage.workspace import Home

JobState = Literal["queued", "running", "stopping", "done", "cancelled", "failed", "interrupted"]
MOST_SEEDS = 1000  # of a study that a page starts
ENDED = ("done", "cancelled", "failed", "interrupted")


@dataclass(frozen=True)
class JobRequest:
    """What is to be trained: the arguments of `train`, and the name that the run gets."""

    data: Path  # the file or folder, as `train DATA` reads it
    name: str  # of the run
    preset: str  # one of config.PRESETS; "paper": the one that suits the data; "auto": settings that a race finds
    settings: Mapping[str, str] = field(default_factory=dict)  # key → text, over the preset
    reading: tuple[str, ...] = ()  # arguments of the command line about reading, such as "--tie-rule", "file-last"
    with_maps: bool = True
    from_run: Path | None = None  # the run that it starts from, whose settings then stand in for the preset's

    kind_of_result = RUN

    @property
    def races(self) -> bool:
        """Whether a race finds the settings."""
        return self.preset == AUTO and self.from_run is None

    def out(self, home: Home) -> Path:
        return home.runs / self.name

    def command(self, out: Path) -> list[str]:
        """As it would be typed. It resumes: without anything kept that is a beginning."""
        return ["train", str(self.data), "--out", str(out), "--resume", *self.arguments]

    @property
    def estimate(self) -> list[str]:
        """The command that says how long it would take."""
        return ["estimate", str(self.data), *self.arguments]

    def check(self) -> None:
        """Raises InputError for what can be known to be wrong without the data."""
        self.configs()

    @property
    def arguments(self) -> list[str]:
        """All but the data and the name, as they would be typed behind `train` or `estimate`."""
        start = ["--auto"] if self.preset == AUTO else ["--preset", self.preset]
        start = start if self.from_run is None else ["--from", str(self.from_run)]
        settings = [word for key, text in self.settings.items() for word in ("--set", f"{key}={text}")]
        return [*start, *settings, *([] if self.with_maps else ["--no-maps"]), *self.reading]

    def configs(self, suits: str = "sparse") -> tuple[ModelConfig, TrainConfig]:
        """Those that it starts from, where a race finds others. suits: which of the paper's presets suits the data.
        Raises InputError for a preset or a setting that there is not, or a run that cannot be gone on from."""
        if self.from_run is not None:
            before = settings_in(open_run(self.from_run))
            configs = with_settings(*before, self.settings)
            check_shape(called(self.from_run), before[0], configs[0])
            return configs
        preset = suits if self.preset in (PAPER, AUTO) else self.preset
        if preset not in PRESETS:
            text, known = "There is no preset {preset}; the presets are: {known}.", ", ".join((PAPER, *PRESETS))
            raise InputError("no_preset", text, setting="preset", preset=shown(preset), known=known)
        return with_settings(*PRESETS[preset], self.settings)


@dataclass(frozen=True)
class StudyRequest:
    """What is to be compared: the arguments of `study`, and the name that the study gets."""

    data: Path
    name: str  # of the study
    kind: str = "table2"  # of studies.KINDS
    seeds: int = 3
    budget: int = 4
    systems: tuple[str, ...] = ()  # only these lines; all of them where there is none
    order: str = "as it is"
    split: str = "leave-one-out"
    loss: str = "hinge"
    fit: str = "with-validation"
    reading: tuple[str, ...] = ()

    kind_of_result = STUDY

    def out(self, home: Home) -> Path:
        return home.studies / self.name

    def command(self, out: Path) -> list[str]:
        """As it would be typed; what is done already is not done again."""
        names = ("seeds", "budget", "split", "loss", "fit")
        same = [word for name in names for word in (f"--{name}", f"{getattr(self, name)}")]
        some = ["--systems", ",".join(self.systems)] if self.systems else []
        order = ["--order", self.order.replace(" ", "-")]
        return ["study", self.kind, str(self.data), "--out", str(out), *same, *order, *some, *self.reading]

    @property
    def estimate(self) -> list[str]:
        """The command that says how long it would take."""
        return [*self.command(Path("study")), "--estimate"]  # whose name may be none yet

    def check(self) -> None:
        """Raises InputError for a choice that there is not."""
        for name, known in {"kind": KINDS, **WAYS}.items():
            if getattr(self, name) not in known:
                text = "There is no {name} {value}; choose one of: {known}."
                raise InputError(
                    "no_choice", text, setting=name, value=shown(getattr(self, name)), known=", ".join(known)
                )
        for name in ("seeds", "budget"):
            if getattr(self, name) < 1:
                text = "{name} must be 1 or more, not {value}."
                raise InputError("below_one", text, setting=name, value=getattr(self, name))
        if self.seeds > MOST_SEEDS:
            text = "{name} must be {most} at most, not {value}."
            raise InputError("too_many_seeds", text, setting="seeds", most=MOST_SEEDS, value=self.seeds)

    def refuse_another(self, out: Path) -> None:
        """Raises InputError where a study of that name is there which differs from this one, so that it cannot go
        on."""
        if (out / PROTOCOL).is_file():
            before = read_protocol(out)
            if any(getattr(before, name) != getattr(self, name) for name in ("kind", "budget", *WAYS)):
                text = "There is another study called {study} already; choose another name."
                raise InputError("name_taken", text, setting="study_name", study=shown(self.name))


Request = JobRequest | StudyRequest


@dataclass(frozen=True)
class Job:
    """A training or a study as it stands now. Times are seconds since 1970; 0 where it has not come to that."""

    id: str
    folder: Path
    request: Request
    state: JobState
    created: float
    outcome: str = ""  # how it ended, for people; empty where `error` says it
    error: InputError | None = None  # why it failed
    queued: float = 0  # since when it waits, or waited, for its turn
    began: float = 0
    ended: float = 0
    epochs: tuple[Epoch, ...] = ()  # of both phases, as far as they are done
    stage: str = ""  # the phase that began after the latest epoch: "compile", "search", "metrics" or "maps"
    left: tuple[float, float] | None = None  # seconds until the epochs are done, at least and at most, if known
    phases: tuple[Phase, ...] = ()  # of what runs
    can_resume: bool = False
    run: Path | None = None  # where the run is, once it is there; under its new name where it was renamed
    run_left: bool = False  # it made a run, which is no longer in the workspace
    unreadable: InputError | None = None  # why the folder of its run cannot be read

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def sentence(self, name: Callable[[str], str] = str) -> str:
        """What there is to say about it. name: a setting → what the interface calls it."""
        errors = [error.sentence(name) for error in (self.error, self.unreadable) if error is not None]
        return " ".join(filter(None, [self.outcome, *errors]))
