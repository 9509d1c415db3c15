"""Step by step in a real browser: one stage is open, and each follows the chosen cell, by mouse and by keyboard."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .frame import by_key, settled

LINK = "step-by-step?user=Bilal+Ono&step=20&"


def stage(page: Page, name: str) -> Locator:
    return page.locator(f'[data-stage="{name}"]')


def cell(page: Page, name: str, row: int, column: int) -> Locator:
    """Returns a cell of a stage; row and column are counted from 1."""
    return stage(page, name).get_by_test_id(f"cell-{row - 1}-{column - 1}")


def formula(page: Page, start: str) -> Locator:
    """Returns the worked formula whose source holds `start`; KaTeX keeps the source beside the drawing."""
    return page.locator("annotation").filter(has_text=start)


def click_off_centre(target: Locator) -> None:
    box = target.bounding_box()
    target.click(position={"x": box["width"] - 4, "y": 4})


def open_stage(page: Page, key: str) -> None:
    by_key(page, f"row_{key}").get_by_role("button").click()
    expect(stage(page, key)).to_be_visible()
    settled(page)


def test_a_click_off_the_centre_is_followed_by_every_formula_and_a_second_one_clears(visit: Visit) -> None:
    page = visit(f"{LINK}stage=scores")
    click_off_centre(cell(page, "scores", 2, 4))
    expect(formula(page, r"\mathrm{score}_{B,D} = \tfrac")).to_have_count(1)
    for start in (r"\tilde s_{B,D} =", "w_{D} ="):  # the results of the other stages
        expect(formula(page, start)).to_have_count(1)
    settled(page)
    for name in ("softmax", "mask"):
        open_stage(page, name)
        expect(cell(page, name, 2, 4)).to_have_attribute("aria-selected", "true")
    assert "cell=2%2C4" in page.url and "stage=mask" in page.url
    open_stage(page, "values")
    click_off_centre(cell(page, "values", 3, 9))  # chooses a dimension
    for start in ("z_{C,9} =", "q_{C,9} =", "a_{C,9} =", "m_{9} =", r"\mathrm{score}_{C,D} ="):
        expect(formula(page, start)).to_have_count(1)
    settled(page)
    open_stage(page, "mask")
    click_off_centre(cell(page, "mask", 3, 4))
    expect(page.get_by_text("The largest weight is followed")).to_be_visible()
    settled(page)
    assert "cell=" not in page.url


@pytest.mark.long
def test_arrows_walk_enter_chooses_escape_lets_go_and_a_title_selects_its_item(visit: Visit) -> None:
    page = visit(f"{LINK}cell=1,2&stage=softmax")
    cell(page, "softmax", 1, 2).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(cell(page, "softmax", 2, 3)).to_be_focused()
    page.keyboard.press("Enter")
    expect(formula(page, r"\tilde s_{B,C} = e")).to_have_count(1)
    expect(cell(page, "softmax", 2, 3)).to_be_focused()
    settled(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text("The largest weight is followed")).to_be_visible()
    settled(page)
    open_stage(page, "rank")
    second = stage(page, "rank").locator(".rowheader").nth(1)
    title = second.get_attribute("title")
    second.click()
    expect(page.get_by_role("button", name=f"selected: {title} ×")).to_be_visible()
    settled(page)
    open_stage(page, "distance")
    expect(page.get_by_text(f"How far the explained item e, “{title}”")).to_be_visible()


CUT = """columns => {
  const end = document.querySelector('[data-stage="values"] .rowheader').getBoundingClientRect().right;
  return columns.filter((column) => {
    const { left, right } = column.getBoundingClientRect();
    return left < end - 1 && right > end + 1;
  }).length; }"""


@pytest.mark.long
def test_on_a_phone_a_matrix_scrolls_to_the_followed_dimension_beneath_its_titles(page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(f"{LINK}cell=2,4&dim=12")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    values = stage(page, "values").locator(".frame")
    frame, box = values.bounding_box(), cell(page, "values", 2, 12).bounding_box()
    assert frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
    visit(f"{LINK}cell=5,4&dim=7")
    assert values.evaluate("frame => frame.scrollLeft") > 0
    assert stage(page, "values").locator(".columnheader[data-columnheader]").evaluate_all(CUT) == 0
    # The followed row is the last one. Its first cells lie beneath its title, and no line of them shows below that.
    values.scroll_into_view_if_needed()
    values.evaluate("frame => { frame.scrollLeft = frame.scrollWidth; }")
    settled(page)
    title, last = stage(page, "values").locator(".rowheader").last.bounding_box(), cell(page, "values", 5, 12)
    assert last.evaluate("cell => getComputedStyle(cell).boxShadow") != "none"
    below = {"x": title["x"], "y": title["y"] + title["height"] + 0.5, "width": title["width"] - 2, "height": 2}
    colours = Image.open(io.BytesIO(page.screenshot(clip=below))).convert("RGB").getcolors()
    assert [colour for _, colour in colours] == [(255, 255, 255)]


@pytest.mark.long
def test_one_stage_is_open_at_a_time_by_keyboard_too_and_back_opens_the_one_before(visit: Visit) -> None:
    page = visit(LINK)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for key in ("column_weights", "rank", "scores"):
            line = by_key(page, f"row_{key}").get_by_role("button")
            line.focus()
            page.keyboard.press("Enter")
            expect(stage(page, key)).to_be_visible()
            settled(page)
            expect(page.locator(".attrec-matrix")).to_have_count(1)
            expect(line).to_have_count(0)
            expect(page.get_by_role("heading", level=2).first).to_be_in_viewport()
        page.go_back()
        expect(stage(page, "rank")).to_be_visible()
