"""Data → trained run: fit, rank the test items, explain every test user, compute the maps.

The work of the commands `train` and `from-weights`, callable from a notebook. A training may start from an earlier run,
with its weights for the users and items that it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.causes import Causes
from attrec_core.data.importing import interactions_of
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Options
from attrec_core.data.reading.rows import Rows, drop_rows
from attrec_core.data.recbole_rows import recbole_rows
from attrec_core.data.texts import places_of
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError, sentence_of, shown
from attrec_core.explain.across_users.users import across_users
from attrec_core.explain.evaluate import as_json, evaluate
from attrec_core.explain.maps import maps_of
from attrec_core.explain.proof import proof_of
from attrec_core.models.attrec import AttRec
from attrec_core.models.model import Model, versions
from attrec_core.models.registry import COUNTED, model_in
from attrec_core.runs.across_users import Ranks
from attrec_core.runs.foreign_sasrec import Foreign
from attrec_core.runs.history import FOREIGN
from attrec_core.runs.load import check_shape
from attrec_core.runs.run import Run
from attrec_core.runs.weights import Arrays, Weights, arrays_of
from attrec_core.training.estimate import plan
from attrec_core.training.fit import SILENT, Callbacks, Start, fit, nothing
from attrec_core.training.recorder import Recorder

NO_EPOCHS: dict[str, Any] = {"epochs": [], "best_epoch": 0, "ended": FOREIGN}


def train_run(
    interactions: Interactions,
    model_config: ModelConfig,
    train_config: TrainConfig,
    callbacks: Callbacks = SILENT,
    earlier: Run | None = None,
    causes: Causes | None = None,
    *,
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
    evaluation = evaluate(model.ranker(), split, model_config.history, "test")
    trained: dict[str, Any] = {"trained": datetime.now(UTC).isoformat(timespec="seconds")}
    if model.named_as:
        trained["class"] = model.named_as
    if earlier is not None:
        trained["from"] = {"run": earlier.name, "fingerprint": earlier.fingerprint}
    run = replace(
        unsaved(interactions, model_config, train_config, arrays, history.as_dict() | trained),
        metrics={**as_json(evaluation, interactions), "validation": history.best_validation()},
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
    run = unsaved(interactions, model_config, train_config, arrays, NO_EPOCHS)
    validation, test = (model.ranked(run, part) for part in ("validation", "test"))
    metrics = {**as_json(test, interactions), "validation": validation.metrics}
    return with_explanations(replace(run, metrics=metrics), causes, on_stage, with_maps=with_maps)


def run_of_sasrec(
    foreign: Foreign,
    rows: Rows,
    options: Options,
    on_stage: Callable[[str, str], None] = nothing,
    *,
    with_maps: bool = True,
) -> Run:
    """Returns a run, not yet on disk, of a SASRec that another program trained, with the rows whose items it knows; the
    others are counted. Where its file holds a validation score, the score is computed again. Raises InputError."""
    ids, opened = foreign.ids, {"library": foreign.library}
    if ids is None:
        kept = recbole_rows(rows, foreign.settings)
        check_count(foreign, kept.tokens)
        rows, ids = kept.rows, kept.tokens
        if foreign.score is not None:
            on_stage("metrics", "computing the validation score of its file again")
            proof = proof_of(foreign.arrays, foreign.config, kept, foreign.settings, float(foreign.score))
            opened |= {} if proof is None else asdict(proof) | {"agrees": proof.agrees}
    places = places_of(ids)
    unknown = ~rows.table["item"].isin(list(places)).to_numpy()
    if unknown.all():
        text = "None of the items of the data is one of the {count:,} items of the model, such as {id}."
        raise InputError("other_data", text, count=len(ids), id=shown(ids[0]))
    interactions, _ = interactions_of(drop_rows(rows, {"item that the model does not know": unknown}), options)
    own = [places[name] for name in interactions.item_ids]
    arrays = Arrays(foreign.arrays | {"item": foreign.arrays["item"][own]})
    run = unsaved(interactions, foreign.config, TrainConfig(), arrays, NO_EPOCHS | {"opened": opened})
    on_stage("metrics", "ranking the validation and test items")
    model = model_in(run)
    validation, test = (model.ranked(run, part) for part in ("validation", "test"))
    metrics = {**as_json(test, interactions), "validation": validation.metrics}
    ranks = Ranks(test.users.astype(np.int32), test.ranks.astype(np.float32))
    return with_explanations(replace(run, metrics=metrics, ranks=ranks), None, on_stage, with_maps=with_maps)


def check_count(foreign: Foreign, tokens: Sequence[str]) -> None:
    """Raises InputError unless the data has as many items as RecBole's model, whose file holds no ids."""
    if len(tokens) != len(foreign.arrays["item"]):
        text = (
            "The model has {count:,} items, and after RecBole's filters the data has {found:,}: is it the data that "
            "the model was trained with, its NAME.inter and, if that was loaded, NAME.item?"
        )
        raise InputError("other_data", text, count=len(foreign.arrays["item"]), found=len(tokens))


def unsaved(
    interactions: Interactions, model: ModelConfig, train: TrainConfig, arrays: Arrays, history: Mapping[str, Any]
) -> Run:
    """Returns a run that is not yet on disk, without metrics."""
    return Run(Path(), model, train, arrays, interactions, {}, history, None, versions(), "")


def with_explanations(run: Run, causes: Causes | None, on_stage: Callable[[str, str], None], *, with_maps: bool) -> Run:
    """Returns the run with statistics over its users and with maps. Parts that an interruption, lack of memory or a
    full disk prevents are left out."""
    try:
        if run.explains:
            on_stage("metrics", "explaining every test user")
            run = replace(run, across_users=across_users(run, causes))
        if with_maps and run.spaces:
            on_stage("maps", "computing the maps")
            run = replace(run, maps=maps_of(run))
    except (KeyboardInterrupt, MemoryError, OSError) as error:  # OSError: UMAP writes its compiled code to disk
        missing = "maps" if run.across_users is not None or not run.explains else "statistics over its users and maps"
        reason = "Interrupted" if isinstance(error, KeyboardInterrupt) else sentence_of(error).rstrip(".")
        on_stage("", f"{reason}: the run is saved without {missing}")
    return run


def evaluate_run(run: Run) -> dict[str, Any]:
    """Ranks the test items again, with the stored weights."""
    return as_json(model_in(run).ranked(run, "test"), run.interactions)


def start_from(run: Run, data: Interactions, config: ModelConfig) -> Start:
    """Returns a function that copies the run's item and user rows by their ids, and all other weights, to a new model.
    New users and items keep their random initial values. Raises InputError when the data has none of the run's items,
    or when the model has another shape; some shapes are known only to the returned function, which then raises it."""
    items, users = shared_positions(data.item_ids, run.item_index), shared_positions(data.user_ids, run.user_index)
    check_shape(run.name, run.model_config, config)
    if not len(items[0]):
        raise InputError("other_data", "The data has none of the items of {run}.", setting="from_run", run=run.name)

    @torch.no_grad()
    def start(model: Model) -> None:
        rows = dict.fromkeys(model.item_tables, items) | dict.fromkeys(model.user_tables, users)
        for name, weights in model.named_parameters():
            stored = run.arrays.get(name)
            is_of_items = name == "bias" and weights.shape == (data.n_items,)  # no table: it is not regularised
            new_rows, run_rows = items if is_of_items else rows.get(name, (..., ...))
            first = 0 if new_rows is ... else 1
            if stored is None or stored.shape[first:] != weights.shape[first:]:
                text = "A training that starts from {run} needs a model of the same shape, but {tensor} differs."
                raise InputError("other_model", text, setting="from_run", run=run.name, tensor=name)
            weights[new_rows] = torch.from_numpy(stored[run_rows].copy()).to(model.device)

    return start


def shared_positions(ids: Sequence[str], index: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the positions of the shared ids in the data (n,) and in the run (n,)."""
    pairs = [(position, index[name]) for position, name in enumerate(ids) if name in index]
    positions = np.array(pairs, np.int64).reshape(-1, 2)
    return positions[:, 0], positions[:, 1]
