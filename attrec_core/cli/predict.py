"""What a run is, what it recommends, and what it looks at."""

from __future__ import annotations

import argparse
import dataclasses

import numpy as np

from attrec_core.cli.arguments import names, new_person, view, window_of
from attrec_core.cli.output import show
from attrec_core.errors import InputError
from attrec_core.explain.forward import trace
from attrec_core.explain.ranking import ranking
from attrec_core.runs.load import load


def info(options: argparse.Namespace) -> None:
    run = load(options.run)
    answer = {
        "run": str(options.run),
        "fingerprint": run.fingerprint,
        "checksums": "verified" if run.verified else "unverified",
        "model": dataclasses.asdict(run.model_config),
        "train": dataclasses.asdict(run.train_config),
        "data": {
            "source": run.interactions.source,
            "users": run.interactions.n_users,
            "items": run.interactions.n_items,
            "interactions": run.interactions.n_interactions,
            "dropped": dict(run.interactions.dropped),
        },
        "epochs": sum(epoch["phase"] == "search" for epoch in run.history["epochs"]),
        "epochs_final_fit": sum(epoch["phase"] == "refit" for epoch in run.history["epochs"]),
        "best_epoch": run.history["best_epoch"],
        "ended": run.history["ended"],
        "trained": run.history.get("trained"),
        "maps": sorted(run.maps) if run.maps else [],
        "damaged": {name: str(error) for name, error in run.damaged.items()},
        "metrics": dict(run.metrics),
        "versions": dict(run.versions),
    }
    show(answer, options.json)


def recommend(options: argparse.Namespace) -> None:
    if options.top < 1:
        raise InputError(f"--top {options.top} must be at least 1.")
    run = load(options.run)
    if options.likes is None:
        user, window, seen = view(run, options)
        exclude = None if options.include_seen else np.union1d(seen, window)
        taste = None if user is None else run.arrays["user_long"][user]
        found = ranking(run, trace(run, window).intent, taste, exclude=exclude)
    else:
        moment = new_person(run, options).moment
        seen = () if options.include_seen else moment.out_of_competition
        window, found = (
            moment.window,
            ranking(run, moment.trace.intent, moment.taste, long_weight=moment.long_weight, exclude=seen),
        )
    items = [
        {
            "rank": float(found.ranks[item]),
            "item": run.interactions.item_ids[item],
            "title": run.interactions.titles[item],
            "short": float(found.short[item]),
            "long": None if found.long is None else float(found.long[item]),
            "distance": float(found.blended[item]),
        }
        for item in found.top(options.top)
    ]
    answer = {
        "user": options.user,
        "likes": None if options.likes is None else names(run, window_of(run, options.likes)),
        "window": names(run, window),
        "long_weight": found.long_weight,
        "items": items,
    }
    if options.json:
        return show(answer, True)
    for row in items:
        long = "" if row["long"] is None else f"  long {row['long']:.4f}"
        print(
            f"{row['rank']:4g}  {row['distance']:.4f}  short {row['short']:.4f}{long}  {row['title']} [{row['item']}]"
        )
    return None


def attention(options: argparse.Namespace) -> None:
    run = load(options.run)
    _, window, _ = view(run, options)
    found = trace(run, window)
    answer = {
        "user": options.user,
        "items": names(run, window),
        "titles": [run.interactions.titles[item] for item in window],
        "mask": run.model_config.mask,
        "weights": found.weights.astype(float).tolist(),
        "column_weights": found.column_weights.astype(float).tolist(),
        "missing": found.missing,
    }
    if options.json:
        return show(answer, True)
    print("Rows look, columns are looked at; the last line is the column weight w.")
    for title, row in zip(answer["titles"], answer["weights"], strict=True):
        print(" ".join(f"{weight:.3f}" for weight in row), "", title)
    print(
        " ".join(f"{weight:.3f}" for weight in answer["column_weights"]),
        f" w; not looked at (ρ): {found.missing:.3f}",
    )
    return None
