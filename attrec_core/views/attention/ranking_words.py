"""What comes next, and how each distance splits into short and long term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attrec_core.explain.ranking import Ranking, half_ranks
from attrec_core.views.attention.records import RankedRow
from attrec_core.views.drawing.theme import signed
from attrec_core.views.page_context import Scene


@dataclass(frozen=True, eq=False)
class SplitRow:
    """One item's distance and its two parts; ranks under each part alone and under the blend."""

    item: int
    title: str
    short: float  # (1 − ω) ‖m − X_i‖²
    long: float  # ω ‖U_u − V_i‖²
    rank: float
    rank_short: float
    rank_long: float | None
    competes: bool  # else the ranks are those it would have
    mark: str  # such as "true next, in the window"


def ranking_rows(scene: Scene, k: int, also: Sequence[int] = ()) -> list[RankedRow]:
    """The top k, and below them the true next, the selected item and `also` where they are not among them."""
    ranking = scene.ranking
    short, long = ranking.parts()
    top = ranking.top(k)
    before = None if scene.compared is None else scene.compared.ranking
    extra = sorted(
        {item for item in (scene.target, scene.selected, *also) if item is not None and item not in top},
        key=lambda item: ranking.ranks[item],
    )
    return [
        RankedRow(
            rank=float(ranking.ranks[item]),
            id=scene.item_id(item),
            title=scene.title(item),
            subtitle=scene.subtitle(item),
            distance=float(ranking.blended[item]),
            short=float(short[item]),
            long=float(long[item]),
            competes=bool(ranking.candidates[item]),
            marks=marks_of(scene, item),
            **({} if before is None else moved(before, ranking, item, k)),
        )
        for item in [*top, *extra]
    ]


def moved(before: Ranking, now: Ranking, item: int, k: int) -> dict[str, str]:
    """How an item's rank and distance changed from A to B, in words; an item that was not in A's top k is NEW."""
    steps = float(before.ranks[item] - now.ranks[item])
    move = "=" if steps == 0 else f"{'▲' if steps > 0 else '▼'}{abs(steps):g}"
    new = before.ranks[item] > k >= now.ranks[item] or not before.candidates[item]
    change = float(now.blended[item] - before.blended[item])
    return {"move": "NEW" if new and now.candidates[item] else move, "change": signed(change, 3)}


def marks_of(scene: Scene, item: int) -> list[str]:
    return (["true next"] if item == scene.target else []) + standing(scene, item)


def standing(scene: Scene, item: int) -> list[str]:
    """Why an item does not compete, if it does not."""
    if scene.ranking.candidates[item]:
        return []
    return ["in the window"] if item in scene.window else ["had before"]


def out_of_it(scene: Scene, item: int) -> str:
    """Why an item does not compete, as the end of a sentence."""
    if item in scene.window:
        return "it stands in the window"
    return "you have picked it" if scene.user is None else f"{scene.who} has had it before"


def ranking_sentence(scene: Scene) -> str:
    """Where the item that really came next stands."""
    count = int(scene.ranking.candidates.sum())
    if scene.target is None:
        end = "This is the end of the history" if scene.user is not None else "No user is chosen"
        why = "A new person has no next item yet" if len(scene.likes) else end
        return f"{why}, so there is no true next item. {count:,} items compete: {competing(scene)}."
    title = scene.title(scene.target)
    if not scene.ranking.candidates[scene.target]:
        return f"“{title}” really came next; it stands in the edited window, so it does not compete."
    rank = scene.ranking.ranks[scene.target]
    return f"“{title}” really came next; the model ranks it {rank:g} of {count:,}: {competing(scene)}."


def competing(scene: Scene) -> str:
    """Which items a rank counts."""
    if len(scene.likes):
        return "all but your picks and the window"
    if scene.user is None:
        return "all but those in the window"
    unseen = f"all that {scene.who} has not had"
    # The real window is a part of what somebody has had.
    return f"{unseen}, but for the window" if scene.edited and outside(scene) else unseen


def outside(scene: Scene) -> bool:
    """Whether some item of the window was not had before."""
    return not np.isin(scene.window, scene.history[: scene.step]).all()


def split_rows(scene: Scene, k: int) -> list[SplitRow]:
    """The top k and, after them, the true next and the selected item, with ranks under each part alone."""
    ranking = scene.ranking
    short, long = ranking.parts()
    alone = half_ranks(ranking.short, ranking.candidates)
    taste = None if ranking.long is None else half_ranks(ranking.long, ranking.candidates)
    top = ranking.top(k).tolist()
    named = [(scene.target, "true next"), (scene.selected, "selected")]
    extra = dict.fromkeys(item for item, _ in named if item is not None and item not in top)
    return [
        SplitRow(
            item=item,
            title=scene.title(item),
            short=float(short[item]),
            long=float(long[item]),
            rank=float(ranking.ranks[item]),
            rank_short=float(alone[item]),
            rank_long=None if taste is None else float(taste[item]),
            competes=bool(ranking.candidates[item]),
            mark=", ".join([name for marked, name in named if marked == item] + standing(scene, item)),
        )
        for item in [*top, *sorted(extra, key=lambda item: ranking.ranks[item])]
    ]


def split_sentence(rows: list[SplitRow], k: int) -> str:
    """Which part weighs more in the list. Rows after the list, of items named besides, do not count."""
    listed = [row for row in rows[:k] if row.competes]
    if not listed:
        return "No item competes, so there is no list whose distances could be split."
    if all(row.rank_long is None for row in rows):
        return "Without a long-term taste, the short-term part is all of the distance."
    shares = [row.long / (row.short + row.long) if row.short + row.long else 0.0 for row in listed]
    share = float(np.mean(shares))
    larger = "long-term" if share > 0.5 else "short-term"
    part = max(share, 1 - share)
    return f"In the top {len(listed)}, the {larger} part is {part:.0%} of the distance on average."


def scatter_caption(scene: Scene, k: int) -> str:
    count = int(scene.ranking.candidates.sum())
    return (
        f"Showing {count:,} of {scene.run.interactions.n_items:,} items: those that compete. "
        f"The dashed line joins all points that would be as near as number {k}; ω turns it."
    )


def scatter_sentence(scene: Scene, k: int) -> str:
    """Whether the list is made by the short or by the long term."""
    ranking = scene.ranking
    top = set(ranking.top(k).tolist())
    alone = {}
    for name, distances in (("short", ranking.short), ("long", ranking.long)):
        rows = np.flatnonzero(ranking.candidates)
        alone[name] = len(top & set(rows[np.argsort(distances[rows], kind="stable")[:k]].tolist()))
    return (
        f"Of the top {len(top)}, {alone['short']} would be there by short-term distance alone and {alone['long']} by "
        "long-term distance alone."
    )
