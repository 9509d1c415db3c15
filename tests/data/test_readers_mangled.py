"""Whatever a file holds, it is read correctly or refused in one sentence, and each lost row is counted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mangled import mangled
from table_files import MAKERS, read

from attrec_core import data
from attrec_core.cli.output import flag
from attrec_core.data import importing
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Columns, Options
from attrec_core.errors import InputError

pytestmark = pytest.mark.long


def refusal(path: Path, **options: object) -> InputError:
    with pytest.raises(InputError) as caught:
        importing.import_data(path, Options(**options))
    return caught.value


FEW = settings(max_examples=25, deadline=None)


def answer(path: Path, **options: object) -> Interactions | str:
    """Returns interactions whose report adds up, or the sentence that refuses the file."""
    try:
        return read(path, **options)[0]
    except InputError as error:
        text = str(error)
        assert text.strip()
        assert "\n" not in text, text
        return text


@pytest.mark.parametrize("name", MAKERS)
def test_a_mangled_file_is_read_or_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("mangled")
    path = MAKERS[name](folder)
    main = max((file for file in folder.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    whole = main.read_bytes()

    @FEW
    @given(mangled(whole))
    def mangle(content: bytes) -> None:
        main.write_bytes(content)
        answer(path)
        answer(path, broken_rows="skip")
        try:
            importing.preview(path)
        except InputError as error:
            assert "\n" not in str(error)

    mangle()


BROKEN = [
    ("a.csv", "user,item,time\n", "{},{},{}\n", "a,b\n", "line with too few fields"),
    ("a.csv", "user,item,time\n", "{},{},{}\n", "a,b,5,6\n", "line with too many fields"),
    ("a.csv", "user,item,time\n", "{},{},{}\n", "a,b,later\n", "time is not a time"),
    ("a.csv", "user,item,time\n", "{},{},1970-01-{:02}\n", "a,b,1970-02-30\n", "time is not a date"),
    ("a.csv", "user,item,time\n", "{},{},{}\n", f"a,b,{10**30}\n", "time is too large for a time"),
    ("a.csv", "user,item,time,rating\n", "{},{},{},3\n", "a,b,5,good\n", "rating is not a rating"),
    (
        "a.csv",
        "user,item,year,month,day\n",
        "{},{},2020,1,{}\n",
        "a,b,2020,13,1\n",
        "year+month+day is not part of a valid date",
    ),
    (
        "a.csv",
        "user,item,year,month,day\n",
        "{},{},2020,1,{}\n",
        "a,b,2020,May,1\n",
        "year+month+day is not part of a date",
    ),
    (
        "a.inter",
        "user_id:token\titem_id:token\ttimestamp:float\n",
        "{}\t{}\t{}\n",
        "a\tb\n",
        "line with too few fields",
    ),
    ("ratings.dat", "", "{}::{}::3::{}\n", "a::b::5\n", "line with too few fields"),
    ("ratings.dat", "", "{}::{}::3::{}\n", "a:x:b::3::5\n", "is text where a double colon is expected"),
    ("a.json", "", '{{"user": "{}", "item": "{}", "time": {}}}\n', "{half a\n", "line that is not a JSON object"),
    (
        "a.json",
        "",
        '{{"user": "{}", "item": "{}", "time": {}}}\n',
        '{"user": "a", "item": "b", "time": "x"}\n',
        "time is not a time",
    ),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: f"{case[0]}-{case[3].strip()[:12]}")
@pytest.mark.parametrize("places", [(0,), (3, 3, 9)])
def test_broken_rows_are_refused_or_counted_by_choice(
    tmp_path: Path, case: tuple[str, str, str, str, str], places: tuple[int, ...]
) -> None:
    """Skipping unreadable rows gives the same interactions as a file without them, wherever they are."""
    name, head, form, broken, reason = case
    rows = [form.format(f"u{n % 3}", f"i{n % 5}", n + 1) for n in range(12)]
    if head.startswith("user_id"):
        rows = [row.replace("u", "").replace("i", "") for row in rows]
    clean, spoilt = tmp_path / "clean" / name, tmp_path / "spoilt" / name
    for path, lines in ((clean, rows), (spoilt, list(rows))):
        path.parent.mkdir()
        for index in places if path == spoilt else ():
            lines.insert(index + (index == 0), broken)
        path.write_text(head + "".join(lines), encoding="utf-8")
    message = answer(spoilt)
    assert isinstance(message, str)
    assert "line" in message
    assert refusal(spoilt).setting == "broken_rows"
    skipping = Options(broken_rows="skip")
    interactions, report = importing.import_data(spoilt, skipping)
    expected = data.read(clean)
    for part in ("users", "items", "times", "user_ids", "item_ids"):
        assert list(getattr(interactions, part)) == list(getattr(expected, part)), part
    ((dropped_for, count),) = report.dropped.items()
    assert reason in dropped_for
    assert count == len(places)
    assert report.read == len(rows) + len(places)
    assert importing.preview(spoilt, skipping).fault is None
    assert importing.preview(spoilt).fault is not None


@pytest.mark.parametrize("place", [50, 150], ids=["seen in the head", "further down"])
@pytest.mark.parametrize(("bad", "reason"), [("4,later", "time is not a time"), ("fine,9", "rating is not a rating")])
def test_rows_broken_in_different_ways_are_each_left_out_for_their_own_reason(
    tmp_path: Path, place: int, bad: str, reason: str
) -> None:
    path = tmp_path / "a.csv"
    rows = [f"u{n % 5},i{n % 7},3,{10**9 + n}" for n in range(200)]
    rows[place : place + 3] = ["a,b,3", "a,b,3,4,5", f"a,b,{bad}"]
    path.write_text("user,item,rating,time\n" + "\n".join(rows), encoding="utf-8")
    assert f"line {place + 2} has 3 fields" in str(answer(path))
    interactions, report = importing.import_data(path, Options(broken_rows="skip"))
    assert interactions.n_interactions == 197
    assert report.dropped == {"line with too few fields": 1, "line with too many fields": 1, reason: 1}


def test_a_file_of_nothing_but_broken_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user,item,time\n" + "a,b,5,6\n" * 5, encoding="utf-8")
    assert "more fields than the 3 of the header" in str(answer(path, broken_rows="skip"))
    path.write_text("user,item,time\n" + "a,b,later\n" * 5, encoding="utf-8")
    assert "'later' is not a time, and no other value of this column can be read" in str(
        answer(path, broken_rows="skip")
    )
    path.write_text("user,item,rating,time\n" + "a,b,5\n" * 5, encoding="utf-8")
    assert "line 2 has 3 fields where the header has 4" in str(answer(path, broken_rows="skip"))


@pytest.mark.parametrize(
    ("row", "column", "deed"),
    [
        ("4,2024-05-31 18:00 CET", "time", "use --time-unit none"),
        ("4,2024-05-31 18:00 CET\na,b,4,", "time", "use --time-unit none"),
        ("4,99999999999999999999", "time", "use --time-unit none"),
        ("fine,5", "rating", "use --rating-column none"),
    ],
)
def test_a_column_without_any_readable_value_is_not_left_out_row_by_row(
    tmp_path: Path, row: str, column: str, deed: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user,item,rating,time\n" + f"a,b,{row}\n" * 5, encoding="utf-8")
    for rows in ("refuse", "skip"):
        error = refusal(path, broken_rows=rows)
        assert (error.code, error.setting) == ("unreadable_column", f"{column}_column")
        assert (error.place.line, error.place.column) == (2, column)
        assert deed in error.sentence(flag)


def test_the_line_of_a_value_counts_the_rows_that_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user,item,time\na,b\n" + "a,b,later\n" * 5, encoding="utf-8")
    error = refusal(path, broken_rows="skip")
    assert (error.code, error.place.line) == ("unreadable_column", 3)


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
    lines = [delimiter.join((*row, str(10**9 + index))) for index, row in enumerate(rows)]
    path = tmp_path_factory.mktemp("marks") / f"data.{ending}"
    path.write_text("\n".join([delimiter.join(("user", "item", "title", "time")), *lines]) + "\n", encoding="utf-8")
    for options in (None, Options(broken_rows="skip"), Options(quotes="literal")):
        try:
            interactions, report = importing.import_data(path, options)
        except InputError:
            continue
        assert report.read == len(rows)
        if options and options.quotes:
            assert set(interactions.item_ids) == {row[1].strip() for row in rows}


def test_marks_that_enclose_and_marks_that_do_not_are_told_apart_or_refused(tmp_path: Path) -> None:
    head, plain = "user,item,title,time\n", [f"u{n % 3},i{n % 5},plain,{10**9 + n}\n" for n in range(20)]
    stray = [line.replace("plain", '"7 inch') if n in (4, 9) else line for n, line in enumerate(plain)]
    path = tmp_path / "a.csv"
    path.write_text(head + "".join(stray), encoding="utf-8")
    interactions, report = importing.import_data(path)
    assert report.read == 20
    assert '"7 inch' in interactions.titles
    assert "Quotation marks are part of the text." in report.recognised

    path.write_text(head + "".join(stray) + 'u1,i1,"one, two",1000000100\n', encoding="utf-8")
    message = answer(path)
    assert "in line 6 would include all rows up to line 11" in str(message)
    literal = answer(path, quotes="literal", broken_rows="skip")
    assert not isinstance(literal, str) and literal.dropped == {"line with too many fields": 1}

    whole = [line.replace("plain", '"two\nlines, and ""more"""') if n == 0 else line for n, line in enumerate(plain)]
    path.write_text(head + "".join(whole), encoding="utf-8")
    interactions, report = importing.import_data(path)
    assert report.read == 20
    assert interactions.n_interactions == 20


def test_names_with_marks_in_a_table_of_items_are_read(tmp_path: Path) -> None:
    (tmp_path / "interactions.tsv").write_text(
        "user\titem\ttime\n" + "".join(f"u{n % 3}\t{n % 4}\t{n + 1}\n" for n in range(12)), encoding="utf-8"
    )
    names = ['"Weird Al" Yankovic', '"Heroes', 'The "5" Band', '"Quoted whole"']
    text = "id\tname\n" + "".join(f"{n}\t{name}\n" for n, name in enumerate(names))
    (tmp_path / "items.tsv").write_text(text, encoding="utf-8")
    assert data.read(tmp_path).titles == tuple(names)


FIELDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=6)


@FEW
@given(
    st.lists(
        st.tuples(
            FIELDS, FIELDS, st.one_of(st.integers(-5, 10**13).map(str), st.sampled_from(["", "NaN", " 7 ", "1.5"]))
        ),
        min_size=1,
        max_size=30,
    ),
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
    path = tmp_path_factory.mktemp("rows") / "data.csv"
    path.write_bytes(text.getvalue().encode())
    whole = [row for row in rows if row[0].strip() and row[1].strip() and row[2] not in ("", "NaN")]
    expected = sorted((user.strip(), item.strip()) for user, item, time in whole if not time.startswith("-"))
    result = answer(path, columns=Columns(user="user"))
    if isinstance(result, str):
        assert len(expected) < 2 or len({u for u, _ in expected}) < 2 or len({i for _, i in expected}) < 3, result
        return
    pairs = zip(result.users.tolist(), result.items.tolist(), strict=True)
    assert sorted((result.user_ids[user], result.item_ids[item]) for user, item in pairs) == expected


IDS = st.sampled_from(["1", "2", "3", "10", "99", "01", "+1", "1 ", "x", "1.0", "4000000000", "", '"5"', "-1"])


@FEW
@given(
    st.lists(st.tuples(IDS, IDS, st.sampled_from(["4", "3.5", ".", "", "x"])), min_size=1, max_size=12), st.booleans()
)
def test_ids_of_whole_numbers_are_never_changed(
    tmp_path_factory: pytest.TempPathFactory, odd: list[tuple[str, str, str]], closed: bool
) -> None:
    plain = [(str(user), str(item), "4") for user in range(1, 30) for item in range(1, 8)]
    rows = plain + odd
    text = "userId,movieId,rating,timestamp\n" + "\n".join(f"{u},{i},{r},{10**9}" for u, i, r in rows) + "\n" * closed
    path = tmp_path_factory.mktemp("ids") / "ratings.csv"
    path.write_text(text, encoding="utf-8")
    result = answer(path)
    if isinstance(result, str):
        assert any(rating in ("x", ".") for _, _, rating in odd), result
        return
    kept = [(u.strip(' "'), i.strip(' "')) for u, i, _ in rows if u.strip() and i.strip()]
    assert set(result.user_ids) == {user for user, _ in kept}
    assert set(result.item_ids) == {item for _, item in kept}
    assert result.n_interactions == len(kept)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\0" * 50, b"PAR1junkPAR1", b"{", b"{}\n", b"\x1f\x8bjunk", b"PK\x03\x04junk"]
)
@pytest.mark.parametrize("name", ["a.csv", "a.inter", "ratings.dat", "a.json.gz", "a.parquet", "a.zip"])
def test_files_that_are_nothing_get_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert isinstance(answer(path), str)
