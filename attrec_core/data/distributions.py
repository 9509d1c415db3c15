"""The distributions of a data set: lengths of histories, and popularity."""

from __future__ import annotations

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.data.report import Distributions, Histogram
from attrec_core.errors import percent

BINS = 30
USUAL = 0.99  # share of the users whose histories are not called much longer than the rest


def distributions(data: Interactions) -> Distributions:
    """Both distributions that a page shows; takes less than a second for ten million interactions."""
    popularity = np.sort(data.popularity())[::-1]
    tenth = max(1, data.n_items // 10)
    share = popularity[:tenth].sum() / data.n_interactions
    return Distributions(
        lengths=lengths(data),
        popularity=popularity,
        popularity_sentence=(
            f"The most popular tenth of the items has {percent(share)} of all interactions; half of the items have "
            f"{int(np.median(popularity)):,} or fewer."
        ),
    )


def lengths(data: Interactions) -> Histogram:
    """Histogram of interactions per user, in bins of the same width."""
    per_user = np.diff(data.starts)
    edges, open_end = equal_edges(per_user)
    counts, _ = np.histogram(np.minimum(per_user, edges[-1]), edges)
    sentence = (
        f"Half of the users have {int(np.median(per_user)):,} interactions or fewer; the shortest history has "
        f"{per_user.min():,}, the longest {per_user.max():,}."
    )
    return Histogram("interactions per user", edges, counts, sentence, open_end)


def equal_edges(per_user: np.ndarray) -> tuple[np.ndarray, bool]:
    """Whole-number edges of at most BINS bins of the same width, since bins of unequal widths make peaks that are not
    in the data. Returns also whether the last bin has an open end: if a few histories are much longer than the rest,
    the bins before it hold the rest."""
    least, most = int(per_user.min()), int(per_user.max())
    usual = int(np.quantile(per_user, USUAL, method="higher"))
    open_end = most - least >= 2 * (usual - least + 1)
    last = usual if open_end else most
    width = -(-(last - least + 1) // (BINS - open_end))
    edges = np.arange(least, last + width + 1, width)
    return (np.append(edges, edges[-1] + width) if open_end else edges), open_end
