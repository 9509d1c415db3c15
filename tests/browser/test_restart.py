"""A tab whose server restarts continues where it was, without a reload."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.frame import titles

from .frame import by_key

pytestmark = pytest.mark.long

FreshServer = Callable[..., AbstractContextManager[str]]
STATE = "document.querySelector('[data-testid=\"stApp\"]').dataset.testConnectionState"
AWAY = (
    "ERR_CONNECTION",
    "ERR_EMPTY_RESPONSE",
    "WebSocket",
    "Network Error",
    "Client Error",
    "not responding",
    "disconnected from server",
)  # parts of a browser's messages about a missing server


def test_a_tab_goes_on_where_it_was_when_its_server_has_restarted(
    usual_profile: tuple[BrowserContext, list[str]],
    page: Page,
    settled: Callable[..., None],
    fresh_server: FreshServer,
) -> None:
    with fresh_server("app.py") as base:
        page.goto(f"{base}/attention?user=Ada+Abe")
        change = by_key(page, "attention_change").get_by_test_id("cell-0-1")
        page.get_by_role("button", name="Reverse the order").click()
        expect(change).to_be_visible()
        settled(page)
        before, address = titles(page), page.url
        page.evaluate("window.isTheSameTab = true")
    page.wait_for_function(f"() => {STATE} !== 'CONNECTED'")
    with fresh_server("app.py", port=urlsplit(base).port):
        page.wait_for_function(f"() => {STATE} === 'CONNECTED'", timeout=120_000)
        expect(page.get_by_role("button", name="undo")).to_be_disabled(timeout=60_000)  # the new server has drawn it
        settled(page)
        assert (titles(page), page.url) == (before, address)
        page.get_by_test_id("row-1").locator("[data-action=remove]").click()
        expect(page.locator('[data-testid^="row-"]')).to_have_count(len(before) - 1)
        expect(change).to_be_visible()
        settled(page)
        assert page.evaluate("window.isTheSameTab")
        assert page.url != address
    forgive(usual_profile[1])


@contextmanager
def away(page: Page, fresh_server: FreshServer, base: str) -> Iterator[None]:
    """Waits until the page knows that its server is away, and starts the next one at the same address."""
    page.wait_for_function(f"() => {STATE} !== 'CONNECTED'")
    with fresh_server("app.py", port=urlsplit(base).port):
        page.wait_for_function(f"() => {STATE} === 'CONNECTED'", timeout=120_000)
        yield


def forgive(faults: list[str]) -> None:
    """Removes the faults that a missing server causes."""
    faults[:] = [fault for fault in faults if not any(part in fault for part in AWAY)]


REMOVE = {
    "attention": '[data-testid="row-2"] [data-action=remove]',
    "": ".story .wide .chip:nth-of-type(3) .control",
}


@pytest.mark.parametrize("path", REMOVE)
def test_an_edit_that_the_server_never_got_is_applied_when_the_next_one_has_drawn_the_page(
    path: str,
    usual_profile: tuple[BrowserContext, list[str]],
    page: Page,
    settled: Callable[..., None],
    fresh_server: FreshServer,
) -> None:
    with fresh_server("app.py") as base:
        page.goto(f"{base}/{path}?user=Ada+Abe")
        settled(page)
    page.locator(REMOVE[path]).click()
    with away(page, fresh_server, base):
        expect(page).to_have_url(re.compile("window="))
        settled(page)
        assert len(titles(page) or page.locator(".story .wide .chip").all()) == 4
        assert len(parse_qs(urlsplit(page.url).query)["window"][0].split(",")) == 4
    forgive(usual_profile[1])


def test_a_scene_that_was_chosen_while_the_server_was_away_is_shown_when_it_is_back(
    usual_profile: tuple[BrowserContext, list[str]],
    page: Page,
    settled: Callable[..., None],
    fresh_server: FreshServer,
) -> None:
    with fresh_server("app.py") as base:
        page.goto(f"{base}/?scene=1")
        settled(page)
        first = by_key(page, "presenter_head").inner_text()
    page.keyboard.press("2")
    with away(page, fresh_server, base):
        expect(page).to_have_url(re.compile("scene=2"))
        settled(page)
        expect(page.locator(".attrec-presenter footer")).to_contain_text("Scene 2 of 6")
        expect(by_key(page, "presenter_head")).not_to_have_text(first)
    forgive(usual_profile[1])
