"""A training epoch by epoch: its metrics, and one person's attention, list and map after each, with their sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.wording import quoted, short
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.replay import Replay
from attrec_core.runs.run import Run
from attrec_core.views.attention.records import AttentionRecord, levels
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.metric_space.records import Points
from attrec_core.views.replay.records import Limits, ReplayCurve, ReplayMap, ReplayMoment

MARGIN = 0.04  # around all points of all epochs, as a share of their extent
DIGITS = 3  # of a weight that travel


@dataclass(frozen=True, eq=False)
class ReplaySpace:
    """One metric space at F epochs, all seen from the same side; n items and m users are drawn, P people watched."""

    items: np.ndarray  # (F, n, 2)
    users: np.ndarray | None  # (F, m, 2) in the long-term space
    own: np.ndarray  # (F, P, 2) m of each person in the short-term space, U in the long-term one
    limits: Limits  # around every point of every epoch


def kept(run: Run) -> Replay:
    """The replay of a run that has one."""
    assert run.replay is not None
    return run.replay


def replay_curve(run: Run) -> ReplayCurve:
    """Loss, and the validation metrics that the search had at the same epoch: in the final fit the validation items are
    trained on."""
    replay, history = kept(run), run.history["epochs"]
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
    replay, data, config = kept(run), run.interactions, run.model_config
    frame = frame_of(replay, epoch)
    window, top, target = held(replay.windows[probe]), held(replay.top[frame, probe]), int(replay.targets[probe])
    count, summed = len(window), config.aggregation == "sum"
    weights = replay.weights[frame, probe, -count:, -count:].astype(np.float32)
    column_weights = weights.sum(0) / (1 if summed else count)
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
        attention=AttentionRecord(
            ids=[data.item_ids[item] for item in window],
            titles=[data.titles[item][:300] for item in window],
            colours=[item_colour(place) for place in range(count)],
            weights=weights.astype(float).round(DIGITS),
            column_weights=column_weights.astype(float).round(DIGITS),
            missing=max(1 - float(weights.sum()) / count, 0.0) if config.mask == "after" else 0.0,
            **levels(config, count),
        ),
        top=top.tolist(),
        distances=replay.distances[frame, probe, : len(top)].tolist(),
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


@cached
def space_of(run: Run, space: str) -> ReplaySpace:
    """space: "long" | "short"."""
    replay = kept(run)
    if space == "short":
        items, users, own = replay.short_items, None, replay.intents
        points = items, own
    else:
        items, users = replay.long_items, replay.long_users
        own = users[:, np.searchsorted(replay.users, [probe.user for probe in replay.probes])]
        points = items, users
    everything = np.concatenate([part.astype(np.float32).reshape(-1, 2) for part in points])
    low, high = everything.min(0), everything.max(0)
    room = MARGIN * np.maximum(high - low, 1e-6)
    (left, bottom), (right, top) = (low - room).tolist(), (high + room).tolist()
    return ReplaySpace(items, users, own, ((left, right), (bottom, top)))


def replay_map(run: Run, space: str, probe: int, epoch: int) -> ReplayMap:
    """Where everything lay in the `space` ("long" | "short") after an epoch, with what the person has to do with."""
    replay, points = kept(run), space_of(run, space)
    frame, person = frame_of(replay, epoch), run.interactions.user_ids[replay.probes[probe].user]
    own, label = ("intent", "m") if space == "short" else ("user", person)
    items = {
        "window": held(replay.windows[probe]),
        "top": held(replay.top[frame, probe]),
        "target": replay.targets[[probe]],
    }
    return ReplayMap(
        epoch=int(replay.epochs[frame]),
        items=points.items[frame],
        users=None if points.users is None else points.users[frame],
        marks=(
            *((kind, drawn_points(run, points.items[frame], those)) for kind, those in items.items()),
            (own, Points(points.own[frame, [probe]], (label,))),
        ),
        limits=points.limits,
        sentence=map_sentence(run, space, probe, frame),
    )


def drawn_points(run: Run, coordinates: np.ndarray, items: np.ndarray) -> Points:
    """Those of the items that are drawn at all; all of the window and the target are. coordinates: of drawn items."""
    rows = rows_of(kept(run), items)
    titles = tuple(run.interactions.titles[item] for item in items[rows >= 0])
    return Points(coordinates[held(rows)], titles)


def rows_of(replay: Replay, items: np.ndarray) -> np.ndarray:
    """Which of the drawn points these items are; −1 for one that is not drawn."""
    rows = np.minimum(np.searchsorted(replay.items, items), len(replay.items) - 1)
    return np.where(replay.items[rows] == items, rows, -1)


def map_sentence(run: Run, space: str, probe: int, frame: int) -> str:
    replay, points = kept(run), space_of(run, space)
    who = "m" if space == "short" else f"“{short(run.interactions.user_ids[replay.probes[probe].user])}”"
    path, best = points.own[:, probe].astype(float), frame_of(replay, replay.best)
    gap = number(float(np.linalg.norm(path[frame] - path[best])))
    end = f"{who} is where it is in the model" if frame == best else f"{who} is {gap} from where it ends"
    moved = ""
    if frame > 0:
        steps = points.items[frame].astype(float) - points.items[frame - 1]
        length = number(float(np.linalg.norm(steps, axis=1).mean()))
        moved = f"; the items have moved by {length} on average since epoch {replay.epochs[frame - 1]}"
    return f"{when(replay, frame)} {end} on this map{moved}. All epochs are seen along the same two axes."
