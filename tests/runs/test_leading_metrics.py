"""One function decides which metrics are put first: not HR@50 where a user has few candidates."""

from __future__ import annotations

import pytest

from attrec_core.data.report import Counts
from attrec_core.runs.leading_metrics import leading


@pytest.mark.parametrize(
    ("counts", "first"),
    [
        (None, "hr@50"),
        (Counts(users=10, items=418, interactions=750), "hr@50"),  # 343 candidates on average
        (Counts(users=10, items=175, interactions=750), "hr@50"),  # 100
        (Counts(users=10, items=174, interactions=750), "mrr"),  # 99
        (Counts(users=0, items=25, interactions=0), "mrr"),
    ],
)
def test_the_hit_rate_leads_only_where_a_user_has_a_hundred_candidates(counts: Counts | None, first: str) -> None:
    assert leading(counts)[0] == first
    assert "mrr" in leading(counts)  # the best epoch is that with the highest MRR
