"""Histories: rows in the order of a file, sorted by a slow and by the fast algorithm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.data import importing
from attrec_core.data.interactions import in_time_order, time_order
from attrec_core.data.options import Options, TieRule

RULES = st.sampled_from(["file-first", "file-last"])
# Times of a narrow range tie; times of a wide range do not fit into one number with the user.
ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9), st.integers(-3, 3) | st.integers(-(2**62), 2**62)))


def slowly(rows: list[tuple[str, int, int]], rule: TieRule) -> list[tuple[str, int, int]]:
    """Sorts the rows by user, time and tie rule."""
    ordered = rows[::-1] if rule == "file-first" else rows
    return sorted(ordered, key=lambda row: (row[0], row[2]))


@given(rows=ROWS, rule=RULES)
def test_rows_in_any_order_become_histories(rows: list[tuple[int, int, int]], rule: TieRule) -> None:
    named = [(str(user), str(item), time) for user, item, time in rows]
    table = pd.DataFrame(named, columns=["user", "item", "time"]).astype({"time": np.int64})
    table = table.astype({"user": "str", "item": "str"}).astype({"user": "category", "item": "category"})
    ordered = in_time_order(table, rule)
    assert list(ordered.itertuples(index=False, name=None)) == slowly(named, rule)
    assert list(ordered["user"].cat.categories) == sorted({row[0] for row in named})


@given(rows=ROWS, rule=RULES)
def test_a_sort_says_where_each_row_stood(rows: list[tuple[int, int, int]], rule: TieRule) -> None:
    users, times = (np.array([row[column] for row in rows], np.int64) for column in (0, 2))
    numbered = [(f"{user:02}", position, time) for position, (user, _, time) in enumerate(rows)]
    assert time_order(users, times, rule).tolist() == [position for _, position, _ in slowly(numbered, rule)]


@pytest.fixture(params=["together", "mixed"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A table with the rows of each user together, or with all rows mixed."""
    random = np.random.default_rng(5)
    rows = [(u, i, r / 2, 10**9 + t) for u in (3, 11, 2, 40, 7) for i, r, t in random.integers(1, 9, (23, 3))]
    if request.param == "mixed":
        random.shuffle(rows)
    path = tmp_path / "ratings.csv"
    lines = "".join(f"{int(u)},{int(i)},{r},{int(t)}\n" for u, i, r, t in rows)
    path.write_text("userId,movieId,rating,timestamp\n" + lines, encoding="utf-8")
    return path


@pytest.mark.parametrize("rule", ["file-first", "file-last"])
@pytest.mark.parametrize("least", [None, 2.5])
def test_a_table_becomes_what_pandas_makes_of_it(table: Path, rule: TieRule, least: float | None) -> None:
    interactions, report = importing.import_data(table, Options(tie_rule=rule, min_rating=least))
    expected = pd.read_csv(table, dtype={"userId": str, "movieId": str})
    filtered = expected if least is None else expected[expected["rating"] >= least]
    filtered = filtered[:: -1 if rule == "file-first" else 1].sort_values(["userId", "timestamp"], kind="stable")
    names = (
        [interactions.user_ids[user] for user in interactions.users],
        [interactions.item_ids[item] for item in interactions.items],
    )
    assert names == (filtered["userId"].tolist(), filtered["movieId"].tolist())
    assert interactions.times.tolist() == filtered["timestamp"].tolist()
    first = [(row.user, row.item, row.rating) for row in report.first]
    assert first == list(expected[["userId", "movieId", "rating"]].head(5).itertuples(index=False, name=None))
