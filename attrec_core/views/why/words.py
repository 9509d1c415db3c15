"""The sentences and records of the page Why: the exact sum, the comparison of two items, and edits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attrec_core.errors import InputError, number, ordinal
from attrec_core.explain.exact_sum import Difference, ExactSum, SumPart, mean_item, why_above
from attrec_core.explain.explanation import Explanation, explanation
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import listed, quoted, short, title_at
from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.drawing.theme import item_colour, signed
from attrec_core.views.moment.ranking import candidates_named, out_of_it
from attrec_core.views.page_context import Scene
from attrec_core.views.why.records import KINDS, Term, Versus, Waterfall

Removal = tuple[str, tuple[str, ...]]  # the label of a button, and the ids of the window that it makes
LETTERS = 30  # of a title in a sentence about an edit
NO_RIVAL = "There is no other candidate to compare with."
NO_CANDIDATES = "There is no candidate left to recommend, so there is nothing to explain. Choose an earlier step."


@cached
def explained(scene: Scene) -> Explanation:
    """Returns everything about the explained item, computed once. Raises InputError where there is none."""
    if scene.explained is None:
        raise InputError("no_candidate", NO_CANDIDATES)
    return explanation(scene.moment, scene.explained)


def headline(scene: Scene, explanation: Explanation) -> str:
    """States the rank and the distance of the item."""
    distance = number(explanation.distance, 3)
    rank = f"{ordinal(explanation.rank)} of the {candidates_named(scene, explanation.item)}"
    if not explanation.is_candidate:
        rank = f"Not a candidate: {out_of_it(scene, explanation.item)}"
    taste = "" if scene.has_taste else " Without a user, only the recent items count."
    return f"{rank}; distance {distance}.{taste}"


def removal(scene: Scene, explanation: Explanation) -> Removal | None:
    """Returns the button that removes the main reason; None if no removal changes the rank."""
    if not explanation.reason.places:
        return None
    place = explanation.reason.places[0]
    label = f"Remove {title_at(scene.window, place, lambda item: short(scene.title(item), LETTERS))}"
    return label, scene.ids(np.delete(scene.window, place - 1))


def waterfall(scene: Scene, explanation: Explanation, *, from_average: bool) -> Waterfall | None:
    """Returns the parts of the exact sum as consecutive bars; None where m is a max or min, which has no exact sum."""
    parts = explanation.sum.parts
    if not explanation.sum.exists:
        return None
    usual = usual_terms(scene.moment, explanation.sum)
    level = sum(usual) if from_average else 0.0
    terms = [Term("average", level)] if from_average else []
    for part, mean in zip(parts, usual, strict=True):
        if from_average and part.kind == "constant":
            continue  # the constant is the same for every item
        terms.append(term(scene, part, part.value - mean if from_average else part.value, level, mean))
        level = terms[-1].end
    terms.append(Term("total", level, title=scene.title(explanation.item)))
    long = next((part.value for part in parts if part.kind == "long"), 0.0)
    return Waterfall(tuple(terms), explanation.distance, long)


def usual_terms(moment: Moment, exact_sum: ExactSum) -> list[float]:
    """Returns the mean of each part over all items of the catalogue, in the order of the parts."""
    ranking, attraction = moment.ranking, iter(exact_sum.attraction)
    means = []
    for part in exact_sum.parts:
        if part.kind == "long" and ranking.long is not None:
            means.append(ranking.long_weight * float(ranking.long.mean(dtype=float)))
        elif part.kind == "item":
            means.append(part.value + next(attraction))
        elif part.kind == "origin" and part.weight is not None:
            means.append((1 - ranking.long_weight) * part.weight * mean_item(moment.run)[1])
        else:
            means.append(part.value)
    return means


def term(scene: Scene, part: SumPart, value: float, start: float = 0.0, usual: float = 0.0) -> Term:
    """Returns one part as a bar that begins at `start`."""
    bar = Term(part.kind, value, start, usual)
    if part.item is None:
        return bar
    colour = item_colour(scene.hue(part.item))
    return replace(bar, title=scene.title(part.item), item=part.item, place=part.place, item_colour=colour)


def residual_line(record: Waterfall) -> str:
    """States how well the bars add up to the model value."""
    start = "The bars add up to"
    if record.from_average:
        start = f"The bars lead from the average item's {number(record.terms[0].value, 4)} to"
    values = f"{number(record.terms[-1].value, 4)}; the model value is {number(record.distance, 4)}"
    return f"{start} {values}. Difference: {power_of_ten(record.residual)}."


def details(record: Waterfall) -> str:
    """States the value of each term that belongs to neither an item nor the user, and the residual."""
    terms = [(KINDS[term.kind], record.adds(term)) for term in record.terms if term.item is None]
    lines = [f"{kind.name.capitalize()} {signed(value, 4)}: {kind.about}." for kind, value in terms if kind.about]
    return " ".join([*lines, residual_line(record)])


def power_of_ten(value: float) -> str:
    """Returns a number in scientific notation with one digit: 3·10⁻⁸."""
    if value == 0:
        return "0"
    digit, exponent = f"{value:.0e}".split("e")
    return f"{digit}·10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


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
    terms = [term(scene, part, part.value) for part in difference.parts]
    if not difference.exists:
        terms.append(Term("short", difference.total - sum(part.value for part in difference.parts)))
    terms.append(Term("total", difference.total))
    comparable = bool(scene.ranking.candidates[[above, below]].all())
    return Versus(scene.title(above), scene.title(below), tuple(terms), difference, comparable)


def versus_heading(record: Versus) -> str:
    relation = "ranked above" if record.comparable else "nearer than"
    return f"Why is “{record.above}” {relation} “{record.below}”?"


def rival_note(scene: Scene) -> str:
    """Returns a note if the chosen item is the explained item, so that another item is compared; else empty."""
    if scene.against is None or scene.against != scene.explained:
        return ""
    return f"{quoted(scene.run, scene.against)} is the explained item itself, so the next recommendation is compared. "


def versus_line(difference: Difference) -> str:
    """States how well the differences add up."""
    total = signed(difference.total, 4)
    if not difference.exists:
        return f"The distances differ by {total}, in their long-term and their short-term part."
    return (
        f"The bars add up to {signed(sum(part.value for part in difference.parts), 4)}; the distances differ by "
        f"{total}. Difference: {power_of_ten(difference.residual)}. The constant cancels."
    )


def roles(scene: Scene) -> dict[int, str]:
    """Returns what the explained and the compared item are called in the list."""
    named = {scene.explained: "explained", rival(scene): "compared"}
    return {item: role for item, role in named.items() if item is not None}


def what_happened(scene: Scene, before: Moment, item: int, k: int) -> str:
    """States what the last edit did to the explained item. before: the moment before the edit."""
    old, new = (ranking.rank(item) for ranking in (before.ranking, scene.ranking))
    distances = [number(ranking.distance(item), 3) for ranking in (before.ranking, scene.ranking)]
    start = f"{change_of(scene, before.window, scene.window)}. “{scene.title(item)}”:"
    change = f"distance {' → '.join(distances)}"
    if not scene.ranking.candidates[item]:
        return f"{start} {change}; not a candidate."
    moved = f"from {ordinal(old)} to {ordinal(new)}" if old != new else f"still {ordinal(new)}"
    border = f"; it {'leaves' if old <= k else 'enters'} the top {k}" if (old <= k) != (new <= k) else ""
    return f"{start} {moved}, {change}{border}."


def change_of(scene: Scene, before: np.ndarray, after: np.ndarray) -> str:
    """States an edit in words. before, after: the windows."""
    old, new = Counter(before.tolist()), Counter(after.tolist())
    removed, added = list((old - new).elements()), list((new - old).elements())
    parts = [("Removed" if not added else "Replaced", removed), ("Added" if not removed else "with", added)]
    if removed or added:
        return " ".join(f"{verb} {named(scene, items)}" for verb, items in parts if items)
    moved = np.flatnonzero(before != after)
    swapped = len(moved) == 2
    return f"Swapped {named(scene, before[moved].tolist())}" if swapped else "Reordered the items"


def named(scene: Scene, items: Sequence[int]) -> str:
    return listed([quoted(scene.run, item, LETTERS) for item in items], 3)
