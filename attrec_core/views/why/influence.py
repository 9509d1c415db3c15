"""Does attention mean influence? The attention of each item of the window beside its influence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number, percent
from attrec_core.explain.across_users.users import older_tau, statistics_of
from attrec_core.explain.explanation import Explanation
from attrec_core.explain.influence import Effect
from attrec_core.views.drawing.bars import BarPart, BarsRecord
from attrec_core.views.drawing.theme import item_colour, signed
from attrec_core.views.page_context import Scene
from attrec_core.views.why import term_bars
from attrec_core.views.why.term_bars import Term

# Shown instead of the sentence that would answer the question of the lesson.
ASKED = "The lesson asks which item has the most influence: find it in the column “Removed”."
DIGITS = 5
EFFECTS = {"delta_distance": "Δ distance", "delta_rank": "Δ rank", "direct": "direct", "reweighting": "re-weighting"}
OF_TASTE = {"long": "long-term part"}


@dataclass(frozen=True)
class TruthRow:
    """One item of the window: its attention, and its influence on the distance of the explained item."""

    place: int  # from 1, oldest first
    id: str
    item: int  # index
    title: str
    colour: str
    weight: float  # average attention
    delete: Effect | None  # of removing it, where the items before it move up; None in a window of one item
    mask: Effect | None  # of removing it, where the other items keep their positions; None in a window of one item


@dataclass(frozen=True)
class TruthTable:
    """The truth test of one item; the browser shows it."""

    rank: float  # of the explained item, with the whole window
    even: float  # mean of the weights
    rows: tuple[TruthRow, ...]  # an item of the window each, oldest first
    selected: str | int | None  # an item's id

    @property
    def changes_taste(self) -> bool:
        """Whether a removal changes the long-term part, too, as in a taste from items."""
        return any(effect.long for row in self.rows for effect in (row.delete, row.mask) if effect)

    def table(self) -> pd.DataFrame:
        """Attention and all effects of each item. A change above 0: after the removal, the distance of the explained
        item is larger, or its rank is worse."""
        table = pd.DataFrame(self.rows, columns=["place", "title", "weight"]).round({"weight": 4})
        table.columns = ["place", "item", "average attention"]
        for removal, name in (("delete", "positions shift"), ("mask", "positions kept")):
            for field, head in (EFFECTS | OF_TASTE if self.changes_taste else EFFECTS).items():
                table[f"{name}: {head}"] = [getattr(getattr(row, removal), field, None) for row in self.rows]
        return table.round(DIGITS)


def truth_table(scene: Scene, explanation: Explanation) -> TruthTable:
    effects, nothing = explanation.leave_one_out, [None] * len(explanation.window)
    deleted, masked = effects.delete or nothing, effects.mask or nothing
    rows = tuple(
        TruthRow(
            place=place + 1,
            id=scene.item_id(item),
            item=item,
            title=scene.title(item),
            colour=item_colour(scene.hue(item)),
            weight=float(scene.moment.average_attention[place]),
            delete=deleted[place],
            mask=masked[place],
        )
        for place, item in enumerate(explanation.window)
    )
    even = float(np.mean([row.weight for row in rows]))
    return TruthTable(explanation.rank, even, rows, scene.view.selected)


def among_users(scene: Scene) -> str:
    """Compares the τ of this user with the τ of the other test users; empty if the run has no statistics on them."""
    if scene.run.across_users is None or scene.user is None:
        return ""
    stats = statistics_of(scene.run)
    has_tau, is_user = ~np.isnan(stats.tau_delete), stats.users == scene.user
    tau, other_taus = stats.tau_delete[has_tau & is_user], stats.tau_delete[has_tau & ~is_user]
    if not len(tau) or not len(other_taus):
        return ""
    others = count_of(len(other_taus), "other test user")
    return (
        f"For the first recommendation at the step before the test item, as trained, {scene.who} has τ = "
        f"{number(float(tau[0]))}: more "
        f"agreement than {percent(float((other_taus < tau[0]).mean()))} of {others} "
        f"(mean {number(float(other_taus.mean()))}).{older_tau(stats)}"
    )


def removal_bars(scene: Scene, record: TruthTable, label: str) -> BarsRecord:
    """The change of the distance when each item is removed."""
    columns = []
    for row in record.rows:
        if row.delete is not None:
            change = row.delete.delta_distance
            term = Term("item", change, title=row.title, item=row.item, place=row.place, item_colour=row.colour)
            hover = f"changes the distance by {signed(change, 4)}"
            bars = [BarPart(0.0, change, row.colour)]
            columns.append(term_bars.column(scene, term, bars, signed(change, 3), hover))
    return BarsRecord(label, "change of the distance when removed", columns)
