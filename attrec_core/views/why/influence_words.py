"""Is attention influence? The attention of each item of the window beside its influence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from attrec_core.explain.explanation import Explanation
from attrec_core.explain.influence import SHOWS, verdict
from attrec_core.views.drawing.theme import item_colour, number, ordinal, signed
from attrec_core.views.page_context import Scene
from attrec_core.views.why.records import TruthRow, TruthTable

TITLE = 300  # characters of a title that the browser gets


def truth_rows(scene: Scene, explanation: Explanation) -> list[TruthRow]:
    """The items of the window, oldest first."""
    influence, effects, nothing = explanation.influence, explanation.leave_one_out, [None] * len(explanation.window)
    by_weight = order_of(influence.weights, influence.delete or influence.weights)
    by_exact = order_of(influence.exact, influence.weights) if influence.exact else nothing
    by_delete = order_of(influence.delete, influence.weights) if influence.delete else nothing
    exact, deleted, masked = influence.exact or nothing, effects.delete or nothing, effects.mask or nothing
    return [
        TruthRow(
            place=place + 1,
            id=scene.item_id(item),
            item=item,
            title=scene.title(item),
            colour=item_colour(scene.hue(item)),
            weight=influence.weights[place],
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
    order = np.lexsort((-np.array(others), -np.array(values)))
    ranks = np.empty(len(order), int)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks.tolist()


def verdict_of(explanation: Explanation, place: int) -> str:
    """Whether one item has much attention, and what deleting it does, in words."""
    influence = explanation.influence
    if not influence.delete:
        return ""
    effect = influence.delete[place]
    shows = abs(effect) >= SHOWS
    most = effect >= SHOWS and effect == max(influence.delete)
    does = "pulls it nearer most" if most else "pulls it nearer" if effect > 0 else "pushes it away"
    if not shows:
        does = "changes hardly anything" if effect else "changes nothing"
    if place + 1 in influence.favoured:
        return f"favoured, {'and' if shows and effect > 0 else 'yet'} {does}"
    return f"not favoured, yet {does}" if most else does


def table_record(
    scene: Scene, rows: Sequence[TruthRow], explanation: Explanation, selected: str | int | None
) -> TruthTable:
    """selected: an item's id."""
    short = tuple(replace(row, title=row.title[:TITLE]) for row in rows)
    return TruthTable(scene.title(explanation.item)[:TITLE], explanation.influence.even, short, selected)


def tau_line(explanation: Explanation) -> str:
    """The three τ in words."""
    influence = explanation.influence
    taus = {
        "leaving out (deleted)": influence.tau_delete,
        "leaving out (in place)": influence.tau_mask,
        "the exact terms": influence.tau_exact,
    }
    verdicts = [f"{verdict(tau)} {what}: {number(tau)}" for what, tau in taus.items() if tau is not None]
    if not verdicts:
        return ""
    return f"Kendall's τ of attention with each. Attention {'; '.join(verdicts)}. 1 is the same order, −1 the reverse."


def paradox(rows: Sequence[TruthRow]) -> str:
    """Where the item whose term attracts most pushes away once it is left out: how both can be. Else empty."""
    known = [row for row in rows if row.exact is not None and row.delete is not None]
    most = max(known, key=lambda row: row.exact, default=None)
    if most is None or most.exact <= 0 or most.delete.delta_distance >= 0:
        return ""
    direct, reweighting = (signed(value, 3) for value in (most.delete.direct, most.delete.reweighting))
    why = f"the model looks elsewhere: its share was worth {direct}, the others looked at anew {reweighting}"
    if most.delete.direct < 0:
        why = f"its weight goes to items of the window that attract it even more ({direct})"
    start = f"“{most.title}” attracts it most by the exact sum, next to other items of the catalogue"
    return f"{start}; yet without it {why}."


def slope_sentence(rows: Sequence[TruthRow]) -> str:
    """How many pairs of items attention puts in another order than influence does."""
    # As τ-b does, only pairs that both tell apart; of the others the lines do not cross.
    products = [
        (a.weight - b.weight) * (a.delete.delta_distance - b.delete.delta_distance) for a, b in combinations(rows, 2)
    ]
    crossed, pairs = sum(product < 0 for product in products), sum(product != 0 for product in products)
    if not crossed:
        return "No lines cross: attention and influence put the items in the same order."
    widest = max(rows, key=lambda row: abs(row.by_weight - row.by_delete))
    return (
        f"{crossed} of {pairs} pairs cross between attention and leaving out. “{widest.title}” (place "
        f"{widest.place}) moves most: {ordinal(widest.by_weight)} by attention, {ordinal(widest.by_delete)} by what "
        "happens without it."
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
        f"As trained, at the test moment, for the first recommendation, {scene.who} has τ = {number(float(own[0]))}: "
        f"more agreement than {float((others < own[0]).mean()):.0%} of the other {len(others):,} test users (mean "
        f"{number(float(others.mean()))})."
    )
