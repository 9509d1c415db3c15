"""Does attention mean influence? The attention of each item of the window beside its influence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from operator import itemgetter

import numpy as np

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.across_users.users import older_tau, statistics_of
from attrec_core.explain.explanation import Explanation
from attrec_core.explain.influence import SHOWS, notable, several_matter, verdict
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.theme import item_colour, signed
from attrec_core.views.page_context import Scene
from attrec_core.views.why.records import TruthRow, TruthTable

# Shown instead of the sentence that would answer the question of the lesson.
ASKED = "The lesson asks which item has the most influence: find it in the column “Removed”."


def truth_rows(scene: Scene, explanation: Explanation) -> list[TruthRow]:
    """Returns a row for each item of the window, oldest first."""
    influence, effects, nothing = explanation.influence, explanation.leave_one_out, [None] * len(explanation.window)
    by_removal, by_term = (notable(np.array(effects)).tolist() for effects in (influence.delete, influence.exact))
    by_weight = order_of(influence.weights, by_removal or influence.weights)
    by_exact = order_of(by_term, influence.weights) or nothing
    by_delete = order_of(by_removal, influence.weights) or nothing
    row_count = len(explanation.window) if scene.moment.config.aggregation == "sum" else 1  # column sum → average
    exact, deleted, masked = influence.exact or nothing, effects.delete or nothing, effects.mask or nothing
    return [
        TruthRow(
            place=place + 1,
            id=scene.item_id(item),
            item=item,
            title=scene.title(item),
            colour=item_colour(scene.hue(item)),
            weight=influence.weights[place] / row_count,
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
    """Returns the rank of each value; the largest is 1. Equal values are ranked by `others`, because a tie is not a
    disagreement."""
    order = sorted(range(len(values)), key=lambda index: (-values[index], -others[index]))
    return [order.index(index) + 1 for index in range(len(values))]


def verdict_of(explanation: Explanation, place: int) -> str:
    """States whether an item has high attention, and how its removal changes the distance.
    place: from 0."""
    influence = explanation.influence
    if not influence.delete:
        return ""
    effect = influence.delete[place]
    is_visible = abs(effect) >= SHOWS
    is_strongest = effect >= SHOWS and effect == max(influence.delete)
    action = f"removing it {'raises' if effect > 0 else 'lowers'} the distance{' most' * is_strongest}"
    if not is_visible:
        action = f"removing it {'hardly changes' if effect else 'does not change'} the distance"
    if place + 1 in influence.favoured:
        return f"high attention, {'and' if is_visible and effect > 0 else 'yet'} {action}"
    return f"low attention, yet {action}" if is_strongest else action


def table_record(scene: Scene, explanation: Explanation) -> TruthTable:
    rows = tuple(truth_rows(scene, explanation))
    even = float(np.mean([row.weight for row in rows]))
    return TruthTable(explanation.rank, even, rows, scene.view.selected)


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
    if not verdicts:
        return ""
    return f"Attention {'; '.join(verdicts)}. Kendall's τ is 1 for the same order, −1 for the reverse."


def paradox(rows: Sequence[TruthRow]) -> str:
    """Explains why the distance falls when the item is removed that lowers it most by the exact sum; empty if the
    distance does not fall."""
    items = [(row.exact, row.delete, row.title) for row in rows if row.exact is not None and row.delete is not None]
    exact, effect, title = max(items, key=itemgetter(0), default=(0.0, None, ""))
    if effect is None or exact <= 0 or effect.delta_distance >= 0:
        return ""
    direct, reweighting = effect.direct or 0.0, effect.reweighting or 0.0  # neither is None where an exact sum exists
    why = f"the attention of the others changes: direct {signed(direct, 3)}, re-weighting {signed(reweighting, 3)}"
    if direct < 0:
        why = f"its attention goes to recent items that lower the distance even more ({signed(direct, 3)})"
    start = f"By the exact sum, “{title}” lowers the distance most, compared with the average item"
    return f"{start}; yet removing it lowers the distance, because {why}."


def slope_sentence(rows: Sequence[TruthRow]) -> str:
    """States how many pairs of items attention and removal put in opposite orders. rows: at least two."""
    items = [(row, row.by_delete) for row in rows if row.by_delete]
    pairs = list(combinations(items, 2))  # the lines of tied pairs do not cross
    crossed = sum((a.by_weight - b.by_weight) * (rank_a - rank_b) < 0 for (a, rank_a), (b, rank_b) in pairs)
    if not crossed:
        return "No lines cross: attention and removal agree on the order of every two items that do not tie."
    farthest, by_removal = max(items, key=lambda item: abs(item[0].by_weight - item[1]))
    return (
        f"{crossed} of {len(pairs)} pairs of lines cross between attention and removal. “{farthest.title}” "
        f"({letter(farthest.place - 1)}) moves most: "
        f"{ordinal(farthest.by_weight)} by attention, {ordinal(by_removal)} by removal."
    )


def among_users(scene: Scene) -> str:
    """Compares the τ of this user with the τ of the other test users; empty if the run has no statistics on them."""
    if scene.run.across_users is None or scene.user is None:
        return ""
    stats = statistics_of(scene.run)
    has_tau, is_user = ~np.isnan(stats.tau_delete), stats.users == scene.user
    tau, other_taus = stats.tau_delete[has_tau & is_user], stats.tau_delete[has_tau & ~is_user]
    if not len(tau) or not len(other_taus):
        return ""
    return (
        f"For the first recommendation at the last step, as trained, {scene.who} has τ = {number(float(tau[0]))}: more "
        f"agreement than {percent(float((other_taus < tau[0]).mean()))} of the other {len(other_taus):,} test users "
        f"(mean {number(float(other_taus.mean()))}).{older_tau(stats)}"
    )
