"""Moments of untrained runs, whose vectors are large enough to matter, for property tests."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
from conftest import interactions_of, random_histories
from hypothesis import strategies as st

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.vectors import fold_in
from attrec_core.runs.run import Run

MASKS = ("after", "before", "none")
SUMS = ("mean", "sum")
POOLS = ("mean", "sum", "max", "min")
L = 5


@functools.cache
def data() -> Interactions:
    return interactions_of(random_histories(2))


@functools.cache
def arrays(dim: int, shared: bool, scale: float) -> dict[str, np.ndarray]:
    random, interactions = np.random.default_rng(4), data()
    shapes = {
        "item_short": interactions.n_items,
        "item_long": interactions.n_items,
        "user_long": interactions.n_users,
        "projection": dim,
    }
    if not shared:
        shapes["key_projection"] = dim
    tables = {name: random.normal(0, scale, (rows, dim)).astype(np.float32) for name, rows in shapes.items()}
    tables["own_share"] = random.normal(0, 1, 1).astype(np.float32)
    for name in ("item_short", "item_long"):
        tables[name][1] = tables[name][0]  # two items with the same vector: a tie
    return tables


def run_of(config: ModelConfig, scale: float = 0.4, train: TrainConfig | None = None) -> Run:
    tables = arrays(config.dim, config.shared_projection, scale)
    return Run(Path(), config, train or TrainConfig(), tables, data(), {}, {}, None, {}, "")


@st.composite
def moments(draw: st.DrawFn, pools: tuple[str, ...] = POOLS, least: int = 1, repeats: bool = True) -> Moment:
    """Draws any window, user, mask, pooling and ω; the model may have been trained with another ω."""
    config = ModelConfig(
        dim=6,
        window=L,
        mask=draw(st.sampled_from(MASKS)),
        lone_item=draw(st.sampled_from(["nothing", "itself"])),
        aggregation=draw(st.sampled_from(pools)),
        time_signal=draw(st.booleans()),
        shared_projection=draw(st.booleans()),
        long_weight=draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])),
        taste=draw(st.sampled_from(["vector", "items", "both"])),
        # The shortest remembers fewer items than some histories have.
        half_life=draw(st.sampled_from([0.5, 3.0, 50.0])),
    )
    run = run_of(config, draw(st.sampled_from([0.1, 0.4, 1.0])))
    items = st.integers(0, run.interactions.n_items - 1)
    window = np.array(draw(st.lists(items, min_size=least, max_size=L, unique=not repeats)), np.int64)
    user_kind = draw(st.sampled_from(["user", "nobody", "new"]))
    if user_kind == "user":
        user = draw(st.integers(0, run.interactions.n_users - 1))
        steps = len(run.interactions.history(user))
        moment = moment_of(run, user, window, draw(st.integers(1, steps)))
        return replace(moment, long_weight=draw(st.sampled_from([config.long_weight, 0.3])))
    moment = moment_of(run, None, window)
    if user_kind == "nobody":
        return moment
    likes = np.array(draw(st.lists(items, min_size=1, max_size=6)), np.int64)
    vector, earlier = (None, likes[:-1]) if config.remembers else (fold_in(run, likes), likes[:0])
    return replace(moment, vector=vector, earlier=earlier, seen=likes, long_weight=config.long_weight)


def items_of(moment: Moment) -> st.SearchStrategy[int]:
    return st.integers(0, moment.run.interactions.n_items - 1)
