"""The recommendations: the rows of the list, what it says, and its table. `figures.ranking` draws it for print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, ordinal
from attrec_core.explain.ranking import Ranking
from attrec_core.runs.library.words import noun
from attrec_core.runs.systems import Measure
from attrec_core.views.drawing.theme import signed
from attrec_core.views.moment.records import ItemId
from attrec_core.views.page_context import Scene


@dataclass(frozen=True)
class RankedRow:
    """A row of the recommendations. For AttRec, `short` and `long` sum to `value`; for other systems they are 0."""

    rank: float  # for an item that is not a candidate the rank it would have, which is not shown
    id: ItemId
    title: str
    subtitle: str
    value: float  # in the measure of the list
    short: float
    long: float
    is_candidate: bool = True
    marks: Sequence[str] = ()
    move: str | None = None  # since the baseline: "▲2", "▼1", "=", "NEW"
    change: str | None = None  # change of the value since the baseline, with its sign
    after_gap: bool = False  # whether candidates between the row above and this one are not listed


@dataclass(frozen=True)
class RankingRecord:
    """The recommendations, best first. A gap is drawn where ranks are omitted."""

    rows: Sequence[RankedRow]
    measure: Measure
    selected: ItemId | None = None


def listed_items(scene: Scene, k: int, also: Sequence[int] = ()) -> list[int]:
    """Returns the top k, then the actual next item, the selected item and `also`, if not in the top k, by rank."""
    top = scene.ranking.top(k).tolist()
    extra = dict.fromkeys(item for item in (scene.target, scene.selected, *also) if item is not None)
    return [*top, *sorted(extra.keys() - set(top), key=lambda item: (scene.ranking.rank(item), item))]


def ranking_rows(scene: Scene, k: int, also: Sequence[int] = ()) -> list[RankedRow]:
    """Returns a row for each listed item, with its changes since the baseline."""
    ranking = scene.ranking
    items = listed_items(scene, k, also)
    parts = ranking.parts(items) if scene.run.explains else np.zeros((2, len(items)))
    before = None if scene.compared is None else scene.compared.ranking
    omits = gaps(ranking, items)
    return [
        RankedRow(
            rank=ranking.rank(item),
            id=scene.item_id(item),
            title=scene.title(item),
            subtitle=scene.subtitle(item),
            value=scene.run.measure.of(ranking.distance(item)),
            short=float(parts[0][index]),
            long=float(parts[1][index]),
            is_candidate=bool(ranking.candidates[item]),
            marks=["actual"] * (item == scene.target) + why_no_candidate(scene, item),
            after_gap=omits[index],
            **({} if before is None else rank_change(before, ranking, item, k)),
        )
        for index, item in enumerate(items)
    ]


def gaps(ranking: Ranking, items: Sequence[int]) -> list[bool]:
    """Returns for each listed item whether candidates between the item before and it are not listed. Ranks alone cannot
    tell: three items that tie for 8th, 9th and 10th all have the rank 9."""
    order = {item: place for place, item in enumerate(ranking.top(2 * len(items)).tolist())}

    def omits(above: int, item: int) -> bool:
        if above in order and item in order:
            return order[item] - order[above] > 1
        return bool(ranking.candidates[above]) and ranking.rank(item) - ranking.rank(above) >= 2

    return [False, *(omits(above, item) for above, item in pairwise(items))][: len(items)]


def rank_change(before: Ranking, now: Ranking, item: int, k: int) -> dict[str, str]:
    """Returns how an item's rank and value changed since the baseline. NEW marks a candidate that enters the top k, or
    that was not a candidate before."""
    old_rank, rank = before.rank(item), now.rank(item)
    rise = old_rank - rank
    move = "=" if rise == 0 else f"{'▲' if rise > 0 else '▼'}{abs(rise):g}"
    is_new = old_rank > k >= rank or not before.candidates[item]
    change = now.run.measure.of(now.distance(item) - before.distance(item))
    return {"move": "NEW" if is_new and now.candidates[item] else move, "change": signed(change, 3)}


def why_no_candidate(scene: Scene, item: int) -> list[str]:
    """Returns why an item is not a candidate; empty for a candidate."""
    if scene.ranking.candidates[item]:
        return []
    return ["in the window"] if item in scene.window else ["seen before"]


def out_of_it(scene: Scene, item: int) -> str:
    """Returns why an item is not a candidate, as the end of a sentence."""
    if item in scene.window:
        return "it is in the window"
    return "you have picked it" if scene.user is None else f"{scene.who} has seen it before"


def ranking_sentence(scene: Scene) -> str:
    """States where the actual next item is ranked."""
    if scene.target is None:
        end = "This is the end of the history" if scene.user is not None else "No user is chosen"
        why = "You have no history yet" if len(scene.likes) else end
        return f"{why}, so there is no actual next item. {list_sentence(scene)}"
    title = scene.title(scene.target)
    if not scene.ranking.candidates[scene.target]:
        return f"The actual next item, “{title}”, is in the edited window, so it is not ranked."
    ranked = f"{rank_phrase(scene, scene.target)} of the {candidates_named(scene, scene.target)}"
    return f"The actual next item, “{title}”, is {ranked}."


def rank_phrase(scene: Scene, item: int) -> str:
    """Returns the rank of a candidate in words that follow “is”."""
    rank = scene.ranking.rank(item)
    return f"ranked {ordinal(rank)}" if rank.is_integer() else f"tied for {ordinal(int(rank))}"


def list_sentence(scene: Scene) -> str:
    return f"The list ranks {candidates_named(scene)}."


def candidates_named(scene: Scene, item: int | None = None) -> str:
    """Returns the number of candidates with the data set's own noun: “345 films Bilal Weber has not seen”. item: the
    item that the sentence is about. The actual next item is a candidate also where the user has seen it before."""
    items, repeated = noun(scene.run.interactions), repeats(scene)
    counted = count_of(int(scene.ranking.candidates.sum()) - repeated, items[:-1])
    if len(scene.likes):
        return f"{counted} {'not in your picks or the window' if scene.edited else 'that you did not pick'}"
    if scene.user is None:
        return f"{counted} outside the window"
    unseen = f"{counted} {scene.who} has not seen"
    # The items of the actual window are in the history; those of an edited window may be, too.
    outside = scene.edited and not np.isin(scene.window, scene.history[: scene.step]).all()
    if outside:
        unseen += f", not counting the {items} in the window" + "," * repeated
    return f"{unseen} and {'this one' if item == scene.target else 'the actual next one'}" if repeated else unseen


def repeats(scene: Scene) -> bool:
    """Whether the actual next item is a candidate although the user has seen it before."""
    target = scene.target
    return target is not None and bool(scene.ranking.candidates[target]) and target in scene.moment.seen


def ranking_table(record: RankingRecord, *, explains: bool) -> pd.DataFrame:
    """explains: whether the run is of AttRec, whose distances have two parts."""
    rows, parts = record.rows, ["short", "long"] if explains else []
    table = pd.DataFrame(rows, columns=["rank", "title", "value", *parts, "marks", "subtitle", "id"])
    table["rank"] = table["rank"].where([row.is_candidate for row in rows])
    table["marks"] = [", ".join(marks) for marks in table["marks"]]
    return table.rename(columns={"value": record.measure.name, "subtitle": "about"}).round(4)
