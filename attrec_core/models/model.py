"""The base class of the trained systems: a query vector for each window, a vector for each item, and their distance.

`save_pretrained` and `from_pretrained` write and read the folder of a run, as in other libraries. Without `like`, the
interactions are unknown, and the folder holds only config.json and weights.safetensors; the app does not open it.

B windows, L positions, C candidates, M users, N items, k dimensions of a query vector.
"""

from __future__ import annotations

import dataclasses
import math
import platform
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import embedding

from attrec_core.config import PROGRAM_VERSION, Aggregation, ModelConfig, config_of
from attrec_core.data.windows import PADDING, leave_one_out
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import Ranker, as_json, evaluate
from attrec_core.runs import run as runs_run
from attrec_core.runs.history import Evaluation
from attrec_core.runs.load import open_run
from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.weights import FILE, Arrays, arrays_of, weights_in
from attrec_core.storage.atomic_folder import RUN, write_folder
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.read_errors import read_errors

QueryVectors = tuple[Tensor, Tensor | float]  # q (B, k), and their terms a (B,), added to every item's distance
ItemVectors = tuple[Tensor, Tensor]  # e (N, k), and their terms b (N,), each added to its item's distance
OTHER_MODEL = "The weights are not those of this model: {why}."
# Earlier names, which a model of one's own may still import and define.
Asked, Catalogue = QueryVectors, ItemVectors
EARLIER = {"asked": "query_vectors", "asked_everywhere": "query_vectors_everywhere", "catalogue": "item_vectors"}


class Recommender(nn.Module, ABC):
    """A model that ranks items, trained or counted, with its settings."""

    config: ModelConfig
    named_as = ""  # FILE.py:Class, as a person named a custom class

    @abstractmethod
    def ranker(self) -> Ranker:
        """Returns the function that every ranking calls. It computes distances (B, N), lower is better, with the
        current weights and without dropout."""

    def ranked(self, run: Run, part: str) -> Evaluation:
        """Ranks the held-out items of a run's users. part: "validation" or "test"."""
        return evaluate(self.ranker(), leave_one_out(run.interactions), self.config.history, part)


class Model(Recommender):
    """A system with the distances y_i = a + b_i − q · e_i, lower is better.

    Squared distances and inner products both have this form. A new system defines `build` (its parameters),
    `query_vectors` (q and a) and `item_vectors` (e and b). This base class does the rest of its training, ranking and
    saving.
    """

    item_tables: tuple[str, ...]  # names of the parameters that have a row for each item
    user_tables: tuple[str, ...] = ()
    only_answers: tuple[str, ...] = ()  # the item tables that a window does not read
    undecayed: tuple[str, ...] = ()  # other parameters that no regularisation pulls towards 0
    every_place = False  # whether it learns the next item at every position of a window at once

    def __init__(self, config: ModelConfig, n_users: int, n_items: int, init_sd: float = 0.001) -> None:
        super().__init__()
        self.config, self.n_users, self.n_items = config, n_users, n_items
        self.build(n_users, n_items, config.dim)
        check_tables(self, "item_tables", n_items, "item")
        check_tables(self, "user_tables", n_users, "user")
        self.reset(init_sd)

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        for earlier, name in EARLIER.items():
            if earlier in vars(cls):
                setattr(cls, name, vars(cls)[earlier])

    @classmethod
    def sizes(cls, arrays: Mapping[str, np.ndarray]) -> tuple[int, int]:
        """Returns the numbers of users and items; 0 users for a model without a user table. Raises InputError for the
        weights of another model."""
        n_users, table = next((len(arrays[name]) for name in cls.user_tables if name in arrays), 0), cls.item_tables[0]
        if table not in arrays:
            raise InputError("other_model", OTHER_MODEL, why=f"{table} is missing")
        return n_users, len(arrays[table])

    @abstractmethod
    def build(self, n_users: int, n_items: int, dim: int) -> None:
        """Creates the parameters."""

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        """Returns the query of each window. users (B,), windows (B, L): item indices, oldest first, padded on the left
        with -1. A model that learns at every position defines `query_vectors_everywhere` instead."""
        return self.query_vectors_everywhere(users, windows)[:, -1], 0.0

    def query_vectors_everywhere(self, users: Tensor, windows: Tensor) -> Tensor:
        """Returns the query vector after each position (B, L, k); the values at padding are arbitrary."""
        text = "The model {class_name} defines neither query_vectors nor query_vectors_everywhere."
        raise InputError("unfinished_model", text, class_name=type(self).__name__)

    @abstractmethod
    def item_vectors(self) -> ItemVectors:
        """Returns the vectors and terms of all items."""

    def forward(
        self, users: Tensor, windows: Tensor, candidates: Tensor | None = None, items: ItemVectors | None = None
    ) -> Tensor:
        """users (B,), windows (B, L), candidates (B, C) → y (B, C), lower is better; without candidates, y (B, N)."""
        return distances(self.query_vectors(users, windows), items or self.item_vectors(), candidates)

    @torch.inference_mode()
    def ranker(self) -> Ranker:
        """Returns a function from users (B,) and windows (B, L) to distances (B, N), lower is better. It keeps the item
        vectors as they are now: after a change of the weights, make a new one."""
        items = self.item_vectors()

        @torch.inference_mode()
        def ranked(users: np.ndarray, windows: np.ndarray) -> np.ndarray:
            was_training = self.training
            inputs = (torch.tensor(array, device=self.device) for array in (users, windows))
            y = self.eval()(*inputs, items=items).cpu().numpy()
            self.train(was_training)
            return y

        return ranked

    @torch.inference_mode()
    def ranked_with(self, vector: np.ndarray, windows: np.ndarray) -> np.ndarray:
        """vector (d,), used as the user's; windows (B, L) → distances (B, N), lower is better."""
        table = {self.user_tables[0]: torch.tensor(vector[None], device=self.device)}
        inputs = torch.zeros(len(windows), dtype=torch.long), torch.tensor(windows)
        return functional_call(self.eval(), table, tuple(tensor.to(self.device) for tensor in inputs)).cpu().numpy()

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def tables(self) -> tuple[nn.Parameter, ...]:
        """The parameters with a row for each user or item; regularisation keeps these rows small."""
        return tuple(getattr(self, name) for name in self.item_tables + self.user_tables)

    @property
    def projections(self) -> tuple[nn.Parameter, ...]:
        """All other parameters that regularisation pulls towards 0."""
        others = self.item_tables + self.user_tables + self.undecayed
        return tuple(parameter for name, parameter in self.named_parameters() if name not in others)

    def reset(self, init_sd: float) -> None:
        """Draws tables from a normal distribution cut at two standard deviations; all other parameters keep their
        initial values."""
        for table in self.tables:
            nn.init.trunc_normal_(table, std=init_sd, a=-2 * init_sd, b=2 * init_sd)

    def dropped(self, vectors: Tensor) -> Tensor:
        return nn.functional.dropout(vectors, self.config.vector_dropout, self.training)

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> Self:
        """Returns the model in a run's folder, in evaluation mode. Raises InputError naming the file and its fault."""
        folder = Path(folder)
        if not folder.is_dir():
            raise InputError("no_folder", "There is no model at {folder}: it is not a folder.", folder=folder)
        checked = open_run(folder)
        with read_errors(folder / RUN.mark):
            config = config_of(ModelConfig, checked.description["model"])
        return cls.of(config, weights_in(checked, config, whole=True)[0])

    @classmethod
    def of(cls, config: ModelConfig, arrays: Mapping[str, np.ndarray]) -> Self:
        """Returns the model with a run's arrays, in evaluation mode."""
        return loaded(cls(config, *cls.sizes(arrays)), arrays)

    def save_pretrained(self, folder: Path | str, like: Run | None = None, *, overwrite: bool = False) -> None:
        """Writes the model to a folder, in one step.

        like: the run that the model came from, or a run with the same users and items. With it, a whole run is
        written, with the interactions and training settings of `like`. When the weights differ from those of `like`,
        the held-out items are ranked again; maps, statistics and replay are left out: they describe another model.
        Raises InputError when the folder exists (unless `overwrite`), cannot be written, or `like` does not fit.
        """
        weights = {name: weight.numpy(force=True).copy() for name, weight in self.state_dict().items()}
        arrays = arrays_of(self.config, weights)
        if like is not None:
            return runs_run.save(self._run_like(like, arrays), Path(folder), overwrite=overwrite)
        config = {
            "format": runs_run.FORMAT,
            "version": runs_run.VERSION,
            "model": SYSTEMS[self.config.model].used(self.config),
            "versions": versions(),
        }
        files = {RUN.mark: json_bytes(config), FILE: arrays.content()}
        return write_folder(Path(folder), files, RUN, overwrite=overwrite)

    def _run_like(self, run: Run, arrays: Arrays) -> Run:
        data = run.interactions
        for noun, own, theirs in zip(("users", "items"), self.sizes(arrays), (data.n_users, data.n_items), strict=True):
            if own not in (0, theirs):  # 0: a model without a user table fits any run
                text = (
                    "The model has {own:,} {what} and the run {run} has {theirs:,}: they are not about the "
                    "same users and items."
                )
                raise InputError("other_data", text, own=own, what=noun, run=run.name, theirs=theirs)
        same_config = self.config == run.model_config
        if same_config and all(np.array_equal(arrays[name], table) for name, table in run.arrays.items()):
            return run
        tested = as_json(self.ranked(run, "test"), run.interactions)
        metrics = {**tested, "validation": self.ranked(run, "validation").metrics}
        changes: dict[str, Any] = dict.fromkeys(("maps", "across_users", "replay", "ranks"))
        changes |= {"versions": versions(), "fingerprint": ""}
        return dataclasses.replace(run, model_config=self.config, arrays=arrays, metrics=metrics, **changes)


def check_tables(model: Model, attribute: str, count: int, what: str) -> None:
    """Raises InputError unless the attribute names parameters with a row for each item or user."""
    names, class_name = getattr(model, attribute, None), type(model).__name__
    if not (isinstance(names, tuple) and all(isinstance(name, str) for name in names)) or (
        not names and what == "item"
    ):
        text = (
            "{class_name} needs {attribute}: a tuple with the names of its parameters that have a row for each {what}, "
            'such as ("{what}s",).'
        )
        raise InputError("no_tables", text, class_name=class_name, attribute=attribute, what=what)
    for name in names:
        table = getattr(model, name, None)
        if not isinstance(table, nn.Parameter) or table.shape[:1] != (count,):
            text = (
                "{attribute} of {class_name} names {table}, so build must set self.{table} to a parameter with {count} "
                "rows, one for each {what}, such as empty({count}, dim)."
            )
            facts = {"attribute": attribute, "class_name": class_name, "table": name, "count": count, "what": what}
            raise InputError("no_table", text, **facts)


def distances(queries: QueryVectors, items: ItemVectors, candidates: Tensor | None = None) -> Tensor:
    """Returns y (B, C); without candidates, y (B, N) by one matrix product."""
    (query, query_term), (vectors, item_terms) = queries, items
    query_term = query_term[:, None] if isinstance(query_term, Tensor) else query_term
    if candidates is None:
        return torch.addmm(item_terms[None, :], query, vectors.T, alpha=-1).add_(query_term)
    return query_term + item_terms[candidates] - (embedding(candidates, vectors) * query[:, None]).sum(-1)


def metric(point: Tensor, weight: float = 1.0) -> tuple[Tensor, Tensor]:
    """Returns the query vector q and the term a of weight · ‖p − e‖² = weight · (‖p‖² + ‖e‖² − 2 p · e)."""
    return 2 * weight * point, weight * point.square().sum(-1)


def rows(table: Tensor, windows: Tensor) -> Tensor:
    """windows (B, L) → the rows of the table (B, L, k); 0 at padding."""
    return embedding(windows.clamp(min=0), table) * (windows != PADDING)[..., None]


def mean_row(table: Tensor, windows: Tensor) -> Tensor:
    """windows (B, L) → the mean row over the real items (B, k)."""
    return pooled(rows(table, windows), windows != PADDING, "mean")


def pooled(vectors: Tensor, real: Tensor, kind: Aggregation) -> Tensor:
    """vectors (B, n, k), 0 where not real; real (B, n) bool → the mean, sum, maximum or minimum of the real vectors
    (B, k); 0 if there are none."""
    real = real[..., None]
    if kind in ("mean", "sum"):
        return vectors.sum(1) / (real.sum(1).clamp(min=1) if kind == "mean" else 1)
    filled = vectors.masked_fill(~real, -math.inf if kind == "max" else math.inf)
    return (filled.amax(1) if kind == "max" else filled.amin(1)).masked_fill(~real.any(1), 0.0)


def empty(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(shape))


def to_left(windows: Tensor) -> tuple[Tensor, Tensor]:
    """windows (B, L) padded on the left → padded on the right, as a recurrent network needs them, and lengths (B,)."""
    length, lengths = windows.shape[1], (windows != PADDING).sum(1)
    source = torch.arange(length, device=windows.device) + (length - lengths)[:, None]
    moved = windows.gather(1, source.clamp(max=length - 1))
    return moved.masked_fill(source >= length, PADDING), lengths


def to_right(states: Tensor, lengths: Tensor) -> Tensor:
    """Moves the first `lengths` positions of each row of `states` (B, L, k) to the end of the row."""
    source = (torch.arange(states.shape[1], device=states.device) - (states.shape[1] - lengths)[:, None]).clamp(min=0)
    return states.gather(1, source[..., None].expand(-1, -1, states.shape[2]))


Loaded = TypeVar("Loaded", bound=nn.Module)


def loaded(model: Loaded, arrays: Mapping[str, np.ndarray]) -> Loaded:
    """Loads the weights into the model and returns it in evaluation mode. Raises InputError when they do not fit."""
    wanted = model.state_dict()
    for name in dict.fromkeys((*wanted, *arrays)):
        why = f"it has no {name}" if name not in wanted else f"{name} is missing" if name not in arrays else ""
        if not why and (found := arrays[name].shape) != (shape := tuple(wanted[name].shape)):
            why = f"{name} is {found} where {shape} is expected"
        if why:
            raise InputError("other_model", OTHER_MODEL, why=why)
    model.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    return model.eval()


def versions() -> dict[str, str]:
    """Returns the versions of the software that makes a model."""
    return {
        "attrec": PROGRAM_VERSION,
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
    }
