"""A training epoch by epoch: its metrics, and one user's attention, list and map after each, with their sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.attention import levels, uniform
from attrec_core.explain.wording import quoted, short
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.replay import Replay
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.maps import Points
from attrec_core.views.moment.records import AttentionRecord
from attrec_core.views.replay.records import Limits, ReplayCurve, ReplayMap, ReplayMoment

MARGIN = 0.04  # around all points of all epochs, as a share of their extent
DIGITS = 3  # digits of a weight that are sent


@dataclass(frozen=True, eq=False)
class ReplaySpace:
    """One metric space at F epochs, projected on the same axes. n items and m users are drawn; P users are followed."""

    items: np.ndarray  # (F, n, 2)
    users: np.ndarray | None  # (F, m, 2) in the long-term space
    own: np.ndarray  # (F, P, 2) m of each followed user in the item space, U in the user space
    limits: Limits  # around every point of every epoch


def replay_of(run: Run) -> Replay:
    """The replay of a run that has one."""
    assert run.replay is not None
    return run.replay


def replay_curve(run: Run) -> ReplayCurve:
    """The loss, and the validation metrics of the search at the same epoch, because the final fit trains on the
    validation items."""
    replay, history = replay_of(run), run.history["epochs"]
    epochs = [epoch for epoch in history if epoch["phase"] == replay.phase]
    searched = {epoch["epoch"]: epoch["validation"] for epoch in history if epoch["validation"]}
    metrics = [searched.get(epoch["epoch"], {}) for epoch in epochs]
    return ReplayCurve(
        epochs=np.array([epoch["epoch"] for epoch in epochs]),
        losses=np.array([epoch["loss"] for epoch in epochs], float),
        hr50=np.array([metrics_of_epoch.get("hr@50", np.nan) for metrics_of_epoch in metrics], float),
        mrr=np.array([metrics_of_epoch.get("mrr", np.nan) for metrics_of_epoch in metrics], float),
        kept=replay.epochs,
        best=replay.best,
    )


def frame_of(replay: Replay, epoch: int) -> int:
    """The stored frame of that epoch, or the last stored frame before it."""
    return max(int(np.searchsorted(replay.epochs, epoch, side="right")) - 1, 0)


def replay_moment(run: Run, probe: int, epoch: int) -> ReplayMoment:
    """Attention and list of the user `probe` (counted from 0 in `replay.probes`) after an epoch."""
    replay, data, config = replay_of(run), run.interactions, run.model_config
    frame = frame_of(replay, epoch)
    window, top = without_padding(replay.windows[probe]), without_padding(replay.top[frame, probe])
    target = int(replay.targets[probe])
    count, summed = len(window), config.aggregation == "sum"
    weights = replay.weights[frame, probe, -count:, -count:].astype(np.float32)
    column_weights = weights.sum(0) / (1 if summed else count)
    rank, first = float(replay.ranks[frame, probe]), replay.ranks[0, probe]
    top_position = int(column_weights.argmax())
    attended = (
        f"{quoted(run, window[top_position])} gets the most attention: {percent(float(column_weights[top_position]))} "
        f"{'in total' if summed else 'on average'} (uniform: {percent(uniform(config, count)[1])})"
        if weights.any()
        else "no item gets attention, because the mask removes the attention of a single item to itself"
    )
    rank_before = "" if frame == 0 else f" (before training: {ordinal(first)})"
    return ReplayMoment(
        epoch=int(replay.epochs[frame]),
        attention=AttentionRecord(
            ids=[data.item_ids[item] for item in window],
            titles=[data.titles[item][:300] for item in window],
            colours=[item_colour(position) for position in range(count)],
            weights=weights.astype(float).round(DIGITS),
            column_weights=column_weights.astype(float).round(DIGITS),
            missing=max(1 - float(weights.sum()) / count, 0.0) if config.mask == "after" else 0.0,
            **levels(config, count),
        ),
        top=top.tolist(),
        distances=replay.distances[frame, probe, : len(top)].tolist(),
        target=target,
        rank=rank,
        sentence=f"{when(replay, frame)}, {attended}. The actual next item, {quoted(run, target)}, is ranked "
        f"{ordinal(rank)}{rank_before}.",
    )


def first_sentence(run: Run, moment: ReplayMoment) -> str:
    titles = run.interactions.titles
    return f"Recommended first: “{titles[moment.top[0]]}”." if moment.top else "There are no candidates."


def without_padding(items: np.ndarray) -> np.ndarray:
    """Drops the padding, which is negative."""
    return items[items >= 0]


def when(replay: Replay, frame: int) -> str:
    """The moment of a frame, such as “After epoch 5 of 12”."""
    epoch = int(replay.epochs[frame])
    if epoch == 0:
        return "Before training"
    return f"After epoch {epoch} of {int(replay.epochs[-1])}{' (this run)' if epoch == replay.best else ''}"


@cached
def space_of(run: Run, space: str) -> ReplaySpace:
    """The drawn points of a space ("long" | "short") and their limits."""
    replay = replay_of(run)
    if space == "short":
        items, users, followed = replay.short_items, None, replay.intents
        points = items, followed
    else:
        items, users = replay.long_items, replay.long_users
        followed = users[:, np.searchsorted(replay.users, [probe.user for probe in replay.probes])]
        points = items, users
    everything = np.concatenate([part.astype(np.float32).reshape(-1, 2) for part in points])
    low, high = everything.min(0), everything.max(0)
    room = MARGIN * np.maximum(high - low, 1e-6)
    (left, bottom), (right, top) = (low - room).tolist(), (high + room).tolist()
    return ReplaySpace(items, users, followed, ((left, right), (bottom, top)))


def replay_map(run: Run, space: str, probe: int, epoch: int) -> ReplayMap:
    """All points of the `space` ("long" | "short") after an epoch, with the marks of one user."""
    replay, points = replay_of(run), space_of(run, space)
    frame, user = frame_of(replay, epoch), run.interactions.user_ids[replay.probes[probe].user]
    own_kind, label = ("intent", "m") if space == "short" else ("user", user)
    items = {
        "window": without_padding(replay.windows[probe]),
        "top": without_padding(replay.top[frame, probe]),
        "target": replay.targets[[probe]],
    }
    return ReplayMap(
        epoch=int(replay.epochs[frame]),
        items=points.items[frame],
        users=None if points.users is None else points.users[frame],
        marks=(
            *((kind, drawn_points(run, points.items[frame], indices)) for kind, indices in items.items()),
            (own_kind, Points(points.own[frame, [probe]], (label,))),
        ),
        limits=points.limits,
        sentence=map_sentence(run, space, probe, frame),
    )


def drawn_points(run: Run, coordinates: np.ndarray, items: np.ndarray) -> Points:
    """Those of the items that are drawn; the window and the target always are. coordinates: of all drawn items."""
    rows = rows_of(replay_of(run), items)
    titles = tuple(run.interactions.titles[item] for item in items[rows >= 0])
    return Points(coordinates[without_padding(rows)], titles)


def rows_of(replay: Replay, items: np.ndarray) -> np.ndarray:
    """The rows of these items among the drawn points; −1 for an item that is not drawn."""
    rows = np.minimum(np.searchsorted(replay.items, items), len(replay.items) - 1)
    return np.where(replay.items[rows] == items, rows, -1)


def map_sentence(run: Run, space: str, probe: int, frame: int) -> str:
    replay, points = replay_of(run), space_of(run, space)
    name = "m" if space == "short" else f"“{short(run.interactions.user_ids[replay.probes[probe].user])}”"
    path, best = points.own[:, probe].astype(float), frame_of(replay, replay.best)
    gap = number(float(np.linalg.norm(path[frame] - path[best])))
    end = f"{name} is at its final position" if frame == best else f"{name} is {gap} from its final position"
    moved = ""
    if frame > 0:
        steps = points.items[frame].astype(float) - points.items[frame - 1]
        length = number(float(np.linalg.norm(steps, axis=1).mean()))
        moved = f"; items have moved {length} on average since epoch {replay.epochs[frame - 1]}"
    return f"{when(replay, frame)}, {end} on this map{moved}. All epochs are drawn on the same two axes."
