"""The title search on the server, compared with a plain version of its rule."""

from __future__ import annotations

import dataclasses
import re
import unicodedata

import numpy as np
import pytest

from attrec_core.runs import title_search
from attrec_core.runs.run import Run
from attrec_core.runs.title_search import LETTERS, MATCHES, best_matches

TITLES = ("Alien", "The Alien", "Inalienable", "Ölüm ve Çınar", "Straße (1997)", "L'Âge d'or", "a.b", "aXb", "Æon Flux")


@pytest.fixture
def run(small_run: Run) -> Run:
    data, random = small_run.interactions, np.random.default_rng(1)
    titles = tuple(f"{TITLES[random.integers(len(TITLES))]} {item}" for item in range(data.n_items))
    return dataclasses.replace(small_run, interactions=dataclasses.replace(data, titles=titles))


def plain(text: str) -> str:
    text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.category(c).startswith("M"))
    return "".join(LETTERS.get(letter, letter) for letter in text).strip()


@pytest.mark.parametrize("query", ["", "al", "ALIEN", "alien 1", "olu", "strasse", "age", "a.b", "aeon", "(19", "zz"])
@pytest.mark.parametrize("block", [1, 7, 50_000])
def test_the_best_matches_begin_with_it_then_a_word_does_then_they_hold_it(
    run: Run, query: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(title_search, "BLOCK", block)
    order = np.argsort(-run.popularity, kind="stable").tolist()
    titles, needle = [plain(title) for title in run.interactions.titles], plain(query)
    kinds: list[list[int]] = [[], [], []]
    for item in order:
        position = titles[item].find(needle)
        begins_word = re.search(rf"[^\w]{re.escape(needle)}", titles[item]) is not None
        if position >= 0:
            kinds[0 if position == 0 else 1 if begins_word else 2].append(item)
    assert best_matches(run, query) == [item for kind in kinds for item in kind[:MATCHES]][:MATCHES]
