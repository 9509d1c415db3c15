"""The figures of a run."""

from __future__ import annotations

from attrec_core.explain.wording import number
from attrec_core.runs.run import Run


def run_metrics(run: Run) -> list[tuple[str, str, str]]:
    """Name, value and meaning of each figure of the test items."""
    found, count = run.metrics, run.metrics["n_users"]
    protocol = f"On the last item of {count:,} users, against all items they have not had; ties {found['tie_rule']}."
    meanings = {
        "hr@10": ("HR@10", "Share of users whose true next item is among the first 10."),
        "hr@50": ("HR@50", "Share of users whose true next item is among the first 50."),
        "ndcg@10": ("NDCG@10", "Like HR@10, but a hit counts more the higher it stands."),
        "mrr": ("MRR", "Mean of 1 / rank of the true next item."),
    }
    return [(name, number(found[key], 3), f"{text} {protocol}") for key, (name, text) in meanings.items()]
