"""Tabs whose server restarts continue where they were, without a reload."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import FreshServer
from .frame import address, by_key, settled, titles

pytestmark = pytest.mark.long

STATE = "document.querySelector('[data-testid=\"stApp\"]').dataset.testConnectionState"
# Parts of a browser's messages about a missing server.
AWAY = r"ERR_(CONNECTION|EMPTY_RESPONSE)|WebSocket|(Network|Client) Error|not responding|disconnected from server"
# What the third item of a window is removed by.
REMOVE = {"attention": '[data-testid="row-2"] [data-action=remove]', "": ".story .wide .chip:nth-of-type(3) .control"}


def test_tabs_go_on_where_they_were_and_apply_what_was_done_while_their_server_was_away(
    usual_profile: tuple[BrowserContext, list[str]], page: Page, fresh_server: FreshServer, tmp_path: Path
) -> None:
    context, faults = usual_profile

    def opened(url: str) -> Page:
        tab = context.new_page()
        tab.goto(url)
        settled(tab)
        return tab

    with fresh_server("app.py", cwd=tmp_path) as base:
        page.goto(f"{base}/?omega=0.25")  # the first request to this server
        settled(page)
        expect(by_key(page, "groups").get_by_role("link")).to_have_text(["Start", "Explore", "Learn", "Lab"])
        expect(page).to_have_title("Start · AttRec explorer")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert address(page)["omega"] == "0.25"
        page.goto(f"{base}/attention?user=Ada+Abe")
        change = by_key(page, "attention_change").get_by_test_id("cell-0-1")
        page.get_by_role("button", name=re.compile("^[0-9]+ more$")).click()
        page.get_by_role("button", name="Reverse the order").click()
        expect(change).to_be_visible()
        settled(page)
        before, url = (titles(page), page.locator('[data-testid^="rank-"]').all_inner_texts()), page.url
        page.evaluate("window.isTheSameTab = true")
        edited = {path: opened(f"{base}/{path}?user=Ada+Abe") for path in REMOVE}
        presented = opened(f"{base}/?scene=1")
        first = by_key(presented, "presenter_head").inner_text()
    for path, tab in edited.items():
        tab.bring_to_front()  # a click waits for frames, which a tab behind another may not get
        tab.locator(REMOVE[path]).click()
    presented.keyboard.press("2")
    for tab in context.pages:
        tab.wait_for_function(f"() => {STATE} !== 'CONNECTED'")
    with fresh_server("app.py", port=urlsplit(base).port):
        for tab in context.pages:
            tab.wait_for_function(f"() => {STATE} === 'CONNECTED'", timeout=120_000)
        expect(page.get_by_role("button", name="undo")).to_be_disabled(timeout=60_000)  # the new server has drawn it
        settled(page)
        assert (titles(page), page.locator('[data-testid^="rank-"]').all_inner_texts()) == before
        assert page.url == url
        page.get_by_test_id("row-1").locator("[data-action=remove]").click()
        expect(page.locator('[data-testid^="row-"]')).to_have_count(len(before[0]) - 1)
        expect(change).to_be_visible()
        settled(page)
        assert page.evaluate("window.isTheSameTab")
        assert page.url != url
        for tab in edited.values():
            expect(tab).to_have_url(re.compile("window="))
            settled(tab)
            assert len(titles(tab) or tab.locator(".story .wide .chip").all()) == 4
            assert len(parse_qs(urlsplit(tab.url).query)["window"][0].split(",")) == 4
        expect(presented).to_have_url(re.compile("scene=2"))
        settled(presented)
        expect(presented.locator(".attrec-presenter footer")).to_contain_text("Scene 2 of 6")
        expect(by_key(presented, "presenter_head")).not_to_have_text(first)
    faults[:] = [fault for fault in faults if not re.search(AWAY, fault)]
