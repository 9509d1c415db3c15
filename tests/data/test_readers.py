"""Every file format: recognised from the file, named in a sentence, and read to the same interactions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from table_files import DAY, MAKERS, ROWS, START, WORLD, lines, put, read, retail

from attrec_core import data
from attrec_core.data import importing
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Columns, Options
from attrec_core.errors import InputError


def histories(found: Interactions) -> dict[str, list[str]]:
    return {user: [found.item_ids[item] for item in found.history(index)] for index, user in enumerate(found.user_ids)}


@pytest.mark.parametrize("name", MAKERS)
def test_each_format_is_recognised_and_read(tmp_path: Path, name: str) -> None:
    interactions, report = read(MAKERS[name](tmp_path))
    assert report.format == name
    assert report.recognised
    # Ids differ between formats, their order does not.
    assert [len(items) for items in histories(interactions).values()] == [3, 2, 4]
    names = dict.fromkeys(item for items in WORLD.values() for item in items)
    renamed = dict(
        zip(dict.fromkeys(item for items in histories(interactions).values() for item in items), names, strict=True)
    )
    assert [[renamed[item] for item in items] for items in histories(interactions).values()] == list(WORLD.values())
    if interactions.time_unit != "order":
        assert np.diff(interactions.times)[np.diff(interactions.users) == 0].min() in (DAY, DAY * 10**6)


@pytest.mark.parametrize("name", MAKERS)
def test_a_preview_understands_what_an_import_does(tmp_path: Path, name: str) -> None:
    path = MAKERS[name](tmp_path)
    preview, (_, report) = importing.preview(path), read(path)
    assert preview.fault is None
    assert (preview.format, preview.rows, preview.whole) == (report.format, report.first, True)
    json.dumps(report.as_dict())


@pytest.mark.parametrize(
    ("name", "item", "title"),
    [
        ("movielens-dat", "4", "The Matrix"),
        ("movietweetings", "0133093", "The Matrix"),
        ("movielens-csv", "4", "The Matrix"),
        ("recbole", "i4", "The Matrix"),
        ("hetrec", "4", 'Massive "Attack'),
        ("retail", "i4", "MUG, i4"),
    ],
)
def test_titles_are_found_beside_or_inside(tmp_path: Path, name: str, item: str, title: str) -> None:
    interactions, _ = read(MAKERS[name](tmp_path))
    assert interactions.titles[interactions.item_ids.index(item)] == title


def test_retail_counts_what_was_cancelled_and_what_has_no_customer(tmp_path: Path) -> None:
    _, report = read(retail(tmp_path))
    assert report.dropped == {"cancelled invoice": 1, "no user": 1}
    assert report.read == 11


ASINS = {"i1": "B00004Y2UT", "i2": "0739079891", "i3": "B0002GLDQM", "i4": "B000068NVI"}
REVIEWERS = {"u1": "A2IBPI20UZIR0U", "u2": "A14VAT5EAX3D9S", "u3": "A195EZSQDW3E21"}


@pytest.mark.parametrize("item_first", [False, True])
def test_amazon_ratings_are_read_in_either_order(tmp_path: Path, item_first: bool) -> None:
    def row(user: str, item: str, time: int) -> str:
        ids = [REVIEWERS[user], ASINS[item]]
        return ",".join([*(ids[::-1] if item_first else ids), "5.0", str(time)])

    interactions, report = read(put(tmp_path, "ratings_Music.csv", lines(row)))
    assert set(interactions.user_ids) == set(REVIEWERS.values())
    assert report.format == "amazon-csv"
    assert ("item before user" in report.recognised[0]) == item_first
    assert report.first[0].rating == 5


def test_recbole_sessions_are_put_together_again(tmp_path: Path) -> None:
    text = "session_id:token\titem_id_list:token_seq\titem_id:token\n1\ta\tb\n1\ta b\tc\n2\tc\ta\n"
    interactions, report = read(put(tmp_path, "diginetica.inter", text))
    assert histories(interactions) == {"1": ["a", "b", "c"], "2": ["c", "a"]}
    assert report.dropped == {"a shorter beginning of the same session": 1}


SAME = list(WORLD.values())
MOMENTS = {
    "s": str,
    "ms": lambda t: str(t * 1000),
    "us": lambda t: str(t * 10**6),
    "float": lambda t: f"{t}.0",
    "scientific": lambda t: f"{t:.9e}",
    "iso": lambda t: f"{pd.Timestamp(t, unit='s'):%Y-%m-%dT%H:%M:%SZ}",
    "iso day": lambda t: f"{pd.Timestamp(t, unit='s'):%Y-%m-%d}",
    "iso in UTC": lambda t: f"{pd.Timestamp(t, unit='s'):%Y-%m-%d %H:%M:%S} UTC",
    "iso in GMT": lambda t: f"{pd.Timestamp(t, unit='s'):%Y-%m-%d %H:%M} GMT",
    "day first in UTC": lambda t: f"{pd.Timestamp(t, unit='s'):%d/%m/%Y %H:%M}Z",
    "iso with a zone": lambda t: f"{pd.Timestamp(t, unit='s'):%Y-%m-%d} 02:00:00+02:00",
    "one number": lambda t: f"{pd.Timestamp(t, unit='s'):%Y%m%d}",
    "day first": lambda t: f"{pd.Timestamp(t, unit='s'):%d.%m.%Y}",
    "month first": lambda t: f"{pd.Timestamp(t, unit='s'):%m/%d/%y} 12:00 AM",
}


@pytest.mark.parametrize("kind", MOMENTS)
def test_times_of_any_kind_are_the_same_moments(tmp_path: Path, kind: str) -> None:
    path = put(tmp_path, "a.csv", lines(lambda u, i, t: f"{u},{i},{MOMENTS[kind](t)}", "user,item,time\n"))
    interactions, report = read(path)
    assert report.span[0] == f"{pd.Timestamp(START, unit='s'):%Y-%m-%d}"
    assert list(histories(interactions).values()) == SAME


@pytest.mark.parametrize("odd", ["20240230", "19691231", "21010101", "7"])
def test_numbers_that_are_not_all_dates_only_give_the_order(tmp_path: Path, odd: str) -> None:
    text = f"user,item,time\na,p,20240101\na,q,20240102\nb,r,20240103\nb,p,{odd}\n"
    path = put(tmp_path, "a.csv", text)
    assert read(path)[1].time_unit == "order"
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


def test_rows_that_are_left_out_are_counted_with_the_first_value(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    good = [f"{user},i{day},{day}/05/2024" for day in range(20, 26) for user in "abc"]
    for bad, expected in (
        (["a,x,05/31/2024"], "1 row is left out: its date is not a date whose day comes first ('05/31/2024')."),
        (
            ["a,x,05/31/2024", "b,x,06/31/2024"],
            "2 rows are left out: their date is not a date whose day comes first (the first is '05/31/2024').",
        ),
    ):
        path.write_text("\n".join(["user,item,date", *good, *bad]), encoding="utf-8")
        assert expected in importing.import_data(path, Options(broken_rows="skip"))[1].text.splitlines()


def test_a_date_that_is_none_is_named_by_line_and_column(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "user,item,date\n\na,p,2020-01-02\n\na,q,2020-02-30\nb,r,2020-02-01\n")
    with pytest.raises(InputError, match=r"line 5, column 'date': '2020-02-30' is not a date"):
        data.read(path)


def test_the_order_of_the_file_can_stand_for_time(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", lines(lambda u, i, t: f"{u},{i}", "user,item\n"))
    with pytest.raises(InputError, match="time_unit=none") as caught:
        data.read(path)
    assert (caught.value.code, caught.value.setting) == ("no_column", "time_column")
    interactions, _ = read(path, time_unit="none")
    assert list(histories(interactions).values()) == SAME


def test_a_column_can_be_told_to_play_no_role(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", lines(lambda u, i, t: f"{u},{i},{10**10 - t},5", "user,item,time,rating\n"))
    assert list(histories(read(path)[0]).values()) != SAME  # by time, later rows come first
    for nothing in ("", "none"):
        interactions, report = read(path, columns=Columns(time=nothing, rating=nothing))
        assert list(histories(interactions).values()) == SAME
        assert report.time_unit == "order"
        with pytest.raises(InputError, match="rating"):
            data.read(path, Options(min_rating=1, columns=Columns(time=nothing, rating=nothing)))


def test_a_column_called_none_is_a_column(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", lines(lambda u, i, t: f"{u},{i},{t}", "user,none,time\n"))
    interactions, _ = read(path, columns=Columns(item="none"))
    assert list(histories(interactions).values()) == SAME


def test_without_a_header_too_a_column_can_play_no_role(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", lines(lambda u, i, t: f"{u},{i},3,{10**10 - t}"))
    interactions, report = read(path, columns=Columns(time="none"))
    assert list(histories(interactions).values()) == SAME and report.time_unit == "order"


def test_dates_are_taken_for_time_before_numbers_that_could_be(tmp_path: Path) -> None:
    """Clicks of the RecSys Challenge 2015: session, time, item, category; items are numbers as large as seconds."""
    number = {item: 214_500_000 + index for index, item in enumerate(("i1", "i2", "i3", "i4"))}
    moment = MOMENTS["iso"]
    path = put(tmp_path, "clicks.dat", lines(lambda u, i, t: f"{u[1:]},{moment(t)},{number[i]},0"))
    interactions, report = read(path)
    assert report.span[0] == f"{pd.Timestamp(START, unit='s'):%Y-%m-%d}"
    assert [[int(item) for item in items] for items in histories(interactions).values()] == [
        [number[item] for item in items] for items in SAME
    ]


def test_the_file_of_a_folder_can_be_chosen(tmp_path: Path) -> None:
    put(tmp_path, "d/one.csv", lines(lambda u, i, t: f"{u},{i},{t}", "user,item,time\n"))
    put(tmp_path, "d/two.csv", "user,item,time\na,p,1600000000\na,q,1600000001\nb,r,1600000001\n")
    with pytest.raises(InputError, match=r"It holds one\.csv, two\.csv") as caught:
        data.read(tmp_path / "d")
    assert caught.value.setting == "member"
    assert list(histories(read(tmp_path / "d", member="one.csv")[0]).values()) == SAME
    assert histories(read(tmp_path / "d", member="two.csv")[0]) == {"a": ["p", "q"], "b": ["r"]}
    assert importing.members_of(tmp_path / "d") == ("one.csv", "two.csv")
    with pytest.raises(InputError, match=r"no file 'three\.csv'; it holds: 'one\.csv', 'two\.csv'"):
        data.read(tmp_path / "d", Options(member="three.csv"))


def test_times_of_two_units_are_remarked_upon(tmp_path: Path) -> None:
    text = "user,item,time\na,p,1600000000\na,q,1600000001000\nb,r,1600000002000\nb,p,1600000003\n"
    _, report = read(put(tmp_path, "a.csv", text))
    assert any("2 times look like seconds among milliseconds" in remark for remark in report.remarks)
    _, report = read(put(tmp_path, "b.csv", text.replace("1600000000\n", "12\n").replace("1600000003\n", "0\n")))
    assert not any("look like" in remark for remark in report.remarks)


def test_ids_that_say_nothing_is_there_are_remarked_upon(tmp_path: Path) -> None:
    rows = "".join(f"u{n % 3},i{n % 5},{START + n}\n" for n in range(20))
    _, report = read(put(tmp_path, "a.csv", f"user,item,time\n{rows}nan,i1,{START}\nnan,i2,{START}\n"))
    assert any("'nan'" in remark for remark in report.remarks)
    _, report = read(put(tmp_path, "b.csv", f"user,item,time\n{rows}"), duplicates="drop")
    assert report.remarks == ()


def test_ids_that_look_like_numbers_stay_what_they_were(tmp_path: Path) -> None:
    for odd in ("007", "+7", "7.0", "1e3", "-0"):
        rows = "".join(f"{user},{item},4,{9**9 + user}\n" for user in (1, 2) for item in (7, 8, 9))
        text = "userId,movieId,rating,timestamp\n" + rows * 120 + f"1,{odd},4,{9**9}\n"
        interactions, _ = read(put(tmp_path, "ratings.csv", text))
        assert odd in interactions.item_ids, odd
        assert interactions.n_items == 4


def put_table(folder: Path, table: pd.DataFrame, ending: str) -> Path:
    """Writes a table as csv, json (one object per line) or parquet."""
    path = folder / f"events.{ending}"
    if ending == "csv":
        table.to_csv(path, index=False)
    elif ending == "json":
        table.to_json(path, orient="records", lines=True)
    else:
        table.to_parquet(path)
    return path


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_spaces_around_ids_are_left_out_and_counted(tmp_path: Path, ending: str) -> None:
    rows = [(" u1 ", "a ", 1, "buy"), ("u1", "b", 2, " buy"), ("u2", "\ta", 1, "view"), ("u2", "c d", 2, "view ")]
    table = pd.DataFrame(rows, columns=["user", "item", "time", "event"])
    path = put_table(tmp_path, table, ending)
    items = put(tmp_path, "items.csv", "item,title\n a,Alien\n")
    interactions, report = read(path, metadata=items)
    assert histories(interactions) == {"u1": ["a", "b"], "u2": ["a", "c d"]}
    assert interactions.titles[0] == "Alien"
    assert "Spaces around the user are left out, in 1 row; 3 users are then 2." in report.recognised
    assert "Spaces around the item are left out, in 2 rows; 4 items are then 3." in report.recognised
    assert importing.rows(path).names("event") == ["buy", "view"]


@pytest.mark.parametrize("column", ["event_kind", "event type", "kind", "action"])
def test_a_column_of_kinds_is_recognised_by_its_name(column: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"user,item,time,{column}\nann,alien,1,view\nann,heat,2,buy\nbob,heat,3,view\n")
    assert importing.rows(path).names("event") == ["view", "buy"]


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
    assert any("decimal comma" in sentence for sentence in rows.recognised)
    assert any("decimal comma" in sentence for sentence in importing.preview(path).recognised)
    _, report = read(path, min_rating=1.5)
    assert (report.kept, report.dropped) == (225, {"rating below 1.5": 75})


@pytest.mark.parametrize("odd", ["1.234,5", "1.5", "good"])
def test_a_number_with_a_point_among_decimal_commas_is_none(tmp_path: Path, odd: str) -> None:
    path = rated(tmp_path, [*["1,5"] * 299, odd])
    with pytest.raises(InputError, match=f"line 301, column 'rating': '{odd}' is not a rating"):
        read(path)
    rows = importing.rows(path, Options(broken_rows="skip"))
    assert (len(rows), rows.dropped) == (299, {"rating is not a rating": 1})
    assert set(rows.table["rating"]) == {1.5}
    assert any("decimal comma" in sentence for sentence in rows.recognised)


@pytest.mark.parametrize("ratings", [["1,234"], ["1.5", "2.5", "1,5"]], ids=["maybe thousands", "mostly points"])
def test_a_comma_that_may_mean_something_else_is_refused(tmp_path: Path, ratings: list[str]) -> None:
    with pytest.raises(InputError, match="is not a rating"):
        read(rated(tmp_path, ratings))


def test_a_decimal_comma_that_comes_late_is_read(tmp_path: Path) -> None:
    rows = importing.rows(rated(tmp_path, [*["4"] * 299, "4,5"]))
    assert rows.table["rating"].max() == 4.5


def test_a_table_of_numbers_is_read_alike_with_and_without_quotation_marks(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    rows = [(u, i, START + int(t)) for u in range(1, 40) for i, t in random.integers(1, 30, (25, 2))]
    text = "userId,movieId,rating,timestamp\n" + "".join(f"{u},{i},3.5,{t}\n" for u, i, t in rows)
    quoted = text.replace(",3.5,", ',"3.5",')
    for rule in ("file-first", "file-last"):
        for end in ("\n", "\r\n"):
            quick, _ = read(put(tmp_path, "a/ratings.csv", text.replace("\n", end)[: -len(end)]), tie_rule=rule)
            exact, _ = read(put(tmp_path, "b/ratings.csv", quoted), tie_rule=rule)
            for name in ("users", "items", "times", "starts", "user_ids", "item_ids"):
                assert np.array_equal(getattr(quick, name), getattr(exact, name)), name
            expected = pd.DataFrame(rows, columns=["user", "item", "time"])[:: 1 if rule == "file-last" else -1]
            expected_items = expected[expected.user == 7].sort_values("time", kind="stable").item.astype(str).tolist()
            assert histories(quick)["7"] == expected_items


def test_choices_override_what_was_recognised(tmp_path: Path) -> None:
    text = "a|b|c|d\n1|x|9|600000000\n1|y|8|600000001\n2|z|7|600000000\n"
    path = put(tmp_path, "odd.dat", text)
    chosen = Options(format="table", delimiter="|", header=True, columns=Columns("a", "b", "4", rating="c"))
    interactions, report = importing.import_data(path, chosen)
    assert histories(interactions) == {"1": ["x", "y"], "2": ["z"]}
    assert report.first[0].rating == 9
    interactions, _ = read(put(tmp_path, "pairs.txt", "x 1\ny 1\nz 2\n"), columns=Columns(user="2"))
    assert histories(interactions) == {"1": ["x", "y"], "2": ["z"]}
    interactions, _ = read(put(tmp_path, "l1.csv", "user,item,time\nZoë,a,1\nZoë,b,2\nb,c,1\n", "utf-16"))
    assert "Zoë" in interactions.user_ids
    with pytest.raises(InputError, match="is not utf-8 text"):
        read(put(tmp_path, "l2.csv", "user,item,time\nZoë,a,1\n", "latin-1"), encoding="utf-8")


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
    with pytest.raises(InputError) as refused:
        Options(**options)
    assert "encoding" not in options or str(refused.value).startswith("There is no text encoding")


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
    assert not preview.whole
    assert preview.fault is None
    with pytest.raises(InputError, match="line 200002, column 'time': 'not a time'"):
        data.read(path)


def test_a_latin_1_letter_far_below_is_read(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "user,item,time\n" + "a,b,5\nc,d,6\n" * 120_000 + "Zoë,e,7\n", "latin-1")
    interactions, report = read(path)
    assert "Zoë" in interactions.user_ids
    assert "cp1252" in " ".join(report.recognised)


@pytest.mark.parametrize("rows_before", [0, 120_000], ids=["in the head", "far below"])
@pytest.mark.parametrize(("sign", "encoding"), [(b"\x80", "cp1252"), (b"\x81", "latin-1")])
def test_signs_that_only_windows_has_are_read(tmp_path: Path, sign: bytes, encoding: str, rows_before: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"user,item,time\n" + b"a,b,5\nc,d,6\n" * rows_before + b"a,Zo\xeb " + sign + b",7\nc,d,8\na,b,9\n"
    )
    interactions, report = read(path)
    assert "Zoë " + sign.decode(encoding) in interactions.item_ids
    assert f"with a header, {encoding}." in " ".join(report.recognised)
    interactions, _ = read(path, encoding="latin-1")
    assert "Zoë " + sign.decode("latin-1") in interactions.item_ids


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
    columns = Columns(*(("user", "item", "time") if header else ("1", "2", "3")))
    with pytest.raises(InputError, match=f"line {last + 1}, "):
        read(path, columns=columns)


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


def test_a_column_of_row_numbers_is_no_comment(tmp_path: Path) -> None:
    rows = "".join(f"{n},u{n % 3},i{n % 4},{n}\n" for n in range(9))
    interactions, report = read(put(tmp_path, "rows.csv", f"#,user,item,time\n{rows}"))
    assert interactions.n_interactions == 9 and not any("comments" in text for text in report.recognised)


def test_pairs_after_comments_are_pairs(tmp_path: Path) -> None:
    rows = "".join(f"{n % 4}\t{n % 5}\n" for n in range(20))
    path = put(tmp_path, "graph.txt", f"# A directed graph\n# Nodes: 9 Edges: 20\n{rows}")
    assert read(path)[1].read == 20
    path = put(tmp_path, "named.txt", f"# A directed graph\n# user\titem\n{rows}")
    assert read(path, time_unit="none")[1].read == 20
    with pytest.raises(InputError, match="its columns are: 'FromNode', 'ToNode'"):
        read(put(tmp_path, "other.txt", f"# A directed graph\n# FromNode\tToNode\n{rows}"))


@pytest.mark.real
@pytest.mark.parametrize(
    ("folder", "users", "items", "rows", "tied", "name"),
    [
        ("ml-100k", 943, 1682, 100_000, 0.44, "movielens-100k"),
        ("ml-latest-small", 610, 9724, 100_836, 0.15, "movielens-csv"),
        ("movietweetings-100k", 16_554, 10_506, 100_000, 0.0, "movietweetings"),
        ("amazon-musical-instruments", 1429, 900, 10_261, 0.44, "amazon-json"),
    ],
)
def test_real_sets_have_their_counts(
    real_data: Path, folder: str, users: int, items: int, rows: int, tied: float, name: str
) -> None:
    imported, report = read(real_data / folder)
    assert (imported.n_users, imported.n_items, imported.n_interactions, report.read) == (users, items, rows, rows)
    assert round(imported.tied_last(), 2) == tied
    assert report.format == name


@pytest.mark.real
def test_the_papers_filter_on_movietweetings(real_data: Path) -> None:
    interactions, _ = read(real_data / "movietweetings-100k", paper_filter=True)
    assert (interactions.n_users, interactions.n_items, interactions.n_interactions) == (2583, 9111, 67_040)
    assert any(item.startswith("0") for item in interactions.item_ids)


def test_of_two_columns_naming_the_item_says_which_is_the_user(tmp_path: Path) -> None:
    path = put(tmp_path, "pairs.txt", "x 1\ny 1\nz 2\n")
    assert read(path, columns=Columns(item="1"))[0].user_ids == read(path, columns=Columns(user="2"))[0].user_ids


def test_a_rating_that_is_no_number_is_refused_in_a_table_of_numbers_too(tmp_path: Path) -> None:
    rows = [f"{user},{item},3.5,{START + DAY * item}" for user in range(1, 9) for item in range(1, 6)]
    header = "userId,movieId,rating,timestamp"
    for broken in ("4..5", ".", "1.2.3"):
        path = put(tmp_path, "ratings.csv", "\n".join([header, *rows, f"9,1,{broken},{START}", *rows[:3]]) + "\n")
        with pytest.raises(InputError, match=f"line 42, column 'rating': '{broken}' is not a rating"):
            read(path)
    path = put(tmp_path, "ratings.csv", "\n".join([header, *rows, f"9,1,,{START}", f"9,2,5.,{START}"]) + "\n")
    assert read(path)[1].kept == len(rows) + 2


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
    table = pd.DataFrame(ROWS, columns=["a+b", "item", "date+time"])
    path = put_table(tmp_path, table, ending)
    columns = Columns(user="a+b", time="date+time")
    interactions, _ = read(path, columns=columns)
    assert histories(interactions) == WORLD
    roles = {column.name: column.role for column in importing.preview(path, Options(columns=columns)).columns}
    assert (roles["a+b"], roles["date+time"]) == ("user", "time")


def test_the_place_of_a_fault_is_known_to_programs(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "user,item,time\na,p,1600000000\na,q,noon\nb,r,1600000001\n")
    with pytest.raises(InputError) as caught:
        data.read(path)
    error = caught.value
    assert (error.code, error.facts["fault"], error.setting) == ("unreadable_value", "not_a_time", "broken_rows")
    assert (error.place.file, error.place.line, error.place.column) == (str(path), 3, "time")
    assert error.sentence().startswith(f"{path}, line 3, column 'time': 'noon' is not a time")
    assert error.seen_from(tmp_path).sentence().startswith("a.csv, line 3, column 'time'")


def test_a_file_with_a_mark_of_utf_16_in_a_table_of_numbers_is_read(tmp_path: Path) -> None:
    text = lines(lambda u, i, t: f"{u[1:]},{i[1:]},3,{t}", "userId,movieId,rating,timestamp\n")
    assert read(put(tmp_path, "ratings.csv", text, "utf-16"))[1].kept == len(ROWS)


def test_ratings_as_text_in_a_parquet_file_are_read(tmp_path: Path) -> None:
    table = pd.DataFrame(ROWS, columns=["user", "item", "time"]).assign(rating=["4.5"] * (len(ROWS) - 1) + ["good"])
    table.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="row 9, column 'rating': 'good' is not a rating"):
        data.read(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", broken_rows="skip", min_rating=4.5)[1].kept == len(ROWS) - 1
