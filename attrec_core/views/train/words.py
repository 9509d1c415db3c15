"""The sentences of the page Train: the settings of the form, and the state, pace and metrics of a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrec_core.config import PRESETS, SETTINGS, Setting, with_settings
from attrec_core.errors import InputError
from attrec_core.jobs.job import Job
from attrec_core.runs.estimate import about, in_words
from attrec_core.runs.history import Epoch
from attrec_core.runs.library.data_words import data_called
from attrec_core.views.drawing.theme import number

STATES = {
    "queued": "waiting",
    "running": "training",
    "stopping": "stopping",
    "done": "done",
    "cancelled": "cancelled",
    "failed": "failed",
    "interrupted": "broken off",
}
PRESET_NAMES = {"movielens": "Paper: MovieLens", "sparse": "Paper: sparse data", "quick": "Quick look", "best": "Best"}
ANOTHER = "Its run has left the shelf; the one that is called so now is another."


def preset_values(preset: str) -> dict[str, Any]:
    """Every setting of a preset, by key."""
    model, train = PRESETS[preset]
    return {**vars(model), **vars(train)}


def changed(preset: str, values: Mapping[str, Any]) -> dict[str, str]:
    """What differs from the preset, as `--set` takes it."""
    start = preset_values(preset)
    return {key: as_typed(value) for key, value in values.items() if value != start[key]}


def as_typed(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def fault(preset: str, wanted: Mapping[str, str], name: Callable[[str], str]) -> str:
    """Why these settings cannot be, as a sentence; nothing where they can. name: what the page calls a setting."""
    try:
        with_settings(*PRESETS[preset], wanted)
    except InputError as error:
        setting = SETTINGS.get(error.setting or "")
        if error.code == "out_of_range" and setting is not None and setting.range is not None:
            return out_of_range(setting, float(wanted[setting.key]))
        return error.sentence(name)
    return ""


def out_of_range(setting: Setting, value: float) -> str:
    """The allowed range of a number that is outside it."""
    return f"“{setting.label}” is {value:,.12g}, which is out of range: it must be {setting.may_be}."


def label(setting: Setting, value: Any, preset: str) -> str:
    """Name and symbol of a setting; if changed, also the value of the preset."""
    start = preset_values(preset)[setting.key]
    return setting.label if value == start else f"{setting.label} · changed from {as_typed(start)}"


def changed_sentence(preset: str, wanted: Mapping[str, str]) -> str:
    """The changed settings, with symbols."""
    if not wanted:
        return "Nothing is changed: the preset as it is."
    start = preset_values(preset)
    changes = [f"{SETTINGS[key].label} {text} instead of {as_typed(start[key])}" for key, text in wanted.items()]
    return f"Changed: {'; '.join(changes)}."


def headline(job: Job, before: int) -> str:
    """Name, state, place in the queue, and the current activity."""
    what = f"{job.request.name}: {STATES[job.state]}"
    if job.state == "queued":
        others = f"{before} training{'s' * (before > 1)} before it" if before else "next in line"
        return f"{what}, {others}."
    if job.state == "stopping":
        return f"{what}; the best epoch so far is kept."
    if job.state != "running":
        return f"{what}."
    if job.stage:
        return f"{what}; the epochs are done, now: {job.stage}."
    if not job.epochs:
        return f"{what}; the data is being read."
    latest = job.epochs[-1]
    if latest.phase == "refit":
        return f"{what}, final fit with the validation items, epoch {latest.epoch} of {latest.of}."
    return f"{what}, epoch {latest.epoch} of at most {latest.of}."


def share_done(job: Job) -> float:
    """Of the phase that it is in, 0 to 1."""
    return 0.0 if not job.epochs else 1.0 if job.stage else min(1.0, job.epochs[-1].epoch / job.epochs[-1].of)


def pace_sentence(job: Job) -> str:
    """Seconds an epoch, and how many are left."""
    if not job.epochs:
        return "The first epoch will tell how fast it goes."
    pace = f"{in_words(job.epochs[-1].seconds)} an epoch"
    pace = pace[0].upper() + pace[1:]
    if job.left is None:
        return f"{pace}."
    least, most = map(in_words, job.left)
    left = about(job.left[1]) if least == most else f"from {least} (if it does not get better) to {most}"
    return f"{pace}, {left} left."


def best_epoch(epochs: Sequence[Epoch]) -> Epoch | None:
    """The one with the highest MRR on the validation items; None before there is one."""
    validated = [epoch for epoch in epochs if epoch.validation is not None]
    return max(validated, key=lambda epoch: epoch.value("mrr"), default=None)


def curves_sentence(epochs: Sequence[Epoch]) -> str:
    """The loss and the best metrics so far."""
    best = best_epoch(epochs)
    if best is None:
        return f"The loss is {number(epochs[-1].loss, 3)}." if epochs else "No epoch is done yet."
    losses = [number(epoch.loss, 3) for epoch in epochs if epoch.validation is not None]
    return (
        f"The loss went from {losses[0]} to {losses[-1]} in {len(losses)} epoch{'s' * (len(losses) > 1)}; the best MRR "
        f"on the validation items is {number(best.value('mrr'), 3)}, in epoch {best.epoch}, with HR@50 "
        f"{number(best.value('hr@50'), 3)}."
    )


def hit_rate(epochs: Sequence[Epoch]) -> float:
    """HR@50 of the best epoch on the validation items; 0 before there is one."""
    best = best_epoch(epochs)
    return 0.0 if best is None else best.value("hr@50")


def renamed_sentence(job: Job) -> str:
    """How the run is called now, where that is not what the training called it; else nothing."""
    return "" if job.run is None or job.run.name == job.request.name else f"The run is called {job.run.name} now."


def asked_for(job: Job) -> str:
    """The request of a training, in one line."""
    request = job.request
    if not request.data.name:
        return "What was to be trained cannot be read any more."
    parts = [f"{PRESET_NAMES.get(request.preset, request.preset)} on {data_called(request.data)}"]
    parts += [f"{key} = {text}" for key, text in request.settings.items()]
    parts += [] if request.with_maps else ["without maps"]
    return f"{', '.join(parts)}."
