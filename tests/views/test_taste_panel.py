"""What of the history still counts: the panel's numbers are the model's, and are the bars of Why this item?"""

from __future__ import annotations

import pytest
from other_runs import remembering

from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View
from attrec_core.views.why.panels import TASTE
from attrec_core.views.why.taste import TasteOfItems

USER = 7


@pytest.fixture(scope="module")
def run(sample: Run) -> Run:
    return remembering(sample)


def of(run: Run, **fields: object) -> tuple[Scene, TasteOfItems]:
    at = scene(run, View(**{"user": run.interactions.user_ids[USER], "step": 30, **fields}))
    return at, TASTE.of(at).record
