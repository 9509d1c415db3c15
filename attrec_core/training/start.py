"""Starts a training run from an earlier run, with its weights for the users and items that it knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from attrec_core.config import ModelConfig
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError
from attrec_core.models.model import Model
from attrec_core.runs.load import check_shape
from attrec_core.runs.run import Run

Start = Callable[[Model], None]  # changes a new model in place


def start_from(run: Run, data: Interactions, config: ModelConfig) -> Start:
    """Returns a function that copies the run's item and user rows by their ids, and all other weights, to a new model.
    New users and items keep their random initial values. Raises InputError when the data has none of the run's items,
    or when the model has another shape; some shapes are known only to the returned function, which then raises it."""
    check_shape(run.name, run.model_config, config)
    items, users = shared_positions(data.item_ids, run.item_index), shared_positions(data.user_ids, run.user_index)
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
