"""Histories: sorted the slow way and the fast way; tables of numbers read in pieces of any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrec_core import data
from attrec_core.data import Options
from attrec_core.data.options import TieRule
from attrec_core.data.reading import histories, whole_ids
from attrec_core.data.reading.coded import Coded
from attrec_core.data.reading.histories import Blocks, placed, sorting, whole_users

RULES = st.sampled_from(["file-first", "file-last"])
# Narrow times make ties, wide ones do not fit into one number with the rest.
ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9), st.integers(-3, 3) | st.integers(-(2**62), 2**62)))


def slowly(rows: list[tuple[int, int, int]], rule: TieRule) -> list[tuple[int, int, int]]:
    """Sorted by what the words say."""
    turned = rows[::-1] if rule == "file-first" else rows
    return sorted(turned, key=lambda row: (row[0], row[2]))


def columns(rows: list[tuple[int, int, int]]) -> list[np.ndarray]:
    return [np.array([row[place] for row in rows], np.int64) for place in range(3)]


@given(rows=ROWS, rule=RULES)
def test_rows_in_any_order_become_histories(rows: list[tuple[int, int, int]], rule: TieRule) -> None:
    users, items, times = columns(rows)
    found = histories.histories(
        Coded(users.astype(np.int32), [str(user) for user in range(7)]), items.astype(np.int32), times, rule
    )
    names = sorted({str(row[0]) for row in rows})
    named = [(names.index(str(user)), item, time) for user, item, time in rows]
    assert list(zip(found.users, found.items, found.times, strict=True)) == slowly(named, rule)


@given(rows=ROWS, rule=RULES)
def test_a_sort_says_where_each_row_stood(rows: list[tuple[int, int, int]], rule: TieRule) -> None:
    users, _, times = columns(rows)
    places = sorting(users, times, rule)
    numbered = [(user, place, time) for place, (user, _, time) in enumerate(rows)]
    assert places.tolist() == [place for _, place, _ in slowly(numbered, rule)]


@given(counts=st.lists(st.integers(1, 9), min_size=1, max_size=8), data_=st.data(), rule=RULES)
def test_pieces_cut_anywhere_place_the_same_rows(counts: list[int], data_: st.DataObject, rule: TieRule) -> None:
    owners = np.repeat(np.array(data_.draw(st.permutations(range(len(counts)))), np.int32), counts)
    times = np.array(data_.draw(st.lists(st.integers(0, 3), min_size=len(owners), max_size=len(owners))), np.int64)
    items = np.arange(len(owners), dtype=np.int32)
    cuts = sorted(data_.draw(st.sets(st.integers(1, len(owners)))) | {len(owners)})
    pieces = [
        Blocks.of(owners[begin:end], items[begin:end], times[begin:end])
        for begin, end in zip([0, *cuts], cuts, strict=False)
        if end > begin
    ]
    whole = list(whole_users(pieces))
    assert sorted(owner for one in whole for owner in one.owners) == list(range(len(counts)))
    found = placed(whole, np.bincount(owners), rule)
    rows = list(zip(owners.tolist(), items.tolist(), times.tolist(), strict=True))
    assert list(zip(found.users, found.items, found.times, strict=True)) == slowly(rows, rule)


@pytest.fixture(params=["together", "mixed"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """The same rows twice: as plain numbers, and with quotation marks, which must be read as text."""
    random = np.random.default_rng(5)
    rows = [(u, i, r / 2, 10**9 + t) for u in (3, 11, 2, 40, 7) for i, r, t in random.integers(1, 9, (23, 3))]
    if request.param == "mixed":
        random.shuffle(rows)
    head = "userId,movieId,rating,timestamp\n"
    quick, exact = tmp_path / "quick" / "ratings.csv", tmp_path / "exact" / "ratings.csv"
    for path, mark in ((quick, ""), (exact, '"')):
        path.parent.mkdir()
        path.write_text(
            head + "".join(f"{int(u)},{int(i)},{mark}{r}{mark},{int(t)}\n" for u, i, r, t in rows), encoding="utf-8"
        )
    return quick, exact


@pytest.mark.parametrize("size", [1, 60, 333, 1 << 22])
@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(tie_rule="file-last"),
        Options(min_rating=2.5),
        Options(duplicates="drop"),
        Options(k_core=4, tie_rule="file-last"),
    ],
)
def test_numbers_in_pieces_are_what_the_text_says(
    tables: tuple[Path, Path], size: int, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_ids, "PIECE", size)
    monkeypatch.setattr(histories, "PART", 16)
    quick, exact = (data.import_data(table, options) for table in tables)
    assert data.rows(tables[0]).ordered is not None
    assert data.rows(tables[1]).ordered is None
    for name in ("users", "items", "times", "user_ids", "item_ids"):
        assert np.array_equal(getattr(quick[0], name), getattr(exact[0], name)), name
    assert quick[1].first == exact[1].first
    assert quick[1].dropped == exact[1].dropped


@pytest.mark.parametrize("rule", ["file-first", "file-last"])
def test_rows_once_read_serve_every_tie_rule(tables: tuple[Path, Path], rule: TieRule) -> None:
    """The rows of a table of numbers stand in order by one rule already; the other one is still to be had."""
    options = Options(tie_rule=rule)
    quick, exact = (data.interactions_of(data.rows(table), options)[0] for table in tables)
    assert np.array_equal(quick.items, exact.items)
    assert quick.tied_last() > 0


@settings(max_examples=60)
@given(text=st.text('0123456789.,\n\r"- x', max_size=120), size=st.integers(1, 40))
def test_a_table_of_anything_is_read_alike_in_pieces_and_whole(
    text: str, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "ratings.csv"
    path.write_bytes(b"userId,movieId,rating,timestamp\n" + b"1,2,3.5,1000000000\n2,3,4,1000000001\n" + text.encode())

    def read() -> object:
        try:
            found, report = data.import_data(path)
        except ValueError as error:
            return str(error)
        return found.users.tolist(), found.items.tolist(), found.times.tolist(), found.item_ids, report.read

    whole = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whole_ids, "PIECE", size)
        assert read() == whole
