"""The picture of the first page: a click removes an item, dragging and the keyboard move it, a recommendation opens
its explanation, and nothing moves for a person who wants no motion."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .frame import by_key, entries, settled

LINK = "?user=Bilal+Weber"


@pytest.fixture
def start(page: Page, visit: Visit) -> Page:
    page.set_viewport_size({"width": 1280, "height": 720})
    return visit(LINK)


def chips(page: Page, layout: str = "wide") -> Locator:
    return by_key(page, "story").locator(f".{layout} .chip .control")


def titles(page: Page) -> list[str]:
    labels = chips(page).evaluate_all("all => all.map((chip) => chip.getAttribute('aria-label'))")
    return [re.fullmatch(r"Remove (.*): \d+\w\w of \d+, .* attention", label)[1] for label in labels]


def recommended(page: Page) -> list[str]:
    rows = by_key(page, "story").locator(".wide .row .control")
    return rows.evaluate_all("all => all.map((row) => row.getAttribute('aria-label'))")


def test_all_lies_above_the_fold_a_click_removes_an_item_and_the_list_changes_until_reset(start: Page) -> None:
    for part in (start.get_by_role("heading", level=1), by_key(start, "story"), by_key(start, "start_ways")):
        box = part.bounding_box()
        assert box["y"] > 0 and box["y"] + box["height"] <= 720
    before, window, length = recommended(start), titles(start), entries(start)
    start.get_by_role("button", name="Remove Rocky:").click()
    expect(chips(start)).to_have_count(4)
    settled(start)
    assert titles(start) == [title for title in window if title != "Rocky"]
    assert recommended(start)[0] != before[0]
    assert "the actual next item" in recommended(start)[-1]  # though it is far down now
    assert entries(start) == length + 1
    start.get_by_role("button", name="Reset").click()
    expect(chips(start)).to_have_count(5)
    settled(start)
    assert (titles(start), recommended(start)) == (window, before)


def test_dragging_moves_an_item_and_a_click_on_a_recommendation_asks_why(start: Page) -> None:
    window, before, length = titles(start), recommended(start), entries(start)
    boxes = [chip.bounding_box() for chip in chips(start).all()]
    start.mouse.move(boxes[0]["x"] + 120, boxes[0]["y"] + 12)
    start.mouse.down()
    start.mouse.move(boxes[0]["x"] + 130, boxes[3]["y"] + boxes[3]["height"] / 2 + 6, steps=6)
    start.mouse.up()
    moved = [*window[1:4], window[0], window[4]]
    expect(chips(start).nth(3)).to_have_attribute("aria-label", re.compile(re.escape(f"Remove {window[0]}: 4th of 5")))
    settled(start)
    assert titles(start) == moved and recommended(start) != before
    assert entries(start) == length + 1  # the click at the end of a drag removes nothing
    row = by_key(start, "story").locator(".wide .row .control").nth(1)
    title = re.match(r"Why (.*)\? 2nd", row.get_attribute("aria-label"))[1]
    row.click()
    expect(start.get_by_role("heading", level=1)).to_have_text("Why this item?")
    settled(start)
    assert title in start.get_by_test_id("stMain").inner_text()
    assert re.search(r"/why\?.*item=", start.url)
    assert entries(start) == length + 2
    start.go_back()
    expect(chips(start)).to_have_count(5)


def test_the_keyboard_moves_and_removes_stays_with_the_item_and_the_last_one_stays(start: Page) -> None:
    window = titles(start)
    chips(start).nth(1).focus()
    start.keyboard.press("Alt+ArrowUp")
    expect(chips(start).nth(0)).to_have_attribute("aria-label", re.compile(re.escape(f"Remove {window[1]}: 1st of 5")))
    expect(chips(start).nth(0)).to_be_focused()
    settled(start)
    start.keyboard.press("Alt+ArrowUp")
    expect(by_key(start, "story").get_by_role("status")).to_have_text(f"{window[1]} is already the oldest.")
    start.keyboard.press("Delete")
    expect(chips(start)).to_have_count(4)
    settled(start)
    assert titles(start) == [window[0], *window[2:]]
    expect(chips(start).nth(0)).to_be_focused()
    for left in (3, 2, 1):
        start.keyboard.press("Delete")
        expect(chips(start)).to_have_count(left)
    settled(start)
    start.keyboard.press("Delete")
    expect(by_key(start, "story").get_by_role("status")).to_have_text(re.compile("The last item cannot be removed"))
    assert titles(start) == window[-1:]


@pytest.mark.long
def test_what_changes_moves_unless_one_wants_no_motion(start: Page) -> None:
    start.evaluate(
        """() => {
          window.animated = 0;
          const animate = Element.prototype.animate;
          Element.prototype.animate = function (...all) { window.animated += 1; return animate.apply(this, all); };
        }"""
    )
    for motion, left in (("reduce", 4), ("no-preference", 3)):
        start.emulate_media(reduced_motion=motion)
        chips(start).nth(2).click()
        expect(chips(start)).to_have_count(left)
        settled(start)
        assert (start.evaluate("window.animated") > 0) is (motion == "no-preference")


@pytest.mark.long
def test_on_a_phone_titles_stand_whole_and_a_tap_removes(page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(LINK)
    story = by_key(page, "story")
    for chip in story.locator(".narrow .chip").all():
        outline = chip.locator("rect").first.bounding_box()
        for line in chip.locator("text").all():
            box = line.bounding_box()
            assert box["x"] >= outline["x"] and box["x"] + box["width"] <= outline["x"] + outline["width"]
    chips(page, "narrow").nth(3).click()
    expect(chips(page, "narrow")).to_have_count(4)
