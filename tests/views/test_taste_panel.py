"""What of the history still counts: the panel's numbers are the model's, and are the bars of Why this item?"""

from __future__ import annotations

import numpy as np
import pytest
from other_runs import remembering

from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View
from attrec_core.views.why.exact_sum import explained
from attrec_core.views.why.panels import TASTE
from attrec_core.views.why.taste import TasteOfItems

USER = 7


@pytest.fixture(scope="module")
def run(sample: Run) -> Run:
    return remembering(sample)


def of(run: Run, **fields: object) -> tuple[Scene, TasteOfItems]:
    at = scene(run, View(**{"user": run.interactions.user_ids[USER], "step": 30, **fields}))
    return at, TASTE.of(at).record


def test_the_parts_are_those_of_the_bars_and_of_the_distance(run: Run) -> None:
    at, record = of(run, terms="whole")
    parts = explained(at).sum.parts
    long = {part.age: part.value for part in parts if part.kind == "earlier"}
    long |= {len(at.window) - part.place: part.long for part in parts if part.kind == "item"}
    assert [row.adds for row in record.rows] == [long[row.age] for row in record.rows]
    assert sum(row.share for row in record.rows) == pytest.approx(1)
    item, table, point = at.explained, run.weights["item_long"].astype(float), at.moment.taste
    vectors = table[[row.item for row in record.rows]]
    shares = np.array([row.share for row in record.rows])
    same = at.omega * (shares @ (vectors**2).sum(1) - point @ point)
    assert sum(row.adds for row in record.rows) - same == pytest.approx(
        at.omega * ((table[item] - point) ** 2).sum(), abs=1e-5
    )
    means = at.omega * shares * ((table[:, None] - vectors) ** 2).sum(2).mean(0)
    assert [row.usual for row in record.rows] == pytest.approx(means.tolist(), rel=1e-5)
