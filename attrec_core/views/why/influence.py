"""Does attention mean influence? The attention of each item of the window beside its influence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number, percent
from attrec_core.explain.across_users.users import older_tau, statistics_of
from attrec_core.explain.attention import HIGH, LOW
from attrec_core.explain.explanation import Explanation
from attrec_core.explain.influence import Effect, several_matter, verdict, visible
from attrec_core.runs.across_users import SAME
from attrec_core.views.drawing.bars import BarNote, BarPart, BarsRecord
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import (
    item_colour,
    reads_zero,
    signed,
)
from attrec_core.views.page_context import Scene
from attrec_core.views.why import term_bars
from attrec_core.views.why.exact_sum import explained
from attrec_core.views.why.term_bars import Term

# Shown instead of the sentence that would answer the question of the lesson.
ASKED = "The lesson asks which item has the most influence: find it in the column “Removed”."
TIED = "A tie in one order alone keeps Kendall's τ from 1 and −1."
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
    exact: float | None  # attraction in the exact sum; None without an exact sum
    delete: Effect | None  # of removing it, where the items before it move up; None in a window of one item
    mask: Effect | None  # of removing it, where the other items keep their positions; None in a window of one item
    verdict: str
    misleading: bool  # high attention, yet removing the item lowers the distance


@dataclass(frozen=True)
class TruthTable:
    """The truth test of one item; the browser shows it."""

    rank: float  # of the explained item, with the whole window
    even: float  # mean of the weights
    high: float  # the weight above which attention is called high
    rows: tuple[TruthRow, ...]  # an item of the window each, oldest first
    selected: str | int | None  # an item's id

    @property
    def changes_taste(self) -> bool:
        """Whether a removal changes the long-term part, too, as in a taste from items."""
        return any(effect.long for row in self.rows for effect in (row.delete, row.mask) if effect)

    def table(self) -> pd.DataFrame:
        """Attention and all effects of each item. A change above 0: after the removal, the distance of the explained
        item is larger, or its rank is worse."""
        fields = ["place", "title", "weight", "exact"]
        table = pd.DataFrame(self.rows, columns=fields).round({"weight": 4})
        table.columns = ["place", "item", "average attention", "contribution"]
        for removal, name in (("delete", "positions shift"), ("mask", "positions kept")):
            for field, head in (EFFECTS | OF_TASTE if self.changes_taste else EFFECTS).items():
                table[f"{name}: {head}"] = [getattr(getattr(row, removal), field, None) for row in self.rows]
        verdicts = [row.verdict for row in self.rows]
        return table.round(DIGITS).assign(**{"in words, by removal (positions shift)": verdicts})


def truth_table(scene: Scene, explanation: Explanation) -> TruthTable:
    influence, effects, nothing = explanation.influence, explanation.leave_one_out, [None] * len(explanation.window)
    exact, deleted, masked = influence.exact or nothing, effects.delete or nothing, effects.mask or nothing
    rows = tuple(
        TruthRow(
            place=place + 1,
            id=scene.item_id(item),
            item=item,
            title=scene.title(item),
            colour=item_colour(scene.hue(item)),
            weight=float(scene.moment.average_attention[place]),
            exact=exact[place],
            delete=deleted[place],
            mask=masked[place],
            verdict=verdict_of(explanation, place),
            misleading=place + 1 in influence.misleading,
        )
        for place, item in enumerate(explanation.window)
    )
    even = float(np.mean([row.weight for row in rows]))
    return TruthTable(explanation.rank, even, HIGH * even, rows, scene.view.selected)


def verdict_of(explanation: Explanation, place: int) -> str:
    """Whether an item has high attention, and how its removal changes the distance. place: from 0."""
    influence = explanation.influence
    if not influence.delete:
        return ""
    effect, felt = influence.delete[place], visible(influence.delete).tolist()
    is_visible = felt[place] != 0
    is_strongest = felt[place] > 0 and effect == max(influence.delete)
    action = f"removing it {'raises' if effect > 0 else 'lowers'} the distance{' most' * is_strongest}"
    if not is_visible:
        action = f"removing it {'hardly changes' if abs(effect) > SAME else 'does not change'} the distance"
    if place + 1 in influence.favoured:
        return f"high attention, {'and' if is_visible and effect > 0 else 'yet'} {action}"
    is_low = influence.weights[place] < LOW * np.mean(influence.weights)
    return f"low attention, yet {action}" if is_strongest and is_low else action


def paradox(scene: Scene, record: TruthTable) -> str:
    """Explains why the distance falls when the item is removed that lowers it most by the exact sum; empty if the
    distance does not fall."""
    items = [
        (row.exact, row.delete, row.title) for row in record.rows if row.exact is not None and row.delete is not None
    ]
    felt = visible([effect.delta_distance for _, effect, _ in items])
    best = max(range(len(items)), key=lambda place: items[place][0], default=None)
    if best is None or items[best][0] <= 0 or felt[best] >= 0:
        return ""
    _, effect, title = items[best]
    direct, reweighting = effect.direct or 0.0, effect.reweighting or 0.0  # neither is None where an exact sum exists
    long = "" if reads_zero(effect.long, 3) else f", and the long-term part by {signed(effect.long, 3)}"
    parts = f"direct {signed(direct, 3)}, re-weighting {signed(reweighting, 3)}"
    why = f"the attention of the others changes: {parts}{long}"
    if direct < min(0.0, reweighting, effect.long):  # the main cause
        why = f"its attention goes to recent items that lower the distance even more ({signed(direct, 3)})"
    start = f"By the exact sum, “{title}” lowers the distance most, compared with the average item"
    return f"{start}; yet removing it lowers the distance, because {why}."


def taus(scene: Scene) -> str:
    """States every τ in words, then what τ is; empty if there is none."""
    lines = [line for line in (tau_line(explained(scene)), among_users(scene)) if line]
    return " ".join([*lines, f"Kendall's τ is 1 for the same order, −1 for the reverse. {TIED}"]) if lines else ""


def tau_line(explanation: Explanation) -> str:
    """States the three τ in words, each where several items matter; empty if none does."""
    influence = explanation.influence
    taus = {
        "removal (positions shift)": (influence.tau_delete, influence.delete),
        "removal (positions kept)": (influence.tau_mask, influence.mask),
        "the contributions": (influence.tau_exact, influence.exact),
    }
    verdicts = [
        f"{verdict(tau)} {name} (τ = {number(tau)})"
        for name, (tau, effects) in taus.items()
        if tau is not None and several_matter(effects)
    ]
    return f"Attention {'; '.join(verdicts)}." if verdicts else ""


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
    """The change of the distance when each item is removed, both ways: for a model without an exact sum."""
    columns = []
    for row in record.rows:
        if row.delete is None or row.mask is None:
            continue
        deleted, masked = row.delete.delta_distance, row.mask.delta_distance
        bars = [
            BarPart(0.0, deleted, row.colour, side="left"),
            BarPart(0.0, masked, row.colour, hatched=True, side="right"),
        ]
        term = Term("item", 0.0, title=row.title, item=row.item, place=row.place, item_colour=row.colour)
        texts = f"{signed(deleted, 3)} | {signed(masked, 3)}"
        hover = f"positions shift: {signed(deleted, 4)}\npositions kept: {signed(masked, 4)}"
        columns.append(replace(term_bars.column(scene, term, bars, texts, hover), end=max(0.0, deleted, masked)))
    key = BarNote("plain: positions shift · hatched: positions kept", top=True)
    return BarsRecord(label, "change of the distance when removed", columns, notes=[key])


def left_out(scene: Scene, record: TruthTable) -> Figure:
    return term_bars.figure(removal_bars(scene, record, ""), scene.index)
