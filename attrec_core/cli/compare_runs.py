"""Two runs side by side: `compare-runs`."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from attrec_core.cli.arguments import (
    A_RUN,
    Commands,
    RunFolder,
    add_command,
    add_json,
    add_top,
    add_view,
    user_of,
    window_of,
)
from attrec_core.cli.explain import cells
from attrec_core.cli.output import answer, remark
from attrec_core.cli.settings import CLASS_AGAIN, add_model, take_class
from attrec_core.explain.moment import window_at
from attrec_core.runs.history import epochs_of
from attrec_core.runs.library.words import changed_settings, compare_settings, setting_in_words
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.compare import learning, words
from attrec_core.views.compare.sides import Sides, sides
from attrec_core.views.view import View

MATRICES = ("map_a", "map_b", "weights_a", "weights_b")  # fields of the compared attention


def add(subs: Commands) -> None:
    about = "compare two runs: settings, metrics, and their results for the same window"
    command = add_command(subs, "compare-runs", compare_runs, about, add_json, add_view, add_top)
    add_model(command, CLASS_AGAIN)
    for letter in "ab":
        command.add_argument(f"run_{letter}", action=RunFolder, metavar="RUN", help=A_RUN)


def compare_runs(options: argparse.Namespace) -> None:
    take_class(options)
    a, b = (load(folder) for folder in (options.run_a, options.run_b))
    compared = None
    if (options.user, options.window, options.step) != (None, None, None):
        compared = sides(a, b, view_of(a, options))
        for sentence in compared.remarks:
            remark(sentence)
    facts = {**facts_of_runs(a, b), **({} if compared is None else facts_of_moment(compared, options.top))}
    answer(options, facts, [*making_lines(a, b), *([] if compared is None else moment_lines(compared, options.top))])


def view_of(run: Run, options: argparse.Namespace) -> View:
    """Returns the user, step and window of the options, in the ids of run A. Raises InputError for a user, step or item
    that run A does not have."""
    user = user_of(run, options)
    ids = run.interactions.item_ids
    window = None if options.window is None else tuple(ids[item] for item in window_of(run, options.window))
    if user is not None:
        window_at(run, user, options.step)
    step = len(run.interactions.history(user)) if user is not None and options.step is None else options.step
    return View(user=None if user is None else run.interactions.user_ids[user], step=step, window=window)


def facts_of_runs(a: Run, b: Run) -> dict[str, Any]:
    """Returns the settings, metrics and learning curves of both runs."""
    figures = learning.metrics(a, b)
    return {
        "runs": [{"name": run.name, "folder": str(run.path), "fingerprint": run.fingerprint} for run in (a, b)],
        "settings": [dataclasses.asdict(setting) | {"differs": setting.differs} for setting in compare_settings(a, b)],
        "metrics": {
            row.key: {
                "a": row.a,
                "b": row.b,
                "difference": row.difference if figures.comparable else None,
                "standard_error": row.error,
            }
            for row in figures.rows
        },
        "comparable": figures.comparable,
        "remarks": list(figures.remarks),
        "curves": [curve(run) for run in (a, b)],
        "sentences": [figures.sentence, learning.curves_sentence(a, b)],
    }


def curve(run: Run) -> dict[str, Any]:
    search, refit = epochs_of(run.history, "search"), epochs_of(run.history, "refit")
    values = {
        "loss": [epoch.loss for epoch in search],
        "hr50": [epoch.value("hr@50") for epoch in search],
        "mrr": [epoch.value("mrr") for epoch in search],
        "seconds": [epoch.seconds for epoch in search],
        "refit": [epoch.loss for epoch in refit],
    }
    arrays = {name: cells(np.array(numbers, float)) for name, numbers in values.items()}
    best_epoch = run.history["best_epoch"]
    return {"name": run.name, "epochs": [epoch.epoch for epoch in search], **arrays, "best_epoch": best_epoch}


def facts_of_moment(both: Sides, k: int) -> dict[str, Any]:
    """Returns the results of both runs for the user and the window."""
    lists = words.lists(both, k)
    facts: dict[str, Any] = {
        "user": None if both.a.user is None else both.a.who,
        "windows": [[scene.item_id(item) for item in scene.window] for scene in (both.a, both.b)],
        "not_the_same": list(both.remarks),
        "lists": dataclasses.asdict(lists),
    }
    if not both.explains:
        return facts | {"attention": None, "split": None}
    attention = words.attention(both)
    return facts | {
        "attention": {
            "items": list(attention.items),
            **{name: cells(np.asarray(getattr(attention, name), float)) for name in MATRICES},
            "missing": [attention.missing_a, attention.missing_b],
            "tau": attention.tau,
            "sentence": attention.sentence,
        },
        "split": dataclasses.asdict(words.split(both, k)),
    }


def making_lines(a: Run, b: Run) -> Iterator[str]:
    figures = learning.metrics(a, b)
    yield f"A: {a.name}   B: {b.name}"
    yield ""
    has_errors = all(row.error is not None for row in figures.rows)
    heading = f" {'B − A':>8}{'   standard error of the difference' * has_errors}" if figures.comparable else ""
    yield f"{'':10} {'A':>8} {'B':>8}{heading}"
    for row in figures.rows:
        difference = f" {row.difference:+8.4f}" if figures.comparable else ""
        error = f" {row.error:8.4f}" if has_errors else ""
        yield f"{row.name:10} {row.a:8.4f} {row.b:8.4f}{difference}{error}"
    yield from figures.remarks
    yield figures.sentence
    yield learning.curves_sentence(a, b)
    yield ""
    differing = changed_settings(a, b)
    yield "Settings that differ:" if differing else "All settings are the same."
    yield from (f"  {setting_in_words(setting)}" for setting in differing)


def moment_lines(both: Sides, k: int) -> Iterator[str]:
    lists = words.lists(both, k)
    yield ""
    if both.explains:
        attention = words.attention(both)
        yield attention.sentence
        yield "Average attention w in A and in B:"
        for title, a, b in zip(attention.titles, attention.weights_a, attention.weights_b, strict=True):
            yield f"  {weight(a)} {weight(b)}  {title}"
        yield ""
        yield words.split(both, k).sentence
    else:
        yield words.only_lists(both)
    yield lists.sentence
    tau = "none" if lists.tau is None else f"{lists.tau:.2f}"
    yield f"Rank-biased overlap {lists.rbo:.2f}; Kendall’s τ of the ranks: {tau}"
    yield f"Rank in A, rank in B, and whose top {lists.k} the item is in:"
    for row in lists.rows:
        ranks = ("unknown" if rank is None else f"{rank:g}" for rank in (row.rank_a, row.rank_b))
        whose = "both" if row.in_a and row.in_b else "A" if row.in_a else "B"
        yield "  {:>7} {:>7}  ".format(*ranks) + f"{whose:4}  {row.title} [{row.item}]"


def weight(value: float) -> str:
    return "    –" if np.isnan(value) else f"{value:5.3f}"
