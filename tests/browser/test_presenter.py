"""The presenter mode in a real browser: keys that change the scene, keys that must not, large type, and clicks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import USUAL_WINDOW, Visit
from .frame import SMALL, by_key, settled, titles, violations

pytestmark = pytest.mark.long

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
def shown(visit: Visit) -> Page:
    page = visit("?scene=1")
    is_scene(page, 1)
    return page


def is_scene(page: Page, number: int) -> None:
    expect(page).to_have_url(re.compile(rf"[?&]scene={number}\b"))
    expect(page.locator(".attrec-presenter footer")).to_contain_text(f"Scene {number} of 6")


def go_to(page: Page, number: int) -> None:
    page.keyboard.press(str(number))
    is_scene(page, number)
    settled(page)


def test_number_keys_arrows_page_keys_and_the_foot_lead_through_the_scenes_and_escape_leaves(shown: Page) -> None:
    page = shown
    start = by_key(page, "bar").get_by_role("link", name="Start", exact=True)
    expect(start).to_be_hidden()
    keys = ("4", "2", "6", "1", "ArrowRight", "PageDown", "PageUp", "ArrowLeft")
    for key, number in zip(keys, (4, 2, 6, 1, 2, 3, 2, 1), strict=True):
        page.keyboard.press(key)
        is_scene(page, number)
    settled(page)
    for key in ("9", "ArrowLeft"):
        page.keyboard.press(key)
        settled(page)
        is_scene(page, 1)
    page.get_by_role("button", name="Next scene (right arrow)").click()
    is_scene(page, 2)
    page.get_by_role("button", name="Esc to exit").click()
    expect(page.locator(".attrec-presenter")).to_have_count(0)
    page.go_back()
    is_scene(page, 2)
    page.keyboard.press("Escape")
    expect(page.locator(".attrec-presenter")).to_have_count(0)
    expect(start).to_be_visible()
    assert "scene" not in page.url


# Presses a key as soon as the link to another page is clicked; later: once the address has changed.
AT_ONCE = """([key, later]) => {
  const press = () => setTimeout(() => document.dispatchEvent(new KeyboardEvent('keydown', { key })));
  if (!later) { document.addEventListener('click', press, { capture: true, once: true }); return; }
  const push = history.pushState;
  history.pushState = function (...all) { history.pushState = push; push.apply(history, all); press(); };
}"""


@pytest.mark.parametrize("later", [False, True])
def test_a_key_before_the_page_of_the_last_one_is_drawn_counts_once_it_is_there(later: bool, shown: Page) -> None:
    for key, url in (("1", r"/attention\?.*scene=1\b"), ("Escape", r"/at-large\?(?!.*scene)")):
        shown.evaluate(AT_ONCE, [key, later])
        shown.keyboard.press("6")  # a scene on another page
        expect(shown).to_have_url(re.compile(url))
        settled(shown)
        expect(shown).to_have_url(re.compile(url))
    expect(shown.locator(".attrec-presenter")).to_have_count(0)


def test_who_leaves_a_scene_that_is_scrolled_to_its_figure_is_at_the_top_of_the_page(shown: Page) -> None:
    shown.keyboard.press("6")
    shown.wait_for_function("() => document.querySelector('.stMain')?.scrollTop > 0")
    settled(shown)
    shown.keyboard.press("Escape")
    expect(shown.locator(".attrec-presenter")).to_have_count(0)
    settled(shown)
    assert shown.locator(".stMain").evaluate("(main) => main.scrollTop") == 0


def test_one_key_is_one_entry_of_the_history_and_a_scene_again_is_as_it_was_prepared(shown: Page) -> None:
    page = shown
    for number in (3, 5):
        page.keyboard.press(str(number))
        is_scene(page, number)
    page.go_back()
    is_scene(page, 3)
    expect(by_key(page, "presenter_head").get_by_role("heading")).to_have_text("Attention is not influence")
    page.go_back()
    is_scene(page, 1)
    settled(page)
    prepared = titles(page)
    page.get_by_test_id("row-0").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".row")).to_have_count(len(prepared) - 1)
    settled(page)
    page.locator(".stMain").evaluate("(main) => main.scrollTo(0, 40)")
    page.keyboard.press("1")
    expect(page.locator(".row")).to_have_count(len(prepared))
    assert titles(page) == prepared
    page.wait_for_function("() => !document.querySelector('.stMain').scrollTop")


def test_a_key_in_a_matrix_a_field_or_a_slider_is_theirs_and_a_digit_that_they_do_not_use_a_scene(shown: Page) -> None:
    page = shown
    search = page.get_by_role("combobox", name="Add an item")
    search.press_sequentially("300")
    expect(search).to_have_value("300")
    settled(page)
    is_scene(page, 1)
    search.fill("")
    search.press_sequentially("ali")
    page.keyboard.press("Escape")  # leaves the list
    expect(search).to_have_value("")
    expect(search).to_be_focused()
    page.keyboard.press("Escape")  # leaves the field
    expect(search).not_to_be_focused()
    settled(page)
    is_scene(page, 1)
    by_key(page, "attention_map").get_by_test_id("cell-0-1").focus()
    page.keyboard.press("ArrowRight")
    expect(by_key(page, "attention_map").get_by_test_id("cell-0-2")).to_be_focused()
    settled(page)
    is_scene(page, 1)
    go_to(page, 4)
    page.get_by_role("slider", name="ω, the weight").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"omega="))
    is_scene(page, 4)
    slider = page.locator(".stSlider").last
    slider.hover()  # writes nothing through the heading below
    expect(slider.get_by_test_id("stSliderThumbValue")).to_be_visible()
    expect(slider.get_by_test_id("stSliderTickBar")).to_be_hidden()
    page.keyboard.press("2")
    is_scene(page, 2)


CUT_ENDS = """() => [...document.querySelectorAll('.attrec-matrix')].flatMap((matrix) => {
  const { right } = matrix.querySelector('.frame').getBoundingClientRect();
  return [...matrix.querySelectorAll('.end')].filter((end) => end.getBoundingClientRect().right > right + 1)
    .map((end) => `${matrix.dataset.stage}: ${end.textContent}`);
})"""


def test_the_second_scene_follows_the_number_that_it_speaks_of_and_keeps_the_ends_of_its_rows(visit: Visit) -> None:
    page = visit("?scene=2")
    head = by_key(page, "presenter_head").inner_text()
    weights = page.locator('[data-stage="mask"]')
    followed = weights.locator('[aria-selected="true"]')
    expect(followed).to_have_count(1)
    column = int(followed.get_attribute("data-column"))
    assert f"“{weights.locator('.columnheader').nth(column).get_attribute('title')}”" in head
    assert page.evaluate(CUT_ENDS) == []


# Whether the heading of the scene's figure begins below the head of the scene.
AT_HEAD = """(name) => {
  const heading = [...document.querySelectorAll('h2')].find((one) => one.innerText.startsWith(name));
  const end = document.querySelector('.st-key-presenter_head').getBoundingClientRect().bottom;
  const { top } = heading.getBoundingClientRect();
  return top > end - 3 && top < end + 24;
}"""


def test_in_a_window_of_another_size_the_scene_still_begins_with_its_figure(visit: Visit) -> None:
    page = visit("?scene=2")
    settled(page)
    for size in ({"width": 1024, "height": 768}, {"width": 800, "height": 600}, USUAL_WINDOW):
        page.set_viewport_size(size)
        page.wait_for_function(AT_HEAD, arg="7 · Mask")


def test_a_pointer_that_rests_shows_no_tip_over_the_next_scene(visit: Visit) -> None:
    page = visit("?scene=1")
    settled(page)
    cell, tip = (by_key(page, "attention_map").locator(part) for part in ('[data-testid="cell-0-1"]', ".tip"))
    cell.hover()
    expect(tip).to_be_visible()
    go_to(page, 2)
    go_to(page, 1)
    expect(tip).to_have_text(re.compile("attends to"))
    expect(tip).to_be_hidden()
    cell.hover(position={"x": 4, "y": 4})
    expect(tip).to_be_visible()


def test_large_type_shows_the_figure_whole_and_clicks_still_hit(page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    visit("?scene=1")
    foot = page.locator(".attrec-presenter footer").bounding_box()
    matrix = by_key(page, "attention_map")
    for test_id in ("cell-0-1", "cell-4-3", "bar-4"):
        box = matrix.get_by_test_id(test_id).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1920
        assert box["y"] >= 0 and box["y"] + box["height"] <= foot["y"]
    matrix.get_by_test_id("cell-0-2").hover()
    cell, tip = (matrix.locator(part).bounding_box() for part in ('[data-testid="cell-0-2"]', ".tip"))
    assert abs(tip["y"] + tip["height"] - cell["y"]) < 20
    handle, target = (page.get_by_test_id(f"row-{k}").locator(".grip").bounding_box() for k in (0, 2))
    first = titles(page)[0]
    page.mouse.move(handle["x"] + 8, handle["y"] + 16)
    page.mouse.down()
    page.mouse.move(target["x"] + 8, target["y"] + 16, steps=6)
    page.mouse.move(target["x"] + 8, target["y"] + 24)
    page.mouse.up()
    expect(page.locator(".row .title").nth(2)).to_have_text(first)
    page.keyboard.press("4")
    is_scene(page, 4)
    row = by_key(page, "score_split").get_by_test_id("split-5")
    row.wait_for()
    settled(page)
    label = row.locator("bdi").inner_text()
    row.click()
    chip = by_key(page, "chip").get_by_role("button")
    expect(chip).to_be_visible()
    title = chip.inner_text().removeprefix("selected: ").removesuffix(" ×")
    assert title == label


def test_on_a_phone_each_scene_is_one_screen_and_no_outline_is_seen_between_two(page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit("?scene=1")
    for scene in (1, 2, 3, 4, 5, 6):
        go_to(page, scene)
        over = page.locator(".stMain").evaluate("(main) => main.scrollHeight - main.clientHeight")
        assert (scene, over) == (scene, 0)
    page.evaluate("document.documentElement.classList.add('attrec-veiled')")
    assert page.evaluate("getComputedStyle(document.body, '::before').backgroundImage") == "none"


def charts(page: Page) -> dict[str, list[list[int]]]:
    """Returns `CHARTS`. First draws the charts that the scene has scrolled past, which wait until they come near."""
    settled(page)
    page.evaluate("document.querySelectorAll('.attrec-plot').forEach((box) => box.drawNow())")
    settled(page)
    return page.evaluate(CHARTS)


@pytest.mark.parametrize(("scene", "size"), [(4, (1600, 1000)), (5, (1920, 1080))])
def test_another_window_shows_the_charts_as_a_fresh_load_does(scene: int, size: tuple[int, int], visit: Visit) -> None:
    page = visit(f"?scene={scene}")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    resized = charts(page)
    page.reload()
    fresh = charts(page)
    assert fresh
    assert resized == fresh


def cut_at(page: Page, height: float) -> list[str]:
    """Returns the paragraphs and headings that a horizontal line at this height cuts."""
    return page.locator(".stMarkdown :is(p, h2)").evaluate_all(
        """(all, y) => all.filter((one) => {
          const box = one.getBoundingClientRect();
          return !one.closest('.st-key-presenter_head') && box.top < y && box.bottom > y + 1;
        }).map((one) => one.textContent)""",
        height,
    )


# Where these scenes begin, after a key: at a heading, and not in the middle of a line.
BEGINS = {3: "Does attention mean influence?", 6: "Does attention match influence?"}
FIGURES = {
    1: ["attention_map", "ranking"],
    2: ["stage_matrix"],
    4: ["score_split", "distances"],
    5: ["metric_space"],
    6: ["taus", "causes", "causes) + *"],  # also the sentence below
}


def check_screen(page: Page, scene: int) -> None:
    """All letters are large, the figure stands between head and foot, and nothing covers anything else."""
    assert (scene, page.evaluate(SMALL, [19.9, True])) == (scene, [])
    for hidden in ("groups", "header_line"):
        assert not by_key(page, hidden).is_visible()
    head = by_key(page, "presenter_head").bounding_box()
    foot = page.locator(".attrec-presenter footer").bounding_box()
    for name in FIGURES.get(scene, []):
        figure = page.locator(f":has(> .st-key-{name}" if ")" in name else f".st-key-{name}").bounding_box()
        assert figure["y"] >= head["y"] + head["height"] - 1, (scene, name)
        assert figure["y"] + figure["height"] <= foot["y"] + 1, (scene, name)
    if by_key(page, "chip").is_visible():  # it covers nothing of the sentence
        sentence = page.locator(".st-key-presenter_head p").last.bounding_box()
        chip = by_key(page, "chip").bounding_box()
        above = chip["y"] + chip["height"] <= sentence["y"] + 4
        assert above or chip["y"] >= sentence["y"] + sentence["height"] - 4, scene
    title = by_key(page, "presenter_head").get_by_role("heading").locator("span").first.bounding_box()
    said = by_key(page, "header_said").bounding_box()
    beside = title["x"] + title["width"] < said["x"]
    assert beside or title["y"] + title["height"] <= said["y"] or said["y"] + said["height"] <= title["y"], scene


def test_each_scene_is_one_screen_legible_from_far_and_axe_finds_nothing_serious(shown: Page) -> None:
    page = shown
    for size in (USUAL_WINDOW, {"width": 1920, "height": 1080}):
        page.set_viewport_size(size)
        for scene in (2, 3, 4, 5, 6, 1):
            go_to(page, scene)
            check_screen(page, scene)
            if size != USUAL_WINDOW:
                continue
            if scene in BEGINS:
                head = by_key(page, "presenter_head").bounding_box()
                end = head["y"] + head["height"]
                heading = page.get_by_role("heading", name=BEGINS[scene], exact=True).bounding_box()
                assert -1 <= heading["y"] - end < 24, scene
                assert cut_at(page, end) == []
            assert cut_at(page, page.locator(".attrec-presenter footer").bounding_box()["y"]) == []
            assert not (faults := violations(page)), "\n".join(faults)
