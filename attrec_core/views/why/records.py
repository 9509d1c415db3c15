"""Records of the page Why: the bars of an exact sum, two items compared, and the truth test with a row per item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from attrec_core.explain.exact_sum import Difference
from attrec_core.explain.influence import Effect
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.plot import CALM
from attrec_core.views.drawing.theme import LONG, SHORT

TermKind = Literal["average", "long", "short", "item", "origin", "constant", "rest", "total"]


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
    "long": BarKind("long-term part", "U", LONG),
    "short": BarKind("short-term part", "m", SHORT),
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
    item_colour: str | None = None

    @property
    def end(self) -> float:
        return self.start + self.value

    @property
    def name(self) -> str:
        return self.title or KINDS[self.kind].name

    @property
    def sign(self) -> str:
        return letter(self.place - 1) if self.place else KINDS[self.kind].sign

    @property
    def colour(self) -> str:
        return self.item_colour or KINDS[self.kind].colour


@dataclass(frozen=True)
class Waterfall:
    """The exact sum of an item's distance: each bar begins where the previous one ends; the last is the distance."""

    terms: tuple[Term, ...]  # the items of the window oldest first
    distance: float  # y by which the model ranks the item
    long: float  # the weighted long part of y

    @property
    def from_average(self) -> bool:
        """Whether the bars are terms minus their catalogue means, and begin at the mean distance."""
        return self.terms[0].kind == "average"

    @property
    def residual(self) -> float:
        return abs(self.terms[-1].value - self.distance)

    def adds(self, term: Term) -> float:
        """Returns what a term adds to the distance, with or without `from_average`."""
        return term.value + term.usual if self.from_average else term.value


@dataclass(frozen=True)
class Versus:
    """Why one item is ranked above another: bars from 0 whose sum is the difference of the two distances."""

    above: str  # title of the nearer item
    below: str
    terms: tuple[Term, ...]  # a negative term favours `above`; the last term is the total
    difference: Difference  # without an exact sum, the terms are only the long and the short part
    comparable: bool  # whether both items are candidates, so that the nearer item is ranked above the other


@dataclass(frozen=True)
class TruthRow:
    """One item of the window: its attention, and its influence on the distance of the explained item."""

    place: int  # from 1, oldest first
    id: str
    item: int  # index
    title: str
    colour: str
    weight: float  # average attention
    exact: float | None  # attraction in the exact sum; None without an exact sum
    delete: Effect | None  # of removing it, where the items before it move up; None in a window of one item
    mask: Effect | None  # of removing it, where the other items keep their positions; None in a window of one item
    by_weight: int  # rank among the items of the window, by attention; 1 is most
    by_exact: int | None
    by_delete: int | None
    verdict: str
    misleading: bool  # high attention, yet removing the item lowers the distance


@dataclass(frozen=True)
class TruthTable:
    """The truth test of one item; the browser shows it."""

    rank: float  # of the explained item, with the whole window
    even: float  # mean of the weights
    rows: tuple[TruthRow, ...]
    selected: str | int | None  # an item's id
