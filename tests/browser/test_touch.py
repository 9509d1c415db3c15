"""Touch on a phone: dragging, tapping and sliding work as by mouse, and a finger elsewhere scrolls the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from pages.frame.page_list import PAGES

from .frame import TARGET, Settled, by_key

FreshProfile = Callable[..., AbstractContextManager[BrowserContext]]
Point = tuple[float, float]


@pytest.fixture(scope="module")
def phone(fresh_profile: FreshProfile) -> Iterator[Page]:
    with fresh_profile(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as context:
        yield context.new_page()


def opened(phone: Page, url: str, settled: Settled) -> Page:
    phone.goto(url)
    settled(phone)
    return phone


def swipe(page: Page, start: Point, end: Point, steps: int = 8) -> None:
    """Puts a finger down, moves it and lifts it, as a touch screen reports it."""
    touch = page.context.new_cdp_session(page)

    def report(kind: str, *points: Point) -> None:
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": round(x), "y": round(y)} for x, y in points]},
        )

    report("touchStart", start)
    for k in range(1, steps + 1):
        report("touchMove", tuple(a + (b - a) * k / steps for a, b in zip(start, end, strict=True)))
    report("touchEnd")
    touch.detach()


def middle(part: Locator) -> Point:
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_finger_on_the_grip_moves_an_item(app: str, phone: Page, settled: Settled) -> None:
    page = opened(phone, f"{app}/attention?user=Bilal+Ono&step=20", settled)
    titles = page.locator(".row .title")
    first, second, third, *rest = titles.all_inner_texts()
    page.get_by_test_id("row-4").scroll_into_view_if_needed()
    start, end = (middle(page.get_by_test_id(f"row-{k}").locator(".grip")) for k in (0, 2))
    swipe(page, start, (end[0], end[1] + 4))
    expect(titles.nth(2)).to_have_text(first)
    settled(page)
    assert titles.all_inner_texts() == [second, third, first, *rest]
    expect(page).to_have_url(re.compile("window="))


def test_a_finger_on_an_item_scrolls_the_page(app: str, phone: Page, settled: Settled) -> None:
    page = opened(phone, f"{app}/attention?user=Bilal+Ono&step=20", settled)
    before, (x, y) = (
        page.locator(".row .title").all_inner_texts(),
        middle(page.get_by_test_id("row-1").locator(".title")),
    )
    top = page.locator(".stMain").evaluate("(main) => main.scrollTop")
    swipe(page, (x, y), (x, y - 200))
    page.wait_for_function("(top) => document.querySelector('.stMain').scrollTop > top + 50", arg=top)
    assert page.locator(".row .title").all_inner_texts() == before
    assert "window=" not in page.url


def test_a_finger_on_the_first_page_moves_an_item_by_its_grip(app: str, phone: Page, settled: Settled) -> None:
    page = opened(phone, f"{app}/", settled)
    chips = page.locator(".narrow .chip")
    start, end = (middle(chips.nth(k).locator(".grip")) for k in (0, 2))
    swipe(page, start, (end[0], end[1] + 4))
    page.wait_for_url(re.compile("window="))


def test_a_finger_sets_a_bar_of_the_attention(app: str, phone: Page, settled: Settled) -> None:
    page = opened(phone, f"{app}/attention?user=Bilal+Ono&step=20", settled)
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


def test_a_finger_pans_the_map_and_a_tap_opens_an_item(app: str, phone: Page, settled: Settled) -> None:
    page = opened(phone, f"{app}/metric-space?user=Bilal+Ono&step=20&projection=pca", settled)
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


@pytest.mark.parametrize(("path", "key", "name"), [("attention", "step", "step="), ("score-split", "omega", "omega=")])
def test_a_finger_slides(path: str, key: str, name: str, app: str, phone: Page, settled: Settled) -> None:
    page = opened(phone, f"{app}/{path}?user=Bilal+Ono&step=20", settled)
    thumb, url = by_key(page, key).get_by_role("slider"), page.url
    x, y = middle(thumb.locator("xpath=.."))
    swipe(page, (x, y), (x - 40, y))
    page.wait_for_function("(url) => location.href !== url", arg=url)
    assert name in page.url


def test_the_name_of_an_icon_does_not_show_above_its_open_popover(app: str, phone: Page, settled: Settled) -> None:
    page = opened(phone, f"{app}/attention?user=Bilal+Ono&step=20", settled)
    icon = page.get_by_role("button", name="How to read this").first
    icon.tap()
    expect(icon).to_have_attribute("aria-expanded", "true")
    assert icon.evaluate("node => getComputedStyle(node.firstElementChild).clipPath") == "inset(50%)"


SMALLEST = 24  # pixels
# What can be touched and is smaller. Of a check box or a radio button it is the label that is touched, of a slider the
# whole line; their own inputs are for the keyboard. A link within a sentence is as high as its line.
TOO_SMALL = """(least) => {
  const kinds = 'a[href], button, input, select, textarea, summary, [role=slider], [role=button], [role=tab], '
    + '[role=switch], [tabindex="0"]';
  const small = new Set();
  const look = (root) => root.querySelectorAll('*').forEach((node) => {
    if (node.shadowRoot) look(node.shadowRoot);
    if (!node.matches(kinds) || !node.checkVisibility({opacityProperty: true, visibilityProperty: true})) return;
    const touched = (node.matches('input') && node.closest('label, .stSlider')) || node;
    const { width, height } = touched.getBoundingClientRect(), size = `${width.toFixed()} × ${height.toFixed()}`;
    if (width < 2 || height < 2 || node.matches('p a, li a, .attrec-skip')) return;
    const name = node.getAttribute('aria-label') || node.textContent.trim().slice(0, 40);
    if (Math.min(width, height) < least) small.add(`${size}: ${node.localName} ${name}`);
  });
  look(document);
  return [...small];
}"""


@pytest.mark.long
@pytest.mark.parametrize("path", [page.key for page in PAGES])
def test_what_a_finger_touches_is_24_pixels_wide_and_high(path: str, app: str, phone: Page, settled: Settled) -> None:
    small: dict[int, list[str]] = {}
    opened(phone, f"{app}/{path}", settled)
    for width in (1440, 390):
        phone.set_viewport_size({"width": width, "height": 844})
        settled(phone)
        small[width] = phone.evaluate(TOO_SMALL, SMALLEST)
    assert small == {1440: [], 390: []}


def test_a_finger_goes_through_the_history_item_by_item(app: str, phone: Page, settled: Settled) -> None:
    page = opened(phone, f"{app}/metric-space?user=Bilal+Ono&step=20&projection=pca", settled)
    page.get_by_role("button", name="One item earlier").tap()
    page.wait_for_url(re.compile("step=19"))
    settled(page)
    page.get_by_role("button", name="One item later").tap()
    page.wait_for_url(re.compile("step=20"))
    settled(page)
    expect(by_key(page, "header_when").get_by_text(re.compile("^item 20 of"))).to_be_visible()


def test_the_menu_of_users_says_whole_that_the_items_are_your_picks(app: str, phone: Page, settled: Settled) -> None:
    page = opened(phone, f"{app}/?likes=rocky,amelie,zodiac", settled)
    chosen = by_key(page, "user").get_by_role("combobox")
    expect(chosen).to_have_value("you: your picks")
    assert chosen.evaluate("node => node.scrollWidth <= node.clientWidth")
