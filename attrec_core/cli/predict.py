"""Facts about a run, its recommendations and its attention: `info`, `at-large`, `recommend`, `attention`."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.cli.arguments import (
    Commands,
    add_command,
    add_likes,
    add_matrix,
    add_run,
    add_view,
    matrix_of,
    moment_given,
    names,
    user_and_window,
    window_of,
)
from attrec_core.cli.output import answer, remark, show
from attrec_core.cli.settings import CLASS_AGAIN, add_model, take_class
from attrec_core.data.causes import Causes, read_causes
from attrec_core.data.importing import counts_of
from attrec_core.data.report import repeats_sentence
from attrec_core.data.windows import repeated_targets
from attrec_core.errors import InputError
from attrec_core.explain.across_users.causal import with_statistics
from attrec_core.explain.across_users.effects import cause_shares
from attrec_core.explain.across_users.users import across_users, statistics_of
from attrec_core.explain.attention import Attention, layers_and_heads
from attrec_core.explain.moment import moment_of
from attrec_core.explain.other_systems import other_ranking
from attrec_core.explain.ranking import Ranking
from attrec_core.runs.across_users import FINDERS, CauseShares
from attrec_core.runs.library.words import preset_of_run, training_settings
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, refusal
from attrec_core.runs.systems import SYSTEMS, loss_note
from attrec_core.views.across_users.words import place_shares
from attrec_core.views.moment.records import BAR_NAMES
from attrec_core.views.runs.words import NOT_TRAINED_HERE

WAYS = ("delete", "mask", "exact")


def add(subs: Commands) -> None:
    add_command(subs, "info", info, "settings, sizes, epochs, metrics, versions", add_run)

    about = "attention over all test users: by position, compared with influence, and true causes"
    command = add_command(subs, "at-large", survey, about, add_run, add_matrix)
    command.add_argument("--causes", type=Path, metavar="FILE", help="true causes, as in sample_data/causes.csv")

    about = "the recommendations, with short-term, long-term and total distance, or with the score of another system"
    command = add_command(subs, "recommend", recommend, about, add_run, add_view, add_likes)
    command.add_argument("--top", type=int, default=10, metavar="K", help="how many items (10)")
    command.add_argument("--include-seen", action="store_true", help="rank seen items, too")
    command.add_argument("--all-users", action="store_true", help="the recommendations of every user, in one file")
    command.add_argument("--out", type=Path, metavar="FILE", help="that file: .csv or .parquet")
    add_model(command, CLASS_AGAIN)

    about = "the attention matrix of a window"
    add_command(subs, "attention", attention, about, add_run, add_view, add_matrix)


def info(options: argparse.Namespace) -> None:
    run = load(options.run, whole=True)
    facts = {
        "run": str(options.run),
        "fingerprint": run.fingerprint,
        "checksums": "verified" if run.verified else "unverified",
        "preset": preset_facts(run),
        "auto": run.history["auto"]["sentence"] if "auto" in run.history else None,
        "loss": loss_note({**vars(run.model_config), **vars(run.train_config)}) or None,
        "model": SYSTEMS[run.model_config.model].used(run.model_config),
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
        "maps": sorted(run.maps) if run.maps else [],
        "damaged": {name: str(error) for name, error in run.damaged.items()},
        "metrics": dict(run.metrics),
        "test_items_in_history": remark_on_repeats(run),
        "versions": dict(run.versions),
    }
    show(facts, options.json)


def preset_facts(run: Run) -> dict[str, Any] | None:
    """Returns the preset that the settings come from. None if a race found them, or if the run is not AttRec trained
    here."""
    if not (run.trained_here and run.explains) or "auto" in run.history:
        return None
    return preset_of_run(run.model_config, run.train_config, counts_of(run.interactions)).as_dict()


def recommend(options: argparse.Namespace) -> None:
    if options.top < 1:
        raise InputError("out_of_range", "{name} {top} must be at least 1.", setting="top", top=options.top)
    take_class(options)
    if options.out is not None and not options.all_users:
        raise InputError(
            "clash", "{name} is for the recommendations of all users; add {name:all_users}.", setting="out"
        )
    if options.all_users:
        from attrec_core.cli.recommend_all import recommend_all

        return recommend_all(options)
    run = load(options.run)
    moment = dataclasses.replace(moment_given(run, options), target=None)
    if run.explains or options.likes is not None:
        ranked: Ranking = moment.ranking
    else:  # also for SASRec, whose own forward pass differs in the eighth digit
        ranked = other_ranking(run, moment.user, moment.window, moment.excluded)
    if options.include_seen:
        ranked = dataclasses.replace(ranked, exclude=None)
    top, distances, ranks = ranked.nearest(options.top)
    short, long = ranked.short_and_long(top) if run.explains else (None, None)
    items = [
        {
            "rank": float(ranks[position]),
            "item": run.interactions.item_ids[item],
            "title": run.interactions.titles[item],
            "short": None if short is None else float(short[position]),
            "long": None if long is None else float(long[position]),
            run.measure.name: run.measure.of(float(distances[position])),
        }
        for position, item in enumerate(top.tolist())
    ]
    facts = {
        "user": options.user,
        "likes": None if options.likes is None else names(run, window_of(run, options.likes)),
        "window": names(run, moment.window),
        "long_weight": ranked.long_weight if run.explains else None,
        "items": items,
    }
    return answer(options, facts, (recommendation_line(row, run.measure.name) for row in items))


def recommendation_line(row: Mapping[str, Any], measure: str) -> str:
    parts = "".join(f"  {part} {row[part]:.4f}" for part in ("short", "long") if row[part] is not None)
    return f"{row['rank']:4g}  {measure} {row[measure]:.4f}{parts}  {row['title']} [{row['item']}]"


def attention(options: argparse.Namespace) -> None:
    run = load(options.run)
    chosen = matrix_of(run, options)
    user, window = user_and_window(run, options)
    moment = dataclasses.replace(moment_of(run, user, window), **chosen)
    matrix, titles = moment.attention, [run.interactions.titles[item] for item in window]
    facts = {
        "user": options.user,
        "items": names(run, window),
        "titles": titles,
        **matrix_facts(run, chosen),
        "mask": matrix.mask,
        "weights": matrix.weights.astype(float).tolist(),
        "masked": matrix.masked.tolist(),
        "column_weights": matrix.column_weights.astype(float).tolist(),
        "counts": matrix.counts,
        "missing": matrix.missing,
        "uniform": matrix.uniform,
        "uniform_column": matrix.uniform_column,
    }
    answer(options, facts, matrix_lines(matrix, titles))


def matrix_facts(run: Run, chosen: Mapping[str, Any]) -> dict[str, int | None]:
    """Returns the layer of the attention matrix, counted from 1, and its head; None is the mean of all heads."""
    return {"layer": chosen["layer"] or layers_and_heads(run.model_config)[0], "head": chosen["head"]}


def matrix_lines(shown: Attention, titles: list[str]) -> Iterator[str]:
    """Yields a row for each query item; below them, unless only the last row counts, the average or total attention to
    each key item."""
    rows = [*zip(shown.weights.tolist(), titles, strict=True)]
    if shown.counts == "last":
        yield "Rows attend to columns; the last row leads to the recommendations."
    else:
        yield f"Rows attend to columns; the last line is the {BAR_NAMES[shown.counts]} w."
        rows.append((shown.column_weights.tolist(), f"w; lost to the mask (ρ): {shown.missing:.3f}"))
    for row, end in rows:
        yield f"{' '.join(f'{weight:.3f}' for weight in row)}  {end}"


def survey(options: argparse.Namespace) -> None:
    """Prints the stored statistics, or computes them for a run without them. For SASRec they are about attention
    alone."""
    run = load(options.run)
    chosen = matrix_of(run, options)
    record = (
        across_users(run)
        if run.explains and run.across_users is None
        else statistics_of(with_statistics(run, **chosen))
    )
    causes = None
    if options.causes is not None:
        if not run.explains:
            raise refusal(run)
        given = read_causes(options.causes, run.interactions)
        remark_on(given)
        causes = cause_shares(run, given)
    facts = {
        "run": str(options.run),
        "stored": run.across_users is not None,
        **matrix_facts(run, chosen),
        "test_users": len(record.users),
        "weight_by_place": place_shares(record, run.model_config).shares.tolist(),
        "weight_of_latest": mean(record.recency),
        "entropy": mean(record.entropy),
        "tau": {way: mean(getattr(record, f"tau_{way}")) for way in WAYS},
        "most_attended_is_not_most_influential": {
            way: mean(1 - record.agrees(getattr(record, f"top_{way}"))) for way in WAYS
        },
        "explained_by_column": mean(record.columns),
        "explained_by_column_shuffled": mean(record.columns_shuffled),
        "mean_map": record.mean_map.astype(float).tolist(),
        "causes": shares(causes or record.causes),
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
        several = causes.ignored > 1
        remark(f"{causes.ignored:,} cause{'s' * several} left out: not in the interactions, or for another item.")


def mean(values: np.ndarray) -> float | None:
    """Returns the mean over the users who have a value; None when no user has one."""
    known = values[~np.isnan(values)]
    return float(known.mean(dtype=float)) if len(known) else None


def shares(causes: CauseShares | None) -> dict[str, dict[str, Any]] | None:
    """Returns, for each kind of cause, the number of viewings and the share of causes that each finder picks."""
    if causes is None:
        return None
    return {
        kind: {"viewings": int(count)}
        | {name: None if np.isnan(share) else float(share) for name, share in zip(FINDERS, row, strict=True)}
        for kind, count, row in zip(causes.kinds, causes.viewings, causes.shares, strict=True)
    }
