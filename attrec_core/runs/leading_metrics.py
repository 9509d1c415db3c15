"""Which metrics are put first, wherever there is room for few: on pages, in a terminal and in the outcome of a job."""

from __future__ import annotations

from attrec_core.data.report import Counts

FEW = 100  # candidates; among fewer, a random order has an HR@50 above .5


def leading(counts: Counts | None) -> tuple[str, str]:
    """Returns the keys of two metrics, the first one first: HR@50 and MRR, as in the paper; with few candidates, where
    HR@50 says little, MRR and HR@10. counts: of the data; None: unknown. Candidates: the items without a history of
    average length."""
    if counts is None:
        return "hr@50", "mrr"
    candidates = counts.items - counts.interactions / max(1, counts.users)
    return ("mrr", "hr@10") if candidates < FEW else ("hr@50", "mrr")
