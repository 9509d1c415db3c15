"""The attention matrix of an edited window before the page has run. Browser tests compare it with the page's own."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from attrec_core.views import page_context
from attrec_core.views.view import View
from pages.frame import ahead


def matrix(query: str, ids: tuple[str, ...]) -> dict:
    return json.loads(ahead.matrix_json("sample_data", query, ids))


def test_the_matrix_is_that_of_the_edited_window_under_what_the_query_says() -> None:
    sample_run = ahead.opened().runs["sample_data"]
    actual = page_context.scene(sample_run, View(user="Bilal Ono"))
    ids = actual.ids(actual.window[::-1])
    for query, view in (("", View(window=ids)), ("?mask=none&cell=2,1", View(window=ids, mask="none"))):
        expected = page_context.scene(sample_run, view).moment.attention
        got = matrix(f"{query}&user=Bilal+Ono", ids)
        assert got["ids"] == list(ids)
        np.testing.assert_allclose(np.array(got["weights"], float), expected.weights, atol=1e-5)
    assert got["cell"] == [2, 1]
    assert not set(got) & {"revision", "ahead", "open_rows"}  # the browser keeps its own


@pytest.mark.parametrize("query", ["", "?", "%", "user=nobody", "user=Bilal+Ono&step=0", "mask=x&omega=x&by_hand=1,x"])
@pytest.mark.parametrize("ids", [(), ("no item",), ("1",) * 1000, ("", "1", "\0")])
def test_whatever_is_asked_gets_a_matrix_of_a_window(query: str, ids: tuple[str, ...]) -> None:
    got = matrix(query, ids)
    assert 1 <= len(got["ids"]) == len(got["weights"]) <= 5


def test_a_run_that_is_not_there_or_does_not_attend_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError):
        ahead.matrix_json("no run", "", ("1",))
    runs = {"ease": SimpleNamespace(attends=False)}
    monkeypatch.setattr(ahead, "opened", lambda: SimpleNamespace(runs=runs))
    with pytest.raises(KeyError):
        ahead.matrix_json("ease", "", ("1",))
