"""Step by step in a real browser: every stage follows the chosen cell, by mouse and by keyboard."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from .frame import Settled

Serve = Callable[..., str]


def opened(page: Page, app: str, settled: Settled, query: str = "") -> Page:
    page.goto(f"{app}/step-by-step?user=Bilal+Ono&step=20&{query}")
    expect(stage(page, "rank").get_by_test_id("cell-0-0")).to_be_visible()
    settled(page)
    return page


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


def test_a_click_off_the_centre_is_followed_by_every_formula_and_a_second_one_clears(
    app: str, page: Page, settled: Settled
) -> None:
    opened(page, app, settled)
    click_off_centre(cell(page, "scores", 2, 4))
    expect(formula(page, r"\mathrm{score}_{2,4} =")).to_have_count(1)
    expect(formula(page, r"\tilde s_{2,4} =")).to_have_count(1)
    expect(formula(page, "w_{4} =")).to_have_count(1)
    for name in ("scores", "softmax", "mask"):
        expect(cell(page, name, 2, 4)).to_have_attribute("aria-selected", "true")
    settled(page)
    assert "cell=2%2C4" in page.url
    click_off_centre(cell(page, "mask", 2, 4))
    expect(page.get_by_text("The largest weight is followed")).to_be_visible()
    settled(page)
    assert "cell=" not in page.url


def test_a_dimension_is_chosen_in_the_vectors(app: str, page: Page, settled: Settled) -> None:
    opened(page, app, settled, "cell=2,4")
    click_off_centre(cell(page, "values", 3, 9))
    for start in ("x_{3,9} =", "z_{3,9} =", "q_{3,9} =", "a_{3,9} =", "m_{9} ="):
        expect(formula(page, start)).to_have_count(1)
    expect(formula(page, r"\mathrm{score}_{3,4} =")).to_have_count(1)


def test_arrows_walk_enter_chooses_escape_lets_go(app: str, page: Page, settled: Settled) -> None:
    opened(page, app, settled, "cell=1,2")
    cell(page, "softmax", 1, 2).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(cell(page, "softmax", 2, 3)).to_be_focused()
    page.keyboard.press("Enter")
    expect(formula(page, r"\tilde s_{2,3} =")).to_have_count(1)
    expect(cell(page, "softmax", 2, 3)).to_be_focused()
    settled(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text("The largest weight is followed")).to_be_visible()


def test_a_title_selects_its_item(app: str, page: Page, settled: Settled) -> None:
    opened(page, app, settled)
    second = stage(page, "rank").locator(".rowheader").nth(1)
    title = second.get_attribute("title")
    second.click()
    expect(page.get_by_role("button", name=f"selected: {title} ×")).to_be_visible()
    expect(page.get_by_text(f"How far the explained item e, “{title}”")).to_be_visible()


def test_on_a_phone_a_matrix_scrolls_within_itself_to_the_followed_dimension(
    app: str, page: Page, settled: Settled
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, app, settled, "cell=2,4&dim=12")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    frame = stage(page, "values").locator(".frame").bounding_box()
    cut = """columns => {
      const end = document.querySelector('[data-stage="values"] .rowheader').getBoundingClientRect().right;
      return columns.filter((column) => {
        const { left, right } = column.getBoundingClientRect();
        return left < end - 1 && right > end + 1;
      }).length; }"""
    box = cell(page, "values", 2, 12).bounding_box()
    assert frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
    opened(page, app, settled, "cell=2,4&dim=7")
    assert stage(page, "values").locator(".frame").evaluate("frame => frame.scrollLeft") > 0
    assert stage(page, "values").locator(".columnheader[data-columnheader]").evaluate_all(cut) == 0


def test_the_list_of_stages_jumps_to_each_and_marks_the_one_on_screen(app: str, page: Page, settled: Settled) -> None:
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        opened(page, app, settled)
        stages = page.get_by_role("navigation", name="Stages")
        here = stages.locator("[aria-current=step]")
        expect(here).to_have_text("Recent items")
        for name in ("Average attention", "Rank", "Attention scores"):
            stages.get_by_role("button", name=name).press("Enter")
            expect(here).to_have_text(name)
            expect(here).to_be_in_viewport(ratio=0.9)
            heading = page.get_by_role("heading", level=2).filter(has_text=name)
            expect(heading).to_be_focused()  # keys and a screen reader go on from there
            expect(heading).to_be_in_viewport()
        box = stages.bounding_box()
        assert heading.bounding_box()["y"] >= box["y"] + box["height"]  # the list stays in sight and covers nothing
        page.mouse.move(width / 2, 500)
        page.mouse.wheel(0, -20_000)
        expect(here).to_have_text("Recent items")


def test_no_line_of_a_cell_that_is_scrolled_away_shows_below_the_titles(app: str, page: Page, settled: Settled) -> None:
    """The followed row is the last one, and its first cells lie beneath its title."""
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, app, settled, "cell=5,4")
    frame = stage(page, "values").locator(".frame")
    frame.scroll_into_view_if_needed()
    frame.evaluate("frame => { frame.scrollLeft = frame.scrollWidth; }")
    settled(page)
    title, last = stage(page, "values").locator(".rowheader").last.bounding_box(), cell(page, "values", 5, 12)
    assert last.evaluate("cell => getComputedStyle(cell).boxShadow") != "none"
    below = {"x": title["x"], "y": title["y"] + title["height"] + 0.5, "width": title["width"] - 2, "height": 2}
    colours = Image.open(io.BytesIO(page.screenshot(clip=below))).convert("RGB").getcolors()
    assert [colour for _, colour in colours] == [(255, 255, 255)]


def test_a_name_that_the_menu_of_items_cuts_ends_in_an_ellipsis(app: str, page: Page, settled: Settled) -> None:
    page.goto(f"{app}/step-by-step?window=sherlock-2,rocky&cell=1,2")
    settled(page)
    chosen = page.get_by_role("combobox", name="Query item, i")
    expect(chosen).to_have_value("1. Sherlock Holmes: A Game of Shadows")
    assert chosen.evaluate("node => node.scrollWidth > node.clientWidth")
    assert chosen.evaluate("node => getComputedStyle(node).textOverflow") == "ellipsis"
