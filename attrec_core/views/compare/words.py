"""Two runs on the same user and window: both attention matrices, both lists, both score splits, and their sentences.

An item has one colour in both runs, both matrices have one scale, and each list marks the items of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.compare import laid_out, side_by_side
from attrec_core.explain.influence import tau_b
from attrec_core.explain.wording import rank, short
from attrec_core.views.attention import ranking_words
from attrec_core.views.attention.records import AttentionRecord, RankedRow, on_one_scale
from attrec_core.views.attention.words import attention_record
from attrec_core.views.compare.records import AttentionBeside, Listed, ListsBeside, SplitBeside
from attrec_core.views.compare.sides import Sides
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.page_context import Scene

PATIENCE = 0.9  # p of the rank-biased overlap: the first ten have 86% of the weight


def map_records(both: Sides) -> list[AttentionRecord]:
    """The attention matrices of A and of B, as the attention map draws them."""
    # Along the longer window: then both have it in its order.
    longer, other = sorted(both.scenes, key=lambda scene: -len(scene.window))
    ids = dict.fromkeys(scene.item_id(item) for scene in (longer, other) for item in scene.window)
    colours = {item: item_colour(place) for place, item in enumerate(ids)}
    records = on_one_scale([attention_record(scene) for scene in both.scenes])
    return [replace(record, colours=[colours[item] for item in record.ids]) for record in records]


def list_rows(both: Sides, k: int) -> tuple[list[RankedRow], list[RankedRow]]:
    """The recommendations of A and of B. Against what else a list might have changed does not count here."""
    return rows_of(both.a, both.b, "B", k), rows_of(both.b, both.a, "A", k)


def rows_of(here: Scene, there: Scene, letter: str, k: int) -> list[RankedRow]:
    """The first k of one run, each marked as in the other run's list or not. letter: of the other run."""
    listed_here, listed_there = top_ids(here, k), top_ids(there, k)
    rows = []
    for row in ranking_words.ranking_rows(here, k):
        marks = list(row.marks)
        if row.id in listed_here:
            marks.append(f"also in {letter}" if row.id in listed_there else f"not in {letter}")
        rows.append(replace(row, marks=marks, move=None, change=None))
    return rows


def top_ids(scene: Scene, k: int) -> list[str]:
    return [scene.item_id(item) for item in scene.ranking.top(k)]


def lists(both: Sides, k: int = 10) -> ListsBeside:
    """The first k of each run, what they share and in which order they stand."""
    a, b = (top_ids(scene, k) for scene in both.scenes)
    shared = [item for item in a if item in b]
    rows = tuple(listed_item(both, item, in_a=item in a, in_b=item in b) for item in dict.fromkeys([*shared, *a, *b]))
    known = [row for row in rows if row.rank_a is not None and row.rank_b is not None]
    target_a, target_b = (
        None if scene.target is None else float(scene.ranking.ranks[scene.target]) for scene in both.scenes
    )
    of = min(len(a), len(b))
    return ListsBeside(
        k=k,
        rows=rows,
        overlap=len(set(a[:of]) & set(b[:of])),
        of=of,
        rbo=rank_biased_overlap(a, b),
        tau=tau([row.rank_a for row in known], [row.rank_b for row in known]),
        target_a=target_a,
        target_b=target_b,
        sentence=lists_sentence(both, a[:of], b[:of], (target_a, target_b)),
    )


def listed_item(both: Sides, item: str, *, in_a: bool, in_b: bool) -> Listed:
    indices = [scene.run.item_index.get(item) for scene in both.scenes]
    rank_a, rank_b = (
        None if index is None else float(scene.ranking.ranks[index])
        for scene, index in zip(both.scenes, indices, strict=True)
    )
    return Listed(item, title_of(both, item), rank_a, rank_b, in_a, in_b)


def title_of(both: Sides, item: str) -> str:
    scene = both.a if item in both.a.run.item_index else both.b
    return scene.title(scene.run.item_index[item])


def rank_biased_overlap(a: list[str], b: list[str], p: float = PATIENCE) -> float:
    """RBO of two lists to their common depth, extrapolated (Webber, Moffat and Zobel 2010, eq. 23)."""
    depth = min(len(a), len(b))
    if not depth:
        return 0.0
    agreements = [len(set(a[:at]) & set(b[:at])) / at for at in range(1, depth + 1)]
    weighted = sum(agreement * p**at for at, agreement in enumerate(agreements, 1))
    return agreements[-1] * p**depth + (1 - p) / p * weighted


def tau(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Kendall's τ-b; None with fewer than two values, or all alike."""
    value = float(tau_b(np.array([a], float), np.array([b], float))[0]) if len(a) > 1 else float("nan")
    return None if np.isnan(value) else value


def lists_sentence(both: Sides, a: list[str], b: list[str], targets: tuple[float | None, float | None]) -> str:
    """How many items two lists of one length share, and the rank of the actual next item in each run."""
    of, (name_a, name_b) = len(a), (both.a.run.name, both.b.run.name)
    if not of:
        return "In one of the two no item competes, so there is no list to compare."
    start = f"{len(set(a) & set(b))} of the first {of} are in both lists" if of > 1 else "Both lists have one item"
    if of > 1 and a == b:
        start = f"The first {of} are the same in the same order"
    if targets[0] is None or targets[1] is None:
        return f"{start}."
    title, other = (short(scene.title(scene.target)) for scene in both.scenes)
    if both.a.item_id(both.a.target) != both.b.item_id(both.b.target):
        return f"{start}; what really came next is “{title}” in {name_a} and “{other}” in {name_b}."
    return f"{start}; {name_a} ranks “{title}”, which came next, {rank(targets[0])}, {name_b} {rank(targets[1])}."


def attention(both: Sides) -> AttentionBeside:
    """Both matrices item by item: an item that is there twice has two rows, matched as before and after an edit."""
    ids: dict[str, int] = {}
    windows = [
        np.array([ids.setdefault(scene.item_id(item), len(ids)) for item in scene.window]) for scene in both.scenes
    ]
    slots, names = side_by_side(*windows), list(ids)
    items = tuple(names[slot.item] for slot in slots)
    map_a, masked_a, weights_a = aligned(both.a, [slot.place_a for slot in slots])
    map_b, masked_b, weights_b = aligned(both.b, [slot.place_b for slot in slots])
    in_both = ~np.isnan(weights_a + weights_b)
    return AttentionBeside(
        items=items,
        titles=tuple(title_of(both, item) for item in items),
        map_a=map_a,
        map_b=map_b,
        masked_a=masked_a,
        masked_b=masked_b,
        weights_a=weights_a,
        weights_b=weights_b,
        missing_a=both.a.trace.missing,
        missing_b=both.b.trace.missing,
        tau=tau(weights_a[in_both].tolist(), weights_b[in_both].tolist()),
        sentence=attention_sentence(both),
    )


def aligned(scene: Scene, places: Sequence[int | None]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrix (s, s), mask (s, s) and average attention (s,) in slots. places (s,): in the window, from 1."""
    rows = [None if place is None else place - 1 for place in places]
    trace = scene.trace
    return laid_out(trace.weights, rows), laid_out(trace.masked, rows) == 1, laid_out(trace.column_weights, rows)


def attention_sentence(both: Sides) -> str:
    """Which item has most attention in each run."""
    most = [scene.window[int(scene.trace.column_weights.argmax())] for scene in both.scenes]
    titles = [short(scene.title(item)) for scene, item in zip(both.scenes, most, strict=True)]
    shares = [number(float(scene.trace.column_weights.max())) for scene in both.scenes]
    name_a, name_b = both.a.run.name, both.b.run.name
    if both.a.item_id(most[0]) == both.b.item_id(most[1]):
        return f"Both look most at “{titles[0]}”: {name_a} gives it {shares[0]} on average, {name_b} {shares[1]}."
    return f"{name_a} looks most at “{titles[0]}” ({shares[0]} on average), {name_b} at “{titles[1]}” ({shares[1]})."


def split(both: Sides, k: int = 10) -> SplitBeside:
    """The long-term part of the distances in each list."""
    long_a, long_b = (long_share(scene, k) for scene in both.scenes)
    omega_a, omega_b = (scene.run.model_config.long_weight for scene in both.scenes)
    parts = f"{long_part(both.a, long_a, omega_a)}, {long_part(both.b, long_b, omega_b)}"
    return SplitBeside(long_a, long_b, omega_a, omega_b, f"In the first {k}, on average: {parts}.")


def long_part(scene: Scene, share: float | None, omega: float) -> str:
    if share is None:
        return f"{scene.run.name} has no long-term part"
    return f"in {scene.run.name} (ω = {number(omega)}) the long-term part is {share:.0%} of the distance"


def long_share(scene: Scene, k: int) -> float | None:
    rows = [row for row in ranking_words.split_rows(scene, k)[:k] if row.competes and row.short + row.long > 0]
    if not rows or scene.ranking.long is None:
        return None
    return float(np.mean([row.long / (row.short + row.long) for row in rows]))
