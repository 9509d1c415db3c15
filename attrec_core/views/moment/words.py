"""The records and sentences of the attention matrix and of the recommendations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from attrec_core.errors import count_of, number, ordinal, percent
from attrec_core.explain.attention import Attention, layers_and_heads
from attrec_core.explain.forward import EXTREMES
from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import Ranking
from attrec_core.explain.wording import letter
from attrec_core.runs.library.data_words import noun
from attrec_core.views.drawing.theme import against_even, item_colour, signed
from attrec_core.views.moment.records import BASELINES_SCALE, RECEIVED, AttentionRecord, RankedRow, on_scale_of
from attrec_core.views.page_context import Scene
from attrec_core.views.texts import text


def attention_record(scene: Scene) -> AttentionRecord:
    """Returns the record of the attention matrix; it shares its scale with the baseline's, if there is a baseline."""
    record = attention_of(scene, scene.moment)
    if scene.by_hand:  # any bar can be dragged up to the total
        return replace(record, most_column=float(record.column_weights.sum()))
    return (
        record if scene.compared is None else on_scale_of(record, attention_of(scene, scene.compared), BASELINES_SCALE)
    )


def attention_of(scene: Scene, moment: Moment) -> AttentionRecord:
    """Returns the record of the attention matrix at one moment of the user, such as the baseline."""
    window = moment.window
    record = AttentionRecord(
        ids=scene.ids(window),
        titles=[scene.title(item) for item in window],
        colours=[item_colour(scene.hue(item)) for item in window],
        own=[] if moment.shares is None else moment.own_trace.column_weights.tolist(),
        **vars(moment.attention),
    )
    return replace(record, most=record.top)


def item_colours(scene: Scene) -> dict[str, str]:
    """Returns the colour of each item of the window by item id."""
    return {scene.item_id(item): item_colour(scene.hue(item)) for item in scene.window}


def attention_sentence(scene: Scene, moment: Moment | None = None, places: Sequence[str] = ()) -> str:
    """States in words which item receives the most attention, and how much the mask removes. moment: another moment of
    the user, such as the baseline (None: the scene's). places: marks of the items (empty: A, B, C …)."""
    moment = moment or scene.moment
    window, attention = moment.window, moment.attention
    weights, count = attention.column_weights, len(window)
    if not attention.weights[~attention.masked].any():
        return NOTHING_TO_LOOK_AT
    if moment.shares is not None:
        return by_hand_sentence(scene, moment)
    if count == 1:
        return "The window holds a single item, so it attends to itself."
    best = int(weights.argmax())
    label = (places[best] if places else letter(best)) + {count - 1: ", the latest item", 0: ", the oldest item"}.get(
        best, ""
    )
    has_loss = attention.mask == "after" and attention.missing > 0.005
    total = f"the {count} rows' attention" if attention.counts == "total" else "the total"
    loss = f" The mask removes self-attention: {percent(attention.missing)} of {total}." if has_loss else ""
    return (
        f"“{scene.title(window[best])}” ({label}) receives the most attention: {percent(weights[best])} "
        f"{RECEIVED[attention.counts]}, {against_even(weights[best], attention.uniform_column)}.{loss}"
    )


def by_hand_sentence(scene: Scene, moment: Moment) -> str:
    """States which item's attention differs most from the model's own, and how far m moves."""
    own_trace, trace = moment.own_trace, moment.trace
    index = int(np.abs(trace.column_weights - own_trace.column_weights).argmax())
    before, after = percent(own_trace.column_weights[index]), percent(trace.column_weights[index])
    change = "the same as in the model" if before == after else f"{after} instead of {before}"
    shift = float(np.linalg.norm(trace.intent.astype(float) - own_trace.intent))
    if before == after and shift < NO_SHIFT:
        return NOT_DRAGGED
    return (
        f"Set by hand: “{scene.title(moment.window[index])}” ({letter(index)}) receives {change}. m moved by "
        f"{number(shift, 3)}; the distances and ranks follow. The matrix is the model's own and is not used."
    )


NO_SHIFT = 0.0005  # smaller shifts of m are written .000
NOT_DRAGGED = "Nothing has changed yet: drag a bar."


def no_hand(scene: Scene) -> str:
    """Returns why the attention of this window cannot be set by hand, or an empty string if it can."""
    pooling = scene.moment.config.aggregation
    if pooling in EXTREMES:
        largest = {"max": "largest", "min": "smallest"}[pooling]
        return f"Not with {pooling} pooling: m takes the {largest} value of any row, so it is not a weighted average."
    return "" if len(scene.window) > 1 else "A single item receives all of the attention."


NO_METRIC_SPACE = (
    "Attention set by hand, the experiments and the two parts of a distance are for AttRec only, where attention alone "
    "makes m. This model sends the attention output through a feed-forward network."
)


def matrix_name(scene: Scene) -> str:
    """Returns which matrix of a model with several layers or heads is shown, to follow a name; else nothing."""
    (layers, heads), moment = layers_and_heads(scene.run.model_config), scene.moment
    head = "mean of the heads" if moment.head is None else f"head {moment.head}"
    return f", layer {moment.layer or layers}" * (layers > 1) + f", {head}" * (heads > 1)


VEILED = "The other rows are hidden: a later step of the lesson asks about them."
NOTHING_TO_LOOK_AT = (
    "A single item can only attend to itself, and the mask removes that. No attention is left, so m is the origin: any "
    "other single item would give the same list."
)

# The pooling that makes m → the section of the guide on what the average or total attention means, and its fields.
COUNTS: dict[str, tuple[str, dict[str, str]]] = {
    "mean": ("weighed", {"w": "average", "how": ""}),
    "sum": ("weighed", {"w": "total", "how": " (summed over the rows)"}),
    "max": ("extreme", {"largest": "largest"}),
    "min": ("extreme", {"largest": "smallest"}),
}


def guide(scene: Scene) -> str:
    """Returns the text on how to read the matrix, which depends on the model and on AttRec's pooling."""
    count = len(scene.window)
    if scene.moment.attention.counts == "last":
        return text("attention", "guide of a causal matrix", count=count, share=percent(1 / count))
    section, fields = COUNTS[scene.moment.config.aggregation]
    share = uniform_share(scene.moment.attention, count)
    return text("attention", "guide", share=share, counts=text("attention", section, **fields))


def uniform_share(attention: Attention, count: int) -> str:
    """Returns the level of uniform attention as a fraction; a mask after the softmax takes a part of it."""
    masked = attention.mask == "after" and count > 1
    fraction = f"{count - 1} / {count**2}" if masked else f"1 / {count}"
    level = percent(attention.uniform_column)
    start = f"{level} in total" if attention.counts == "total" else f"{fraction} = {level}"
    return f"{start}, because the mask takes 1 / {count} of each row" if masked else start


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
