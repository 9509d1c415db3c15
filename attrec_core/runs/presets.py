"""Where the settings of a run come from: a preset and what was changed of it, and why that one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from attrec_core.config import PAPER, ModelConfig, TrainConfig, nearest_preset
from attrec_core.data.importing import preset_of, preset_reason
from attrec_core.data.report import Counts
from attrec_core.runs.history import FOREIGN
from attrec_core.runs.systems import loss_note


@dataclass(frozen=True)
class PresetOfRun:
    """The preset from which the fewest settings differ."""

    name: str  # "paper" is the one of the paper's two that suits the data
    preset: str  # of config.PRESETS
    changed: dict[str, Any]  # setting → value
    why: str
    note: str  # what of it is not the paper's

    @property
    def sentence(self) -> str:
        """“Preset paper, epochs=1 (sparse, because 6.0 interactions per user; …).”"""
        changed = "".join(f", {key}={str(value).lower()}" for key, value in self.changed.items())
        note = f"; {self.note}" if self.note else ""
        return f"Preset {self.name}{changed} ({self.why}{note})."

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "note"}


def preset_of_run(model: ModelConfig, train: TrainConfig, counts: Counts) -> PresetOfRun:
    suits, because = preset_of(counts), because_of(counts)
    preset, changed = nearest_preset(model, train, suits)
    note = loss_note({**vars(model), **vars(train)})
    if preset == suits:
        return PresetOfRun(PAPER, preset, changed, because, note)
    return PresetOfRun(preset, preset, changed, f"chosen by hand; {PAPER} would be {because}", note)


def origin_of(model: ModelConfig, train: TrainConfig, counts: Counts, history: Mapping[str, Any]) -> str:
    """Where the settings of a run come from: a race or a preset, in a sentence; nothing of another system, or of a run
    that was not trained here."""
    if "auto" in history:
        return f"{history['auto']['sentence']}."
    if history["ended"] == FOREIGN or model.model != "attrec":
        return ""
    return preset_of_run(model, train, counts).sentence


def because_of(counts: Counts) -> str:
    """Which of its two presets the paper's is here, and why."""
    return f"{preset_of(counts)}, because {preset_reason(counts).rstrip('.')}"
