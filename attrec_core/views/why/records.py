"""What the page Why shows: the bars of an exact sum, two items compared, and the truth test with a row an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from attrec_core.explain.exact_sum import Difference
from attrec_core.explain.leave_one_out import Effect
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.plot import CALM
from attrec_core.views.drawing.theme import LONG, SHORT

TermKind = Literal["average", "long", "short", "item", "origin", "constant", "rest", "total"]


@dataclass(frozen=True)
class Kind:
    """How a bar that is no item's is called and drawn."""

    name: str
    sign: str  # below the bar, where an item has its place
    colour: str = CALM
    about: str = ""  # a sentence of the details


# A new bar is a new part in `explain/exact_sum.py` and a line here.
KINDS = {
    "average": Kind("the average item", "ø"),
    "long": Kind("long-term distance", "U", LONG),
    "short": Kind("short-term distance", "m", SHORT),
    "origin": Kind(
        "origin",
        "0",
        about="attention lost to the mask (ρ) acts as if it attended to the origin, the point where all numbers are 0",
    ),
    "constant": Kind("constant", "c", about="the same for every item, so it never changes the order"),
    "rest": Kind("other terms", "…"),
    "total": Kind("total", "="),
}


@dataclass(frozen=True)
class Term:
    """One bar: a term of an exact sum or of a difference; or, of kind average and total, what the bars begin and end
    with; of kind rest, the origin and the constant as one bar."""

    kind: TermKind
    value: float  # what it adds; of average and total, all of it
    start: float = 0.0  # where the bar begins, on the axis of the distance
    usual: float = 0.0  # of a waterfall: the mean of this term over the catalogue
    title: str | None = None  # of the item that it is about
    item: int | None = None  # index
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
    """The exact sum of one item's distance: each bar begins where the one before it ends, the last is the distance."""

    terms: tuple[Term, ...]  # the items of the window oldest first
    distance: float  # y as the model ranks it
    long: float  # the weighted long part of it

    @property
    def from_average(self) -> bool:
        """Whether bars are terms minus their catalogue means, and begin at the mean distance."""
        return self.terms[0].kind == "average"

    @property
    def residual(self) -> float:
        return abs(self.terms[-1].value - self.distance)

    def adds(self, term: Term) -> float:
        """What a term adds to the distance, however its bar is drawn."""
        return term.value + term.usual if self.from_average else term.value


@dataclass(frozen=True)
class Versus:
    """Why one item stands above another: bars from 0, whose sum is the difference of the two distances."""

    above: str  # title of the nearer one
    below: str
    terms: tuple[Term, ...]  # below 0 favours `above`; the last is the total
    difference: Difference  # without an exact sum, the terms are the long and the short part alone
    comparable: bool  # both are candidates: then the nearer item is ranked above the other


@dataclass(frozen=True)
class TruthRow:
    """One item of the window: its attention, and how much it lowers the distance of the explained item."""

    place: int  # from 1, oldest first
    id: str
    item: int  # index
    title: str
    colour: str
    weight: float  # average attention
    exact: float | None  # attraction in the exact sum; None where there is no such sum
    delete: Effect | None  # removed, and those before it move up; None in a window of one
    mask: Effect | None  # removed, and the others keep their positions
    by_weight: int  # its rank among the items of the window, 1 is most
    by_exact: int | None
    by_delete: int | None
    verdict: str
    misleading: bool  # much attention, yet removing it lowers the distance


@dataclass(frozen=True)
class TruthTable:
    """The truth test of one item, as the browser and the drawing for paper show it."""

    title: str  # of the explained item
    even: float  # mean of the weights
    rows: tuple[TruthRow, ...]
    selected: str | int | None  # an item's id
