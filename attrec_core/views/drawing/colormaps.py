"""The colour scales of cells, the same in light and dark, so that pictures can be compared; the text colour on them.

They stand here alone: a chart of Plotly gets `for_plotly`, the scripts of the browser get `for_browser`.
"""

from __future__ import annotations

import json

from attrec_core.views.drawing.theme import ITEMS, QUIET

NAME = "cividis"  # safe for colour-blind people; its lightness grows evenly
STOPS = ("00224e", "123570", "3b496c", "575d6d", "707173", "8a8678", "a59c74", "c3b369", "e1cc55", "fee838")
# From a pale ground to Okabe and Ito's blue or vermilion; the text shows the sign too.
LESS, GROUND, MORE = "0072b2", "f7f7f7", "d55e00"


def rgb_of(digits: str) -> tuple[int, ...]:
    return tuple(int(digits[k : k + 2], 16) for k in (0, 2, 4))


def between(low: str, high: str, part: float) -> str:
    channels = (round(a + (b - a) * part) for a, b in zip(rgb_of(low), rgb_of(high), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def sequential(share: float) -> str:
    """The colour of a share of the scale, 0 … 1."""
    stop = min(1.0, max(0.0, share)) * (len(STOPS) - 1)
    low = min(int(stop), len(STOPS) - 2)
    return between(STOPS[low], STOPS[low + 1], stop - low)


def for_plotly() -> list[tuple[float, str]]:
    """The sequential scale as pairs of a share and a colour."""
    return [(stop / (len(STOPS) - 1), f"#{digits}") for stop, digits in enumerate(STOPS)]


def for_browser() -> str:
    """The scales, and the colours of items, as constants of a script."""
    ends = {"LESS": LESS, "GROUND": GROUND, "MORE": MORE}
    colours = [f"{name} = {json.dumps(rgb_of(digits))}" for name, digits in ends.items()]
    scale = f"SCALE = {json.dumps(NAME)}, STOPS = {json.dumps([rgb_of(digits) for digits in STOPS])}"
    items = [f"ITEMS = {json.dumps(ITEMS)}", f"QUIET = {json.dumps(QUIET)}"]
    return f"const {', '.join([scale, *colours, *items])};"


def diverging(share: float) -> str:
    """The colour of a share of the scale, −1 … 1."""
    return between(GROUND, LESS if share < 0 else MORE, min(1.0, abs(share)))


def ink(colour: str) -> str:
    """Black or white, whichever has the higher contrast on this colour: always at least 4.5."""
    red, green, blue = (c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb_of(colour[1:]))
    return "#000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#fff"
