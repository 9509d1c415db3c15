"""The real app in a real browser: edits by mouse and keyboard, Back, and what goes along to every page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .frame import by_key, entries, settled, titles, turn_to

LINK = "attention?user=Bilal+Ono&step=20"


def main_map(page: Page) -> Locator:
    return by_key(page, "attention_map")


def weights(page: Page) -> list[str]:
    return main_map(page).locator('[data-testid^="cell-"]').all_inner_texts()


def top(page: Page) -> list[str]:
    return page.locator('[data-testid^="rank-"]').all_inner_texts()


@pytest.mark.long
def test_an_edit_by_keyboard_can_be_undone_and_what_is_added_lets_the_oldest_fall_out(visit: Visit) -> None:
    page = visit(LINK)
    before = (titles(page), weights(page))
    page.get_by_test_id("row-0").focus()
    page.keyboard.press("Alt+ArrowDown")
    settled(page)
    swapped = titles(page)
    assert swapped == [before[0][1], before[0][0], *before[0][2:]]
    assert weights(page) != before[1]
    page.get_by_role("button", name="undo").click()
    settled(page)
    assert (titles(page), weights(page)) == before
    page.get_by_role("button", name="redo").click()
    settled(page)
    assert titles(page) == swapped
    page.get_by_placeholder("Add an item").click()
    page.keyboard.type("amelie")  # the title has an accent
    page.keyboard.press("Enter")
    expect(page.locator(".row .title")).to_have_text([*swapped[1:], "Amélie"])
    settled(page)
    edited = titles(page)
    assert edited == [*swapped[1:], "Amélie"]
    page.get_by_role("slider", name="History up to item").press("ArrowRight")
    expect(page.get_by_text("The edited window belongs to the step you left")).to_be_visible()
    page.go_back()
    expect(page.locator(".row .title")).to_have_text(edited)


@pytest.mark.long
def test_a_selection_and_a_what_if_go_along_to_every_page_and_are_taken_back_on_any(visit: Visit) -> None:
    page = visit(f"{LINK}&omega=0.9")
    title, top_of_map, before = titles(page)[1], (main_map(page).bounding_box() or {})["y"], top(page)
    main_map(page).get_by_test_id("cell-3-1").click(position={"x": 4, "y": 4})
    chip = page.get_by_role("button", name=f"selected: {title}")
    expect(chip).to_be_visible()
    assert (main_map(page).bounding_box() or {})["y"] == top_of_map  # the map stays under the pointer
    for section, name in (("", "Start"), ("Explore", "Metric space"), ("Explore", "Attention")):
        turn_to(page, name)
        settled(page)
        expect(page.locator(".st-key-bar a strong")).to_have_text([section, name] if section else [name])
        expect(page.get_by_text("what-if ω = .90")).to_be_visible()
        if section:
            expect(chip).to_be_visible()
    chip.click()
    expect(chip).to_have_count(0)
    page.get_by_role("button", name="As trained").click()
    expect(page.get_by_text("what-if ω = .90")).to_have_count(0)
    settled(page)
    assert top(page) != before
    # Within the click: a page that comes at once keeps the place to which the last one was scrolled.
    far_then_away = "(link, main) => [main.scrollTop = 200, main.scrollTop, link.click(), main.scrollTop]"
    link, main = page.get_by_role("link", name="Score split"), page.locator(".stMain").element_handle()
    assert link.evaluate(far_then_away, main) == [200, 200, None, 0]


HIDDEN = "node => [node.scrollWidth - node.clientWidth, node.scrollHeight - node.clientHeight]"  # pixels
EDITED = "&window=alien,amelie,alien&selected=pirates"
STATES = (  # each with more to show in the line of the state
    "",
    "&omega=0.9&mask=none&signal=off&pool=max",
    f"{EDITED}&omega=0.5&mask=none",
    "&pin=alien,amelie,alien&selected=alien&omega=0.5&mask=none",
    f"{EDITED}&omega=0.5&mask=before&signal=off&pool=min",
)
HIGH = {390: 104, 800: 104, 1280: 56, 1440: 56}  # pixels: window width → largest height of the line of the state


@pytest.mark.long
def test_all_of_an_edited_state_is_read_and_however_much_there_is_to_say_nothing_jumps(visit: Visit) -> None:
    header_boxes: dict[int, list[object]] = {width: [] for width in HIGH}
    for state in STATES:
        page = visit(f"{LINK}{state}")
        for width, highest in HIGH.items():
            page.set_viewport_size({"width": width, "height": 844})
            settled(page)
            line, status = by_key(page, "header_line").bounding_box(), by_key(page, "status")
            assert line is not None and line["height"] <= highest
            header_boxes[width].append(line)
            assert width < 1280 or main_map(page).bounding_box()["y"] <= 200
            if "selected" not in state:
                continue
            wide, high = status.evaluate(HIDDEN)
            assert wide == high == 0, (state, width)
            for part in status.locator("p:visible").all():
                box = part.bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= width
                assert box["y"] >= line["y"] and box["y"] + box["height"] <= line["y"] + line["height"]
    assert all(box == first for first, *rest in header_boxes.values() for box in rest)
    for width in HIGH:
        page.set_viewport_size({"width": width, "height": 844})
        page.get_by_role("button", name="4 what-ifs").click()
        for setting in ("ω = .50", "mask before the softmax", "no time signal", "pool by min"):
            expect(page.get_by_role("listitem").get_by_text(setting, exact=True)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("listitem")).to_have_count(0)


# The picture of the first page: a click removes an item, dragging and the keyboard move it, a recommendation opens
# its explanation, and nothing moves for a person who wants no motion.
START = "?user=Bilal+Weber"


@pytest.fixture
def start(page: Page, visit: Visit) -> Page:
    page.set_viewport_size({"width": 1280, "height": 720})
    return visit(START)


def chips(page: Page, layout: str = "wide") -> Locator:
    return by_key(page, "story").locator(f".{layout} .chip .control")


def chip_titles(page: Page) -> list[str]:
    labels = chips(page).evaluate_all("all => all.map((chip) => chip.getAttribute('aria-label'))")
    return [re.fullmatch(r"Remove (.*): \d+\w\w of \d+, .* attention", label)[1] for label in labels]


def recommended(page: Page) -> list[str]:
    rows = by_key(page, "story").locator(".wide .row .control")
    return rows.evaluate_all("all => all.map((row) => row.getAttribute('aria-label'))")


def test_all_lies_above_the_fold_a_click_removes_an_item_and_the_list_changes_until_reset(start: Page) -> None:
    for part in (start.get_by_role("heading", level=1), by_key(start, "story"), by_key(start, "start_ways")):
        box = part.bounding_box()
        assert box["y"] > 0 and box["y"] + box["height"] <= 720
    before, window, length = recommended(start), chip_titles(start), entries(start)
    start.get_by_role("button", name="Remove Rocky:").click()
    expect(chips(start)).to_have_count(4)
    settled(start)
    assert chip_titles(start) == [title for title in window if title != "Rocky"]
    assert recommended(start)[0] != before[0]
    assert "the actual next item" in recommended(start)[-1]  # though it is far down now
    assert entries(start) == length + 1
    start.get_by_role("button", name="Reset").click()
    expect(chips(start)).to_have_count(5)
    settled(start)
    assert (chip_titles(start), recommended(start)) == (window, before)


def test_dragging_moves_an_item_and_a_click_on_a_recommendation_asks_why(start: Page) -> None:
    window, before, length = chip_titles(start), recommended(start), entries(start)
    boxes = [chip.bounding_box() for chip in chips(start).all()]
    start.mouse.move(boxes[0]["x"] + 120, boxes[0]["y"] + 12)
    start.mouse.down()
    start.mouse.move(boxes[0]["x"] + 130, boxes[3]["y"] + boxes[3]["height"] / 2 + 6, steps=6)
    start.mouse.up()
    moved = [*window[1:4], window[0], window[4]]
    expect(chips(start).nth(3)).to_have_attribute("aria-label", re.compile(re.escape(f"Remove {window[0]}: 4th of 5")))
    settled(start)
    assert chip_titles(start) == moved and recommended(start) != before
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


@pytest.mark.long
def test_the_keyboard_moves_and_removes_stays_with_the_item_and_the_last_one_stays(start: Page) -> None:
    window = chip_titles(start)
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
    assert chip_titles(start) == [window[0], *window[2:]]
    expect(chips(start).nth(0)).to_be_focused()
    for left in (3, 2, 1):
        start.keyboard.press("Delete")
        expect(chips(start)).to_have_count(left)
    settled(start)
    start.keyboard.press("Delete")
    expect(by_key(start, "story").get_by_role("status")).to_have_text(re.compile("The last item cannot be removed"))
    assert chip_titles(start) == window[-1:]


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
    visit(START)
    story = by_key(page, "story")
    for chip in story.locator(".narrow .chip").all():
        outline = chip.locator("rect").first.bounding_box()
        for line in chip.locator("text").all():
            box = line.bounding_box()
            assert box["x"] >= outline["x"] and box["x"] + box["width"] <= outline["x"] + outline["width"]
    chips(page, "narrow").nth(3).click()
    expect(chips(page, "narrow")).to_have_count(4)
