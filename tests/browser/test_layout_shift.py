"""Elements keep their place when a person opens another page; `test_every_page` measures each page as it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .conftest import Visit, watched_context
from .frame import MOST, OBSERVE_SHIFTS, settled, turn_to, what_moves

pytestmark = pytest.mark.long

# Puts at the top of another page the placeholder of an element whose code never loads.
STILL_TO_COME = """() => {
  document.querySelector('.stMainBlockContainer').insertAdjacentHTML('afterbegin', '<p data-testid="stSkeleton"></p>');
  history.pushState({}, '', 'elsewhere');
}"""
# The code of Plotly, and that of the controls and components of a page, which Streamlit loads when it needs them.
COMES_LATE = re.compile(r"/plotly-|/js/(ButtonGroup|Selectbox|Slider|BidiComponent)\.")
SIZES = {1440: 900, 390: 844}


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    with watched_context(chromium) as context:
        context.add_init_script(OBSERVE_SHIFTS)
        yield context.new_page()


def resize(tab: Page, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": SIZES[width]})


@pytest.mark.parametrize("width", SIZES)
def test_a_turn_shows_the_next_page_when_it_stands(width: int, tab: Page, app: str) -> None:
    def turn(name: str, inside: str) -> None:
        turn_to(tab, name)
        expect(tab.locator(inside).first).to_be_visible()

    def back() -> None:
        tab.go_back()
        expect(tab.locator("h2").first).to_be_visible()

    pages = {"Why this item?": "h2", "Data": "h2", "Start": "h1", "Step by step": "h2"}
    turns = [partial(turn, name, inside) for name, inside in pages.items()]
    resize(tab, width)
    opened = partial(tab.goto, f"{app}/attention")
    assert what_moves(tab, opened, *turns, back) == []


@pytest.mark.parametrize(
    ("path", "width"), [("metric-space", 1440), ("score-split", 1440), ("why", 390), ("metric-space", 390)]
)
def test_a_chart_and_its_controls_keep_their_room_until_they_come(path: str, width: int, tab: Page, app: str) -> None:
    """What a busy machine does: the veil is lifted before the code of the controls and of Plotly is there."""
    resize(tab, width)
    held: list[Route] = []
    tab.route(COMES_LATE, lambda route: held.append(route))
    tab.goto(f"{app}/{path}", wait_until="commit")
    tab.wait_for_function("() => window.attrecLate")
    names = {COMES_LATE.search(route.request.url)[0] for route in held}
    assert len(names) >= 3, names
    while held:  # lets them come
        held.pop().continue_()
    tab.unroute(COMES_LATE)
    expect(tab.locator(".attrec-plot .main-svg, .figure button").first).to_be_visible()
    settled(tab)
    shifts = tab.evaluate("window.attrecShifts.splice(0)")
    assert sum(value for value, *_ in shifts) < MOST, shifts


def test_what_never_arrives_hides_nothing_else(visit: Visit) -> None:
    page = visit("attention")
    page.evaluate(STILL_TO_COME)
    expect(page.get_by_test_id("cell-0-1").first).to_be_hidden()
    expect(page.get_by_test_id("cell-0-1").first).to_be_visible()
