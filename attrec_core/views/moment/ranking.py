"""The recommendations: the rows of the list, what it says, its table and its drawing for print; and how they moved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number, ordinal
from attrec_core.explain.compare import ListMoves, Move
from attrec_core.explain.ranking import Ranking
from attrec_core.runs.library.words import noun
from attrec_core.runs.systems import Measure
from attrec_core.views.drawing import theme
from attrec_core.views.drawing.plot import figure, hover, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.svg import FAINT, box, hatch, line, svg, text
from attrec_core.views.moment.attention import ItemId
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel

# Sizes of the list of recommendations, in units of the drawing.
WIDTH, HEAD, ROW, GAP = 720, 30, 38, 18
RANK, TITLE, BAR, END = 34, 48, 470, 648  # right edge of ranks, left edges of titles and bars, right limit of bars
LETTERS = 56  # of the text below a title
MOVES_HEIGHT = 560  # of the figure of rank changes, in pixels
SIGNS = {"up": "▲", "down": "▼", "same": "=", "entered": "NEW", "left": "OUT"}


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


def rank_change(before: Ranking, now: Ranking, item: int, k: int) -> dict[str, str | None]:
    """Returns how an item's rank and value changed since the baseline. NEW marks a candidate that enters the top k, or
    that was not a candidate before. What is no candidate now has no rank that could have moved."""
    old_rank, rank = before.rank(item), now.rank(item)
    rise = old_rank - rank
    move = "=" if rise == 0 else f"{'▲' if rise > 0 else '▼'}{abs(rise):g}"
    is_new = old_rank > k >= rank or not before.candidates[item]
    change = now.run.measure.of(now.distance(item) - before.distance(item))
    return {"move": ("NEW" if is_new else move) if now.candidates[item] else None, "change": theme.signed(change, 3)}


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
    items, target = noun(scene.run.interactions), scene.target
    repeated = target is not None and bool(scene.ranking.candidates[target]) and target in scene.moment.seen
    count = int(scene.ranking.candidates.sum())
    counted = count_of(count - repeated, items[:-1])
    if len(scene.likes):
        return f"{counted} {'not in your picks or the window' if scene.edited else 'that you did not pick'}"
    if scene.user is None:
        return f"{counted} outside the window"
    unseen = f"{counted} {scene.who} has not seen"
    # The items of the actual window are in the history; those of an edited window may be, too.
    if scene.edited and not np.isin(scene.window, scene.history[: scene.step]).all():
        unseen += f", not counting the {items} in the window"
    if not repeated:
        return unseen
    other = "this one" if item == target else f"the actual next {items[:-1]}"
    return f"{count_of(count, 'candidate')} ({unseen}, and {other}, seen before)"


def ranking_table(scene: Scene, record: RankingRecord) -> pd.DataFrame:
    rows, parts = record.rows, ["short", "long"] if scene.run.explains else []  # else a distance has no parts
    table = pd.DataFrame(rows, columns=["rank", "title", "value", *parts, "marks", "subtitle", "id"])
    table["rank"] = table["rank"].where([row.is_candidate for row in rows])
    table["marks"] = [", ".join(marks) for marks in table["marks"]]
    return table.rename(columns={"value": record.measure.name, "subtitle": "about"}).round(4)


def ranking(record: RankingRecord) -> str:
    """Returns an SVG of the recommendations, best first; "…" marks omitted ranks. All foreign text is escaped."""
    farthest, measure = max([row.value for row in record.rows] + [1e-9]), record.measure
    parts = [
        f"<defs>{hatch('attrec-long', '#9C6500', theme.LONG)}</defs>",
        text(RANK, 16, "rank", 12, "end", quiet=True),
        text(TITLE, 16, "item", 12, quiet=True),
        text(WIDTH - 6, 16, f"{measure.name} ({measure.better} is better)", 12, "end", quiet=True),
    ]
    digits = 0 if all(float(row.value).is_integer() for row in record.rows) else 3  # a count has no decimals
    y, before = float(HEAD), None
    for row in record.rows:
        # Marks ranks that are omitted between two rows.
        if before is not None and (row.after_gap if row.is_candidate else before.is_candidate):
            parts.append(text(TITLE, y + 12, "…", 13, quiet=True))
            y += GAP
        parts += ranked_line(row, y, farthest, digits, row.id == record.selected)
        y, before = y + ROW, row
    label = f"Recommendations, best first; a {measure.better} {measure.name} is better."
    if any(row.short or row.long for row in record.rows):  # only AttRec splits its distance into parts
        parts += [
            box(TITLE, y + 8, 16, 9, theme.SHORT),
            text(TITLE + 22, y + 17, "short-term part", 12),
            box(TITLE + 150, y + 8, 16, 9, "url(#attrec-long)"),
            text(TITLE + 172, y + 17, "long-term part", 12),
        ]
        label = "Recommendations, nearest first: each distance is a short-term plus a long-term part; lower is better."
    return svg(WIDTH, y + 28, label, parts)


def ranked_line(row: RankedRow, y: float, farthest: float, digits: int, chosen: bool) -> list[str]:
    rank, title = f"{row.rank:g}" if row.is_candidate else "–", theme.wrapped(row.title, 13.5, BAR - TITLE - 8, 1)[0]
    about = " · ".join([f"[{mark}]" for mark in row.marks] + ([row.subtitle] if row.subtitle else []))
    moved = " ".join(filter(None, ("same rank," if row.move == "=" else row.move, row.change)))
    scale, bold = (END - BAR) / farthest, ' font-weight="600"' if chosen else ""
    short, long = (max(0.0, part) * scale for part in (row.short, row.long))
    parts = [
        line(0, y, WIDTH, FAINT),
        text(RANK, y + 17, rank, 12, "end", quiet=True),
        text(TITLE, y + 17, title, 13.5, look=bold, hover=row.title[:300]),
        text(TITLE, y + 31, theme.short_name(about, LETTERS), 12, quiet=True),
        box(BAR, y + 9, short, 9, theme.SHORT),
        box(BAR + short, y + 9, long, 9, "url(#attrec-long)"),
        text(WIDTH - 6, y + 18, number(row.value, digits), 12.5, "end"),
    ]
    if moved:
        parts.append(text(WIDTH - 6, y + 31, theme.short_name(moved, 24), 12, "end", quiet=True))
    if chosen:
        frame = f' stroke="{theme.SELECTED}" stroke-width="2" rx="5"'
        parts.append(box(1.5, y + 1.5, WIDTH - 3, ROW - 3, "none", frame))
    return parts


def rank_moves(scene: Scene, difference: ListMoves) -> Figure:
    """A line for each item from its baseline rank to its rank now. Ranks beyond the top k are drawn below it, one
    under the other, each with its number; items that are not candidates come last."""
    target = difference.target
    rows = [*difference.moves, *([target] if target and target not in difference.moves else [])]
    left = heights([math.inf if row.rank_a is None else row.rank_a for row in rows], difference.k)
    right = heights([math.inf if row.rank_b is None else row.rank_b for row in rows], difference.k)
    still = {"fixedrange": True, "showgrid": False, "zeroline": False}
    ticks = {"tickvals": [0, 1], "ticktext": ["baseline rank", "rank now"], "side": "top"}
    up = {"range": [max(*left, *right) + 0.6, 0.4], "visible": False, "fixedrange": True}
    look = {"hovermode": "closest", "xaxis": {"range": [-0.15, 2.1], **ticks, **still}, "yaxis": up}
    data = [move_line(scene, row, list(ends)) for row, *ends in zip(rows, left, right, strict=True)]
    return figure(data, MOVES_HEIGHT, (30, 10, 34, 10), **look)


def move_line(scene: Scene, row: Move, ends: list[float]) -> Trace:
    colour = theme.QUIET if row.kind in ("same", "left") else theme.TOP
    colour = {scene.target: theme.TARGET, scene.selected: theme.SELECTED}.get(row.item, colour)
    sign = SIGNS[row.kind] + (f"{abs(row.delta_rank):g}" if row.delta_rank and row.kind in ("up", "down") else "")
    old, new = ("–" if rank is None else f"{rank:g}" for rank in (row.rank_a, row.rank_b))
    title, measure = scene.title(row.item), scene.run.measure
    before, after = (number(measure.of(distance), 3) for distance in (row.distance_a, row.distance_b))
    thick, dash = 3 if colour != theme.QUIET else 1.5, "dot" if row.kind == "left" else "solid"
    look: dict[str, Any] = {"line": {"color": colour, "width": thick, "dash": dash}, "customdata": [row.item] * 2}
    look |= {"marker": {"size": 8, "color": colour}, "showlegend": False, "cliponaxis": False}
    look["text"] = [old, f"{new}  {theme.wrapped_title(title)}  {sign}"]
    drawn = scatter([0, 1], ends, "lines+markers+text", textposition=["middle left", "middle right"], **look)
    return hover(f"{theme.escaped(title)}: rank {old} → {new}, {measure.name} {before} → {after}") | drawn


def heights(ranks: Sequence[float], k: int) -> list[float]:
    """Returns where each rank is drawn: up to k at its value; beyond k below a gap, in order and evenly spaced."""
    beyond = [index for index, rank in enumerate(ranks) if rank > k]
    order = sorted(beyond, key=lambda index: ranks[index])
    return [k + 2.0 + order.index(index) if rank > k else rank for index, rank in enumerate(ranks)]


def moves_table(scene: Scene, difference: ListMoves) -> pd.DataFrame:
    rows, measure = difference.moves, scene.run.measure
    columns = {
        "title": [scene.title(row.item) for row in rows],
        "baseline rank": [row.rank_a for row in rows],
        "rank now": [row.rank_b for row in rows],
        "moved": [row.kind for row in rows],
        f"baseline {measure.name}": [measure.of(row.distance_a) for row in rows],
        f"{measure.name} now": [measure.of(row.distance_b) for row in rows],
        "difference": [measure.of(row.delta_distance) for row in rows],
        "id": [scene.item_id(row.item) for row in rows],
    }
    return pd.DataFrame(columns).round(4)


# A panel that several pages have, each about a change of its own.
moves_panel = partial(
    Panel[Scene, ListMoves], figure=rank_moves, table=moves_table, label="rank of each recommendation before and after"
)
