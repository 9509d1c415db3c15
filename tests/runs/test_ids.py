"""An item is found by its id or its title; what is not found is refused with what may be meant."""

from __future__ import annotations

import dataclasses

import pytest

from attrec_core.errors import InputError
from attrec_core.runs.ids import item_id, user_id
from attrec_core.runs.run import Run


@pytest.fixture
def run(small_run: Run) -> Run:
    """Its first items are five films; two have the same title."""
    data = small_run.interactions
    ids = ("rocky", "rocky-2", "00005", "7.0", "alien", *data.item_ids[5:])
    titles = ("Rocky", "Rocky II", "Amélie", "Heat", "Rocky II: The Cut", *data.titles[5:])
    titles = (*titles[:-2], "Solaris", "Solaris")
    return dataclasses.replace(small_run, interactions=dataclasses.replace(data, item_ids=ids, titles=titles))


@pytest.mark.parametrize(
    ("name", "found"),
    [("rocky", "rocky"), ("Rocky II", "rocky-2"), ("rocky ii", "rocky-2"), ("AMELIE", "00005"), ("7", "7.0")],
)
def test_an_item_is_found_by_id_or_by_its_whole_title(run: Run, name: str, found: str) -> None:
    assert item_id(run, name) == found


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("5", "Did you mean '00005' (Amélie)"),
        ("Rocy II", "Did you mean 'rocky-2' (Rocky II)"),
        ("The Cut", "'alien' (Rocky II: The Cut)"),
    ],
)
def test_an_unknown_item_is_refused_with_those_that_may_be_meant(run: Run, name: str, hint: str) -> None:
    with pytest.raises(InputError) as refused:
        item_id(run, name)
    assert refused.value.code == "unknown_item"
    assert hint in str(refused.value)


@pytest.mark.parametrize("name", ["", " ", "\0", "(", "{id}", "x" * 5000])
def test_any_text_is_refused_with_a_sentence(run: Run, name: str) -> None:
    with pytest.raises(InputError, match="no item"):
        item_id(run, name)


def test_a_title_of_two_items_is_refused_with_their_ids(run: Run) -> None:
    first, second = run.interactions.item_ids[-2:]
    with pytest.raises(InputError, match="2 items have the title 'solaris'") as refused:
        item_id(run, "solaris")
    assert repr(first) in str(refused.value) and repr(second) in str(refused.value)


def test_a_user_with_zeros_in_front_is_suggested(small_run: Run) -> None:
    users = ("0042", *small_run.interactions.user_ids[1:])
    run = dataclasses.replace(small_run, interactions=dataclasses.replace(small_run.interactions, user_ids=users))
    with pytest.raises(InputError, match="Did you mean '0042'"):
        user_id(run, "42")
