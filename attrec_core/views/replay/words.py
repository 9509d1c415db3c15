"""How the model came to be: its figures by epoch, and what one person saw and where everything lay after each."""

from __future__ import annotations

import numpy as np

from attrec_core.explain.records_space import Points
from attrec_core.explain.wording import number, quoted, short
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.replay import Replay
from attrec_core.runs.run import Run
from attrec_core.views.replay.records import ReplayCurve, ReplayMap, ReplayMoment

MARGIN = 0.04  # around all points of all epochs, as a share of their extent


def replay_curve(run: Run) -> ReplayCurve:
    """Loss, and the validation figures that the search had at the same epoch: in the final fit the validation items are
    trained on."""
    replay = run.replay
    epochs = [epoch for epoch in run.history["epochs"] if epoch["phase"] == replay.phase]
    searched = {epoch["epoch"]: epoch["validation"] or {} for epoch in run.history["epochs"] if epoch["validation"]}
    figures = [searched.get(epoch["epoch"], {}) for epoch in epochs]
    return ReplayCurve(
        epochs=np.array([epoch["epoch"] for epoch in epochs]),
        losses=np.array([epoch["loss"] for epoch in epochs], float),
        hr50=np.array([found.get("hr@50", np.nan) for found in figures], float),
        mrr=np.array([found.get("mrr", np.nan) for found in figures], float),
        kept=replay.epochs,
        best=replay.best,
    )


def frame_of(replay: Replay, epoch: int) -> int:
    """The kept moment of that epoch, or the last one before it."""
    return max(int(np.searchsorted(replay.epochs, epoch, side="right")) - 1, 0)


def replay_moment(run: Run, probe: int, epoch: int) -> ReplayMoment:
    """What the person `probe` (counted from 0 in `replay.probes`) saw after an epoch."""
    replay, data = run.replay, run.interactions
    frame = frame_of(replay, epoch)
    window = replay.windows[probe][replay.windows[probe] >= 0]
    count = len(window)
    weights = replay.weights[frame, probe, -count:, -count:].astype(np.float32)
    masked = np.eye(count, dtype=bool) & (run.model_config.mask != "none")
    if run.model_config.mask == "before" and count == 1:
        masked[:] = False
    top = replay.top[frame, probe]
    near = top >= 0
    target = int(replay.targets[probe])
    return ReplayMoment(
        epoch=int(replay.epochs[frame]),
        window=window,
        ids=tuple(data.item_ids[item] for item in window),
        titles=tuple(data.titles[item] for item in window),
        weights=weights,
        masked=masked,
        column_weights=weights.sum(0) / (1 if run.model_config.aggregation == "sum" else count),
        top=tuple(top[near].tolist()),
        top_titles=tuple(data.titles[item] for item in top[near]),
        distances=tuple(replay.distances[frame, probe][near].tolist()),
        is_target=tuple((top[near] == target).tolist()),
        target=target,
        target_title=data.titles[target],
        rank=float(replay.ranks[frame, probe]),
        sentence=moment_sentence(run, probe, frame, weights),
    )


def moment_sentence(run: Run, probe: int, frame: int, weights: np.ndarray) -> str:
    replay = run.replay
    window = replay.windows[probe][replay.windows[probe] >= 0]
    summed = run.model_config.aggregation == "sum"
    shares = weights.sum(0) / (1 if summed else len(window))  # w, as the map below shows it
    best = int(shares.argmax())
    rank, first = replay.ranks[frame, probe], replay.ranks[0, probe]
    looked = (
        f"{quoted(run, window[best])} is looked at most, {number(float(shares[best]))} "
        f"{'in all' if summed else 'on average'}, where the even share is {number(1 if summed else 1 / len(window))}"
        if weights.any()
        else "nothing is looked at, since the mask takes what a single item gives itself"
    )
    before = "" if frame == 0 else f"; it began at {first:g}"
    return (
        f"{when(replay, frame)} {looked}; {quoted(run, replay.targets[probe])}, which really came next, stands at rank "
        f"{rank:g}{before}."
    )


def when(replay: Replay, frame: int) -> str:
    """Before or after which epoch this is."""
    epoch = int(replay.epochs[frame])
    if epoch == 0:
        return "Before the first epoch"
    ended = ", the one that is this model," if epoch == replay.best else ""
    return f"After epoch {epoch} of {int(replay.epochs[-1])}{ended}"


def replay_map(run: Run, space: str, probe: int, epoch: int) -> ReplayMap:
    """Where everything lay in the `space` ("long" | "short") after an epoch, with what the person has to do with."""
    replay, data = run.replay, run.interactions
    frame = frame_of(replay, epoch)
    items = replay.short_items if space == "short" else replay.long_items
    user, window = replay.probes[probe].user, replay.windows[probe]
    person = data.user_ids[user]
    top = replay.top[frame, probe]
    marks = [
        ("window", items_on(run, items[frame], window[window >= 0], "in the window")),
        ("top", items_on(run, items[frame], top[top >= 0], "recommended")),
        ("target", items_on(run, items[frame], replay.targets[probe : probe + 1], "really came next")),
    ]
    if space == "short":
        marks.append(
            ("intent", Points("m", replay.intents[frame, probe : probe + 1].astype(np.float32), ("m",), ("",)))
        )
    else:
        own = np.searchsorted(replay.users, user)
        where = replay.long_users[frame, own : own + 1].astype(np.float32)
        marks.append(("user", Points(person, where, (person,), (person,))))
    people = replay.users
    return ReplayMap(
        epoch=int(replay.epochs[frame]),
        items=items_on(run, items[frame], replay.items, "items"),
        users=None
        if space == "short"
        else Points(
            "users",
            replay.long_users[frame].astype(np.float32),
            tuple(data.user_ids[one] for one in people),
            tuple(data.user_ids[one] for one in people),
        ),
        marks=tuple(marks),
        limits=limits_of(run, space),
        drawn=(len(replay.items), data.n_items),
        sentence=map_sentence(run, space, probe, frame),
    )


def items_on(run: Run, places: np.ndarray, items: np.ndarray, name: str) -> Points:
    """Those of the items that are drawn at all; all of the window and what came next are."""
    replay, data = run.replay, run.interactions
    rows = np.minimum(np.searchsorted(replay.items, items), len(replay.items) - 1)
    there = replay.items[rows] == items
    named = items[there]
    return Points(
        name,
        places[rows[there]].astype(np.float32),
        tuple(data.titles[item] for item in named),
        tuple(data.item_ids[item] for item in named),
    )


@cached
def limits_of(run: Run, space: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Of x and y, around every point of every epoch."""
    replay = run.replay
    parts = (replay.short_items, replay.intents) if space == "short" else (replay.long_items, replay.long_users)
    points = np.concatenate([part.astype(np.float32).reshape(-1, 2) for part in parts])
    low, high = points.min(0), points.max(0)
    room = MARGIN * np.maximum(high - low, 1e-6)
    (left, bottom), (right, top) = (low - room).tolist(), (high + room).tolist()
    return (left, right), (bottom, top)


def map_sentence(run: Run, space: str, probe: int, frame: int) -> str:
    replay = run.replay
    if space == "short":
        path, who = replay.intents[:, probe], "m"
        items = replay.short_items
    else:
        path = replay.long_users[:, np.searchsorted(replay.users, replay.probes[probe].user)]
        items, who = replay.long_items, f"“{short(run.interactions.user_ids[replay.probes[probe].user])}”"
    at = frame_of(replay, replay.best)
    away = float(np.linalg.norm(path[frame].astype(float) - path[at].astype(float)))
    end = f"{who} is where it is in the model" if frame == at else f"{who} is {number(away)} from where it ends"
    moved = ""
    if frame > 0:
        steps = np.linalg.norm(items[frame].astype(float) - items[frame - 1].astype(float), axis=1)
        moved = (
            f"; the items have moved by {number(float(steps.mean()))} on average since epoch {replay.epochs[frame - 1]}"
        )
    return f"{when(replay, frame)} {end} on this map{moved}. All epochs are seen along the same two axes."
