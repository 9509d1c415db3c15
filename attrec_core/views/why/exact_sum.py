"""The exact sum of a distance as bars, and why one item is ranked above another: records, words, figures, tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from attrec_core.errors import InputError, number
from attrec_core.explain.exact_sum import Difference, SumPart, why_above
from attrec_core.explain.explanation import Explanation, explanation
from attrec_core.explain.wording import gap_in_words, listed, quoted
from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.drawing.bars import BarNote, BarPart, BarsRecord
from attrec_core.views.drawing.theme import LONG, SHORT, item_colour, reads_zero, signed
from attrec_core.views.page_context import Scene
from attrec_core.views.why import term_bars
from attrec_core.views.why.taste import place_of
from attrec_core.views.why.term_bars import KINDS, Term, TermKind

DIGITS = 5
EARLIER = 3  # earlier items of a taste with a bar or line of their own, those of largest effect; the others share one
NO_CANDIDATES = "There is no candidate left to recommend, so there is nothing to explain. Choose an earlier step."
# Of a taste from items, above the bars.
SIDES = BarNote("of an item, plain: short-term part · hatched: long-term part", top=True)
DASHES = "the same part for the average item"
DIFFERING = ("long", "earlier", "item", "rest")  # kinds of terms that differ between items: a mean is informative
OTHERS = ("origin", "constant")  # kinds of terms that share one bar


@cached
def explained(scene: Scene) -> Explanation:
    """Returns everything about the explained item, computed once. Raises InputError where there is none."""
    if scene.explained is None:
        raise InputError("no_candidate", NO_CANDIDATES)
    return explanation(scene.moment, scene.explained)


@dataclass(frozen=True)
class Waterfall:
    """The exact sum of an item's distance: each bar begins where the previous one ends; the last is the distance."""

    terms: tuple[Term, ...]  # the items of the window oldest first
    distance: float  # y by which the model ranks the item
    long: float  # the weighted long part of y
    sentence: str

    @property
    def from_average(self) -> bool:
        """Whether the bars are terms minus their catalogue means, and begin at the mean distance."""
        return self.terms[0].kind == "average"

    def adds(self, term: Term) -> float:
        """Returns what a term adds to the distance, with or without `from_average`."""
        return term.value + term.usual if self.from_average else term.value

    @property
    def details(self) -> str:
        """The value of each term that belongs to neither an item nor the user, and how well the bars add up to the
        model value."""
        others = [term for term in self.terms if term.kind in OTHERS]
        lines = [f"Other terms: {listed([term.name for term in others])}."] if others else []
        lines += [self.line(term) for term in others]
        start = "The bars add up to"
        if self.from_average:
            start = f"The bars lead from the average item's {number(self.terms[0].value, 4)} to"
        total = self.terms[-1].value
        values = f"{number(total, 4)}; the model value is {number(self.distance, 4)}"
        return " ".join([*lines, f"{start} {values}: {gap_in_words(abs(total - self.distance))}."])

    def line(self, term: Term) -> str:
        """A term that belongs to no item: the number of its bar, and what it is."""
        both = ""
        if self.from_average:
            both = f", from {signed(term.usual, 4)} of the average item to {signed(self.adds(term), 4)}"
        return f"{KINDS[term.kind].name.capitalize()} {signed(term.value, 4)}{both}: {KINDS[term.kind].about}."

    def table(self) -> pd.DataFrame:
        """One row per bar. The last column says what a part changes, compared with the average item: − is nearer."""
        rows: list[tuple[object, ...]] = []
        for term in self.terms:
            if term.kind in ("average", "total"):
                rows.append((term.place, f"distance of {term.name}", term.value, None, None))
            else:
                adds = self.adds(term)
                rows.append((term.place, term.name, adds, term.usual, adds - term.usual))
        heads = ["place", "part", "adds", "mean over the catalogue", "changes it by (adds − mean)"]
        return pd.DataFrame(rows, columns=heads).round(DIGITS).astype({"place": "Int64"})


def waterfall(scene: Scene, explanation: Explanation, *, from_average: bool) -> Waterfall | None:
    """Returns the parts of the exact sum as consecutive bars; None where m is a max or min, which has no exact sum."""
    parts = explanation.sum.parts
    if not explanation.sum.exists:
        return None
    start = Term("average", sum(part.usual for part in parts))
    # The constant is the same for every item.
    terms = [term(scene, part, from_average) for part in parts if not from_average or part.kind != "constant"]
    bars = in_a_row([start, *terms] if from_average else terms)
    end = Term("total", bars[-1].end, title=scene.title(explanation.item))
    _, (long,) = scene.ranking.parts([explanation.item])
    return Waterfall((*bars, end), explanation.distance, float(long), explanation.sum.sentence)


def in_a_row(terms: Sequence[Term]) -> list[Term]:
    """Each bar begins where the previous one ends; the average item's is only a level."""
    bars: list[Term] = []
    for bar in terms:
        level = 0.0 if not bars else bars[-1].value if bars[-1].kind == "average" else bars[-1].end
        bars.append(replace(bar, start=0.0 if bar.kind in ("average", "total") else level))
    return bars


def term(scene: Scene, part: SumPart, from_average: bool = False) -> Term:
    """The bar of a part, or, with `from_average`, of its difference to the mean of the part over the catalogue."""
    value, long = part.value, part.long
    if from_average:
        value, long = value - part.usual, long - part.long_usual
    assert part.kind != "short"
    bar = Term(part.kind, value, usual=part.usual, long=long)
    if part.kind == "long" and scene.moment.config.remembers:
        return replace(bar, title="the user's own vector")
    if part.item is None:
        return bar
    bar = replace(bar, title=scene.title(part.item), item=part.item)
    if part.age is not None:
        return replace(bar, mark=str(place_of(scene, part.age)))
    return replace(bar, place=part.place, item_colour=item_colour(scene.hue(part.item)))


def waterfall_bars(scene: Scene, record: Waterfall, label: str) -> BarsRecord:
    """Each bar begins where the previous bar ends; a dash marks where it would end with the average item's term."""
    terms = folded(with_rest(record.terms), record.from_average)
    dashes: dict[int, float] = {}
    if not record.from_average:
        dashes = {place: term.start + term.usual for place, term in enumerate(terms) if term.kind in DIFFERING}
    total = terms[-1].value
    # As in the recommendations: the long part hatched, the short part over it.
    of_total = [BarPart(0.0, record.long, LONG, hatched=True), BarPart(record.long, total - record.long, SHORT)]
    # A term carries its sign, a distance does not.
    columns = [
        term_bars.column(
            scene,
            term,
            term_bars.parts_of(term) if term.kind != "total" else of_total,
            (number if term.kind in ("average", "total") else signed)(term.value, 3),
            term_hover(term, record),
            dash=dashes.get(place),
        )
        for place, term in enumerate(terms)
    ]
    drawn = BarsRecord(label, "distance", columns, True, DASHES if dashes else "")
    # A number is at the end of its bar, or at the dash if the dash would strike it through.
    close = term_bars.close_of(*drawn.extent)
    columns = [
        replace(column, end=column.dash) if column.dash is not None and 0 < column.beyond < close else column
        for column in columns
    ]
    return replace(drawn, columns=columns, notes=[SIDES] if scene.moment.config.remembers else [])


def with_rest(terms: Sequence[Term]) -> list[Term]:
    """Joins the origin and the constant into one bar; the details of the page list them separately."""
    rest = [term for term in terms if term.kind in OTHERS]
    return [*(term for term in terms[:-1] if term not in rest), *([sum_of("rest", rest)] if rest else []), terms[-1]]


P = TypeVar("P", Term, SumPart)


def other_earlier(parts: Sequence[P], from_average: bool = False) -> list[P]:
    """Returns the earlier items that share one bar or line; none if that would be one item. from_average: whether the
    parts are differences to the average item already, so that their size is their effect."""
    earlier = [part for part in parts if part.kind == "earlier"]
    by_effect = sorted(earlier, key=lambda part: -abs(part.value if from_average else part.value - part.usual))
    others = by_effect[EARLIER:]
    return others if len(others) > 1 else []


def folded(terms: Sequence[Term], from_average: bool = False) -> list[Term]:
    """Joins all but a few earlier items into one bar, where the first of them is; the table has them all."""
    others = other_earlier(terms, from_average)
    joined = [replace(sum_of("earlier", others, f"{len(others)} other earlier items"), mark="+")] if others else []
    first = next((place for place, term in enumerate(terms) if term.kind == "earlier"), 0)
    kept = [term for term in terms[first:-1] if term not in others]
    return [*in_a_row([*terms[:first], *joined, *kept]), terms[-1]]


def sum_of(kind: TermKind, terms: Sequence[Term], title: str | None = None) -> Term:
    value, usual, long = (sum(getattr(term, name) for term in terms) for name in ("value", "usual", "long"))
    return Term(kind, value, usual=usual, title=title, long=long)


def term_hover(term: Term, record: Waterfall) -> str:
    if term.kind in ("average", "total"):
        return f"distance {number(term.value, 4)}"
    adds = f"adds {signed(record.adds(term), 4)}"
    gap = record.adds(term) - term.usual
    effect = f"{'lowers' if gap < 0 else 'raises'} the distance by {number(abs(gap), 4)}"
    effect = "no difference" if reads_zero(gap, 4) else effect
    return f"{adds}; for the average item {signed(term.usual, 4)}\n{effect}"


@dataclass(frozen=True)
class Versus:
    """Why one item is ranked above another: bars from 0 whose sum is the difference of the two distances."""

    above: str  # title of the nearer item
    below: str
    terms: tuple[Term, ...]  # a negative term favours `above`; the last term is the total
    difference: Difference  # without an exact sum, the terms are only the long and the short part
    comparable: bool  # whether both items are candidates, so that the nearer item is ranked above the other

    @property
    def heading(self) -> str:
        relation = "ranked above" if self.comparable else "nearer than"
        return f"Why is “{self.above}” {relation} “{self.below}”?"

    @property
    def sentence(self) -> str:
        return self.difference.sentence

    def table(self) -> pd.DataFrame:
        favoured = {-1: self.above, 0: "neither", 1: self.below}
        values = [round(term.value, DIGITS) for term in self.terms]
        rows = [
            (term.place, term.name, value, favoured[int(np.sign(value))])
            for term, value in zip(self.terms, values, strict=True)
        ]
        return pd.DataFrame(rows, columns=["place", "part", "difference", "favours"]).astype({"place": "Int64"})


@cached
def rival(scene: Scene) -> int | None:
    """Returns the item to compare with the explained item: the chosen item, else the next candidate in the ranking,
    else the candidate before the explained item; None if there is none."""
    explained, chosen, ranking = scene.explained, scene.against, scene.ranking
    if explained is None:
        return None
    if chosen is not None and chosen != explained:
        return chosen
    candidates = ranking.candidates & (np.arange(len(ranking.candidates)) != explained)
    after = np.flatnonzero(candidates & (ranking.blended >= ranking.blended[explained]))
    if len(after):
        return int(after[ranking.blended[after].argmin()])
    before = np.flatnonzero(candidates)[::-1]
    return int(before[ranking.blended[before].argmax()]) if len(before) else None


def versus(scene: Scene, item: int, other: int) -> Versus:
    """Returns why the nearer of two items is ranked above the other, part by part."""
    distance = scene.ranking.distance
    above, below = (item, other) if distance(item) <= distance(other) else (other, item)
    difference = why_above(scene.moment, above, below)
    terms = [term(scene, part) for part in difference.parts]
    if not difference.exists:
        terms.append(Term("short", difference.total - sum(part.value for part in difference.parts)))
    terms.append(Term("total", difference.total))
    comparable = bool(scene.ranking.candidates[[above, below]].all())
    return Versus(scene.title(above), scene.title(below), tuple(terms), difference, comparable)


def versus_details(scene: Scene, record: Versus) -> str:
    """States how well the differences add up; before that, if the chosen item is the explained item, that another item
    is compared."""
    difference, start = record.difference, ""
    if scene.against is not None and scene.against == scene.explained:
        chosen = quoted(scene.run, scene.against)
        start = f"{chosen} is the explained item itself, so the next recommendation is compared. "
    total = signed(difference.total, 4)
    if not difference.exists:
        return f"{start}The distances differ by {total}, in their long-term and their short-term part."
    parts = signed(sum(part.value for part in difference.parts), 4)
    equal = gap_in_words(difference.residual)
    return f"{start}The bars add up to {parts}; the distances differ by {total}: {equal}. The constant cancels."


def versus_bars(scene: Scene, record: Versus, label: str) -> BarsRecord:
    """Bars from 0: terms below 0 favour the nearer item, terms above 0 the other item; the last bar is the total."""

    def hover(value: float) -> str:
        favoured = f"favours {record.above if value < 0 else record.below}"
        return f"{signed(value, 4)}: {'the same for both' if reads_zero(value, 4) else favoured}"

    terms = [replace(term, start=0.0) for term in folded(with_rest(record.terms))]
    columns = [
        term_bars.column(scene, term, term_bars.parts_of(term), signed(term.value, 3), hover(term.value))
        for term in terms
    ]
    notes = [BarNote(f"▼ favours {record.above}", top=False), BarNote(f"▲ favours {record.below}", top=True)]
    return BarsRecord(label, "difference in distance", columns, notes=notes)
