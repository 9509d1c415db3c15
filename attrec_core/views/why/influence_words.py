"""Is attention influence? Each item of the window by how much it is looked at, and by what it does."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from attrec_core.explain.explanation import Explanation
from attrec_core.explain.influence import SHOWS, verdict
from attrec_core.explain.leave_one_out import Effect
from attrec_core.explain.wording import ordinal
from attrec_core.views.drawing.theme import item_colour, number, signed
from attrec_core.views.page_context import Scene
from attrec_core.views.why.records import TruthRow


def truth_rows(scene: Scene, found: Explanation) -> list[TruthRow]:
    """The items of the window, oldest first."""
    seen, count = found.influence, len(found.window)
    by_weight = order_of(seen.weights, seen.delete or seen.weights)
    by_exact = order_of(seen.exact, seen.weights) if seen.exact else [None] * count
    by_delete = order_of(seen.delete, seen.weights) if seen.delete else [None] * count
    return [
        TruthRow(
            place=place + 1,
            item=item,
            title=scene.title(item),
            hue=scene.hue(item),
            weight=seen.weights[place],
            exact=seen.exact[place] if seen.exact else None,
            delete=found.leave_one_out.delete[place] if seen.delete else None,
            mask=found.leave_one_out.mask[place] if seen.mask else None,
            by_weight=by_weight[place],
            by_exact=by_exact[place],
            by_delete=by_delete[place],
            verdict=verdict_of(found, place),
        )
        for place, item in enumerate(found.window)
    ]


def order_of(values: Sequence[float], others: Sequence[float]) -> list[int]:
    """The rank of each value, the largest is 1. Equal ones stand as the others do: a tie is no disagreement."""
    order = np.lexsort((-np.array(others), -np.array(values)))
    ranks = np.empty(len(order), int)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks.tolist()


def verdict_of(found: Explanation, place: int) -> str:
    """What attention says of one item, and what it does, in words."""
    seen = found.influence
    if not seen.delete:
        return ""
    effect = seen.delete[place]
    favoured = place + 1 in seen.favoured
    shows = abs(effect) >= SHOWS
    most = effect >= SHOWS and effect == max(seen.delete)
    does = "pulls it nearer most" if most else "pulls it nearer" if effect > 0 else "pushes it away"
    if not shows:
        does = "changes hardly anything" if effect else "changes nothing"
    if favoured:
        return f"favoured, {'and' if shows and effect > 0 else 'yet'} {does}"
    return f"not favoured, yet {does}" if most else does


def table_record(scene: Scene, rows: Sequence[TruthRow], found: Explanation) -> dict[str, object]:
    """What the truth table draws; see `influence.js`."""

    def effect(one: Effect | None) -> dict[str, float] | None:
        return None if one is None else {"distance": one.delta_distance, "rank": one.delta_rank}

    return {
        "title": scene.title(found.item)[:300],
        "even": found.influence.even,
        "rows": [
            {
                "place": row.place,
                "id": scene.item_id(row.item),
                "title": row.title[:300],
                "colour": item_colour(row.hue),
                "weight": row.weight,
                "exact": row.exact,
                "delete": effect(row.delete),
                "mask": effect(row.mask),
                "verdict": row.verdict,
                "misleading": row.place in found.influence.misleading,
            }
            for row in rows
        ],
    }


def tau_line(found: Explanation) -> str:
    """The three τ in words."""
    seen = found.influence
    told = [
        (seen.tau_delete, "leaving out (deleted)"),
        (seen.tau_mask, "leaving out (in place)"),
        (seen.tau_exact, "the exact terms"),
    ]
    words = [f"{verdict(tau)} {what}: {number(tau)}" for tau, what in told if tau is not None]
    if not words:
        return ""
    return f"Kendall's τ of attention with each. Attention {'; '.join(words)}. 1 is the same order, −1 the reverse."


def paradox(rows: Sequence[TruthRow]) -> str:
    """Where the item whose term attracts most pushes away once it is left out: how both can be. Else empty."""
    known = [row for row in rows if row.exact is not None and row.delete is not None]
    most = max(known, key=lambda row: row.exact, default=None)
    if most is None or most.exact <= 0 or most.delete.delta_distance >= 0:
        return ""
    start = f"“{most.title}” attracts it most by the exact sum, next to other items of the catalogue; yet without it "
    direct, reweighting = (signed(value, 3) for value in (most.delete.direct, most.delete.reweighting))
    if most.delete.direct < 0:
        return f"{start}its weight goes to items of the window that attract it even more ({direct})."
    return f"{start}the model looks elsewhere: its share was worth {direct}, the others looked at anew {reweighting}."


def slope_sentence(rows: Sequence[TruthRow]) -> str:
    """How many pairs of items attention puts in another order than influence does."""
    # As τ-b does, only pairs that both tell apart; of the others the lines do not cross.
    products = [
        (one.weight - other.weight) * (one.delete.delta_distance - other.delete.delta_distance)
        for one, other in combinations(rows, 2)
    ]
    crossed, pairs = (sum(compare(product, 0) for product in products) for compare in (operator.lt, operator.ne))
    if not crossed:
        return "No lines cross: attention and influence put the items in the same order."
    widest = max(rows, key=lambda row: abs(row.by_weight - row.by_delete))
    return (
        f"{crossed} of {pairs} pairs cross between attention and leaving out. “{widest.title}” (place "
        f"{widest.place}) moves most: {ordinal(widest.by_weight)} by attention, {ordinal(widest.by_delete)} by what "
        "happens without it."
    )


def among_users(scene: Scene) -> str:
    """Where this user stands among all test users, as far as the run knows; empty where it does not."""
    large = scene.run.at_large
    if large is None or scene.user is None:
        return ""
    row = int(np.searchsorted(large.users, scene.user))
    if row >= len(large.users) or large.users[row] != scene.user or np.isnan(large.tau_delete[row]):
        return ""
    own, others = float(large.tau_delete[row]), np.delete(large.tau_delete, row)
    others = others[~np.isnan(others)]
    if not len(others):
        return ""
    below = float((others < own).mean())
    return (
        f"As trained, at the test moment, for the first recommendation, {scene.who} has τ = "
        f"{number(own)}: more agreement than "
        f"{below:.0%} of the other {len(others):,} test users (mean {number(float(others.mean()))})."
    )
