"""Who looks at whom and what comes next: what the map and the list draw, and their sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import Ranking
from attrec_core.views.attention.records import AttentionRecord, RankedRow, levels, on_one_scale
from attrec_core.views.drawing.theme import against_even, item_colour, number, signed
from attrec_core.views.page_context import Scene


def attention_record(scene: Scene) -> AttentionRecord:
    """What the attention map draws. Beside A it has A's scale, too."""
    record = attention_of(scene, scene.moment)
    return record if scene.compared is None else on_one_scale([record, attention_of(scene, scene.compared)])[0]


def attention_of(scene: Scene, moment: Moment) -> AttentionRecord:
    """The same of another moment of that person, such as A."""
    trace, window = moment.trace, moment.window
    return AttentionRecord(
        ids=scene.ids(window),
        titles=[scene.title(item) for item in window],
        colours=[item_colour(scene.hue(item)) for item in window],
        weights=trace.weights,
        column_weights=trace.column_weights,
        missing=max(trace.missing, 0.0),
        **levels(moment.config, len(window)),
    )


def item_colours(scene: Scene) -> dict[str, str]:
    """The colour of each item of the window, by its id."""
    return {scene.item_id(item): item_colour(scene.hue(item)) for item in scene.window}


def attention_sentence(scene: Scene, moment: Moment | None = None) -> str:
    """What the map shows, in words with its numbers. moment: another one of that person, such as A."""
    moment = moment or scene.moment
    window, config, trace = moment.window, moment.config, moment.trace
    weights, count, summed = trace.column_weights, len(window), config.aggregation == "sum"
    if not trace.intent.any():
        return NOTHING_TO_LOOK_AT
    if count == 1:
        return "With one item in the window there is nobody else to look at, so it looks at itself."
    best = int(weights.argmax())
    place = {count - 1: ", the latest item,", 0: ", the oldest item,"}.get(best, "")
    here = f" (place {best + 1})" if (window == window[best]).sum() > 1 else ""
    whole = f"the {count} rows' attention" if summed else "the attention"
    masked_mass = config.mask == "after" and trace.missing > 0.005
    lost = f" The mask took the diagonal, {number(trace.missing)} of {whole}." if masked_mass else ""
    return (
        f"“{scene.title(window[best])}”{here}{place} is looked at most: {number(weights[best])} "
        f"{'in all' if summed else 'on average'}, {against_even(weights[best], 1.0 if summed else 1 / count)}.{lost}"
    )


NOTHING_TO_LOOK_AT = (
    "A single item has nobody else to look at, and the mask takes what it gives itself: nothing is left, m is the "
    "origin, and any other single item would give the same list."
)

SEEN = """
**Rows look, columns are looked at.** Each item of the window shares out its attention over the others; a cell says how
much of the row's attention the column gets.

**Hatched** cells are masked: an item may not look at itself. They are not 0. Where the mask acts *after* the softmax,
what an item would have given itself is lost, so a row sums (Σ row) to less than 1, and what is lost on average is
*not looked at*, ρ.

**Even** is the even share: at the scale, what a cell would be if each row shared everything out evenly over the
others, 1 / (n − 1); at the bars, what {column} would be if all were looked at alike, {share}.

{counts} The place in the window matters too: the same item twice may be looked at differently.
"""
WEIGHED = (
    "The **column {w}** w is what counts: m, the short-term intent, is the sum of the items, each times its w{how}."
)
EXTREME = (
    "The **column mean** w is how much an item is looked at. It does not add up to m here: m takes, number by number, "
    "the {largest} that any row's mixture has."
)


# What counts, by how m is made of the rows.
COUNTS = {
    "mean": WEIGHED.format(w="mean", how=""),
    "sum": WEIGHED.format(w="sum", how=", here of all rows and not of their mean"),
    "max": EXTREME.format(largest="largest"),
    "min": EXTREME.format(largest="smallest"),
}


def seen(scene: Scene) -> str:
    """What one sees, for whoever asks; m may be made in several ways."""
    made = scene.moment.config.aggregation
    column, share = ("a column's sum", "1") if made == "sum" else ("a column's mean", "1 / n")
    return SEEN.format(column=column, share=share, counts=COUNTS[made])


def listed(scene: Scene, k: int, also: Sequence[int] = ()) -> list[int]:
    """The top k, and below them, by rank, the true next, the selected item and `also` where they are not among them."""
    top = scene.ranking.top(k).tolist()
    named = dict.fromkeys(item for item in (scene.target, scene.selected, *also) if item is not None)
    return [*top, *sorted(named.keys() - set(top), key=lambda item: (scene.ranking.ranks[item], item))]


def ranking_rows(scene: Scene, k: int, also: Sequence[int] = ()) -> list[RankedRow]:
    """The items that are listed, with what moved since A."""
    ranking = scene.ranking
    short, long = ranking.parts()
    before = None if scene.compared is None else scene.compared.ranking
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
            marks=["true next"] * (item == scene.target) + standing(scene, item),
            **({} if before is None else moved(before, ranking, item, k)),
        )
        for item in listed(scene, k, also)
    ]


def moved(before: Ranking, now: Ranking, item: int, k: int) -> dict[str, str]:
    """How an item's rank and distance changed from A to B, in words; an item that was not in A's top k is NEW."""
    steps = float(before.ranks[item] - now.ranks[item])
    move = "=" if steps == 0 else f"{'▲' if steps > 0 else '▼'}{abs(steps):g}"
    new = before.ranks[item] > k >= now.ranks[item] or not before.candidates[item]
    change = float(now.blended[item] - before.blended[item])
    return {"move": "NEW" if new and now.candidates[item] else move, "change": signed(change, 3)}


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
    # The real window is a part of what somebody has had, and an edited one may be, too.
    outside = scene.edited and not np.isin(scene.window, scene.history[: scene.step]).all()
    return f"{unseen}, but for the window" if outside else unseen
