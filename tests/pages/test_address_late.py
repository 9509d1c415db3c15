"""The page address when the browser asks for another run before it has the address of the last one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from attrec_core.views.view import Fitted, View, to_query
from pages.frame import address, streamlit_internals


class Query(dict[str, list[str]]):
    """The browser's query parameters; `written` holds the query that the page writes."""

    written: dict[str, str] | None = None

    def get_all(self, name: str) -> list[str]:
        return self[name]

    def from_dict(self, query: dict[str, str]) -> None:
        self.written = query


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(address, "st", SimpleNamespace(session_state={}, query_params=Query()))
    monkeypatch.setattr(address, "_correct", lambda **given: None)
    return address.st.session_state


def run(monkeypatch: pytest.MonkeyPatch, asked_at: View, wanted: View | None = None) -> Query:
    """Runs the page for a browser that shows `asked_at`, after an edit to `wanted` or, if that is None, a step back."""
    browser = Query({name: [value] for name, value in to_query(asked_at).items()})
    monkeypatch.setattr(address.st, "query_params", browser)
    monkeypatch.setattr(streamlit_internals, "went_back", lambda: wanted is None)
    if wanted is not None:
        address.change(**vars(wanted))
    address.sync("attention", lambda view: Fitted(view, ()))
    return browser


FIRST, SECOND, THIRD = (View(user="u", window=(item,)) for item in "abc")


def test_undo_before_the_answer_writes_the_address_that_the_browser_had(
    monkeypatch: pytest.MonkeyPatch, state: dict[str, Any]
) -> None:
    for asked_at, wanted in ((FIRST, FIRST), (FIRST, SECOND)):
        run(monkeypatch, asked_at, wanted)
    assert run(monkeypatch, FIRST, FIRST).written == to_query(FIRST)


def test_back_twice_before_the_answer_corrects_both(monkeypatch: pytest.MonkeyPatch, state: dict[str, Any]) -> None:
    for asked_at, wanted in ((FIRST, FIRST), (FIRST, SECOND), (SECOND, THIRD), (SECOND, None), (FIRST, None)):
        browser = run(monkeypatch, asked_at, wanted)
    correction = state[address.SYNC].correction
    assert browser.written is None
    assert correction["query"] == urlencode(to_query(FIRST))
    assert {urlencode(to_query(view)) for view in (SECOND, THIRD)} <= set(correction["of"])
    run(monkeypatch, FIRST, SECOND)  # the browser has the query of the last run
    assert state[address.SYNC].late == []
