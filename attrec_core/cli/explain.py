"""Why an item stands where it stands, and what changes: `explain`, `compare`, `omega`, `experiments`."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.cli.arguments import (
    Commands,
    add_likes,
    add_run,
    add_top,
    add_view,
    names,
    new_person,
    run_of,
    saved_state,
    user_of,
    view,
    whole,
    window_of,
)
from attrec_core.cli.output import (
    comparison_lines,
    curve_lines,
    difference_lines,
    experiment_lines,
    explanation_lines,
    remark,
    show,
)
from attrec_core.errors import InputError
from attrec_core.explain.compare import Move
from attrec_core.explain.compare import compare as comparison
from attrec_core.explain.exact_sum import Difference, why_above
from attrec_core.explain.experiments import experiments as all_experiments
from attrec_core.explain.explanation import explanation
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.rank_curves import rank_curves
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.runs.run import Run, index_of
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.saved_view import fitted


def add(subs: Commands) -> None:
    for name, answer, help_text in (
        ("explain", explain, "why an item stands where it stands: the exact sum, leave-one-out, the edit"),
        ("compare", compare, "two windows, before and after: attention, ranks, distances, m"),
        ("omega", omega, "ranks for every ω from 0 to 1, with the points where items change places"),
        ("experiments", experiments, "reverse, shuffle, drop each, uniform attention …, and what each does"),
    ):
        command = subs.add_parser(name, help=help_text)
        add_run(command, or_state=True)
        add_view(command, several=name == "compare")
        add_likes(command)
        command.add_argument("--state", type=Path, metavar="FILE", help="a view that the app saved, instead of these")
        add_top(command)
        if name in ("explain", "experiments"):
            command.add_argument("--item", metavar="ID", help="whose distance and rank; without one, the first item’s")
        if name == "explain":
            command.add_argument("--against", metavar="ID", help="another item: why one stands above the other")
        if name == "experiments":
            command.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of the shuffle (0)")
        command.set_defaults(answer=answer)


def explain(options: argparse.Namespace) -> None:
    run = run_of(options)
    moment, saved = asked(run, options)
    item = item_of(run, options.item, moment, saved)
    found, edit = explanation(moment, item), smallest_edit(moment, item, options.top)
    versus = against(run, options.against, moment, item, saved)
    if not options.json:
        more = [f"Smallest edit: {edit.sentence}", *([] if versus is None else difference_lines(run, versus))]
        return print("\n".join([*explanation_lines(run, found), *more]))
    smallest = dataclasses.asdict(edit) | {
        "item": run.interactions.item_ids[item],
        "items": names(run, edit.items),
        "window": names(run, edit.window),
    }
    answer = {"user": who(run, options, saved), **found.as_dict(run.interactions.item_ids), "smallest_edit": smallest}
    if versus is not None:
        answer["why_above"] = versus.as_dict(run.interactions.item_ids)
    return show(answer, True)


def against(run: Run, name: str | None, moment: Moment, item: int, saved: Scene | None) -> Difference | None:
    """Why the nearer one of two items stands above the other; the other is named, or the saved view's."""
    other = (None if saved is None else saved.against) if name is None else index_of(name, run.item_index, "item")
    if other is None or (name is None and other == item):
        return None
    if other == item:
        text = "{name} names the item that is explained; name another one."
        raise InputError("same_item", text, setting="against")
    blended = moment.ranking.blended
    return why_above(moment, *((item, other) if blended[item] <= blended[other] else (other, item)))


def compare(options: argparse.Namespace) -> None:
    run = run_of(options)
    a, b = before_and_after(run, options)
    found = comparison(a, b, options.top)
    if not options.json:
        return print("\n".join(comparison_lines(run, found)))
    ids = run.interactions.item_ids
    answer = {
        "window_a": names(run, a.window),
        "window_b": names(run, b.window),
        "items": [dataclasses.asdict(slot) | {"item": ids[slot.item]} for slot in found.slots],
        "attention_a": cells(found.attention_a),
        "attention_b": cells(found.attention_b),
        "attention_change": cells(found.attention_change),
        "weights_a": cells(found.weights_a),
        "weights_b": cells(found.weights_b),
        "weight_change": cells(found.weight_change),
        "moves": [named_move(run, move) for move in found.moves],
        "target": None if found.target is None else named_move(run, found.target),
        "m_a": cells(found.intent_a),
        "m_b": cells(found.intent_b),
        "shift": found.shift,
        "sentence": found.sentence,
    }
    return show(answer, True)


def omega(options: argparse.Namespace) -> None:
    run = run_of(options)
    moment, _ = asked(run, options)
    found = rank_curves(moment, options.top)
    if not options.json:
        return print("\n".join(curve_lines(run, found)))
    ids = run.interactions.item_ids
    answer = {
        "k": found.k,
        "trained": found.trained,
        "long_weight": found.long_weight,
        "curves": [
            {"item": ids[curve.item], "edges": curve.edges.tolist(), "ranks": curve.ranks.tolist()}
            for curve in found.curves
        ],
        "crossings": [
            dataclasses.asdict(one) | {"above": ids[one.above], "below": ids[one.below]} for one in found.crossings
        ],
        "sentence": found.sentence,
    }
    return show(answer, True)


def experiments(options: argparse.Namespace) -> None:
    run = run_of(options)
    moment, saved = asked(run, options)
    wanted = options.item is not None or (saved is not None and saved.view.item is not None)
    item = item_of(run, options.item, moment, saved) if wanted else None
    found = all_experiments(moment, options.seed, options.top, item)
    if not options.json:
        return print("\n".join(experiment_lines(run, found)))
    rows = [
        dataclasses.asdict(one)
        | {
            "item": run.interactions.item_ids[one.item],
            "window": None if one.window is None else names(run, one.window),
            "changes": dict(one.changes),
        }
        for one in found
    ]
    return show({"window": names(run, moment.window), "k": options.top, "experiments": rows}, True)


def asked(run: Run, options: argparse.Namespace) -> tuple[Moment, Scene | None]:
    """What is asked of, and the saved view that it stands in, where --state names one."""
    if options.state is not None:
        saved = saved_scene(run, options)
        return saved.moment, saved
    if options.likes is not None:
        return new_person(run, options).moment, None
    user, window, _ = view(run, options)
    return moment_of(run, user, window if options.window is not None else None, options.step), None


def saved_scene(run: Run, options: argparse.Namespace) -> Scene:
    """The view in the file of --state; a remark for each part of it that does not fit the run."""
    if options.user is not None or options.window or options.step is not None or options.likes is not None:
        raise InputError(
            "clash",
            "{name} holds the person and the window already: leave out {name:user}, {name:likes}, {name:window} and "
            "{name:step}.",
            setting="state",
        )
    found, said = fitted(saved_state(options.state), run, options.state.name)
    for sentence in said:
        remark(sentence)
    return scene(run, found)


def before_and_after(run: Run, options: argparse.Namespace) -> tuple[Moment, Moment]:
    """A and B: two --window; or the real history and one; or the two of a saved view."""
    if options.state is not None:
        saved = saved_scene(run, options)
        if saved.pinned is None:
            text = "{file} holds one window only, and no history to compare it with."
            raise InputError("no_history", text, file=options.state)
        return saved.pinned, saved.moment
    if options.likes is not None:
        raise InputError(
            "no_history",
            "A new person has no history to compare with; say {name:window} A {name:window} B without {name:likes}.",
        )
    texts, user = options.window or [], user_of(run, options)
    if not 1 <= len(texts) <= 2 or (user is None and len(texts) == 1):
        raise InputError(
            "no_windows",
            "Say what to compare: {name:window} A {name:window} B, or one {name:window} and {name:user} ID for their "
            "real history as A.",
        )
    windows = [window_of(run, text) for text in texts]
    first = moment_of(run, user, windows[0], options.step)
    if len(windows) == 2:
        return first, first.with_window(windows[1])
    return first.with_window(first.real_window), first


def item_of(run: Run, name: str | None, moment: Moment, saved: Scene | None) -> int:
    """The item that is explained: the one named, the saved view's, or the first of the list."""
    if name is not None:
        return index_of(name, run.item_index, "item")
    first = next(iter(moment.ranking.top(1).tolist()), None) if saved is None else saved.explained
    if first is None:
        text = "No item competes here; say which one to explain with {name} ID."
        raise InputError("no_item", text, setting="item")
    return first


def who(run: Run, options: argparse.Namespace, saved: Scene | None) -> str | None:
    if saved is None:
        return options.user
    return None if saved.user is None else run.interactions.user_ids[saved.user]


def named_move(run: Run, move: Move) -> dict[str, Any]:
    ids = run.interactions.item_ids
    changes = {"delta_rank": move.delta_rank, "delta_distance": move.delta_distance}
    return dataclasses.asdict(move) | {"item": ids[move.item]} | changes


def cells(values: np.ndarray) -> list[Any]:
    """Numbers for JSON, with null for what is not there."""
    if values.ndim == 2:
        return [cells(row) for row in values]
    return [None if np.isnan(value) else float(value) for value in values]
