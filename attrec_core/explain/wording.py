"""How titles and numbers stand in a generated sentence."""

from __future__ import annotations

from collections.abc import Sequence

from attrec_core.errors import number
from attrec_core.runs.run import Run

LETTERS = 60  # of a title in a sentence
FINEST = 4  # digits that are tried before a number is called too small


def short(title: str, limit: int = LETTERS) -> str:
    """On one line, and cut."""
    line = " ".join(title[: 10 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def quoted(run: Run, item: int, limit: int = LETTERS) -> str:
    """The title of an item as a sentence holds it; it is foreign text, which a page still has to escape."""
    return f"“{short(run.interactions.titles[item], limit)}”"


def amount(value: float, digits: int = 2) -> str:
    """A number, with more digits where so few would all be 0: .41, .004, “less than .0001”. value: not below 0."""
    if value == 0:
        return number(0, digits)
    for more in range(digits, FINEST + 1):
        if float(f"{value:.{more}f}"):
            return number(value, more)
    return f"less than {number(10**-FINEST, FINEST)}"


def against_even(weight: float, even: float) -> str:
    """A weight beside what each would have if all were looked at alike; how many times as much only where who divides
    the two numbers as they are written comes to the same."""
    weight, even = float(weight), float(even)  # of float32, a rounded number would not be round
    ratio, share = weight / even, f"the even share {number(even)}"
    read = round(weight, 2) / (round(even, 2) or even)
    if ratio < 0.95:
        return (
            f"below {share} ({amount(ratio, 1)} times)"
            if read and reads_as(read, amount(ratio, 1))
            else f"below {share}"
        )
    if ratio < 1.05:
        return f"about {share}"
    if reads_as(read, f"{ratio:.1f}"):
        return f"{ratio:.1f} times {share}"
    return f"about {ratio:.0f} times {share}" if reads_as(read, f"{ratio:.0f}") and ratio >= 2 else f"above {share}"


def reads_as(value: float, written: str) -> bool:
    """Whether a value, rounded either way, is written like this."""
    digits = len(written.partition(".")[2])
    return abs(value - float(written)) <= 0.5 * 10**-digits + 1e-9


def listed(texts: Sequence[str], most: int | None = None) -> str:
    """a, b and c; of more than `most`, the first ones and how many the others are."""
    if most is not None and len(texts) > most:
        texts = [*texts[:most], f"{len(texts) - most} more"]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def ordinal(place: int) -> str:
    """1st, 2nd, …"""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{'th' if place % 100 in (11, 12, 13) else ending}"


def rank(value: float) -> str:
    """12, or 12.5 in a tie."""
    return f"{value:,.1f}".removesuffix(".0")
