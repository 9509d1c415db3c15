"""A drawing of the whole model: the window, its attention, m, the long-term taste U, and the recommendations.

All positions are computed here. The page shows the same drawing with controls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from attrec_core.errors import number, ordinal, percent
from attrec_core.views.drawing.svg import INK, box, hatch, svg, text
from attrec_core.views.drawing.theme import LONG, SHORT, WIDER, letters_width, wrapped
from attrec_core.views.start.words import Story, WindowItem

TOP, GAP, BAR = 34, 10, 8  # top of the columns; gap between two entries; height of a bar
Column = list[tuple[list[str], float, float]]  # of each entry the lines of its title, its top and its height


@dataclass(frozen=True)
class StartLayout:
    """Positions and sizes, from left to right, in units of the drawing, which are pixels or a little more."""

    width: float
    window: float  # width of the window's column, which begins at 0
    middle: float  # x of the centres of m and U
    recommended: float  # x where the recommendations begin
    radius: float  # of m
    size: float  # font size of titles
    small: float  # font size of other texts
    lines: int  # largest number of lines of a title
    height: float  # smallest height of the columns, so that an edit seldom moves the parts below them
    below: bool  # whether the attention is below the title, for lack of room

    @property
    def hatching(self) -> str:
        """The id of the hatching. Both drawings of a page need their own: a hidden drawing's hatching is not drawn."""
        return f"attrec-story-long-{self.width:g}"

    @property
    def line(self) -> float:
        return self.size * 1.2


WIDE = StartLayout(1180, 330, 560, 800, radius=28, size=16, small=14, lines=2, height=298, below=False)
NARROW = StartLayout(334, 118, 162, 214, radius=15, size=12.5, small=12, lines=4, height=340, below=True)


def picture(record: Story, at: StartLayout, *, live: bool = False) -> str:
    """Returns an SVG of the record. live: with controls to click and drag, which a drawing for paper does not have.

    Text and lines have the page's text colour, which suits light and dark pages. All foreign text is escaped.
    """
    chips = [wrapped(item.title, at.size, at.window - (16 if at.below else 112), at.lines) for item in record.window]
    chip_heights = [len(lines) * at.line + (at.small + 14 if at.below else 18) for lines in chips]
    rows, row_heights = [], []
    for row in record.recommended:
        room = at.width - at.recommended - (70 if row.actual and not at.below else 0)
        size = at.size * (1.06 if row.rank == 1 else 1)
        rows.append(wrapped(f"{ordinal(row.rank)} {row.title}", size, room, at.lines))
        row_heights.append(len(rows[-1]) * at.line + BAR + 12 + (at.small + 4 if at.below and row.actual else 0))
    height = max(at.height, *(sum(heights) + GAP * len(heights) for heights in (chip_heights, row_heights)))
    window, listed = column(chips, chip_heights, height), column(rows, row_heights, height)
    m, taste = (at.middle, TOP + height * 0.4), (at.middle, TOP + height * 0.78)
    parts = [
        f"<defs>{hatch(at.hatching, '#9C6500', LONG)}</defs>",
        text(0, 16, "Recent" if at.below else record.heading, at.small, quiet=True),
        text(at.recommended, 16, "Recommended" if at.below else "Recommended next", at.small, quiet=True),
        *ribbons(record.window, window, m, at),
        *lines_to_the_list(record, listed, m, taste, at),
        *items(record.window, window, at, live=live),
        *points(record, m, taste, at),
        *entries(record, listed, at, live=live),
        *legend(record, at, TOP + height + 14),
    ]
    drawing = svg(at.width, TOP + height + 22, record.sentence, parts)
    return drawing.replace('role="img"', 'role="group"', 1) if live else drawing


def column(texts: list[list[str]], heights: list[float], height: float) -> Column:
    """Places entries below each other, vertically centred in `height`."""
    placed, y = [], TOP + (height - sum(heights) - GAP * (len(heights) - 1)) / 2
    for lines, tall in zip(texts, heights, strict=True):
        placed.append((lines, y, tall))
        y += tall + GAP
    return placed


def curve(start: tuple[float, float], end: tuple[float, float], bend: float = 0.5) -> str:
    middle = start[0] + (end[0] - start[0]) * bend
    (x, y), (x_end, y_end) = start, end
    return f"M{x:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} {y_end:.1f} {x_end:.1f} {y_end:.1f}"


def stroke(key: str, about: str, path: str, colour: str, kind: str, width: float) -> str:
    return (
        f'<path data-key="{escape(key)}" data-about="{escape(about)}" class="{kind}" d="{path}" fill="none" '
        f'stroke="{colour}" stroke-width="{width:.1f}"/>'
    )


def keys_of(items: Sequence[WindowItem]) -> list[str]:
    """Returns keys that identify the items from one drawing to the next; an item that occurs twice has two keys."""
    ids = [item.id for item in items]
    return [f"item {ids[:place].count(item)} {item}" for place, item in enumerate(ids)]


def ribbons(items: Sequence[WindowItem], window: Column, m: tuple[float, float], at: StartLayout) -> Iterator[str]:
    """Ribbons from each item to m, side by side, as wide as the item's attention; 100 % is about as wide as m."""
    full_width = 1.5 * at.radius
    end = m[1] - full_width * sum(item.attention for item in items) / 2
    for key, item, (_, top, tall) in zip(keys_of(items), items, window, strict=True):
        width = full_width * item.attention
        path = curve((at.window, top + tall / 2), (m[0] - at.radius * 0.8, end + width / 2), 0.6)
        end += width
        yield stroke(f"ribbon {key}", key, path, SHORT, "short", max(1.5, width))


def lines_to_the_list(
    record: Story, listed: Column, m: tuple[float, float], taste: tuple[float, float], at: StartLayout
) -> Iterator[str]:
    """Lines from m and from U to each recommendation, as wide as their weight; only the bars show how near it is."""
    omega = record.omega or 0.0
    sides = ("m", m, 1 - omega, SHORT, "short", -5), ("U", taste, omega, LONG, "long", 5)
    for name, (x, y), weight, colour, kind, shift in sides:
        if not weight:
            continue
        for row, (_, top, tall) in zip(record.recommended, listed, strict=True):
            path = curve((x + at.radius * 0.8, y), (at.recommended - 6, top + tall / 2 + shift))
            yield stroke(f"{name} {row.id}", f"row {row.id}", path, colour, kind, 1.2 + at.radius / 8 * weight)


def items(items: Sequence[WindowItem], window: Column, at: StartLayout, *, live: bool) -> Iterator[str]:
    """The items of the window: title, attention, and, if live, a grip and a cross."""
    largest = max((item.attention for item in items), default=0.0)
    for index, (item, key, (lines, y, tall)) in enumerate(zip(items, keys_of(items), window, strict=True)):
        most, share = item.attention == largest, percent(item.attention)
        edge_colour = SHORT if most else "var(--st-border-color)"
        look = f' class="{"short" if most else ""}" stroke="{edge_colour}" stroke-width="{1 + most / 2:g}" rx="8"'
        bold = ' font-weight="700"' if most else ""
        foot, edge = tall - 9, at.window - (8 if at.below else 30) + (0 if live or at.below else 18)
        left = 8 if at.below or not live else 28
        first = at.size + 5 if at.below else tall / 2 - (len(lines) - 1) * at.line / 2 + at.size * 0.35
        share_x, share_y, anchor = (8, foot, "start") if at.below else (edge, tall / 2 + at.small * 0.35, "end")
        parts = [
            box(0, 0, at.window, tall, "var(--st-secondary-background-color)", look),
            *(text(left, first + k * at.line, line, at.size, look=bold) for k, line in enumerate(lines)),
            text(share_x, share_y, share, at.small, anchor, look=' font-weight="600"'),
        ]
        if live:
            label = f"Remove {item.title[:300]}: {ordinal(index + 1)} of {len(items)}, {share} attention"
            keys = ' aria-keyshortcuts="Delete Alt+ArrowUp Alt+ArrowDown"'
            parts += [control("button", label, at.window, tall, keys), *grip_and_cross(tall, at)]
        yield group(key, (0, y), parts, f' class="chip" data-place="{index}"' if live else "")


def grip_and_cross(tall: float, at: StartLayout) -> list[str]:
    x, y = (at.window - 40, tall - 17) if at.below else (12, tall / 2 - 5)
    cross_y = tall - 9 if at.below else tall / 2 + 5
    dots = "".join(f'<circle cx="{x + 5 * (k % 2):g}" cy="{y + 5 * (k // 2):g}" r="1.4"/>' for k in range(6))
    grip = f'<g class="grip">{box(x - 12, y - 10, 28, 30, "transparent")}{dots}</g>'
    return [grip, text(at.window - 8, cross_y, "×", 16, "end", quiet=True)]


def control(role: str, label: str, width: float, height: float, more: str = "") -> str:
    """A box that takes clicks and the focus. It holds no text, so that a screen reader says only its label."""
    look = f' class="control" rx="8" tabindex="0" role="{role}" aria-label="{escape(label)}"{more}'
    return box(0, 0, width, height, "transparent", look)


def group(key: str, corner: tuple[float, float], parts: Sequence[str], more: str = "") -> str:
    return (
        f'<g data-key="{escape(key)}" transform="translate({corner[0]:.1f} {corner[1]:.1f})"{more}>{"".join(parts)}</g>'
    )


def points(record: Story, m: tuple[float, float], taste: tuple[float, float], at: StartLayout) -> Iterator[str]:
    """m with its name above it, and U, if there is a long-term taste, with its name below."""
    weight, step = percent(record.omega or 0.0), at.small * 1.15
    of_m, of_taste = ["short-term", "intent"], ["long-term taste,", f"weight ω = {weight}"]
    if at.below:
        of_m, of_taste = ["intent"], ["taste", weight]
    (_, m_y), radius = m, at.radius
    drawn = [("m", m, radius, SHORT, "#fff", of_m, m_y - radius - 8 - step * (len(of_m) - 1))]
    if record.omega is not None:
        drawn.append(("U", taste, radius * 0.9, LONG, INK, of_taste, taste[1] + radius * 0.9 + at.small + 4))
    for sign, (x, y), size, colour, ink, words, start in drawn:
        yield f'<circle data-key="{sign}" cx="{x:g}" cy="{y:.1f}" r="{size:.1f}" fill="{colour}"/>'
        yield text(x, y + 6, sign, 18, "middle", look=f' font-weight="700" fill="{ink}"')
        for k, line in enumerate(words):
            yield text(x, start + k * step, line, at.small, "middle", quiet=True)


def entries(record: Story, listed: Column, at: StartLayout, *, live: bool) -> Iterator[str]:
    """The recommendations: rank, title, and the distance as a bar of a short-term and a long-term part."""
    room = at.width - at.recommended - 44
    scale = room / max([row.distance for row in record.recommended] + [1e-9])
    for place, (row, (lines, top, tall)) in enumerate(zip(record.recommended, listed, strict=True)):
        bold = ' font-weight="700"' if row.rank == 1 else ""
        bar = len(lines) * at.line + 4
        short, long = row.short * scale, row.long * scale
        parts = [
            box(-4, -3, at.width - at.recommended + 4, tall + 2, "transparent", ' rx="6"'),
            *(text(0, at.size + k * at.line - 2, line, at.size, look=bold) for k, line in enumerate(lines)),
            box(0, bar, short, BAR, SHORT),
            box(short, bar, long, BAR, f"url(#{at.hatching})"),
            text(short + long + 6, bar + BAR, number(row.distance, 3), at.small - (0 if at.below else 1), quiet=True),
            *(actual_mark(at, bar) if row.actual else ()),
        ]
        label = f"Why {row.title[:300]}? {ordinal(row.rank)}, distance {number(row.distance, 3)}"
        if row.actual:
            label += ", the actual next item"
        if live:
            parts.append(control("link", label, at.width - at.recommended, tall))
        attributes = f' class="row" data-why="{place}"' if live else ""
        yield group(f"row {row.id}", (at.recommended, top), parts, attributes)


def actual_mark(at: StartLayout, bar: float) -> Iterator[str]:
    x, y = (0, bar + BAR + 3) if at.below else (at.width - at.recommended - 62, 0)
    width, size = (48, at.small) if at.below else (62, at.small - 1)
    yield box(x, y, width, at.small + 6, "currentColor", ' rx="8"')
    yield text(x + width / 2, y + at.small, "actual", size, "middle", look=' fill="var(--st-background-color)"')


def legend(record: Story, at: StartLayout, y: float) -> Iterator[str]:
    entries = [(SHORT, "short-term part"), (f"url(#{at.hatching})", "long-term part")][: 1 + (record.omega is not None)]
    x = 0.0 if at.below else at.recommended
    for colour, name in entries:
        yield box(x, y - 9, 14, BAR, colour)
        yield text(x + 20, y, name, at.small, quiet=True)
        x += 30 + WIDER * letters_width(name, at.small)
    yield text(x, y, "shorter is better", at.small, quiet=True)
