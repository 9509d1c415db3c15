"""Elements keep their place when a person opens another page; `test_every_page` measures each page as it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .conftest import watched_context
from .frame import MOST, OBSERVE_SHIFTS, Settled, turn_to, what_moves

pytestmark = pytest.mark.long

# Puts at the top of another page the placeholder of an element whose code never loads.
STILL_TO_COME = """() => {
  document.querySelector('.stMainBlockContainer').insertAdjacentHTML('afterbegin', '<p data-testid="stSkeleton"></p>');
  history.pushState({}, '', 'elsewhere');
}"""
# The code of Plotly, and that of the controls and components of a page, which Streamlit loads when it needs them.
COMES_LATE = re.compile(r"/plotly-|/js/(ButtonGroup|Selectbox|Slider|BidiComponent)\.")
SIZES = {1440: 900, 390: 844}


@pytest.fixture(scope="module", params=SIZES)
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with watched_context(chromium, viewport={"width": request.param, "height": SIZES[request.param]}) as context:
        context.add_init_script(OBSERVE_SHIFTS)
        yield context.new_page()


def test_a_turn_shows_the_next_page_when_it_stands(visit: Page, app: str, settled: Settled) -> None:
    def turn(name: str, inside: str) -> None:
        turn_to(visit, name)
        expect(visit.locator(inside).first).to_be_visible()

    def back() -> None:
        visit.go_back()
        expect(visit.locator("h2").first).to_be_visible()

    pages = {"Why this item?": "h2", "Data": "h2", "Start": "h1", "Step by step": "h2"}
    turns = [partial(turn, name, inside) for name, inside in pages.items()]
    opened = partial(visit.goto, f"{app}/attention")
    assert what_moves(visit, settled, opened, *turns, back) == []


@pytest.mark.parametrize("path", ["metric-space", "score-split", "why"])
def test_a_chart_and_its_controls_keep_their_room_until_they_come(
    path: str, visit: Page, app: str, settled: Settled
) -> None:
    """What a busy machine does: the veil is lifted before the code of the controls and of Plotly is there."""
    held: list[Route] = []
    visit.route(COMES_LATE, lambda route: held.append(route))
    visit.goto(f"{app}/{path}", wait_until="commit")
    visit.wait_for_function("() => window.attrecLate")
    names = {COMES_LATE.search(route.request.url)[0] for route in held}
    assert len(names) >= 3, names
    while held:  # lets them come
        held.pop().continue_()
    visit.unroute(COMES_LATE)
    expect(visit.locator(".attrec-plot .main-svg").first).to_be_visible()
    settled(visit)
    shifts = visit.evaluate("window.attrecShifts.splice(0)")
    assert sum(value for value, *_ in shifts) < MOST, shifts


def test_what_never_arrives_hides_nothing_else(app: str, chromium: Browser) -> None:
    with watched_context(chromium, viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{app}/attention")
        expect(page.get_by_test_id("cell-0-1").first).to_be_visible()
        page.evaluate(STILL_TO_COME)
        expect(page.get_by_test_id("cell-0-1").first).to_be_hidden()
        expect(page.get_by_test_id("cell-0-1").first).to_be_visible()
