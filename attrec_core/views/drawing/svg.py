"""Parts that our own SVG drawings are made of, and the conversion of a drawing to a picture on white paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.theme import ITEMS, short_name, wrapped

# The pages' own font comes first; a file can use only the fonts that are installed.
FONT = "'Source Sans 3', 'Source Sans Pro', 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
INK, PAPER, MARGIN = "#1B2733", "#FFFFFF", 20
# The variables of a page's theme, with the values of the light theme.
THEME = {
    "text-color": INK,
    "background-color": PAPER,
    "secondary-background-color": "#F2F5F9",
    "border-color": "#D5DBE3",
    "primary-color": "#0072B2",
    "font": FONT,
}
SIZE = re.compile(r'\bviewBox="(-?[0-9.]+) (-?[0-9.]+) ([0-9.]+) ([0-9.]+)"')
OF_THE_PAGE = re.compile(r'\s(?:style|width|height|viewBox|xmlns)="[^"]*"')

HEAD, GAP = 28, 40  # above and between drawings that stand beside each other
FAINT = ' stroke-opacity=".15"'  # of a line between two rows


def text(
    x: float,
    y: float,
    content: str,
    size: float,
    anchor: str = "start",
    *,
    quiet: bool = False,
    look: str = "",
    hover: str = "",
) -> str:
    """A text element. content, hover: any text, such as “<1 %” or a title of the data; look: further attributes."""
    start = f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
    faint = ' opacity=".8"' if quiet else ""
    on_hover = f"<title>{escape(hover)}</title>" if hover else ""
    return f"{start}{faint}{look}>{escape(content)}{on_hover}</text>"


def titled(x: float, y: float, title: str, letters: int, anchor: str, size: float = 14, look: str = "") -> str:
    """A title, cut to `letters` characters; the whole title is on hover. It may hold any text."""
    return text(x, y, short_name(title, letters), size, anchor, look=look, hover=title[:300])


def box(x: float, y: float, width: float, height: float, fill: str, rest: str = "") -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{rest}/>'


def badge(content: str, colour: str | None, x: float, y: float) -> str:
    """The label of a position, centred at (x, y), on its item's colour if it has one."""
    if colour is None or colour not in ITEMS:
        return text(x, y + 4, content, 11, "middle", quiet=True)
    number = text(x, y + 4, content, 11, "middle", look=f' font-weight="600" fill="{ink(colour)}"')
    return box(x - 9, y - 8, 18, 16, colour, ' rx="3"') + number


def row_head(x: float, y: float, title: str, place: str, colour: str | None, high: float = 40) -> str:
    """The title and the position of a row's item, between 0 and x, centred at y; two lines if it is `high` enough."""
    lines = wrapped(title, 12.5, x - 30, 2 if high >= 28 else 1)
    return stacked(x - 26, y + 11 - 7 * len(lines), lines, title, 12.5, "end") + badge(place, colour, x - 12, y)


def stacked(x: float, y: float, lines: Sequence[str], title: str, size: float, anchor: str, look: str = "") -> str:
    """The lines of a title below each other, the first at y; the whole title is on hover."""
    drawn = (text(x, y + 14 * k, part, size, anchor, look=look, hover=title[:300]) for k, part in enumerate(lines))
    return "".join(drawn)


def line(x: float, y: float, end: float, look: str = "") -> str:
    """A horizontal line from x to `end`."""
    return f'<path d="M{x:.1f} {y:.1f}H{end:.1f}" stroke="currentColor" fill="none"{look}/>'


def hatch(name: str, colour: str, back: str = "none") -> str:
    """The definition of a hatching, for `fill="url(#NAME)"`."""
    return (
        f'<pattern id="{name}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="5" height="5" fill="{back}"/><rect width="1.6" height="5" fill="{colour}"/></pattern>'
    )


def svg(width: float, height: float, label: str, parts: list[str]) -> str:
    """A drawing for a page: as wide as its container, in the page's text colour."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}" '
        f'style="width:100%;height:auto;display:block" fill="currentColor">{"".join(parts)}</svg>'
    )


def abreast(names: Sequence[str], drawings: Sequence[str]) -> str:
    """Two or more drawings of `svg` beside each other, each below its name."""
    x, tallest, parts = 0.0, 0.0, list[str]()
    for name, drawing in zip(names, drawings, strict=True):
        start, size = drawing.index(">") + 1, SIZE.search(drawing)
        assert size is not None  # a drawing says its size by viewBox
        width, height = map(float, size.groups()[2:])
        parts.append(text(x, 16, name, 14, look=' font-weight="600"'))
        parts.append(f'<svg x="{x:g}" y="{HEAD}" width="{width:g}" height="{height:g}" {size[0]}>{drawing[start:]}')
        x, tallest = x + width + GAP, max(tallest, height)
    return svg(x - GAP, HEAD + tallest, " | ".join(names), parts)


def on_paper(drawing: str, *, alone: bool = True) -> str:
    """Returns the drawing dark on white, whatever the page's theme was. alone: as a file of its own."""
    start, end = drawing.index("<svg"), drawing.index(">") + 1
    size = SIZE.search(drawing, start, end)
    if size is None:
        raise ValueError("a drawing says its size by viewBox")
    # The margin leaves room for titles, which may be wider in another font than the page's.
    x, y = (float(number) - MARGIN for number in size.groups()[:2])
    width, height = (float(number) + 2 * MARGIN for number in size.groups()[2:])
    variables = ";".join(f"--st-{name}:{value}" for name, value in THEME.items())
    name = ' xmlns="http://www.w3.org/2000/svg"' if alone else ""
    rest = OF_THE_PAGE.sub("", drawing[start : end - 1]).removeprefix("<svg")
    tag = (
        f'<svg{name} viewBox="{x:g} {y:g} {width:g} {height:g}" width="{width:g}" height="{height:g}"{rest} '
        f'font-family="{FONT}" style="color:{INK};{variables}">'
    )
    return tag + box(x, y, width, height, PAPER) + drawing[end:]
