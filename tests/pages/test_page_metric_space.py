"""The page of the two maps: an item is opened, and no label covers a mark."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from app_pages import checked, opened_page, page_text
from conftest import ROOT

from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.across_users.scenes import prepared_scenes
from attrec_core.views.drawing.labels import LARGE, Box, Label, Screen, box_at, overlap
from attrec_core.views.metric_space import figures, words
from attrec_core.views.metric_space.words import SpaceMap
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View

opened = partial(opened_page, "explore/metric_space")
SAMPLE = load(ROOT / "sample_data" / "run")


def seen(sample: Run, **view: object) -> Scene:
    return scene(sample, View(user="Bilal Ono", step=20, **view))


def recorded(shown: Scene, space: str, projection: str = "pca", colour: str = "genre") -> SpaceMap:
    return words.space_record(shown, space, projection, colour, 10)


def test_a_selected_item_is_opened_beside_the_map(sample: Run) -> None:
    page_scene = seen(sample)
    first = int(page_scene.ranking.top(1)[0])
    app = opened(user="Bilal Ono", step="20", selected=page_scene.item_id(first))
    assert page_scene.title(first) in [header.value.replace("\\", "") for header in app.header]
    assert f"1st of {int(page_scene.ranking.candidates.sum())} candidates" in page_text(app)
    assert "lowers its distance most." in page_text(app)
    (link,) = (link.proto for link in app.get("page_link") if link.proto.label == "Why this item? →")
    assert f"item={page_scene.item_id(first)}" in link.query_string
    rows = [button for button in app.button if str(button.key).startswith("near_")]
    near = recorded(seen(sample, selected=page_scene.item_id(first)), "long", "umap").near
    rows[1].click().run()
    assert app.query_params["selected"] == page_scene.item_id(near[1].item)


def boxes(record: SpaceMap, room: tuple[int, int]) -> list[Box]:
    """Returns the boxes of region names and labels in a map of this size."""
    screen, label_boxes = Screen.of(*record.cloud.corners, room), []
    for trace in figures.labels(record, room, room):
        for x, y, text, k in zip(trace["x"], trace["y"], trace["text"], range(99), strict=False):
            at = screen.pixels(np.array([x, y]))
            if trace.get("name") == "regions":
                half = len(text) * figures.REGION_LETTER / 2
                label_boxes.append((at[0] - half, at[1] - 11, at[0] + half, at[1] + 11))
            else:
                label_boxes.append(box_at(Label(*at, trace["marker"]["size"][k] / 2, text), trace["textposition"][k]))
    return label_boxes


def test_in_the_presenters_scene_no_label_lies_over_a_mark_and_there_is_a_legend_but_no_path(sample: Run) -> None:
    prepared = next(prepared for prepared in prepared_scenes(sample) if prepared.page == "metric-space")
    record = recorded(scene(sample, prepared.view), prepared.view.space, prepared.view.projection)
    marks = [
        (x - half, y - half, x + half, y + half)
        for mark, places in figures.pixels(record, LARGE).items()
        for half in [figures.MARKS[mark][1]["size"] / 2]
        for x, y in places.tolist()
    ]
    assert not [box for box in boxes(record, LARGE) for mark in marks if overlap(box, mark) > 1]
    page, shown = (
        recorded(scene(sample, replace(prepared.view, space="short", scene=number)), "short", "umap")
        for number in (None, prepared.number)
    )
    assert page.path is not None and shown.path is None  # a prepared scene is one moment
    drawing = checked(figures.space_map(shown, LARGE))
    assert drawing.layout.showlegend is not False
    assert "path of m" not in {trace.name for trace in drawing.data}


def test_of_a_large_catalogue_the_most_popular_items_are_drawn(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MOST_POINTS", 100)
    page_scene = scene(replace(sample), View(user="Bilal Ono"))
    record = recorded(page_scene, "short")
    traces = json.loads(figures.space_map(record)["ground"])
    popular = np.argsort(-sample.popularity, kind="stable")[:100]
    assert {item for trace in traces for item in trace["customdata"]} == {page_scene.item_id(item) for item in popular}
    assert words.space_caption(page_scene, record).startswith("Showing 100 of 418 items, the most popular ones")
    assert len(record.marks["top"].ids) == 10


@pytest.mark.parametrize("space", ["long", "short"])
@pytest.mark.parametrize("user", ["Ada Abe", "Bilal Ono"])
@pytest.mark.parametrize("selected", [None, "rocky"])
def test_the_nearest_item_is_marked_on_the_map(sample: Run, space: str, user: str, selected: str | None) -> None:
    record = recorded(scene(sample, View(user=user, selected=selected)), space)
    others = {item for kind, points in record.marks.items() if kind != "near" for item in points.ids}
    marks = record.marks["near"].ids if "near" in record.marks else ()
    assert record.near[0].id in {*marks, *others}
    assert ("near" in record.staying) == (selected is not None or space == "long")
