"""The fewest changes to the window that bring an item into the top k, or out of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from attrec_core.errors import ordinal
from attrec_core.explain.forward import intents, padded
from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import rankings
from attrec_core.explain.wording import listed, quoted, quoted_at


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
    kind: Literal["remove", "swap", "none"]
    places: tuple[int, ...]  # from 0
    window: np.ndarray  # after the edit


def smallest_edit(moment: Moment, item: int, k: int) -> SmallestEdit:
    """Finds the edit that moves an item out of the top k if it is there (its rank is k or less), else into the top k.
    All edits of one size are tried before larger ones. The candidates after an edit are those of the edited moment; the
    item itself must be a candidate before and after, so a seen item has no such edit."""
    item, before = int(item), moment.ranking.rank(item)
    direction: Literal["into", "out of"] = "out of" if before <= k else "into"
    tried, best = 0, Edit("none", (), moment.window)
    for edits in sizes(moment.window) if moment.ranking.candidates[item] else ():
        after = [moment.with_window(edit.window) for edit in edits]
        valid = [row for row, edited in enumerate(after) if item not in edited.excluded]
        tried += len(edits)
        if not valid:
            continue
        windows = padded([edits[row].window for row in valid], moment.config.window)
        m = intents(moment.run.weights, moment.config, windows)
        excluded, tastes = [after[row].excluded for row in valid], [after[row].taste for row in valid]
        ranks = np.array([found.rank(item) for found in rankings(moment.ranking, m, excluded, tastes)])
        chosen = int(ranks.argmin() if direction == "into" else ranks.argmax())
        if (ranks[chosen] <= k) == (direction == "into"):
            best = edits[valid[chosen]]
            break
    edit = SmallestEdit(
        item=item,
        k=k,
        direction=direction,
        rank=before,
        kind=best.kind,
        places=tuple(place + 1 for place in best.places),
        items=tuple(moment.window[list(best.places)].tolist()),
        window=tuple(best.window.tolist()),
        new_rank=moment.with_window(best.window).ranking.rank(item) if best.places else before,
        tried=tried,
        sentence="",
    )
    return replace(edit, sentence=sentence(moment, edit))


def sizes(window: np.ndarray) -> Iterator[list[Edit]]:
    """Yields all single edits, then all pairs of removals. At least one item stays. Of edits with the same window, only
    the first is given; an edit that leaves the given window the same is omitted."""
    seen = {tuple(window.tolist())}
    for size in (1, 2) if len(window) <= LONGEST else (1,):
        new = []
        for edit in removals(window, size) + (swaps(window) if size == 1 else []):
            key = tuple(edit.window.tolist())
            if key not in seen:
                seen.add(key)
                new.append(edit)
        yield new


def removals(window: np.ndarray, count: int) -> list[Edit]:
    places = itertools.combinations(range(len(window)), count) if len(window) > count else ()
    return [Edit("remove", removed, np.delete(window, removed)) for removed in places]


def swaps(window: np.ndarray) -> list[Edit]:
    edits = []
    for place in range(len(window) - 1):
        swapped = window.copy()
        swapped[[place, place + 1]] = window[[place + 1, place]]
        edits.append(Edit("swap", (place, place + 1), swapped))
    return edits


def sentence(moment: Moment, edit: SmallestEdit) -> str:
    name, where = quoted(moment.run, edit.item), f"{edit.direction} the top {edit.k}"
    if not moment.ranking.candidates[edit.item]:
        return f"{name} is not a candidate, so it has no rank that an edit could change."
    if not edit.tried:
        return "An edit needs at least two items in the window, so none was tried."
    moves = "drops" if edit.direction == "out of" else "brings"
    if edit.kind == "none":
        pairs = "or two items" if len(moment.window) <= LONGEST else "item"
        return f"No removal of one {pairs} and no swap of two neighbours {moves} {name} {where}."
    titles = listed([quoted_at(moment.run, moment.window, place) for place in edit.places])
    doing = f"Removing {titles}" if edit.kind == "remove" else f"Swapping {titles}"
    return f"{doing} {moves} {name} {where}: from {ordinal(edit.rank)} to {ordinal(edit.new_rank)}."
