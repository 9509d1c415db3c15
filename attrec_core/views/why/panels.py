"""The panels of the page “Why this item?”, and what it says of the explained item and of an edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number, ordinal
from attrec_core.explain.exact_sum import ItemParts, item_parts
from attrec_core.explain.explanation import Explanation
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import listed, quoted, short, title_at
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.drawing.plot import axis, bar, figure, hover
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import COUNT, HATCH, SELECTED, round_ticks, row_height, signed, wrapped_title
from attrec_core.views.moment.ranking import candidates_named, out_of_it
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.texts import text
from attrec_core.views.why import enough, exact_sum, influence, taste
from attrec_core.views.why.exact_sum import NO_CANDIDATES, Versus, Waterfall, explained

MOST = 12  # bars of single items; the others share one bar
ROW = 26  # pixels
ROOM = (0.02, 0.22)  # of the bars' width: at the end without bars, and for the numbers at the end with bars
LATER = " It reads the whole history it was trained on, also items after the step shown."
LETTERS = 30  # of a title in a sentence about an edit
CONTRIBUTION = "Contribution of each item"
NO_RIVAL = "There is no other candidate to compare with."
NOT_OF_ITEMS = "This is about EASE and item kNN, whose score has a part for each item; for AttRec see the panel “why”."
Removal = tuple[str, tuple[str, ...]]  # the label of a button, and the ids of the window that it makes


def name(scene: Scene) -> str:
    assert scene.explained is not None  # else `no_item` says why
    return scene.title(scene.explained)


def no_item(scene: Scene) -> str:
    return NO_CANDIDATES if scene.explained is None else ""


panel = partial(Panel, needs="attrec", lacks=no_item)


def waterfall_record(scene: Scene, against_average: bool | None = None) -> Waterfall:
    """against_average: whether the bars are compared with those of the average item; None: as the view says."""
    from_average = scene.view.terms != "whole" if against_average is None else against_average
    record = exact_sum.waterfall(scene, explained(scene), from_average=from_average)
    assert record is not None  # else `lacks` says why
    return record


def why_guide(scene: Scene) -> str:
    long, formula, letters = (text("why", f"{part}_of_{scene.taste_of}") for part in ("parts", "sum", "letters"))
    return text("why", "why", long=long, sum=formula, letters=letters)


def influence_guide(scene: Scene) -> str:
    long = ", and the change of the long-term part" if scene.moment.config.remembers else ""
    return text("why", "influence", long=long)


def which_way(record: Waterfall) -> str:
    return "(lower is better)" if record.from_average else "(a lower sum is better)"


WHY: Panel[Scene, Waterfall] = panel(
    key="why",
    listed=f"{CONTRIBUTION} to the distance",
    heading=lambda scene, record: f"{CONTRIBUTION} {which_way(record)}",
    title=lambda scene, record: f"{CONTRIBUTION} to the distance of {name(scene)} {which_way(record)}",
    record=waterfall_record,
    picture="bars",
    sends=exact_sum.waterfall_bars,
    guide=lambda scene, record: why_guide(scene),
    details=lambda scene, record: record.details,
    label=lambda scene, record: f"contribution of each item to the distance of {name(scene)}",
    lacks=lambda scene: no_item(scene) or ("" if explained(scene).sum.exists else explained(scene).sum.sentence),
)

INFLUENCE: Panel[Scene, influence.TruthTable] = panel(
    key="influence",
    heading="Does attention mean influence?",
    title=lambda scene, record: f"Attention and influence on {name(scene)}",
    record=lambda scene: influence.truth_table(scene, explained(scene)),
    picture="bars",
    sends=influence.removal_bars,
    draws=lambda record: len(record.rows) > 1,
    sentence=lambda scene, record: explained(scene).influence.sentence,
    guide=lambda scene, record: influence_guide(scene),
    details=lambda scene, record: influence.among_users(scene),
    label=lambda scene, record: f"change of the distance of {name(scene)} when an item is removed",
)


ENOUGH: Panel[Scene, enough.EnoughRecord] = panel(
    key="enough",
    heading="Which items are enough?",
    title=lambda scene, record: f"Which items are enough for {name(scene)}?",
    record=enough.enough_record,
    picture="bars",
    sends=enough.credit_bars,
    guide=text("why", "enough"),
    details=lambda scene, record: enough.details(record),
    label=lambda scene, record: f"credit of each item for the distance of {name(scene)}",
    lacks=lambda scene: no_item(scene) or enough.lacks(scene),
)


def versus_record(scene: Scene) -> Versus:
    rival = exact_sum.rival(scene)
    assert rival is not None  # else `lacks` says why
    return exact_sum.versus(scene, explained(scene).item, rival)


VERSUS: Panel[Scene, Versus] = panel(
    key="versus",
    listed="Why this item and not the other?",
    heading=lambda scene, record: record.heading,
    record=versus_record,
    picture="bars",
    sends=exact_sum.versus_bars,
    details=exact_sum.versus_details,
    label=lambda scene, record: f"difference of the distances of {record.above} and {record.below}, part by part",
    lacks=lambda scene: no_item(scene) or (NO_RIVAL if exact_sum.rival(scene) is None else ""),
)


def parts_guide(scene: Scene) -> str:
    config = scene.run.model_config
    reads = SYSTEMS[config.model].reading(config, SYSTEMS[config.model].label)
    return text("why", "item_parts", reads=reads, later="" if config.recent or scene.user is None else LATER)


def parts_bars(scene: Scene, parts: ItemParts) -> Figure:
    """A bar for each item, the largest part on top, and one bar for all others. The largest by size have a bar of their
    own; a single other one has, too."""
    by_size = np.argsort(-np.abs(parts.parts), kind="stable")
    most = MOST if len(by_size) > MOST + 1 else MOST + 1
    alone, rest = np.sort(by_size[:most]), np.sort(by_size[most:])
    items, values = parts.items[alone].tolist(), parts.parts[alone].tolist()
    names = [wrapped_title(scene.title(item)) for item in items]
    if len(rest):
        names.append(f"{len(rest)} other items")
        values.append(float(parts.parts[rest].sum()))
    rows = list(range(len(values)))
    colours = [SELECTED if item == scene.selected else COUNT for item in items] + ([COUNT] if len(rest) else [])
    pattern = HATCH | {"shape": ["/" if value < 0 else "" for value in values]}
    look = {"marker": {"color": colours, "pattern": pattern}, "textposition": "outside", "cliponaxis": False}
    look |= {"text": [signed(value, 3) for value in values], "customdata": [*items, None] if len(rest) else items}
    drawn = bar(values, rows, orientation="h", **look)
    low, high = min([0.0, *values]), max([0.0, *values])
    span = high - low or 1.0  # of no part: an empty figure
    ends = [low - ROOM[low < 0] * span, high + ROOM[high > 0] * span]
    across = axis("part of the score", **round_ticks(ends[0], ends[1], 5) | {"range": ends, "fixedrange": True})
    down = axis(tickvals=rows, ticktext=names, autorange="reversed", automargin=True, fixedrange=True)
    height = 70 + row_height(ROW, names) * max(len(rows), 2)
    texts = [f"{name}<br>{signed(value, 4)}" for name, value in zip(names, values, strict=True)]
    axes = {"xaxis": across, "yaxis": down}
    return figure([drawn | hover(texts)], height, (10, 40, 10, 46), showlegend=False, hovermode="closest", **axes)


def parts_table(scene: Scene, parts: ItemParts) -> pd.DataFrame:
    """One row for each item with a part, the largest first."""
    return pd.DataFrame({"item": [scene.title(item) for item in parts.items], "part of the score": parts.parts})


def parts_headline(scene: Scene, parts: ItemParts, item: int) -> str:
    rank = ordinal(scene.ranking.rank(item)) if scene.ranking.candidates[item] else "not ranked"
    start = f"“{short(scene.title(item))}” is {rank}"
    if not len(parts.items) or parts.parts[0] <= 0:
        return f"{start}: no item raises its score."
    return f"{start}: “{short(scene.title(int(parts.items[0])))}” adds most to its score."


def parts_sentence(parts: ItemParts) -> str:
    """The score as a sum, and how many of the items that are read have no part in it."""
    none = parts.read - len(parts.items)
    score = f"The score, {number(parts.score, 3)}, is the sum of {count_of(len(parts.items), 'part')}"
    idle = f"; {count_of(none, 'other item')} that the model reads {'adds' if none == 1 else 'add'} nothing"
    return f"{score}{idle if none else ''}."


def parts_standing(scene: Scene, item: int) -> str:
    """Among how many candidates the item is ranked, or why it is not ranked."""
    if not scene.ranking.candidates[item]:
        return f"Not ranked, because {out_of_it(scene, item)}."
    return f"{ordinal(scene.ranking.rank(item)).capitalize()} of the {candidates_named(scene, item)}."


ITEM_PARTS: Panel[Scene, ItemParts] = Panel(
    key="item_parts",
    heading="What each item adds to the score",
    record=lambda scene: item_parts(scene.moment, scene.explained),
    figure=parts_bars,
    sentence=lambda scene, record: parts_sentence(record),
    table=parts_table,
    guide=lambda scene, record: parts_guide(scene),
    label=lambda scene, record: f"what each item adds to the score of {name(scene)}",
    needs="sum",
    lacks=lambda scene: NOT_OF_ITEMS if scene.run.explains else no_item(scene),
)


def headline(scene: Scene, explanation: Explanation) -> str:
    distance = number(explanation.distance, 3)
    rank = f"{ordinal(explanation.rank)} of the {candidates_named(scene, explanation.item)}"
    if not explanation.is_candidate:
        rank = f"Not a candidate: {out_of_it(scene, explanation.item)}"
    taste = "" if scene.has_taste else " Without a user, only the recent items count."
    return f"{rank}; distance {distance}.{taste}"


def removal(scene: Scene, explanation: Explanation) -> Removal | None:
    """Returns the button that removes the main reason; None if no removal changes the rank."""
    if not explanation.reason.places:
        return None
    place = explanation.reason.places[0]
    label = f"Remove {title_at(scene.window, place, lambda item: short(scene.title(item), LETTERS))}"
    return label, scene.ids(np.delete(scene.window, place - 1))


def roles(scene: Scene) -> dict[int, str]:
    """Returns what the explained and the compared item are called in the list."""
    named = {scene.explained: "explained", exact_sum.rival(scene): "compared"}
    return {item: role for item, role in named.items() if item is not None}


def what_happened(scene: Scene, before: Moment, item: int, k: int) -> str:
    """States what the last edit did to the explained item. before: the moment before the edit."""
    old, new = (ranking.rank(item) for ranking in (before.ranking, scene.ranking))
    distances = [number(ranking.distance(item), 3) for ranking in (before.ranking, scene.ranking)]
    start = f"{change_of(scene, before.window, scene.window)}. “{scene.title(item)}”:"
    change = f"distance {' → '.join(distances)}"
    if not scene.ranking.candidates[item]:
        return f"{start} {change}; not a candidate."
    if not before.ranking.candidates[item]:
        return f"{start} {change}; not a candidate before, now {ordinal(new)}."
    moved = f"from {ordinal(old)} to {ordinal(new)}" if old != new else f"still {ordinal(new)}"
    border = f"; it {'leaves' if old <= k else 'enters'} the top {k}" if (old <= k) != (new <= k) else ""
    return f"{start} {moved}, {change}{border}."


def change_of(scene: Scene, before: np.ndarray, after: np.ndarray) -> str:
    """States an edit in words. before, after: the windows."""
    old, new = Counter(before.tolist()), Counter(after.tolist())
    removed, added = list((old - new).elements()), list((new - old).elements())
    parts = [("Removed" if not added else "Replaced", removed), ("Added" if not removed else "with", added)]
    if removed or added:
        return " ".join(f"{verb} {named(scene, items)}" for verb, items in parts if items)
    moved = np.flatnonzero(before != after)
    swapped = len(moved) == 2
    return f"Swapped {named(scene, before[moved].tolist())}" if swapped else "Reordered the items"


def named(scene: Scene, items: Sequence[int]) -> str:
    return listed([quoted(scene.run, item, LETTERS) for item in items], 3)


# Whether a vector of the user's own is part of it → what U is.
MADE_OF = {
    False: "Here, U is no learned vector, as in the paper, but the weighted mean of these items: each has a "
    "long-term part.",
    True: "Here, U is a learned vector, as in the paper, and the weighted mean of these items: each has a "
    "long-term part.",
}


def taste_guide(record: taste.TasteOfItems) -> str:
    own = " The rest is a vector of the user's own, with the learned share β." if record.own_share else ""
    return text("why", "taste", half_life=f"{record.half_life:g}", own=own)


TASTE: Panel[Scene, taste.TasteOfItems] = panel(
    key="taste",
    heading="What the long-term taste is made of",
    record=taste.taste_of_items,
    figure=taste.draw,
    note=lambda scene, record: MADE_OF[bool(record.own_share)],
    guide=lambda scene, record: taste_guide(record),
    label=lambda scene, record: f"share of each item in the taste, and what it adds to the distance of {name(scene)}",
    lacks=lambda scene: no_item(scene) or ("" if scene.moment.config.remembers else taste.VECTOR),
)

PANELS = (INFLUENCE, ENOUGH, WHY, TASTE, VERSUS, ITEM_PARTS)
