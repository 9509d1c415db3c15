"""Data → trained run: fit, rank the test items, explain every test user, compute the maps.

The work of the commands `train` and `from-weights`, callable from a notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.causes import Causes
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import sentence_of
from attrec_core.explain.across_users.users import across_users
from attrec_core.explain.evaluate import as_json, evaluate
from attrec_core.explain.maps import make_maps
from attrec_core.models.attrec import AttRec
from attrec_core.models.pretrained import versions
from attrec_core.models.registry import COUNTED, model_in
from attrec_core.runs.across_users import Ranks
from attrec_core.runs.history import FOREIGN
from attrec_core.runs.run import Run
from attrec_core.runs.weights import Weights, arrays_of
from attrec_core.training.estimate import plan
from attrec_core.training.fit import SILENT, Callbacks, fit, nothing
from attrec_core.training.recorder import Recorder
from attrec_core.training.start import start_from


def train_run(
    interactions: Interactions,
    model_config: ModelConfig,
    train_config: TrainConfig,
    callbacks: Callbacks = SILENT,
    *,
    earlier: Run | None = None,
    causes: Causes | None = None,
    with_maps: bool = True,
) -> Run:
    """Trains a model and returns a run that is not yet on disk. Ctrl-C keeps the best model so far (see `fit`).

    earlier: the run whose weights the training starts from, for the users and items that it knows.
    causes: the true causes of viewings, if the data contains them; nothing is learned from them.
    """
    if earlier is not None:
        callbacks = replace(callbacks, start=start_from(earlier, interactions, model_config))
    split, recorder = leave_one_out(interactions), None
    if callbacks.plan is not None and model_config.model not in COUNTED:
        callbacks.plan(plan(split, model_config, train_config, with_maps=with_maps))
    if model_config.model == "attrec":
        frames = None if callbacks.store is None else callbacks.store.frames
        recorder = Recorder(split, model_config, train_config.seed, frames)
        callbacks = replace(callbacks, model=recorder)
        if recorder.damaged:
            text = f"Of the saved epochs for the replay, {recorder.damaged} cannot be read: the replay lacks them"
            callbacks.stage("", text)
    model, history = fit(split, model_config, train_config, callbacks)
    if history.ended == "interrupted":
        callbacks.stage("", f"Interrupted: kept epoch {history.best_epoch}, the best so far")
    callbacks.stage("metrics", "ranking the test items")
    arrays = arrays_of(model_config, {name: weight.numpy().copy() for name, weight in model.state_dict().items()})
    evaluation = evaluate(model.ranker(), split, model_config.window, "test")
    run = Run(
        path=Path(),
        model_config=model_config,
        train_config=train_config,
        arrays=arrays,
        interactions=interactions,
        metrics={**as_json(evaluation, interactions), "validation": history.best_validation()},
        history=history.as_dict() | {"trained": datetime.now(UTC).isoformat(timespec="seconds")} | origin(earlier),
        maps=None,
        versions=versions(),
        fingerprint="",
        replay=None if recorder is None else recorder.replay(model, history),
        ranks=Ranks(evaluation.users.astype(np.int32), evaluation.ranks.astype(np.float32)),
    )
    if history.ended == "interrupted":
        return run
    return with_explanations(run, causes, callbacks.stage, with_maps=with_maps)


def run_of_weights(
    arrays: Weights,
    interactions: Interactions,
    model_config: ModelConfig,
    train_config: TrainConfig,
    on_stage: Callable[[str, str], None] = nothing,
    *,
    with_maps: bool = True,
    causes: Causes | None = None,
) -> Run:
    """Returns a run, not yet on disk, of weights that another trainer learned. Both held-out items are ranked; the run
    has no epochs. train_config: only its `regularisation` and `seed` are used, to explain the run."""
    on_stage("metrics", "ranking the validation and test items")
    model = AttRec.of(model_config, arrays)
    run = Run(
        path=Path(),
        model_config=model_config,
        train_config=train_config,
        arrays=arrays,
        interactions=interactions,
        metrics={},
        history={"epochs": [], "best_epoch": 0, "ended": FOREIGN},
        maps=None,
        versions=versions(),
        fingerprint="",
    )
    validation, test = (model.ranked(run, part) for part in ("validation", "test"))
    metrics = {**as_json(test, interactions), "validation": validation.metrics}
    return with_explanations(replace(run, metrics=metrics), causes, on_stage, with_maps=with_maps)


def with_explanations(run: Run, causes: Causes | None, on_stage: Callable[[str, str], None], *, with_maps: bool) -> Run:
    """Returns the run with statistics over its users and with maps. Parts that an interruption, lack of memory or a
    full disk prevents are left out."""
    try:
        if run.explains:
            on_stage("metrics", "explaining every test user")
            run = replace(run, across_users=across_users(run, causes))
        if with_maps and run.spaces:
            on_stage("maps", "computing the maps")
            maps = make_maps(run.arrays, run.train_config.seed, model=run.model_config.model)
            run = replace(run, maps=maps)
    except (KeyboardInterrupt, MemoryError, OSError) as error:  # OSError: UMAP writes its compiled code to disk
        missing = "maps" if run.across_users is not None or not run.explains else "statistics over its users and maps"
        reason = "Interrupted" if isinstance(error, KeyboardInterrupt) else sentence_of(error).rstrip(".")
        on_stage("", f"{reason}: the run is saved without {missing}")
    return run


def origin(earlier: Run | None) -> dict[str, Any]:
    """Returns the history's entry about the run that training started from; empty without such a run."""
    return {} if earlier is None else {"from": {"run": earlier.name, "fingerprint": earlier.fingerprint}}


def evaluate_run(run: Run) -> dict[str, Any]:
    """Ranks the test items again, with the stored weights."""
    return as_json(model_in(run).ranked(run, "test"), run.interactions)
