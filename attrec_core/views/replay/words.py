"""A training epoch by epoch: its metrics, and one person's attention, list and map after each, with their sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.wording import quoted, short
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.replay import Replay
from attrec_core.runs.run import Run
from attrec_core.views.metric_space.records import Points
from attrec_core.views.replay.records import ReplayCurve, ReplayMap, ReplayMoment

MARGIN = 0.04  # around all points of all epochs, as a share of their extent


def replay_curve(run: Run) -> ReplayCurve:
    """Loss, and the validation metrics that the search had at the same epoch: in the final fit the validation items are
    trained on."""
    replay, history = run.replay, run.history["epochs"]
    epochs = [epoch for epoch in history if epoch["phase"] == replay.phase]
    searched = {epoch["epoch"]: epoch["validation"] for epoch in history if epoch["validation"]}
    metrics = [searched.get(epoch["epoch"], {}) for epoch in epochs]
    return ReplayCurve(
        epochs=np.array([epoch["epoch"] for epoch in epochs]),
        losses=np.array([epoch["loss"] for epoch in epochs], float),
        hr50=np.array([of_epoch.get("hr@50", np.nan) for of_epoch in metrics], float),
        mrr=np.array([of_epoch.get("mrr", np.nan) for of_epoch in metrics], float),
        kept=replay.epochs,
        best=replay.best,
    )


def frame_of(replay: Replay, epoch: int) -> int:
    """The kept moment of that epoch, or the last one before it."""
    return max(int(np.searchsorted(replay.epochs, epoch, side="right")) - 1, 0)


def replay_moment(run: Run, probe: int, epoch: int) -> ReplayMoment:
    """What the person `probe` (counted from 0 in `replay.probes`) saw after an epoch."""
    replay, data, config = run.replay, run.interactions, run.model_config
    frame = frame_of(replay, epoch)
    window = held(replay.windows[probe])
    count, summed = len(window), config.aggregation == "sum"
    weights = replay.weights[frame, probe, -count:, -count:].astype(np.float32)
    column_weights = weights.sum(0) / (1 if summed else count)
    nothing_masked = config.mask == "none" or (config.mask == "before" and count == 1)
    top, target = held(replay.top[frame, probe]), int(replay.targets[probe])
    rank, first = float(replay.ranks[frame, probe]), replay.ranks[0, probe]
    most = int(column_weights.argmax())
    looked = (
        f"{quoted(run, window[most])} is looked at most, {number(float(column_weights[most]))} "
        f"{'in all' if summed else 'on average'}, where the even share is {number(1 if summed else 1 / count)}"
        if weights.any()
        else "nothing is looked at, since the mask takes what a single item gives itself"
    )
    began = "" if frame == 0 else f"; it began at {first:g}"
    return ReplayMoment(
        epoch=int(replay.epochs[frame]),
        window=window,
        ids=tuple(data.item_ids[item] for item in window),
        titles=tuple(data.titles[item] for item in window),
        weights=weights,
        masked=np.eye(count, dtype=bool) & (not nothing_masked),
        column_weights=column_weights,
        top=tuple(top.tolist()),
        top_titles=tuple(data.titles[item] for item in top),
        distances=tuple(replay.distances[frame, probe][: len(top)].tolist()),
        is_target=tuple((top == target).tolist()),
        target=target,
        rank=rank,
        sentence=f"{when(replay, frame)} {looked}; {quoted(run, target)}, which really came next, stands at rank "
        f"{rank:g}{began}.",
    )


def held(items: np.ndarray) -> np.ndarray:
    """Without the places that hold no item."""
    return items[items >= 0]


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
    frame, person = frame_of(replay, epoch), data.user_ids[replay.probes[probe].user]
    items = (replay.short_items if space == "short" else replay.long_items)[frame]
    point = path_of(replay, space, probe)[frame : frame + 1].astype(np.float32)
    users = None
    if space == "short":
        mine = "intent", Points("m", point, ("m",), ("",))
    else:
        mine = "user", Points(person, point, (person,), (person,))
        names = tuple(data.user_ids[user] for user in replay.users)
        users = Points("users", replay.long_users[frame].astype(np.float32), names, names)
    return ReplayMap(
        epoch=int(replay.epochs[frame]),
        items=points_of(run, items, replay.items, "items"),
        users=users,
        marks=(
            ("window", points_of(run, items, held(replay.windows[probe]), "in the window")),
            ("top", points_of(run, items, held(replay.top[frame, probe]), "recommended")),
            ("target", points_of(run, items, replay.targets[probe : probe + 1], "really came next")),
            mine,
        ),
        limits=limits_of(run, space),
        sentence=map_sentence(run, space, probe, frame),
    )


def path_of(replay: Replay, space: str, probe: int) -> np.ndarray:
    """(F, 2) m of the person in the short-term space, U in the long-term one."""
    if space == "short":
        return replay.intents[:, probe]
    return replay.long_users[:, np.searchsorted(replay.users, replay.probes[probe].user)]


def points_of(run: Run, coordinates: np.ndarray, items: Sequence[int], name: str) -> Points:
    """Those of the items that are drawn at all; all of the window and the target are. coordinates: of drawn items."""
    drawn, data = run.replay.items, run.interactions
    rows = np.minimum(np.searchsorted(drawn, items), len(drawn) - 1)
    there = drawn[rows] == items
    named = items[there]
    titles, ids = (tuple(names[item] for item in named) for names in (data.titles, data.item_ids))
    return Points(name, coordinates[rows[there]].astype(np.float32), titles, ids)


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
    items = replay.short_items if space == "short" else replay.long_items
    who = "m" if space == "short" else f"“{short(run.interactions.user_ids[replay.probes[probe].user])}”"
    path, best = path_of(replay, space, probe).astype(float), frame_of(replay, replay.best)
    gap = number(float(np.linalg.norm(path[frame] - path[best])))
    end = f"{who} is where it is in the model" if frame == best else f"{who} is {gap} from where it ends"
    moved = ""
    if frame > 0:
        steps = number(float(np.linalg.norm(items[frame].astype(float) - items[frame - 1], axis=1).mean()))
        moved = f"; the items have moved by {steps} on average since epoch {replay.epochs[frame - 1]}"
    return f"{when(replay, frame)} {end} on this map{moved}. All epochs are seen along the same two axes."
