"""A column of many texts behaves like a tuple of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from attrec_core.data.texts import Texts, are_different, lists_of, places_of
from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run

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
