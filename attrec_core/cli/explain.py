"""Why an item has its rank, and what changes it: `explain`, `compare`, `omega`, `experiments`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.cli import arguments, output
from attrec_core.cli.arguments import Commands, names
from attrec_core.errors import InputError
from attrec_core.explain.compare import Move
from attrec_core.explain.compare import compare as comparison
from attrec_core.explain.exact_sum import Difference, why_above
from attrec_core.explain.experiments import experiments as all_experiments
from attrec_core.explain.explanation import explanation
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.rank_curves import rank_curves
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.explain.wording import by_ids
from attrec_core.runs.lookup import item_id
from attrec_core.runs.run import Run, refusal
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.saved_view import fitted

# Fields of a comparison, under the same names in its JSON.
MATRICES = ("attention_a", "attention_b", "attention_change", "weights_a", "weights_b", "weight_change")


def add(subs: Commands) -> None:
    for name, answer, help_text in (
        ("explain", explain, "why an item has its rank: the exact sum, the removal of each item, the smallest edit"),
        ("compare", compare, "compare two windows: attention, ranks, distances, m"),
        ("omega", omega, "ranks for every ω from 0 to 1, with the points where items change places"),
        (
            "experiments",
            experiments,
            "experiments (reverse, shuffle, drop each, uniform attention …) and the effect of each",
        ),
    ):
        command = arguments.add_command(subs, name, answer, help_text)
        arguments.add_run(command, or_state=True)
        arguments.add_view(command, several=name == "compare")
        arguments.add_likes(command)
        command.add_argument(
            "--state", type=Path, metavar="FILE", help="a view saved by the app, instead of these options"
        )
        arguments.add_top(command)
        if name == "compare":
            arguments.add_matrix(command)
        if name in ("explain", "experiments"):
            command.add_argument(
                "--item",
                metavar="ID",
                help="the item (id or title) whose distance and rank are shown (default: the first)",
            )
        if name == "explain":
            command.add_argument(
                "--against", metavar="ID", help="another item (id or title), to show why one is ranked above the other"
            )
        if name == "experiments":
            command.add_argument(
                "--seed", type=arguments.whole(0), default=0, metavar="N", help="seed of the shuffle (0)"
            )


def explained_run(options: argparse.Namespace) -> Run:
    """Returns the run of a command that explains AttRec alone. Raises InputError for a run of another system."""
    run = arguments.run_of(options)
    if not run.explains:
        raise refusal(run)
    return run


def explain(options: argparse.Namespace) -> None:
    run = explained_run(options)
    moment, saved = moment_asked(run, options)
    item = item_of(run, options.item, moment, saved)
    result, edit = explanation(moment, item), smallest_edit(moment, item, options.top)
    difference, ids = difference_from(run, options.against, moment, item, saved), run.interactions.item_ids
    smallest = by_ids(edit, ids, "item", "items", "window")
    facts = {"user": user_id_of(run, options, saved), **result.as_dict(ids), "smallest_edit": smallest}
    lines = [*output.explanation_lines(run, result), f"Smallest edit: {edit.sentence}"]
    if difference is not None:
        facts["why_above"] = difference.as_dict(ids)
        lines += output.difference_lines(run, difference)
    output.answer(options, facts, lines)


def difference_from(run: Run, name: str | None, moment: Moment, item: int, saved: Scene | None) -> Difference | None:
    """Returns why the nearer of two items is ranked above the other: `item`, and the named one, else that of the saved
    view. None without a second item; raises InputError when `item` itself is named."""
    second = (None if saved is None else saved.against) if name is None else run.item_index[item_id(run, name)]
    if second is None or (name is None and second == item):
        return None
    if second == item:
        text = "{name} is the explained item itself; name another item."
        raise InputError("same_item", text, setting="against")
    distance = moment.ranking.distance
    return why_above(moment, *((item, second) if distance(item) <= distance(second) else (second, item)))


def compare(options: argparse.Namespace) -> None:
    run = arguments.run_of(options)
    chosen = {part: given for part, given in arguments.matrix_of(run, options).items() if given is not None}
    a, b = (replace(moment, **chosen) for moment in before_and_after(run, options))
    result, ids = comparison(a, b, options.top), run.interactions.item_ids
    facts = {
        "window_a": names(run, a.window),
        "window_b": names(run, b.window),
        "items": [by_ids(slot, ids, "item") for slot in result.slots],
        **{name: cells(getattr(result, name)) for name in MATRICES},
        "moves": [named_move(run, move) for move in result.moves],
        "target": None if result.target is None else named_move(run, result.target),
        "m_a": cells(result.intent_a),
        "m_b": cells(result.intent_b),
        "shift": result.shift,
        "sentence": result.sentence,
    }
    output.answer(options, facts, output.comparison_lines(run, result))


def omega(options: argparse.Namespace) -> None:
    run = explained_run(options)
    moment, _ = moment_asked(run, options)
    result, ids = rank_curves(moment, options.top), run.interactions.item_ids
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
    output.answer(options, facts, output.curve_lines(run, result))


def experiments(options: argparse.Namespace) -> None:
    run = explained_run(options)
    moment, saved = moment_asked(run, options)
    has_item = options.item is not None or (saved is not None and saved.view.item is not None)
    item = item_of(run, options.item, moment, saved) if has_item else None
    result = all_experiments(moment, options.seed, options.top, item)
    rows = [by_ids(experiment, run.interactions.item_ids, "item", "window") for experiment in result]
    facts = {"window": names(run, moment.window), "k": options.top, "experiments": rows}
    output.answer(options, facts, output.experiment_lines(run, result))


def moment_asked(run: Run, options: argparse.Namespace) -> tuple[Moment, Scene | None]:
    """Returns the moment that a command is about, and the scene of the saved view if --state names one, else None."""
    if options.state is not None:
        saved = saved_scene(run, options)
        return saved.moment, saved
    return arguments.moment_given(run, options), None


def saved_scene(run: Run, options: argparse.Namespace) -> Scene:
    """Returns the scene of the view in --state, and prints a remark for each part that does not fit the run."""
    arguments.refuse_with_state(options)
    view, remarks = fitted(arguments.saved_state(options.state), run, options.state.name)
    for remark in remarks:
        output.remark(remark)
    return scene(run, view)


def before_and_after(run: Run, options: argparse.Namespace) -> tuple[Moment, Moment]:
    """Returns A and B: from two --window; from the actual history and one --window; or from a saved view."""
    if options.state is not None:
        saved = saved_scene(run, options)
        if saved.pinned is None:
            text = "{file} contains only one window and no history to compare it with."
            raise InputError("no_history", text, file=options.state)
        return saved.pinned, saved.moment
    if options.likes is not None:
        raise InputError(
            "no_history",
            "A new user has no history to compare with; give {name:window_ids} A {name:window_ids} B without "
            "{name:likes}.",
        )
    texts, user = options.window or [], arguments.user_of(run, options)
    if not 1 <= len(texts) <= 2 or (user is None and len(texts) == 1):
        raise InputError(
            "no_windows",
            "Give two windows to compare, {name:window_ids} A {name:window_ids} B, or one {name:window_ids} and "
            "{name:user} ID; A is then the actual history.",
        )
    windows = [arguments.window_of(run, text) for text in texts]
    first = moment_of(run, user, windows[0], options.step)
    if len(windows) == 2:
        return first, first.with_window(windows[1])
    return first.with_window(first.real_window), first


def item_of(run: Run, name: str | None, moment: Moment, saved: Scene | None) -> int:
    """Returns the item to explain: the named item, else the item of the saved view, else the first recommendation."""
    if name is not None:
        return run.item_index[item_id(run, name)]
    first = next(iter(moment.ranking.top(1).tolist()), None) if saved is None else saved.explained
    if first is None:
        text = "There are no candidates here; name the item to explain with {name} ID."
        raise InputError("no_item", text, setting="item")
    return first


def user_id_of(run: Run, options: argparse.Namespace, saved: Scene | None) -> str | None:
    if saved is None:
        return options.user
    return None if saved.user is None else run.interactions.user_ids[saved.user]


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


def cells(values: np.ndarray) -> list[Any]:
    """Returns numbers for JSON, with null for NaN."""
    if values.ndim == 2:
        return [cells(row) for row in values]
    return [None if np.isnan(value) else float(value) for value in values]
