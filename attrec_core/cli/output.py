"""Writing answers, remarks and the names of settings; explanations as lines of text."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from attrec_core.config import SETTINGS
from attrec_core.data.options import OPTIONS
from attrec_core.errors import InputError, Remark, ordinal
from attrec_core.explain.compare import Comparison
from attrec_core.explain.exact_sum import Difference, SumPart
from attrec_core.explain.experiments import Experiment
from attrec_core.explain.explanation import Explanation
from attrec_core.explain.rank_curves import RankCurve, RankCurves
from attrec_core.explain.wording import letter
from attrec_core.runs.run import Run

# The flags of settings whose flag is not their key. The key `window` without a suffix is the model's setting.
FLAGS = {
    "with_maps": "--no-maps",
    "run_name": "NAME",
    "from_run": "--from",
    "own_model": "--model",
    "window_ids": "--window",
    **{option.key: option.flag for option in OPTIONS},
}


CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Escapes control characters and characters that change the direction of text, as JSON does: no title, name or file
    may move the cursor of a terminal, or reverse its letters."""
    return CONTROL.sub(lambda control: f"\\u{ord(control[0]):04x}", text)


def show(answer: Mapping[str, Any], as_json: bool) -> None:
    """Prints the answer as JSON, or as one `key: value` per line with nested keys as `outer.inner`."""
    if as_json:
        print(visible(json.dumps(answer, ensure_ascii=False)))
        return
    for key, value in flat(answer):
        print(visible(f"{key}:{'' if is_table(value) else ' '}{value_text(value)}"))


def answer(options: argparse.Namespace, facts: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Prints the facts as JSON with --json, else the lines."""
    if options.json:
        show(facts, True)
    else:
        print(visible("\n".join(lines)))


def is_table(value: Any) -> bool:
    """Whether the value is a list of lists, such as a map."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, list) for row in value)


def value_text(value: Any) -> str:
    """Returns a value as text: a float is rounded; the numbers of a list are on one line, separated by spaces; each row
    of a table is on its own line; other lists are separated by commas."""
    if isinstance(value, float):
        return f"{value:.4f}"
    if is_table(value):
        return "".join(f"\n  {value_text(row)}" for row in value)
    if isinstance(value, list):
        separator = " " if all(isinstance(item, int | float) for item in value) else ", "
        return separator.join(map(value_text, value))
    return str(value)


def flat(answer: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in answer.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, "none" if value in ({}, [], None) else value


def remark(text: str | InputError | Remark) -> None:
    print(visible(f"attrec: {text if isinstance(text, str) else text.sentence(flag)}"), file=sys.stderr)


def flag(setting: str) -> str:
    """Returns what the command line calls a setting of `InputError.sentence`: `overwrite` → `--overwrite`,
    `quotes=literal` → `--quotes literal`, `choose time_column` → `name it with --time-column`. A setting of the model
    or of its training is called by its key, as `--set` takes it."""
    key, _, value = setting.removeprefix("choose ").partition("=")
    name = key if key in SETTINGS else FLAGS.get(key, f"--{key.replace('_', '-')}")
    if value:
        name += f"={value}" if key in SETTINGS else f" {value}"
    if not setting.startswith("choose "):
        return name
    if key == "member" and not value:
        return f"name the one to read with {name}, or several with + between, which are joined in this order"
    if key.endswith("_column") and not value:
        return f"name it with {name}"
    return f"use --set {name}" if key in SETTINGS else f"use {name}"


def item_label(run: Run, item: int) -> str:
    return f"{run.interactions.titles[item]} [{run.interactions.item_ids[item]}]"


def explanation_lines(run: Run, explanation: Explanation) -> Iterator[str]:
    yield explanation.sentence
    yield ""
    if explanation.sum.exists:
        yield "Contributions to the distance (weight, value):"
        for part in explanation.sum.parts:
            weight = " " * 7 if part.weight is None else f"{part.weight:7.3f}"
            yield f"{weight} {part.value:9.4f}  {part_name(run, part)}"
        yield f"{'':7} {explanation.distance:9.4f}  distance; the sum is off by {explanation.sum.residual:.0e}"
    else:
        yield explanation.sum.sentence
    yield ""
    if explanation.leave_one_out.delete:
        yield "Removed (w; change of distance and rank when positions shift, direct + re-weighting; when kept):"
        for w, deleted, masked in zip(
            explanation.influence.weights, explanation.leave_one_out.delete, explanation.leave_one_out.mask, strict=True
        ):
            deleted_split, masked_split = (
                "" if effect.direct is None else f" ({effect.direct:+.4f} {effect.reweighting:+.4f})"
                for effect in (deleted, masked)
            )
            yield (
                f"{w:7.3f} {deleted.delta_distance:+9.4f} {deleted.delta_rank:+7g}{deleted_split}  "
                f"{masked.delta_distance:+9.4f} {masked.delta_rank:+7g}{masked_split}  {letter(deleted.place - 1)} "
                f"{item_label(run, deleted.item)}"
            )
    yield explanation.leave_one_out.sentence
    taus = (explanation.influence.tau_delete, explanation.influence.tau_mask, explanation.influence.tau_exact)
    by_deletion, by_masking, by_terms = ("none" if tau is None else f"{tau:.2f}" for tau in taus)
    yield (
        f"Kendall’s τ of attention with: removal (positions shift) {by_deletion}, "
        f"removal (positions kept) {by_masking}, contributions {by_terms}"
    )


def difference_lines(run: Run, difference: Difference) -> Iterator[str]:
    yield ""
    yield difference.sentence
    above, below = item_label(run, difference.above), item_label(run, difference.below)
    yield f"Why {above} is ranked above {below} (below 0: favours it):"
    for part in difference.parts:
        yield f"{part.value:+9.4f}  {part_name(run, part)}"
    note = f"; the sum is off by {difference.residual:.0e}" if difference.exists else ", with the short-term parts"
    yield f"{difference.total:+9.4f}  total{note}"


def part_name(run: Run, part: SumPart) -> str:
    if part.item is not None and part.place is not None:
        return f"{letter(part.place - 1)} {item_label(run, part.item)}"
    return {"long": "long-term taste (ω)", "origin": "the origin (ρ)", "constant": "the constant"}[part.kind]


def comparison_lines(run: Run, comparison: Comparison) -> Iterator[str]:
    yield comparison.sentence
    yield ""
    measure = run.measure
    row_note = "" if run.explains else " in the last row"
    yield f"Position and attention{row_note} in A and in B, and the change:"
    for row, slot in enumerate(comparison.slots):
        a, b = comparison.weights_a[row], comparison.weights_b[row]
        change = "" if np.isnan(a + b) else f"{b - a:+.3f}"
        places = f"{place_and_weight(slot.place_a, a)}  {place_and_weight(slot.place_b, b)}"
        yield f"{places}  {change:>7}  {item_label(run, slot.item)}"
    yield ""
    yield f"Rank and {measure.name} in A and in B (the top {comparison.k} of B, then the items that left it):"
    for move in comparison.moves:
        value_a, value_b = measure.of(move.distance_a), measure.of(move.distance_b)
        yield (
            f"{move.rank_a:7g} {value_a:8.4f}  {move.rank_b:7g} {value_b:8.4f}  {move.kind:7}  "
            f"{item_label(run, move.item)}"
        )


def place_and_weight(number: int | None, weight: float) -> str:
    return f"{'–':>3} {'':5}" if number is None else f"{number:3d} {weight:5.3f}"


def curve_lines(run: Run, curves: RankCurves) -> Iterator[str]:
    yield curves.sentence
    yield ""
    yield f"Rank at ω = {curves.long_weight:g}, at 0 and at 1, and every ω for which the item is in the top {curves.k}:"
    for curve in curves.curves:
        yield (
            f"{curve.at(curves.long_weight):7g} {curve.ranks[0]:7g} {curve.ranks[-1]:7g}  "
            f"{item_label(run, curve.item)}: "
            f"{', '.join(f'{start:.3f}–{end:.3f}' for start, end in stretches(curve, curves.k))}"
        )
    if curves.crossings:
        yield ""
        yield "Where two items change places (ω, rank):"
        for crossing in curves.crossings:
            above, below = item_label(run, crossing.above), item_label(run, crossing.below)
            yield f"{crossing.omega:.4f} {crossing.rank:4g}  {above} falls below {below}"


def stretches(curve: RankCurve, k: int) -> Iterator[tuple[float, float]]:
    """Yields the intervals of ω in which the rank is k or less, as (start, end)."""
    inside = np.concatenate([[0], curve.ranks <= k, [0]]).astype(int)
    for start, end in zip(np.flatnonzero(np.diff(inside) > 0), np.flatnonzero(np.diff(inside) < 0), strict=True):
        yield float(curve.edges[start]), float(curve.edges[end])


def experiment_lines(run: Run, experiments: tuple[Experiment, ...]) -> Iterator[str]:
    first = experiments[0]
    yield f"{item_label(run, first.item)} is ranked {ordinal(first.rank_before)}."
    yield f"Unchanged items of the top {first.of}, m moved by, rank after the change:"
    for experiment in experiments:
        unchanged = f"{experiment.overlap:3d} of {experiment.of}"
        yield f"{unchanged} {experiment.shift:9.4f} {experiment.rank:7g}  {experiment.name}"
