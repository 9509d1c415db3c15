"""The distributions of a data set: lengths of histories, popularity, gaps between interactions, ties."""

from __future__ import annotations

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.data.reading.times import PER_SECOND
from attrec_core.data.report import Distributions, Histogram
from attrec_core.errors import percent

BINS = 30
USUAL = 0.99  # share of the users whose histories are not called much longer than the rest
SPANS = (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400), ("week", 604_800), ("year", 31_557_600))
MOST_TIED = 10  # rows at one time; the last bar holds this number and more
GAPS = "time between interactions"


def distributions(data: Interactions) -> Distributions:
    """All distributions that a page shows; takes less than a second for ten million interactions."""
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
        gaps=gaps(data),
        ties=ties(data) if data.may_tie else None,
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
    return Histogram("interactions per user", "interactions", edges, counts, sentence, open_end)


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


def gaps(data: Interactions) -> Histogram | None:
    """Histogram of seconds between consecutive interactions, in growing bins; None if times only give the order."""
    differences = np.diff(data.times)[np.diff(data.users) == 0]
    if data.time_unit == "order" or len(differences) == 0:
        return None
    seconds = differences / PER_SECOND[data.time_unit]
    positive = seconds[seconds > 0]
    tied = 1 - len(positive) / len(seconds)
    if len(positive) == 0:
        sentence = "All interactions of each user share one timestamp."
        return Histogram(GAPS, "seconds", np.array([0.0, 1.0]), np.array([len(seconds)]), sentence)
    edges = np.geomspace(positive.min(), positive.max() * (1 + 1e-9) + 1e-9, BINS + 1)
    edges[0] = positive.min()
    counts, _ = np.histogram(positive, edges)
    median = float(np.median(seconds))
    parts = [f"Half of the gaps are {in_span(median)} or shorter."] if median else []
    parts += (
        [f"{percent(tied)} of consecutive interactions share a timestamp; the bars leave them out."] if tied else []
    )
    return Histogram(GAPS, "seconds", edges, counts, " ".join(parts))


def in_span(seconds: float) -> str:
    """A duration in words, in the largest unit that fits into it."""
    name, size = next(((name, size) for name, size in reversed(SPANS) if seconds >= size), SPANS[0])
    amount = seconds / size
    return f"{amount:.3g} {name}{'s' * (f'{amount:.3g}' != '1')}"


def ties(data: Interactions) -> Histogram:
    """Histogram of interactions by the number that their user has at the same time; the last bar holds all larger."""
    is_first = np.concatenate([[True], (np.diff(data.times) != 0) | (np.diff(data.users) != 0)])
    sizes = np.diff(np.concatenate([np.flatnonzero(is_first), [len(is_first)]]))
    rows = np.bincount(np.minimum(sizes, MOST_TIED), weights=sizes, minlength=MOST_TIED + 1).astype(np.int64)[1:]
    tied = 1 - rows[0] / data.n_interactions
    sentence = "No two interactions of a user share a timestamp."
    if tied:
        sentence = (
            f"{percent(tied)} of the interactions share a timestamp with another interaction of the same user. For "
            f"{percent(data.tied_last())} of the users the latest ones do; the tie rule then chooses the test item."
        )
    edges = np.arange(1, MOST_TIED + 2)
    return Histogram("interactions at one timestamp", "rows at one timestamp", edges, rows, sentence, open_end=True)
