"""The true causes in causes.csv: they are read and checked, and each fault is one sentence with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import interactions_of

from attrec_core.data.causes import causes_beside, read_causes
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError

HEAD = "user,item,step,kind,cause_step,cause_item"
WORLD = {"Ann": ["a", "b", "c", "d"], "Bo": ["c", "a", "c"]}


@pytest.fixture
def world() -> Interactions:
    return interactions_of(WORLD)


def table(folder: Path, *lines: str, head: str = HEAD) -> Path:
    file = folder / "causes.csv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return file


def test_what_stands_in_the_file_is_read_in_any_order_of_columns(tmp_path: Path, world: Interactions) -> None:
    file = table(tmp_path, "Ann,a,0,taste,,", "Ann , d,3,series,1,b", "Bo,c,2, mood ,0,c", "Ann,c,2,series,0,a")
    causes = read_causes(file, world)
    assert causes.users.tolist() == [0, 1, 0]
    assert causes.steps.tolist() == [3, 2, 2]
    assert causes.cause_steps.tolist() == [1, 0, 0]
    assert [causes.kinds[code] for code in causes.codes] == ["series", "mood", "series"]
    assert causes.ignored == 0
    file = table(tmp_path, "b,x,1,series,3,d,Ann", head="cause_item,note,cause_step,kind,step,item,user")
    assert read_causes(file, world).steps.tolist() == [3]
    assert len(read_causes(table(tmp_path, "Ann,a,0,taste,,"), world).users) == 0  # not a single cause is no fault


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
        read_causes(table(tmp_path, "Ann,a,0,taste,,", line), world)
    assert str(caught.value).startswith(str(tmp_path / "causes.csv"))
    assert "\n" not in str(caught.value)


def test_another_table_of_that_name_and_too_many_kinds_are_refused(tmp_path: Path, world: Interactions) -> None:
    with pytest.raises(InputError, match=r"has no column 'item'.*give it another name"):
        read_causes(table(tmp_path, "x", head="user"), world)
    (tmp_path / "causes.csv").write_bytes(b"\0\1\2")
    with pytest.raises(InputError, match="not a text file"):
        read_causes(tmp_path / "causes.csv", world)
    with pytest.raises(InputError, match="21 kinds of cause are named; at most 20 can be"):
        read_causes(table(tmp_path, *(f"Ann,d,3,kind {k},1,b" for k in range(21))), world)


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
    causes = read_causes(table(tmp_path, line, "Ann,d,3,series,1,b"), world)
    assert causes.ignored == 1
    assert causes.steps.tolist() == [3]


def test_a_folder_without_causes_has_none(tmp_path: Path, world: Interactions) -> None:
    assert causes_beside(tmp_path, world) is None
    assert causes_beside(tmp_path / "interactions.csv", world) is None
