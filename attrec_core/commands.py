"""What each command of the command line does. Answers go to stdout, progress and remarks to stderr."""

from __future__ import annotations

import argparse
import csv
import dataclasses
import difflib
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from attrec_core import data, explain, runs
from attrec_core.config import PRESETS, with_settings
from attrec_core.data.interactions import Interactions
from attrec_core.data.table import Columns
from attrec_core.errors import InputError, shown
from attrec_core.results import Epoch
from attrec_core.run_reader import load


def inspect(options: argparse.Namespace) -> None:
    found = read_data(options)
    answer = {
        "format": found.source,
        "users": found.n_users,
        "items": found.n_items,
        "interactions": found.n_interactions,
        "dropped": dict(found.dropped),
        "tied_last": found.tied_last(),
        "tie_rule": found.tie_rule,
    }
    show(answer, options.json)


def train(options: argparse.Namespace) -> None:
    runs.check_writable(options.out, overwrite=options.overwrite)
    preset = options.preset or data.format_of(options.data).preset
    settings = dict(setting(text) for text in options.set)
    settings |= {name: str(getattr(options, name)) for name in ("seed", "epochs") if getattr(options, name) is not None}
    model_config, train_config = with_settings(*PRESETS[preset], settings)
    interactions = read_data(options)
    for reason, count in interactions.dropped.items():
        remark(f"{count} row{'s' * (count > 1)} dropped: {reason}.")
    # torch takes more than a second to import; bad input is found before that.
    from attrec_core.pipeline import train_run

    with Progress() as progress:
        run = train_run(
            interactions,
            model_config,
            train_config,
            progress.epoch,
            on_stage=progress.stage,
            with_maps=not options.no_maps,
        )
    runs.save(run, options.out, overwrite=options.overwrite)
    remark(f"Wrote {options.out}.")
    show({"run": str(options.out), "best_epoch": run.history["best_epoch"], **run.metrics}, options.json)


def evaluate(options: argparse.Namespace) -> None:
    run = load(options.run)
    from attrec_core.pipeline import evaluate_run

    show(evaluate_run(run), options.json)


def info(options: argparse.Namespace) -> None:
    run = load(options.run)
    answer = {
        "run": str(options.run),
        "fingerprint": run.fingerprint,
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
        "maps": sorted(run.maps) if run.maps else [],
        "metrics": dict(run.metrics),
        "versions": dict(run.versions),
    }
    show(answer, options.json)


def recommend(options: argparse.Namespace) -> None:
    if options.top < 1:
        raise InputError(f"--top {options.top} must be at least 1.")
    run = load(options.run)
    user, window, seen = view(run, options)
    exclude = None if options.include_seen else np.union1d(seen, window)
    _, found = explain.recommend(run, user, window, exclude=exclude)
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
    found = explain.trace(run, window)
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


def read_data(options: argparse.Namespace) -> Interactions:
    columns = Columns(options.user_column, options.item_column, options.time_column)
    return data.read(options.data, data.Options(options.tie_rule, options.duplicates, columns))


def setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set {shown(text)} must be KEY=VALUE.")
    return key.strip(), value.strip()


def view(run: runs.Run, options: argparse.Namespace) -> tuple[int | None, np.ndarray, np.ndarray]:
    """The user (or None), the window, and what the user had before it."""
    if options.user is None and options.window is None:
        raise InputError("Say whose recommendations (--user ID) or after which items (--window ID,ID,…).")
    if options.user is None and options.step is not None:
        raise InputError("--step looks back in the history of a user: say whose with --user ID.")
    user = None if options.user is None else index_of(options.user, run.user_index, "user")
    seen = np.empty(0, np.int64)
    if user is not None:
        window = explain.window_at(run, user, options.step)
        seen = run.interactions.history(user)[: options.step]
    if options.window is not None:
        try:
            ids = next(csv.reader([options.window], skipinitialspace=True, strict=True), [])
        except csv.Error:
            raise InputError(
                f"--window {shown(options.window)} is no list of ids with commas between; an id that holds a comma, a "
                'quotation mark or a line break stands in "quotes".'
            ) from None
        window = np.array([index_of(item, run.item_index, "item") for item in ids], np.int64)
    return user, window, seen


def index_of(name: str, index: Mapping[str, int], what: str) -> int:
    if name in index:
        return index[name]
    near = difflib.get_close_matches(name, index, n=3) if len(index) <= 50_000 else []
    hint = f" Did you mean {' or '.join(map(shown, near))}?" if near else ""
    raise InputError(f"The run has no {what} {shown(name)}.{hint}")


def names(run: runs.Run, items: Iterable[int]) -> list[str]:
    return [run.interactions.item_ids[item] for item in items]


def show(answer: Mapping[str, Any], as_json: bool) -> None:
    """JSON, or one `key: value` a line with nested keys as `outer.inner`."""
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
        return
    for key, value in flat(answer):
        print(f"{key}: {value:.4f}" if isinstance(value, float) else f"{key}: {value}")


def flat(answer: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in answer.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, "none" if value in ({}, [], None) else value


def remark(text: str) -> None:
    print(f"attrec: {text}", file=sys.stderr)


class Progress:
    """A bar on stderr: epochs of the search, then of the refit, with the latest figures."""

    def __init__(self) -> None:
        from tqdm import tqdm

        # Into a file or a pipe a line every 10 s is enough.
        pause = 0.1 if sys.stderr.isatty() else 10.0
        # Delayed: a training that is refused before its first epoch says one sentence and shows no bar.
        self.bar = tqdm(unit="epoch", desc="training", dynamic_ncols=True, mininterval=pause, delay=1e-3)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.close()

    def epoch(self, epoch: Epoch) -> None:
        if epoch.epoch == 1:
            self.bar.reset(total=epoch.of)
        if epoch.phase == "refit" and epoch.epoch == 1:
            self.bar.set_description("final fit, with the validation items")
        self.bar.update()
        if epoch.validation:
            found = epoch.validation
            self.bar.set_postfix_str(f"loss {epoch.loss:.3f} HR@50 {found['hr@50']:.3f} MRR {found['mrr']:.3f}")

    def stage(self, stage: str) -> None:
        self.bar.write(f"attrec: {stage}.", file=sys.stderr)
