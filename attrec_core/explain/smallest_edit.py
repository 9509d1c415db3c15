"""The fewest changes to the window that bring an item into the top k, or out of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from attrec_core.errors import ordinal
from attrec_core.explain.forward import intents, padded
from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import rankings
from attrec_core.explain.wording import listed, quoted, title_at


@dataclass(frozen=True)
class SmallestEdit:
    """The fewest changes to the window that bring an item into the top k, or out of it.

    An edit is one removal, one swap of two neighbours, or two removals. A smaller edit is preferred to a larger one; of
    edits of the same size, the one with the best rank (into) or the worst rank (out of).
    """

    item: int
    k: int
    direction: Literal["into", "out of"]
    rank: float  # before the edit
    kind: Literal["remove", "swap", "none"]  # none: no such edit works, or the item is not a candidate
    places: tuple[int, ...]  # that are removed or swapped, from 1
    items: tuple[int, ...]  # the items at these places
    window: tuple[int, ...]  # item indices after the edit; unchanged for none
    new_rank: float  # after the edit, by the exact ranking
    tried: int  # number of edits that were tried
    sentence: str


LONGEST = 40  # pairs are removed from windows of up to this many items: 780 pairs, a third of a second


@dataclass(frozen=True, eq=False)
class Edit:
    kind: Literal["remove", "swap"]
    places: tuple[int, ...]  # from 0
    window: np.ndarray  # after the edit


def smallest_edit(moment: Moment, item: int, k: int) -> SmallestEdit:
    """Finds the edit that moves an item out of the top k if it is there (its rank is k or less), else into the top k.

    All edits of one size are tried before larger ones. The candidates after an edit are those of the edited moment; the
    item itself must be a candidate before and after, so a seen item has no such edit.
    """
    item, before = int(item), moment.ranking.rank(item)
    direction: Literal["into", "out of"] = "out of" if before <= k else "into"
    tried, best = 0, None
    for edits in sizes(moment.window) if moment.ranking.candidates[item] else ():
        after = [moment.with_window(edit.window) for edit in edits]
        valid = [row for row, edited in enumerate(after) if item not in edited.excluded]
        tried += len(edits)
        if not valid:
            continue
        windows = padded([edits[row].window for row in valid], moment.config.window)
        m = intents(moment.run.weights, moment.config, windows)
        ranks = np.array([r.rank(item) for r in rankings(moment.ranking, m, [after[row].excluded for row in valid])])
        chosen = int(ranks.argmin() if direction == "into" else ranks.argmax())
        if (ranks[chosen] <= k) == (direction == "into"):
            best = edits[valid[chosen]]
            break
    places = () if best is None else best.places
    edit = SmallestEdit(
        item=item,
        k=k,
        direction=direction,
        rank=before,
        kind="none" if best is None else best.kind,
        places=tuple(place + 1 for place in places),
        items=tuple(int(moment.window[place]) for place in places),
        window=tuple((moment.window if best is None else best.window).tolist()),
        new_rank=before if best is None else moment.with_window(best.window).ranking.rank(item),
        tried=tried,
        sentence="",
    )
    return replace(edit, sentence=sentence(moment, edit))


def sizes(window: np.ndarray) -> Iterator[list[Edit]]:
    """Yields all single edits, then all pairs of removals. At least one item stays. Of edits with the same window, only
    the first is given; an edit that leaves the given window the same is omitted."""
    seen = {tuple(window.tolist())}

    def new(edits: Iterator[Edit]) -> list[Edit]:
        fresh = []
        for edit in edits:
            key = tuple(edit.window.tolist())
            if key not in seen:
                seen.add(key)
                fresh.append(edit)
        return fresh

    yield new(itertools.chain(removals(window, 1), swaps(window)))
    if len(window) <= LONGEST:
        yield new(removals(window, 2))


def removals(window: np.ndarray, count: int) -> Iterator[Edit]:
    if len(window) > count:
        for places in itertools.combinations(range(len(window)), count):
            yield Edit("remove", places, np.delete(window, places))


def swaps(window: np.ndarray) -> Iterator[Edit]:
    for place in range(len(window) - 1):
        order = np.arange(len(window))
        order[[place, place + 1]] = place + 1, place
        yield Edit("swap", (place, place + 1), window[order])


def sentence(moment: Moment, edit: SmallestEdit) -> str:
    name, where = quoted(moment.run, edit.item), f"{edit.direction} the top {edit.k}"
    if not moment.ranking.candidates[edit.item]:
        return f"{name} is not a candidate, so no edit brings it into the top {edit.k}."
    moves = "drops" if edit.direction == "out of" else "brings"
    if edit.kind == "none":
        pairs = "or two items" if len(moment.window) <= LONGEST else "item"
        return f"No removal of one {pairs} and no swap of two neighbours {moves} {name} {where}."
    titles = listed([title_at(moment.window, place, partial(quoted, moment.run)) for place in edit.places])
    doing = f"Removing {titles}" if edit.kind == "remove" else f"Swapping {titles}"
    return f"{doing} {moves} {name} {where}: from {ordinal(edit.rank)} to {ordinal(edit.new_rank)}."
