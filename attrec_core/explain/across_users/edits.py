"""How few changes to the window move an item into or out of the top 10, for a sample of the test users."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from attrec_core.data.windows import leave_one_out
from attrec_core.explain.moment import moment_of
from attrec_core.explain.smallest_edit import LONGEST, SmallestEdit, smallest_edit
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run

TOP = 10
MOST, FEWEST = 100, 5  # users of the sample
FLOATS = 2e9  # approximate number of multiplications for the whole sample: a second or two
SEED = 0
SIZES = ("one removal", "one swap", "two removals", "none so small")  # from the smallest edit to none


@dataclass(frozen=True)
class Edits:
    """How many users of the sample need an edit of each size. out, into: size → users."""

    users: int  # in the sample
    of: int  # test users in total
    out: Mapping[str, int]  # takes the first recommendation out of the top 10
    into: Mapping[str, int]  # brings the actual next item into the top 10, for users for whom it is ranked below


@cached
def edits(run: Run) -> Edits:
    """Counts the edits for a seeded sample of users, at the moment before the test item; seen items are excluded."""
    evaluated = leave_one_out(run.interactions).evaluated
    sample = np.random.default_rng(SEED).choice(evaluated, min(users_for(run), len(evaluated)), replace=False)
    out: Counter[str] = Counter()
    into: Counter[str] = Counter()
    for user in np.sort(sample).tolist():
        moment = moment_of(run, user)
        first = int(moment.ranking.top(1)[0])
        out[size_of(smallest_edit(moment, first, TOP))] += 1
        if moment.target is not None and moment.ranking.rank(moment.target) > TOP:
            into[size_of(smallest_edit(moment, moment.target, TOP))] += 1
    return Edits(len(sample), len(evaluated), dict(out), dict(into))


def size_of(edit: SmallestEdit) -> str:
    if edit.kind == "remove":
        return "one removal" if len(edit.places) == 1 else "two removals"
    return "one swap" if edit.kind == "swap" else "none so small"


def users_for(run: Run) -> int:
    """Returns as many users as FLOATS allows, from FEWEST to MOST."""
    length = run.model_config.window
    pairs = length * (length - 1) // 2 if length <= LONGEST else 0
    per_user = 2 * (2 * length + pairs) * run.interactions.n_items * run.model_config.dim
    return int(np.clip(FLOATS / per_user, FEWEST, MOST))
