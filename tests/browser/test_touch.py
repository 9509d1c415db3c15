"""Touch on a phone: dragging, tapping and sliding work as by mouse, and a finger elsewhere scrolls the page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import FreshProfile, Visit
from .frame import TARGET, address, by_key, settled, titles

pytestmark = pytest.mark.long

Point = tuple[float, float]
LINK = "attention?user=Bilal+Ono&step=20"


@pytest.fixture(scope="module")
def phone(app: str, fresh_profile: FreshProfile) -> Iterator[Visit]:
    """phone(path) -> that page of the app, on a phone."""
    with fresh_profile(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()

        def opened(path: str) -> Page:
            page.goto(f"{app}/{path}")
            settled(page)
            return page

        yield opened


def swipe(page: Page, start: Point, end: Point, steps: int = 8) -> None:
    """Puts a finger down, moves it, rests it and lifts it, so that the page does not scroll on after it."""
    touch, began = page.context.new_cdp_session(page), time.time() - 1

    def report(kind: str, seconds: float, *points: Point) -> None:
        places = [{"x": round(x), "y": round(y)} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places, "timestamp": began + seconds})

    report("touchStart", 0, start)
    for k in range(1, steps + 1):
        report("touchMove", 0.02 * k, tuple(a + (b - a) * k / steps for a, b in zip(start, end, strict=True)))
    report("touchEnd", 0.02 * steps + 0.5)
    touch.detach()


def middle(part: Locator) -> Point:
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_finger_on_an_item_scrolls_the_page_and_on_its_grip_moves_the_item(phone: Visit) -> None:
    page = phone(LINK)
    before, (x, y) = titles(page), middle(page.get_by_test_id("row-1").locator(".title"))
    main = page.locator(".stMain")
    top = main.evaluate("(main) => main.scrollTop")
    for _ in range(9):  # on a busy machine, a page may not have heard the first touch when the second one comes
        swipe(page, (x, y), (x, y - 200))
        page.wait_for_timeout(500)
        if main.evaluate("(main) => main.scrollTop") > top + 50:
            break
    assert main.evaluate("(main) => main.scrollTop") > top + 50
    assert titles(page) == before
    assert "window=" not in page.url
    first, second, third, *rest = before
    page.get_by_test_id("row-4").scroll_into_view_if_needed()
    settled(page)
    start, end = (middle(page.get_by_test_id(f"row-{k}").locator(".grip")) for k in (0, 2))
    swipe(page, start, (end[0], end[1] + 4))
    expect(page.locator(".row .title").nth(2)).to_have_text(first)
    settled(page)
    assert titles(page) == [second, third, first, *rest]
    expect(page).to_have_url(re.compile("window="))


def test_list_and_matrix_share_a_screen(phone: Visit) -> None:
    """With the list at the top of the screen, the matrix with its averages is seen as well."""
    page = phone(LINK)
    first, last = page.get_by_test_id("row-0").bounding_box(), page.get_by_test_id("bar-0").bounding_box()
    assert last["y"] + last["height"] - first["y"] <= page.viewport_size["height"]


def test_a_finger_on_the_first_page_moves_an_item_by_its_grip(phone: Visit) -> None:
    page = phone("")
    chips = page.locator(".narrow .chip")
    start, end = (middle(chips.nth(k).locator(".grip")) for k in (0, 2))
    swipe(page, start, (end[0], end[1] + 4))
    page.wait_for_url(re.compile("window="))


def test_a_finger_sets_a_bar_of_the_attention(phone: Visit) -> None:
    page = phone(LINK)
    page.get_by_text("Set attention by hand").tap()
    expect(page.get_by_role("button", name="Back to the model's attention")).to_be_visible()
    settled(page)
    bars = by_key(page, "attention_map").locator(".average:not(.lost)")
    track = bars.nth(1).locator(".track")
    x, y = middle(track)
    box, url, scrolled = track.bounding_box(), page.url, page.locator(".stMain").evaluate("(main) => main.scrollTop")
    swipe(page, (x, y), (x, box["y"] + 4))
    page.wait_for_function("(url) => location.href !== url", arg=url)
    settled(page)
    assert page.locator(".stMain").evaluate("(main) => main.scrollTop") == scrolled
    shares = [int(text.strip("%\u00a0<")) for text in bars.all_inner_texts()]
    assert max(shares) == shares[1] > 30


CENTRE = """() => {
  const { xaxis, yaxis } = document.querySelector('.attrec-plot-stage')._fullLayout;
  return [xaxis, yaxis].map(({ range: [low, high] }) => (low + high) / 2);
}"""

BESIDE = """() => { // where a user lies, of whom the nearest mark is about 10 pixels away, and the id of that mark
  const chart = document.querySelector('.attrec-plot-stage'), { xaxis, yaxis } = chart._fullLayout;
  const box = chart.getBoundingClientRect();
  const [users, ...marks] = chart._fullData.map(({ x, y, customdata: ids, name }) =>
    Array.from(name === 'users' ? x : ids ?? [], (_, k) => ({ id: ids?.[k], x: xaxis.d2p(x[k]), y: yaxis.d2p(y[k]) })));
  const away = (at) => marks.flat().map(({ id, x, y }) => [Math.hypot(x - at.x, y - at.y), id]);
  const from = (at) => away(at).sort(([a], [b]) => a - b)[0];
  const met = users.find((user) => from(user)[0] > 8 && from(user)[0] < 13);
  return [box.left + xaxis._offset + met.x, box.top + yaxis._offset + met.y, from(met)[1]];
}"""


def test_a_finger_goes_through_the_history_pans_the_map_and_opens_an_item_by_a_tap(phone: Visit) -> None:
    page = phone("metric-space?user=Bilal+Ono&step=20&projection=pca")
    for name, step in (("One item earlier", 19), ("One item later", 20)):
        page.get_by_role("button", name=name).tap()
        page.wait_for_url(re.compile(f"step={step}"))
        settled(page)
    expect(by_key(page, "header_when").get_by_text(re.compile("^item 20 of"))).to_be_visible()
    stage = page.locator("[data-chart=metric_space] .attrec-plot-stage")
    page.locator("[data-chart=metric_space] .scatterlayer .points").first.wait_for()
    settled(page)
    x, y = middle(stage)
    before = page.evaluate(CENTRE)
    swipe(page, (x, y), (x + 60, y + 40))
    page.wait_for_function(f"(before) => ({CENTRE})()[0] < before - 0.01", arg=before[0])
    swipe(page, (x + 60, y + 40), (x, y))
    x, y, title = page.evaluate(TARGET)
    page.touchscreen.tap(x, y)
    expect(page.get_by_role("heading", name=title.split(" · ")[0], exact=True)).to_be_visible()
    settled(page)
    expect(page.get_by_text("The actual next item.")).to_be_visible()
    page.get_by_role("link", name="Why this item? →").tap()
    expect(page.get_by_role("heading", name="Why this item?", level=1)).to_be_attached()
    assert address(page)["item"]
    x, y, item = phone("metric-space?user=Bilal+Ono&step=20&space=long").evaluate(BESIDE)
    page.touchscreen.tap(x, y)  # it meets a user
    page.wait_for_url(re.compile(f"selected={item}"))


def test_a_finger_slides(phone: Visit) -> None:
    page = phone("score-split?user=Bilal+Ono&step=20")
    for key in ("step", "omega"):
        x, y = middle(by_key(page, key).get_by_role("slider").locator("xpath=.."))
        url = page.url
        swipe(page, (x, y), (x - 40, y))
        page.wait_for_function("(url) => location.href !== url", arg=url)
        assert address(page).get(key) not in (None, "20")
        settled(page)


def test_on_a_phone_pages_are_a_tap_away_and_link_and_export_lie_in_a_menu(phone: Visit) -> None:
    page = phone(LINK)
    by_key(page, "tabs").get_by_role("link", name="Score split").tap()
    expect(page.get_by_text("Contribution of each part")).to_be_visible()
    settled(page)
    omega, bars = by_key(page, "omega").bounding_box(), by_key(page, "score_split").bounding_box()
    assert omega["y"] < bars["y"] < 500  # both visible at once, so that a person sees how ω moves the bars
    assert by_key(page, "header_line").bounding_box()["height"] <= 104
    export = page.get_by_role("button", name="Export", exact=True)
    expect(export).to_be_hidden()
    page.get_by_role("button", name="Copy link, export").tap()
    expect(page.get_by_role("button", name="Copy link", exact=True)).to_be_visible()
    expect(export).to_be_visible()


def test_the_menu_of_users_says_whole_that_the_items_are_your_picks(phone: Visit) -> None:
    chosen = by_key(phone("?likes=rocky,amelie,zodiac"), "user").get_by_role("combobox")
    expect(chosen).to_have_value("you: your picks")
    assert chosen.evaluate("node => node.scrollWidth <= node.clientWidth")
