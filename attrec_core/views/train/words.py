"""The sentences of the page Train: the settings of the form, and the state, pace and metrics of a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from attrec_core.config import AUTO, METRICS, PAPER, SETTINGS, Setting
from attrec_core.errors import InputError, count_of, number
from attrec_core.jobs.job import Job, JobRequest
from attrec_core.runs.candidates import may_change
from attrec_core.runs.history import Epoch
from attrec_core.runs.library.words import data_called
from attrec_core.runs.run import folder_name
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.time_left import Phase, about, all_left, in_words

STATES = {"queued": "waiting", "running": "training"}  # the other states are words for people, too
PRESET_NAMES = {
    AUTO: "Find good settings",
    PAPER: "Paper",
    "quick": "Quick look",
    "best": "Best",
    "movielens": "Paper: MovieLens",
    "sparse": "Paper: sparse data",
}
# What each preset on offer is for; the first is the default.
OFFERED = {
    PAPER: "as published",
    "quick": "a first model",
    "best": "often better than Paper",
    AUTO: "tries many",
}
FIXED = (
    "A setting that you change here stays fixed. Of the others, the race changes those that the sentence below names. "
    "The fields show the paper's values."
)
PHASES = {
    "race": "Settings",
    "count": "Counting",
    "compile": "Compiling the training step",
    "search": "Training",
    "refit": "Final fit",
    "metrics": "Metrics",
    "maps": "Maps",
}
MUCH_MORE = 1.3  # times the likely time, above which the longest time is shown too
ANOTHER = "Its run was removed; the run with this name is a different one."


def start_values(request: JobRequest, suits: str = "sparse") -> dict[str, Any]:
    """Every setting that the system uses, by key, with the value of the preset, of the system or of the run that the
    training starts from. suits: the paper's preset that suits the data. Raises InputError."""
    model, train = replace(request, settings={}).configs(suits)
    system = SYSTEMS[model.model]
    used = {key: value for key, value in vars(model).items() if key in system.uses.split()}
    return {**used, **system.trained_with(train)}


# Setting → the setting that decides whether it has an effect, and the values with which it has.
ONLY_WITH = {
    "temperature": ("loss", ("softmax", "sampled")),
    "pairs": ("loss", ("hinge", "bpr")),
    "margin": ("loss", ("hinge",)),
    "accumulator": ("optimiser", ("adagrad",)),
    "l2": ("regularisation", ("l2",)),
}


def effective(values: Mapping[str, Any], request: JobRequest) -> dict[str, Any]:
    """The settings that have an effect beside the others. A race chooses the loss, so all of them may have one."""
    return {
        key: value
        for key, value in values.items()
        if request.races or key not in ONLY_WITH or values[ONLY_WITH[key][0]] in ONLY_WITH[key][1]
    }


def sentence(setting: Setting, system: str) -> str:
    """What a setting does. A counted system has no epochs to find the best number of."""
    counted = setting.key == "refit" and SYSTEMS[system].is_counted
    return "Whether to count again with the validation items included." if counted else setting.sentence


def changed(start: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """The settings that differ from their start values, as `--set` takes them."""
    return {key: as_typed(value) for key, value in values.items() if value != start[key]}


def as_typed(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def fault(request: JobRequest, suits: str, name: Callable[[str], str]) -> str:
    """Why these settings are impossible; empty if they are possible. name: a setting → the page's name for it."""
    try:
        request.configs(suits)
    except InputError as error:
        setting = SETTINGS.get(error.setting or "")
        if error.code == "out_of_range" and setting is not None and setting.range is not None:
            return out_of_range(setting, float(request.settings[setting.key]))
        return error.sentence(name)
    return ""


def out_of_range(setting: Setting, value: float) -> str:
    """The allowed range of a number that is outside it."""
    return f"“{setting.label}” is {value:,.12g}, which is out of range: it must be {setting.may_be}."


def system_caption(key: str) -> str:
    system = SYSTEMS[key]
    return f"{system.paper}. {system.sentence}" if system.paper else system.sentence


def label(setting: Setting, value: Any, start: Any) -> str:
    return setting.label if value == start else f"{setting.label} · changed from {as_typed(start)}"


def changed_sentence(start: Mapping[str, Any], request: JobRequest) -> str:
    changes = [f"{SETTINGS[key].label} {text}" for key, text in request.settings.items()]
    if request.races:
        fixed = f"Fixed: {'; '.join(changes)}. " if changes else ""
        return fixed + may_change(request.settings, timed=bool(request.minutes))
    if changes:
        before = [as_typed(start[key]) for key in request.settings]
        each = [f"{change} instead of {value}" for change, value in zip(changes, before, strict=True)]
        return f"Changed: {'; '.join(each)}."
    origin = "the preset" if request.has_preset else f"the default settings of {SYSTEMS[request.model].label}"
    if request.from_run is not None:
        origin = f"the settings of the run {folder_name(request.from_run)}"
    return f"Using {origin} unchanged."


def headline(job: Job, before: int) -> str:
    """Name, state and place in the queue; for a stopped training only its name, because its outcome says the rest."""
    if job.state in ("cancelled", "interrupted") and job.outcome:
        return f"{job.request.name}."
    name_and_state = f"{job.request.name}: {STATES.get(job.state, job.state)}"
    if job.state == "queued":
        queue = f"{count_of(before, 'training')} before it" if before else "next in line"
        return f"{name_and_state}, {queue}."
    is_kept = job.state == "stopping" and job.epochs
    return f"{name_and_state}; the best epoch so far is kept." if is_kept else f"{name_and_state}."


def stop_label(job: Job) -> str:
    if job.state == "queued":
        return "Cancel"
    has_best = job.epochs and job.phases and job.phases[0].name != "count" and not racing(job)
    return "Stop and keep best" if has_best and isinstance(job.request, JobRequest) else "Stop"


def racing(job: Job) -> Phase | None:
    """The phase of the race for settings while it runs; else None."""
    first = next(iter(job.phases), None)
    return first if first is not None and first.name == "race" and first.state == "now" else None


def time_left(job: Job) -> str:
    """The time left for all phases, and the longest time if that is much more."""
    if (race := racing(job)) is not None and race.of:
        about_race = "" if race.left is None else f"{about(race.left)} left to find the settings, then the training."
        return about_race[:1].upper() + about_race[1:]
    if not job.epochs and not any(phase.name == "count" for phase in job.phases):
        return "" if job.stage else "Reading the data…"
    likely = all_left(job.phases)
    if likely is None:
        return ""
    later = all_left([phase for phase in job.phases if phase.name not in ("search", "refit")]) or 0.0
    longest = likely if job.left is None else job.left + later
    bound = f" (at most {in_words(longest)})" if longest > MUCH_MORE * likely else ""
    left = about(likely)
    return f"{left[0].upper()}{left[1:]} left{bound}."


def phase_text(phase: Phase) -> str:
    """The text above the bar of a phase: its epoch, and its own estimate. Of a race: “Settings: 3 of 30 short trainings
    done, best validation MRR so far .123: about 8 min left”."""
    name, left = PHASES[phase.name], "" if phase.left is None else f": {about(phase.left)}"
    if phase.name == "race":
        if not phase.of:
            return name
        best = "" if phase.best is None else f", best validation {METRICS[phase.figure]} so far {number(phase.best, 3)}"
        if phase.state == "done":
            return f"{name}: done, {count_of(phase.of, 'short training')}{best.replace(' so far', '')}"
        return f"{name}: {phase.epoch} of {phase.of} short trainings done{best}{left and f'{left} left'}"
    if phase.state == "done":
        return f"{name}: done" + (f", {count_of(phase.epoch, 'epoch')}" if phase.epoch else "")
    if phase.state == "later":
        return f"{name}{left}"
    of = f"at most {phase.of}" if phase.name == "search" else phase.of
    progress = f", epoch {phase.epoch} of {of}" if phase.epoch else ""
    return f"{name}{progress}{left and f'{left} left'}"


def best_epoch(epochs: Sequence[Epoch]) -> Epoch | None:
    """The epoch with the highest MRR on the validation items; None before there is one."""
    validated = [epoch for epoch in epochs if epoch.validation is not None]
    return max(validated, key=lambda epoch: epoch.value("mrr"), default=None)


def curves_sentence(epochs: Sequence[Epoch], shown: Sequence[str] = ("hr@50", "mrr")) -> str:
    """The loss and the best metrics so far. shown: the metrics that are drawn."""
    best = best_epoch(epochs)
    if best is None:
        return f"The loss is {number(epochs[-1].loss, 3)}." if epochs else "No epochs recorded."
    others = ", ".join(f"{METRICS[key]} {number(best.value(key), 3)}" for key in shown if key != "mrr")
    losses = [number(epoch.loss, 3) for epoch in epochs if epoch.validation is not None]
    went = f"went from {losses[0]} to {losses[-1]} in {len(losses)} epochs"
    return (
        f"The loss {went if len(losses) > 1 else f'is {losses[0]} after 1 epoch'}. The best MRR on the "
        f"validation items is {number(best.value('mrr'), 3)}, in epoch {best.epoch}, with {others}."
    )


def renamed_sentence(job: Job) -> str:
    """The name of the run now, if it differs from the name in the training; else empty."""
    return "" if job.run is None or job.run.name == job.request.name else f"The run is now called {job.run.name}."


def asked_for(job: Job) -> str:
    request = job.request
    if not request.data.name:
        return "The request of this training cannot be read."
    start = PRESET_NAMES.get(request.preset, request.preset)
    if request.from_run is not None:
        start = f"From the run {folder_name(request.from_run)}"
    elif not request.has_preset:
        start = SYSTEMS[request.model].label if request.model in SYSTEMS else request.model
    parts = [f"{start} on {data_called(request.data)}"]
    parts += [f"{SETTINGS[key].label if key in SETTINGS else key} {text}" for key, text in request.settings.items()]
    parts += [] if request.with_maps else ["without maps"]
    return f"{', '.join(parts)}."
