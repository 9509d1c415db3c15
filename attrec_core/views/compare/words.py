"""Two runs on the same user and window: both attention matrices, both lists, both score splits, and their sentences.

An item has one colour in both runs, both matrices have one scale, and each list marks the items of the other.
"""

from __future__ import annotations

import numpy as np

from attrec_core.explain.compare import laid_out, side_by_side
from attrec_core.explain.influence import tau_b
from attrec_core.explain.wording import number, rank, short
from attrec_core.views.attention import ranking_words
from attrec_core.views.attention.words import attention_record, scales
from attrec_core.views.compare.records import AttentionBeside, Listed, ListsBeside, SplitBeside
from attrec_core.views.compare.sides import Sides
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.page_context import Scene


def map_records(both: Sides) -> tuple[dict[str, object], dict[str, object]]:
    """The attention maps of A and of B; see `AttentionRecord` in the pages' widgets."""
    # Along the longer window: then both have it in its order.
    longer, other = sorted((both.a, both.b), key=lambda one: -len(one.window))
    ids = dict.fromkeys(one.item_id(item) for one in (longer, other) for item in one.window)
    colours = {item: item_colour(place) for place, item in enumerate(ids)}
    records = [attention_record(one) for one in (both.a, both.b)]
    first, second = (
        record | {"colours": [colours[item] for item in record["ids"]], **scales(records)} for record in records
    )
    return first, second


def list_rows(both: Sides, k: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """What comes next in A and in B. Against what else a list might have changed does not count here."""
    return rows_of(both.a, both.b, "B", k), rows_of(both.b, both.a, "A", k)


def rows_of(here: Scene, there: Scene, called: str, k: int) -> list[dict[str, object]]:
    shared = {there.item_id(item) for item in there.ranking.top(k)}
    first = {here.item_id(item) for item in here.ranking.top(k)}
    rows = []
    for row in ranking_words.ranking_rows(here, k):
        mark = [] if row["id"] not in first else [f"also in {called}" if row["id"] in shared else f"not in {called}"]
        plain = {name: value for name, value in row.items() if name not in ("move", "change")}
        rows.append(plain | {"marks": [*row["marks"], *mark]})
    return rows


PATIENCE = 0.9  # p of the rank-biased overlap: the first ten have 86% of the weight


def lists(both: Sides, k: int = 10) -> ListsBeside:
    """The first k of each, what they share and in which order they stand."""
    a, b = ([one.item_id(item) for item in one.ranking.top(k)] for one in (both.a, both.b))
    shared = [item for item in a if item in b]
    rows = tuple(listed_item(both, item, in_a=item in a, in_b=item in b) for item in dict.fromkeys([*shared, *a, *b]))
    pairs = [(row.rank_a, row.rank_b) for row in rows if row.rank_a is not None and row.rank_b is not None]
    targets = [target_rank(one) for one in (both.a, both.b)]
    of = min(len(a), len(b))
    return ListsBeside(
        k=k,
        rows=rows,
        overlap=len(set(a[:of]) & set(b[:of])),
        of=of,
        rbo=rank_biased_overlap(a, b),
        tau=tau([left for left, _ in pairs], [right for _, right in pairs]),
        target_a=targets[0],
        target_b=targets[1],
        sentence=lists_sentence(both, a, b, targets),
    )


def listed_item(both: Sides, item: str, *, in_a: bool, in_b: bool) -> Listed:
    knows = next(one for one in (both.a, both.b) if item in one.run.item_index)
    ranks = [rank_of(one, item) for one in (both.a, both.b)]
    return Listed(item, knows.title(knows.run.item_index[item]), *ranks, in_a, in_b)


def rank_of(scene: Scene, item: str) -> float | None:
    index = scene.run.item_index.get(item)
    return None if index is None else float(scene.ranking.ranks[index])


def target_rank(scene: Scene) -> float | None:
    return None if scene.target is None else float(scene.ranking.ranks[scene.target])


def rank_biased_overlap(a: list[str], b: list[str], p: float = PATIENCE) -> float:
    """RBO of two lists to their common depth, extrapolated (Webber, Moffat and Zobel 2010, eq. 23)."""
    depth = min(len(a), len(b))
    if not depth:
        return 0.0
    agreements = [len(set(a[:at]) & set(b[:at])) / at for at in range(1, depth + 1)]
    weighted = sum(agreement * p**at for at, agreement in enumerate(agreements, 1))
    return agreements[-1] * p**depth + (1 - p) / p * weighted


def tau(a: list[float], b: list[float]) -> float | None:
    found = float(tau_b(np.array([a], float), np.array([b], float))[0]) if len(a) > 1 else float("nan")
    return None if np.isnan(found) else found


def lists_sentence(both: Sides, a: list[str], b: list[str], targets: list[float | None]) -> str:
    """How many of the first are shared, and where the true next item stands in each."""
    of, (name_a, name_b) = min(len(a), len(b)), (both.a.run.name, both.b.run.name)
    if not of:
        return "In one of the two no item competes, so there is no list to compare."
    shared = len(set(a[:of]) & set(b[:of]))
    said = f"{shared} of the first {of} are in both lists" if of > 1 else "Both lists have one item"
    if of > 1 and a[:of] == b[:of]:
        said = f"The first {of} are the same in the same order"
    if targets[0] is None or targets[1] is None:
        return f"{said}."
    title, other = (short(one.title(one.target)) for one in (both.a, both.b))
    if both.a.item_id(both.a.target) != both.b.item_id(both.b.target):
        return f"{said}; what really came next is “{title}” in {name_a} and “{other}” in {name_b}."
    return f"{said}; {name_a} ranks “{title}”, which came next, {rank(targets[0])}, {name_b} {rank(targets[1])}."


def attention(both: Sides) -> AttentionBeside:
    """Both maps item by item: an item that is there twice has two rows, matched as before and after an edit."""
    ids: dict[str, int] = {}
    windows = [
        np.array([ids.setdefault(one.item_id(item), len(ids)) for item in one.window]) for one in (both.a, both.b)
    ]
    slots = side_by_side(*windows)
    names = list(ids)
    items = tuple(names[slot.item] for slot in slots)
    rows = [
        [None if place is None else place - 1 for place in places]
        for places in ([slot.place_a for slot in slots], [slot.place_b for slot in slots])
    ]
    maps, masked, weights = zip(
        *(
            (
                laid_out(one.trace.weights, places),
                laid_out(one.trace.masked, places) == 1,
                laid_out(one.trace.column_weights, places),
            )
            for one, places in zip((both.a, both.b), rows, strict=True)
        ),
        strict=True,
    )
    in_both = ~np.isnan(weights[0] + weights[1])
    return AttentionBeside(
        items=items,
        titles=tuple(title_of(both, item) for item in items),
        map_a=maps[0],
        map_b=maps[1],
        masked_a=masked[0],
        masked_b=masked[1],
        weights_a=weights[0],
        weights_b=weights[1],
        missing_a=both.a.trace.missing,
        missing_b=both.b.trace.missing,
        tau=tau(*(one[in_both].tolist() for one in weights)),
        sentence=attention_sentence(both),
    )


def title_of(both: Sides, item: str) -> str:
    scene = both.a if item in both.a.run.item_index else both.b
    return scene.title(scene.run.item_index[item])


def attention_sentence(both: Sides) -> str:
    """What each looks at most."""
    most = [int(one.trace.column_weights.argmax()) for one in (both.a, both.b)]
    titles = [short(one.title(one.window[place])) for one, place in zip((both.a, both.b), most, strict=True)]
    shares = [number(float(one.trace.column_weights[place])) for one, place in zip((both.a, both.b), most, strict=True)]
    name_a, name_b = both.a.run.name, both.b.run.name
    if both.a.item_id(both.a.window[most[0]]) == both.b.item_id(both.b.window[most[1]]):
        return f"Both look most at “{titles[0]}”: {name_a} gives it {shares[0]} on average, {name_b} {shares[1]}."
    return f"{name_a} looks most at “{titles[0]}” ({shares[0]} on average), {name_b} at “{titles[1]}” ({shares[1]})."


def split(both: Sides, k: int = 10) -> SplitBeside:
    """The long-term part of the distances in each list."""
    parts = [long_share(one, k) for one in (both.a, both.b)]
    omegas = [one.run.model_config.long_weight for one in (both.a, both.b)]
    told = [
        f"{one.run.name} has no long-term part"
        if part is None
        else f"in {one.run.name} (ω = {number(omega)}) the long-term part is {part:.0%} of the distance"
        for one, part, omega in zip((both.a, both.b), parts, omegas, strict=True)
    ]
    sentence = f"In the first {k}, on average: {', '.join(told)}."
    return SplitBeside(parts[0], parts[1], omegas[0], omegas[1], sentence)


def long_share(scene: Scene, k: int) -> float | None:
    rows = [row for row in ranking_words.split_rows(scene, k)[:k] if row.competes and row.short + row.long > 0]
    if not rows or scene.ranking.long is None:
        return None
    return float(np.mean([row.long / (row.short + row.long) for row in rows]))
