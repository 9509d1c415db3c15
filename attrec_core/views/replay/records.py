"""A training epoch by epoch: its metrics, and one user's attention, list and map after each, with their drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, isnan

import numpy as np
import pandas as pd

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.attention import levels
from attrec_core.explain.wording import letter, quoted, short
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.replay import Replay
from attrec_core.runs.run import Run
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.svg import svg, text
from attrec_core.views.drawing.theme import ITEMS, LONG, SELECTED, SHORT, TARGET, TOP
from attrec_core.views.maps import Points
from attrec_core.views.moment.attention import BAR_NAMES, AttentionRecord, matrix_table

MARGIN = 0.04  # around all points of all epochs, as a share of their extent
DIGITS = 3  # digits of a weight that are sent
KINDS = {  # kind of mark → its name in the table, and below the map
    "window": ("in the window", "items of the window"),
    "top": ("recommended", "recommended"),
    "target": ("actual next item", "actual next item"),
    "intent": ("m", "m, the short-term intent"),
    "user": ("U", "U, the user"),
}
CURVES = (("losses", "loss (lower is better)"), ("hr50", "HR@50 (validation)"), ("mrr", "MRR (validation)"))
TALL, GAP, HEAD, FOOT = 84, 34, 20, 40  # heights of a panel, and between, above and below them, in the drawing's units
ROOM = 0.08  # above and below a curve, as a share of its extent
SIDE, KEY = 620, 96  # the side of the map, and the height of the key of its marks below it

STAR = "M0-11L3-4L11-3L5 2L7 10L0 6L-7 10L-5 2L-11-3L-3-4Z"

Limits = tuple[tuple[float, float], tuple[float, float]]  # of x and of y: from, to


@dataclass(frozen=True, eq=False)
class ReplayCurve:
    """The metrics of every epoch of the replayed phase, and the stored epochs."""

    epochs: np.ndarray  # (E,) int, from 1
    losses: np.ndarray  # (E,)
    hr50: np.ndarray  # (E,) on the validation items, at that epoch of the search; NaN if there is none
    mrr: np.ndarray  # (E,)
    kept: np.ndarray  # (F,) stored epochs, which can be shown, from 0
    best: int

    @property
    def last(self) -> int:
        return int(self.epochs[-1]) if len(self.epochs) else 1

    def table(self, epoch: int) -> pd.DataFrame:
        """One row per epoch, with marks for the epoch shown, the epoch of the run, and the epochs that were not
        kept."""
        marks = {int(number): "not kept" for number in self.epochs if number not in self.kept}
        marks[int(self.best)] = "this run"
        marks[epoch] = "shown, this run" if epoch == self.best else "shown"
        columns = {
            "epoch": self.epochs,
            "loss": self.losses.round(4),
            "HR@50": self.hr50.round(4),
            "MRR": self.mrr.round(4),
            "mark": [marks.get(int(number), "") for number in self.epochs],
        }
        return pd.DataFrame(columns)


@dataclass(frozen=True, eq=False)
class ReplayMoment:
    epoch: int
    attention: AttentionRecord  # in the window
    top: Sequence[int]  # indices of the recommendations, by rank
    distances: Sequence[float]  # of the recommendations
    target: int  # the actual next item
    rank: float  # of the target
    sentence: str

    def table(self) -> pd.DataFrame:
        """The matrix; the last row is the average or total attention."""
        record = self.attention
        table = matrix_table(record.titles, record.weights, record.masked)
        table.loc[len(table)] = [BAR_NAMES[record.counts], *record.column_weights]
        table.attrs["narrow"] = True  # it is in a column as wide as a third of the page
        return table


@dataclass(frozen=True, eq=False)
class ReplayMap:
    """One space after one epoch, within limits that hold for all epochs, so that only the points move."""

    epoch: int
    items: np.ndarray  # (n, 2)
    users: np.ndarray | None  # (m, 2) in the long-term space
    marks: tuple[tuple[str, Points], ...]  # (kind, points); kind: window | intent | user | top | target
    limits: Limits
    sentence: str

    def table(self) -> pd.DataFrame:
        """The coordinates of the marks on the map."""
        rows = [
            (KINDS[kind][0], label, round(float(x), 3), round(float(y), 3))
            for kind, points in self.marks
            for label, (x, y) in zip(points.labels, points.coordinates, strict=True)
        ]
        return pd.DataFrame(rows, columns=["what", "title", "x", "y"])


@dataclass(frozen=True, eq=False)
class ReplaySpace:
    """One metric space at F epochs, projected on the same axes. n items and m users are drawn; P users are followed."""

    items: np.ndarray  # (F, n, 2)
    users: np.ndarray | None  # (F, m, 2) in the long-term space
    own: np.ndarray  # (F, P, 2) m of each followed user in the item space, U in the user space
    limits: Limits  # around every point of every epoch


def replay_of(run: Run) -> Replay:
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
    matrix = levels(config, count)
    rows = 1 if summed else count  # the average attention is over all rows
    weights = replay.weights[frame, probe, -count:, -count:].astype(np.float32)
    # Not to DIGITS, else the picture would round 16.49 % to 17 % and the sentence to 16 %.
    column_weights = (weights.sum(0) / rows).astype(float).round(2 * DIGITS)
    rank, first = float(replay.ranks[frame, probe]), replay.ranks[0, probe]
    top_position = int(column_weights.argmax())
    attended = (
        f"{quoted(run, window[top_position])} gets the most attention: {percent(float(column_weights[top_position]))} "
        f"{'in total' if summed else 'on average'} (uniform: {percent(matrix['uniform_column'])})"
        if weights.any()
        else "no item gets attention, because the mask removes the attention of a single item to itself"
    )
    rank_before = "" if frame == 0 else f" (before training: {ordinal(first)})"
    return ReplayMoment(
        epoch=int(replay.epochs[frame]),
        attention=AttentionRecord(
            ids=[data.item_ids[item] for item in window],
            titles=[data.titles[item][:300] for item in window],
            hues=list(range(count)),
            weights=weights.astype(float).round(DIGITS),
            column_weights=column_weights,
            missing=max((count - float(weights.sum())) / rows, 0.0) if config.mask == "after" else 0.0,
            **matrix,
        ),
        top=top.tolist(),
        distances=replay.distances[frame, probe, : len(top)].tolist(),
        target=target,
        rank=rank,
        sentence=f"{when(replay, frame)}, {attended}. The actual next item, {quoted(run, target)}, is ranked "
        f"{ordinal(rank)}{rank_before}.",
    )


def without_padding(items: np.ndarray) -> np.ndarray:
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


@dataclass(frozen=True)
class CurveLayout:
    """The position of the curves, in the drawing's own units."""

    width: int
    left: int
    right: int

    def across(self, curve: ReplayCurve, epoch: float) -> float:
        """The x of an epoch: epoch 0 on the left, the last epoch on the right."""
        return self.left + (self.right - self.left) * epoch / curve.last


WIDE, NARROW = CurveLayout(560, 46, 548), CurveLayout(350, 46, 340)
LAYOUTS = (WIDE, NARROW)


def curves(curve: ReplayCurve, at: CurveLayout, epoch: int | None = None) -> str:
    """An SVG of three panels over the same epochs. epoch: the epoch shown, marked by a line in a group that the browser
    moves; None draws no line."""
    bottom = HEAD + len(CURVES) * TALL + (len(CURVES) - 1) * GAP
    parts = [part for index, (name, caption) in enumerate(CURVES) for part in panel(curve, at, name, caption, index)]
    x = at.across(curve, curve.best)
    look = 'stroke="currentColor" stroke-dasharray="4 4" opacity=".55" fill="none"'
    parts.append(f'<path d="M{x:.1f} {HEAD}V{bottom}" {look}/>')
    ticks = range(0, curve.last + 1, ceil(curve.last / 8))
    parts += [text(at.across(curve, tick), bottom + 15, str(tick), 12, "middle", quiet=True) for tick in ticks]
    parts.append(text((at.left + at.right) / 2, bottom + 33, "epoch (dashed: this run)", 12, "middle"))
    if epoch is not None:
        parts.append(
            f'<g class="now" transform="translate({at.across(curve, epoch):.1f} 0)">'
            f'<path d="M0 {HEAD - 4}V{bottom + 3}" stroke="{SELECTED}" stroke-width="2.5"/>'
            f'<circle cx="0" cy="{HEAD - 4}" r="5" fill="{SELECTED}"/></g>'
        )
    return svg(at.width, bottom + FOOT, "Loss, HR@50 and MRR by epoch", parts)


def panel(curve: ReplayCurve, at: CurveLayout, name: str, caption: str, index: int) -> list[str]:
    """One curve, labelled with its lowest and its highest value."""
    values = dict(zip(curve.epochs.tolist(), getattr(curve, name).tolist(), strict=True))
    values = {epoch: value for epoch, value in values.items() if not isnan(value)}
    top = HEAD + index * (TALL + GAP)
    parts = [
        text(at.left, top - 6, caption, 12),
        f'<path d="M{at.left} {top}V{top + TALL}H{at.right}" stroke="currentColor" opacity=".35" fill="none"/>',
    ]
    if not values:
        return [*parts, text((at.left + at.right) / 2, top + TALL / 2, "not recorded", 12, "middle", quiet=True)]
    low, high = min(values.values()), max(values.values())
    room = ROOM * max(high - low, 1e-9)
    points, circles, heights = [], [], {}
    for epoch, value in values.items():
        x, y = at.across(curve, epoch), top + TALL * (1 - (value - low + room) / (high - low + 2 * room))
        hover = f"<title>epoch {epoch}: {number(value, 3)}</title>"
        points.append(f"{x:.1f} {y:.1f}")
        circles.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="currentColor">{hover}</circle>')
        heights[number(value, 2)] = y
    parts.append(f'<path d="M{"L".join(points)}" stroke="currentColor" stroke-width="1.8" fill="none"/>')
    ends = dict.fromkeys((number(high, 2), number(low, 2)))  # one label if they read the same
    return [*parts, *circles, *(text(at.left - 6, heights[end] + 4, end, 12, "end", quiet=True) for end in ends)]


def space_map(record: ReplayMap) -> str:
    """An SVG of the map after one epoch: all points faint, the marks of the user on top."""
    (left, right), (bottom, top) = record.limits
    scale = SIDE / max(right - left, top - bottom)

    def at(point: np.ndarray) -> tuple[float, float]:
        return (float(point[0]) - left) * scale, (top - float(point[1])) * scale

    wide, high = (right - left) * scale, (top - bottom) * scale
    parts = [
        f'<rect width="{wide:.1f}" height="{high:.1f}" fill="none" stroke="currentColor" opacity=".35"/>',
        *(dot(at(point), 1.7, ".5") for point in (() if record.users is None else record.users)),
        *(dot(at(point), 3, ".55") for point in record.items),
    ]
    for kind, points in record.marks:
        for index, (point, label) in enumerate(zip(points.coordinates, points.labels, strict=True)):
            parts.append(mark(kind, at(point), index, label))
    for index, (kind, (_, caption)) in enumerate(KINDS.items()):
        x, y = 12 + (index % 3) * 200, high + 24 + (index // 3) * 26
        parts += [mark(kind, (x, y), 0, caption), text(x + 16, y + 4, caption, 12)]
    return svg(max(wide, SIDE), high + KEY, f"Map after epoch {record.epoch}", parts)


def dot(at: tuple[float, float], radius: float, opacity: str) -> str:
    x, y = at
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="currentColor" opacity="{opacity}"/>'


def mark(kind: str, at: tuple[float, float], index: int, label: str) -> str:
    """A shape for each kind, because colour alone must not carry the meaning."""
    colour = ITEMS[index % len(ITEMS)]
    badge = f'font-size="12" font-weight="700" text-anchor="middle" fill="{ink(colour)}"'
    shape = {
        "window": f'<rect x="-8" y="-8" width="16" height="16" fill="{colour}" stroke="{SHORT}"/>'
        f'<text y="4" {badge}>{letter(index)}</text>',
        "top": f'<circle r="7" fill="none" stroke="{TOP}" stroke-width="2.5"/>',
        "target": f'<path d="{STAR}" fill="{TARGET}" stroke="currentColor"/>',
        "intent": f'<path d="M-6-6L6 6M-6 6L6-6" stroke="{SHORT}" stroke-width="4.5"/>',
        "user": f'<path d="M0-9L9 0L0 9L-9 0Z" fill="{LONG}" stroke="currentColor"/>',
    }[kind]
    x, y = at
    return f'<g transform="translate({x:.1f} {y:.1f})">{shape}<title>{escape(label[:300])}</title></g>'
