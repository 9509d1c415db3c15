"""Where the settings of a run come from: a preset, the settings that were changed, and why that preset was chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from attrec_core.config import PAPER, PRESETS, SETTINGS, ModelConfig, TrainConfig
from attrec_core.data.importing import preset_of, preset_reason
from attrec_core.data.report import Counts
from attrec_core.errors import number
from attrec_core.runs.history import FOREIGN
from attrec_core.runs.library.compare_settings import value
from attrec_core.runs.systems import loss_note

# Settings that a race draws for its candidates; their other settings follow from the loss.
DRAWN = ("dim", "window", "long_weight", "vector_dropout", "regularisation", "negatives", "targets", "init_sd")


@dataclass(frozen=True)
class PresetOfRun:
    """The preset from which the fewest settings differ."""

    name: str  # "paper" is the one of the paper's two presets that suits the data
    preset: str  # of config.PRESETS
    changed: dict[str, Any]  # setting → value
    why: str
    note: str  # how it differs from the paper

    @property
    def sentence(self) -> str:
        """Text: “Preset paper with epochs 1 (sparse, because this data has 6.0 interactions per user; …).”"""
        changed = ", ".join(f"{SETTINGS[key].label} {value(setting, key)}" for key, setting in self.changed.items())
        note = f"; {self.note}" if self.note else ""
        return f"Preset {self.name}{f' with {changed}' if changed else ''} ({self.why}{note})."

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "note"}


def preset_of_run(model: ModelConfig, train: TrainConfig, counts: Counts) -> PresetOfRun:
    suits = preset_of(counts)
    preset, changed = nearest_preset(model, train, suits)
    note = loss_note({**vars(model), **vars(train)})
    if preset == suits:
        return PresetOfRun(PAPER, preset, changed, f"{suits}, because {preset_reason(counts)}", note)
    return PresetOfRun(preset, preset, changed, f"the paper's preset for this data is {suits}", note)


def nearest_preset(model: ModelConfig, train: TrainConfig, suits: str) -> tuple[str, dict[str, Any]]:
    """Returns the preset from which the fewest settings differ (of several the one that `suits`) and those settings."""
    values = {**vars(model), **vars(train)}

    def differing(name: str) -> dict[str, Any]:
        start = {**vars(PRESETS[name][0]), **vars(PRESETS[name][1])}
        return {key: value for key, value in values.items() if value != start[key]}

    name = min(PRESETS, key=lambda name: (len(differing(name)), name != suits))
    return name, differing(name)


def origin_of(model: ModelConfig, train: TrainConfig, counts: Counts, history: Mapping[str, Any]) -> str:
    """Returns where the settings of a run come from, a race or a preset, in a sentence; empty for another system, or
    for a run that was not trained here."""
    if "auto" in history:
        return race_sentence(history["auto"]["trials"], train.select_by) or f"{history['auto']['sentence']}."
    if history["ended"] == FOREIGN or model.model != "attrec":
        return ""
    return preset_of_run(model, train, counts).sentence


def race_sentence(trials: Sequence[Mapping[str, Any]], figure: str) -> str:
    """Returns the choice of a race and the runner-up, from its last round; empty without trainings. trials: of all
    rounds, in their order; figure: the metric on the validation items by which the race chose."""
    if not trials:
        return ""
    # The last round has two candidates. Their epochs may differ: some settings allow fewer than others.
    first, *rest = sorted(trials[-2:], key=lambda trial: -trial["validation"][figure])
    count = len({json.dumps(trial["settings"], sort_keys=True) for trial in trials})
    highest, *lower = (number(trial["validation"][figure], 3) for trial in (first, *rest))
    second = f"; the next best has {lower[0]}: {drawn_settings_text(rest[0]['settings'])}" if rest else ""
    best = f"the best has {figure.upper()} {highest} on the validation items"
    return f"Of {count} settings {best}: {drawn_settings_text(first['settings'])}{second}."


def drawn_settings_text(settings: Mapping[str, Any]) -> str:
    """Returns the settings that a race drew, as text, and how they differ from the paper. settings: those that differ
    from the paper's."""
    drawn = [f"{SETTINGS[key].label} {value(settings[key], key)}" for key in DRAWN if key in settings]
    note = loss_note(settings)
    return f"{', '.join(drawn) or 'as in the paper for MovieLens'}{f' ({note})' if note else ''}"
