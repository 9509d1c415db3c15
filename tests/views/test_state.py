"""A view comes back from its file. No file breaks the app or opens as another view without a message."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.errors import InputError
from attrec_core.runs.run import Run
from attrec_core.views import saved_view
from attrec_core.views.saved_view import from_json
from attrec_core.views.view import Fitted, View

NAME = "mine.json"


def saved(run: Run, view: View = View(), page: str = "attention", **changes: Any) -> str:  # noqa: B008
    """Returns a saved state with some of its parts replaced; None removes a part."""
    content = json.loads(saved_view.to_json(saved_view.state_of(view, page, run))) | changes
    return json.dumps({name: value for name, value in content.items() if value is not None})


def told(fitted: Fitted) -> tuple[View, list[str]]:
    """Returns the view and the sentences of the remarks."""
    return fitted.view, [str(remark) for remark in fitted.remarks]


@given(data=st.data())
def test_a_view_comes_back_from_its_file(small_run: Run, data: st.DataObject) -> None:
    items = st.sampled_from(small_run.interactions.item_ids)
    windows = st.none() | st.lists(items, min_size=1, max_size=4).map(tuple)
    view = data.draw(
        st.builds(
            View,
            user=st.sampled_from(small_run.interactions.user_ids),
            window=windows,
            pin=windows,
            omega=st.none() | st.floats(0, 1),
            mask=st.sampled_from([None, "before", "none"]),
            selected=st.none() | items,
            against=st.none() | items,
            top=st.sampled_from([None, 20]),
        )
    )
    assert saved_view.fitted(from_json(saved(small_run, view)), small_run) == (view, ())


def test_a_state_says_where_it_was_looked_at_and_what_made_its_numbers(small_run: Run) -> None:
    state = from_json(saved(small_run, View(omega=0.25), "score-split"))
    assert (state.page, state.query) == ("score-split", {"omega": "0.25"})
    assert state.run == saved_view.SavedRun(small_run.name, small_run.fingerprint)
    assert {"attrec", "python", "numpy"} <= set(state.versions)
    text = saved_view.to_json(saved_view.state_of(View(run="mine (2)"), "", small_run, "mine (2)"))
    assert from_json(text).run.name == "mine (2)"  # the app may call a run otherwise than its folder


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"format": "attrec-state"', "not JSON"),
        (b"[]", "attrec-state"),
        (b"null", "attrec-state"),
        (b'{"format": "something else"}', "attrec-state"),
        (b'{"format": "attrec-state"}', "version None"),
        (b"x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_state_is_refused_in_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as fault:
        from_json(content, NAME)
    assert NAME in str(fault.value)
    assert "\n" not in str(fault.value)


PARTS: dict[str, list[Any]] = {
    "query": [None, ["user"], {"step": 3}, {"user": "\ud800"}, {"\udfff": "x"}],
    "page": [None, 7],
    "run": [None, "sample", {"name": "sample"}, {"name": "sample", "fingerprint": 5}],
    "versions": [None, {"numpy": 2}],
}
VERSIONS = {2: "newer version.*format 2.*up to 1", 0: "version 0", True: "version True", "1": "version '1'"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        *((name, value, f'"{name}"') for name, values in PARTS.items() for value in values),
        *(("version", value, said) for value, said in VERSIONS.items()),
    ],
)
def test_each_damaged_part_is_named(small_run: Run, name: str, value: Any, said: str) -> None:
    with pytest.raises(InputError, match=said) as fault:
        from_json(saved(small_run, **{name: value}), NAME)
    assert NAME in str(fault.value)


def test_the_file_of_another_model_opens_and_says_so(small_run: Run) -> None:
    view = View(user=small_run.interactions.user_ids[3])
    other_run = replace(small_run, fingerprint="0123456789ab")
    opened, sentences = told(saved_view.fitted(from_json(saved(other_run, view)), small_run, NAME))
    assert (opened, len(sentences)) == (view, 1)
    assert all(part in sentences[0] for part in (NAME, "another model", "0123456789ab", small_run.fingerprint))


def test_what_the_run_does_not_know_is_left_out_and_said(small_run: Run) -> None:
    known_item = small_run.interactions.item_ids[0]
    view = View(user="Nobody", window=("no such item", known_item), selected="neither")
    opened, sentences = told(saved_view.fitted(from_json(saved(small_run, view)), small_run, NAME))
    assert opened == View(window=(known_item,))
    assert all(part in " ".join(sentences) for part in ("Nobody", "no such item", "neither"))


FAULTS = "user=Nobody&step=x&window=nothing,at all&pin=nothing&omega=7&selected=?&item=?&against=?&cell=0,0"
QUERY = dict(parse_qsl(FAULTS + "&mask=sideways&top=11&scene=-1&lesson=0&likes=?&strange=part"))


@pytest.mark.parametrize("name", QUERY)
def test_every_sentence_names_the_file_and_no_link(small_run: Run, name: str) -> None:
    opened, sentences = told(saved_view.fitted(from_json(saved(small_run, query={name: QUERY[name]})), small_run, NAME))
    assert opened == View()
    assert sentences
    for sentence in sentences:
        assert sentence.startswith(f"The saved state '{NAME}'")
        assert "link" not in sentence
