"""The real app in a real browser: edits by mouse and keyboard, Back, and what goes along to every page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .frame import by_key, settled, titles, turn_to

LINK = "attention?user=Bilal+Ono&step=20"


def main_map(page: Page) -> Locator:
    return by_key(page, "attention_map")


def weights(page: Page) -> list[str]:
    return main_map(page).locator('[data-testid^="cell-"]').all_inner_texts()


def top(page: Page) -> list[str]:
    return page.locator('[data-testid^="rank-"]').all_inner_texts()


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


def test_the_buttons_over_a_chart_take_the_mouse_and_none_leaves_this_machine(visit: Visit) -> None:
    page = visit("score-split?user=Bilal+Ono")
    chart = page.locator('[data-chart="distances"]')
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".js-plotly-plot")).to_be_visible()
    chart.hover()
    on_top = chart.locator(".modebar-btn").evaluate_all("""all => all.map((one) => {
      const box = one.getBoundingClientRect();
      return one.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
    })""")
    assert len(on_top) >= 4
    assert all(on_top)
    titles_of = "all => all.map((one) => one.dataset.title ?? one.ariaLabel ?? '')"
    button_titles = page.locator(".modebar-btn").evaluate_all(titles_of)  # of all charts of the page
    assert len(button_titles) >= len(on_top)
    assert not [title for title in button_titles if "hare" in title or "loud" in title]
