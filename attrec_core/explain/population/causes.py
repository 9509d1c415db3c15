"""Does what the model looks at, or what matters to it, find the true cause of a viewing?"""

from __future__ import annotations

import numpy as np

from attrec_core.data.causes import Causes
from attrec_core.data.windows import last_windows
from attrec_core.explain.population.batch import blocks, through_attention
from attrec_core.explain.population.effects import effects
from attrec_core.runs.at_large import FINDERS, CauseShares
from attrec_core.runs.run import Run


def cause_shares(run: Run, causes: Causes) -> CauseShares | None:
    """Over all viewings whose true cause lies in the full window before them; None where there is none such.

    The item explained is the one that was viewed. Of equals the oldest is picked. Leaving out (delete, mask) has
    no share in windows of a single item, nor has exact where m is a max or min: NaN.
    """
    config, length = run.model_config, run.model_config.window
    inside = np.flatnonzero((causes.steps >= length) & (causes.steps - causes.cause_steps <= length))
    if len(inside) == 0:
        return None
    users, steps = causes.users[inside], causes.steps[inside]
    true = length - (steps - causes.cause_steps[inside])
    viewed = run.interactions.items[run.interactions.starts[users] + steps]
    windows = last_windows(run.interactions, users, steps, length)
    found = np.zeros((len(inside), len(FINDERS)))
    for _, rows in blocks(np.full(len(inside), length), config):
        batch = through_attention(run.arrays, config, windows[rows])
        measured = effects(run.arrays, config, batch, viewed[rows])
        pointers = {
            "attention": batch.columns,
            "exact": measured.exact,
            "delete": measured.delete,
            "mask": measured.mask,
            "nearest": -measured.gaps,
        }
        for name, pointer in pointers.items():
            hit = pointer.argmax(1) == true[rows]
            found[rows, FINDERS.index(name)] = np.where(np.isnan(pointer).any(1), np.nan, hit)
    found[:, FINDERS.index("latest")] = true == length - 1
    kinds = [kind for code, kind in enumerate(causes.kinds) if (causes.codes[inside] == code).any()]
    groups = [np.arange(len(inside)), *(np.flatnonzero(causes.codes[inside] == causes.kinds.index(k)) for k in kinds)]
    shares = np.array([found[group].mean(0) for group in groups])
    shares[:, FINDERS.index("chance")] = 1 / length
    return CauseShares(("all", *kinds), np.array([len(group) for group in groups]), shares)
