"""Reading data: what is kept, what is dropped and counted, and which error message a wrong file gets."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import interactions_of
from hypothesis import given, settings
from hypothesis import strategies as st
from table_files import put, read, refused

from attrec_core.cli.output import flag
from attrec_core.data.interactions import Interactions, in_time_order
from attrec_core.data.options import TieRule
from attrec_core.data.texts import Texts, are_different, lists_of, places_of
from attrec_core.data.windows import leave_one_out, temporal
from attrec_core.errors import InputError
from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run

GOOD = "user,item,timestamp\n" + "".join(f"u{u},i{(u + k) % 5},{k}\n" for u in range(3) for k in range(4))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"times": np.zeros(5)}, "an array is not a list of whole numbers"),
        ({"times": np.zeros(4, int)}, "items and times differ in length"),
        ({"starts": np.array([0, 2, 4])}, "the histories do not fit the users"),
        ({"starts": np.array([0, 0, 5])}, "a user has no interactions"),
        ({"starts": np.array([0, 7, 5], np.uint64)}, "a user has no interactions"),
        ({"items": np.array([0, 1, 2, 0, 3])}, "an interaction has an item that is not in the catalogue"),
        ({"items": np.array([0, 1, 2, 0, -1])}, "an interaction has an item that is not in the catalogue"),
        ({"user_ids": ("a", "a")}, "a user id appears twice"),
        ({"item_ids": ("x", "y", "x")}, "an item id appears twice"),
        ({"titles": ("x", "y")}, "titles, genres and years do not fit the items"),
    ],
)
def test_arrays_that_are_no_interactions_are_refused(changes: dict[str, object], said: str) -> None:
    whole = interactions_of({"a": ["x", "y"], "b": ["z", "x", "y"]})
    with pytest.raises(InputError, match=f"These are not valid interactions: {said}"):
        replace(whole, **changes)


@pytest.mark.real
def test_a_real_catalogue_gives_titles_years_and_genres(real_data: Path) -> None:
    interactions, _ = read(real_data / "ml-100k")
    assert interactions.tie_rule == "file-first"
    fargo = interactions.item_ids.index("100")
    assert (interactions.titles[fargo], interactions.years[fargo]) == ("Fargo", "1996")
    assert interactions.genres[fargo] == ("Crime", "Drama", "Thriller")
    assert "Misérables, Les" in interactions.titles  # latin-1


def test_arrays_cannot_be_changed() -> None:
    interactions = interactions_of({"a": ["p", "q", "r"], "b": ["q", "p", "r"]})
    with pytest.raises(ValueError, match="read-only"):
        interactions.items[0] = 1


def test_leave_one_out_holds_back_the_last_two() -> None:
    split = leave_one_out(interactions_of({"a": ["p", "q", "r", "s"], "b": ["q", "p"], "c": ["p"]}))
    assert split.evaluated.tolist() == [0]  # b and c have too few items for evaluation and train with all of them
    assert split.lengths.tolist() == [2, 2, 1]
    assert [split.interactions.item_ids[split.held_out(part)[1][0]] for part in ("validation", "test")] == ["r", "s"]
    assert split.with_validation().lengths.tolist() == [3, 2, 1]
    with pytest.raises(InputError, match="No user has 3 or more interactions"):
        leave_one_out(interactions_of({"a": ["p", "q"], "b": ["q", "r"]}))


def test_a_file_without_read_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "data.csv", GOOD)
    path.chmod(0)
    if os.geteuid() == 0:
        # The superuser may read any file, so raise the error that other users get.
        def refuse(self: Path, *_: object, **__: object) -> bytes:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", refuse)
    refused(path, "cannot be read: Permission denied")


def test_a_path_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere.csv", "does not exist")


# A column of many texts behaves like a tuple of them.


GIVEN = ("Alien, the first", "Ölüm", "", "a|b", "“quoted”\nline", "z")


def test_odd_texts_survive_being_kept(small_run: Run, tmp_path: Path) -> None:
    odd = ("Old\rMac", "a\r\nb", '"quoted", with, commas', "line\nline", " space ", "", "NA", "=1+1")
    data = small_run.interactions
    titles = (*odd, *data.titles[len(odd) :])
    runs_run.save(replace(small_run, interactions=replace(data, titles=titles)), tmp_path / "run")
    assert load(tmp_path / "run").interactions.titles == titles


def column(given: tuple[str, ...]) -> Texts[str]:
    return Texts(pa.array(given), str)


def test_a_column_is_read_as_a_tuple_and_equals_another_with_the_same_texts() -> None:
    values = column(GIVEN)
    assert values == column(GIVEN) and values != column(GIVEN[::-1]) and values != GIVEN
    assert (len(values), tuple(values), values[1], values[-1], values[np.int64(3)]) == (6, GIVEN, "Ölüm", "z", "a|b")
    assert values[1:4] == GIVEN[1:4] and values[::-1] == GIVEN[::-1]
    assert np.asarray(values).tolist() == list(GIVEN) and values.index("z") == 5 and "" in values
    with pytest.raises(IndexError):
        values[6]
    assert tuple(lists_of(values)) == ((GIVEN[0],), (GIVEN[1],), (), ("a", "b"), (GIVEN[4],), (GIVEN[5],))
    assert lists_of(values)[2:4] == ((), ("a", "b"))


@pytest.mark.parametrize("given", [("a", "b", "é", "ﬁ", "😀"), ("b", "a", "c"), ("😀", "ﬁ")])
def test_each_of_different_texts_is_found_whether_they_ascend_or_not(given: tuple[str, ...]) -> None:
    places = places_of(column(given))
    assert dict(places) == {text: place for place, text in enumerate(given)} and len(places) == len(given)
    for absent in ("", "aa", "zzz", "\U0010ffff", None, 3):
        assert absent not in places and places.get(absent) is None
    assert are_different(column(given))
    assert not are_different(column((*given, given[0])))


# A split at one time for all users.


def timed(histories: list[list[int]]) -> Interactions:
    """Returns interactions at each user's ascending times; the items are numbered by their position in the history."""
    data = interactions_of({f"u{user}": [f"i{k}" for k in range(len(times))] for user, times in enumerate(histories)})
    return replace(data, times=np.concatenate([np.array(times, np.int64) for times in histories]), time_unit="s")


def test_a_split_by_hand() -> None:
    # The split is at time 8: user 1 has one later item; user 2 has two, and the first is the test item.
    data = timed([[1, 2, 3, 4], [1, 2, 8, 9], [3, 8, 10, 11], [5, 6, 7, 8], [7, 7, 7, 7]])
    split = temporal(data, share=0.85)
    assert split.evaluated.tolist() == [1, 2]
    assert split.lengths.tolist() == [4, 2, 1, 4, 4]
    assert np.diff(split.interactions.starts).tolist() == [4, 4, 3, 4, 4]
    assert [data.item_ids[item] for item in split.held_out("test")[1]] == ["i3", "i2"]
    assert [data.item_ids[item] for item in split.held_out("validation")[1]] == ["i2", "i1"]


def test_who_came_after_the_moment_has_no_window_that_trains() -> None:
    split = temporal(timed([[1, 2, 3, 8], [1, 2, 3, 3], [9, 10, 11]]), share=0.6)
    assert split.lengths.tolist() == [2, 4, 0]
    assert split.windows == 1 + 3


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=8).map(sorted), min_size=3, max_size=8))
def test_nothing_is_learned_of_what_comes_after_the_moment(histories: list[list[int]]) -> None:
    data = timed(histories)
    try:
        split = temporal(data)
    except InputError as error:
        assert error.code == "nobody_to_test"
        return
    moment = np.quantile(data.times, 0.9, method="lower")
    for part in (split, split.with_validation()):
        assert (part.interactions.times[part.train_mask()] <= moment).all()
    ends = split.interactions.starts[split.evaluated + 1] - 1
    assert (split.interactions.times[ends] > moment).all()
    assert (split.interactions.times[ends - 1] <= moment).all()


def test_times_that_only_give_an_order_are_refused() -> None:
    with pytest.raises(InputError) as error:
        temporal(interactions_of({name: ["x", "y", "z"] for name in "ab"}))
    assert "If its numbers are times that all users share, use --time-unit s, or" in error.value.sentence(flag)


# Histories: rows in the order of a file, sorted by a slow and by the fast algorithm.


RULES = st.sampled_from(["file-first", "file-last"])
# Times of a narrow range tie; times of a wide range do not fit into one number with the user.
ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9), st.integers(-3, 3) | st.integers(-(2**62), 2**62)))


def slowly(rows: list[tuple[str, int, int]], rule: TieRule) -> list[tuple[str, int, int]]:
    """Sorts the rows by user, time and tie rule."""
    ordered = rows[::-1] if rule == "file-first" else rows
    return sorted(ordered, key=lambda row: (row[0], row[2]))


@settings(max_examples=100)
@given(rows=ROWS, rule=RULES)
def test_rows_in_any_order_become_histories(rows: list[tuple[int, int, int]], rule: TieRule) -> None:
    named = [(str(user), str(item), time) for user, item, time in rows]
    table = pd.DataFrame(named, columns=["user", "item", "time"]).astype({"time": np.int64})
    table = table.astype({"user": "str", "item": "str"}).astype({"user": "category", "item": "category"})
    ordered = in_time_order(table, rule)
    assert list(ordered.itertuples(index=False, name=None)) == slowly(named, rule)
    assert list(ordered["user"].cat.categories) == sorted({row[0] for row in named})
