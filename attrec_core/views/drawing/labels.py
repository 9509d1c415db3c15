"""Where a short text stands beside its mark, so that none hides another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

WIDE, NARROW = (880, 520), (330, 300)  # pixels of the plots for which labels are placed: width, height
LARGE = (560, 310)  # the same in a presenter's scene, whose type is large
BUTTONS = 28  # pixels at the right end of a plot, but for a narrow one, where its buttons are
LETTER, LINE = 6.9, 15  # pixels: a bold character of size 12, and its line
MERGE = 12  # marks nearer than this many pixels share one label
FARTHER = (1.0, 2.2, 3.6, 5.0)  # radii of its mark from which a text keeps away: near, else farther out
# Plotly's name of a place, and where the text's middle lies from the mark's, in half widths and in lines.
PLACES = {
    "top center": (0, 1),
    "bottom center": (0, -1),
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top right": (1, 1),
    "top left": (-1, 1),
    "bottom right": (1, -1),
    "bottom left": (-1, -1),
}
# Where a name that lies in the map may move to, in half widths and lines from its middle.
SHIFTS = [(across, up) for across in (0, 0.6, -0.6, 1.2, -1.2) for up in (0, 1.2, -1.2, 2.4, -2.4, 3.6, -3.6)]

Box = tuple[float, float, float, float]  # left, bottom, right, top
FAR = 10_000


@dataclass
class Label:
    """A text, in lines, at a mark: pixels of its middle, and half the mark's size, or how far the text keeps away."""

    x: float
    y: float
    radius: float
    text: str
    place: str = "top center"


@dataclass(frozen=True, eq=False)
class Screen:
    """A map as it just fits its room, in the middle of it, at the same scale on both axes."""

    low: np.ndarray  # (2,) the corner of the room, in units of the map
    scale: float  # pixels to a unit of the map

    @classmethod
    def of(cls, low: np.ndarray, high: np.ndarray, room: tuple[int, int] = WIDE) -> Screen:
        size = np.maximum(high - low, 1e-9)
        scale = float((np.array(room) / size).min())
        return cls(low - (np.array(room) / scale - size) / 2, scale)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) → (n, 2)"""
        return (points - self.low) * self.scale


def merge(places: np.ndarray, texts: list[str]) -> list[str]:
    """Marks (n, 2) in pixels that coincide get their letters together, at the first of them: "B, E"."""
    merged = list(texts)
    for first, later in combinations(range(len(places)), 2):
        if merged[first] and merged[later] and np.abs(places[first] - places[later]).max() < MERGE:
            merged[first], merged[later] = f"{merged[first]}, {merged[later]}", ""
    return merged


def arrange(labels: list[Label], marks: list[tuple[float, float, float]], width: int = WIDE[0]) -> list[Box]:
    """Gives each label the first of the eight places around its mark, near it or farther out, that is free, or the
    least covered one. Returns all boxes that are taken then.

    marks: (x, y, radius) of all that must not be covered. width: of the plot, beyond which a text would be cut off.
    """
    taken: list[Box] = [(x - r, y - r, x + r, y + r) for x, y, r in marks]
    taken += [(-FAR, -FAR, 0, FAR), (width, -FAR, FAR, FAR)]
    for label in labels:
        least, near = float("inf"), label.radius
        for far, place in product(FARTHER, PLACES):
            box = box_at(label, place, near * far)
            hidden = covered(box, taken)
            if hidden < least:  # the first of equals: a place is left only for a better one
                least, best = hidden, (place, near * far, box)
            if not hidden:
                break
        label.place, label.radius, box = best
        taken.append(box)
    return taken


def settle(x: float, y: float, half: float, line: float, taken: list[Box]) -> tuple[float, float] | None:
    """A name of 2 `half` by `line` pixels that lies in the map at (x, y): the first free place around there, which is
    then taken; None where there is none."""
    for across, up in SHIFTS:
        at = x + across * half, y + up * line
        box = at[0] - half, at[1] - line / 2, at[0] + half, at[1] + line / 2
        if not covered(box, taken):
            taken.append(box)
            return at
    return None


def covered(box: Box, taken: list[Box]) -> float:
    return sum(overlap(box, other) for other in taken)


def box_at(label: Label, place: str, radius: float | None = None) -> Box:
    """The text's box when it stands at this place."""
    across, up = PLACES[place]
    lines = label.text.split("<br>")
    half, line = max(map(len, lines)) * LETTER / 2, LINE * len(lines)
    # Plotly keeps a text off its mark by the radius and a quarter, and one pixel.
    away = (label.radius if radius is None else radius) * 1.25 + 1
    x = label.x + across * (away + half)
    y = label.y + up * (away + line / 2)
    return x - half, y - line / 2, x + half, y + line / 2


def overlap(first: Box, other: Box) -> float:
    """Shared area."""
    wide = min(first[2], other[2]) - max(first[0], other[0])
    high = min(first[3], other[3]) - max(first[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0
