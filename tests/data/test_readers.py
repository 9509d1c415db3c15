"""Every file format: recognised from the file, named in a sentence, and read to the same interactions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from table_files import DAY, MAKERS, ROWS, START, WORLD, histories, lines, put, put_table, read, refused

from attrec_core.data import importing
from attrec_core.data.options import Columns, Options
from attrec_core.errors import InputError

SAME = list(WORLD.values())
TITLES = {
    "movielens-dat": ("4", "The Matrix"),
    "movietweetings": ("0133093", "The Matrix"),
    "movielens-csv": ("4", "The Matrix"),
    "recbole": ("i4", "The Matrix"),
    "hetrec": ("4", 'Massive "Attack'),
    "retail": ("i4", "MUG, i4"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_each_format_is_recognised_previewed_and_read_with_its_titles(tmp_path: Path, name: str) -> None:
    path = MAKERS[name](tmp_path)
    preview, (interactions, report) = importing.preview(path), read(path)
    assert report.format == name and report.recognised
    assert (preview.fault, preview.format, preview.rows, preview.whole) == (None, name, report.first, True)
    json.dumps(report.as_dict())
    # Ids differ between formats, their order does not.
    found = list(histories(interactions).values())
    names = dict.fromkeys(item for items in SAME for item in items)
    renamed = dict(zip(dict.fromkeys(item for items in found for item in items), names, strict=True))
    assert [[renamed[item] for item in items] for items in found] == SAME
    if interactions.time_unit != "order":
        assert np.diff(interactions.times)[np.diff(interactions.users) == 0].min() in (DAY, DAY * 10**6)
    assert report.dropped == ({"cancelled invoice": 1, "no user": 1} if name == "retail" else {})
    assert read(path, format=name)[1].format == name
    if name in TITLES:
        item, title = TITLES[name]
        assert interactions.titles[interactions.item_ids.index(item)] == title


ASINS = {"i1": "B00004Y2UT", "i2": "0739079891", "i3": "B0002GLDQM", "i4": "B000068NVI"}
REVIEWERS = {"u1": "A2IBPI20UZIR0U", "u2": "A14VAT5EAX3D9S", "u3": "A195EZSQDW3E21"}


@pytest.mark.parametrize("item_first", [False, True])
def test_amazon_ratings_are_read_in_either_order(tmp_path: Path, item_first: bool) -> None:
    def row(user: str, item: str, time: int) -> str:
        ids = [REVIEWERS[user], ASINS[item]]
        return ",".join([*(ids[::-1] if item_first else ids), "5.0", str(time)])

    path = put(tmp_path, "ratings_Music.csv", lines(row))
    interactions, report = read(path)
    assert set(interactions.user_ids) == set(REVIEWERS.values())
    assert (report.format, report.first[0].rating) == ("amazon-csv", 5)
    assert read(path, format="amazon-csv")[1].first == report.first
    assert ("item before user" in report.recognised[0]) == item_first


def test_recbole_sessions_are_put_together_again(tmp_path: Path) -> None:
    text = "session_id:token\titem_id_list:token_seq\titem_id:token\n1\ta\tb\n1\ta b\tc\n2\tc\ta\n"
    interactions, report = read(put(tmp_path, "diginetica.inter", text))
    assert histories(interactions) == {"1": ["a", "b", "c"], "2": ["c", "a"]}
    assert report.dropped == {"a shorter beginning of the same session": 1}


def at(form: str, after: str = "") -> Callable[[int], str]:
    return lambda time: f"{pd.Timestamp(time, unit='s'):{form}}{after}"


MOMENTS: dict[str, Callable[[int], str]] = {
    "s": str,
    "ms": lambda t: str(t * 1000),
    "us": lambda t: str(t * 10**6),
    "float": lambda t: f"{t}.0",
    "scientific": lambda t: f"{t:.9e}",
    "iso": at("%Y-%m-%dT%H:%M:%SZ"),
    "iso day": at("%Y-%m-%d"),
    "iso in UTC": at("%Y-%m-%d %H:%M:%S", " UTC"),
    "iso in GMT": at("%Y-%m-%d %H:%M", " GMT"),
    "day first in UTC": at("%d/%m/%Y %H:%M", "Z"),
    "iso with a zone": at("%Y-%m-%d", " 02:00:00+02:00"),
    "one number": at("%Y%m%d"),
    "day first": at("%d.%m.%Y"),
    "month first": at("%m/%d/%y", " 12:00 AM"),
}


@pytest.mark.parametrize("kind", MOMENTS)
def test_times_of_any_kind_are_the_same_moments(tmp_path: Path, kind: str) -> None:
    path = put(tmp_path, "a.csv", lines(lambda u, i, t: f"{u},{i},{MOMENTS[kind](t)}", "user,item,time\n"))
    interactions, report = read(path)
    assert report.span[0] == at("%Y-%m-%d")(START)
    assert list(histories(interactions).values()) == SAME


@pytest.mark.parametrize("odd", ["20240230", "19691231", "21010101", "7"])
def test_numbers_that_are_not_all_dates_only_give_the_order(tmp_path: Path, odd: str) -> None:
    text = f"user,item,time\na,p,20240101\na,q,20240102\nb,r,20240103\nb,p,{odd}\n"
    assert read(put(tmp_path, "a.csv", text))[1].time_unit == "order"
    _, report = read(put(tmp_path, "b.csv", text.replace(odd, "")))
    assert (report.span, report.dropped) == (("2024-01-01", "2024-01-03"), {"no time": 1})
    assert "Time: dates written as one number (20240131: year, month, day), in UTC." in report.recognised


def test_dates_that_prove_nothing_say_so_and_can_be_told(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "user,item,date\na,p,01/02/2020\na,q,03/02/2020\nb,r,05/02/2020\n")
    _, report = read(path)
    assert "assumed: no date shows the order" in " ".join(report.recognised)
    assert report.span[0] == "2020-01-02"
    assert read(path, time_unit="day-first")[1].span == ("2020-02-01", "2020-02-05")


def test_parts_of_a_second_order_and_are_kept(tmp_path: Path) -> None:
    text = "user,item,time\na,p,1600000000.75\na,q,1600000000.25\nb,r,1600000001\n"
    interactions, report = read(put(tmp_path, "a.csv", text))
    assert histories(interactions)["a"] == ["q", "p"]
    assert interactions.time_unit == report.time_unit == "us"


@pytest.mark.parametrize(
    ("header", "row", "options"),
    [
        ("user,item\n", "{},{}", Options(time_unit="none")),
        ("user,item,time,rating\n", "{},{},{},5", Options(columns=Columns(time="", rating=""))),
        ("user,item,time,rating\n", "{},{},{},5", Options(columns=Columns(time="none", rating="none"))),
        ("", "{},{},3,{}", Options(columns=Columns(time="none"))),
    ],
)
def test_the_order_of_the_file_can_stand_for_time(tmp_path: Path, header: str, row: str, options: Options) -> None:
    path = put(tmp_path, "a.csv", lines(lambda u, i, t: row.format(u, i, 10**10 - t), header))
    interactions, report = importing.import_data(path, options)
    assert list(histories(interactions).values()) == SAME and report.time_unit == "order"
    if "{},{},{}" in row:
        assert list(histories(read(path)[0]).values()) != SAME  # by time, later rows come first
        refused(path, "rating", min_rating=1, columns=options.columns)


def test_dates_are_taken_for_time_before_numbers_that_could_be(tmp_path: Path) -> None:
    """Clicks of the RecSys Challenge 2015: session, time, item, category; items are numbers as large as seconds."""
    number = {item: str(214_500_000 + index) for index, item in enumerate(("i1", "i2", "i3", "i4"))}
    rows = lines(lambda u, i, t: f"{u[1:]},{MOMENTS['iso'](t)},{number[i]},0")
    interactions, report = read(put(tmp_path, "clicks.dat", rows))
    assert report.span[0] == at("%Y-%m-%d")(START)
    assert list(histories(interactions).values()) == [[number[item] for item in items] for items in SAME]


def test_the_file_of_a_folder_can_be_chosen(tmp_path: Path) -> None:
    put(tmp_path, "one.csv", lines(lambda u, i, t: f"{u},{i},{t}", "user,item,time\n"))
    put(tmp_path, "two.csv", "user,item,time\na,p,1600000000\na,q,1600000001\nb,r,1600000001\n")
    sentence = str(refused(tmp_path, "It holds one.csv, two.csv: ", " member]"))
    assert sentence.index("It holds one.csv") < sentence.index("Known formats")
    assert histories(read(tmp_path, member="one.csv")[0]) == WORLD
    assert histories(read(tmp_path, member="two.csv")[0]) == {"a": ["p", "q"], "b": ["r"]}
    assert importing.members_of(tmp_path) == ("one.csv", "two.csv")
    refused(tmp_path, "no file 'three.csv'; it holds: 'one.csv', 'two.csv'", member="three.csv")


def test_ids_that_look_like_numbers_stay_what_they_were(tmp_path: Path) -> None:
    for odd in ("007", "+7", "7.0", "1e3", "-0"):
        rows = "".join(f"{user},{item},4,{9**9 + user}\n" for user in (1, 2) for item in (7, 8, 9))
        text = "userId,movieId,rating,timestamp\n" + rows * 120 + f"1,{odd},4,{9**9}\n"
        interactions, _ = read(put(tmp_path, "ratings.csv", text))
        assert odd in interactions.item_ids and interactions.n_items == 4, odd


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_spaces_around_ids_are_left_out_and_counted(tmp_path: Path, ending: str) -> None:
    rows = [(" u1 ", "a ", 1, "buy"), ("u1", "b", 2, " buy"), ("u2", "\ta", 1, "view"), ("u2", "c d", 2, "view ")]
    path = put_table(tmp_path, f"events.{ending}", pd.DataFrame(rows, columns=["user", "item", "time", "event"]))
    items = put(tmp_path, "items.csv", "item,title\n a,Alien\n")
    interactions, report = read(path, metadata=items)
    assert histories(interactions) == {"u1": ["a", "b"], "u2": ["a", "c d"]}
    assert interactions.titles[0] == "Alien"
    assert "Spaces around the user are left out, in 1 row; 3 users are then 2." in report.recognised
    assert "Spaces around the item are left out, in 2 rows; 4 items are then 3." in report.recognised
    assert importing.rows(path).names("event") == ["buy", "view"]


def rated(folder: Path, ratings: Sequence[str], delimiter: str = ";", ids: str = "", header: bool = True) -> Path:
    """Writes a table of 300 rows with these ratings in turn."""
    rows = [f"{ids}{n % 5 + 1}|{ids}{n % 7 + 1}|{ratings[n % len(ratings)]}|{10**9 + n}" for n in range(300)]
    text = "\n".join(["user|item|rating|time"] * header + rows).replace("|", delimiter)
    return put(folder, "rated.csv", text + "\n")


@pytest.mark.parametrize("ids", ["", "u"], ids=["whole ids", "ids of letters"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_decimal_comma_is_read_where_no_comma_parts_the_fields(
    tmp_path: Path, delimiter: str, header: bool, ids: str
) -> None:
    path = rated(tmp_path, ["1,5", "2", "-,25", "3,125"], delimiter, ids, header)
    rows = importing.rows(path)
    assert rows.table["rating"][:4].tolist() == [1.5, 2, -0.25, 3.125]
    for recognised in (rows.recognised, importing.preview(path).recognised):
        assert any("decimal comma" in sentence for sentence in recognised)
    _, report = read(path, min_rating=1.5)
    assert (report.kept, report.dropped) == (225, {"rating below 1.5": 75})
    late = rated(tmp_path, [*["4"] * 299, "4,5"], delimiter, ids, header)
    assert importing.rows(late).table["rating"].max() == 4.5


@pytest.mark.parametrize("odd", ["1.234,5", "1.5", "good"])
def test_a_number_with_a_point_among_decimal_commas_is_none(tmp_path: Path, odd: str) -> None:
    path = rated(tmp_path, [*["1,5"] * 299, odd])
    refused(path, f"line 301, column 'rating': '{odd}' is not a rating")
    rows = importing.rows(path, Options(broken_rows="skip"))
    assert (len(rows), rows.dropped) == (299, {"rating is not a rating": 1})
    assert set(rows.table["rating"]) == {1.5}
    assert any("decimal comma" in sentence for sentence in rows.recognised)


@pytest.mark.parametrize("ratings", [["1,234"], ["1.5", "2.5", "1,5"]], ids=["maybe thousands", "mostly points"])
def test_a_comma_that_may_mean_something_else_is_refused(tmp_path: Path, ratings: list[str]) -> None:
    refused(rated(tmp_path, ratings), "is not a rating")


@pytest.mark.parametrize("rule", ["file-first", "file-last"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_of_numbers_is_read_alike_with_and_without_quotation_marks(tmp_path: Path, rule: str, end: str) -> None:
    random = np.random.default_rng(3)
    rows = [(u, i, START + int(t)) for u in range(1, 40) for i, t in random.integers(1, 30, (25, 2))]
    text = "userId,movieId,rating,timestamp\n" + "".join(f"{u},{i},3.5,{t}\n" for u, i, t in rows)
    quick, _ = read(put(tmp_path, "a/ratings.csv", text.replace("\n", end)[: -len(end)]), tie_rule=rule)
    exact, _ = read(put(tmp_path, "b/ratings.csv", text.replace(",3.5,", ',"3.5",')), tie_rule=rule)
    for name in ("users", "items", "times", "starts", "user_ids", "item_ids"):
        assert np.array_equal(getattr(quick, name), getattr(exact, name)), name
    of_seven = sorted((row for row in rows[:: 1 if rule == "file-last" else -1] if row[0] == 7), key=lambda row: row[2])
    assert histories(quick)["7"] == [str(item) for _, item, _ in of_seven]


@pytest.mark.parametrize(
    ("more", "said"), [("", ""), ("1 f g\n", "1 line continues"), ("1 f\n2 h\n", "2 lines continue")]
)
def test_a_line_that_continues_a_history_is_counted(tmp_path: Path, more: str, said: str) -> None:
    interactions, report = read(put(tmp_path, "lines.txt", f"1 a b c\n2 c d e f\n{more}"), format="user-lines")
    assert said in " ".join(report.remarks)
    assert histories(interactions)["1"][:3] == ["a", "b", "c"] and ("f" in histories(interactions)["1"]) == bool(more)
    assert bool(said) == any("earlier line" in remark for remark in report.remarks)


def test_choices_override_what_was_recognised(tmp_path: Path) -> None:
    path = put(tmp_path, "odd.dat", "a|b|c|d\n1|x|9|600000000\n1|y|8|600000001\n2|z|7|600000000\n")
    columns = Columns("a", "b", "4", rating="c")
    interactions, report = read(path, format="table", delimiter="|", header=True, columns=columns)
    assert histories(interactions) == {"1": ["x", "y"], "2": ["z"]}
    assert report.first[0].rating == 9
    pairs = put(tmp_path, "pairs.txt", "x 1\ny 1\nz 2\n")
    for columns in (Columns(user="2"), Columns(item="1")):  # naming the one says which is the other
        assert histories(read(pairs, columns=columns)[0]) == {"1": ["x", "y"], "2": ["z"]}
    none = put(tmp_path, "none.csv", lines(lambda u, i, t: f"{u},{i},{t}", "user,none,time\n"))
    assert histories(read(none, columns=Columns(item="none"))[0]) == WORLD  # a column of that name


def test_a_mark_of_utf_16_is_understood_and_a_wrong_encoding_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "l1.csv", "user,item,time\nZoë,a,1\nZoë,b,2\nb,c,1\n", "utf-16")
    assert "Zoë" in read(path)[0].user_ids
    numbers = lines(lambda u, i, t: f"{u[1:]},{i[1:]},3,{t}", "userId,movieId,rating,timestamp\n")
    assert read(put(tmp_path, "ratings.csv", numbers, "utf-16"))[1].kept == len(ROWS)
    refused(put(tmp_path, "l2.csv", "user,item,time\nZoë,a,1\n", "latin-1"), "is not utf-8 text", encoding="utf-8")


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": "x"},
        {"encoding": "klingon"},
        {"encoding": "base64"},
        {"k_core": 1},
        {"k_core": 5, "paper_filter": True},
        {"time_unit": "fortnight"},
        {"min_rating": float("nan")},
        {"cold_items": 0},
    ],
)
def test_choices_that_cannot_be_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        Options(**options)
    assert "encoding" not in options or str(caught.value).startswith("There is no text encoding")


def test_a_preview_names_the_columns_to_choose_from(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", lines(lambda u, i, t: f"{u},{i},{t}", "who,what,when\n"))
    preview = importing.preview(path)
    assert preview.fault is not None
    assert (preview.fault.code, preview.fault.setting) == ("no_column", "user_column")
    assert [column.name for column in preview.columns] == ["who", "what", "when"]
    assert preview.columns[0].values == ("u1", "u1", "u1")
    assert set(preview.candidates["user"]) == {"who", "what", "when"}
    mended = importing.preview(path, Options(columns=Columns("who", "what", "when")))
    assert mended.fault is None
    assert [column.role for column in mended.columns] == ["user", "item", "time"]


def test_a_preview_reads_only_the_head(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "user,item,time\n" + "a,b,5\n" * 200_000 + "a,b,not a time\n")
    preview = importing.preview(path)
    assert not preview.whole and preview.fault is None
    refused(path, "line 200002, column 'time': 'not a time'")


@pytest.mark.parametrize("rows_before", [0, 120_000], ids=["in the head", "far below"])
@pytest.mark.parametrize(("sign", "encoding"), [("", "cp1252"), ("\x80", "cp1252"), ("\x81", "latin-1")])
def test_signs_that_only_windows_has_are_read(tmp_path: Path, sign: str, encoding: str, rows_before: int) -> None:
    text = "user,item,time\n" + "a,b,5\nc,d,6\n" * rows_before + f"a,Zoë{sign},7\nc,d,8\na,b,9\n"
    path = put(tmp_path, "a.csv", text, "latin-1")
    interactions, report = read(path)
    assert "Zoë" + sign.encode("latin-1").decode(encoding) in interactions.item_ids
    assert f"with a header, {encoding}." in " ".join(report.recognised)
    assert f"Zoë{sign}" in read(path, encoding="latin-1")[0].item_ids


@pytest.mark.parametrize("delimiter", [",", "\t", " "])
@pytest.mark.parametrize("header", ["user item time", ""])
def test_comments_before_a_table_are_left_out(tmp_path: Path, delimiter: str, header: str) -> None:
    rows = [" ".join(map(str, row)) for row in ROWS]
    table = "\n".join([*[header] * bool(header), *rows]).replace(" ", delimiter)
    path = put(tmp_path, "rows.csv", f"# exported, by me\n#\n\n# on Monday\n{table}\n")
    interactions, report = read(path)
    assert histories(interactions) == WORLD
    assert "4 lines before the table left out, as comments (#)." in report.recognised
    last = path.read_text().count("\n")
    path.write_text(path.read_text() + delimiter.join(["u1", "i1", "soon\n"]))
    names = ("user", "item", "time") if header else ("1", "2", "3")
    refused(path, f"line {last + 1}, ", columns=Columns(*names))


@pytest.mark.parametrize(
    ("first", "names"),
    [
        ("#user,item,time", ["user", "item", "time"]),
        ("# user,item,time", ["user", "item", "time"]),
        ("#a,p,1\n#b,q,2", ["1", "2", "3"]),
    ],
)
@pytest.mark.parametrize("comment", ["# about, this\n", ""])
def test_rows_that_begin_with_a_hash_sign_are_no_comments(
    tmp_path: Path, first: str, names: list[str], comment: str
) -> None:
    path = put(tmp_path, "rows.csv", f"{comment}{first}\nc,q,1600000000\nd,r,1600000001\nd,s,1600000002\n")
    assert [column.name for column in importing.preview(path).columns] == names
    users = read(path, columns=Columns(*names))[0].user_ids
    assert users == (("c", "d") if "user" in first else ("#a", "#b", "c", "d"))


def test_pairs_after_comments_are_pairs_and_a_column_of_row_numbers_is_no_comment(tmp_path: Path) -> None:
    rows = "".join(f"{n % 4}\t{n % 5}\n" for n in range(20))
    assert read(put(tmp_path, "graph.txt", f"# A directed graph\n# Nodes: 9 Edges: 20\n{rows}"))[1].read == 20
    path = put(tmp_path, "named.txt", f"# A directed graph\n# user\titem\n{rows}")
    assert read(path, time_unit="none")[1].read == 20
    other = put(tmp_path, "other.txt", f"# A directed graph\n# FromNode\tToNode\n{rows}")
    refused(other, "its columns are: 'FromNode', 'ToNode'")
    rows = "".join(f"{n},u{n % 3},i{n % 4},{n}\n" for n in range(9))
    interactions, report = read(put(tmp_path, "rows.csv", f"#,user,item,time\n{rows}"))
    assert interactions.n_interactions == 9 and not any("comments" in text for text in report.recognised)


@pytest.mark.parametrize("broken", ["4..5", ".", "1.2.3"])
def test_a_rating_that_is_no_number_is_refused_in_a_table_of_numbers_too(tmp_path: Path, broken: str) -> None:
    rows = [f"{user},{item},3.5,{START + DAY * item}" for user in range(1, 9) for item in range(1, 6)]
    text = "\n".join(["userId,movieId,rating,timestamp", *rows, ""])
    path = put(tmp_path, "ratings.csv", f"{text}9,1,{broken},{START}\n{rows[0]}\n")
    refused(path, f"line 42, column 'rating': '{broken}' is not a rating")
    assert read(put(tmp_path, "ratings.csv", f"{text}9,1,,{START}\n9,2,5.,{START}\n"))[1].kept == len(rows) + 2


def test_half_a_character_in_json_is_a_question_mark(tmp_path: Path) -> None:
    text = lines(lambda u, i, t: json.dumps({"user": f"{u}\ud800", "item": i, "time": t}))
    interactions, _ = read(put(tmp_path, "rows.json", text))
    assert all(name.endswith("?") for name in interactions.user_ids)


def test_a_line_for_each_user_takes_its_titles_from_the_table_that_is_named(tmp_path: Path) -> None:
    items = put(tmp_path, "titles.csv", "item,title\np,Alien\n")
    interactions, _ = read(put(tmp_path, "rows.txt", "a p q r\nb p q\nc r\n"), metadata=items)
    assert interactions.titles == ("Alien", "q", "r")


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_a_column_may_have_a_plus_in_its_name(tmp_path: Path, ending: str) -> None:
    path = put_table(tmp_path, f"events.{ending}", pd.DataFrame(ROWS, columns=["a+b", "item", "date+time"]))
    columns = Columns(user="a+b", time="date+time")
    assert histories(read(path, columns=columns)[0]) == WORLD
    roles = {column.name: column.role for column in importing.preview(path, Options(columns=columns)).columns}
    assert (roles["a+b"], roles["date+time"]) == ("user", "time")


def test_the_place_of_a_fault_is_known_to_programs(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "user,item,time\na,p,1600000000\na,q,noon\nb,r,1600000001\n")
    error = refused(path, "[unreadable_value broken_rows]")
    assert error.facts["fault"] == "not_a_time"
    assert (error.place.file, error.place.line, error.place.column) == (str(path), 3, "time")
    assert error.sentence().startswith(f"{path}, line 3, column 'time': 'noon' is not a time")
    assert error.seen_from(tmp_path).sentence().startswith("a.csv, line 3, column 'time'")


def test_ratings_as_text_in_a_parquet_file_are_read(tmp_path: Path) -> None:
    table = pd.DataFrame(ROWS, columns=["user", "item", "time"]).assign(rating=["4.5"] * (len(ROWS) - 1) + ["good"])
    path = put_table(tmp_path, "a.parquet", table)
    refused(path, "row 9, column 'rating': 'good' is not a rating")
    assert read(path, broken_rows="skip", min_rating=4.5)[1].kept == len(ROWS) - 1
