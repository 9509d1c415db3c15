"""Made-up films and made-up attention, quick to compute and the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from attrec_core.views.moment.attention import AttentionRecord
from attrec_core.views.moment.ranking import RankedRow

Film = tuple[int, str, str]
NAMES = """
Alien | Heat | Aliens | The Silence of the Lambs | Amélie | Blade Runner | The Shawshank Redemption |
2001: A Space Odyssey | Terminator 2: Judgment Day | Fargo | <script>alert(1)</script> |
La Cité des Enfants Perdus | The Good, the Bad and the Ugly | Star Wars: Episode IV – A New Hope | Pulp Fiction |
Ran | M | Jaws | Dr. Strangelove or: How I Learned to Stop Worrying | Se7en | The Matrix | Toy Story |
Casablanca | Vertigo | Trainspotting | The Usual Suspects | Léon | Das Boot | Cinema Paradiso | Akira
"""
LONG = "A title without an end " * 450  # over 10,000 characters
TITLES = [*map(str.strip, NAMES.split("|")), LONG]
FILMS: list[Film] = [(i, name, f"{1960 + i} · film") for i, name in enumerate(TITLES, start=1)]
BY_ID = {film[0]: film for film in FILMS}
Mask = Literal["after", "before", "none"]


def record_of(ids: Sequence[int], mask: Mask, selected: int | None) -> AttentionRecord:
    n = len(ids)
    taste = np.array([(7 * i) % 11 / 5 for i in ids])
    scores = taste[None, :] + np.cos(np.arange(n)[:, None] - np.arange(n)[None, :])
    masked = np.eye(n, dtype=bool) & (mask != "none")
    if mask == "before" and n > 1:
        scores[masked] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    weights[masked] = 0
    means = weights.mean(axis=0)
    rows_kept = max(n - 1, 1) if mask == "after" else n
    return AttentionRecord(
        selected=selected,
        ids=ids,
        titles=[BY_ID[i][1] for i in ids],
        mask=mask,
        weights=weights,
        masked=masked,
        column_weights=means,
        missing=1 - means.sum(),
        uniform=1 / max(n - (mask == "before"), 1),
        uniform_column=rows_kept / n**2,
    )


def rows_of(ids: Sequence[int], top: int) -> list[RankedRow]:
    """A fixed list of recommendations, with the actual next item far below."""
    order = sorted(BY_ID, key=lambda i: (i * 13 + sum(ids)) % 31)
    ranked = [*enumerate(order[:top], start=1), (max(42, top + 2), order[-1])]
    rows = []
    for rank, i in ranked:
        long = 0.05 + 0.02 * (i % 4)
        distance = 0.3 + 0.016 * rank
        marks = (["actual"] if i == order[-1] else []) + (["in window"] if i in ids else [])
        rows.append(
            RankedRow(
                rank=rank,
                id=i,
                title=BY_ID[i][1],
                subtitle=BY_ID[i][2],
                value=distance,
                short=distance - long,
                long=long,
                marks=marks,
                after_gap=rank > top,
            )
        )
    return rows
