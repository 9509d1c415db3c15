"""An item is found by its id or its title; what is not found is refused with what may be meant. The title search on the
server is compared with a plain version of its rule."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from attrec_core.errors import InputError
from attrec_core.runs import lookup
from attrec_core.runs.lookup import LETTERS, MATCHES, best_matches, item_id, user_id
from attrec_core.runs.run import Run

TITLES = ("Alien", "The Alien", "Inalienable", "Ölüm ve Çınar", "Straße (1997)", "L'Âge d'or", "a.b", "aXb", "Æon Flux")


@pytest.fixture
def run(small_run: Run) -> Run:
    """Its first items are five films; two have the same title."""
    data = small_run.interactions
    ids = ("rocky", "rocky-2", "00005", "7.0", "alien", *data.item_ids[5:])
    titles = ("Rocky", "Rocky II", "Amélie", "Heat", "Rocky II: The Cut", *data.titles[5:])
    titles = (*titles[:-2], "Solaris", "Solaris")
    return replace(small_run, interactions=replace(data, item_ids=ids, titles=titles))


def test_an_item_is_found_by_its_id_or_whole_title_unless_two_items_have_it(run: Run) -> None:
    names = {"rocky": "rocky", "Rocky II": "rocky-2", "rocky ii": "rocky-2", "AMELIE": "00005", "7": "7.0"}
    assert {name: item_id(run, name) for name in names} == names
    data = run.interactions
    with pytest.raises(InputError, match="2 items have the title 'solaris'") as refused:
        item_id(run, "solaris")
    assert all(repr(item) in str(refused.value) for item in data.item_ids[-2:])
    data = replace(data, user_ids=("0042", *data.user_ids[1:]))
    with pytest.raises(InputError, match="Did you mean '0042'"):
        user_id(replace(run, interactions=data), "42")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("5", "Did you mean '00005' (Amélie)"),
        ("Rocy II", "Did you mean 'rocky-2' (Rocky II)"),
        ("The Cut", "'alien' (Rocky II: The Cut)"),
        *((name, "no item") for name in ("", " ", "\0", "(", "{id}", "x" * 5000)),
    ],
)
def test_an_unknown_item_is_refused_with_those_that_may_be_meant(run: Run, name: str, hint: str) -> None:
    with pytest.raises(InputError) as refused:
        item_id(run, name)
    assert refused.value.code == "unknown_item"
    assert hint in str(refused.value)


@pytest.fixture
def titled_run(small_run: Run) -> Run:
    data, random = small_run.interactions, np.random.default_rng(1)
    titles = tuple(f"{TITLES[random.integers(len(TITLES))]} {item}" for item in range(data.n_items))
    return replace(small_run, interactions=replace(data, titles=titles))


def plain(text: str) -> str:
    text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.category(c).startswith("M"))
    return "".join(LETTERS.get(letter, letter) for letter in text).strip()


@pytest.mark.parametrize("query", ["", "al", "ALIEN", "alien 1", "olu", "strasse", "age", "a.b", "aeon", "(19", "zz"])
@pytest.mark.parametrize("block", [1, 7, 50_000])
def test_the_best_matches_begin_with_it_then_a_word_does_then_they_hold_it(
    titled_run: Run, query: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "BLOCK", block)
    order = np.argsort(-titled_run.popularity, kind="stable").tolist()
    titles, needle = [plain(title) for title in titled_run.interactions.titles], plain(query)
    kinds: list[list[int]] = [[], [], []]
    for item in order:
        position = titles[item].find(needle)
        begins_word = re.search(rf"[^\w]{re.escape(needle)}", titles[item]) is not None
        if position >= 0:
            kinds[0 if position == 0 else 1 if begins_word else 2].append(item)
    assert best_matches(titled_run, query) == [item for kind in kinds for item in kind[:MATCHES]][:MATCHES]
