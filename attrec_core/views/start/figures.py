"""One picture of the whole model: the window, its attention, m, the user's taste U, and the nearest items."""

from __future__ import annotations

from dataclasses import dataclass

from attrec_core.views.drawing.svg import box, hatch, svg, text, titled
from attrec_core.views.drawing.theme import LONG, SHORT, number


@dataclass(frozen=True)
class Story:
    """What the picture of the first page shows, in words and numbers."""

    user: bool
    window: tuple[str, ...]  # titles, oldest first
    weights: tuple[float, ...]  # w of each
    nearest: tuple[tuple[str, float, float], ...]  # title, short part, long part
    sentence: str


ROW, TOP = 46, 34  # heights in the drawing's own units


@dataclass(frozen=True)
class Layout:
    """Where things stand, from left to right, in the drawing's own units."""

    width: int
    left: int  # where titles of the window end and ribbons begin
    middle: int  # centre of m
    right: int  # where the nearest items begin
    letters: int  # of a title that fit
    words: tuple[str, str]  # below m and below U; no wider than what no line crosses
    keys: tuple[tuple[float, float], tuple[float, float]]  # where the two entries of the legend stand

    @property
    def hatching(self) -> str:
        """Both drawings lie in one page, and a hatching in the one that is not shown would not be drawn."""
        return f"attrec-story-long-{self.width}"

    @property
    def long_part(self) -> str:
        return f"url(#{self.hatching})"


WIDE = Layout(
    720,
    left=200,
    middle=380,
    right=500,
    letters=26,
    words=("short-term intent", "long-term taste"),
    keys=((120, 0), (420, 0)),
)
NARROW = Layout(390, left=122, middle=190, right=240, letters=16, words=("intent", "taste"), keys=((60, 0), (60, 20)))


def picture(record: Story, at: Layout) -> str:
    """An SVG of the record: ribbons as wide as the attention, then the nearest items with their two parts.

    Text and lines take the page's text colour, so that it fits light and dark. All foreign text is escaped.
    """
    rows = max(len(record.window), len(record.nearest), 3)
    foot = TOP + rows * ROW + 14
    centre = TOP + rows * ROW / 2
    short, long = at.words
    parts = [
        f"<defs>{hatch(at.hatching, '#9C6500', LONG)}</defs>",
        text(at.left - 8, 16, "recent, oldest first", 12, "end", quiet=True),
        text(at.right + 8, 16, "nearest next items", 12, quiet=True),
        *window_side(record, at, centre),
        *nearest_side(record, at, centre),
        disc(at.middle, centre, 23, SHORT, "m", short),
        *([disc(at.middle, centre + 66, 19, LONG, "U", long)] if record.user else []),
        *legend(record, at, foot),
    ]
    return svg(at.width, foot + at.keys[1][1] + 16, record.sentence, parts)


def rows_around(centre: float, count: int) -> list[float]:
    """The height of each row."""
    return [centre + (row - (count - 1) / 2) * ROW for row in range(count)]


def window_side(record: Story, at: Layout, centre: float) -> list[str]:
    """Titles at the left, below each its weight, and a ribbon to m, as wide as the weight."""
    ribbons, texts = [], []
    most, bend = max([*record.weights, 1e-9]), (at.left + at.middle) / 2
    rows = rows_around(centre, len(record.window))
    for y, title, weight in zip(rows, record.window, record.weights, strict=True):
        ribbons.append(
            f'<path d="M{at.left} {y} C{bend} {y} {bend} {centre} {at.middle - 22} {centre}" fill="none" '
            f'stroke="{SHORT}" stroke-opacity=".55" stroke-width="{1 + 18 * weight / most:.1f}"/>'
        )
        texts.append(titled(at.left - 8, y, title, at.letters, "end"))
        texts.append(text(at.left - 8, y + 14, number(weight), 11, "end", quiet=True))
    return ribbons + texts


def nearest_side(record: Story, at: Layout, centre: float) -> list[str]:
    """The nearest items at the right, each with its distance as one bar of a short and a long part."""
    parts, rows = [], rows_around(centre, len(record.nearest))
    farthest = max([near + far for _, near, far in record.nearest] + [1e-9])
    scale, x = (at.width - at.right - 50) / farthest, at.right + 8
    for place, (y, (title, near, far)) in enumerate(zip(rows, record.nearest, strict=True), 1):
        line = f"M{at.middle + 24} {centre} L{at.right} {y}"
        parts.append(f'<path d="{line}" stroke="currentColor" stroke-opacity=".3" fill="none"/>')
        parts.append(titled(x, y - 2, f"{place}  {title}", at.letters, "start"))
        parts.append(box(x, y + 4, near * scale, 8, SHORT))
        parts.append(box(x + near * scale, y + 4, far * scale, 8, at.long_part))
        parts.append(text(x + 6 + (near + far) * scale, y + 12, number(near + far, 3), 11, quiet=True))
    return parts


def legend(record: Story, at: Layout, y: float) -> list[str]:
    """Which part of a bar is which."""
    named = ((SHORT, "short-term part: distance to m"), (at.long_part, "long-term part: distance to U"))
    places = zip(named, at.keys, strict=True) if record.user else zip(named[:1], at.keys, strict=False)
    return [
        part
        for (colour, words), (x, below) in places
        for part in (box(x, y + below, 16, 8, colour), text(x + 22, y + below + 8, words, 11, quiet=True))
    ]


def disc(x: float, y: float, radius: float, colour: str, sign: str, words: str) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>'
        f'<text x="{x}" y="{y + 5}" font-size="15" font-weight="600" fill="#fff" text-anchor="middle">{sign}</text>'
        + text(x, y + radius + 14, words, 11, "middle", quiet=True)
    )
