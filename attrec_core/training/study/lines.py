"""The lines of a study: the systems or settings that are compared, the candidate settings of each, and its cost."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from attrec_core.config import OWN, PAPER_PRESETS, PRESETS, with_settings
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError, count_of, shown
from attrec_core.runs import paper
from attrec_core.runs.candidates import SPACES, Configs, candidates_of, softmax_start
from attrec_core.runs.protocol import FITS, RACED
from attrec_core.runs.systems import SYSTEMS
from attrec_core.training.estimate import estimate
from attrec_core.training.fit import fit
from attrec_core.training.study.race import Schedule, fitted, rounds

# Tables 3 and 4 of the paper, and the position of the mask.
ABLATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "mean": ("Self-attention, mean", {}),
    "sum": ("Self-attention, sum", {"aggregation": "sum"}),
    "max": ("Self-attention, max", {"aggregation": "max"}),
    "min": ("Self-attention, min", {"aggregation": "min"}),
    "before": ("Mask before the softmax", {"mask": "before"}),
    "none": ("No mask", {"mask": "none"}),
    "without": ("No attention: the mean of the window", {"model": "prme"}),
    "place": ("Weights by place, the same for everybody", {"model": "prme", "place_weights": "true"}),
    "two": ("Two items, mask before: no attention", {"mask": "before", "window": "2"}),
}
# The user's own vector, as in the paper; the user's own items; both.
TASTES: dict[str, tuple[str, dict[str, str]]] = {
    "vector": ("Own vector", {}),
    **{f"items-{h}": (f"Own items, h={h}", {"taste": "items", "half_life": h}) for h in ("5", "20", "50")},
    **{f"both-{h}": (f"Vector and items, h={h}", {"taste": "both", "half_life": h}) for h in ("20", "50")},
}
VARIED: dict[str, tuple[str, str, Sequence[object]]] = {
    "omega": ("long_weight", "ω", paper.OMEGAS),
    "window": ("window", "L", paper.WINDOWS),
    "dim": ("dim", "d", paper.DIMS),
}
FOR_STEPS = 0.2  # seconds of measuring a line
RISES = 0.5  # the likely share of the epochs between the fewest and the most that a training can have


@dataclass(frozen=True)
class Line:
    """One line of a study's table. Several candidates are raced; a single candidate is used as it is."""

    key: str
    label: str
    system: str  # of SYSTEMS, or "auto"
    candidates: tuple[Configs, ...]

    @property
    def is_counted(self) -> bool:
        return SYSTEMS[self.candidates[0][0].model].is_counted

    @property
    def trials(self) -> int:
        return sum(rounds(len(self.candidates), self.is_counted))

    def seeds(self, count: int) -> range:
        """Returns the seeds to train, of `count`: a counted system draws nothing, so that one stands for all."""
        return range(min(count, 1) if self.is_counted else count)

    def trainings(self, seeds: int) -> int:
        return self.trials + len(self.seeds(seeds))


def lines_of(
    kind: str,
    preset: str,
    budget: int,
    systems: Sequence[str] = (),
    loss: str = "hinge",
    fit: str = FITS[0],
    own: str = "",
) -> list[Line]:
    """Returns the lines of a study. preset: a key of config.PRESETS; systems: keys of the lines to keep (none: all);
    loss: of the lines that vary a setting; fit: one of FITS; own: FILE.py:Class of a custom model, which is kept too.
    Raises InputError for an unknown system, for a loss when the study itself chooses the loss, and for a custom model
    in a study of AttRec alone."""
    if kind in RACED and loss != "hinge":
        text = "A study of {kind} chooses the loss with the other settings, so the {name} cannot be set."
        raise InputError("loss_is_chosen", text, setting="loss", kind=kind)
    start = softmax_start() if loss == "softmax" else PRESETS[preset]
    lines = race_lines(kind, preset, budget) if kind in RACED else variation_lines(kind, start)
    keys = [line.key for line in lines]
    for system in systems:
        if system not in keys:
            text = "{name} {system} is not a line of this study; there are: {known}."
            raise InputError("unknown_system", text, setting="systems", system=shown(system), known=", ".join(keys))
    kept = [line for line in lines if not systems or line.key in systems]
    if own:
        if kind != "table2":
            text = "A study of {kind} has lines of AttRec alone; {name} joins a study of table2."
            raise InputError("clash", text, setting="own_model", kind=kind)
        file, _, name = own.rpartition(":")
        version = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:6]  # a changed file is a line of its own
        kept.append(Line(f"{OWN}-{name}-{version}", f"{name} ({version})", OWN, tuple(candidates_of(OWN, budget))))
    refit = fit == FITS[0]
    return [
        replace(line, candidates=tuple((model, replace(train, refit=refit)) for model, train in line.candidates))
        for line in kept
    ]


def variation_lines(kind: str, start: Configs) -> list[Line]:
    """Returns lines that vary one setting of AttRec or leave out one part of it; no settings are chosen."""
    parts = TASTES if kind == "taste" else ABLATIONS
    if kind in VARIED:
        setting, symbol, values = VARIED[kind]
        parts = {f"{kind}-{value}": (f"{symbol} = {value}", {setting: str(value)}) for value in values}
    return [Line(key, label, "attrec", (with_settings(*start, changed),)) for key, (label, changed) in parts.items()]


def race_lines(kind: str, preset: str, budget: int) -> list[Line]:
    """Returns AttRec with the settings of a preset, usually of the paper's, and the raced lines: all systems, or AttRec
    beside its presets."""
    label = f"the paper's settings ({preset})" if preset in PAPER_PRESETS else f"preset {preset}"
    lines = [Line("attrec", f"AttRec, {label}", "attrec", (PRESETS[preset],))]
    if kind == "auto":
        presets = [name for name in ("movielens", "sparse", "best") if name != preset]
        lines += [Line(f"attrec-{name}", f"AttRec, preset {name}", "attrec", (PRESETS[name],)) for name in presets]
    for system in [*SPACES, "auto"] if kind == "table2" else ["auto"]:
        label = "AttRec, settings found" if system == "auto" else SYSTEMS[system].label
        lines.append(Line(system, label, system, tuple(candidates_of(system, budget))))
    return lines


def line_costs(interactions: Interactions, line: Line, seeds: int) -> list[float]:
    """Returns the seconds of the race's trainings, then of the seeds; all are estimated from the first candidate."""
    split = leave_one_out(interactions)
    model, train = fitted(line.candidates[0], split)
    if line.is_counted:
        began = time.perf_counter()
        fit(split, model, train)
        return [time.perf_counter() - began] * line.trainings(seeds)
    training = estimate(split, model, train, with_maps=False, for_steps=FOR_STEPS)
    likely = training.epochs_least + RISES * (training.epochs_most - training.epochs_least)
    raced = [
        round_.work(0) * training.epoch
        for round_ in Schedule(((model, train),) * len(line.candidates)).rounds
        for _ in range(round_.count)
    ]
    return [*raced, *[likely * training.epoch + training.metrics] * seeds]


def amount(lines: Sequence[Line], trainings: int) -> str:
    return f"{count_of(len(lines), 'line')}, {count_of(trainings, 'training')}"
