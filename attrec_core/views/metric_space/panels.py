"""The panels of the page Metric space: the map of a space and what goes with it; two items and what is near both."""

from __future__ import annotations

from attrec_core.errors import InputError
from attrec_core.explain.two_items import TwoItems
from attrec_core.views.drawing.labels import LARGE, WIDE
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.metric_space import figures, path, tables, two_items, words
from attrec_core.views.metric_space.records import SpaceMap
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.texts import text


def map_figure(scene: Scene, record: SpaceMap) -> Figure:
    return figures.space_map(record, LARGE if scene.view.scene else WIDE)


def map_label(scene: Scene, record: SpaceMap) -> str:
    name = words.map_name(scene, record)
    return f"map of the {name[:1].lower()}{name[1:]}"


METRIC_SPACE: Panel[Scene, SpaceMap] = Panel(
    key="metric_space",
    heading=words.map_name,
    record=words.space_record,
    figure=map_figure,
    sentence=words.space_sentence,
    table=lambda scene, record: tables.marked(scene, record.space),
    whole=tables.whole_map,
    guide=words.guide,
    note=words.space_caption,
    label=map_label,
    needs="vectors",
)

PATH: Panel[Scene, SpaceMap] = Panel(
    key="path",
    heading="Path of m",
    record=lambda scene, projection=None, colour=None, k=10: words.space_record(scene, "short", projection, colour, k),
    figure=map_figure,
    sentence=lambda scene, record: path.path_sentence(scene),
    table=lambda scene, record: tables.path(scene),
    label=map_label,
    needs="attrec",
    lacks=lambda scene: path.NO_PATH if path.path_of(scene) is None else "",
)


def near_record(scene: Scene, space: str | None = None, projection: str | None = None, k: int = 10) -> SpaceMap:
    record = words.space_record(scene, space, projection, k=k)
    if not record.near:
        raise InputError("nothing_to_show", "{reason}", reason=words.space_sentence(scene, record))
    return record


NEAR: Panel[Scene, SpaceMap] = Panel(
    key="near",
    heading=lambda scene, record: f"Nearest to {record.origin.name}" if record.origin else "",
    title="Nearest neighbours",
    record=near_record,
    sentence=words.trust_sentence,
    table=lambda scene, record: tables.neighbours(record),
    needs="vectors",
)

TWO_ITEMS: Panel[Scene, TwoItems] = Panel(
    key="two_items",
    heading="How near can a user be to two items?",
    record=two_items.record,
    figure=two_items.draw,
    sentence=two_items.sentence,
    table=two_items.table,
    guide=text("metric_space", "two items"),
    label="distances of each item to P and to Q",
    needs="attrec",
    lacks=two_items.no_pair,
)

PANELS = (METRIC_SPACE, PATH, NEAR, TWO_ITEMS)
