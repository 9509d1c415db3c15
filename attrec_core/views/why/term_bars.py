"""The bars of the terms of a sum, the window from left to right, for the waterfall and its relatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from attrec_core.explain.wording import letter
from attrec_core.views.drawing import theme
from attrec_core.views.drawing.bars import BarColumn, BarPart
from attrec_core.views.drawing.plot import CALM
from attrec_core.views.page_context import Scene

CLOSE = 0.07  # room of a number at the end of a bar, as a share of the height

TermKind = Literal["average", "long", "earlier", "short", "item", "origin", "constant", "rest", "total"]


@dataclass(frozen=True)
class BarKind:
    """The name and look of a bar that does not belong to an item."""

    name: str
    sign: str  # below the bar, where an item has its letter
    colour: str = CALM
    about: str = ""  # a sentence of the details


# A new kind of bar needs a new part in `explain/exact_sum.py` and a line here.
KINDS = {
    "average": BarKind("the average item", "ø"),
    "long": BarKind("long-term part", "U", theme.LONG),
    "earlier": BarKind("earlier item", "U", theme.LONG),
    "short": BarKind("short-term part", "m", theme.SHORT),
    "origin": BarKind(
        "origin",
        "0",
        about="attention lost to the mask (ρ) acts as if it attended to the origin, the point where all numbers are 0",
    ),
    "constant": BarKind("constant", "c", about="the same for every item, so it never changes the order"),
    "rest": BarKind("other terms", "…"),
    "total": BarKind("total", "="),
}


@dataclass(frozen=True)
class Term:
    """One bar: a term of an exact sum or of a difference. Kind average is the first bar, kind total the last bar, and
    kind rest joins the origin and the constant."""

    kind: TermKind
    value: float  # what the term adds; for average and total the whole value
    start: float = 0.0  # where the bar begins, on the axis of the distance
    usual: float = 0.0  # in a waterfall: the mean of this term over the catalogue
    title: str | None = None  # of the item that the bar is about
    item: int | None = None  # item index
    place: int | None = None  # in the window, from 1, oldest first
    mark: str = ""  # below the bar, in place of a letter or of the sign of its kind
    item_colour: str | None = None
    long: float = 0.0  # what of an item's value is long-term, in a taste from items

    @property
    def end(self) -> float:
        return self.start + self.value

    @property
    def name(self) -> str:
        return self.title or KINDS[self.kind].name

    @property
    def sign(self) -> str:
        return self.mark or (letter(self.place - 1) if self.place else KINDS[self.kind].sign)

    @property
    def colour(self) -> str:
        return self.item_colour or KINDS[self.kind].colour


def parts_of(term: Term) -> list[BarPart]:
    """Returns the bars of a term; the long part is hatched. An item of the window that has a long part, too, has a bar
    for each, side by side: one may go up and the other down."""
    is_long = term.kind in ("long", "earlier")
    if is_long or not term.long:
        return [BarPart(term.start, term.value, term.colour, is_long)]
    short = term.value - term.long
    own = BarPart(term.start, short, term.colour, side="left")
    return [own, BarPart(term.start + short, term.long, theme.LONG, hatched=True, side="right")]


def column(
    scene: Scene, term: Term, bars: Sequence[BarPart], text: str, hover: str, *, dash: float | None = None
) -> BarColumn:
    """The column of a term. text: its number. hover: the lines below its name."""
    return BarColumn(
        id=None if term.item is None else scene.item_id(term.item),
        sign=term.sign,
        name=term.name,
        colour=term.colour,
        bars=bars,
        text=text,
        end=term.end,
        hover=f"{f'{term.sign}. ' if term.place else ''}{term.name}\n{hover}",
        dash=dash,
        strong=term.kind == "total",
        chosen=term.item is not None and term.item == scene.selected,
    )


def close_of(low: float, high: float) -> float:
    return CLOSE * (high - low)
