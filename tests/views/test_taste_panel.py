"""What of the history still counts: the panel's numbers are the model's, and are the bars of Why this item?"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from other_runs import remembering

from attrec_core.runs.run import Run
from attrec_core.views.compare.sides import sides
from attrec_core.views.drawing.theme import signed
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View
from attrec_core.views.why.exact_sum import EARLIER, explained, folded, other_earlier, waterfall, with_rest
from attrec_core.views.why.panels import TASTE
from attrec_core.views.why.taste import TasteOfItems
from attrec_core.views.why.term_bars import Term

USER = 7


@pytest.fixture(scope="module")
def run(sample: Run) -> Run:
    return remembering(sample)


def of(run: Run, **fields: object) -> tuple[Scene, TasteOfItems]:
    at = scene(run, View(**{"user": run.interactions.user_ids[USER], "step": 30, **fields}))
    return at, TASTE.of(at).record


def test_the_parts_are_those_of_the_bars_and_of_the_distance(run: Run) -> None:
    at, record = of(run, terms="whole")
    parts = explained(at).sum.parts
    long = {part.age: part.value for part in parts if part.kind == "earlier"}
    long |= {len(at.window) - part.place: part.long for part in parts if part.kind == "item"}
    assert [row.adds for row in record.rows] == [long[row.age] for row in record.rows]
    assert sum(row.share for row in record.rows) == pytest.approx(1)
    item, table, point = at.explained, run.weights["item_long"].astype(float), at.moment.taste
    vectors = table[[row.item for row in record.rows]]
    shares = np.array([row.share for row in record.rows])
    same = at.omega * (shares @ (vectors**2).sum(1) - point @ point)
    assert sum(row.adds for row in record.rows) - same == pytest.approx(
        at.omega * ((table[item] - point) ** 2).sum(), abs=1e-5
    )
    means = at.omega * shares * ((table[:, None] - vectors) ** 2).sum(2).mean(0)
    assert [row.usual for row in record.rows] == pytest.approx(means.tolist(), rel=1e-5)


def test_places_and_dates_are_those_of_the_history_and_an_edited_window_has_no_dates(run: Run) -> None:
    at, record = of(run)
    data, start = run.interactions, int(run.interactions.starts[USER])
    assert [row.item for row in record.rows] == data.history(USER)[:30].tolist()
    assert [row.place for row in record.rows] == list(range(1, 31))
    times = [datetime.fromtimestamp(int(time), UTC).date().isoformat() for time in data.times[start : start + 30]]
    assert [row.date for row in record.rows] == times
    edited, after = of(run, window=at.ids(at.window[[0, 1]]))
    assert [row.place for row in after.rows] == list(range(1, 28))
    assert [row.date for row in after.rows] == [*times[:25], "", ""]
    assert [row.in_window for row in after.rows][-3:] == [None, 1, 2]
    assert not np.array_equal(edited.moment.taste, at.moment.taste)


def test_many_small_bars_are_folded_into_one_and_nothing_is_lost(run: Run) -> None:
    at, _ = of(run)
    for from_average in (True, False):
        whole = waterfall(at, explained(at), from_average=from_average)
        terms = folded(with_rest(whole.terms), from_average)
        earlier = [term for term in terms if term.kind == "earlier"]
        assert len(earlier) == EARLIER + 1 and earlier[0].item is None
        assert len([term for term in whole.terms if term.kind == "earlier"]) == 25
        assert terms[-2].end == pytest.approx(terms[-1].value)
        of_none = terms[-2]  # belongs to no item; the details name it, with its number, or what it joins
        assert of_none.kind == ("origin" if from_average else "rest")
        assert (f"Origin {signed(of_none.value, 4)}" if from_average else "other terms") in whole.details
        for before, term in itertools.pairwise(terms[:-1]):
            assert term.start == pytest.approx(before.value if before.kind == "average" else before.end)
        effects = [term.value - (0 if from_average else term.usual) for term in whole.terms if term.kind == "earlier"]
        shown = [abs(term.value - (0 if from_average else term.usual)) for term in earlier[1:]]
        assert min(shown) == pytest.approx(sorted(np.abs(effects))[-EARLIER])


def test_a_single_small_bar_keeps_its_name() -> None:
    for earlier, small in ((EARLIER + 1, 0), (EARLIER + 2, 2)):
        terms = [Term("earlier", value + 0.5, usual=0.5) for value in range(earlier)]
        assert other_earlier(terms) == terms[:small][::-1]


def test_a_new_person_has_such_a_taste_and_a_vector_has_none(run: Run, sample: Run) -> None:
    likes = tuple(run.interactions.item_ids[item] for item in (3, 9, 27, 81, 100, 200, 300))
    at = scene(run, View(likes=likes))
    record = TASTE.of(at).record
    assert [row.place for row in record.rows] == [1, 2, 3, 4, 5, 6, 7]
    assert not any(row.date for row in record.rows) and "date" not in record.table()
    assert "vector" in TASTE.lacks(scene(sample, View()))


def test_two_runs_with_windows_of_two_lengths_have_the_same_history(run: Run) -> None:
    """The weights are the same, so the tastes are equal wherever both read the same history."""
    longer = replace(run, model_config=replace(run.model_config, window=8), path=Path("longer"))
    window = tuple(reversed([run.interactions.item_ids[item] for item in run.interactions.history(USER)[22:30]]))
    views = (
        View(user=run.interactions.user_ids[USER], step=30),
        View(user=run.interactions.user_ids[USER], step=30, window=window[:5]),
        View(likes=tuple(run.interactions.item_ids[item] for item in range(3, 23))),
    )
    for first, second in ((run, longer), (longer, run)):
        for view in views:
            a, b = (side.moment for side in sides(first, second, view).scenes)
            np.testing.assert_allclose(a.taste, b.taste, atol=1e-6)
    whole = View(user=run.interactions.user_ids[USER], step=30, window=window)
    a, b = (side.moment for side in sides(longer, run, whole).scenes)
    np.testing.assert_allclose(a.taste, b.taste, atol=1e-6)
