"""Why an item has its rank, and what changes it: `attention`, `explain`, `compare`, `omega`, `experiments`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from attrec_core.cli import arguments
from attrec_core.cli.arguments import (
    Commands,
    add_command,
    add_likes,
    add_matrix,
    add_run,
    add_view,
    answer_at,
    ids_of,
    scene_of,
)
from attrec_core.cli.output import cells
from attrec_core.errors import InputError, count_of, ordinal
from attrec_core.explain.attention import layers_and_heads
from attrec_core.explain.compare import Move
from attrec_core.explain.compare import compare as comparison
from attrec_core.explain.exact_sum import Difference, SumPart, why_above
from attrec_core.explain.experiments import experiments as all_experiments
from attrec_core.explain.explanation import Explanation, explanation
from attrec_core.explain.influence import Effect
from attrec_core.explain.moment import Moment
from attrec_core.explain.rank_curves import rank_curves
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.explain.wording import by_ids, gap_in_words, letter
from attrec_core.runs.load import load
from attrec_core.runs.lookup import item_id
from attrec_core.runs.run import Run, refusal
from attrec_core.views.moment.attention import BAR_NAMES
from attrec_core.views.page_context import Scene, indices
from attrec_core.views.why.exact_sum import other_earlier

# Fields of a comparison, under the same names in its JSON.
MATRICES = ("attention_a", "attention_b", "attention_change", "weights_a", "weights_b", "weight_change")
REST = {"long": "long-term part (ω)", "origin": "the origin (ρ)", "constant": "the constant"}  # parts of no item


def add(subs: Commands) -> None:
    add_command(subs, "attention", attention, "the attention matrix of a window", add_run, add_view, add_matrix)
    for name, answer_of, help_text in (
        ("explain", explain, "why an item has its rank: the exact sum, the removal of each item, the smallest edit"),
        ("compare", compare, "compare two windows: attention, ranks, distances, m"),
        ("omega", omega, "ranks for every ω from 0 to 1, with the points where items change places"),
        (
            "experiments",
            experiments,
            "experiments (reverse, shuffle, drop each, uniform attention …) and the effect of each",
        ),
    ):
        command = add_command(subs, name, answer_of, help_text)
        add_run(command, or_state=True)
        add_view(command, several=name == "compare")
        add_likes(command, or_state=True)
        arguments.add_top(command)
        if name == "compare":
            add_matrix(command)
        if name in ("explain", "experiments"):
            about = "the item (id or title) whose distance and rank are shown (default: the first)"
            command.add_argument("--item", metavar="ID", help=about)
        if name == "explain":
            about = "another item (id or title), to show why one is ranked above the other"
            command.add_argument("--against", metavar="ID", help=about)
        if name == "experiments":
            about = "seed of the shuffle (0)"
            command.add_argument("--seed", type=arguments.whole(0), default=0, metavar="N", help=about)


def attention(options: argparse.Namespace) -> None:
    run = load(options.run)
    chosen = arguments.matrix_of(run, options)
    asked = scene_of(run, options)
    matrix, titles = replace(asked.moment, **chosen).attention, [asked.title(item) for item in asked.window]
    facts = {
        "user": options.user,
        "items": asked.ids(asked.window),
        "titles": titles,
        "layer": chosen["layer"] or layers_and_heads(run.model_config)[0],
        "head": chosen["head"],  # None: the mean of all heads
        "mask": matrix.mask,
        "weights": matrix.weights.astype(float).tolist(),
        "masked": matrix.masked.tolist(),
        "column_weights": matrix.column_weights.astype(float).tolist(),
        "counts": matrix.counts,
        "missing": matrix.missing,
        "uniform": matrix.uniform,
        "uniform_column": matrix.uniform_column,
    }
    # A row for each query item; below them, unless only the last row counts, what each key item gets in all.
    lines, rows = [], [*zip(matrix.weights.tolist(), titles, strict=True)]
    if matrix.counts == "last":
        lines.append("Rows attend to columns; the last row leads to the recommendations.")
    else:
        lines.append(f"Rows attend to columns; the last line is the {BAR_NAMES[matrix.counts]} w.")
        rows.append((matrix.column_weights.tolist(), f"w; lost to the mask (ρ): {matrix.missing:.3f}"))
    lines += [f"{' '.join(f'{weight:.3f}' for weight in row)}  {end}" for row, end in rows]
    answer_at(asked, options, facts, lines)


def explained(options: argparse.Namespace) -> Scene:
    """Returns the scene of a command that explains AttRec alone. Raises InputError for a run of another system."""
    run = arguments.run_of(options)
    if not run.explains:
        raise refusal(run)
    return scene_of(run, options)


def explain(options: argparse.Namespace) -> None:
    asked = explained(options)
    run, moment, item = asked.run, asked.moment, item_of(asked, options)
    result, edit = explanation(moment, item), smallest_edit(moment, item, options.top)
    difference, ids = difference_from(asked, options, item), run.interactions.item_ids
    user = options.user if options.state is None or asked.user is None else asked.who
    smallest = by_ids(edit, ids, "item", "items", "window")
    facts = {"user": user, **result.as_dict(ids), "smallest_edit": smallest}
    lines = [*explanation_lines(run, result), f"Smallest edit: {edit.sentence}"]
    if difference is not None:
        facts["why_above"] = difference.as_dict(ids)
        above, below = label(run, difference.above), label(run, difference.below)
        lines += ["", difference.sentence, f"Why {above} is ranked above {below} (below 0: favours it):"]
        lines += [f"{part.value:+9.4f}  {name}" for part, name in named_parts(run, difference.parts)]
        note = ", with the short-term parts"
        if difference.exists:
            note = f"; the sum of the parts: {gap_in_words(difference.residual)}"
        lines.append(f"{difference.total:+9.4f}  total{note}")
    answer_at(asked, options, facts, lines)


def item_of(asked: Scene, options: argparse.Namespace) -> int:
    """Returns the item to explain: the named item, else the item of the saved view, else the first recommendation."""
    if options.item is not None:
        return asked.run.item_index[item_id(asked.run, options.item)]
    if asked.explained is None:
        text = "There are no candidates here; name the item to explain with {name} ID."
        raise InputError("no_item", text, setting="item")
    return asked.explained


def difference_from(asked: Scene, options: argparse.Namespace, item: int) -> Difference | None:
    """Returns why the nearer of two items is ranked above the other: `item`, and the named one, else that of the saved
    view. None without a second item; raises InputError when `item` itself is named."""
    name, run, distance = options.against, asked.run, asked.ranking.distance
    second = asked.against if name is None else run.item_index[item_id(run, name)]
    if second is None or (name is None and second == item):
        return None
    if second == item:
        text = "{name} is the explained item itself; name another item."
        raise InputError("same_item", text, setting="against")
    return why_above(asked.moment, *((item, second) if distance(item) <= distance(second) else (second, item)))


def label(run: Run, item: int) -> str:
    return f"{run.interactions.titles[item]} [{run.interactions.item_ids[item]}]"


def part_name(run: Run, part: SumPart) -> str:
    if part.item is None:
        own = part.kind == "long" and run.model_config.remembers
        return "the user's own vector (ωβ)" if own else REST[part.kind]
    where = letter(part.place - 1) if part.place else f"{count_of(int(part.age or 0), 'item')} before the latest:"
    return f"{where} {label(run, part.item)}"


def named_parts(run: Run, parts: Sequence[SumPart]) -> list[tuple[SumPart, str]]:
    """Returns the parts with their names; of the earlier items, all but a few are one, in the place of the first."""
    small = other_earlier(parts)
    named = [(part, part_name(run, part)) for part in parts if part not in small]
    if small:
        value, share = sum(part.value for part in small), sum(part.share or 0.0 for part in small)
        joined = SumPart("earlier", value, long=value, share=share), f"{len(small)} other earlier items"
        named.insert(next(row for row, part in enumerate(parts) if part.kind == "earlier"), joined)
    return named


def explanation_lines(run: Run, explanation: Explanation) -> Iterator[str]:
    yield explanation.sentence
    yield ""
    from_items = run.model_config.remembers
    if explanation.sum.exists:
        more = "; share of the long-term taste, long-term part of the value" if from_items else ""
        yield f"Contributions to the distance (weight, value{more}):"
        for part, name in named_parts(run, explanation.sum.parts):
            weight = " " * 7 if part.weight is None else f"{part.weight:7.3f}"
            of_taste = " " * 15 if part.share is None else f"{part.share:6.3f} {part.long:8.4f}"
            columns = f" {of_taste}" if from_items else ""
            yield f"{weight} {part.value:9.4f}{columns}  {name}"
        columns, equal = " " * 16 if from_items else "", gap_in_words(explanation.sum.residual)
        yield f"{'':7} {explanation.distance:9.4f}{columns}  distance; the sum of the parts: {equal}"
    else:
        yield explanation.sum.sentence
    yield ""
    if explanation.leave_one_out.delete:
        terms = f"direct + re-weighting{' + long-term' if from_items else ''}"
        yield f"Removed (w; change of distance and rank when positions shift, {terms}; when kept):"
        influence, removed = explanation.influence, explanation.leave_one_out
        for share, *effects in zip(influence.weights, removed.delete, removed.mask, strict=True):
            changes = "  ".join(effect_text(effect, from_items=from_items) for effect in effects)
            item = f"{letter(effects[0].place - 1)} {label(run, effects[0].item)}"
            yield f"{share:7.3f} {changes}  {item}"
    yield explanation.leave_one_out.sentence
    taus = (explanation.influence.tau_delete, explanation.influence.tau_mask, explanation.influence.tau_exact)
    by_deletion, by_masking, by_terms = ("none" if tau is None else f"{tau:.2f}" for tau in taus)
    yield (
        f"Kendall’s τ of attention with: removal (positions shift) {by_deletion}, "
        f"removal (positions kept) {by_masking}, contributions {by_terms}"
    )


def effect_text(effect: Effect, *, from_items: bool) -> str:
    """from_items: whether the long-term taste is made of items, so that a removal changes it, too."""
    parts = [] if effect.direct is None else [effect.direct, effect.reweighting, *([effect.long] if from_items else [])]
    terms = " ".join(f"{part:+.4f}" for part in parts)
    return f"{effect.delta_distance:+9.4f} {effect.delta_rank:+7g}{f' ({terms})' if terms else ''}"


def compare(options: argparse.Namespace) -> None:
    run = arguments.run_of(options)
    chosen = {part: given for part, given in arguments.matrix_of(run, options).items() if given is not None}
    asked, *moments = before_and_after(run, options)
    a, b = (replace(moment, **chosen) for moment in moments)
    result, ids = comparison(a, b, options.top), run.interactions.item_ids
    facts = {
        "window_a": [ids[item] for item in a.window],
        "window_b": [ids[item] for item in b.window],
        "items": [by_ids(slot, ids, "item") for slot in result.slots],
        **{name: cells(getattr(result, name)) for name in MATRICES},
        "moves": [named_move(run, move) for move in result.moves],
        "target": None if result.target is None else named_move(run, result.target),
        "m_a": cells(result.intent_a),
        "m_b": cells(result.intent_b),
        "shift": result.shift,
        "sentence": result.sentence,
    }
    row_note, measure = "" if run.explains else " in the last row", run.measure
    lines = [result.sentence, "", f"Position and attention{row_note} in A and in B, and the change:"]
    for slot, a_weight, b_weight in zip(result.slots, result.weights_a, result.weights_b, strict=True):
        change = "" if np.isnan(a_weight + b_weight) else f"{b_weight - a_weight:+.3f}"
        places = "  ".join(
            f"{'–':>3} {'':5}" if place is None else f"{place:3d} {weight:5.3f}"
            for place, weight in ((slot.place_a, a_weight), (slot.place_b, b_weight))
        )
        lines.append(f"{places}  {change:>7}  {label(run, slot.item)}")
    kinds = f"(the top {result.k} of B, then the items that left it)"
    lines += ["", f"Rank and {measure.name} in A and in B {kinds}:"]
    for move in result.moves:
        value_a, value_b = measure.of(move.distance_a), measure.of(move.distance_b)
        rank_a, rank_b = ("–" if rank is None else f"{rank:g}" for rank in (move.rank_a, move.rank_b))
        ranks = f"{rank_a:>7} {value_a:8.4f}  {rank_b:>7} {value_b:8.4f}"
        lines.append(f"{ranks}  {move.kind:7}  {label(run, move.item)}")
    answer_at(asked, options, facts, lines)


def before_and_after(run: Run, options: argparse.Namespace) -> tuple[Scene, Moment, Moment]:
    """Returns the scene of B, and A and B: from two --window; from the actual history and one; or from a saved view."""
    if options.state is not None:
        saved = scene_of(run, options)
        if saved.pinned is None:
            text = "{file} contains only one window and no history to compare it with."
            raise InputError("no_history", text, file=options.state)
        return saved, saved.pinned, saved.moment
    if options.likes is not None:
        text = "A new user has no history to compare with; give {name:window_ids} A {name:window_ids} B "
        raise InputError("no_history", text + "without {name:likes}.")
    texts, user = options.window or [], arguments.user_of(run, options)
    if not 1 <= len(texts) <= 2 or (user is None and len(texts) == 1):
        text = "Give two windows to compare, {name:window_ids} A {name:window_ids} B, or one {name:window_ids} and "
        raise InputError("no_windows", text + "{name:user} ID; A is then the actual history.")
    asked = scene_of(run, argparse.Namespace(**vars(options) | {"window": texts[-1]}))
    b = asked.moment
    return asked, b.with_window(indices(run, ids_of(run, texts[0]))) if len(texts) == 2 else b.unedited(), b


def named_move(run: Run, move: Move) -> dict[str, Any]:
    """Returns a move with item ids, and with the measure of the run's system in place of distances."""
    changes = {"delta_rank": move.delta_rank, "delta_distance": move.delta_distance}
    facts, measure = by_ids(move, run.interactions.item_ids, "item") | changes, run.measure
    return {
        name.replace("distance", measure.name).replace("candidate", "competes"): measure.of(value)
        if "distance" in name
        else value
        for name, value in facts.items()
    }


def omega(options: argparse.Namespace) -> None:
    asked = explained(options)
    run, result = asked.run, rank_curves(asked.moment, options.top)
    ids = run.interactions.item_ids
    facts = {
        "k": result.k,
        "trained": result.trained,
        "long_weight": result.long_weight,
        "curves": [
            {"item": ids[curve.item], "edges": curve.edges.tolist(), "ranks": curve.ranks.tolist()}
            for curve in result.curves
        ],
        "crossings": [by_ids(crossing, ids, "above", "below") for crossing in result.crossings],
        "sentence": result.sentence,
    }
    at = f"Rank at ω = {result.long_weight:g}, at 0 and at 1"
    lines = [result.sentence, "", f"{at}, and every ω for which the item is in the top {result.k}:"]
    for curve in result.curves:
        change = np.diff(np.concatenate([[0], curve.ranks <= result.k, [0]]).astype(int))  # at each edge
        inside = zip(curve.edges[change > 0], curve.edges[change < 0], strict=True)
        lines.append(
            f"{curve.at(result.long_weight):7g} {curve.ranks[0]:7g} {curve.ranks[-1]:7g}  {label(run, curve.item)}: "
            f"{', '.join(f'{start:.3f}–{end:.3f}' for start, end in inside)}"
        )
    if result.crossings:
        lines += ["", "Where two items change places (ω, rank):"]
    for crossing in result.crossings:
        above, below = label(run, crossing.above), label(run, crossing.below)
        lines.append(f"{crossing.omega:.4f} {crossing.rank:4g}  {above} falls below {below}")
    answer_at(asked, options, facts, lines)


def experiments(options: argparse.Namespace) -> None:
    asked = explained(options)
    run, has_item = asked.run, options.item is not None or asked.view.item is not None
    result = all_experiments(asked.moment, options.seed, options.top, item_of(asked, options) if has_item else None)
    rows = [by_ids(experiment, run.interactions.item_ids, "item", "window") for experiment in result]
    facts = {"window": asked.ids(asked.window), "k": options.top, "experiments": rows}
    first = result[0]
    is_ranked = "is ranked" if asked.ranking.candidates[first.item] else "would be"
    lines = [
        f"{label(run, first.item)} {is_ranked} {ordinal(first.rank_before)}.",
        f"Unchanged items of the top {first.of}, m moved by, rank after the change:",
    ]
    lines += [f"{row.overlap:3d} of {row.of} {row.shift:9.4f} {row.rank:7g}  {row.name}" for row in result]
    answer_at(asked, options, facts, lines)
