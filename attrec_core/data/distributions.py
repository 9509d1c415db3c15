"""How a data set is spread: lengths of histories, popularity, gaps between actions, ties."""

from __future__ import annotations

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.data.reading.times import PER_SECOND
from attrec_core.data.report import Distributions, Histogram
from attrec_core.errors import percent

BINS = 30
ALIKE = 8  # most as a multiple of least, up to which bins are alike
SPANS = (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400), ("week", 604_800), ("year", 31_557_600))
MOST_TIED = 10  # rows at one time that have a bar of their own
GAPS = "time between interactions"


def distributions(data: Interactions) -> Distributions:
    """Everything a page shows of the spread of a data set; less than a second for ten million interactions."""
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
        ties=ties(data),
    )


def lengths(data: Interactions) -> Histogram:
    """Interactions per user, in bins that grow."""
    per_user = np.diff(data.starts)
    edges = growing_edges(int(per_user.min()), int(per_user.max()))
    counts, _ = np.histogram(per_user, edges)
    sentence = (
        f"Half of the users have {int(np.median(per_user)):,} interactions or fewer; the shortest history has "
        f"{per_user.min():,}, the longest {per_user.max():,}."
    )
    return Histogram("interactions per user", "interactions", edges, counts, sentence)


def growing_edges(least: int, most: int) -> np.ndarray:
    """Whole numbers from `least` to above `most`, each bin about as much larger as the one before; alike where they
    hardly grow: rounded, some would be twice as wide as their neighbours."""
    if most < ALIKE * least:
        width = -(-(most - least + 1) // BINS)
        return np.arange(least, most + width + 1, width)
    edges = np.unique(np.round(np.geomspace(least, most + 1, BINS + 1)).astype(np.int64))
    return edges if len(edges) > 1 else np.array([least, most + 1])


def gaps(data: Interactions) -> Histogram | None:
    """Seconds between neighbours in a history, in bins that grow; None where times are only an order."""
    between = np.diff(data.times)[np.diff(data.users) == 0]
    if data.time_unit == "order" or len(between) == 0:
        return None
    seconds = between / PER_SECOND[data.time_unit]
    later = seconds[seconds > 0]
    together = 1 - len(later) / len(seconds)
    if len(later) == 0:
        sentence = "All interactions of each user share one timestamp."
        return Histogram(GAPS, "seconds", np.array([0.0, 1.0]), np.array([len(seconds)]), sentence)
    edges = np.geomspace(later.min(), later.max() * (1 + 1e-9) + 1e-9, BINS + 1)
    edges[0] = later.min()
    counts, _ = np.histogram(later, edges)
    sentence = f"Half of the gaps are {in_span(float(np.median(seconds)))} or shorter."
    if together:
        sentence += f" {percent(together)} of consecutive interactions share a timestamp; the bars leave them out."
    return Histogram(GAPS, "seconds", edges, counts, sentence)


def in_span(seconds: float) -> str:
    """A length of time in the largest unit that it fills."""
    name, size = next(((name, size) for name, size in reversed(SPANS) if seconds >= size), SPANS[0])
    amount = seconds / size
    return f"{amount:.3g} {name}{'s' * (f'{amount:.3g}' != '1')}"


def ties(data: Interactions) -> Histogram:
    """Interactions by how many of the user's have the same time: alone, in pairs, …; the last bar holds all larger."""
    new = np.concatenate([[True], (np.diff(data.times) != 0) | (np.diff(data.users) != 0)])
    sizes = np.diff(np.concatenate([np.flatnonzero(new), [len(new)]]))
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
