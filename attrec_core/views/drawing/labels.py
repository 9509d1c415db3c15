"""Where a short text stands beside its mark, so that none hides another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations

import numpy as np

WIDE, NARROW = (600, 420), (330, 300)  # pixels of a plot that labels are laid out for: width, height
LETTER, LINE = 6.4, 14  # pixels: a bold character of size 11, and its line
MERGE = 12  # marks nearer than this many pixels share one label
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

Box = tuple[float, float, float, float]  # left, bottom, right, top
FAR = 10_000


@dataclass
class Label:
    """A text at a mark: pixels of its middle, and half the mark's size."""

    x: float
    y: float
    radius: float
    text: str
    place: str = "top center"


def on_screen(everything: np.ndarray, points: np.ndarray, room: tuple[int, int] = WIDE) -> np.ndarray:
    """points (n, 2) → pixels, where `everything` (N, 2) just fits, at the same scale on both axes."""
    low, high = everything.min(0), everything.max(0)
    scale = (np.array(room) / np.maximum(high - low, 1e-9)).min()
    return (points - low) * scale


def merge(places: np.ndarray, texts: list[str]) -> list[str]:
    """Marks (n, 2) in pixels that coincide get their numbers together, at the first of them: "2, 5"; the others none.

    Words stay apart: `arrange` spreads them.
    """
    merged = list(texts)
    for first, later in combinations(range(len(places)), 2):
        numbers = merged[first] and merged[later] and not re.search("[^0-9, ]", merged[first] + merged[later])
        if numbers and np.abs(places[first] - places[later]).max() < MERGE:
            merged[first], merged[later] = f"{merged[first]}, {merged[later]}", ""
    return merged


def arrange(labels: list[Label], marks: list[tuple[float, float, float]], width: int = WIDE[0]) -> None:
    """Gives each label the first of the eight places around its mark that is free, or the least covered one.

    marks: (x, y, radius) of all that must not be covered. width: of the plot, beyond which a text would be cut off.
    """
    taken: list[Box] = [(x - r, y - r, x + r, y + r) for x, y, r in marks]
    taken += [(-FAR, -FAR, 0, FAR), (width, -FAR, FAR, FAR)]
    for label in labels:
        boxes = {place: box_at(label, place) for place in PLACES}
        # min takes the first of equals, so a place is left only for a better one.
        label.place = min(boxes, key=lambda place: sum(overlap(boxes[place], other) for other in taken))
        taken.append(boxes[label.place])


def box_at(label: Label, place: str) -> Box:
    """The text's box when it stands at this place."""
    across, up = PLACES[place]
    half = len(label.text) * LETTER / 2
    # Plotly keeps a text off its mark by the radius and a quarter, and one pixel.
    away = label.radius * 1.25 + 1
    x = label.x + across * (away + half)
    y = label.y + up * (away + LINE / 2)
    return x - half, y - LINE / 2, x + half, y + LINE / 2


def overlap(first: Box, other: Box) -> float:
    """Shared area."""
    wide = min(first[2], other[2]) - max(first[0], other[0])
    high = min(first[3], other[3]) - max(first[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0
