"""Facts about a run, and about two side by side: `info`, `at-large`, `compare-runs`."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.cli import arguments
from attrec_core.cli.arguments import A_RUN, Commands, add_command, add_json, add_matrix, add_run, add_top, add_view
from attrec_core.cli.output import answer, cells, remark, show
from attrec_core.cli.settings import CLASS_AGAIN, add_model, take_class_again
from attrec_core.data.causes import Causes, read_causes
from attrec_core.data.importing import counts_of
from attrec_core.data.report import repeats_sentence
from attrec_core.data.windows import repeated_targets
from attrec_core.errors import count_of
from attrec_core.explain.across_users.users import across_users, cause_shares, statistics_of, with_statistics
from attrec_core.explain.attention import layers_and_heads
from attrec_core.runs.across_users import FINDERS
from attrec_core.runs.history import epochs_of
from attrec_core.runs.library.words import (
    PresetOfRun,
    changed_settings,
    compare_settings,
    model_settings,
    preset_known,
    setting_in_words,
    training_settings,
    value,
    words_for,
)
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, refusal
from attrec_core.runs.systems import ADDED, not_the_papers
from attrec_core.views.across_users.statistics import place_shares
from attrec_core.views.compare import learning, words
from attrec_core.views.compare.sides import Sides, sides
from attrec_core.views.runs.words import NOT_TRAINED_HERE

WAYS = ("delete", "mask", "exact")
MATRICES = ("map_a", "map_b", "weights_a", "weights_b")  # fields of the compared attention


def add(subs: Commands) -> None:
    add_command(subs, "info", info, "settings, sizes, epochs, metrics, versions", add_run)

    about = "attention over all test users: by position, compared with influence, and true causes"
    command = add_command(subs, "at-large", survey, about, add_run, add_matrix)
    command.add_argument("--causes", type=Path, metavar="FILE", help="true causes, as in sample_data/causes.csv")


def add_compare_runs(subs: Commands) -> None:
    about = "compare two runs: settings, metrics, and their results for the same window"
    command = add_command(subs, "compare-runs", compare_runs, about, add_json, add_view, add_top)
    add_model(command, CLASS_AGAIN)
    for letter in "ab":
        command.add_argument(f"run_{letter}", action=arguments.RunFolder, metavar="RUN", help=A_RUN)


def info(options: argparse.Namespace) -> None:
    run = load(options.run, whole=True)
    preset = preset_known(run.model_config, run.train_config, counts_of(run.interactions), run.history)
    facts = {
        "run": str(options.run),
        "fingerprint": run.fingerprint,
        "checksums": "verified" if run.verified else "unverified",
        "preset": None if preset is None else preset.as_dict(),
        "auto": run.history["auto"]["sentence"] if "auto" in run.history else None,
        **{key: not_the_papers({**vars(run.model_config), **vars(run.train_config)}, [key]) or None for key in ADDED},
        "model": model_settings(run.model_config),
        "train": training_settings(run.model_config.model, run.train_config, trained_here=run.trained_here),
        "data": {
            "source": run.interactions.source,
            "users": run.interactions.n_users,
            "items": run.interactions.n_items,
            "interactions": run.interactions.n_interactions,
            "dropped": dict(run.interactions.dropped),
        },
        "from": run.history.get("from"),
        "epochs": sum(epoch["phase"] == "search" for epoch in run.history["epochs"]),
        "epochs_final_fit": sum(epoch["phase"] == "refit" for epoch in run.history["epochs"]),
        "best_epoch": run.history["best_epoch"],
        "ended": run.history["ended"],
        "engine": run.history.get("engine", "torch") if run.trained_here else None,
        "trained": run.history.get("trained") if run.trained_here else NOT_TRAINED_HERE,
        **({"opened": run.history["opened"]} if "opened" in run.history else {}),
        "maps": sorted(run.maps) if run.maps else [],
        "damaged": {name: str(error) for name, error in run.damaged.items()},
        "metrics": dict(run.metrics),
        "test_items_in_history": remark_on_repeats(run),
        "versions": dict(run.versions),
    }
    show(facts if options.json else in_plain_words(facts, preset), options.json)


def in_plain_words(facts: Mapping[str, Any], preset: PresetOfRun | None) -> dict[str, Any]:
    """Returns the facts of `info` with the preset as a sentence, and with settings by their names beside their keys."""
    settings = {**facts["model"], **facts["train"]}
    plain = {
        "preset": preset and preset.sentence,
        "settings": {f"{words_for(key)} ({key})": value(given, key) for key, given in settings.items()},
    }
    left_out = ("model", "train", *ADDED)
    return {name: plain.pop(name, fact) for name, fact in facts.items() if name not in left_out} | plain


def survey(options: argparse.Namespace) -> None:
    """Prints the stored statistics, or computes them for a run without them. For SASRec they are about attention
    alone."""
    run = load(options.run)
    chosen = arguments.matrix_of(run, options)
    is_without = run.explains and run.across_users is None
    measured = (
        dataclasses.replace(run, across_users=across_users(run)) if is_without else with_statistics(run, **chosen)
    )
    record = statistics_of(measured)
    disagree = {way: mean(1 - record.agrees(getattr(record, f"top_{way}"))) for way in WAYS}
    causes = record.causes
    if options.causes is not None:
        if not run.explains:
            raise refusal(run)
        given = read_causes(options.causes, run.interactions)
        remark_on(given)
        causes = cause_shares(run, given)
    facts = {
        "run": str(options.run),
        "stored": run.across_users is not None,
        "layer": chosen["layer"] or layers_and_heads(run.model_config)[0],
        "head": chosen["head"],
        "test_users": len(record.users),
        "weight_by_place": place_shares(record, run.model_config).shares.tolist(),
        "weight_of_latest": mean(record.recency),
        "entropy": mean(record.entropy),
        "tau": {way: mean(getattr(record, f"tau_{way}")) for way in WAYS},
        "most_attended_is_not_most_influential": disagree,
        # For each kind of cause, the number of viewings and the share of causes that each finder picks.
        "causes": None
        if causes is None
        else {
            kind: {"viewings": int(count)} | dict(zip(FINDERS, cells(row), strict=True))
            for kind, count, row in zip(causes.kinds, causes.viewings, causes.shares, strict=True)
        },
    }
    show(facts, options.json)


def remark_on_repeats(run: Run) -> float:
    """Returns the share of the test items that are repeats, and prints on stderr how they affect the metrics."""
    share = repeated_targets(run.interactions.items, run.interactions.starts)
    if sentence := repeats_sentence(share):
        remark(sentence)
    return share


def remark_on(causes: Causes | None) -> None:
    """Prints on stderr how many causes were left out."""
    if causes is not None and causes.ignored:
        remark(f"{count_of(causes.ignored, 'cause')} left out: not in the interactions, or for another item.")


def mean(values: np.ndarray) -> float | None:
    """Returns the mean over the users who have a value; None when no user has one."""
    known = values[~np.isnan(values)]
    return float(known.mean(dtype=float)) if len(known) else None


def compare_runs(options: argparse.Namespace) -> None:
    a, b = (load(folder) for folder in (options.run_a, options.run_b))
    take_class_again(options, a, b)
    compared = None
    if (options.user, options.window, options.step) != (None, None, None):
        arguments.user_of(a, options)  # refuses a step without a user
        compared = sides(a, b, arguments.view_of(a, options))
        for sentence in compared.remarks:
            remark(sentence)
    figures, curves_sentence = learning.metrics(a, b), learning.curves_sentence(a, b)
    has_errors = all(row.error is not None for row in figures.rows)
    metrics, lines = {}, [f"A: {a.name}   B: {b.name}", ""]
    for row in figures.rows:
        difference = row.difference if figures.comparable else None
        metrics[row.key] = {"a": row.a, "b": row.b, "difference": difference, "standard_error": row.error}
    if figures.comparable:
        heading = f" {'B − A':>8}{'   standard error of the difference' if has_errors else ''}"
        lines.append(f"{'':10} {'A':>8} {'B':>8}{heading}")
        for row in figures.rows:
            error = f" {row.error:8.4f}" if has_errors else ""
            lines.append(f"{row.name:10} {row.a:8.4f} {row.b:8.4f} {row.difference:+8.4f}{error}")
    facts = {
        "runs": [{"name": run.name, "folder": str(run.path), "fingerprint": run.fingerprint} for run in (a, b)],
        "settings": [dataclasses.asdict(setting) | {"differs": setting.differs} for setting in compare_settings(a, b)],
        "metrics": metrics,
        "comparable": figures.comparable,
        "remarks": list(figures.remarks),
        "curves": [curve(run) for run in (a, b)],
        "sentences": [figures.sentence, curves_sentence],
    }
    differing = changed_settings(a, b)
    lines += [*figures.remarks, figures.sentence, curves_sentence, ""]
    lines += ["Settings that differ:" if differing else "All settings are the same."]
    lines += [f"  {setting_in_words(setting)}" for setting in differing]
    if compared is not None:
        of_moment, lines_of_moment = beside(compared, options.top)
        facts, lines = facts | of_moment, lines + lines_of_moment
    if compared is None:
        answer(options, facts, lines)
    else:
        arguments.answer_at(compared.a, options, facts, lines)


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


def beside(both: Sides, k: int) -> tuple[dict[str, Any], list[str]]:
    """Returns the results of both runs for the user and the window, for JSON and as lines."""
    lists = words.lists(both, k)
    facts: dict[str, Any] = {
        "user": None if both.a.user is None else both.a.who,
        "windows": [scene.ids(scene.window) for scene in (both.a, both.b)],
        "not_the_same": list(both.remarks),
        "lists": dataclasses.asdict(lists),
    }
    lines = [""]
    if both.explains:
        attention, split = words.attention(both), words.split(both, k)
        facts["attention"] = {
            "items": list(attention.items),
            **{name: cells(np.asarray(getattr(attention, name), float)) for name in MATRICES},
            "missing": [attention.missing_a, attention.missing_b],
            "tau": attention.tau,
            "sentence": attention.sentence,
        }
        facts["split"] = dataclasses.asdict(split)
        lines += [attention.sentence, "Average attention w in A and in B:"]
        for title, *weights in zip(attention.titles, attention.weights_a, attention.weights_b, strict=True):
            a, b = ("    –" if np.isnan(weight) else f"{weight:5.3f}" for weight in weights)
            lines.append(f"  {a} {b}  {title}")
        lines += ["", split.sentence]
    else:
        facts |= {"attention": None, "split": None}
        runs = both.a.run, both.b.run
        lines.append(words.scope_sentence(*runs, same_data=learning.metrics(*runs).comparable))
    tau = "none" if lists.tau is None else f"{lists.tau:.2f}"
    lines += [lists.sentence, f"Rank-biased overlap {lists.rbo:.2f}; Kendall’s τ of the ranks: {tau}"]
    lines.append(f"Rank in A, rank in B, and whose top {lists.k} the item is in:")
    for row in lists.rows:
        a, b = ("unknown" if rank is None else f"{rank:g}" for rank in (row.rank_a, row.rank_b))
        whose = "both" if row.in_a and row.in_b else "A" if row.in_a else "B"
        lines.append(f"  {a:>7} {b:>7}  {whose:4}  {row.title} [{row.item}]")
    return facts, lines
