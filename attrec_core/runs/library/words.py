"""Settings and data of runs as people read them: where they come from, and those of two runs side by side."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from attrec_core.config import PAPER, PRESETS, SETTINGS, ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.data.report import Counts
from attrec_core.errors import number
from attrec_core.runs.history import FOREIGN
from attrec_core.runs.library.records import LibraryEntry, SettingPair
from attrec_core.runs.run import Run
from attrec_core.runs.systems import ADDED, SYSTEMS, not_the_papers
from attrec_core.storage.workspace import SAMPLE_DATA

FILMS = {"movielens-100k", "movielens-dat", "movielens-csv", "movietweetings"}  # sources whose items are films
# The facts that are compared between the data of two runs: key → name, and value → text.
FACTS: dict[str, tuple[str, dict[str, str]]] = {
    "data name": ("data set", {}),
    "data source": ("read from", {}),
    "data tie_rule": (
        "test item when timestamps tie",
        {"file-first": "the first in the file", "file-last": "the last in the file"},
    ),
    "data duplicates": ("repeated items", {"keep": "kept", "collapse": "dropped at the same time", "drop": "dropped"}),
}
NOT_SEARCHED = ("seed", "threads", "engine", "device", "select_by", "refit")  # they are no choice of a model
ALSO_EXPLAIN = ("regularisation", "seed")  # how the taste of a new user is estimated, and how maps are computed


def compare_settings(a: Run | LibraryEntry, b: Run | LibraryEntry) -> tuple[SettingPair, ...]:
    """Returns every setting of both runs, in the order of the configurations, and then the facts about the data."""
    of_a, of_b = values_of(a), values_of(b)
    symbols = {key: setting.symbol for key, setting in SETTINGS.items()}
    notes = {key: [not_the_papers(of, [key]) for of in (of_a, of_b)] for key in ADDED}
    return tuple(
        SettingPair(key, symbols.get(key, ""), of_a.get(key), of_b.get(key), *notes.get(key, ("", "")))
        for key in {**of_a, **of_b}
    )


def words_for(key: str) -> str:
    """Returns the name that people use for a setting, such as “dimensions”."""
    return FACTS[key][0] if key in FACTS else SETTINGS[key].name if key in SETTINGS else key


def changed_settings(a: Run | LibraryEntry, b: Run | LibraryEntry) -> tuple[SettingPair, ...]:
    return tuple(setting for setting in compare_settings(a, b) if setting.differs)


def values_of(run: Run | LibraryEntry) -> Mapping[str, Any]:
    if isinstance(run, LibraryEntry):
        return {**run.settings, **facts_of(run.about)}
    training = training_settings(run.model_config.model, run.train_config, trained_here=run.trained_here)
    return {**model_settings(run.model_config), **training, **facts_of(vars(run.interactions))}


def model_settings(config: ModelConfig) -> dict[str, Any]:
    """Key → value of the settings that the system uses, those of its equations among them."""
    used = SYSTEMS[config.model].used(config)
    return used | used.pop("equations", {})


def training_settings(system: str, config: TrainConfig, *, trained_here: bool) -> dict[str, Any]:
    """Key → value of the settings that the system used; if another program trained, only those in ALSO_EXPLAIN."""
    used = SYSTEMS[system].trained_with(config)
    return {key: value for key, value in used.items() if trained_here or key in ALSO_EXPLAIN}


def facts_of(about: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the compared facts about the data, as far as they are known."""
    facts = {key: about.get(key.removeprefix("data ")) for key in FACTS} | {"data name": data_name(about)}
    return {key: value for key, value in facts.items() if value}


def setting_in_words(setting: SettingPair) -> str:
    """Returns text such as “dimensions (d, dim) 64 → 8”, or “window (L) 5 → 3” if the name is the key."""
    name, (a, b) = words_for(setting.key), values_in_words(setting)
    if setting.key in FACTS:
        return f"{name}: {a} → {b}"
    symbols = ", ".join(filter(None, (setting.symbol, setting.key if setting.key != name else "")))
    return f"{name}{f' ({symbols})' if symbols else ''} {a} → {b}"


def values_in_words(setting: SettingPair) -> tuple[str, str]:
    """Returns both values as text; for a value that is not the paper's, the note on it."""
    return setting.note_a or value(setting.a, setting.key), setting.note_b or value(setting.b, setting.key)


def value(setting: Any, key: str = "") -> str:
    """Returns a value as text. key: of the setting."""
    if setting is None:
        return "unnamed" if key == "data name" else "–"
    if key in FACTS:
        return source_in_words(setting) if key == "data source" else FACTS[key][1].get(setting, str(setting))
    if key == "lone_item":
        return f"attends to {setting}"
    return f"{setting:g}" if isinstance(setting, float) else str(setting).lower()


def source_in_words(source: str) -> str:
    from attrec_core.data.formats import LABELS  # with all readers, which few pages need

    return LABELS.get(source, source)


def bundled(name: str) -> str:
    """Returns the name of the app's own data set or run, as it differs from those that people added."""
    return f"{name} (bundled)"


def data_called(path: Path) -> str:
    return bundled(path.name) if path == SAMPLE_DATA else path.name


def data_name(about: Mapping[str, Any]) -> str:
    """Returns the name of the data set that a run was trained on, "" if it had none. The bundled data set is a plain
    folder, which gives its data no name: it is recognised by its description."""
    if about.get("name"):
        return str(about["name"])
    description = about.get("about")
    return bundled(SAMPLE_DATA.name) if description and description == said_by_sample() else ""


def noun(data: Interactions) -> str:
    """Returns what to call the items of the data: "films" if its format says so or it is bundled, else "items"."""
    return "films" if data.source in FILMS or is_sample(data) else "items"


def is_sample(data: Interactions) -> bool:
    return data_name({"name": data.name, "about": data.about}) == bundled(SAMPLE_DATA.name)


def what_sample_is() -> str:
    """Returns the first sentence of the sample's description: which part of it is real, and which is simulated."""
    return said_by_sample().split(":")[0] + "."


@functools.cache
def said_by_sample() -> str:
    """The sample's description; empty where the sample is not here."""
    file = SAMPLE_DATA / "about.txt"
    return " ".join(file.read_text(encoding="utf-8").split()) if file.is_file() else ""


def data_of(entry: LibraryEntry) -> str:
    """Returns what a run was trained on: the name of the data set, or where the data was read from."""
    return entry.source if entry.about.get("name") else data_name(entry.about) or source_in_words(entry.source)


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
        """Text: “Preset ‘paper’, except: epochs 1 (sparse, because this data has 6.0 interactions per user; …).”"""
        changed = ", ".join(f"{SETTINGS[key].label} {value(setting, key)}" for key, setting in self.changed.items())
        note = f"; {self.note}" if self.note else ""
        return f"Preset “{self.name}”{f', except: {changed}' if changed else ''} ({self.why}{note})."

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "note"}


def preset_of_run(model: ModelConfig, train: TrainConfig, counts: Counts) -> PresetOfRun:
    """Of several presets from which as few settings differ, it is the one that suits the data."""
    from attrec_core.data.importing import preset_of, preset_reason  # with all readers of data

    values, suits = {**vars(model), **vars(train)}, preset_of(counts)

    def differing(name: str) -> dict[str, Any]:
        start = {**vars(PRESETS[name][0]), **vars(PRESETS[name][1])}
        return {key: value for key, value in values.items() if value != start[key]}

    preset = min(PRESETS, key=lambda name: (len(differing(name)), name != suits))
    changed, note = differing(preset), not_the_papers(values)
    if preset == suits:
        return PresetOfRun(PAPER, preset, changed, f"{suits}, because {preset_reason(counts)}", note)
    return PresetOfRun(preset, preset, changed, f"the paper's preset for this data is {suits}", note)


def preset_known(
    model: ModelConfig, train: TrainConfig, counts: Counts, history: Mapping[str, Any]
) -> PresetOfRun | None:
    """Returns the preset of a run's settings; None if a race found them, if it was not trained here, or for another
    system."""
    is_known = "auto" not in history and history["ended"] != FOREIGN and model.model == "attrec"
    return preset_of_run(model, train, counts) if is_known else None


def origin_of(model: ModelConfig, train: TrainConfig, counts: Counts, history: Mapping[str, Any]) -> str:
    """A sentence: the race or preset of a run's settings; empty where neither is known."""
    if "opened" in history:
        return opened_sentence(history["opened"])
    if "auto" in history:
        return race_sentence(history["auto"]["trials"], train.select_by) or f"{history['auto']['sentence']}."
    preset = preset_known(model, train, counts, history)
    return "" if preset is None else preset.sentence


def opened_sentence(opened: Mapping[str, Any]) -> str:
    """Says which library made a SASRec, and whether its own validation score comes out here again."""
    made = f"A SASRec of {opened['library']}."
    if "metric" not in opened:
        return f"{made} Its file holds no score; its names, shapes and settings fit, and no more could be checked."
    says, here, popular = (number(opened[name], opened["digits"]) for name in ("says", "here", "popular"))
    compared = f"{made} The file says {opened['metric']} {says} on the validation items; here it is {here}"
    if opened["agrees"]:
        return f"{compared}: ids, positions and equations are those of the training."
    doubt = "the order of the rows, then the equations."
    if opened["here"] <= opened["popular"] < opened["says"]:
        doubt = "the ids: is this the data of the training, in the same order?"
    return f"{compared}, and by popularity alone it would be {popular}. Doubt {doubt}"


def race_sentence(trials: Sequence[Mapping[str, Any]], figure: str) -> str:
    """Returns the choice of a race and the runner-up, from its last round; empty without trainings. trials: of all
    rounds, in their order; figure: the metric on the validation items by which the race chose."""
    if not trials:
        return ""
    # The best two of the last round come last. Their epochs may differ: some settings allow fewer than others.
    first, *rest = sorted(trials[-2:], key=lambda trial: -trial["validation"][figure])
    count = len({json.dumps(trial["settings"], sort_keys=True) for trial in trials})
    highest, *lower = (number(trial["validation"][figure], 3) for trial in (first, *rest))
    second = f"; the next best has {lower[0]}: {drawn_settings_text(rest[0]['settings'])}" if rest else ""
    best = f"the best has {figure.upper()} {highest} on the validation items"
    return f"Of {count} settings {best}: {drawn_settings_text(first['settings'])}{second}."


def tried_sentence(trials: Sequence[Mapping[str, Any]]) -> str:
    """Returns what a race tried, and what it did not: the settings in which its trials differ, with their values, and
    the other settings of the model and of its loss, which all trials had in common."""
    varied, fixed = [], []
    if not trials:
        return ""
    for key, setting in SETTINGS.items():
        if setting.part == "model" and key not in SYSTEMS["attrec"].uses.split():
            continue
        values = sorted({trial["settings"].get(key, setting.default) for trial in trials})
        if len(values) > 1:
            varied.append(f"{setting.label} ({', '.join(value(one, key) for one in values)})")
        elif key not in ("model", *NOT_SEARCHED):
            fixed.append(f"{setting.label} {value(values[0], key)}")
    return f"Tried: {'; '.join(varied)}. The same in all: {'; '.join(fixed)}." if varied else ""


def drawn_settings_text(settings: Mapping[str, Any]) -> str:
    """The settings that a race chose, as text; a note names its loss and taste where they are not the paper's.
    settings: those that differ from the paper's."""
    keys = [key for key in SETTINGS if key in settings and key not in NOT_SEARCHED]
    own = [key for key in keys if not not_the_papers(settings, [key])]
    drawn = [f"{SETTINGS[key].label} {value(settings[key], key)}" for key in own]
    note = not_the_papers(settings)
    return f"{', '.join(drawn) or 'as in the paper for MovieLens'}{f' ({note})' if note else ''}"
