"""Everything about one item at one moment: where its distance comes from, and whether attention says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attrec_core.explain.exact_sum import exact_sum
from attrec_core.explain.influence import influence
from attrec_core.explain.leave_one_out import leave_one_out
from attrec_core.explain.prediction import Moment, moment_of
from attrec_core.explain.records_why import Explanation
from attrec_core.explain.wording import number, quoted, rank
from attrec_core.runs.run import Run


def explain(
    run: Run, user: int | None, window: Sequence[int] | np.ndarray | None, item: int, *, step: int | None = None
) -> Explanation:
    """Indices of a user (None: nobody, short term only), of the window's items, oldest first (None: the real ones
    after `step` items of the history), and of the item. Raises InputError for a window or a step that cannot be."""
    return explanation(moment_of(run, user, None if window is None else np.asarray(window, np.int64), step), item)


def explanation(moment: Moment, item: int) -> Explanation:
    """The exact sum, leave-one-out both ways, and attention against influence, of one item, competing or not."""
    found, item = moment.ranking, int(item)
    without = leave_one_out(moment, item)
    asked = influence(moment, item, without)
    place, competes = float(found.ranks[item]), bool(found.candidates[item])
    stands = f"{quoted(moment.run, item)} is at rank {rank(place)}, at distance {number(float(found.blended[item]))}"
    if not competes:
        stands = f"{quoted(moment.run, item)} does not compete; it would be at rank {rank(place)}"
    return Explanation(
        item=item,
        window=tuple(moment.window.tolist()),
        distance=float(found.blended[item]),
        short=float(found.short[item]),
        long=None if found.long is None else float(found.long[item]),
        long_weight=found.long_weight,
        rank=place,
        competes=competes,
        sum=exact_sum(moment, item),
        leave_one_out=without,
        influence=asked,
        sentence=f"{stands}. {asked.sentence}",
    )
