"""A view comes back from its address and its file. Neither breaks the app or changes the view without a message."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.config import ModelConfig
from attrec_core.errors import InputError
from attrec_core.runs.run import Run
from attrec_core.views import saved_view
from attrec_core.views.saved_view import from_json
from attrec_core.views.view import CHOICES, READERS, Fitted, View, from_query, to_query
from attrec_core.views.view_fit import PICKS, fit_to_run, fit_to_runs
from tests.views.test_panels import APPROVED, check_approved

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
KINDS: dict[str, st.SearchStrategy] = {
    "run user selected item against data find about": texts,
    "window likes pin progress": lists,
    "dim layer head lesson": st.integers(1, 9),
    "step": st.integers(1, 10**9 - 1),
    "omega": st.floats(0, 1),
    "by_hand": st.lists(st.integers(1, 999_999), min_size=1, max_size=9).map(tuple),
    "cell": st.tuples(st.integers(1, 200), st.integers(1, 200)),
    "scene": st.integers(0, 9),
}
fields = {name: st.none() | kind for names, kind in KINDS.items() for name in names.split()}
views = st.builds(View, **fields, **{name: st.sampled_from([None, *choices]) for name, choices in CHOICES.items()})


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


BAD = {
    "step": ["0", "-1", "1.5", "1_0", "٣", " 1", "", "9" * 5000],
    "omega": ["nan", "inf", "-0.1", "1.0001", "0,5", "", "half"],
    "by_hand": ["", "1,x", "0,0", "-1,2", "1.5", "1" * 7],
    # None are two different items.
} | {name: [""] for name in ("window", "likes", "pin")}
FILMS = tuple(f"film {n}" for n in range(PICKS + 2))
LINKS = (
    *(f"{name}={value}" for name, values in BAD.items() for value in values),
    "run=sample&user=Bob&step=4&window=Heat&omega=0.2&selected=Heat",
    "user=Zoë&window=Alien,Heat&by_hand=3,1",
    "user=Zoë&by_hand=3,1",
    "user=Zoë&by_hand=3,1,1&pool=max",
    "user=Mina&step=4",
    "user=Zoë&step=5",
    "step=1",
    "window=Alien,Jaws,007,7,Jaws",
    "window=s,t,u,v,w,x,y",
    "window=Alien,Heat,007,Heat",
    "run=other&selected=Jaws",
    "likes=Alien,Heat,Alien",
    "user=Mina&user=Zoë&omgea=0.3",
    f"user={'x' * 100_000}",  # a long name is cut
    f"likes={','.join(FILMS)}",  # limited as picks even where the window is as long
)


def test_what_of_a_link_cannot_be_or_does_not_fit_is_left_out_and_said_as_approved() -> None:
    lines = ["# Of each link: the view that fits the run, and what is said of the rest"]
    for link in LINKS:
        view, remarks = from_query(parse_qs(link, keep_blank_values=True))
        view, run_remarks = fit_to_runs(view, ["sample", "ml"])
        films = cinema(window=PICKS, item_ids=FILMS) if "film" in link else cinema()
        view, more = fit_to_run(view, films)
        said = [str(remark) for remark in (*remarks, *run_remarks, *more)]
        assert all(len(sentence) < 200 for sentence in said), link
        lines += ["", f"## {link[:60]}", f"{to_query(view)}", *said]
    check_approved("\n".join(lines) + "\n", APPROVED / "links.txt")


NAME = "mine.json"


def saved(run: Run, view: View = View(), page: str = "attention", /, **changes: Any) -> str:  # noqa: B008
    """Returns a saved state with some of its parts replaced; None removes a part."""
    content = json.loads(saved_view.to_json(saved_view.state_of(view, page, run))) | changes
    return json.dumps({name: value for name, value in content.items() if value is not None})


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


FAULTS = "user=Nobody&step=x&window=nothing,at all&pin=nothing&omega=7&selected=?&item=?&against=?&cell=0,0"
QUERY = dict(parse_qsl(FAULTS + "&mask=sideways&top=11&scene=-1&lesson=0&likes=?&strange=part"))


@pytest.mark.parametrize("name", QUERY)
def test_every_sentence_names_the_file_and_no_link(small_run: Run, name: str) -> None:
    opened, sentences = told(saved_view.fitted(from_json(saved(small_run, query={name: QUERY[name]})), small_run, NAME))
    assert opened == View()
    assert sentences
    for sentence in sentences:
        assert sentence.startswith(f"The saved state “{NAME}”")
        assert "link" not in sentence
