"""Does attention mean influence? The attention of each item of the window beside its influence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from operator import itemgetter

import numpy as np

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.explanation import Explanation
from attrec_core.explain.influence import SHOWS, verdict
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.theme import item_colour, signed
from attrec_core.views.page_context import Scene
from attrec_core.views.why.records import TruthRow, TruthTable

TITLE = 300  # characters of a title that the browser gets


def truth_rows(scene: Scene, explanation: Explanation) -> list[TruthRow]:
    """The items of the window, oldest first."""
    influence, effects, nothing = explanation.influence, explanation.leave_one_out, [None] * len(explanation.window)
    by_weight = order_of(influence.weights, influence.delete or influence.weights)
    by_exact = order_of(influence.exact, influence.weights) or nothing
    by_delete = order_of(influence.delete, influence.weights) or nothing
    rows = len(explanation.window) if scene.moment.config.aggregation == "sum" else 1  # a column sum → the average
    exact, deleted, masked = influence.exact or nothing, effects.delete or nothing, effects.mask or nothing
    return [
        TruthRow(
            place=place + 1,
            id=scene.item_id(item),
            item=item,
            title=scene.title(item),
            colour=item_colour(scene.hue(item)),
            weight=influence.weights[place] / rows,
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
    ]


def order_of(values: Sequence[float], others: Sequence[float]) -> list[int]:
    """The rank of each value, the largest is 1. Equal ones stand as the others do: a tie is no disagreement."""
    order = sorted(range(len(values)), key=lambda at: (-values[at], -others[at]))
    return [order.index(at) + 1 for at in range(len(values))]


def verdict_of(explanation: Explanation, place: int) -> str:
    """Whether one item has much attention, and whether it lowers the distance by what removing it does, in words."""
    influence = explanation.influence
    if not influence.delete:
        return ""
    effect = influence.delete[place]
    shows = abs(effect) >= SHOWS
    most = effect >= SHOWS and effect == max(influence.delete)
    does = f"{'lowers' if effect > 0 else 'raises'} the distance{' most' * most}"
    if not shows:
        does = "hardly changes the distance" if effect else "does not change the distance"
    if place + 1 in influence.favoured:
        return f"high attention, {'and' if shows and effect > 0 else 'yet'} {does}"
    return f"low attention, yet {does}" if most else does


def table_record(
    scene: Scene, rows: Sequence[TruthRow], explanation: Explanation, selected: str | int | None
) -> TruthTable:
    """selected: an item's id."""
    short = tuple(replace(row, title=row.title[:TITLE]) for row in rows)
    return TruthTable(
        scene.title(explanation.item)[:TITLE], float(np.mean([row.weight for row in rows])), short, selected
    )


def tau_line(explanation: Explanation) -> str:
    """The three τ in words."""
    influence = explanation.influence
    taus = {
        "removal (positions shift)": influence.tau_delete,
        "removal (positions kept)": influence.tau_mask,
        "the contributions": influence.tau_exact,
    }
    verdicts = [f"{verdict(tau)} {what} (τ = {number(tau)})" for what, tau in taus.items() if tau is not None]
    if not verdicts:
        return ""
    return f"Attention {'; '.join(verdicts)}. Kendall's τ is 1 for the same order, −1 for the reverse."


def paradox(rows: Sequence[TruthRow]) -> str:
    """Where the item that lowers the distance most by the exact sum raises it by its removal: how both can be. Else
    empty."""
    known = [(row.exact, row.delete, row.title) for row in rows if row.exact is not None and row.delete is not None]
    lowers, effect, title = max(known, key=itemgetter(0), default=(0.0, None, ""))
    if effect is None or lowers <= 0 or effect.delta_distance >= 0:
        return ""
    direct, reweighting = effect.direct or 0.0, effect.reweighting or 0.0  # of an exact sum, both are known
    why = f"the attention of the others changes: direct {signed(direct, 3)}, re-weighting {signed(reweighting, 3)}"
    if direct < 0:
        why = f"its attention goes to recent items that lower the distance even more ({signed(direct, 3)})"
    start = f"By the exact sum, “{title}” lowers the distance most, compared with the average item"
    return f"{start}; yet removing it lowers the distance, because {why}."


def slope_sentence(rows: Sequence[TruthRow]) -> str:
    """How many pairs of items attention puts in another order than influence does, of two items or more."""
    known = [(row, row.delete.delta_distance, row.by_delete) for row in rows if row.delete and row.by_delete]
    # As τ-b does, only pairs that both tell apart; of the others the lines do not cross.
    products = [(a.weight - b.weight) * (of_a - of_b) for (a, of_a, _), (b, of_b, _) in combinations(known, 2)]
    crossed, pairs = sum(product < 0 for product in products), sum(product != 0 for product in products)
    if not crossed:
        return "No lines cross: attention and removal give the same order."
    widest, _, last = max(known, key=lambda item: abs(item[0].by_weight - item[2]))
    return (
        f"{crossed} of {pairs} pairs cross between attention and removal. “{widest.title}” "
        f"({letter(widest.place - 1)}) moves most: "
        f"{ordinal(widest.by_weight)} by attention, {ordinal(last)} by removal."
    )


def among_users(scene: Scene) -> str:
    """The τ of this user beside all test users; empty where the run has no statistics on them."""
    stats = scene.run.at_large
    if stats is None or scene.user is None:
        return ""
    known, mine = ~np.isnan(stats.tau_delete), stats.users == scene.user
    own, others = stats.tau_delete[known & mine], stats.tau_delete[known & ~mine]
    if not len(own) or not len(others):
        return ""
    return (
        f"For the first recommendation at the last step, as trained, {scene.who} has τ = {number(float(own[0]))}: more "
        f"agreement than {percent(float((others < own[0]).mean()))} of the other {len(others):,} test users (mean "
        f"{number(float(others.mean()))})."
    )
