"""Who looks at whom: what the attention map draws, and its sentence."""

from __future__ import annotations

from attrec_core.explain.moment import Moment
from attrec_core.views.attention.records import AttentionRecord, on_one_scale
from attrec_core.views.drawing.theme import against_even, item_colour, number
from attrec_core.views.page_context import Scene


def attention_record(scene: Scene) -> AttentionRecord:
    """What the attention map draws. Beside A it has A's scale, too."""
    record = attention_of(scene, scene.moment)
    return record if scene.compared is None else on_one_scale([record, attention_of(scene, scene.compared)])[0]


def attention_of(scene: Scene, moment: Moment) -> AttentionRecord:
    """The same of another moment of that person, such as A."""
    trace, window = moment.trace, moment.window
    return AttentionRecord.of_model(
        moment.config,
        ids=[scene.item_id(item) for item in window],
        titles=[scene.title(item) for item in window],
        colours=[item_colour(scene.hue(item)) for item in window],
        weights=trace.weights,
        column_weights=trace.column_weights,
        missing=trace.missing,
    )


def item_colours(scene: Scene) -> dict[str, str]:
    """The colour of each item of the window, by its id."""
    return {scene.item_id(item): item_colour(scene.hue(item)) for item in scene.window}


def attention_sentence(scene: Scene) -> str:
    """What the map shows, in words with its numbers."""
    return sentence_of(scene, scene.moment)


def sentence_of(scene: Scene, moment: Moment) -> str:
    """The same of another moment of that person, such as A."""
    window, config = moment.window, moment.config
    weights, count = moment.trace.column_weights, len(window)
    best = int(weights.argmax())
    title = scene.title(window[best])
    again = (window == window[best]).sum() > 1
    summed = config.aggregation == "sum"
    whole = f"the {count} rows' attention" if summed else "the attention"
    lost = f" The mask took the diagonal, {number(moment.trace.missing)} of {whole}." if masked_mass(moment) else ""
    if not moment.trace.intent.any():
        return NOTHING_TO_LOOK_AT
    if count == 1:
        return "With one item in the window there is nobody else to look at, so it looks at itself."
    level = (count if summed else 1) / count
    place = {count - 1: ", the latest item,", 0: ", the oldest item,"}.get(best, "")
    here = f" (place {best + 1})" if again else ""
    return (
        f"“{title}”{here}{place} is looked at most: {number(weights[best])} {'in all' if summed else 'on average'}, "
        f"{against_even(weights[best], level)}.{lost}"
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


def seen(scene: Scene) -> str:
    """What one sees, for whoever asks; m may be made in several ways."""
    made = scene.moment.config.aggregation
    if made in ("max", "min"):
        counts = EXTREME.format(largest={"max": "largest", "min": "smallest"}[made])
    elif made == "sum":
        counts = WEIGHED.format(w="sum", how=", here of all rows and not of their mean")
    else:
        counts = WEIGHED.format(w="mean", how="")
    column, share = ("a column's sum", "1") if made == "sum" else ("a column's mean", "1 / n")
    return SEEN.format(column=column, share=share, counts=counts)


def masked_mass(moment: Moment) -> bool:
    return moment.config.mask == "after" and moment.trace.missing > 0.005
