"""Compares two windows of one user, before (A) and after (B): attention to each item, ranks, distances, m."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from attrec_core.errors import number, ordinal
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import listed, quoted

Direction = Literal["up", "down", "same", "entered", "left"]


@dataclass(frozen=True)
class Slot:
    """One item of two windows side by side. Places count from 1, oldest first; None: not in that window."""

    item: int
    place_a: int | None
    place_b: int | None


@dataclass(frozen=True)
class Move:
    """One item before (A) and after (B)."""

    item: int
    rank_a: float | None  # None: not a candidate
    rank_b: float | None
    distance_a: float
    distance_b: float
    candidate_a: bool
    candidate_b: bool
    kind: Direction  # entered, left: the top k, or, outside the top k, the candidates

    @property
    def delta_rank(self) -> float | None:
        """Negative when the item has risen; None unless it is a candidate in both."""
        return None if self.rank_a is None or self.rank_b is None else self.rank_b - self.rank_a

    @property
    def delta_distance(self) -> float:
        """Negative when the item has come nearer."""
        return self.distance_b - self.distance_a


@dataclass(frozen=True, eq=False)
class ListMoves:
    """Two lists of recommendations, before (A) and after (B)."""

    k: int
    moves: tuple[Move, ...]  # the top k of B, nearest first, then the items that have left it
    target: Move | None  # the actual next item
    sentence: str


@dataclass(frozen=True, eq=False)
class Comparison(ListMoves):
    """Two windows, A and B, in s slots: the items of B in their order, and each item that is only in A after the item
    that it followed in A. An item that occurs twice has two slots; each occurrence is matched with the nearest one in
    the other window. NaN: not in that window. Rows are query items, columns key items."""

    slots: tuple[Slot, ...]
    attention_a: np.ndarray  # (s, s) float32
    attention_b: np.ndarray  # (s, s)
    masked: np.ndarray  # (s, s) bool: masked in A or in B
    weights_a: np.ndarray  # (s,) w: column sums where both m are sums, else means; for SASRec the last row
    weights_b: np.ndarray  # (s,)
    intent_a: np.ndarray  # (d,) m, or the output at SASRec's last position
    intent_b: np.ndarray  # (d,)
    shift: float  # ‖m_B − m_A‖

    @property
    def disjoint(self) -> bool:
        """Whether A and B share no item."""
        return not any(slot.place_a and slot.place_b for slot in self.slots)

    @property
    def attention_change(self) -> np.ndarray:
        """(s, s) B − A; NaN where the query item or the key item is in only one window."""
        return self.attention_b - self.attention_a

    @property
    def weight_change(self) -> np.ndarray:
        """(s,) B − A; NaN where the item is in only one window."""
        return self.weights_b - self.weights_a


def list_moves(a: Moment, b: Moment, k: int = 10) -> ListMoves:
    """Compares the lists before (A) and after (B). The actual next item is that of B."""
    top_a, top_b = a.ranking.top(k).tolist(), b.ranking.top(k).tolist()
    moves = tuple(move(a, b, item, in_a=item in top_a, in_b=item in top_b) for item in dict.fromkeys([*top_b, *top_a]))
    target = None if b.target is None else move(a, b, b.target, in_a=b.target in top_a, in_b=b.target in top_b)
    return ListMoves(k, moves, target, sentence(a, b, k, moves, target))


def compare(a: Moment, b: Moment, k: int) -> Comparison:
    """Compares the moments before (A) and after (B) of a model with attention. They may also differ in a setting."""
    slots, lists = side_by_side(a.window, b.window), list_moves(a, b, k)
    places_a, places_b = [slot.place_a for slot in slots], [slot.place_b for slot in slots]
    shift = float(np.linalg.norm(b.asked.astype(float) - a.asked))
    moved = f"; m moved by {number(shift, 3)}" if b.run.explains else ""
    if b.config.remembers and a.taste is not None and b.taste is not None:
        moved += f", U by {number(float(np.linalg.norm(b.taste.astype(float) - a.taste)), 3)}"
    return Comparison(
        **vars(lists) | {"sentence": f"{lists.sentence[:-1]}{moved}."},
        slots=slots,
        attention_a=laid_out(a.attention.weights, places_a),
        attention_b=laid_out(b.attention.weights, places_b),
        masked=(laid_out(a.attention.masked, places_a) == 1) | (laid_out(b.attention.masked, places_b) == 1),
        weights_a=laid_out(comparable(a, b), places_a),
        weights_b=laid_out(comparable(b, a), places_b),
        intent_a=a.asked,
        intent_b=b.asked,
        shift=shift,
    )


def side_by_side(a: np.ndarray, b: np.ndarray) -> tuple[Slot, ...]:
    """Returns a slot for each item of B, in order; an item that is only in A follows the item that it followed in A."""
    partner = dict(pairs(a, b))
    partner_of_b = {place_b: place_a for place_a, place_b in partner.items()}
    slots = [Slot(item, partner_of_b.get(place), place) for place, item in enumerate(b.tolist(), start=1)]
    insert_at = 0  # where the next slot that is only in A is inserted
    for place, item in enumerate(a.tolist(), start=1):
        if place in partner:
            insert_at = 1 + next(row for row, slot in enumerate(slots) if slot.place_a == place)
        else:
            slots.insert(insert_at, Slot(item, place, None))
            insert_at += 1
    return tuple(slots)


def pairs(a: np.ndarray, b: np.ndarray) -> list[tuple[int, int]]:
    """Returns the matching places (from 1) of A and B. Where an item occurs more often in one window than in the other,
    the matching occurrences follow each other and are nearest: in distance from the latest, then the oldest item."""
    if len(a) > len(b):
        return [(place_a, place_b) for place_b, place_a in pairs(b, a)]
    partners: list[tuple[int, int]] = []
    for item in dict.fromkeys(a.tolist()):
        in_a, in_b = np.flatnonzero(a == item) + 1, np.flatnonzero(b == item) + 1
        count = min(len(in_a), len(in_b))
        runs_a = (in_a[start : start + count] for start in range(len(in_a) - count + 1))
        runs_b = [in_b[start : start + count] for start in range(len(in_b) - count + 1)]
        offset = len(b) - len(a)  # at the same distance from the end, a place of B is larger by this
        matched = min(
            ((run_a, run_b) for run_a in runs_a for run_b in runs_b),
            key=lambda runs: (np.abs(runs[1] - runs[0] - offset).sum(), np.abs(runs[1] - runs[0]).sum()),
        )
        partners += zip(*(places.tolist() for places in matched), strict=True)
    return partners


def comparable(moment: Moment, other: Moment) -> np.ndarray:
    """Returns w (n,): sums only where both moments pool by sum, so that sums are not compared with means."""
    received, counts = moment.attention.column_weights, moment.attention.counts
    return received / len(moment.window) if counts == "total" != other.attention.counts else received


def laid_out(values: np.ndarray, places: list[int | None]) -> np.ndarray:
    """(n,) or (n, n) → (s,) or (s, s) float32 by slot. places (s,): the place of each slot, from 1; None → NaN."""
    slots = np.array([slot for slot, place in enumerate(places) if place is not None])
    rows = np.array([place - 1 for place in places if place is not None])
    result = np.full((len(places),) * values.ndim, np.nan, np.float32)
    result[np.ix_(*[slots] * values.ndim)] = values[np.ix_(*[rows] * values.ndim)]
    return result


def move(a: Moment, b: Moment, item: int, *, in_a: bool, in_b: bool) -> Move:
    """Compares one item before and after. in_a, in_b: whether it is in the top k."""
    candidate_a, candidate_b = (bool(moment.ranking.candidates[item]) for moment in (a, b))
    rank_a, rank_b = (moment.ranking.rank(item) if moment.ranking.candidates[item] else None for moment in (a, b))
    kind: Direction
    if (in_a, candidate_a) != (in_b, candidate_b):
        kind = "entered" if (in_b, candidate_b) > (in_a, candidate_a) else "left"
    else:
        kind = "same" if rank_a is None or rank_b is None or rank_a == rank_b else "up" if rank_b < rank_a else "down"
    distances = a.ranking.distance(item), b.ranking.distance(item)
    return Move(item, rank_a, rank_b, *distances, candidate_a, candidate_b, kind)


def sentence(a: Moment, b: Moment, k: int, moves: tuple[Move, ...], target: Move | None) -> str:
    """Says how much changed: the top k and the rank of the actual next item."""
    size = min(k, int(b.ranking.candidates.sum()))
    change = "The same item is first" if size == 1 else f"The top {size} holds the same items"
    if size == 0:
        change = "No item is a candidate"
    for kind, verbs, moment in (("left", ("leave", "leaves"), a), ("entered", ("enter", "enters"), b)):
        titles = [quoted(b.run, change.item) for change in moves if change.kind == kind]
        if titles:
            first = min(k, int(moment.ranking.candidates.sum()))
            names = listed(titles, 3 if len(titles) == 3 else 2)
            change = f"{names} {verbs[len(titles) == 1]} {f'the top {first}' if first > 1 else 'the list'}"
    ranks = ""
    if target is not None:
        before, after = target.rank_a, target.rank_b
        if after is None:
            moves_to = "is in the window and not ranked"
        elif before is None:
            moves_to = f"was in the window and is now {ordinal(after)}"
        else:
            stays = before == after
            moves_to = f"stays {ordinal(after)}" if stays else f"moves from {ordinal(before)} to {ordinal(after)}"
        ranks = f"; {quoted(b.run, target.item)}, the actual next item, {moves_to}"
    return f"{change}{ranks}."
