"""The first page: the picture of the model, its drawings, its titles and an edit of it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from attrec_core.runs.run import Run
from attrec_core.views.drawing import theme
from attrec_core.views.page_context import scene
from attrec_core.views.start import figures
from attrec_core.views.start.words import Story, story_record
from attrec_core.views.view import View
from pages.widgets.components import SentEdit
from tests.views.test_panels import APPROVED, check_approved


@pytest.fixture(scope="module")
def record(sample: Run) -> Story:
    return story_record(scene(sample, View()))


def drawn(record: Story, at: figures.StartLayout, *, live: bool = False) -> ElementTree.Element:
    drawing = figures.picture(record, at, live=live)
    return ElementTree.fromstring(drawing.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def test_the_drawing_that_can_be_edited_and_that_of_a_phone_are_the_approved_ones(record: Story) -> None:
    """The wide one on paper is approved among the panels."""
    lines = ["# The other drawings of the first page"]
    for name, at, live in (("a phone", figures.NARROW, False), ("edited", figures.WIDE, True)):
        drawing = figures.picture(record, at, live=live)
        lines += ["", f"## {name}", "", *drawing.replace("><", ">\n<").splitlines()]
    check_approved("\n".join(lines) + "\n", APPROVED / "start_live.txt")


def test_a_long_title_breaks_and_a_hostile_one_is_text(record: Story) -> None:
    assert theme.wrapped("one two three", 10, 60, 3) == ["one two", "three"]
    assert "".join(theme.wrapped("x" * 50, 10, 60, 9)) == "x" * 50
    assert len(theme.wrapped("word " * 60, 16, 100, 2)) == 2
    assert theme.wrapped("word " * 60, 16, 100, 2)[-1].endswith("…")
    hostile = replace(record, window=(replace(record.window[0], title='<script>"&'), *record.window[1:]))
    assert "<script>" not in figures.picture(hostile, figures.WIDE, live=True)
    drawn(hostile, figures.WIDE, live=True)


def test_an_edit_of_the_picture_is_an_edit_of_the_window(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.widgets import components

    edits: list[SentEdit] = []
    sent: dict[str, object] = {}
    monkeypatch.setattr(components, "_story", lambda **arguments: sent.update(arguments))
    components.story(story_record(scene(sample, View())), key="story", on_change=edits.append, revision=3)
    assert sent["data"]["revision"] == 3
    for value in ({"ids": ["rocky"], "revision": 4, "did": "remove", "say": "gone"}, {"ids": [], "revision": 5}, {}):
        monkeypatch.setattr(components, "event", lambda key, name, value=value: value)
        sent["on_order_change"]()
    assert [edit.ids for edit in edits] == [("rocky",)]
