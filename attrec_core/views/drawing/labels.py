"""Places short texts beside their marks so that no text hides another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

WIDE, NARROW = (880, 520), (330, 300)  # pixels of the plots for which labels are placed: width, height
LARGE = (560, 310)  # the same in a presenter's scene, whose type is large
BUTTONS = 28  # pixels at the right end of a plot, where its buttons are; a narrow plot has none there
LETTER, LINE = 6.9, 15  # pixels: a bold character of size 12, and its line
MERGE = 12  # marks nearer than this many pixels share one label
FARTHER = (1.0, 2.2, 3.6, 5.0)  # distances of a text from its mark, in radii of the mark: near first, then farther out
# Plotly's name of a place → the offset of the text's middle from the mark's middle, in half widths and in lines.
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
# How far a name inside the map may move from its middle, in half widths and in lines.
SHIFTS = [(across, up) for across in (0, 0.6, -0.6, 1.2, -1.2) for up in (0, 1.2, -1.2, 2.4, -2.4, 3.6, -3.6)]

Box = tuple[float, float, float, float]  # left, bottom, right, top
FAR = 10_000


@dataclass
class Label:
    """A text, in lines, at a mark, in pixels: the mark's middle, and half its size or how far the text keeps away."""

    x: float
    y: float
    radius: float
    text: str
    place: str = "top center"


@dataclass(frozen=True, eq=False)
class Screen:
    """A map that just fits its room, centred, at the same scale on both axes."""

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
    """Joins the letters of marks (n, 2), in pixels, that coincide, and puts them at the first of the marks: "B, E"."""
    merged = list(texts)
    for first, later in combinations(range(len(places)), 2):
        if merged[first] and merged[later] and np.abs(places[first] - places[later]).max() < MERGE:
            merged[first], merged[later] = f"{merged[first]}, {merged[later]}", ""
    return merged


def arrange(labels: list[Label], marks: list[tuple[float, float, float]], width: int = WIDE[0]) -> list[Box]:
    """Gives each label the first free one of the eight places around its mark, near it or farther out, or else the
    least covered place. Returns all boxes that are then taken.

    marks: (x, y, radius) of everything that must not be covered. width: of the plot; beyond it a text is cut off.
    """
    taken: list[Box] = [(x - r, y - r, x + r, y + r) for x, y, r in marks]
    taken += [(-FAR, -FAR, 0, FAR), (width, -FAR, FAR, FAR)]
    for label in labels:
        least, radius = float("inf"), label.radius
        for factor, place in product(FARTHER, PLACES):
            box = box_at(label, place, radius * factor)
            hidden = covered(box, taken)
            if hidden < least:  # of equally good places, the first stays
                least, best = hidden, (place, radius * factor, box)
            if not hidden:
                break
        label.place, label.radius, box = best
        taken.append(box)
    return taken


def settle(x: float, y: float, half: float, line: float, taken: list[Box]) -> tuple[float, float] | None:
    """Returns the first free middle at or around (x, y) for a name of 2 `half` by `line` pixels, and takes it."""
    for across, up in SHIFTS:
        middle = x + across * half, y + up * line
        box = middle[0] - half, middle[1] - line / 2, middle[0] + half, middle[1] + line / 2
        if not covered(box, taken):
            taken.append(box)
            return middle
    return None


def covered(box: Box, taken: list[Box]) -> float:
    return sum(overlap(box, taken_box) for taken_box in taken)


def box_at(label: Label, place: str, radius: float | None = None) -> Box:
    across, up = PLACES[place]
    lines = label.text.split("<br>")
    half, line = max(map(len, lines)) * LETTER / 2, LINE * len(lines)
    # Plotly keeps a text away from its mark by 1.25 radii and one pixel.
    distance = (label.radius if radius is None else radius) * 1.25 + 1
    x = label.x + across * (distance + half)
    y = label.y + up * (distance + line / 2)
    return x - half, y - line / 2, x + half, y + line / 2


def overlap(first: Box, other: Box) -> float:
    wide = min(first[2], other[2]) - max(first[0], other[0])
    high = min(first[3], other[3]) - max(first[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0
