"""replay.npz, the recorded moments of a training, stored with its run: record ↔ arrays, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.runs.columns import Column, Stored, checked_columns, columns_of
from attrec_core.storage.read_errors import expect

Phase = Literal["search", "refit"]
LONGEST_RULE, MOST_PROBES, MOST_EPOCHS, MOST_RANKED = 80, 20, 100, 100


@dataclass(frozen=True)
class Probe:
    """A user whose attention is recorded during training, chosen by a rule from the data alone."""

    user: int
    rule: str  # such as "has the longest history"


@dataclass(frozen=True, eq=False)
class Replay:
    """F moments of one training: P users, their windows of L items before the test item, and a drawn part of the maps.

    Every epoch is projected onto the same axes, the first two principal axes of the trained model, so a point moves on
    the map exactly as far as it moves along them. Windows are right-aligned, −1 where there is no item.
    """

    phase: Phase  # what is replayed: the final fit, whose result is the run, or the search if there was no fit
    best: int  # the epoch whose model is the run
    probes: tuple[Probe, ...]
    epochs: Annotated[
        np.ndarray, Column(np.int32, "F", 0, ascending=True, most=MOST_EPOCHS)
    ]  # from 0: before the first epoch
    windows: Annotated[np.ndarray, Column(np.int32, "PL", of="N", may_miss=True)]
    targets: Annotated[np.ndarray, Column(np.int32, "P", of="N")]  # the test item
    # The K nearest items that the user has not seen; −1 where there are no more.
    top: Annotated[np.ndarray, Column(np.int32, "FPK", of="N", may_miss=True, most=MOST_RANKED)]
    items: Annotated[np.ndarray, Column(np.int32, "n", of="N", ascending=True)]  # the drawn items
    users: Annotated[np.ndarray, Column(np.int32, "m", of="M", ascending=True)]
    distances: Annotated[np.ndarray, Column(np.float32, "FPK", may_miss=True)]  # of the items in `top`; NaN for −1
    ranks: Annotated[np.ndarray, Column(np.float32, "FP", 1, "N")]  # of the test item
    weights: Annotated[np.ndarray, Column(np.float16, "FPLL", 0, 1.01)]  # row: query item; 0 where there is no item
    short_items: Annotated[np.ndarray, Column(np.float16, "Fn2")]
    intents: Annotated[np.ndarray, Column(np.float16, "FP2")]  # m, in the short-term space
    long_items: Annotated[np.ndarray, Column(np.float16, "Fn2")]
    long_users: Annotated[np.ndarray, Column(np.float16, "Fm2")]


COLUMNS = columns_of(Replay)
OTHERS = {
    "phase": Column(np.str_, ""),
    "best": Column(np.int32, ""),
    "probe_users": Column(np.int32, "P", of="M", most=MOST_PROBES),
    "probe_rules": Column(np.str_, "P"),
}


def arrays_of(record: Replay) -> dict[str, np.ndarray]:
    users, rules = [probe.user for probe in record.probes], [probe.rule for probe in record.probes]
    values = {"phase": record.phase, "best": record.best, "probe_users": users, "probe_rules": rules} | vars(record)
    return {name: np.asarray(values[name], column.dtype) for name, column in (COLUMNS | OTHERS).items()}


def record_of(arrays: Stored, data: Interactions, window: int) -> Replay:
    """Returns the record, checked against the run's users and items and its window of L items. Raises KeyError for a
    missing array, ValueError saying which array is wrong and how."""
    columns = checked_columns(arrays, OTHERS | COLUMNS, M=data.n_users, N=data.n_items, L=window)
    phase, best, users, rules = (columns.pop(name) for name in OTHERS)
    expect(str(phase) in ("search", "refit"), "phase is neither search nor refit")
    expect(0 < len(users) <= MOST_PROBES, f"probe_users are not 1 to {MOST_PROBES}")
    expect(bool((np.char.str_len(rules) <= LONGEST_RULE).all()), "probe_rules are no rules")
    expect(int(best) in columns["epochs"], "best is not one of its epochs")
    held = columns["windows"] >= 0
    expect(bool(held[:, -1].all() and (np.diff(held.astype(int), axis=1) >= 0).all()), "a window is not right-aligned")
    outside = columns["weights"] * ~(held[:, :, None] & held[:, None, :])
    expect(not outside.any(), "weights has a weight where there is no item")
    expect(np.array_equal(np.isnan(columns["distances"]), columns["top"] < 0), "distances do not fit top")
    probes = tuple(Probe(user, rule) for user, rule in zip(users.tolist(), rules.tolist(), strict=True))
    return Replay(phase="refit" if str(phase) == "refit" else "search", best=int(best), probes=probes, **columns)
