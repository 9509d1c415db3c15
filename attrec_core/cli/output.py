"""How answers, remarks and settings are written; explanations as lines of text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from attrec_core.config import SETTINGS
from attrec_core.data.options import OPTIONS
from attrec_core.errors import InputError, Remark
from attrec_core.explain.compare import Comparison
from attrec_core.explain.exact_sum import Difference, Part
from attrec_core.explain.experiments import Experiment
from attrec_core.explain.explanation import Explanation
from attrec_core.explain.rank_curves import RankCurve, RankCurves
from attrec_core.runs.run import Run

# Of settings whose flag is not their key.
FLAGS = {"with_maps": "--no-maps", "run_name": "NAME", **{option.key: option.flag for option in OPTIONS}}


def show(answer: Mapping[str, Any], as_json: bool) -> None:
    """JSON, or one `key: value` a line with nested keys as `outer.inner`."""
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
        return
    for key, value in flat(answer):
        print(f"{key}:{'' if is_table(value) else ' '}{written(value)}")


def is_table(value: Any) -> bool:
    """Whether it is a list of lists, such as a map."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, list) for row in value)


def written(value: Any) -> str:
    """A number rounded; the numbers of a list beside each other, the rows of a table below each other; other lists with
    commas."""
    if isinstance(value, float):
        return f"{value:.4f}"
    if is_table(value):
        return "".join(f"\n  {written(row)}" for row in value)
    if isinstance(value, list):
        between = " " if all(isinstance(one, int | float) for one in value) else ", "
        return between.join(map(written, value))
    return str(value)


def flat(answer: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in answer.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, "none" if value in ({}, [], None) else value


def remark(text: str | InputError | Remark) -> None:
    print(f"attrec: {text if isinstance(text, str) else text.sentence(flag)}", file=sys.stderr)


def flag(setting: str) -> str:
    """A setting as `InputError.sentence` asks for it, in the words of the command line: `overwrite` → `--overwrite`,
    `quotes=literal` → `--quotes literal`, `choose time_column` → `name it with --time-column`; a setting of the model
    or of its training is its key, as `--set` takes it."""
    key, _, value = setting.removeprefix("choose ").partition("=")
    named = key if key in SETTINGS else FLAGS.get(key, f"--{key.replace('_', '-')}")
    if value:
        named += f"={value}" if key in SETTINGS else f" {value}"
    if not setting.startswith("choose "):
        return named
    if key == "member":
        return f"name the one to read with {named}"
    if key.endswith("_column"):
        return f"name it with {named}"
    return f"say --set {named}" if key in SETTINGS else f"say {named}"


def named(run: Run, item: int) -> str:
    return f"{run.interactions.titles[item]} [{run.interactions.item_ids[item]}]"


def explanation_lines(run: Run, found: Explanation) -> Iterator[str]:
    yield found.sentence
    yield ""
    if found.sum.exists:
        yield "What adds up to the distance (weight, value):"
        for part in found.sum.parts:
            weight = " " * 7 if part.weight is None else f"{part.weight:7.3f}"
            yield f"{weight} {part.value:9.4f}  {part_name(run, part)}"
        yield f"{'':7} {found.distance:9.4f}  distance; the sum is off by {found.sum.residual:.0e}"
    else:
        yield found.sum.sentence
    yield ""
    if found.leave_one_out.delete:
        yield "Left out (w; distance and rank when deleted, direct + re-weighting; the same when masked in place):"
        for w, one, other in zip(
            found.influence.weights, found.leave_one_out.delete, found.leave_one_out.mask, strict=True
        ):
            split = "" if one.direct is None else f" ({one.direct:+.4f} {one.reweighting:+.4f})"
            inside = "" if other.direct is None else f" ({other.direct:+.4f} {other.reweighting:+.4f})"
            yield (
                f"{w:7.3f} {one.delta_distance:+9.4f} {one.delta_rank:+7g}{split}  "
                f"{other.delta_distance:+9.4f} {other.delta_rank:+7g}{inside}  {one.place} {named(run, one.item)}"
            )
    yield found.leave_one_out.sentence
    taus = (found.influence.tau_delete, found.influence.tau_mask, found.influence.tau_exact)
    deleted, masked, exact = ("none" if tau is None else f"{tau:.2f}" for tau in taus)
    yield f"Kendall’s τ of attention with: deletion {deleted}, masking {masked}, the exact terms {exact}"


def difference_lines(run: Run, found: Difference) -> Iterator[str]:
    yield ""
    yield found.sentence
    yield f"Why {named(run, found.above)} stands above {named(run, found.below)} (what is below 0 speaks for it):"
    for part in found.parts:
        yield f"{part.value:+9.4f}  {part_name(run, part)}"
    off = f"; the sum is off by {found.residual:.0e}" if found.exists else ", with the short-term parts"
    yield f"{found.total:+9.4f}  in all{off}"


def part_name(run: Run, part: Part) -> str:
    if part.kind == "item":
        return f"{part.place} {named(run, part.item)}"
    return {"long": "long-term taste (ω)", "origin": "the origin (ρ)", "constant": "the constant"}[part.kind]


def comparison_lines(run: Run, found: Comparison) -> Iterator[str]:
    yield found.sentence
    yield ""
    yield "Place and attention in A, in B, and what changed:"
    for row, slot in enumerate(found.slots):
        a, b = found.weights_a[row], found.weights_b[row]
        change = "" if np.isnan(a + b) else f"{b - a:+.3f}"
        yield f"{place(slot.place_a, a)}  {place(slot.place_b, b)}  {change:>7}  {named(run, slot.item)}"
    yield ""
    yield f"Rank and distance in A, in B (the first {found.k} of B, then those that have left):"
    for move in found.moves:
        yield (
            f"{move.rank_a:7g} {move.distance_a:8.4f}  {move.rank_b:7g} {move.distance_b:8.4f}  {move.kind:7}  "
            f"{named(run, move.item)}"
        )


def place(number: int | None, weight: float) -> str:
    return f"{'–':>3} {'':5}" if number is None else f"{number:3d} {weight:5.3f}"


def curve_lines(run: Run, found: RankCurves) -> Iterator[str]:
    yield found.sentence
    yield ""
    yield f"Rank at ω = {found.long_weight:g}, at 0, at 1, and where the item is among the first {found.k}:"
    for curve in found.curves:
        yield (
            f"{curve.at(found.long_weight):7g} {curve.ranks[0]:7g} {curve.ranks[-1]:7g}  {named(run, curve.item)}: "
            f"{', '.join(f'{start:.3f}–{end:.3f}' for start, end in among(curve, found.k))}"
        )
    if found.crossings:
        yield ""
        yield "Where two of them change places (ω, rank):"
        for one in found.crossings:
            yield f"{one.omega:.4f} {one.rank:4g}  {named(run, one.above)} falls below {named(run, one.below)}"


def among(curve: RankCurve, k: int) -> Iterator[tuple[float, float]]:
    """The stretches of ω in which the rank is k or less."""
    inside = np.concatenate([[0], curve.ranks <= k, [0]]).astype(int)
    for start, end in zip(np.flatnonzero(np.diff(inside) > 0), np.flatnonzero(np.diff(inside) < 0), strict=True):
        yield float(curve.edges[start]), float(curve.edges[end])


def experiment_lines(run: Run, found: tuple[Experiment, ...]) -> Iterator[str]:
    first = found[0]
    yield f"{named(run, first.item)} is at rank {first.rank_before:g}."
    yield f"How many of the first {first.of} stay, how far m moves, the rank then:"
    for one in found:
        yield f"{one.overlap:3d} of {one.of} {one.shift:9.4f} {one.rank:7g}  {one.name}"
