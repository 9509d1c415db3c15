"""Filters and the preview of their effect; the k-core is compared with a slow version that cannot be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of
from hypothesis import given
from hypothesis import strategies as st
from table_files import put

from attrec_core import data
from attrec_core.cli import main
from attrec_core.data import importing
from attrec_core.data.causes import causes_beside, read_causes
from attrec_core.data.filters import dropped_text, effect, k_core, rows_again
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Options
from attrec_core.errors import InputError

PAIRS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=80)


def slow_core(pairs: list[tuple[int, int]], k: int, rounds: int = 0) -> tuple[list[tuple[int, int]], int]:
    """Drops the rows of rare users and items until nothing changes, and counts how often that is."""
    users, items = [user for user, _ in pairs], [item for _, item in pairs]
    remaining = [(u, i) for u, i in pairs if users.count(u) >= k and items.count(i) >= k]
    return (pairs, rounds) if remaining == pairs else slow_core(remaining, k, rounds + 1)


@given(PAIRS, st.integers(2, 4))
def test_a_k_core_is_what_taking_away_row_by_row_leaves(pairs: list[tuple[int, int]], k: int) -> None:
    users, items = (np.array(column) for column in zip(*pairs, strict=True))
    stays, rounds = k_core(users, items, k)
    assert ([pair for pair, is_kept in zip(pairs, stays, strict=True) if is_kept], rounds) == slow_core(pairs, k)


TABLE = "user,item,time,rating,event\n" + "".join(
    f"u{u},i{(u * k) % 7},{k},{(u + k) % 5 + 1},{'view' if k % 3 else 'buy'}\n" for u in range(12) for k in range(3 + u)
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return put(tmp_path, "rows.csv", TABLE)


def test_a_training_says_which_kinds_of_event_count_where_none_was_chosen(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    views, buys = TABLE.count("view\n"), TABLE.count("buy\n")
    training = ["train", str(table), "--out", str(tmp_path / "run"), "--epochs", "1", "--set", "dim=4", "--no-maps"]
    assert main(training) == 0
    assert f"2 kinds of event: 'view' ({views} rows), 'buy' ({buys} rows)." in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        Options(min_rating=3),
        Options(events=("view",)),
        Options(k_core=5),
        Options(paper_filter=True),
        Options(paper_filter=True, cold_items=2),
        Options(duplicates="drop"),
        Options(min_rating=2, events=("view",), duplicates="drop", k_core=3),
    ],
)
def test_what_a_filter_would_do_is_what_it_does(table: Path, options: Options) -> None:
    rows = importing.rows(table)
    preview = effect(rows, options)
    interactions, report = importing.import_data(table, options)
    assert preview.after == report.counts
    assert preview.sentence.endswith(f"; dropped: {dropped_text(report.dropped)}.")
    assert preview.before.interactions == len(rows) == report.read
    assert f"{interactions.n_interactions:,} of" in preview.sentence
    assert preview.after.users == interactions.n_users


def test_the_papers_filter_drops_users_first_and_does_not_begin_again(table: Path) -> None:
    interactions = data.read(table, Options(paper_filter=True))
    assert np.diff(interactions.starts).min() >= 10
    rows = [line.split(",")[:2] for line in TABLE.splitlines()[1:]]
    active_users = {user for user, _ in rows if sum(user == row_user for row_user, _ in rows) >= 10}
    assert set(interactions.user_ids) == active_users


def test_filters_work_on_interactions_alone() -> None:
    rows = rows_again(interactions_of({"a": ["p", "q", "p"], "b": ["p", "q"], "c": ["r"]}))
    assert effect(rows, Options(k_core=2)).after.interactions == 5
    assert effect(rows, Options(duplicates="drop")).after.interactions == 5
    assert effect(rows, Options()).sentence.startswith("All ")
    with pytest.raises(InputError, match="no rating column"):
        effect(rows, Options(min_rating=3))


def test_what_was_left_out_before_is_told_before_what_a_filter_does(tmp_path: Path, table: Path) -> None:
    rows = "".join(f"u{n % 50},i{n % 7},{n}\n" for n in range(2030))
    path = put(tmp_path, "left_out.csv", f"user,item,time\n{rows}u1,,9\n")
    preview = effect(importing.rows(path), Options())
    left_out = "1 of 2,031 rows left out before these filters (1 row: no item)."
    assert preview.sentence == f"{left_out} All 2,030 rows are kept."
    assert "1 of 2,031 rows left out before these filters" in effect(importing.rows(path), Options(k_core=2)).sentence
    filtered, _ = importing.import_data(table, Options(duplicates="drop", k_core=2))
    sentence = effect(rows_again(filtered), Options()).sentence
    assert (dropped := sum(filtered.dropped.values())) > 0
    assert f"{dropped:,} of " in sentence and "left out before these filters" in sentence


# The true causes in causes.csv: they are read and checked, and each fault is one sentence with its line.


HEAD = "user,item,step,kind,cause_step,cause_item"
WORLD = {"Ann": ["a", "b", "c", "d"], "Bo": ["c", "a", "c"]}


@pytest.fixture
def world() -> Interactions:
    return interactions_of(WORLD)


def causes_of(folder: Path, *lines: str, head: str = HEAD) -> Path:
    file = folder / "causes.csv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return file


def test_what_stands_in_the_file_is_read_in_any_order_of_columns(tmp_path: Path, world: Interactions) -> None:
    file = causes_of(tmp_path, "Ann,a,0,taste,,", "Ann , d,3,series,1,b", "Bo,c,2, mood ,0,c", "Ann,c,2,series,0,a")
    causes = read_causes(file, world)
    assert causes.users.tolist() == [0, 1, 0]
    assert causes.steps.tolist() == [3, 2, 2]
    assert causes.cause_steps.tolist() == [1, 0, 0]
    assert [causes.kinds[code] for code in causes.codes] == ["series", "mood", "series"]
    assert causes.ignored == 0
    file = causes_of(tmp_path, "b,x,1,series,3,d,Ann", head="cause_item,note,cause_step,kind,step,item,user")
    assert read_causes(file, world).steps.tolist() == [3]
    assert len(read_causes(causes_of(tmp_path, "Ann,a,0,taste,,"), world).users) == 0  # not a single cause is no fault


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Ann,d,three,series,1,b", "line 3, column 'step': 'three' is not a step; expected a whole number from 0"),
        ("Ann,d,-1,series,1,b", "line 3, column 'step': '-1' is not a step"),
        ("Ann,d,9999999999,series,1,b", "line 3, column 'step': '9999999999' is not a step"),
        ("Ann,d,3,series,1.5,b", "line 3, column 'cause_step': '1.5' is not a step"),
        ("Ann,d,3,series,3,d", "line 3, column 'cause_step': '3' must be smaller than the step"),
        ("Ann,d,3,series,,b", "line 3, column 'cause_step': '' and the cause_item beside it must both be given"),
        ("Ann,d,3,series,1,", "line 3, column 'cause_step': '1' and the cause_item beside it must both be given"),
        ("Ann,d,3,,1,b", "line 3, column 'kind': '' must be a name of 1 to 40 characters"),
        (f"Ann,d,3,{'x' * 41},1,b", "column 'kind': 'xxx.* must be a name of 1 to 40 characters"),
        ("Ann,d,3,all,1,b", "line 3, column 'kind': 'all' is not possible"),
        ("Ann,d,3,series,1,b,x", "is not a table: line 3 has 7 fields where the header has 6"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, world: Interactions, line: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        read_causes(causes_of(tmp_path, "Ann,a,0,taste,,", line), world)
    assert str(caught.value).startswith(str(tmp_path / "causes.csv"))
    assert "\n" not in str(caught.value)


def test_another_table_of_that_name_and_too_many_kinds_are_refused(tmp_path: Path, world: Interactions) -> None:
    with pytest.raises(InputError, match=r"has no column 'item'.*give it another name"):
        read_causes(causes_of(tmp_path, "x", head="user"), world)
    (tmp_path / "causes.csv").write_bytes(b"\0\1\2")
    with pytest.raises(InputError, match="not a text file"):
        read_causes(tmp_path / "causes.csv", world)
    with pytest.raises(InputError, match="21 kinds of cause are named; at most 20 can be"):
        read_causes(causes_of(tmp_path, *(f"Ann,d,3,kind {k},1,b" for k in range(21))), world)


@pytest.mark.parametrize(
    "line",
    [
        "Cy,d,3,series,1,b",  # no such user
        "Ann,z,3,series,1,b",  # no such item
        "Ann,d,3,series,1,z",
        "Ann,d,2,series,1,b",  # another item is at this step
        "Ann,d,3,series,0,b",
        "Ann,d,4,series,1,b",  # the history is shorter
    ],
)
def test_a_cause_that_does_not_fit_is_left_out_and_counted(tmp_path: Path, world: Interactions, line: str) -> None:
    causes = read_causes(causes_of(tmp_path, line, "Ann,d,3,series,1,b"), world)
    assert causes.ignored == 1
    assert causes.steps.tolist() == [3]


def test_a_folder_without_causes_has_none(tmp_path: Path, world: Interactions) -> None:
    assert causes_beside(tmp_path, world) is None
    assert causes_beside(tmp_path / "interactions.csv", world) is None
