"""Does attention mean influence? The attention of each item of the window beside its influence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number, ordinal, percent
from attrec_core.explain.across_users.users import older_tau, statistics_of
from attrec_core.explain.attention import HIGH, LOW
from attrec_core.explain.explanation import Explanation
from attrec_core.explain.influence import Effect, notable, several_matter, verdict, visible
from attrec_core.explain.wording import letter
from attrec_core.runs.across_users import SAME, TIES
from attrec_core.views.drawing.bars import BarNote, BarPart, BarsRecord
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import CALM, axis, figure, hover, note, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import (
    SELECTED,
    escaped,
    item_colour,
    reads_zero,
    row_height,
    signed,
    wrapped_title,
)
from attrec_core.views.page_context import Scene
from attrec_core.views.why import term_bars
from attrec_core.views.why.exact_sum import explained
from attrec_core.views.why.term_bars import Term

# Shown instead of the sentence that would answer the question of the lesson.
ASKED = "The lesson asks which item has the most influence: find it in the column “Removed”."
HEAD, ROW, BAND = 80, 44, 34  # pixels of the three orders; width of the band of a tie
FEW = 10  # items; with more, the lines are thin
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
    by_weight: float  # rank among the items of the window, by attention; 1 is most, and equal values have equal ranks
    by_exact: float | None
    by_delete: float | None
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
        fields = ["place", "title", "weight", "by_weight", "exact"]
        table = pd.DataFrame(self.rows, columns=fields).round({"weight": 4})
        table.columns = ["place", "item", "average attention", "by attention", "contribution"]
        for removal, name in (("delete", "positions shift"), ("mask", "positions kept")):
            for field, head in (EFFECTS | OF_TASTE if self.changes_taste else EFFECTS).items():
                table[f"{name}: {head}"] = [getattr(getattr(row, removal), field, None) for row in self.rows]
        verdicts = [row.verdict for row in self.rows]
        return table.round(DIGITS).assign(**{"in words, by removal (positions shift)": verdicts})


def truth_table(scene: Scene, explanation: Explanation) -> TruthTable:
    influence, effects, nothing = explanation.influence, explanation.leave_one_out, [None] * len(explanation.window)
    by_removal, by_term = (notable(np.array(effects)).tolist() for effects in (influence.delete, influence.exact))
    by_weight = ranks_of(influence.weights)
    by_exact, by_delete = ranks_of(by_term) or nothing, ranks_of(by_removal) or nothing
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
            by_weight=by_weight[place],
            by_exact=by_exact[place],
            by_delete=by_delete[place],
            verdict=verdict_of(explanation, place),
            misleading=place + 1 in influence.misleading,
        )
        for place, item in enumerate(explanation.window)
    )
    even = float(np.mean([row.weight for row in rows]))
    return TruthTable(explanation.rank, even, HIGH * even, rows, scene.view.selected)


def ranks_of(values: Sequence[float]) -> list[float]:
    """Returns the rank of each value; the largest is 1. Equal values share the mean of their ranks."""
    return [sum(other > value for other in values) + (values.count(value) + 1) / 2 for value in values]


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


def slope_sentence(scene: Scene, record: TruthTable) -> str:
    """States how many pairs of items attention and removal put in opposite orders."""
    items = [(row, row.by_delete) for row in record.rows if row.by_delete]
    pairs = list(combinations(items, 2))  # the lines of tied pairs do not cross
    crossed = sum((a.by_weight - b.by_weight) * (rank_a - rank_b) < 0 for (a, rank_a), (b, rank_b) in pairs)
    ties = any(a.by_weight == b.by_weight or rank_a == rank_b for (a, rank_a), (b, rank_b) in pairs)
    bands = f" Items on one grey band tie; changes of less than {percent(TIES)} of the largest tie, too." * ties
    if explained(scene).influence.tau_delete is None:
        return f"All items tie by attention or by removal, so there is no order to compare.{bands}"
    bands += f" {TIED}" * ties
    if not crossed:
        agree = "they agree on the order of every two items that do not tie"
        return f"No lines cross between attention and removal: {agree}.{bands}"
    farthest, by_removal = max(items, key=lambda item: abs(item[0].by_weight - item[1]))
    return (
        f"{crossed} of {len(pairs)} pairs of lines cross between attention and removal. No item moves farther than "
        f"“{farthest.title}” ({letter(farthest.place - 1)}): {ordinal(farthest.by_weight)} by attention, "
        f"{ordinal(by_removal)} by removal.{bands}"
    )


def ranks_table(scene: Scene, record: TruthTable) -> pd.DataFrame:
    table = pd.DataFrame(record.rows, columns=["place", "title", "by_exact", "by_weight", "by_delete"])
    return table.set_axis(["place", "item", "by contribution", "by attention", "by removal (positions shift)"], axis=1)


def orders(scene: Scene, record: TruthTable) -> Figure:
    """A line for each item: its rank by contribution (left), by attention (middle) and by removal (right), 1 on top.
    Lines cross where two orders disagree. A grey band joins the items that tie."""
    rows, influence, selected = record.rows, explained(scene).influence, scene.selected
    height = HEAD + row_height(ROW, (wrapped_title(row.title) for row in rows)) * max(len(rows), 3)
    columns = [("contribution", "by_exact"), ("attention", "by_weight"), ("removal", "by_delete")]
    columns = [column for column in columns if getattr(rows[0], column[1]) is not None]
    ranks = [[getattr(row, name) for row in rows] for _, name in columns]
    heights = [placed(of_column, [(row.by_weight, row.by_delete or 0.0) for row in rows]) for of_column in ranks]
    taus = [(influence.tau_exact, influence.exact)] * (len(columns) == 3) + [(influence.tau_delete, influence.delete)]
    shown = {gap: tau for gap, (tau, effects) in enumerate(taus) if tau is not None and several_matter(effects)}
    last, width = len(columns) - 1, 3 if len(rows) <= FEW else 1.5
    heads = {"tickvals": list(range(len(columns))), "ticktext": [text for text, _ in columns]}
    still, bold = {"showgrid": False, "zeroline": False, "fixedrange": True}, ({"weight": 400}, {"weight": 700})
    beside = {"xanchor": "left", "align": "left", "xshift": 18}
    bands = [tie(column, *both) for column, both in enumerate(zip(ranks, heights, strict=True))]
    data, notes = [band for band in bands if band["x"]], []
    for row, row_heights in zip(rows, zip(*heights, strict=True), strict=True):
        drawn = line(row, row_heights, width, row.item == selected)
        # Below it a wider line, so that a pale line shows on a light page and a dark line on a dark page.
        edge = drawn["marker"]["line"] | {"width": drawn["line"]["width"] + 2}
        data += [term_bars.SILENT | scatter(drawn["x"], drawn["y"], "lines", line=edge), drawn]
        notes.append(note(wrapped_title(row.title), last, row_heights[-1], **beside, font=bold[row.item == selected]))
    for gap, tau in shown.items():
        # Above the gap between two orders and above their names, which fill a line on a narrow screen.
        notes.append(note(f"τ = {number(tau)}", gap + 0.5, 1, yref="paper", yanchor="bottom", yshift=24))
    across = axis(range=[-0.3, last + 1.15], side="top", ticklabelstandoff=8, **heads, **still)
    up = axis(range=[len(rows) + 0.6, 0.4], visible=False, fixedrange=True)
    look = {"hovermode": "closest", "dragmode": False, "showlegend": False, "annotations": notes}
    whole = figure(data, height, (10, 10, 60, 6), **look, xaxis=across, yaxis=up)
    on_phone = {"xaxis": across | {"range": [-0.3, last + 1.75]}}  # the titles are as wide as on a desktop
    whole["phone"] = {"height": height, "replaces": 0, "data": [], "layout": on_phone}
    return whole


def placed(ranks: Sequence[float], others: Sequence[tuple[float, float]]) -> list[int]:
    """Returns the place of each item in an order, from 1. Items that tie stand as in the other orders, so that their
    lines do not cross: a tie is not a disagreement."""
    order = sorted(range(len(ranks)), key=lambda index: (ranks[index], others[index]))
    return [order.index(index) + 1 for index in range(len(ranks))]


def tie(column: int, ranks: Sequence[float], places: Sequence[int]) -> Trace:
    """The band behind the discs of each group of items that share a rank in an order."""
    across, down = list[int | None](), list[int | None]()
    for rank in sorted(set(ranks)):
        group = [place for place, other in zip(places, ranks, strict=True) if other == rank]
        if len(group) > 1:
            across, down = [*across, column, column, None], [*down, min(group), max(group), None]
    return term_bars.SILENT | scatter(across, down, "lines", line={"color": CALM, "width": BAND}, opacity=0.4)


def line(row: TruthRow, heights: Sequence[int], width: float, chosen: bool) -> Trace:
    """The line of one item, with a disc that shows its letter at its place in each order."""
    colour, count = row.colour, len(heights)
    text = f"{letter(row.place - 1)}. {escaped(row.title)}<br>average attention {percent(row.weight)}"
    text += "" if row.exact is None else f"<br>contribution {signed(row.exact, 3)}"
    text += "" if row.delete is None else f"<br>removed: {signed(row.delete.delta_distance, 3)}"
    frame = {"color": SELECTED if chosen else CALM, "width": 3 if chosen else 1}
    look: dict[str, Any] = {"line": {"color": colour, "width": 5 if chosen else width}}
    look |= {"marker": {"size": 24, "color": colour, "line": frame}, "customdata": [row.item] * count}
    look |= {"text": [letter(row.place - 1)] * count, "textposition": "middle center"}
    look["textfont"] = {"color": ink(colour), "size": 12, "weight": 600}
    return hover([text] * count) | scatter(list(range(count)), list(heights), "lines+markers+text", **look)
