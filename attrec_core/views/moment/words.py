"""The records and sentences of the attention matrix and of the recommendations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attrec_core.errors import number, percent
from attrec_core.explain.attention import Attention, layers_and_heads
from attrec_core.explain.forward import EXTREMES
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.theme import against_even, item_colour
from attrec_core.views.moment.records import BASELINES_SCALE, RECEIVED, AttentionRecord, on_scale_of
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
