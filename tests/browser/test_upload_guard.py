"""A live server that is sent more than it accepts: it counts uploads as they arrive, and frees them with their tab."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.proto.WidgetStates_pb2 import WidgetStates

from pages.frame import upload

from .conftest import FreshServer
from .visitor import MEGABYTE, Visitor

pytestmark = pytest.mark.long

SESSION, ALL = 3, 6  # MB


@pytest.fixture(scope="module")
def limited(fresh_server: FreshServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with small upload limits, which soon forgets a closed tab."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("ATTREC_SESSION_UPLOAD_MB", str(SESSION))
        patch.setenv("ATTREC_TOTAL_UPLOAD_MB", str(ALL))
        patch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", "3")  # seconds
        with fresh_server("app.py") as base:
            yield base


def until_taken(visitor: Visitor, size: int) -> None:
    """Repeats an upload until the server accepts it."""
    deadline = time.monotonic() + 60
    while (answer := visitor.put(size))[0] != 204:
        assert answer == (507, upload.ALL_SENTENCE.format(limit=ALL))
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_file_that_is_too_large_is_a_sentence_and_is_not_sent(limited: str, page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    page.goto(f"{limited}/data")
    expect(page.get_by_text(f"max {SESSION} MB")).to_be_visible()
    too_large = {"name": "a.csv", "mimeType": "text/csv", "buffer": b"x" * (SESSION * MEGABYTE + 1)}
    page.locator("input[type=file]").first.set_input_files(too_large)
    sentence = page.get_by_text(f"File must be {SESSION}.0MB or smaller.")
    expect(sentence).to_be_visible()
    assert sentence.bounding_box()["height"] > 10  # visible, not only for screen readers
    assert not sent


def test_a_session_holds_no_more_than_its_limit(limited: str) -> None:
    too_much = (413, upload.SESSION_SENTENCE.format(limit=SESSION))
    with Visitor(limited) as visitor:
        until_taken(visitor, MEGABYTE)
        assert visitor.put(5 * MEGABYTE // 2) == too_much
        assert visitor.put(MEGABYTE, "small", chunked=True) == (204, "")
        assert visitor.put(5 * MEGABYTE // 4, chunked=True) == too_much
        assert visitor.of_file("DELETE", "small")[0] == 204
        assert visitor.put(5 * MEGABYTE // 4) == (204, "")


def test_all_sessions_hold_no_more_than_their_limit_until_a_tab_is_closed(limited: str) -> None:
    with Visitor(limited) as second, Visitor(limited) as third:
        with Visitor(limited) as first:
            until_taken(first, 5 * MEGABYTE // 2)
            until_taken(second, 5 * MEGABYTE // 2)
            assert third.put(3 * MEGABYTE // 2) == (507, upload.ALL_SENTENCE.format(limit=ALL))
        until_taken(third, 3 * MEGABYTE // 2)  # once the server has forgotten the first visitor


def test_a_file_that_the_server_has_no_room_for_is_refused_with_its_sentence(limited: str, chromium: Browser) -> None:
    sentence = upload.ALL_SENTENCE.format(limit=ALL)
    with Visitor(limited) as first, Visitor(limited) as second, closing(chromium.new_context()) as context:
        for visitor in (first, second):
            until_taken(visitor, 5 * MEGABYTE // 2)
        page = context.new_page()  # not watched, because the browser's console reports the status
        page.goto(f"{limited}/data")
        large = {"name": "a.csv", "mimeType": "text/csv", "buffer": b"x" * (2 * MEGABYTE)}
        page.locator("input[type=file]").first.set_input_files(large)
        refusal = page.get_by_role("alert").filter(has_text=sentence)
        expect(refusal).to_be_visible()
        assert refusal.bounding_box()["height"] > 10
        refusal.hover()
        expect(page.get_by_role("tooltip")).to_have_text(sentence)


def test_a_file_that_the_server_does_not_know_is_a_sentence(limited: str) -> None:
    """The tab has outlived the server to which it had sent the file."""
    with Visitor(limited, "data") as visitor:
        states = WidgetStates()
        states.widgets.add(id=visitor.wait_for(lambda message: message.delta.new_element.file_uploader.id))
        states.widgets[0].file_uploader_state_value.uploaded_file_info.add(file_id="lost", name="a.csv", size=1)
        visitor.rerun(states)
        sentence = visitor.wait_for(
            lambda message: message.delta.new_element.alert.body + message.delta.new_element.exception.message
        )
    assert sentence == upload.LOST
