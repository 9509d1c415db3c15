"""What each item adds to a score of EASE or item kNN: picture, table, sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number, ordinal
from attrec_core.explain.item_parts import ItemParts
from attrec_core.explain.wording import short
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.drawing.plot import axis, bar, figure, hover
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import COUNT, HATCH, SELECTED, round_ticks, row_height, signed, wrapped_title
from attrec_core.views.moment.ranking import candidates_named, out_of_it
from attrec_core.views.page_context import Scene
from attrec_core.views.texts import text

MOST = 12  # bars of single items; the others share one bar
ROW = 26  # pixels
ROOM = (0.02, 0.22)  # of the bars' width: at the end without bars, and for the numbers at the end with bars
LATER = " It reads the whole history it was trained on, also items after the step shown."


def guide(scene: Scene) -> str:
    config = scene.run.model_config
    reads = SYSTEMS[config.model].reading(config, SYSTEMS[config.model].label)
    return text("why", "item_parts", reads=reads, later="" if config.recent or scene.user is None else LATER)


def bars(scene: Scene, parts: ItemParts) -> Figure:
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
    colours = [SELECTED if item == scene.selected else COUNT for item in items] + [COUNT] * bool(len(rest))
    pattern = HATCH | {"shape": ["/" if value < 0 else "" for value in values]}
    look = {"marker": {"color": colours, "pattern": pattern}, "textposition": "outside", "cliponaxis": False}
    look |= {"text": [signed(value, 3) for value in values], "customdata": [*items, *[None] * bool(len(rest))]}
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


def table(scene: Scene, parts: ItemParts) -> pd.DataFrame:
    """One row for each item with a part, the largest first."""
    return pd.DataFrame({"item": [scene.title(item) for item in parts.items], "part of the score": parts.parts})


def headline(scene: Scene, parts: ItemParts, item: int) -> str:
    """The rank of the explained item, and the item that adds most to its score."""
    rank = ordinal(scene.ranking.rank(item)) if scene.ranking.candidates[item] else "not ranked"
    start = f"“{short(scene.title(item))}” is {rank}"
    if not len(parts.items) or parts.parts[0] <= 0:
        return f"{start}: no item raises its score."
    return f"{start}: “{short(scene.title(int(parts.items[0])))}” adds most to its score."


def sentence(parts: ItemParts) -> str:
    """The score as a sum, and how many of the items that are read have no part in it."""
    none = parts.read - len(parts.items)
    score = f"The score, {number(parts.score, 3)}, is the sum of {count_of(len(parts.items), 'part')}"
    idle = f"; {count_of(none, 'other item')} that the model reads {'adds' if none == 1 else 'add'} nothing"
    return f"{score}{idle if none else ''}."


def standing(scene: Scene, item: int) -> str:
    """Among how many candidates the item is ranked, or why it is not ranked."""
    if not scene.ranking.candidates[item]:
        return f"Not ranked, because {out_of_it(scene, item)}."
    return f"{ordinal(scene.ranking.rank(item)).capitalize()} of the {candidates_named(scene, item)}."
