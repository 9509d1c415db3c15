"""The matrix of an edit and the effect of an experiment before the page has run. Browser tests compare them with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from starlette.requests import Request

from attrec_core.explain.experiments import experiments
from attrec_core.views import page_context
from attrec_core.views.attention.panels import experiment_fields
from attrec_core.views.view import View
from pages.frame import server
from pages.widgets import ahead


def matrix(query: str, ids: tuple[str, ...], run: str = "sample_data") -> dict:
    return json.loads(ahead.matrix_json(run, query, ids))


@pytest.mark.parametrize("query", ["", "?", "%", "user=nobody", "user=Bilal+Ono&step=0", "mask=x&omega=x&by_hand=1,x"])
def test_whatever_is_asked_gets_a_matrix_of_a_window(query: str) -> None:
    for ids in ((), ("no item",), ("1",) * 1000, ("", "1", "\0")):
        got = matrix(query, ids)
        assert 1 <= len(got["ids"]) == len(got["weights"]) <= 5


def test_what_the_run_or_the_view_does_not_have_is_a_key_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(what: Callable[[], object]) -> None:
        with pytest.raises(KeyError):
            what()

    refused(lambda: matrix("", ("1",), "no run"))
    for key in ("", "drop 99", "constructor"):
        refused(lambda key=key: ahead.effect_json("sample_data", "user=Bilal+Ono", key))
    runs = {name: SimpleNamespace(attends=name == "sasrec", explains=False) for name in ("ease", "sasrec")}
    monkeypatch.setattr(ahead, "opened", lambda: SimpleNamespace(runs=runs))
    refused(lambda: matrix("", ("1",), "ease"))
    refused(lambda: ahead.effect_json("sasrec", "", "reverse"))


def test_the_effect_of_an_experiment_is_what_the_page_shows_once_it_is_applied() -> None:
    run = ahead.opened().runs["sample_data"]
    before = page_context.scene(run, View(user="Bilal Ono", step=20))
    for row in experiments(before.moment):
        effect = json.loads(ahead.effect_json("sample_data", "?user=Bilal+Ono&step=20", row.key))
        assert (effect["key"], effect["name"]) == (row.key, row.name)
        weights = np.array(effect["matrix"]["weights"], float)
        if row.can_apply:
            fields = experiment_fields(before, row)
            after = page_context.scene(run, View(user="Bilal Ono", step=20, **fields))
            np.testing.assert_allclose(weights, after.moment.attention.weights, atol=1e-5)  # sent with 5 decimals
            assert [item["title"] for item in effect["items"][:10]] == list(map(after.title, after.ranking.top(10)))
        else:  # uniform attention: no view shows it
            assert len(set(weights[~np.eye(len(weights), dtype=bool)])) == 1
        (followed,) = [item for item in effect["items"] if item["is_next"]]
        assert (followed["title"], followed["rank"]) == (before.title(row.item), row.rank)
        kept = [item for item in effect["items"][:10] if item["move"] != "NEW"]
        assert len(kept) == row.overlap


def test_an_answer_without_data_names_the_run_and_what_it_lacks() -> None:
    def nothing(*_: object) -> bytes:
        raise KeyError

    *_, data = server.routes(lambda: (nothing, nothing, nothing))
    for kind, what in (("attention", "attention"), ("effect", "drop 99"), ("users", "users")):
        scope = {"type": "http", "headers": [], "query_string": b"key=drop+99"}
        answer = data.endpoint(Request(scope | {"path_params": {"run": "a run", "of": kind}}))
        assert answer.status_code == 404
        assert "a run" in answer.body.decode()
        assert what in answer.body.decode()
