"""Whatever a file holds, it is read correctly or refused in one sentence, and each lost row is counted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_files import put, read, refused

from attrec_core.data import importing
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Columns, Options
from attrec_core.errors import InputError

pytestmark = pytest.mark.long

FEW = settings(max_examples=25, deadline=None)


def answer(path: Path, **options: object) -> Interactions | str:
    """Returns interactions whose report adds up, or the sentence that refuses the file."""
    try:
        return read(path, **options)[0]
    except InputError as error:
        assert str(error).strip() and "\n" not in str(error)
        return str(error)


CSV = ("a.csv", "user,item,time\n", "{},{},{}\n")
DATES = ("a.csv", "user,item,year,month,day\n", "{},{},2020,1,{}\n")
DAT = ("ratings.dat", "", "{}::{}::3::{}\n")
JSON = ("a.json", "", '{{"user": "{}", "item": "{}", "time": {}}}\n')
INTER = ("a.inter", "user_id:token\titem_id:token\ttimestamp:float\n", "{}\t{}\t{}\n")
BROKEN = [
    (*CSV, "a,b\n", "line with too few fields"),
    (*CSV, "a,b,5,6\n", "line with too many fields"),
    (*CSV, "a,b,later\n", "time is not a time"),
    ("a.csv", "user,item,time\n", "{},{},1970-01-{:02}\n", "a,b,1970-02-30\n", "time is not a date"),
    (*CSV, f"a,b,{10**30}\n", "time is too large for a time"),
    ("a.csv", "user,item,time,rating\n", "{},{},{},3\n", "a,b,5,good\n", "rating is not a rating"),
    (*DATES, "a,b,2020,13,1\n", "year+month+day is not part of a valid date"),
    (*DATES, "a,b,2020,May,1\n", "year+month+day is not part of a date"),
    (*INTER, "a\tb\n", "line with too few fields"),
    (*DAT, "a::b::5\n", "line with too few fields"),
    (*DAT, "a:x:b::3::5\n", "is text where a double colon is expected"),
    (*JSON, "{half a\n", "line that is not a JSON object"),
    (*JSON, '{"user": "a", "item": "b", "time": "x"}\n', "time is not a time"),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: f"{case[0]}-{case[3].strip()[:12]}")
@pytest.mark.parametrize("places", [(0,), (3, 3, 9)])
def test_broken_rows_are_refused_or_counted_by_choice(
    tmp_path: Path, case: tuple[str, str, str, str, str], places: tuple[int, ...]
) -> None:
    """Skipping unreadable rows gives the same interactions as a file without them, wherever they are."""
    name, head, form, broken, reason = case
    letters = ("", "") if head.startswith("user_id") else ("u", "i")
    rows = [form.format(f"{letters[0]}{n % 3}", f"{letters[1]}{n % 5}", n + 1) for n in range(12)]
    expected, _ = read(put(tmp_path, f"clean/{name}", head + "".join(rows)))
    spoilt = list(rows)
    for index in places:
        spoilt.insert(index + (index == 0), broken)
    path = put(tmp_path, f"spoilt/{name}", head + "".join(spoilt))
    refused(path, "line", " broken_rows]")
    interactions, report = read(path, broken_rows="skip")
    for part in ("users", "items", "times", "user_ids", "item_ids"):
        assert list(getattr(interactions, part)) == list(getattr(expected, part)), part
    ((dropped_for, count),) = report.dropped.items()
    assert reason in dropped_for
    assert (count, report.read) == (len(places), len(rows) + len(places))
    assert importing.preview(path, Options(broken_rows="skip")).fault is None
    assert importing.preview(path).fault is not None


MARKED = st.text('"ab 1', min_size=1, max_size=5).filter(str.strip)


@FEW
@given(
    st.lists(st.tuples(MARKED, MARKED, MARKED), min_size=4, max_size=40),
    st.sampled_from([",", "\t", ";"]),
    st.sampled_from(["csv", "tsv", "txt"]),
)
def test_no_mark_swallows_a_row(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], delimiter: str, ending: str
) -> None:
    """Quotation marks that enclose nothing may be anywhere; each line is one row."""
    lines = [("user", "item", "title", "time"), *((*row, str(10**9 + n)) for n, row in enumerate(rows))]
    text = "\n".join(map(delimiter.join, lines)) + "\n"
    path = put(tmp_path_factory.mktemp("marks"), f"data.{ending}", text)
    for options in (None, Options(broken_rows="skip"), Options(quotes="literal")):
        try:
            interactions, report = importing.import_data(path, options)
        except InputError:
            continue
        assert report.read == len(rows)
        if options and options.quotes:
            assert set(interactions.item_ids) == {row[1].strip() for row in rows}


FIELDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=6)
TIMES = st.integers(-5, 10**13).map(str) | st.sampled_from(["", "NaN", " 7 ", "1.5"])


@FEW
@given(
    st.lists(st.tuples(FIELDS, FIELDS, TIMES), min_size=1, max_size=30),
    st.sampled_from([",", "\t", ";"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_no_row_of_a_table_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], delimiter: str, end: str
) -> None:
    """The kept rows are those that a simple, slow reader would keep."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("user", "item", "time"), *rows])
    path = put(tmp_path_factory.mktemp("rows"), "data.csv", text.getvalue())
    whole = [row for row in rows if row[0].strip() and row[1].strip() and row[2] not in ("", "NaN")]
    expected = sorted((user.strip(), item.strip()) for user, item, time in whole if not time.startswith("-"))
    result = answer(path, columns=Columns(user="user"))
    if isinstance(result, str):
        assert len(expected) < 2 or len({u for u, _ in expected}) < 2 or len({i for _, i in expected}) < 3, result
        return
    pairs = zip(result.users.tolist(), result.items.tolist(), strict=True)
    assert sorted((result.user_ids[user], result.item_ids[item]) for user, item in pairs) == expected


IDS = st.sampled_from(["1", "2", "3", "10", "99", "01", "+1", "1 ", "x", "1.0", "4000000000", "", '"5"', "-1"])
RATINGS = st.sampled_from(["4", "3.5", ".", "", "x"])


@FEW
@given(st.lists(st.tuples(IDS, IDS, RATINGS), min_size=1, max_size=12), st.booleans())
def test_ids_of_whole_numbers_are_never_changed(
    tmp_path_factory: pytest.TempPathFactory, odd: list[tuple[str, str, str]], closed: bool
) -> None:
    rows = [(str(user), str(item), "4") for user in range(1, 30) for item in range(1, 8)] + odd
    text = "userId,movieId,rating,timestamp\n" + "\n".join(f"{u},{i},{r},{10**9}" for u, i, r in rows) + "\n" * closed
    result = answer(put(tmp_path_factory.mktemp("ids"), "ratings.csv", text))
    if isinstance(result, str):
        assert any(rating in ("x", ".") for _, _, rating in odd), result
        return
    kept = [(u.strip(' "'), i.strip(' "')) for u, i, _ in rows if u.strip() and i.strip()]
    assert set(result.user_ids) == {user for user, _ in kept}
    assert set(result.item_ids) == {item for _, item in kept}
    assert result.n_interactions == len(kept)
