"""The attention matrix of an edit is shown before the page has run, and equals the one that the page draws."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.processes import wait_for

from .conftest import USUAL_WINDOW, FreshProfile, Visit, forget
from .frame import by_key, settled
from .test_lesson import answer

pytestmark = pytest.mark.long

WHO = "user=Bilal+Ono&step=20"
# What the matrix shows: label, text, colour and marks of each cell, title and bar.
SHOWN = """map => [...map.querySelectorAll('.cell, .average, .name, .column, .sum, .legend')].map((node) =>
  [node.getAttribute('aria-label'), node.textContent, node.style.background, node.getAttribute('aria-selected'),
    ...['masked', 'followed'].map((name) => node.classList.contains(name))])"""


class Line:
    """The channel between page and server, which can hold the page's messages and the server's answers back."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.held: list[str | bytes] | None = None
        self.answers: list[str | bytes] | None = None
        page.route_web_socket("**/_stcore/stream", self.connect)

    def connect(self, browser: WebSocketRoute) -> None:
        self.browser, self.server = browser, browser.connect_to_server()
        browser.on_message(self.take)
        self.server.on_message(self.take_answer)

    def take(self, message: str | bytes) -> None:
        if self.held is None:
            self.server.send(message)
        else:
            self.held.append(message)

    def take_answer(self, message: str | bytes) -> None:
        if self.answers is None:
            self.browser.send(message)
        else:
            self.answers.append(message)

    def release(self) -> None:
        """Sends all that was held. Sending lets new messages in, which go after the held ones."""
        while self.held:
            self.server.send(self.held.pop(0))
        self.held = None
        while self.answers:
            self.browser.send(self.answers.pop(0))
        self.answers = None


@pytest.fixture(scope="module")
def tab(fresh_profile: FreshProfile) -> Iterator[Page]:
    """A tab of a separate profile, because everything else that the profile loads goes through a line, too."""
    with fresh_profile(viewport=USUAL_WINDOW) as context:
        yield context.new_page()


@pytest.fixture
def line(tab: Page) -> Iterator[Line]:
    yield Line(tab)
    forget(tab)


@pytest.mark.parametrize(
    "what_if", ["", "&mask=before&pool=sum", "&cell=2,1&selected=1", "&by_hand=4000,3000,1000,1000,1000"]
)
def test_the_matrix_of_an_edit_does_not_wait_for_the_page(what_if: str, app: str, line: Line) -> None:
    page = line.page
    page.goto(f"{app}/attention?{WHO}{what_if}")
    matrix, rows = by_key(page, "attention_map").locator(".map"), page.locator('[data-testid^="row-"]')
    expect(matrix.locator(".column")).to_have_count(5)
    settled(page)
    line.held = []
    drawings = [matrix.evaluate(SHOWN)]
    for key in ("Alt+ArrowUp", "Delete"):
        rows.nth(3).focus()
        revision = matrix.get_attribute("data-revision")
        page.keyboard.press(key)
        expect(matrix).not_to_have_attribute("data-revision", revision)
        drawings.append(matrix.evaluate(SHOWN))
    expect(matrix.locator(".column")).to_have_count(4)
    assert line.held  # so the server has not run the page yet
    line.release()
    settled(page)
    assert matrix.evaluate(SHOWN) == drawings[-1] != drawings[-2] != drawings[0]


def test_a_veiled_matrix_is_not_asked_for(page: Page, visit: Visit) -> None:
    urls = []
    page.on("request", lambda request: urls.append(request.url) if "attrec/attention" in request.url else None)
    visit("attention?lesson=1")
    answer(page, 1)
    expect(by_key(page, "attention_map").get_by_test_id("cell-1-0")).to_have_text("?")
    settled(page)
    page.locator('[data-testid="row-2"]').focus()
    page.keyboard.press("Alt+ArrowUp")
    settled(page)
    assert urls == []


def test_without_a_right_answer_the_page_draws_the_matrix(page: Page, visit: Visit) -> None:
    page.route("**/attrec/attention/**", lambda route: route.fulfill(body="<html>Sign in</html>"))
    visit(f"attention?{WHO}")
    page.locator('[data-testid="row-1"]').focus()
    page.keyboard.press("Delete")
    expect(by_key(page, "attention_map").locator(".column")).to_have_count(4)
    page.unroute_all()


def press(page: Page, key: str) -> None:
    page.locator('[data-testid^="row-"]').nth(1).focus()
    page.keyboard.press(key)


def test_back_and_undo_before_the_answer_to_an_edit_take_it_back_in_the_address_too(app: str, line: Line) -> None:
    page = line.page
    page.goto(f"{app}/attention?{WHO}")
    expect(page).to_have_url(re.compile("run="))  # the page completes the address
    settled(page)
    for undo in (page.get_by_role("button", name="undo").click, page.go_back):
        before = page.url
        press(page, "Alt+ArrowDown")
        expect(page).not_to_have_url(before)
        settled(page)
        edited, line.answers = page.url, []
        press(page, "Delete")  # the held answer holds the new entry of the browser's history
        wait_for(lambda: page.wait_for_timeout(20) or any(b"window=" in answer for answer in line.answers))
        undo()
        line.release()
        settled(page)
        expect(page).to_have_url(edited if undo != page.go_back else before)
