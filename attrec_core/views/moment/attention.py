"""The attention matrix, and the difference of two: their records, sentences, guide and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number, percent
from attrec_core.explain.attention import Attention, Counts, layers_and_heads
from attrec_core.explain.compare import Comparison, Slot
from attrec_core.explain.forward import EXTREMES
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import letter, listed, times
from attrec_core.runs.across_users import SAME
from attrec_core.views.drawing.theme import against_even
from attrec_core.views.page_context import Scene
from attrec_core.views.texts import text

ItemId = int | str
# `counts` → how a sentence says it, the name of the bars, and the name of their difference.
RECEIVED = {"average": "on average", "total": "in total", "last": "from the last item"}
BAR_NAMES = {"average": "average attention", "total": "total attention", "last": "last row"}
# Whose colour scale a matrix has that another matrix is compared with.
ONE_SCALE, OWN_SCALE, BASELINES_SCALE = "one scale for both", "own scale", "the baseline's scale"
NEARLY_ALL = 0.95  # attention
GREY = 0.6  # of a colour scale: below it, all colours are blue or grey
CHANGE_NAMES = {"average": "average, difference", "total": "total, difference", "last": "last row, difference"}
VEILED = "The other rows are hidden: a later step of the lesson asks about them."
NOTHING_TO_LOOK_AT = (
    "A single item can only attend to itself, and the mask removes that. No attention is left, so m is the origin, "
    "whichever item it is."
)

# The pooling that makes m → the section of the guide on what the average or total attention means, and its fields.
COUNTS: dict[str, tuple[str, dict[str, str]]] = {
    "mean": ("weighed", {"w": "average", "how": ""}),
    "sum": ("weighed", {"w": "total", "how": " (summed over the rows)"}),
    "max": ("extreme", {"largest": "largest"}),
    "min": ("extreme", {"largest": "smallest"}),
}
NO_METRIC_SPACE = (
    "Attention set by hand, the experiments and the two parts of a distance are for AttRec only, where attention alone "
    "makes m. This model sends the attention output through a feed-forward network."
)
NO_SHIFT = 0.0005  # smaller shifts of m are written .000
NOT_DRAGGED = "Nothing has changed yet: drag a bar."


@dataclass(frozen=True, eq=False, kw_only=True)
class AttentionRecord(Attention):
    """An attention matrix with the items of its window and the settings of its drawing."""

    ids: Sequence[ItemId]  # n
    titles: Sequence[str]  # n
    hues: Sequence[int | None] = ()  # n, the number of each item's colour; empty: no item has a colour
    most: float | None = None  # end of the cells' colour scale; larger weights have its last colour; None: see `top`
    most_column: float | None = None  # end of the bars' scale; None: it follows from the bars
    places: Sequence[str] = ()  # n, the marks of the items; empty: A, B, C …
    own: Sequence[float] = ()  # n, the model's own average attention, where the average attention is set by hand
    selected: ItemId | None = None
    cell: tuple[int, int] | None = None  # row and column, from 1, of the followed cell
    scale: str = ""  # whose colour scale it is, in words, where that could be asked

    @property
    def top(self) -> float:
        """The attention at the end of the colour scale. With a causal mask, the first rows attend to few items, and
        their large shares would make all other cells dark, so the scale is that of the last row. A scale that would end
        near 100 % ends there: hardly a share is beyond it."""
        top = self.most or max(2 * self.uniform, self.largest)
        return 1.0 if top > NEARLY_ALL else top

    @property
    def largest(self) -> float:
        """The largest attention in the rows that set the colour scale."""
        return float(np.max(self.weights[-1] if self.counts == "last" else self.weights))

    @property
    def ends(self) -> tuple[str, Sequence[float]]:
        """What stands at the end of each row, and its name: the sum, or the attention to padding; none if each row sums
        to one."""
        if len(self.padding):
            return "padding", self.padding
        if self.mask == "after":
            return "sum", np.where(self.masked, 0, self.weights).sum(1).tolist()
        return "", []

    @property
    def lost(self) -> str:
        """Says where the attention is that no item receives."""
        if len(self.padding):
            return f"on padding: {percent(self.missing)}"
        return f"lost to the mask: {percent(self.missing)}{' in total' if self.counts == 'total' else ''}"

    def veiled(self, rows: int) -> AttentionRecord:
        """Returns the record with NaN for every number but those of the first rows."""
        weights = np.array(self.weights, np.float64)
        weights[rows:] = np.nan
        averages = np.full(len(self.column_weights), np.nan)
        return replace(self, weights=weights, column_weights=averages, missing=0.0, own=())

    def table(self) -> pd.DataFrame:
        """Rows are query items, columns key items. The last row is the average or total attention, except for a model
        whose last row counts. A masked cell is empty."""
        table = matrix_table(self.titles, self.weights, self.masked, self.places)
        table["sum"] = self.weights.astype(float).sum(1).round(3)
        if len(self.padding):
            table["padding"] = np.round(self.padding, 3)
        if self.counts != "last":  # else the matrix's last row shows it already
            received = self.column_weights.astype(float)
            table.loc[len(table)] = [BAR_NAMES[self.counts], *received.round(3), received.sum().round(3)]
        return table


def on_one_scale(records: Sequence[AttentionRecord], scale: str = "") -> list[AttentionRecord]:
    """Returns the records with shared scales, so that a colour means the same weight in every matrix. scale: what each
    says about its colour scale."""
    cells = max(record.top for record in records)
    bars = max(max(2 * each.uniform_column, each.missing, float(np.max(each.column_weights))) for each in records)
    return [replace(record, most=cells, most_column=bars, scale=scale) for record in records]


def on_scale_of(record: AttentionRecord, before: AttentionRecord) -> AttentionRecord:
    """Returns the record with the scales that it shares with the baseline's. Where all its cells would be dark or grey
    on that colour scale, or some beyond its end, it has its own."""
    shared, _ = on_one_scale([record, before], BASELINES_SCALE)
    fits = record.top <= before.top + 1e-4 and record.largest >= GREY * before.top
    return shared if fits else replace(shared, most=record.top, scale=OWN_SCALE)


@dataclass(frozen=True, eq=False)
class ChangeRecord:
    """Edited − baseline: n rows and columns, one per slot of the two windows. NaN where no difference exists."""

    ids: Sequence[ItemId]  # n
    titles: Sequence[str]  # n
    hues: Sequence[int | None]  # n
    places: Sequence[str]  # n: A, B, C … of the edited window; in parentheses a letter of the baseline
    only: Sequence[Literal["removed", "added"] | None]  # n: whether the edit removed or added the item
    weights: np.ndarray  # (n, n)
    masked: np.ndarray  # (n, n) bool
    column_weights: np.ndarray  # (n,)
    counts: Counts = "average"
    selected: ItemId | None = None


def slot_letter(slot: Slot) -> str:
    """Returns the slot's letter in the edited window, or, for an item of the baseline alone, its letter there in
    parentheses."""
    return letter(slot.place_b - 1) if slot.place_b else f"({letter((slot.place_a or 1) - 1)})"


def attention_record(scene: Scene) -> AttentionRecord:
    """Returns the record of the attention matrix; it shares its scale with the baseline's, if there is a baseline."""
    record = attention_of(scene, scene.moment)
    if scene.by_hand:  # any bar can be dragged up to the total
        return replace(record, most_column=float(record.column_weights.sum()))
    before = scene.compared
    return record if before is None else on_scale_of(record, attention_of(scene, before))


def attention_of(scene: Scene, moment: Moment) -> AttentionRecord:
    """Returns the record of the attention matrix at one moment of the user, such as the baseline."""
    record = AttentionRecord(
        ids=scene.ids(moment.window),
        titles=[scene.title(item) for item in moment.window],
        hues=[scene.hue(item) for item in moment.window],
        own=[] if moment.shares is None else moment.own_trace.column_weights.tolist(),
        **vars(moment.attention),
    )
    return replace(record, most=record.top)


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
        alone = "The window holds a single item, so it attends to itself"
        frees = scene.moment.config.frees_lone_item
        return f"{alone} whatever the mask, and m is its vector; in the paper, m = 0." if frees else f"{alone}."
    best = int(weights.argmax())
    label = places[best] if places else letter(best)
    label += ", the latest item" if best == count - 1 else ", the oldest item" if best == 0 else ""
    has_loss = attention.mask == "after" and attention.missing > 0.005
    lost = f"{percent(attention.missing)} {'in total' if attention.counts == 'total' else 'of the total'}"
    loss = f" The mask removes self-attention: {lost}." if has_loss else ""
    if len(attention.padding):
        empty = count_of(moment.config.window - count, "empty place")
        loss = f" {percent(attention.missing)} lies on {empty} before them (padding), to which this model attends."
    if np.ptp(weights) <= SAME:
        share = f"{percent(weights[best])} {RECEIVED[attention.counts]}"
        return f"Every item receives the same attention: {share}.{repeated_sentence(scene, moment, places)}{loss}"
    return (
        f"“{scene.title(window[best])}” ({label}) receives the most attention: {percent(weights[best])} "
        f"{RECEIVED[attention.counts]}, {against_even(weights[best], attention.uniform_column)}."
        f"{repeated_sentence(scene, moment, places)}{loss}"
    )


def repeated_sentence(scene: Scene, moment: Moment, places: Sequence[str]) -> str:
    """States the attention of an item at all its places, if that is at least what any single place receives."""
    window, weights = moment.window, moment.attention.column_weights
    found = {item: [place for place, other in enumerate(window) if other == item] for item in window}
    sums = {item: float(weights[at].sum()) for item, at in found.items() if len(at) > 1}
    most = max(sums.values(), default=0.0)
    if most < max(float(weights.max()) - SAME, SAME):
        return ""
    item = next(item for item in sums if sums[item] >= most - SAME)  # of equal sums the first, whatever the rounding
    marks = listed([places[place] if places else letter(place) for place in found[item]])
    return f" “{scene.title(item)}” is in the window {times(len(found[item]))} ({marks}): {percent(most)} together."


def by_hand_sentence(scene: Scene, moment: Moment) -> str:
    """States which item's attention differs most from the model's own, and how far m moves."""
    own_trace, trace = moment.own_trace, moment.trace
    changes = np.abs(trace.column_weights - own_trace.column_weights)
    index = int((changes >= changes.max() - SAME).argmax())  # of equal changes the first, whatever the rounding
    before, after = percent(own_trace.column_weights[index]), percent(trace.column_weights[index])
    change = "the same as in the model" if before == after else f"{after} instead of {before}"
    shift = float(np.linalg.norm(trace.intent.astype(float) - own_trace.intent))
    if before == after and shift < NO_SHIFT:
        return NOT_DRAGGED
    return (
        f"Set by hand: “{scene.title(moment.window[index])}” ({letter(index)}) receives {change}. m moved by "
        f"{number(shift, 3)}; the distances and ranks follow. The matrix is the model's own and is not used."
    )


def no_hand(scene: Scene) -> str:
    """Returns why the attention of this window cannot be set by hand, or an empty string if it can."""
    pooling = scene.moment.config.aggregation
    if pooling in EXTREMES:
        largest = {"max": "largest", "min": "smallest"}[pooling]
        return f"Not with {pooling} pooling: m takes the {largest} value of any row, so it is not a weighted average."
    return "" if len(scene.window) > 1 else "A single item has no other to share its attention with."


def matrix_name(scene: Scene) -> str:
    """Returns which matrix of a model with several layers or heads is shown, to follow a name; else nothing."""
    (layers, heads), moment = layers_and_heads(scene.run.model_config), scene.moment
    head = "mean of the heads" if moment.head is None else f"head {moment.head}"
    layer = f", layer {moment.layer or layers}" if layers > 1 else ""
    return f"{layer}, {head}" if heads > 1 else layer


def guide(scene: Scene) -> str:
    """Returns the text on how to read the matrix, which depends on the model and on AttRec's pooling."""
    count = len(scene.window)
    if scene.moment.attention.counts == "last":
        return text("attention", "guide of a causal matrix", count=count, share=percent(1 / count))
    section, fields = COUNTS[scene.moment.config.aggregation]
    # The level of uniform attention, as a fraction; a mask after the softmax takes a part of it.
    attention = scene.moment.attention
    masked, level = attention.mask == "after", percent(attention.uniform_column)
    fraction = f"{count - 1} / {count**2}" if masked else f"1 / {count}"
    share = f"{level} in total" if attention.counts == "total" else f"{fraction} = {level}"
    share += f", because the mask takes 1 / {count} of each row" if masked else ""
    config = scene.moment.config
    mask = text("attention", config.mask)
    if config.mask == "after":
        mask += " " + text("attention", "alone" if config.frees_lone_item else "nothing")
    return text("attention", "guide", share=share, mask=mask, counts=text("attention", section, **fields))


def matrix_table(
    titles: Sequence[str], weights: np.ndarray, masked: np.ndarray, places: Sequence[str] = ()
) -> pd.DataFrame:
    """Rows are query items, columns key items; a masked cell is empty, not 0. titles: (n,) of the items. weights:
    (n, n). places: their marks (empty: A, B, C …)."""
    places = places or [letter(k) for k in range(len(titles))]
    table = pd.DataFrame(np.where(masked, np.nan, weights.astype(float)).round(3), columns=[f"→ {p}" for p in places])
    table.insert(0, "query item", [f"{place}. {title[:40]}" for place, title in zip(places, titles, strict=True)])
    table.attrs["nothing"] = "masked"
    return table


def change_table(scene: Scene, difference: Comparison, counts: Counts) -> pd.DataFrame:
    """Edited − baseline of each cell; empty where the cell is masked or its row or column is in one window only."""
    places, titles = zip(*((slot_letter(slot), scene.title(slot.item)) for slot in difference.slots), strict=True)
    table = matrix_table(titles, difference.attention_change, difference.masked, places)
    table.loc[len(table)] = [BAR_NAMES[counts], *difference.weight_change.astype(float).round(3)]
    table.attrs["nothing"] = "–"
    return table
