"""Which items are enough? What each item of the window is responsible for, and the smallest set that is enough."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from attrec_core.errors import number
from attrec_core.explain import subsets
from attrec_core.explain.subsets import LONGEST, Places, Subsets
from attrec_core.views.drawing.bars import BarNote, BarPart, BarsRecord
from attrec_core.views.drawing.theme import item_colour, signed
from attrec_core.views.page_context import Scene
from attrec_core.views.why import term_bars
from attrec_core.views.why.term_bars import Term

DIGITS = 5
TOO_LONG = f"All subsets are computed for windows of up to {LONGEST} items."


@dataclass(frozen=True, eq=False)
class EnoughRecord:
    found: Subsets
    titles: tuple[str, ...]
    best: Places  # of the smallest sets that are enough, the one with the most credit
    sentence: str

    def table(self) -> pd.DataFrame:
        """Credits sum to the distance without any recent item minus the distance with all."""
        needed = self.found.necessary()
        rows = [
            {
                "place": place,
                "item": title,
                "credit": float(self.found.credit[place - 1]),
                "alone: distance": float(self.found.distances[1 << place - 1]),
                "alone: rank": float(self.found.ranks[1 << place - 1]),
                "in a smallest set that is enough": any(place in places for places in self.found.sufficient()),
                "in a smallest set that is needed": any(place in places for places in needed),
            }
            for place, title in enumerate(self.titles, 1)
        ]
        return pd.DataFrame(rows).round({"credit": DIGITS, "alone: distance": DIGITS})


def lacks(scene: Scene) -> str:
    return TOO_LONG if len(scene.window) > LONGEST else ""


def enough_record(scene: Scene) -> EnoughRecord:
    assert scene.explained is not None  # else `lacks` says why
    found = subsets.subsets(scene.moment, scene.explained)
    assert found is not None
    titles = tuple(scene.title(item) for item in scene.window)
    return EnoughRecord(found, titles, found.best(found.sufficient()), subsets.sentence(scene.moment, found))


def credit_bars(scene: Scene, record: EnoughRecord, label: str) -> BarsRecord:
    """A bar for each item, hatched if it is not in the set that is enough."""
    columns = []
    for place, (item, credit) in enumerate(zip(scene.window.tolist(), record.found.credit.tolist(), strict=True), 1):
        colour = item_colour(scene.hue(item)) or term_bars.CALM
        term = Term("item", credit, title=scene.title(item), item=item, place=place, item_colour=colour)
        is_in = place in record.best
        hover = f"credit {signed(credit, 4)}; {'in' if is_in else 'not in'} the set that is enough"
        columns.append(
            term_bars.column(scene, term, [BarPart(0.0, credit, colour, not is_in)], signed(credit, 3), hover)
        )
    notes = [BarNote("▲ brings it nearer", top=True), BarNote("▼ moves it away", top=False)]
    return BarsRecord(label, "credit of each item", columns, notes=notes)


def details(record: EnoughRecord) -> str:
    found = record.found
    empty, whole = float(found.distances[0]), float(found.distances[-1])
    tried = len(found.ranks)
    return (
        f"Computed with all {tried:,} subsets of the window, in their order. The credits (Shapley) sum to the distance "
        f"without any recent item minus the distance with all of them: {number(empty, 3)} − {number(whole, 3)} = "
        f"{number(float(found.credit.sum()), 3)}."
    )
