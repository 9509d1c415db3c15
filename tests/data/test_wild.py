"""Data of users that was once read wrongly: now it is read correctly, or the user is asked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import interactions_of, random_histories
from table_files import put, put_table, read, refused

import attrec_core as attrec
from attrec_core.cli import main
from attrec_core.cli.output import flag
from attrec_core.data import importing
from attrec_core.data.causes import causes_beside
from attrec_core.data.distributions import distributions
from attrec_core.data.options import Columns, Options
from attrec_core.data.windows import leave_one_out, repeated_targets
from attrec_core.errors import InputError
from attrec_core.views.data import tables

EPOCH = ("--epochs", "1", "--set", "dim=4", "--no-maps")


def test_collapsing_keeps_an_item_that_comes_again_later(tmp_path: Path) -> None:
    rows = "a,p,1\na,p,1\na,q,1\na,p,1\na,p,2\nb,p,1\nb,q,2\nb,r,3\n"
    data, report = read(put(tmp_path, "rows.csv", "user,item,time\n" + rows), duplicates="collapse")
    assert [data.item_ids[item] for item in data.history(0)] == ["p", "q", "p"]
    assert report.dropped == {"same user, item and time again": 2}


@pytest.mark.parametrize("rule", ["file-first", "file-last"])
def test_rows_that_repeat_another_are_counted_where_nobody_chose(tmp_path: Path, rule: str) -> None:
    rows = "a,p,1\na,q,1\na,p,1\na,p,2\na,p,2\na,p,2\nb,p,2\nb,q,3\nb,r,3\n"
    path = put(tmp_path, "rows.csv", "user,item,time\n" + rows)
    sentence = "3 rows have the same user, item and time as an earlier row. All are kept; duplicates can be collapsed."
    assert sentence in read(path, tie_rule=rule)[1].remarks
    once = put(tmp_path, "once.csv", "user,item,time\na,p,1\na,p,2\nb,p,2\nb,q,2\nb,r,3\n")
    for report in (read(once)[1], *(read(path, duplicates=way)[1] for way in ("keep", "collapse", "drop"))):
        assert not any("same user, item and time" in text for text in report.remarks)


def test_repeated_targets_are_counted_as_a_slow_count_does() -> None:
    histories = {user: [*items, *items[: len(user) % 2]] for user, items in random_histories(4).items()}
    data = interactions_of(histories)
    users = leave_one_out(data).evaluated
    is_repeat = [data.history(user)[-1] in data.history(user)[:-1] for user in users]
    assert 0 < sum(is_repeat) < len(is_repeat)
    assert repeated_targets(data.items, data.starts) == sum(is_repeat) / len(is_repeat)


def views(folder: Path, *, strangers: int) -> Path:
    """Item views as in Diginetica, 40 sessions of 5 views; in `strangers` of every 5 sessions the user is NA."""
    names = {session: "NA" if session % 5 < strangers else str(session) for session in range(40)}
    rows = [
        f"{session};{user};{(session + 7 * view) % 11};{60_000 * view};2016-05-09"
        for session, user in names.items()
        for view in range(5)
    ]
    return put(folder, "train-item-views.csv", "session_id;user_id;item_id;timeframe;eventdate\n" + "\n".join(rows))


def test_a_user_that_most_rows_lack_is_asked_about(tmp_path: Path) -> None:
    path = views(tmp_path, strangers=3)
    refused(
        path,
        "60\u00a0% of the rows of ",
        " have 'NA' as the user",
        "perhaps 'session_id'; choosing 'user_id' itself reads 'NA' as one user.",
        "[unlikely_users user_column]",
    )
    assert importing.preview(path).fault.code == "unlikely_users"
    assert read(path, columns=Columns(user="session_id"))[0].n_users == 40
    data, report = read(path, columns=Columns(user="user_id"))
    assert data.n_users == 17 and any("'NA'" in remark for remark in report.remarks)
    assert read(views(tmp_path, strangers=1), columns=Columns())[0].n_users == 33


def test_milliseconds_are_added_to_the_date_beside_them(tmp_path: Path) -> None:
    path = views(tmp_path, strangers=0)
    data, report = read(path)
    assert data.time_unit == "ms"
    assert data.times[:5].tolist() == [1_462_752_000_000 + 60_000 * view for view in range(5)]
    assert "time = eventdate+timeframe" in " ".join(report.recognised)
    assert any("and the milliseconds since" in sentence for sentence in report.recognised)
    wrong = put(tmp_path, "wrong.csv", path.read_text().replace(";60000;", ";soon;", 1))
    refused(wrong, "line 3, column 'eventdate+timeframe'")


@pytest.mark.parametrize("nothing", ["", "nan"])
def test_rows_without_a_user_and_one_user_with_many_rows_are_asked_about(tmp_path: Path, nothing: str) -> None:
    for without in (10, 30):
        rows = [f"{nothing if n < without else f'u{n % 8}'},i{n % 7},{n}" for n in range(100)]
        path = put(tmp_path, f"{without}.csv", "user,item,time\n" + "\n".join(rows))
    assert read(tmp_path / "10.csv")[1].read == 100
    refused(tmp_path / "30.csv", "30\u00a0% of the rows")
    rows = [f"{nothing if n % 3 == 0 else f'u{n % 7}'},s{n % 20},i{n % 9},{n}" for n in range(90)]
    path = put(tmp_path, "rows.csv", "user_id,session_id,item,time\n" + "\n".join(rows))
    deed = "reads 'nan' as one user." if nothing else "leaves out the 30 rows without a user."
    refused(path, f"choosing 'user_id' itself {deed}")
    assert read(path, columns=Columns(user="user_id"))[1].dropped == ({} if nothing else {"no user": 30})
    rows = [f"{'guest' if n % 3 == 0 else f'u{n % 20}'},i{n % 7},{n}" for n in range(120)]
    refused(put(tmp_path, "many.csv", "user,item,time\n" + "\n".join(rows)), "33\u00a0% of", "have 'guest' as the user")
    few = [f"u{n % 3},i{n % 7},{n}" for n in range(120)]
    assert read(put(tmp_path, "few.csv", "user,item,time\n" + "\n".join(few)))[0].n_users == 3


def ratings(folder: Path, numbers: list[int], films: range = range(1, 40, 3)) -> Path:
    """A MovieLens folder whose items have these numbers, and whose films have those."""
    rows = [f"{u},{numbers[(u + k) % len(numbers)]},4,{1_600_000_000 + k}" for u in range(6) for k in range(5)]
    put(folder, "ratings.csv", "userId,movieId,rating,timestamp\n" + "\n".join(rows) + "\n")
    titles = "".join(f"{n},Film {n} (1999),Drama\n" for n in films)
    put(folder, "movies.csv", "movieId,title,genres\n" + titles)
    return folder


def test_a_table_of_items_may_be_parquet(tmp_path: Path) -> None:
    path = put(tmp_path, "rows.csv", "user,item,time\na,1,1\na,2,2\nb,2,1\nb,3,2\n")
    items = pd.DataFrame({"id": [1, 2, 4], "title": ["Alien", " Heat", None], "genres": [["Horror", "Sci-Fi"], [], []]})
    films = put_table(tmp_path, "films.parquet", items.assign(year=[1979, 1995, 2000]))
    data, report = read(path, metadata=films)
    assert data.titles == ("Alien", "Heat", "3")
    assert data.genres[0] == ("Horror", "Sci-Fi") and data.years[:2] == ("1979", "1995")
    assert any("of 3 items, 2 have a title, 1 has genres" in sentence for sentence in report.recognised)
    refused(path, "no item column", metadata=put_table(tmp_path, "none.parquet", items.drop(columns="id")))
    (tmp_path / "cut.parquet").write_bytes(films.read_bytes()[:300])
    refused(path, "damaged Parquet file", metadata=tmp_path / "cut.parquet")


def in_parts(folder: Path, pattern: str, header: str = "user,item,time\n", end: str = "\n") -> Path:
    """Six interactions for each of 5 users; the latest two are in the files for validation and test."""
    for part, steps in (("train", range(4)), ("valid", [4]), ("test", [5])):
        rows = [f"u{u},i{(u + step) % 7},{step}" for u in range(5) for step in steps]
        put(folder, pattern.format(part), header + "\n".join(rows) + end)
    return folder


def together(pattern: str) -> str:
    return "+".join(pattern.format(part) for part in ("train", "valid", "test"))


@pytest.mark.parametrize("pattern", ["{}.csv", "toy_{}.txt", "{}/rows.csv", "train-set/{}.csv", "{}_full_rows.txt"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_parts_of_a_data_set_are_joined_where_that_is_asked(tmp_path: Path, pattern: str, end: str) -> None:
    folder = in_parts(tmp_path / "set", pattern, end=end)
    packed = Path(shutil.make_archive(str(tmp_path / "set"), "zip", folder))
    error, parts = refused(packed, "holds a data set in parts"), together(pattern)
    assert flag(f"choose member={parts}") == f"use --member {parts}" in error.sentence(flag)
    assert importing.members_of(packed)[0] == parts
    data, report = read(packed, member=parts)
    assert report.kept == 30
    assert [data.item_ids[item] for item in data.history(1)] == [f"i{n % 7}" for n in range(1, 7)]
    assert read(packed, member=pattern.format("test"))[1].read == 5


@pytest.mark.parametrize(
    ("pattern", "header", "columns", "format_name"),
    [
        ("toy.{}.inter", "user_id:token,item_id:token,timestamp:float\n", Columns(), "recbole"),
        ("{}.csv", "u,i,t\n", Columns("u", "i", "t"), "table-folder"),
    ],
)
def test_the_header_of_a_part_is_no_interaction(
    tmp_path: Path, pattern: str, header: str, columns: Columns, format_name: str
) -> None:
    folder = in_parts(tmp_path, pattern, header)
    if format_name == "recbole":
        refused(folder, "[several_parts member]")
    data, report = read(folder, member=together(pattern), columns=columns)
    assert (report.format, report.kept, data.n_users) == (format_name, 30, 5)


@pytest.mark.parametrize("others", [(), ("rsc_train_tr.txt", "rsc_train_valid.txt")])
def test_a_full_training_file_is_a_part_that_includes_the_validation(tmp_path: Path, others: tuple[str, ...]) -> None:
    for name in ("rsc_train_full.txt", "rsc_test.txt", *others):
        put(tmp_path, name, "user,item,time\na,p,1\na,q,2\nb,r,3\n")
    refused(tmp_path, "[several_parts member]")
    assert importing.members_of(tmp_path)[0] == "rsc_train_full.txt+rsc_test.txt"


def test_of_several_tables_the_refusal_says_that_they_can_be_joined_and_what_cannot_is_named(tmp_path: Path) -> None:
    for name in ("monday.csv", "tuesday.csv"):
        put(tmp_path, f"days/{name}", "user,item,time\na,p,1\na,q,2\nb,r,3\n")
    assert "with + between" in refused(tmp_path / "days").sentence(flag)
    assert read(tmp_path / "days", member="monday.csv+tuesday.csv")[1].kept == 6
    folder = in_parts(tmp_path, "{}.csv")
    put(folder, "other.csv", "user,time,item\nu1,9,i1\n")
    put(folder, "broken.csv", "user,item,time\nu1,i1,soon\n")
    put_table(folder, "test.parquet", pd.DataFrame({"user": ["a"], "item": ["b"], "time": [1]}))
    for second, said in (
        ("other.csv", "other.csv cannot be joined to train.csv"),
        ("test.parquet", "only text files are joined"),
        ("more.csv", "holds no file 'more.csv'"),
        ("broken.csv", "train.csv+broken.csv, line 22, column 'time': 'soon'"),
    ):
        refused(folder, said, member=f"train.csv+{second}")


SORTED = {
    "by item": sorted((f"i{item:02}", f"u{user}") for user in range(9) for item in range(user, user + 12, 3)),
    "by user and item": [(f"i{item:02}", f"u{user}") for user in range(9) for item in range(user, user + 12, 3)],
    "by number": [(f"lesson {item}", f"u{user}") for user in range(9) for item in range(user, user + 12, 3)],
}


@pytest.mark.parametrize("order", SORTED)
def test_rows_without_times_that_are_sorted_by_item_are_said_to_be(tmp_path: Path, order: str) -> None:
    rows = "".join(f"{user},{item},{n * 7 % 5}\n" for n, (item, user) in enumerate(SORTED[order]))
    path = put(tmp_path, "rows.csv", "user,item,session_order\n" + rows)
    (remark,) = (remark for remark in read(path, time_unit="none")[1].remarks if "no times" in remark)
    assert ("ascend by number" if order == "by number" else "ascend by name") in remark
    assert "The order of the rows may be in 'session_order', which can be the time." in remark
    assert not any("ascend" in text for text in read(path, columns=Columns(time="session_order"))[1].remarks)
    refused(path, "The order of the rows may be in 'session_order'")
    assert importing.preview(path).candidates["time"][0] == "session_order"


def test_data_without_times_says_nothing_of_ties(tmp_path: Path) -> None:
    rows = "".join(f"u{n % 5},i{n * 3 % 11},{n // 5 // 2}\n" for n in range(60))
    path = put(tmp_path, "rows.csv", "user,item,step\n" + rows)
    data, report = read(path, time_unit="none")
    assert not data.may_tie and not report.may_tie
    words = report.text + " ".join(report.remarks) + tables.report(report).to_string()
    assert not re.search(r"\bti(e|es|ed)\b|latest", words)
    assert distributions(data).ties is None
    data, report = read(path, columns=Columns(time="step"))
    assert data.may_tie and report.may_tie and "tie rule" in report.text and distributions(data).ties is not None
    early = "".join(f"{user},i{n},{max(n, int(user == 'b'))}\n" for user in "ab" for n in range(4))  # b's first two tie
    data, report = read(put(tmp_path, "rows.csv", "user,item,step\n" + early), columns=Columns(time="step"))
    assert data.may_tie and report.may_tie and data.time_unit == "order" and data.tied_last() == 0


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_the_only_table_of_interactions_is_read_beside_a_catalogue(tmp_path: Path, ending: str, packed: bool) -> None:
    folder = tmp_path / "shop"
    events = pd.DataFrame([("a", "p", 1), ("a", "q", 2), ("b", "q", 1), ("b", "r", 2)], columns=["user", "sku", "time"])
    goods = pd.DataFrame([("p", "Lamp", "x"), ("q", "Kettle", "y")], columns=["sku", "product_name", "supplier_id"])
    put_table(folder, f"events.{ending}", events)
    put_table(folder, f"products.{ending}", goods.assign(created_at=7))
    path = Path(shutil.make_archive(str(folder), "zip", folder)) if packed else folder
    data, report = read(path)
    sentence = f"events.{ending} is the only one of 2 tables with columns of users, items and times."
    assert report.recognised[0] == sentence == importing.preview(path).recognised[0]
    assert data.item_ids == ("p", "q", "r")
    assert data.titles == ("Lamp", "Kettle", "r")
    assert not any("the only one" in text for text in read(path, member=f"events.{ending}")[1].recognised)


FILMS = [
    ("a", 7, "Alien", ["Horror", "Sci-Fi"]),
    ("a", 8, "Heat", []),
    ("b", 8, "Heat", None),
    ("b", 9, "Up", ["Kids"]),
]


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_titles_and_lists_of_genres_in_the_rows_are_kept(tmp_path: Path, ending: str) -> None:
    table = pd.DataFrame(FILMS, columns=["who", "film", "title", "genres"]).assign(time=range(4))
    path = put_table(tmp_path, f"rows.{ending}", table)
    data, report = read(path, columns=Columns(user="who"))
    assert data.titles == ("Alien", "Heat", "Up")
    assert data.genres == (("Horror", "Sci-Fi"), (), ("Kids",))
    assert report.first[0].title == "Alien"
    again, report = read(path, columns=Columns(user="who", item="film"), metadata=path)
    assert (again.titles, again.genres) == (data.titles, data.genres)
    assert any("of 3 items, 3 have a title" in sentence for sentence in report.recognised)


@pytest.mark.parametrize("in_array", [False, True])
def test_nested_keys_of_json_are_columns(tmp_path: Path, in_array: bool) -> None:
    rows = [
        {"reader": {"id": who}, "film": {"id": film, "info": {"title": title, "genres": genres}}, "ts": time}
        for time, (who, film, title, genres) in enumerate(FILMS)
    ]
    path = put(tmp_path, "rows.json", json.dumps(rows, indent=1) if in_array else "\n".join(map(json.dumps, rows)))
    preview = importing.preview(path)
    names = ["reader.id", "film.id", "film.info.title", "film.info.genres", "ts"]
    assert [column.name for column in preview.columns] == names
    assert preview.columns[3].values[0] == "Horror|Sci-Fi"
    assert preview.fault.code == "no_column"
    columns = Columns("reader.id", "film.id", title="film.info.title", genres="film.info.genres")
    data, report = read(path, columns=columns)
    assert (data.user_ids, data.item_ids, data.titles) == (("a", "b"), ("7", "8", "9"), ("Alien", "Heat", "Up"))
    assert data.genres[0] == ("Horror", "Sci-Fi")
    assert report.recognised[0] == ("An array of JSON objects." if in_array else "One JSON object per line.")
    assert importing.preview(path, Options(columns=columns)).rows == report.first


def test_a_preview_of_a_long_array_of_json_reads_its_head_only(tmp_path: Path) -> None:
    rows = [{"user": f"u{n % 7}", "item": f"i{n % 9}", "time": n, "note": "x" * 1000} for n in range(1000)]
    for indent in (None, 1):
        path = put(tmp_path, "rows.json", json.dumps(rows, indent=indent)[:-9] + "broken")
        preview = importing.preview(path)
        assert preview.fault is None and not preview.whole and len(preview.rows) == 5
        refused(path, "not JSON from here on")


def test_a_fault_in_an_array_of_json_is_placed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        '[\n{"user": "a", "item": "p", "time": 1},\n{"user": "a", "item": "q", "time": "soon"}, 7,\n\n{"user": "b"}\n]'
    )
    refused(put(tmp_path, "rows.json", text), "line 3: not a JSON object, but '7,")
    unreadable = put(tmp_path, "time.json", text.replace(" 7,", ""))
    refused(unreadable, "line 3, column 'time': 'soon' is not a time")
    for end in ("", "]]", "] [", '{"user'):  # nothing after a break may be lost silently
        whole = '[{"user": "a", "item": "p", "time": 1},\n{"user": "b", "item": "p", "time": 1}' + end
        refused(put(tmp_path, "cut.json", whole), "line 2: not JSON from here on", broken_rows="skip")
    monkeypatch.setattr("attrec_core.data.reading.json_objects.LARGEST_ARRAY", 10)
    refused(tmp_path / "rows.json", "is one JSON array of 104 bytes; at most 10 bytes are read")


def test_the_title_of_an_amazon_review_is_not_the_title_of_its_item(tmp_path: Path) -> None:
    rows = [
        {"user_id": user, "parent_asin": item, "title": "Great!", "text": "…", "rating": 5.0, "timestamp": 10**12 + n}
        for n, (user, item) in enumerate([("a", "p"), ("a", "q"), ("b", "r"), ("b", "p")])
    ]
    path = put(tmp_path, "reviews.jsonl", "\n".join(map(json.dumps, rows)))
    data, report = read(path)
    assert (data.titles, report.format) == (("p", "q", "r"), "amazon-json")
    assert read(path, columns=Columns(title="title"))[0].titles == ("Great!",) * 3


def test_users_with_numbers_of_ten_digits_are_not_books(tmp_path: Path) -> None:
    """A number of ten digits may be an ISBN; here it is a user."""
    rows = "".join(f"{1234567890 + user},film{item},5,{1e9 + item:.0f}\n" for user in range(3) for item in range(3))
    data, report = read(put(tmp_path, "ratings.csv", rows))
    assert (data.n_users, data.n_items) == (3, 3)
    assert "user before item is assumed" in report.recognised[0]


def test_a_long_field_in_the_first_lines_is_read(tmp_path: Path) -> None:
    """In a separate process: the limit of the csv module holds per process, and another reader may have raised it."""
    text = "x" * 150_000
    path = put(tmp_path, "reviews.csv", f'user,item,time,review\nu1,a,1,"{text}"\nu1,b,2,short\nu2,c,3,short\n')
    process = subprocess.run([sys.executable, "-m", "attrec_core", "inspect", path], capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (0, "")


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("household_id,product_id,transaction_timestamp", "user = household_id, item = product_id, time = tran"),
        ("student_id,course_id,completed", "user = student_id, item = course_id, time = completed"),
        ("pupil_id,book_id,borrowed_at", "user = pupil_id, item = book_id, time = borrowed_at"),
        ("user,exhibit_id,seen_at", "user = user, item = exhibit_id, time = seen_at"),
        # A column of ids comes before one of names.
        ("user,user_id,item,item_id,time", "user = user_id, item = item_id, time = time, title = item."),
        ("Movie,Movie ID,UserID,time,User", "user = UserID, item = Movie ID, time = time, title = Movie."),
        ("user_id,item,item_id,time,title", "user = user_id, item = item_id, time = time, title = title."),
        ("user,product,artist,time", "user = user, item = product, time = time."),
    ],
)
def test_names_of_columns_are_known(tmp_path: Path, header: str, roles: str) -> None:
    names = header.split(",")
    time = "time" if "time" in names else names[2]
    rows = [",".join(str(number) if name == time else f"n{number}" for name in names) for number in range(4)]
    report = read(put(tmp_path, "rows.csv", "\n".join([header, *rows])))[1]
    (sentence,) = (sentence for sentence in report.recognised if sentence.startswith("Columns"))
    assert all(role in sentence for role in roles.split(", "))


def test_all_columns_that_are_missing_are_asked_at_once(tmp_path: Path) -> None:
    path = put(tmp_path, "rows.csv", "who,what,when\na,p,1\n")
    sentence = refused(path, "has no user and no item and no time column").sentence(flag)
    assert "Say which they are: --user-column, --item-column, --time-column." in sentence
    refused(path, "has no item and no time column", columns=Columns(user="who"))


@pytest.mark.parametrize("arguments", [("inspect", "nowhere.csv"), ("inspect", "x", "--format", "odd"), ("info",)])
def test_a_refusal_is_json_where_that_is_asked(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    assert main([*arguments, "--json"]) == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert captured.err == f"attrec: {error['sentence']}\n"
    assert InputError.from_dict(error).code == error["code"]


def test_ids_written_as_decimals_are_whole_numbers_wherever_they_are_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{17_850 + u}.0,{(u + k) % 9}.0,{k}" for u in range(8) for k in range(5)]
    put(tmp_path, "set/interactions.csv", "user,item,time\n" + "\n".join(rows) + "\n,3.0,9\n")
    put(tmp_path, "set/catalogue.csv", "item,title\n3.0,Heat\n4.0,Alien\n")
    put(tmp_path, "set/causes.csv", "user,item,step,kind,cause_step,cause_item\n17850.0,2.0,2,sequel,0,0.0\n")
    data, report = read(tmp_path / "set")
    assert data.user_ids[0] == "17850" and data.item_ids == tuple("012345678")
    assert data.titles[3:5] == ("Heat", "Alien")
    assert "Each user is a whole number, written as a decimal: 1.0 is read as 1." in report.recognised
    assert len(causes_beside(tmp_path / "set", data).users) == 1
    out = str(tmp_path / "run")
    assert main(["train", str(tmp_path / "set"), "--out", out, *EPOCH]) == 0
    for user, window in (("17850", "3,4"), ("17850.0", "3.0,4.0")):
        capsys.readouterr()
        assert main(["recommend", out, "--user", user, "--window", window, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["window"] == ["3", "4"]
    run = attrec.load(out)
    assert run.user("17850.0").with_window(["3.0", "4"]).without("4.0").window == ["3"]


def test_numbers_with_decimals_stay_ids_as_they_are(tmp_path: Path) -> None:
    rows = "a,1.0,1\na,2.5,2\na,3.0,3\nb,1.0,1\nb,3.0,2\n"
    assert read(put(tmp_path, "rows.csv", "user,item,time\n" + rows))[0].item_ids == ("1.0", "2.5", "3.0")
    frame = pd.DataFrame({"user": [1.0, 1.0, 2.0, 2.0], "item": list("abca"), "time": [1, 2, 1, 2]})
    assert read(put_table(tmp_path, "rows.parquet", frame))[0].user_ids == ("1", "2")


def test_a_column_of_numbers_has_no_titles(tmp_path: Path) -> None:
    """ "nombre" is the name in Spanish, and the quantity in French."""
    rows = [f"c{n % 2},p{n},2024-05-{n + 1:02}" for n in range(9)]
    bought = [f"{row},{n % 3}" for n, row in enumerate(rows)]
    path = put(tmp_path, "achats.csv", "\n".join(["client,produit,date,nombre", *bought]) + "\n")
    data, report = read(path)
    assert data.titles == data.item_ids and report.first_items == ()
    put(tmp_path, "stock.csv", "produit,nombre\np0,12\np1,7\n")
    data, report = read(tmp_path)  # a table of quantities is no table of titles
    assert data.titles == data.item_ids and not any("stock.csv" in text for text in report.recognised[1:])
    assert read(path, columns=Columns(title="nombre"))[0].titles[:3] == ("0", "1", "2")
    spanish = [f"{row},Obra {n}" for n, row in enumerate(rows)]
    path = put(tmp_path, "compras.csv", "\n".join(["cliente,producto,fecha,nombre", *spanish]) + "\n")
    assert read(path)[0].titles[0] == "Obra 0"
