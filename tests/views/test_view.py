"""A view comes back from its address. No address breaks the app or changes the view without a message."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.config import ModelConfig
from attrec_core.views.view import CHOICES, READERS, Fitted, View, from_query, to_query
from attrec_core.views.view_fit import PICKS, fit_to_run, fit_to_runs

AWKWARD = ["007", "a,b", "a b", "'\"", "Zoë", "🎬", "", "%", "%2C", "a+b", "a&b=c", "#", "~", "\\", "\n"]


def cinema(item_ids: tuple[str, ...] = ("Alien", "Heat", "007", "a,b", "🎬"), window: int = 3) -> Any:
    """A run with two users, whose histories hold three and five items, and with five items; L = 3."""
    histories = {"Mina": range(3), "Zoë": range(5)}
    return SimpleNamespace(
        model_config=ModelConfig(model="sasrec", dim=6, window=window, layers=2, heads=2),
        user_index={user: place for place, user in enumerate(histories)},
        item_index={item: place for place, item in enumerate(item_ids)},
        interactions=SimpleNamespace(history=list(histories.values()).__getitem__),
    )


texts = st.text(max_size=9) | st.sampled_from(AWKWARD)
lists = st.lists(texts, min_size=1, max_size=5).map(tuple)
views = st.builds(
    View,
    run=st.none() | texts,
    user=st.none() | texts,
    step=st.none() | st.integers(1, 10**9 - 1),
    window=st.none() | lists,
    omega=st.none() | st.floats(0, 1),
    selected=st.none() | texts,
    likes=st.none() | lists,
    pin=st.none() | lists,
    **{name: st.sampled_from([None, *choices]) for name, choices in CHOICES.items()},
    item=st.none() | texts,
    against=st.none() | texts,
    by_hand=st.none() | st.lists(st.integers(1, 999_999), min_size=1, max_size=9).map(tuple),
    cell=st.none() | st.tuples(st.integers(1, 200), st.integers(1, 200)),
    dim=st.none() | st.integers(1, 9),
    layer=st.none() | st.integers(1, 9),
    head=st.none() | st.integers(1, 9),
    apart=st.none() | lists,
    between=st.none() | st.integers(0, 100),
    scene=st.none() | st.integers(0, 9),
    lesson=st.none() | st.integers(1, 9),
    progress=st.none() | lists,
    data=st.none() | texts,
    find=st.none() | texts,
    about=st.none() | texts,
)


def told(fitted: Fitted) -> tuple[View, list[str]]:
    """Returns the view and the sentences of the remarks."""
    return fitted.view, [str(remark) for remark in fitted.remarks]


@given(views)
def test_a_view_comes_back_from_its_address(view: View) -> None:
    through_the_url = parse_qs(urlencode(to_query(view)), keep_blank_values=True)
    assert from_query(through_the_url) == (view, ())


@given(st.dictionaries(st.sampled_from(sorted(READERS)) | st.text(), texts | st.lists(texts)))
def test_no_query_raises_and_what_is_left_fits(params: dict[str, str | list[str]]) -> None:
    view, _ = from_query(params)
    view, _ = fit_to_runs(view, ["sample"])
    fitted, _ = fit_to_run(view, cinema())
    assert fit_to_run(fitted, cinema()) == (fitted, ())
    assert from_query(to_query(fitted)) == (fitted, ())


@given(views)
def test_whatever_is_dropped_is_said(view: View) -> None:
    fitted, sentences = told(fit_to_run(view, cinema()))
    assert (fitted == view) == (not sentences)


def test_the_address_of_the_start_is_empty_and_ids_that_look_like_numbers_stay_texts() -> None:
    assert to_query(View()) == {} == to_query(View(window=()))
    assert to_query(View(user="007", window=("007", "7"))) == {"user": "007", "window": "007,7"}


def test_an_unknown_user_is_named_and_takes_the_step_along() -> None:
    fitted, sentences = told(fit_to_run(View("sample", "Bob", 4, ("Heat",), 0.2, "Heat"), cinema()))
    assert fitted == View("sample", None, None, ("Heat",), 0.2, "Heat")
    said = "This link names the user 'Bob', who is not in the run 'sample'; the user and the step 4 were left out."
    assert sentences == [said]
    _, sentences = told(fit_to_run(View(user="x" * 100_000), cinema()))
    assert len(sentences[0]) < 200


BAD = {
    "step": ["0", "-1", "1.5", "1_0", "٣", " 1", "", "9" * 5000],
    "omega": ["nan", "inf", "-0.1", "1.0001", "0,5", "", "half"],
    "by_hand": ["", "1,x", "0,0", "-1,2", "1.5", "1" * 7],
    "window": [""],
    "likes": [""],
    "pin": [""],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_value_that_cannot_be_is_left_out_and_said(name: str, value: str) -> None:
    view, sentences = told(from_query({name: value}))
    assert view == View()
    assert len(sentences) == 1 and len(sentences[0]) < 200
    words = {"omega": "ω", "by_hand": "by hand"}.get(name, name if name == "step" else f"an empty {name}")
    assert words in sentences[0]


def test_attention_set_by_hand_fits_a_window_of_its_length() -> None:
    shares = View(user="Zoë", window=("Alien", "Heat"), by_hand=(3, 1))
    assert to_query(shares)["by_hand"] == "3,1"
    assert fit_to_run(shares, cinema()) == (shares, ())


@pytest.mark.parametrize(
    ("view", "changes", "said"),
    [
        (View(user="Zoë", by_hand=(3, 1)), {"by_hand": None}, "2 items by hand, but the window holds 3"),
        (View(user="Zoë", by_hand=(3, 1, 1), pool="max"), {"by_hand": None}, "pooling by max"),
        (View(user="Mina", step=4), {"step": None}, "'Mina' has 3 items"),
        (View(step=1), {"step": None}, "This link gives the step 1 but no user; the step was left out."),
        (
            View(window=("Alien", "Jaws", "007", "7", "Jaws")),
            {"window": ("Alien", "007")},
            "'Jaws', '7'; the other items stay",
        ),
        (View(window=tuple("stuvwxy")), {"window": None}, "'t', 'u', 'v', 'w' and 2 more; the actual history is shown"),
        (View(window=("Alien", "Heat", "007", "Heat")), {"window": ("Heat", "007", "Heat")}, "holds 4 items"),
        (View(run="other", selected="Jaws"), {"selected": None}, "'Jaws'"),
        (View(likes=("Alien", "Heat", "Alien")), {"likes": ("Alien", "Heat")}, "'Alien' more than once"),
    ],
)
def test_what_does_not_fit_the_run_is_left_out_and_named(view: View, changes: dict[str, Any], said: str) -> None:
    fitted, sentences = told(fit_to_run(view, cinema()))
    assert fitted == replace(view, **changes)
    assert len(sentences) == 1 and said in sentences[0]


def test_an_unknown_run_is_named() -> None:
    assert fit_to_run(View(user="Zoë", step=5), cinema())[1] == ()
    fitted, sentences = told(fit_to_runs(View(run="other"), ["sample", "ml"]))
    assert fitted == View()
    assert "'other'" in sentences[0] and "'sample', 'ml'" in sentences[0]


def test_a_parameter_given_twice_and_a_parameter_of_nobody_are_said() -> None:
    view, sentences = told(from_query({"user": ["Mina", "Zoë"], "omgea": "0.3"}))
    assert view == View(user="Zoë")
    assert len(sentences) == 2 and "'omgea'" in sentences[0] and "user 2 times" in sentences[1]


def test_picks_are_limited_as_picks_even_where_the_window_is_as_long() -> None:
    films = tuple(f"film {n}" for n in range(PICKS + 2))
    view, sentences = told(fit_to_run(View(likes=films), cinema(window=PICKS, item_ids=films)))
    assert len(view.likes) == PICKS
    assert [sentence for sentence in sentences if " uses " in sentence] == []
    assert f"no more than {PICKS} count" in sentences[0]
