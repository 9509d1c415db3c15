"""Links and saved states from before the code was rearranged still open and show the same.

`fixtures/before/links/links.json` holds what the old code showed for each link: the view, its remarks, the window, the
first recommendations and the average attention. Scene 5 and lesson step 7 name no moment: their entries hold the
one that the app chooses now. `states/` holds files that the old code saved. Then: the address when the browser asks for
another run before it has the address of the last one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
import streamlit
from conftest import ROOT

from attrec_core.runs.run import Run
from attrec_core.views.page_context import scene
from attrec_core.views.saved_view import fitted, from_json
from attrec_core.views.view import READERS, RETIRED, Fitted, View, from_query, to_query
from pages.frame import address, fitting, streamlit_internals
from pages.frame.page_list import BY_KEY, FORMER
from pages.learn import lesson_panel  # noqa: F401 - completes the views of links

BEFORE = ROOT / "tests" / "fixtures" / "before"
LINKS = json.loads((BEFORE / "links" / "links.json").read_text(encoding="utf-8"))
STATES = sorted((BEFORE / "states").glob("*.json"))
LAB = ("data", "train", "runs", "compare", "replay")
PATHS = ("", "attention", "why", "score-split", "metric-space", "lesson", "step-by-step", "at-large", "be-a-user", *LAB)


def still_shown(query: Mapping[str, Any]) -> dict[str, Any]:
    """What of a query chooses something now. What it says of other parameters is no longer said."""
    return {name: value for name, value in query.items() if name not in RETIRED}


@pytest.mark.parametrize("before", LINKS, ids=lambda before: before["link"])
def test_a_link_shows_what_it_showed(before: dict, sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit, "session_state", {})  # a new visitor
    view, remarks = from_query(parse_qs(before["link"], keep_blank_values=True))
    view, fit_remarks = fitting.fit(view)
    assert to_query(view) == still_shown(before["view"])
    now = scene(sample, view)
    assert [now.item_id(item) for item in now.window] == before["window"]
    assert [now.item_id(item) for item in now.ranking.top(5)] == before["first"]
    np.testing.assert_allclose(now.trace.column_weights, before["attention"], atol=2e-5)
    is_said = still_shown(parse_qs(before["link"], keep_blank_values=True))
    quoted = [re.findall(r"(?<!\w)'([^']+)'", sentence) for sentence in before["said"] if is_said]
    assert [re.findall(r"“([^”]+)”", str(remark)) for remark in (*remarks, *fit_remarks)] == quoted


def test_the_links_say_something_in_every_parameter() -> None:
    new_since = {"by_hand", "stage"}
    new_since |= {"layer", "head", "study", "metric", "seen", "ties", "shuffled", "split", "fit", "beyond"}
    names = {name for before in LINKS for name in parse_qs(before["link"], keep_blank_values=True)}
    assert set(READERS) - new_since == names - {"strange", *RETIRED}


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_saved_state_opens_as_it_was_saved(path, sample: Run) -> None:  # noqa: ANN001
    state = from_json(path.read_bytes(), path.name)
    view, remarks = fitted(from_json(path.read_bytes(), path.name), sample, path.name)
    assert remarks == ()
    assert {**to_query(view), "run": "sample_data"} == still_shown(state.query)
    assert FORMER.get(state.page, state.page) in BY_KEY


def test_every_page_has_the_address_that_it_had() -> None:
    assert BY_KEY.keys() >= {FORMER.get(path, path) for path in PATHS}


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
