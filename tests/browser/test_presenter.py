"""The presenter mode in a real browser: keys that change the scene, keys that must not, large type, and clicks."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from .frame import Settled, by_key, hover_chart, violations

pytestmark = pytest.mark.long

MIDDLE_OF_BAR = """(n) => {
  const bar = document.querySelectorAll('.st-key-score_split .bars .point path')[n].getBoundingClientRect();
  return [bar.x + bar.width / 2, bar.y + bar.height / 2];
}"""

# For each drawn chart: position and size of the chart, its plot, its ticks and its notes. Positions are those in the
# page, not on the screen, because for a while a scene scrolls to its figure.
CHARTS = """() => {
  const place = (part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    return [x, y + document.querySelector('.stMain').scrollTop, width, height].map(Math.round);
  };
  const parts = '.main-svg, .bg, .xtick text, .ytick text, .annotation';
  return Object.fromEntries([...document.querySelectorAll('.attrec-plot-stage')]
    .filter((stage) => stage._fullLayout && stage.offsetWidth)
    .map((stage) => [stage.closest('[data-chart]').dataset.chart,
      [stage, ...stage.querySelectorAll(parts)].map(place)]));
}"""


@pytest.fixture
def shown(app: str, page: Page, settled: Settled) -> Page:
    page.goto(f"{app}/?scene=1")
    expect(page.locator(".attrec-presenter footer")).to_contain_text("Scene 1 of 6")
    settled(page)
    return page


def picture(page: Page, high: float) -> bytes:
    """Returns the pixels of the window above a height. A screenshot with a clip would be composed in another way."""
    whole = Image.open(io.BytesIO(page.screenshot()))
    return whole.crop((0, 0, whole.width, int(high))).tobytes()


def is_scene(page: Page, number: int) -> None:
    expect(page).to_have_url(re.compile(rf"[?&]scene={number}\b"))
    expect(page.locator(".attrec-presenter footer")).to_contain_text(f"Scene {number} of 6")


def test_number_keys_go_to_scenes_and_escape_leaves(shown: Page, settled: Settled) -> None:
    page = shown
    start = by_key(page, "bar").get_by_role("link", name="Start", exact=True)
    expect(start).to_be_hidden()
    for key in ("4", "2", "6", "1"):
        page.keyboard.press(key)
        is_scene(page, int(key))
    settled(page)
    page.keyboard.press("9")
    settled(page)
    is_scene(page, 1)
    page.keyboard.press("Escape")
    expect(page.locator(".attrec-presenter")).to_have_count(0)
    expect(start).to_be_visible()
    assert "scene" not in page.url


KEY_1_ONCE_THE_ADDRESS_HAS_CHANGED = """() => {
  const push = history.pushState;
  history.pushState = function (...all) {
    history.pushState = push;
    push.apply(history, all);
    setTimeout(() => document.dispatchEvent(new KeyboardEvent('keydown', { key: '1' })));
  };
}"""


def test_a_key_before_the_page_of_the_last_one_is_drawn_leads_to_its_scene(shown: Page, settled: Settled) -> None:
    shown.evaluate(KEY_1_ONCE_THE_ADDRESS_HAS_CHANGED)
    shown.keyboard.press("6")  # a scene on another page
    expect(shown).to_have_url(re.compile(r"/attention\?.*scene=1\b"))
    settled(shown)
    expect(shown.get_by_role("heading", level=1)).to_have_text("Attention")


def test_one_key_is_one_entry_of_the_history(shown: Page) -> None:
    page = shown
    page.keyboard.press("3")
    is_scene(page, 3)
    page.keyboard.press("5")
    is_scene(page, 5)
    page.go_back()
    is_scene(page, 3)
    expect(by_key(page, "presenter_head").get_by_role("heading")).to_have_text("Attention is not influence")
    page.go_back()
    is_scene(page, 1)


def test_arrows_and_page_keys_go_on_and_back_where_nothing_has_the_focus(shown: Page, settled: Settled) -> None:
    page = shown
    for key, number in (("ArrowRight", 2), ("PageDown", 3), ("PageUp", 2), ("ArrowLeft", 1)):
        page.keyboard.press(key)
        is_scene(page, number)
    settled(page)
    page.keyboard.press("ArrowLeft")
    settled(page)
    is_scene(page, 1)


def test_arrows_in_the_map_walk_and_a_digit_there_is_a_scene(shown: Page, settled: Settled) -> None:
    page = shown
    by_key(page, "attention_map").get_by_test_id("cell-0-1").focus()
    page.keyboard.press("ArrowRight")
    expect(by_key(page, "attention_map").get_by_test_id("cell-0-2")).to_be_focused()
    settled(page)
    is_scene(page, 1)
    page.keyboard.press("5")
    is_scene(page, 5)


def test_typing_a_digit_into_a_search_is_typing(shown: Page, settled: Settled) -> None:
    page = shown
    search = page.get_by_role("combobox", name="Add an item")
    search.press_sequentially("300")
    expect(search).to_have_value("300")
    settled(page)
    is_scene(page, 1)
    page.keyboard.press("Escape")
    settled(page)
    is_scene(page, 1)


def test_escape_in_a_field_leaves_the_list_then_the_field_then_the_scene(shown: Page, settled: Settled) -> None:
    page = shown
    search = page.get_by_role("combobox", name="Add an item")
    search.press_sequentially("ali")
    page.keyboard.press("Escape")
    expect(search).to_have_value("")
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    expect(search).not_to_be_focused()
    settled(page)
    is_scene(page, 1)
    page.keyboard.press("Escape")
    expect(page.locator(".attrec-presenter")).to_have_count(0)


def test_the_second_scene_follows_the_number_that_it_speaks_of(shown: Page, settled: Settled) -> None:
    page = shown
    page.keyboard.press("2")
    is_scene(page, 2)
    settled(page)
    head = by_key(page, "presenter_head").inner_text()
    weights = page.locator('[data-stage="mask"]')
    followed = weights.locator('[aria-selected="true"]')
    expect(followed).to_have_count(1)
    column = int(followed.get_attribute("data-column"))
    assert f"“{weights.locator('.columnheader').nth(column).get_attribute('title')}”" in head


def test_a_digit_at_a_slider_is_a_scene_and_an_arrow_moves_it(shown: Page, settled: Settled) -> None:
    page = shown
    page.keyboard.press("4")
    is_scene(page, 4)
    settled(page)
    omega = page.get_by_role("slider", name="ω, the weight")
    omega.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"omega="))
    is_scene(page, 4)
    page.keyboard.press("2")
    is_scene(page, 2)


def test_a_scene_again_is_as_it_was_prepared(shown: Page, settled: Settled) -> None:
    page = shown
    titles = page.locator(".row .title").all_inner_texts()
    page.get_by_test_id("row-0").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".row")).to_have_count(len(titles) - 1)
    settled(page)
    page.keyboard.press("1")
    expect(page.locator(".row")).to_have_count(len(titles))
    assert page.locator(".row .title").all_inner_texts() == titles


def test_the_foot_has_buttons_for_the_mouse(shown: Page) -> None:
    page = shown
    page.get_by_role("button", name="Next scene (right arrow)").click()
    is_scene(page, 2)
    page.get_by_role("button", name="Esc to exit").click()
    expect(page.locator(".attrec-presenter")).to_have_count(0)


@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080)])
def test_large_type_shows_the_figure_whole_and_clicks_still_hit(
    size: tuple[int, int],
    app: str,
    page: Page,
    settled: Settled,
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{app}/?scene=1")
    settled(page)
    foot = page.locator(".attrec-presenter footer").bounding_box()
    matrix = by_key(page, "attention_map")
    for test_id in ("cell-0-1", "cell-4-3", "bar-4"):
        box = matrix.get_by_test_id(test_id).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
        assert box["y"] >= 0 and box["y"] + box["height"] <= foot["y"]
    matrix.get_by_test_id("cell-0-2").hover()
    cell, tip = (matrix.locator(part).bounding_box() for part in ('[data-testid="cell-0-2"]', ".tip"))
    assert abs(tip["y"] + tip["height"] - cell["y"]) < 20
    handle, target = (page.get_by_test_id(f"row-{k}").locator(".grip").bounding_box() for k in (0, 2))
    first = page.locator(".row .title").first.inner_text()
    page.mouse.move(handle["x"] + 8, handle["y"] + 16)
    page.mouse.down()
    page.mouse.move(target["x"] + 8, target["y"] + 16, steps=6)
    page.mouse.move(target["x"] + 8, target["y"] + 24)
    page.mouse.up()
    expect(page.locator(".row .title").nth(2)).to_have_text(first)

    page.keyboard.press("4")
    is_scene(page, 4)
    page.locator(".st-key-score_split .bars .point path").first.wait_for()
    settled(page)
    label = page.locator(".st-key-score_split .ytick text").nth(5).text_content()
    at = page.evaluate(MIDDLE_OF_BAR, 5)
    hover_chart(page, "score_split", at)
    page.mouse.click(*at)
    chip = by_key(page, "chip").get_by_role("button")
    expect(chip).to_be_visible()
    title = chip.inner_text().removeprefix("selected: ").removesuffix(" ×")
    assert title.replace(" ", "") in label.replace(" ", "")  # the label may have two lines


@pytest.mark.parametrize(
    ("scene", "heading"), [(3, "Does attention mean influence?"), (6, "Does attention match influence?")]
)
def test_a_scene_begins_at_a_heading_and_not_in_the_middle_of_a_line(
    scene: int, heading: str, app: str, page: Page, settled: Settled
) -> None:
    page.goto(f"{app}/?scene=1")
    settled(page)
    page.keyboard.press(str(scene))
    is_scene(page, scene)
    settled(page)
    end = by_key(page, "presenter_head").bounding_box()
    box = page.get_by_role("heading", name=heading, exact=True).bounding_box()
    assert -1 <= box["y"] - end["y"] - end["height"] < 24
    assert cut_at(page, end["y"] + end["height"]) == []


def cut_at(page: Page, height: float) -> list[str]:
    """Returns the paragraphs and headings that a horizontal line at this height cuts."""
    return page.locator(".stMarkdown :is(p, h2)").evaluate_all(
        """(all, y) => all.filter((one) => {
          const box = one.getBoundingClientRect();
          return !one.closest('.st-key-presenter_head') && box.top < y && box.bottom > y + 1;
        }).map((one) => one.textContent)""",
        height,
    )


def test_what_the_foot_stands_on_hides_nothing_of_the_maps(app: str, page: Page, settled: Settled) -> None:
    """Everything above the foot is drawn whole, with the foot or without."""
    page.goto(f"{app}/?scene=5")
    page.locator('[data-chart="metric_space"] .scatterlayer .points').first.wait_for()
    settled(page)
    foot = page.locator(".attrec-presenter footer").bounding_box()["y"]
    with_foot = picture(page, foot)
    page.add_style_tag(content=".attrec-presenter footer { visibility: hidden }")
    expect(page.locator(".attrec-presenter footer")).to_be_hidden()
    assert picture(page, foot) == with_foot


def charts(page: Page, settled: Settled) -> dict[str, list[list[int]]]:
    """Returns `CHARTS`. First draws the charts that the scene has scrolled past, which wait until they come near."""
    settled(page)
    page.evaluate("document.querySelectorAll('.attrec-plot').forEach((box) => box.drawNow())")
    settled(page)
    return page.evaluate(CHARTS)


@pytest.mark.parametrize(("scene", "size"), [(3, (1600, 1000)), (5, (1920, 1080))])
def test_another_window_shows_the_charts_as_a_fresh_load_does(
    scene: int, size: tuple[int, int], app: str, page: Page, settled: Settled
) -> None:
    page.goto(f"{app}/?scene={scene}")
    settled(page)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    resized = charts(page, settled)
    page.reload()
    fresh = charts(page, settled)
    assert fresh
    assert resized == fresh


# The texts in the window with letters smaller than 20 pixels, also in shadow roots and in SVG.
SMALL = """() => {
  const small = [], seen = (node) => {
    const { width, height, top, bottom } = node.getBoundingClientRect();
    const { visibility, opacity } = getComputedStyle(node);
    return width > 2 && height > 2 && bottom > 0 && top < innerHeight && visibility === 'visible' && opacity !== '0';
  };
  const walk = (root) => root.querySelectorAll('*').forEach((node) => {
    if (node.shadowRoot) walk(node.shadowRoot);
    const own = [...node.childNodes].filter((child) => child.nodeType === 3);
    const text = own.map((child) => child.textContent.trim()).join('');
    if (!text.replace(/\u200b/g, '') || !seen(node) || node.closest('.katex-mathml')) return;
    const { a, b } = node.getScreenCTM?.() ?? { a: node.currentCSSZoom, b: 0 };
    const drawn = parseFloat(getComputedStyle(node).fontSize) * Math.hypot(a, b);
    if (drawn < 19.9 && !node.closest('.katex')) small.push(`${text.slice(0, 30)}: ${drawn.toFixed(1)}`);
  });
  walk(document);
  return small;
}"""
FIGURES = {
    1: ["attention_map", "ranking"],
    2: ["stage_mask"],
    4: ["score_split", "distances"],
    5: ["metric_space"],
    6: ["taus", "causes", "causes) + *"],  # also the sentence below
}


@pytest.mark.parametrize("scene", range(1, 7))
def test_a_scene_is_one_screen_legible_from_far_and_axe_finds_nothing_serious(
    scene: int, app: str, page: Page, settled: Settled
) -> None:
    for width, height in ((1920, 1080), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{app}/?scene={scene}")
        settled(page)
        assert page.evaluate(SMALL) == []
        for hidden in ("groups", "header_line"):
            assert not by_key(page, hidden).is_visible()
        for name in FIGURES.get(scene, []):
            head = by_key(page, "presenter_head").bounding_box()
            figure = page.locator(f":has(> .st-key-{name}" if ")" in name else f".st-key-{name}").bounding_box()
            foot = page.locator(".attrec-presenter footer").bounding_box()
            assert figure["y"] >= head["y"] + head["height"] - 1
            assert figure["y"] + figure["height"] <= foot["y"] + 1
        if height == 900:  # in a higher window more stages of scene 2 begin
            assert cut_at(page, page.locator(".attrec-presenter footer").bounding_box()["y"]) == []
        if by_key(page, "chip").is_visible():  # it covers nothing of the sentence
            sentence = page.locator(".st-key-presenter_head p").last.bounding_box()
            chip = by_key(page, "chip").bounding_box()
            above = chip["y"] + chip["height"] <= sentence["y"] + 4
            assert above or chip["y"] >= sentence["y"] + sentence["height"] - 4
        title = by_key(page, "presenter_head").get_by_role("heading").locator("span").first.bounding_box()
        said = by_key(page, "header_said").bounding_box()
        beside = title["x"] + title["width"] < said["x"]
        assert beside or title["y"] + title["height"] <= said["y"] or said["y"] + said["height"] <= title["y"]
        assert not (faults := violations(page)), "\n".join(faults)


CUT_ENDS = """() => [...document.querySelectorAll('.attrec-matrix')].flatMap((matrix) => {
  const { right } = matrix.querySelector('.frame').getBoundingClientRect();
  return [...matrix.querySelectorAll('.end')].filter((end) => end.getBoundingClientRect().right > right + 1)
    .map((end) => `${matrix.dataset.stage}: ${end.textContent}`);
})"""


def test_the_ends_of_the_rows_stay_in_view_where_a_matrix_has_to_scroll(shown: Page, settled: Settled) -> None:
    shown.keyboard.press("2")
    is_scene(shown, 2)
    settled(shown)
    widths = "(frame) => [frame.clientWidth, frame.scrollWidth]"
    room, needed = shown.locator('[data-stage="values"] .frame').evaluate(widths)
    assert needed > room
    assert shown.evaluate(CUT_ENDS) == []


def test_a_pointed_slider_writes_nothing_through_the_heading_below(shown: Page, settled: Settled) -> None:
    shown.keyboard.press("4")
    is_scene(shown, 4)
    settled(shown)
    shown.locator(".stSlider").last.hover()
    expect(shown.locator(".stSlider").last.get_by_test_id("stSliderThumbValue")).to_be_visible()
    expect(shown.locator(".stSlider").last.get_by_test_id("stSliderTickBar")).to_be_hidden()
