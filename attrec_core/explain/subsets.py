"""Which items are enough? The distance and the rank of one item with every subset of the window, order kept.

Of the 2ⁿ subsets follow, exactly: the smallest sets that are enough, the smallest without which it is not, and how much
of the distance each item of the window is responsible for (Shapley 1953):

    φ_j = Σ_S |S|! (n − |S| − 1)! / n! · (d(S) − d(S ∪ j))    over all subsets S without j; Σ_j φ_j = d(∅) − d(window)

The empty window has m = 0. A taste from items loses the items that a subset lacks; the earlier history stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np

from attrec_core.errors import count_of, ordinal
from attrec_core.explain.forward import intents, padded
from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import FLOATS, Ranking, blend, queries, rounding, squared
from attrec_core.explain.wording import listed, quoted, quoted_at

LONGEST = 10  # items of a window whose subsets are all computed: 1,024

Places = tuple[int, ...]  # of the window, from 1, oldest first


@dataclass(frozen=True, eq=False)
class Subsets:
    """Of n items, 2ⁿ subsets: the number of a subset has bit j where it holds the item at place j, from 0."""

    item: int
    count: int  # n
    distances: np.ndarray  # (2ⁿ,) float64
    ranks: np.ndarray  # (2ⁿ,) float64

    @property
    def rank(self) -> float:
        """With the whole window."""
        return float(self.ranks[-1])

    @property
    def members(self) -> np.ndarray:
        """(2ⁿ, n) bool"""
        return members_of(self.count)

    @cached_property
    def credit(self) -> np.ndarray:
        """(n,) float64 φ: positive where the item brings the explained item nearer."""
        sizes, n = self.members.sum(1), self.count
        weights = np.array([factorial(size) * factorial(n - size - 1) / factorial(n) for size in range(n)])
        result = np.empty(n)
        for j in range(n):
            without = np.flatnonzero(~self.members[:, j])
            changes = self.distances[without] - self.distances[without | 1 << j]
            result[j] = weights[sizes[without]] @ changes
        return result

    def sufficient(self, k: float | None = None) -> list[Places]:
        """All smallest sets with which alone the item stays within the top k (None: at its rank); the empty one where
        nothing of the window is needed. None where the whole window does not bring it there."""
        return self.smallest(self.ranks <= (self.rank if k is None else k))

    def necessary(self, k: float | None = None) -> list[Places]:
        """All smallest sets without which the item leaves the top k (None: loses its rank); none where it stays even
        without the whole window, or is not there."""
        bound = self.rank if k is None else k
        if self.rank > bound:
            return []
        return self.smallest(self.ranks[::-1] > bound)  # the number of the complement is 2ⁿ − 1 − the number

    def best(self, sets: list[Places]) -> Places:
        """Of several sets, the one with the most credit; of equal ones, the first."""
        return max(sets, key=lambda places: sum(float(self.credit[place - 1]) for place in places))

    def smallest(self, holds: np.ndarray) -> list[Places]:
        """holds (2ⁿ,) bool → the places of the smallest subsets for which it holds."""
        sizes = self.members.sum(1)
        numbers = np.flatnonzero(holds & (sizes == sizes[holds].min(initial=self.count + 1)))
        return [tuple((np.flatnonzero(self.members[number]) + 1).tolist()) for number in numbers]


def members_of(count: int) -> np.ndarray:
    """(2ⁿ, n) bool: bit j of each number."""
    return (np.arange(1 << count)[:, None] >> np.arange(count) & 1).astype(bool)


def subsets(moment: Moment, item: int) -> Subsets | None:
    """Computes all subsets of the window for an item, candidate or not; the candidates are those of the edited moment,
    as after an edit on a page. None for a window of more than LONGEST items."""
    window, config, item = moment.window, moment.config, int(item)
    if len(window) > LONGEST:
        return None
    members, arrays = members_of(len(window)), moment.run.weights
    m = np.zeros((len(members), config.dim), np.float32)  # of the empty window
    m[1:] = intents(arrays, config, padded([window[chosen] for chosen in members[1:]], config.window))
    points = tastes_of(moment, members)
    ranks, distances = np.empty((2, len(members)))
    size = max(1, FLOATS // len(moment.run.table))
    for start in range(0, len(members), size):
        part = slice(start, start + size)
        u = None if points is None else points[part]
        ranks[part], distances[part] = ranks_of(moment, item, members[part], m[part], u)
    return Subsets(item, len(window), distances, ranks)


def tastes_of(moment: Moment, members: np.ndarray) -> np.ndarray | None:
    """(K, n) subsets → (K, d) U of each; the origin where nothing is left that it could be made of. None: no taste."""
    if moment.taste is None:
        return None
    if not moment.config.remembers:
        return np.broadcast_to(moment.taste, (len(members), len(moment.taste)))
    origin = np.zeros_like(moment.taste)
    found = (moment.with_window(moment.window[chosen]).taste for chosen in members)
    return np.array([origin if taste is None else taste for taste in found])


def ranks_of(
    moment: Moment, item: int, members: np.ndarray, m: np.ndarray, tastes: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """(K, n) subsets with their m and U (K, d) → (K,) ranks and (K,) distances of an item. One product orders all
    items up to rounding; where another item is within it, the rank is that of the differences."""
    like, arrays = moment.ranking, moment.run.weights
    omega = like.long_weight
    left_out = excluded(moment, members)
    short = squared(arrays["item_short"][item] - m)
    long = None if tastes is None else squared(arrays["item_long"][item] - tastes)
    distances = blend(short, long, omega).astype(float)
    rough = queries(tastes, m, omega) @ moment.run.table.T
    rough[left_out] = np.inf
    lengths = [np.sqrt(squared(m.astype(float)))]
    lengths += [] if tastes is None else [np.sqrt(squared(tastes.astype(float)))]
    constant, slack = rounding(moment.run, omega, lengths)
    middle = distances - constant
    low, high = (middle - slack)[:, None], (middle + slack)[:, None]
    ranks = 1.0 + (rough < low).sum(1)
    is_alone = ((rough >= low) & (rough <= high)).sum(1) == ~left_out[:, item]
    for row in np.flatnonzero(~is_alone):
        taste = None if tastes is None else tastes[row]
        ranks[row] = Ranking(moment.run, m[row], taste, omega, np.flatnonzero(left_out[row])).rank(item)
    return ranks, distances


def excluded(moment: Moment, members: np.ndarray) -> np.ndarray:
    """(K, n) subsets → (K, N) bool: the items that are no candidates with each, as in `Moment.excluded`."""
    always = np.zeros(moment.run.interactions.n_items, bool)
    always[moment.seen] = True
    result = np.repeat(always[None], len(members), 0)
    for place, item in enumerate(moment.window.tolist()):
        result[:, item] |= members[:, place]
    target = moment.target
    if target is not None and (target in moment.real_window or target not in moment.window):
        result[:, target] = False
    elif target is not None:
        result[:, target] = members[:, moment.window == target].any(1)
    return result


def sentence(moment: Moment, found: Subsets) -> str:
    """“Rocky” alone is enough: with it only, “Rocky II” stays 1st. Without “Rocky”, it drops to 56th."""
    name, rank = quoted(moment.run, found.item), ordinal(found.rank)
    if not moment.ranking.candidates[found.item]:
        return f"{name} is not a candidate, so it has no rank to keep."
    enough = found.sufficient()
    best, size = found.best(enough), len(enough[0])
    titles = named(moment, best) if best else ""
    rank += " or better" if found.ranks[number_of(best)] < found.rank else ""
    more = len(enough) - 1
    others = f"; {count_of(more, 'other set')} of {size} {'is' if more == 1 else 'are'} enough, too" if more else ""
    if size == 0:
        start = f"{name} is {rank} even without any recent item"
    elif size == found.count:
        start = f"All of the window is needed for {name} to be {rank}"
    elif size == 1:
        start = f"{titles} alone is enough: with it only, {name} stays {rank}{others}"
    else:
        start = f"{titles} are enough: with them only, {name} stays {rank}{others}"
    return f"{start}. {need_sentence(moment, found)}"


def need_sentence(moment: Moment, found: Subsets) -> str:
    """Says what has to go for the item to lose its rank."""
    needed = found.necessary()
    if not needed:
        return "No removal makes it drop."
    places = found.best(needed)
    kept = [place for place in range(1, found.count + 1) if place not in places]
    dropped = ordinal(float(found.ranks[number_of(kept)]))
    several = f", and the same holds for {count_of(len(needed) - 1, 'other set')}" if len(needed) > 1 else ""
    if len(places) == found.count:
        return "Only without the whole window does it drop."
    return f"Without {named(moment, places)}, it drops to {dropped}{several}."


def number_of(places: Iterable[int]) -> int:
    return sum(1 << place - 1 for place in places)


def named(moment: Moment, places: Places) -> str:
    return listed([quoted_at(moment.run, moment.window, place) for place in places])
