"""The panels of the page “Why this item?”."""

from __future__ import annotations

from attrec_core.explain.exact_sum import ItemParts, item_parts
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.texts import text
from attrec_core.views.why import figures, influence_words, tables, words
from attrec_core.views.why import item_parts as item_words
from attrec_core.views.why.records import TruthRow, TruthTable, Versus, Waterfall
from attrec_core.views.why.words import explained

CONTRIBUTION = "Contribution of each item"
NO_ORDER = "The window holds one item, so there is no order to compare."
NOT_OF_ITEMS = "This is about EASE and item kNN, whose score has a part for each item; for AttRec see the panel “why”."


def name(scene: Scene) -> str:
    """The title of the explained item."""
    assert scene.explained is not None  # else `no_item` says why
    return scene.title(scene.explained)


def no_item(scene: Scene) -> str:
    return words.NO_CANDIDATES if scene.explained is None else ""


def no_sum(scene: Scene) -> str:
    return no_item(scene) or ("" if explained(scene).sum.exists else explained(scene).sum.sentence)


def waterfall_record(scene: Scene, against_average: bool | None = None) -> Waterfall:
    """against_average: whether the bars are compared with those of the average item; None: as the view says."""
    from_average = scene.view.terms != "whole" if against_average is None else against_average
    record = words.waterfall(scene, explained(scene), from_average=from_average)
    assert record is not None  # else `no_sum` says why
    return record


def which_way(record: Waterfall) -> str:
    return "(down is better)" if record.from_average else "(a lower sum is better)"


WHY: Panel[Scene, Waterfall] = Panel(
    key="why",
    heading=lambda scene, record: f"{CONTRIBUTION} {which_way(record)}",
    title=lambda scene, record: f"{CONTRIBUTION} to the distance of {name(scene)} {which_way(record)}",
    record=waterfall_record,
    figure=lambda scene, record: figures.waterfall(record, scene.selected),
    sentence=lambda scene, record: explained(scene).sum.sentence,
    table=lambda scene, record: tables.waterfall(record),
    guide=text("why", "why"),
    details=lambda scene, record: words.details(record),
    label=lambda scene, record: f"contribution of each item to the distance of {name(scene)}",
    needs="attrec",
    lacks=no_sum,
)


def truth_rows(scene: Scene) -> list[TruthRow]:
    return influence_words.truth_rows(scene, explained(scene))


LEFT_OUT: Panel[Scene, list[TruthRow]] = Panel(
    key="left_out",
    heading="Effect of removing each item",
    title=lambda scene, record: f"Effect of removing each item on the distance of {name(scene)}",
    record=truth_rows,
    figure=lambda scene, record: figures.left_out(record, scene.selected),
    draws=lambda record: len(record) > 1,
    sentence=lambda scene, record: explained(scene).leave_one_out.sentence,
    table=lambda scene, record: tables.truth(record),
    guide=text("why", "influence"),
    label=lambda scene, record: f"change of the distance of {name(scene)} when an item is removed",
    needs="attrec",
    lacks=no_item,
)


def influence_details(scene: Scene, record: TruthTable) -> str:
    return f"{influence_words.tau_line(explained(scene))} {influence_words.among_users(scene)}".strip()


INFLUENCE: Panel[Scene, TruthTable] = Panel(
    key="influence",
    heading="Does attention mean influence?",
    title=lambda scene, record: f"Attention and influence on {name(scene)}",
    record=lambda scene: influence_words.table_record(scene, explained(scene)),
    sentence=lambda scene, record: explained(scene).influence.sentence,
    table=lambda scene, record: tables.truth(record.rows),
    guide=text("why", "influence"),
    note=lambda scene, record: influence_words.paradox(record.rows),
    details=influence_details,
    needs="attrec",
    lacks=no_item,
)

ORDERS: Panel[Scene, list[TruthRow]] = Panel(
    key="orders",
    heading="Order of the items",
    record=truth_rows,
    figure=lambda scene, record: figures.orders(record, explained(scene).influence, scene.selected),
    sentence=lambda scene, record: influence_words.slope_sentence(record),
    table=lambda scene, record: tables.ranks(record),
    label="order of the items by contribution, by attention and by removal",
    needs="attrec",
    lacks=lambda scene: no_item(scene) or ("" if len(scene.window) > 1 else NO_ORDER),
)


def versus_record(scene: Scene) -> Versus:
    rival = words.rival(scene)
    assert rival is not None  # else `no_rival` says why
    return words.versus(scene, explained(scene).item, rival)


def no_rival(scene: Scene) -> str:
    return no_item(scene) or ("" if words.rival(scene) is not None else words.NO_RIVAL)


VERSUS: Panel[Scene, Versus] = Panel(
    key="versus",
    heading=lambda scene, record: words.versus_heading(record),
    record=versus_record,
    figure=lambda scene, record: figures.versus(record, scene.selected),
    sentence=lambda scene, record: record.difference.sentence,
    table=lambda scene, record: tables.versus(record),
    details=lambda scene, record: words.rival_note(scene) + words.versus_line(record.difference),
    label=lambda scene, record: f"difference of the distances of {record.above} and {record.below}, part by part",
    needs="attrec",
    lacks=no_rival,
)


def parts_record(scene: Scene) -> ItemParts:
    assert scene.explained is not None  # else `no_item` says why
    return item_parts(scene.moment, scene.explained)


ITEM_PARTS: Panel[Scene, ItemParts] = Panel(
    key="item_parts",
    heading="What each item adds to the score",
    record=parts_record,
    figure=item_words.bars,
    sentence=lambda scene, record: item_words.sentence(record),
    table=item_words.table,
    guide=lambda scene, record: item_words.guide(scene),
    label=lambda scene, record: f"what each item adds to the score of {name(scene)}",
    needs="sum",
    lacks=lambda scene: NOT_OF_ITEMS if scene.run.explains else no_item(scene),
)

PANELS = (WHY, LEFT_OUT, INFLUENCE, ORDERS, VERSUS, ITEM_PARTS)
