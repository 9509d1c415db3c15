"""Colours with a meaning, the same on every page, and titles and numbers in charts. The colours are safe for
colour-blind people (after Okabe and Ito), with a contrast of 3 : 1 to background and fields of light and dark pages."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, log10
from typing import Any

from attrec_core.errors import in_hundredths, number, percent
from attrec_core.explain.wording import amount

SHORT = "#0072B2"  # the short-term part, m, the window
LONG = "#C07F00"  # the long-term part, the user's taste
TARGET = "#009E73"  # the actual next item
SELECTED = "#D55E00"
TOP = "#C86FA3"  # the recommendations
RUN_A = "#8C7AE6"  # the first of two runs
RUN_B = "#9A8C00"  # the second
COUNT = "#6F7F8F"  # counts and metrics, which belong to neither term
QUIET = "#858D97"  # marks without a meaning of their own

# For genres, and for several lines in one chart: calm, and none of the colours above. Their hues resemble those of the
# colours above, and colour alone never carries a meaning, so each comes with a shape.
SHAPES = {
    "#5B8DB8": "circle",
    "#B97F3F": "square",
    "#5F985C": "diamond",
    "#B279A2": "triangle-up",
    "#4C96A2": "triangle-down",
    "#B55D60": "cross",
    "#878C2E": "pentagon",
    "#8F82C9": "hexagon",
    "#9C755F": "x",
    "#8A8A8A": "star-triangle-down",  # for the rest, if there are more categories
}
CATEGORIES, SYMBOLS = tuple(SHAPES), tuple(SHAPES.values())
# The colours of the window's items, the same in every figure of a page (Tol's "muted"); none of them is a colour above.
# Some are pale and some are dark: a mark without a letter gets its contrast of 3 : 1 from a QUIET line around it.
ITEMS = ("#88CCEE", "#AA4499", "#44AA99", "#CC6677", "#999933", "#332288", "#DDCC77", "#882255", "#117733", "#A0A0A0")
HATCH = {"shape": "/", "fillmode": "overlay", "fgcolor": "#FFFFFF", "fgopacity": 0.45, "size": 7, "solidity": 0.25}
# A halo around a text in the colour of the page's background: the text stays readable over anything beneath it.
HALO = ", ".join(["0 0 2px var(--st-background-color)"] * 4)
# How much wider than `letters_width` a text of a file may be where another font draws it, such as DejaVu Sans.
WIDER = 1.2
NAME = 30  # characters of an item's name on one line; the whole title is on hover
TITLE_ROOM = 118  # pixels of a title's line in a chart: about 18 characters
MOST_LINES, TITLE_LINE = 6, 16  # lines of a title in a chart at most, and the pixels of a line
STEPS = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # steps between two percentages of an axis
# Letters that are narrower or wider than most.
THIN, WIDE_LETTERS = frozenset("iljtfrI.,:;'’!|()[]- "), frozenset("mwMW@%&—…")


def signed(value: float, digits: int = 2) -> str:
    """+.41 or −.41: the text shows the sign, not the colour alone."""
    text = number(abs(value), digits)
    return text if reads_zero(value, digits) else f"{'+' if value > 0 else '−'}{text}"


def reads_zero(value: float, digits: int) -> bool:
    """Whether the value is written as 0 with so many digits: then no sentence says that it is above or below 0."""
    return float(f"{value:.{digits}f}") == 0


def signed_points(share: float) -> str:
    """+6 or −6: a difference of two shares, in percentage points. A figure names the unit once, at its scale."""
    return signed(100 * share, 0)


def ticks(low: float, high: float, step: float) -> dict[str, Any]:
    """Settings of a Plotly axis that writes its numbers as everywhere else: .20, not 0.2."""
    values = [round(low + step * k, 6) for k in range(round((high - low) / step) + 1)]
    written = [number(v, 2 if v % 1 else 0) for v in values]
    return {"tickmode": "array", "tickvals": values, "ticktext": written}


def percent_ticks(top: float) -> dict[str, Any]:
    """Settings of a Plotly axis that writes shares, from 0 to a little above `top`, in per cent."""
    step = next(step for step in (*STEPS, top) if top <= 6 * step)
    values = [round(step * k, 6) for k in range(round(top / step) + 2)]
    return {"tickmode": "array", "tickvals": values, "ticktext": [percent(value) for value in values]}


def round_ticks(low: float, high: float, about: int = 8) -> dict[str, Any]:
    """Settings of a Plotly axis of any range, low < high: round numbers, all with the same number of digits; 0 is 0."""
    rough = (high - low) / about
    power = floor(log10(rough))
    step, digits = next(
        (f * 10.0**power, max(0, -power - (f == 10))) for f in (1, 2, 5, 10) if f * 10.0**power >= rough
    )
    values = [round(step * k, digits) for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]
    return {"tickmode": "array", "tickvals": values, "ticktext": [number(v, digits) if v else "0" for v in values]}


def item_colour(hue: int | None) -> str:
    """The colour of an item by its `Scene.hue`; QUIET for an item that is not in the window."""
    return QUIET if hue is None else ITEMS[hue % len(ITEMS)]


def short_name(title: str, limit: int = NAME) -> str:
    """The name of an item where there is no room for its title."""
    line = " ".join(title[:300].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip(" :,;.-–") + "…"


def short_title(title: str, limit: int = NAME) -> str:
    """The short name for Plotly, with its pseudo-HTML escaped."""
    return escaped(short_name(title, limit))


def letters_width(content: str, size: float) -> float:
    """The approximate width of a text in the pages' font; rather too large than too small. In whole hundredths of the
    size, so that the browser's engine breaks a line at the same word."""
    hundredths = (
        30 if c in THIN else 90 if c in WIDE_LETTERS or ord(c) > 0x2E80 else 62 if c.isupper() else 52 for c in content
    )
    return size * sum(hundredths) / 100


def wrapped(title: str, size: float, room: float, most: int) -> list[str]:
    """Breaks a title into lines of `room` pixels; a title of more than `most` lines ends with an ellipsis."""
    lines = [""]
    for word in title[:300].split():
        joined = f"{lines[-1]} {word}".strip()
        if letters_width(joined, size) <= room:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for character in word:  # a word that is longer than a line is broken
            if letters_width(lines[-1] + character, size) > room:
                lines.append("")
            lines[-1] += character
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-1].rstrip(' :,;.-–')}…"]


def wrapped_title(title: str, room: float = TITLE_ROOM) -> str:
    """A title for Plotly, escaped, in as many lines as it needs (at most MOST_LINES)."""
    return "<br>".join(map(escaped, wrapped(title, 12, room, MOST_LINES)))


def row_height(usual: int, titles: Iterable[str]) -> int:
    """The height of a chart's rows in pixels, so that the wrapped title with the most lines fits into its row."""
    return max(usual, TITLE_LINE * max((1 + title.count("<br>") for title in titles), default=0))


def escaped(text: str) -> str:
    """Escapes a text for Plotly, which reads tags and entities, so that a title shows `<b>` or `&lt;` literally."""
    return text[:300].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def against_even(weight: float, even: float) -> str:
    """Compares a weight, in words, with the weight under uniform attention. States a factor only if a reader who
    divides the two percentages gets the same factor."""
    weight, even = float(weight), float(even)  # a rounded float32 would not be round
    ratio, share = weight / even, f"uniform ({percent(even)})"
    weight_read, even_read = (float(in_hundredths(share)) / 100 for share in (weight, even))
    ratio_read = weight_read / (even_read or even)
    if ratio < 0.95:
        times = amount(ratio, 1)
        return f"{times} times {share}" if ratio_read and reads_as(ratio_read, times) else f"below {share}"
    if ratio < 1.05:
        return f"about {share}"
    if reads_as(ratio_read, f"{ratio:.1f}"):
        return f"{ratio:.1f} times {share}"
    if ratio >= 2 and reads_as(ratio_read, f"{ratio:.0f}"):
        return f"about {ratio:.0f} times {share}"
    return f"{'far ' if ratio >= 10 else ''}above {share}"


def reads_as(value: float, written: str) -> bool:
    """Whether the value reads as `written` when it is rounded, up or down at a half."""
    digits = len(written.partition(".")[2])
    return abs(value - float(written)) <= 0.5 * 10**-digits + 1e-9
