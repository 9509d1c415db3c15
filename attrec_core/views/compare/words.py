"""Two runs on the same user and window: what can be compared, both attention matrices, both lists, and their sentences.

Items and users are ids, because the two runs may have different indices and different items. An item has the same
colour in both runs, both matrices have the same scale, and each list marks the items that are in the other list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from attrec_core.errors import number, percent
from attrec_core.explain.compare import Slot, laid_out, side_by_side
from attrec_core.explain.influence import agreement
from attrec_core.explain.wording import letter, listed, short
from attrec_core.runs.run import Run
from attrec_core.views.compare.sides import Sides
from attrec_core.views.moment.attention import ONE_SCALE, AttentionRecord, attention_record, on_one_scale
from attrec_core.views.moment.attention import attention_sentence as sentence_of_one
from attrec_core.views.moment.ranking import RankedRow, RankingRecord, rank_phrase, ranking_rows
from attrec_core.views.moment.split import ScoreSplit, split_rows
from attrec_core.views.page_context import Scene

PATIENCE = 0.9  # p of the rank-biased overlap: the first ten have 86% of the weight


@dataclass(frozen=True)
class Listed:
    """An item among the first k of either run. A rank is None if that run does not know the item."""

    item: str
    title: str
    rank_a: float | None
    rank_b: float | None
    in_a: bool  # among the first k of A
    in_b: bool


@dataclass(frozen=True)
class ListsBeside:
    """The two lists of recommendations: items in both first, then A's, then B's, each by rank."""

    k: int
    rows: tuple[Listed, ...]
    overlap: int  # how many of the first `of` items of A are among those of B
    of: int  # k, or fewer where there are fewer candidates
    rbo: float  # rank-biased overlap, p = .9, extrapolated: 1 the same list, 0 nothing in common
    tau: float | None  # Kendall's τ-b of the ranks of all items that both know; None with fewer than two
    target_a: float | None  # the rank of the actual next item; None if there is none
    target_b: float | None
    sentence: str

    def table(self) -> pd.DataFrame:
        marks = {(True, True): "both", (True, False): "A", (False, True): "B"}
        columns = {
            "title": [row.title for row in self.rows],
            "rank in A": pd.Series([row.rank_a for row in self.rows], dtype=float),
            "rank in B": pd.Series([row.rank_b for row in self.rows], dtype=float),
            f"in the top {self.k} of": [marks[row.in_a, row.in_b] for row in self.rows],
            "id": [row.item for row in self.rows],
        }
        return pd.DataFrame(columns)


@dataclass(frozen=True, eq=False)
class AttentionBeside:
    """Both attention matrices over the s items of either window, oldest first. NaN: not in that run's window."""

    items: tuple[str, ...]
    titles: tuple[str, ...]
    map_a: np.ndarray  # (s, s) float32
    map_b: np.ndarray  # (s, s)
    weights_a: np.ndarray  # (s,) w; for SASRec the row of the latest item
    weights_b: np.ndarray  # (s,)
    missing_a: float  # ρ, also where m is a sum, so that w and ρ sum to 1
    missing_b: float
    tau: float | None  # Kendall's τ-b of w over the items that both have; None with fewer than two, or if all are equal
    sentence: str

    def table(self) -> pd.DataFrame:
        """The attention to each item; empty for an item that is in one window only."""
        columns = {
            "attention in A": self.weights_a,
            "attention in B": self.weights_b,
            "B − A": self.weights_b - self.weights_a,
        }
        table = pd.DataFrame({"item": self.titles} | {name: weights.astype(float) for name, weights in columns.items()})
        return table.round(3)


@dataclass(frozen=True)
class SplitBeside:
    """How the distances in each list split into short-term and long-term parts, on average."""

    long_a: float | None  # share of the long-term part in the first k; None without a taste or without a list
    long_b: float | None
    omega_a: float
    omega_b: float
    sentence: str


def map_records(both: Sides) -> list[AttentionRecord]:
    """The attention matrices of A and of B; an item has the same colour and letter in both."""
    # Colours are counted along the longer window, so that they follow its order in both matrices.
    longer, shorter = sorted(both.scenes, key=lambda scene: -len(scene.window))
    ids = dict.fromkeys(scene.item_id(item) for scene in (longer, shorter) for item in scene.window)
    hues: dict[str | int, int] = {item: index for index, item in enumerate(ids)}
    places = zip(*((slot.place_a, slot.place_b) for slot in slots_of(both)[0]), strict=True)
    records = on_one_scale([attention_record(scene) for scene in both.scenes], ONE_SCALE)
    return [
        replace(
            record,
            selected=both.a.view.selected,
            hues=[hues[item] for item in record.ids],
            places=[letter(places_in_run.index(position)) for position in range(1, len(record.ids) + 1)],
        )
        for record, places_in_run in zip(records, places, strict=True)
    ]


def scope_sentence(a: Run, b: Run, *, same_data: bool, same_moment: bool = True) -> str:
    """Says what of two runs can be compared, and why the rest cannot. same_moment: whether both have a list for the
    user and the window."""
    no_list = "" if same_moment else "not for this user and window"
    why_not = {
        "metrics": "" if same_data else "the data differ",
        "recommendations": no_list,
        "attention": no_list or lacking([run for run in (a, b) if not run.attends]),
        "the parts of each distance": no_list or lacking([run for run in (a, b) if not run.explains]),
    }
    can, reasons = [*(name for name, why in why_not.items() if not why), "settings"], filter(None, why_not.values())
    cannot = [
        f"{listed([name for name, why in why_not.items() if why == reason])} ({reason})"
        for reason in dict.fromkeys(reasons)
    ]
    but = f", but not {' or '.join(cannot)}" if cannot else ""
    return f"What can be compared: {listed(can, len(can))}{but}."


def lacking(runs: Sequence[Run]) -> str:
    names = " and ".join(run.name for run in runs)
    return f"{names} {'has' if len(runs) == 1 else 'have'} none" if runs else ""


def no_attention(both: Sides) -> str:
    """Says why the attention of both runs is not shown; empty if it is."""
    without = lacking([scene.run for scene in both.scenes if not scene.run.attends])
    return f"Attention is not compared: {without}." if without else ""


def rankings(both: Sides, k: int) -> list[RankingRecord]:
    """The first k items of each run, with bars on a scale of its own."""
    pairs = (both.a, both.b, "B"), (both.b, both.a, "A")
    return [
        RankingRecord(rows_of(here, there, letter, k), here.run.measure, both.a.view.selected)
        for here, there, letter in pairs
    ]


def scales_and_parts(both: Sides, record: ListsBeside) -> str:
    """What the bars of both lists mean beside each other."""
    scales = "Values of two models cannot be compared, so the bars of each list have their own scale."
    return f"{scales} {split(both, record.k).sentence}" if both.explains else scales


def rows_of(here: Scene, there: Scene, letter: str, k: int) -> list[RankedRow]:
    """The first k items of one run, each marked as in the other run's list or not, without the changes since a
    baseline. letter: of the other run."""
    listed_here, listed_there = top_ids(here, k), top_ids(there, k)
    rows = []
    for row in ranking_rows(here, k):
        mark = f"also in {letter}" if row.id in listed_there else f"not in {letter}"
        marks = [*row.marks, mark] if row.id in listed_here else row.marks
        rows.append(replace(row, marks=marks, move=None, change=None))
    return rows


def top_ids(scene: Scene, k: int) -> list[str]:
    return [scene.item_id(item) for item in scene.ranking.top(k)]


def lists(both: Sides, k: int = 10) -> ListsBeside:
    """Compares the first k items of each run: which items both lists share, and their order."""
    a, b = (top_ids(scene, k) for scene in both.scenes)
    shared = [item for item in a if item in b]
    rows = tuple(
        Listed(item, title_of(both, item), rank_in(both.a, item), rank_in(both.b, item), item in a, item in b)
        for item in dict.fromkeys([*shared, *a, *b])
    )
    targets = [None if scene.target is None else scene.ranking.rank(scene.target) for scene in both.scenes]
    ranks = np.array([(row.rank_a, row.rank_b) for row in rows if None not in (row.rank_a, row.rank_b)]).reshape(-1, 2)
    of = min(len(a), len(b))
    overlap, sentence = len(set(a[:of]) & set(b[:of])), lists_sentence(both, a[:of], b[:of])
    rbo, tau, (target_a, target_b) = rank_biased_overlap(a, b), agreement(*ranks.T), targets
    return ListsBeside(k, rows, overlap, of, rbo, tau, target_a, target_b, sentence)


def rank_in(scene: Scene, item: str) -> float | None:
    """The rank of an item in a run; None if the run does not know the item."""
    return scene.ranking.rank(scene.run.item_index[item]) if item in scene.run.item_index else None


def title_of(both: Sides, item: str) -> str:
    scene = both.a if item in both.a.run.item_index else both.b
    return scene.title(scene.run.item_index[item])


def rank_biased_overlap(a: list[str], b: list[str]) -> float:
    """RBO of two lists to their common depth, extrapolated (Webber, Moffat and Zobel 2010, eq. 23)."""
    depth = min(len(a), len(b))
    if not depth:
        return 0.0
    agreements = [len(set(a[:k]) & set(b[:k])) / k for k in range(1, depth + 1)]
    weighted = sum(agreement * PATIENCE**k for k, agreement in enumerate(agreements, 1))
    return agreements[-1] * PATIENCE**depth + (1 - PATIENCE) / PATIENCE * weighted


def lists_sentence(both: Sides, a: list[str], b: list[str]) -> str:
    """How many items two lists of one length share, and the rank of the actual next item in each run."""
    of = len(a)
    if not of:
        return "One of the runs has no candidates, so there are no lists to compare."
    shared = len(set(a) & set(b))
    start = f"{shared} of the top {of} {'is' if shared == 1 else 'are'} in both lists"
    if of == 1:
        start = "Both lists have one item"
    elif a == b:
        start = f"Both runs recommend the same top {of}, in the same order"
    return f"{start}. {next_items(both)}".strip()


def next_items(both: Sides) -> str:
    """Where each run ranks the actual next item; empty if neither run has one."""
    named = zip(both.scenes, both.names, strict=True)
    targets = [(scene, scene.target, name) for scene, name in named if scene.target is not None]
    titles = [short(scene.title(target)) for scene, target, _ in targets]
    ranks = [
        f"{rank_phrase(scene, target) if scene.ranking.candidates[target] else 'not ranked'} in {name}"
        for scene, target, name in targets
    ]
    if len({scene.item_id(target) for scene, target, _ in targets}) == 1:
        first, *later = ranks
        later = [rank.removeprefix("ranked ") for rank in later] if first.startswith("ranked ") else later
        return f"The actual next item, “{titles[0]}”, is {' and '.join([first, *later])}."
    both_items = " and ".join(f"“{title}”, {rank}" for title, rank in zip(titles, ranks, strict=True))
    return f"The actual next items are {both_items}." if targets else ""


def attention(both: Sides) -> AttentionBeside:
    """Both matrices item by item. An item that occurs twice has two rows, matched as before and after an edit."""
    slots, item_ids = slots_of(both)
    items = tuple(item_ids[slot.item] for slot in slots)
    places = zip(*((slot.place_a, slot.place_b) for slot in slots), strict=True)
    placed = [
        (scene.moment.attention, list(at), len(scene.window) if scene.moment.attention.counts == "total" else 1)
        for scene, at in zip(both.scenes, places, strict=True)
    ]
    map_a, map_b = (laid_out(of_run.weights, at) for of_run, at, _ in placed)
    weights_a, weights_b = (laid_out(of_run.column_weights / rows, at) for of_run, at, rows in placed)
    missing_a, missing_b = (of_run.missing / rows for of_run, _, rows in placed)
    in_both = ~np.isnan(weights_a + weights_b)
    tau, sentence = agreement(weights_a[in_both], weights_b[in_both]), attention_sentence(both)
    titles = tuple(title_of(both, item) for item in items)
    return AttentionBeside(items, titles, map_a, map_b, weights_a, weights_b, missing_a, missing_b, tau, sentence)


def slots_of(both: Sides) -> tuple[tuple[Slot, ...], list[str]]:
    """Matches the items of both windows. Returns the slots, whose items are indices into the ids, and the ids."""
    ids: dict[str, int] = {}
    a, b = ([ids.setdefault(scene.item_id(item), len(ids)) for item in scene.window] for scene in both.scenes)
    return side_by_side(np.array(a), np.array(b)), list(ids)


def attention_sentence(both: Sides) -> str:
    if not both.explains:
        named = zip(both.scenes, map_records(both), strict=True)
        return " ".join(f"{scene.run.name}: {sentence_of_one(scene, places=record.places)}" for scene, record in named)
    averages = [scene.moment.average_attention for scene in both.scenes]
    nothing = [name for name, shares in zip(both.names, averages, strict=True) if not shares.any()]
    if nothing:
        why = "because the mask removes the attention of a single item to itself"
        return f"No item gets attention in {' or '.join(nothing)}, {why}."
    top_items = [int(scene.window[shares.argmax()]) for scene, shares in zip(both.scenes, averages, strict=True)]
    titles = [short(scene.title(item)) for scene, item in zip(both.scenes, top_items, strict=True)]
    shares = [percent(shares.max()) for shares in averages]
    name_a, name_b = both.names
    if both.a.item_id(top_items[0]) == both.b.item_id(top_items[1]):
        both_shares = f"{shares[0]} on average in {name_a}, {shares[1]} in {name_b}"
        return f"“{titles[0]}” gets the most attention in both runs: {both_shares}."
    first, second = (f"“{title}” in {name}" for title, name in zip(titles, both.names, strict=True))
    return f"On average, the most attention goes to {first} ({shares[0]}) and to {second} ({shares[1]})."


def split(both: Sides, k: int = 10) -> SplitBeside:
    long_a, long_b = (ScoreSplit(split_rows(scene, k), k).long_share for scene in both.scenes)
    omega_a, omega_b = (scene.run.model_config.long_weight for scene in both.scenes)
    parts = ", ".join(
        f"none in {name}" if share is None else f"{percent(share)} in {name} (ω = {number(omega)})"
        for name, share, omega in zip(both.names, (long_a, long_b), (omega_a, omega_b), strict=True)
    )
    sentence = f"Share of the long-term part in the distances of the top {k}, on average: {parts}."
    return SplitBeside(long_a, long_b, omega_a, omega_b, sentence)
