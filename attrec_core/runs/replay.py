"""replay.npz, a training's moments as they are stored with a run: record ↔ arrays, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.storage.read_errors import expect

Phase = Literal["search", "refit"]


@dataclass(frozen=True)
class Probe:
    """Somebody who is watched while the model learns, chosen by rule from the data alone."""

    user: int
    rule: str  # such as "has the longest history"


@dataclass(frozen=True, eq=False)
class Replay:
    """F moments of one training, P people, their windows of L items before the test item, and a drawn part of the maps.

    Every epoch is seen from the same side: the first two principal axes of the trained model, so a point moves on the
    map exactly as far as it moves along them. Windows are right-aligned, −1 where there is no item.
    """

    phase: Phase  # what is replayed: the final fit, which ends as the run, or the search where there was none
    epochs: np.ndarray  # (F,) int32, ascending, from 0: before the first epoch
    best: int  # the epoch that is the run
    probes: tuple[Probe, ...]
    windows: np.ndarray  # (P, L) int32
    targets: np.ndarray  # (P,) int32, the test item
    weights: np.ndarray  # (F, P, L, L) float16, rows look; 0 where there is no item
    top: np.ndarray  # (F, P, K) int32, the nearest items that the user has not had; −1 where there are no more
    distances: np.ndarray  # (F, P, K) float32, of those; NaN where there are none
    ranks: np.ndarray  # (F, P) float32, of the test item
    items: np.ndarray  # (n,) int32, ascending: those that are drawn
    users: np.ndarray  # (m,) int32, ascending
    short_items: np.ndarray  # (F, n, 2) float16
    intents: np.ndarray  # (F, P, 2) float16: m, in the short-term space
    long_items: np.ndarray  # (F, n, 2) float16
    long_users: np.ndarray  # (F, m, 2) float16


DTYPES: dict[str, type[np.generic]] = dict.fromkeys(("epochs", "windows", "targets", "top", "items", "users"), np.int32)
DTYPES |= dict.fromkeys(("distances", "ranks"), np.float32)
PLACES = ("short_items", "intents", "long_items", "long_users")
DTYPES |= dict.fromkeys(("weights", *PLACES), np.float16)
LONGEST_RULE, MOST_PROBES = 80, 20


def arrays_of(record: Replay) -> dict[str, np.ndarray]:
    return {name: getattr(record, name).astype(dtype) for name, dtype in DTYPES.items()} | {
        "phase": np.array(record.phase, np.str_),
        "best": np.array(record.best, np.int32),
        "probe_users": np.array([probe.user for probe in record.probes], np.int32),
        "probe_rules": np.array([probe.rule for probe in record.probes], np.str_),
    }


def record_of(arrays: Mapping[str, np.ndarray], data: Interactions, window: int) -> Replay:
    """The record, every array checked against the run's users and items and its window of L items.

    Raises KeyError for a missing array, ValueError saying which one is wrong and how.
    """
    columns = {name: arrays[name] for name in DTYPES}
    phase, best = arrays["phase"], arrays["best"]
    expect(phase.shape == () and str(phase) in ("search", "refit"), "phase is neither search nor refit")
    expect(best.shape == () and best.dtype == np.int32, "best is no epoch")
    probes = probes_of(arrays, data)
    check_shapes(columns, len(probes), window)
    epochs = columns["epochs"]
    expect(len(epochs) > 0 and epochs[0] >= 0 and bool((np.diff(epochs) > 0).all()), "epochs are not ascending")
    expect(int(best) in epochs, "best is not one of its epochs")
    for name, count in (("items", data.n_items), ("users", data.n_users)):
        ascending = bool((np.diff(columns[name]) > 0).all())
        expect(ascending and in_range(columns[name], 0, count), f"{name} are not those of the run, in order")
    expect(in_range(columns["windows"], -1, data.n_items), "windows hold an item that does not exist")
    expect(in_range(columns["targets"], 0, data.n_items), "targets name an item that does not exist")
    expect(in_range(columns["top"], -1, data.n_items), "top names an item that does not exist")
    held = columns["windows"] >= 0
    expect(bool(held[:, -1].all() and (np.diff(held.astype(int), axis=1) >= 0).all()), "a window is not right-aligned")
    beside = columns["weights"] * ~(held[:, :, None] & held[:, None, :])
    expect(not beside.any(), "weights has a weight where there is no item")
    for name in ("weights", "ranks", *PLACES):
        expect(bool(np.isfinite(columns[name]).all()), f"{name} holds a value that is not a number")
    expect(bool((columns["weights"] >= 0).all() and (columns["weights"] <= 1.01).all()), "a weight is not from 0 to 1")
    expect(bool(((columns["ranks"] >= 1) & (columns["ranks"] <= data.n_items)).all()), "a rank does not exist")
    expect(np.array_equal(np.isnan(columns["distances"]), columns["top"] < 0), "distances do not fit top")
    return Replay(phase="refit" if str(phase) == "refit" else "search", best=int(best), probes=probes, **columns)


def probes_of(arrays: Mapping[str, np.ndarray], data: Interactions) -> tuple[Probe, ...]:
    users, rules = arrays["probe_users"], arrays["probe_rules"]
    expect(users.ndim == 1 and users.dtype == np.int32 and 0 < len(users) <= MOST_PROBES, "probe_users is no list")
    expect(in_range(users, 0, data.n_users), "probe_users names somebody who does not exist")
    texts = rules.dtype.kind == "U" and rules.shape == users.shape
    expect(texts and bool((np.char.str_len(rules) <= LONGEST_RULE).all()), "probe_rules are no rules")
    return tuple(Probe(user, rule) for user, rule in zip(users.tolist(), rules.tolist(), strict=True))


def check_shapes(columns: Mapping[str, np.ndarray], people: int, window: int) -> None:
    for name in ("epochs", "items", "users"):
        expect(columns[name].ndim == 1, f"{name} is no list")
    frames, items, users = (len(columns[name]) for name in ("epochs", "items", "users"))
    expect(columns["top"].ndim == 3, "top is no list for each person and epoch")
    first = columns["top"].shape[2]
    shapes = {
        "epochs": (frames,),
        "items": (items,),
        "users": (users,),
        "windows": (people, window),
        "targets": (people,),
        "weights": (frames, people, window, window),
        "top": (frames, people, first),
        "distances": (frames, people, first),
        "ranks": (frames, people),
        "short_items": (frames, items, 2),
        "intents": (frames, people, 2),
        "long_items": (frames, items, 2),
        "long_users": (frames, users, 2),
    }
    for name, dtype in DTYPES.items():
        right = columns[name].shape == shapes[name] and columns[name].dtype == dtype
        expect(right, f"{name} is not {np.dtype(dtype).name} {shapes[name]}")


def in_range(values: np.ndarray, low: int, end: int) -> bool:
    return bool(((values >= low) & (values < end)).all())
