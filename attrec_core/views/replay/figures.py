"""The figures of a replay: the training curves, and the map after one epoch."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil, isnan

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.svg import svg, text
from attrec_core.views.drawing.theme import ITEMS, LONG, SELECTED, SHORT, TARGET, TOP
from attrec_core.views.replay.records import ReplayCurve, ReplayMap

CURVES = (("losses", "loss (lower is better)"), ("hr50", "HR@50 (validation)"), ("mrr", "MRR (validation)"))
TALL, GAP, HEAD, FOOT = 84, 34, 20, 40  # heights of a panel, and between, above and below them, in the drawing's units
ROOM = 0.08  # above and below a curve, as a share of its extent
SIDE, KEY = 620, 96  # the side of the map, and the height of the key of its marks below it


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
    parts.append(
        f'<path d="M{x:.1f} {HEAD}V{bottom}" stroke="currentColor" stroke-dasharray="4 4" opacity=".55" fill="none"/>'
    )
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
    for index, (kind, caption) in enumerate(MEANINGS):
        x, y = 12 + (index % 3) * 200, high + 24 + (index // 3) * 26
        parts += [mark(kind, (x, y), 0, caption), text(x + 16, y + 4, caption, 12)]
    return svg(max(wide, SIDE), high + KEY, f"Map after epoch {record.epoch}", parts)


MEANINGS = (
    ("window", "items of the window"),
    ("top", "recommended"),
    ("target", "actual next item"),
    ("intent", "m, the short-term intent"),
    ("user", "U, the user"),
)


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


STAR = "M0-11L3-4L11-3L5 2L7 10L0 6L-7 10L-5 2L-11-3L-3-4Z"
