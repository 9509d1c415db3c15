"""What the pictures of two runs beside each other draw: an item has one colour in both, both maps have one scale, and
each list marks what the other has as well."""

from __future__ import annotations

from attrec_core.views.attention import ranking_words
from attrec_core.views.attention.words import attention_record, scales
from attrec_core.views.compare.sides import Sides
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.page_context import Scene


def map_records(both: Sides) -> tuple[dict[str, object], dict[str, object]]:
    """The attention maps of A and of B; see `AttentionRecord` in the pages' widgets."""
    # Along the longer window: then both have it in its order.
    longer, other = sorted((both.a, both.b), key=lambda one: -len(one.window))
    ids = dict.fromkeys(one.item_id(item) for one in (longer, other) for item in one.window)
    colours = {item: item_colour(place) for place, item in enumerate(ids)}
    records = [attention_record(one) for one in (both.a, both.b)]
    first, second = (
        record | {"colours": [colours[item] for item in record["ids"]], **scales(records)} for record in records
    )
    return first, second


def list_rows(both: Sides, k: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """What comes next in A and in B. Against what else a list might have changed does not count here."""
    return rows_of(both.a, both.b, "B", k), rows_of(both.b, both.a, "A", k)


def rows_of(here: Scene, there: Scene, called: str, k: int) -> list[dict[str, object]]:
    shared = {there.item_id(item) for item in there.ranking.top(k)}
    first = {here.item_id(item) for item in here.ranking.top(k)}
    rows = []
    for row in ranking_words.ranking_rows(here, k):
        mark = [] if row["id"] not in first else [f"also in {called}" if row["id"] in shared else f"not in {called}"]
        plain = {name: value for name, value in row.items() if name not in ("move", "change")}
        rows.append(plain | {"marks": [*row["marks"], *mark]})
    return rows
