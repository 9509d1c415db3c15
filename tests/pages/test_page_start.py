"""The first page: one picture of the model that can be edited, its sentence, its table and three links onward."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from app_pages import opened_page, page_links, said
from streamlit.testing.v1 import AppTest

from attrec_core.runs.run import Run
from attrec_core.views.drawing import theme
from attrec_core.views.page_context import scene
from attrec_core.views.start import figures, panels, words
from attrec_core.views.start.words import Story, story_record
from attrec_core.views.view import View
from pages.frame import page_parts
from pages.widgets.components import SentEdit
from tests.views.test_panels import APPROVED, check_approved

SVG = "{http://www.w3.org/2000/svg}"
BOTH = pytest.mark.parametrize("at", [figures.WIDE, figures.NARROW], ids=["wide", "narrow"])


@pytest.fixture(scope="module")
def record(sample: Run) -> Story:
    return story_record(scene(sample, View()))


def opened(**query: str) -> AppTest:
    return opened_page("start", **query)


def drawn(record: Story, at: figures.StartLayout, *, live: bool = False) -> ElementTree.Element:
    drawing = figures.picture(record, at, live=live)
    return ElementTree.fromstring(drawing.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def buttons(app: AppTest) -> list[str]:
    """Returns the labels of the page's buttons, without those that step through the history on a phone."""
    return [button.label for button in app.button if not (button.key or "").startswith("step_")]


def test_the_first_page_has_one_primary_action_and_two_quiet_ones() -> None:
    app = opened()
    assert [title.value for title in app.title] == [words.HEADLINE]
    links = [link for link in page_links(app) if not link.label.startswith("Why ")]
    assert [link.label for link in links] == ["Start the 15-minute lesson", "Explore freely →", "Use your own data →"]
    assert [link.page.rpartition("/")[2] or "start" for link in links] == ["attention", "attention", "data"]
    assert "lesson=1" in links[0].query_string
    assert buttons(app) == []  # there is no button before something is changed


@pytest.mark.parametrize(
    ("progress", "label", "page"),
    [
        ("3,1.0d,3.0", "Continue the lesson: step 3", "attention"),
        (",".join(["8", *(f"{number}.0d" for number in range(1, 9))]), "Continue the lesson: step 9", "metric-space"),
        (",".join(["9", *(f"{number}.0d" for number in range(1, 10))]), "Lesson: all steps done", "lesson"),
    ],
)
def test_the_way_into_the_lesson_says_how_far_it_is_done(progress: str, label: str, page: str) -> None:
    link = page_links(opened(progress=progress))[0]
    assert (link.label, link.page.rpartition("/")[2]) == (label, page)


def test_a_click_on_a_recommendation_follows_the_link_to_its_explanation(record: Story) -> None:
    why_links = [link for link in page_links(opened()) if link.label.startswith("Why ")]
    ids = [re.search(r"item=([^&]*)", link.query_string)[1] for link in why_links]
    assert ids == [row.id for row in record.recommended]
    assert {link.page.rpartition("/")[2] for link in why_links} == {"why"}
    places = [row.get("data-why") for row in drawn(record, figures.WIDE, live=True).iter() if row.get("data-why")]
    assert places == [str(place) for place in range(len(record.recommended))]


def test_the_words_name_the_items_as_the_data_does_and_say_where_its_viewers_are_simulated(
    sample: Run, small_run: Run
) -> None:
    assert "last few films" in words.lead(scene(sample, View()))
    assert "Click × to remove a film" in words.lead(scene(sample, View()))
    assert "Click × to remove an item" in words.lead(scene(small_run, View()))
    tweets = replace(small_run, interactions=replace(small_run.interactions, source="movietweetings"))
    assert "last few films" in words.lead(scene(tweets, View()))
    other = replace(sample, interactions=replace(sample.interactions, about=""))
    assert words.note(scene(other, View())) == ""


def test_the_picture_is_exported_with_its_sentence_and_its_numbers(record: Story) -> None:
    app = opened()
    part = app.session_state[page_parts.COLLECTION].parts["story_twin"]
    assert (part.title, part.sentence) == ("The model in one picture", record.sentence)
    assert [picture.key for picture in part.pictures] == ["story"]
    assert not re.search(r'tabindex|role="button"|class="grip"|×', str(part.pictures[0].draw()))
    assert record.sentence in said(app)
    assert "The films are real, the viewers are simulated." in said(app)
    table, short = panels.story_table(record), panels.short_table(record)
    weights = pytest.approx([item.attention for item in record.window], abs=5e-5)
    assert [*table["average attention"][: len(record.window)]] == weights
    assert short["distance"].equals(table["distance"]) and short["item"].equals(table["item"])


def test_the_drawing_that_can_be_edited_and_that_of_a_phone_are_the_approved_ones(record: Story) -> None:
    """The wide one on paper is approved among the panels."""
    lines = ["# The other drawings of the first page"]
    for name, at, live in (("a phone", figures.NARROW, False), ("edited", figures.WIDE, True)):
        drawing = figures.picture(record, at, live=live)
        lines += ["", f"## {name}", "", *drawing.replace("><", ">\n<").splitlines()]
    check_approved("\n".join(lines) + "\n", APPROVED / "start_live.txt")


@BOTH
def test_no_letter_is_smaller_than_twelve_pixels_no_title_is_cut_and_nothing_is_wider_than_the_drawing(
    record: Story, at: figures.StartLayout
) -> None:
    drawing = drawn(record, at, live=True)
    assert min(float(part.get("font-size")) for part in drawing.iter(f"{SVG}text")) >= 12
    for row in drawing.iter(f"{SVG}g"):
        if "row " in row.get("data-key", ""):
            ends = [float(part.get("x")) + float(part.get("width")) for part in row.findall(f"{SVG}rect")]
            assert max(ends) <= at.width - at.recommended + 0.1
    lines = " ".join(part.text or "" for part in drawing.iter(f"{SVG}text"))
    assert "…" not in lines and all(part.title in lines for part in (*record.window, *record.recommended))


def test_the_item_that_truly_followed_is_listed_though_it_is_far_down(sample: Run) -> None:
    actual = story_record(scene(sample, View()))
    assert [row.actual for row in actual.recommended] == [True, False, False, False, False]
    page_scene = scene(sample, View())
    window = tuple(item for item in page_scene.ids(page_scene.window) if item != "rocky")
    edited = story_record(scene(sample, View(user=page_scene.who, window=window)))
    assert len(edited.recommended) == 6 and edited.recommended[-1].actual
    assert edited.recommended[-1].rank > 5
    assert edited.heading.startswith("Edited: 4 films")


@BOTH
def test_lines_are_as_wide_as_the_weight_of_their_point_and_only_bars_show_distances(
    record: Story, at: figures.StartLayout
) -> None:
    def widths(story: Story, kind: str) -> list[float]:
        lines = [path for path in drawn(story, at).iter(f"{SVG}path") if path.get("data-about", "").startswith("row")]
        return [float(path.get("stroke-width")) for path in lines if path.get("class") == kind]

    assert len(set(widths(record, "short"))) == len(set(widths(record, "long"))) == 1
    heavier = replace(record, omega=0.9)
    assert sum(widths(heavier, "long")) > sum(widths(record, "long"))
    assert sum(widths(heavier, "short")) < sum(widths(record, "short"))
    assert widths(replace(record, omega=0.0), "long") == []
    assert widths(replace(record, omega=None), "long") == []


@BOTH
def test_without_a_user_nothing_is_said_of_the_long_term_and_no_two_drawings_share_a_hatching(
    record: Story, at: figures.StartLayout
) -> None:
    texts = [part.text for part in drawn(replace(record, omega=None), at).iter(f"{SVG}text")]
    assert "long-term part" not in texts and "U" not in texts
    assert figures.WIDE.hatching != figures.NARROW.hatching


@BOTH
def test_an_item_that_stands_in_the_window_twice_has_two_keys(record: Story, at: figures.StartLayout) -> None:
    twice = replace(record, window=(*record.window, record.window[0]))
    keys = [part.get("data-key") for part in drawn(twice, at, live=True).iter() if part.get("data-key")]
    assert len(keys) == len(set(keys))
    assert sum(key.startswith("item ") for key in keys) == len(record.window) + 1


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


def test_the_browser_hears_the_window_as_it_is_edited(sample: Run) -> None:
    window = scene(sample, View()).ids(scene(sample, View()).window)[1:]
    app = opened(user=scene(sample, View()).who, window=",".join(window))
    (sent,) = [json.loads(part.proto.json) for part in app.get("bidi_component") if part.proto.id.endswith("-story")]
    assert sent["ids"] == list(window)
    assert buttons(app) == ["Reset"]


def test_a_window_of_one_item_has_no_oldest(sample: Run) -> None:
    first = scene(sample, View(user="Bilal Weber", step=1))
    assert story_record(first).heading == "Bilal Weber: the only film so far"
    assert story_record(scene(sample, View(user="Bilal Weber", window=("alien",)))).heading == "Edited: 1 film"
