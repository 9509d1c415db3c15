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

import attrec_core as attrec
from attrec_core.cli import main
from attrec_core.cli.output import flag
from attrec_core.data import importing
from attrec_core.data.causes import causes_beside
from attrec_core.data.distributions import distributions
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Columns, Options
from attrec_core.data.report import ImportReport, repeats_sentence
from attrec_core.data.windows import leave_one_out, repeated_targets
from attrec_core.errors import InputError
from attrec_core.views.data import tables

TAGS = "userID\tartistID\ttagID\tday\tmonth\tyear\n"


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def read(path: Path, **options: object) -> tuple[Interactions, ImportReport]:
    data, report = importing.import_data(path, Options(**options))
    assert report.read == report.kept + sum(report.dropped.values())
    return data, report


def tags(folder: Path) -> Path:
    """Writes a table of tags: each of 12 users gives one artist two tags on each of 6 days."""
    rows = [(user, (user + day) % 7, day) for user in range(12) for day in range(1, 7)]
    lines = [f"{user}\t{artist}\t{tag}\t{day}\t5\t2009\n" for user, artist, day in rows for tag in (1, 2)]
    put(folder, "user_taggedartists.dat", TAGS + "".join(lines))
    return folder


def test_several_tags_for_an_artist_at_once_are_one_interaction(tmp_path: Path) -> None:
    data, report = read(tags(tmp_path))
    assert (report.read, report.kept, report.duplicates) == (144, 72, "collapse")
    assert report.dropped == {"same user, item and time again": 72}
    assert repeated_targets(data.items, data.starts) == 0
    data, report = read(tmp_path, duplicates="keep")
    assert (report.kept, report.duplicates) == (144, "keep")
    assert repeated_targets(data.items, data.starts) == 1


def test_collapsing_keeps_an_item_that_comes_again_later(tmp_path: Path) -> None:
    rows = "a,p,1\na,p,1\na,q,1\na,p,1\na,p,2\nb,p,1\nb,q,2\nb,r,3\n"
    path = put(tmp_path, "rows.csv", "user,item,time\n" + rows)
    data, report = read(path, duplicates="collapse")
    assert [data.item_ids[item] for item in data.history(0)] == ["p", "q", "p"]
    assert report.dropped == {"same user, item and time again": 2}


@pytest.mark.parametrize("rule", ["file-first", "file-last"])
def test_rows_that_repeat_another_are_counted_where_nobody_chose(tmp_path: Path, rule: str) -> None:
    rows = "a,p,1\na,q,1\na,p,1\na,p,2\na,p,2\na,p,2\nb,p,2\nb,q,3\nb,r,3\n"
    path = put(tmp_path, "rows.csv", "user,item,time\n" + rows)
    sentence = "3 rows have the same user, item and time as an earlier row. All are kept; duplicates can be collapsed."
    assert sentence in read(path, tie_rule=rule)[1].remarks
    for duplicates in ("keep", "collapse", "drop"):
        assert not any("same user, item and time" in text for text in read(path, duplicates=duplicates)[1].remarks)
    once = put(tmp_path, "once.csv", "user,item,time\na,p,1\na,p,2\nb,p,2\nb,q,2\nb,r,3\n")
    assert not any("same user, item and time" in text for text in read(once)[1].remarks)


def test_a_data_set_remembers_what_became_of_its_repeats(tmp_path: Path) -> None:
    assert main(["import", str(tags(tmp_path / "raw")), "--out", str(tmp_path / "set")]) == 0
    data, report = read(tmp_path / "set")
    assert (data.duplicates, report.kept) == ("collapse", 72)


def test_repeated_targets_are_counted_as_a_slow_count_does() -> None:
    histories = {user: [*items, *items[: len(user) % 2]] for user, items in random_histories(4).items()}
    data = interactions_of(histories)
    users = leave_one_out(data).evaluated
    is_repeat = [data.history(user)[-1] in data.history(user)[:-1] for user in users]
    assert 0 < sum(is_repeat) < len(is_repeat)
    assert repeated_targets(data.items, data.starts) == sum(is_repeat) / len(is_repeat)


def test_few_repeats_are_not_worth_a_sentence() -> None:
    assert repeats_sentence(0.05) == ""
    assert repeats_sentence(0.06).startswith("6\u00a0% of the test items are repeats")


def test_figures_of_data_that_repeats_say_so_wherever_they_stand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "user,item,time\n" + "".join(f"u{u},i{(u + k % 4) % 9},{k}\n" for u in range(12) for k in range(6))
    path, out = put(tmp_path, "rows.csv", text), str(tmp_path / "run")
    sentence = "100\u00a0% of the test items are repeats: the user had them before."
    assert main(["inspect", str(path)]) == 0
    assert sentence in capsys.readouterr().out
    assert main(["train", str(path), "--out", out, "--epochs", "1", "--set", "dim=4", "--no-maps"]) == 0
    assert sentence in capsys.readouterr().err
    assert main(["info", out, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["test_items_in_history"] == 1
    assert sentence in captured.err
    assert main(["evaluate", out]) == 0
    assert sentence in capsys.readouterr().err


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
    with pytest.raises(InputError, match=r"60\s% of the rows of .* have 'NA' as the user") as caught:
        read(path)
    assert (caught.value.code, caught.value.setting) == ("unlikely_users", "user_column")
    assert "perhaps 'session_id'; choosing 'user_id' itself reads 'NA' as one user." in caught.value.sentence()
    assert importing.preview(path).fault.code == "unlikely_users"
    assert read(path, columns=Columns(user="session_id"))[0].n_users == 40
    data, report = read(path, columns=Columns(user="user_id"))
    assert data.n_users == 17 and any("'NA'" in remark for remark in report.remarks)
    assert read(views(tmp_path, strangers=1), columns=Columns())[0].n_users == 33


def test_milliseconds_are_added_to_the_date_beside_them(tmp_path: Path) -> None:
    data, report = read(views(tmp_path, strangers=0))
    assert data.time_unit == "ms"
    day = 1_462_752_000_000
    assert data.times[:5].tolist() == [day + 60_000 * view for view in range(5)]
    assert "time = eventdate+timeframe" in " ".join(report.recognised)
    assert any("and the milliseconds since" in sentence for sentence in report.recognised)
    wrong = put(tmp_path, "wrong.csv", (tmp_path / "train-item-views.csv").read_text().replace(";60000;", ";soon;", 1))
    with pytest.raises(InputError, match="line 3, column 'eventdate\\+timeframe'"):
        read(wrong)


@pytest.mark.parametrize("nothing", ["", "nan"])
@pytest.mark.parametrize("share", [0.1, 0.3])
def test_rows_without_a_user_are_left_out_or_asked_about(tmp_path: Path, nothing: str, share: float) -> None:
    rows = [f"{nothing if n < share * 100 else f'u{n % 8}'},i{n % 7},{n}" for n in range(100)]
    path = put(tmp_path, "rows.csv", "user,item,time\n" + "\n".join(rows))
    if share < 0.2:
        assert read(path)[1].read == 100
    else:
        with pytest.raises(InputError, match="30\u00a0% of the rows"):
            read(path)


def test_a_user_column_that_is_mostly_empty_is_asked_about(tmp_path: Path) -> None:
    rows = "".join(f"{f'u{n % 7}' if n % 3 else ''},s{n % 20},i{n % 9},{n}\n" for n in range(90))
    path = put(tmp_path, "rows.csv", "user_id,session_id,item,time\n" + rows)
    with pytest.raises(InputError) as caught:
        read(path)
    assert "choosing 'user_id' itself leaves out the 30 rows without a user." in caught.value.sentence()
    assert read(path, columns=Columns(user="user_id"))[1].dropped == {"no user": 30}


def test_one_user_with_many_rows_is_asked_about_among_many_users_only(tmp_path: Path) -> None:
    rows = [f"{'guest' if n % 3 == 0 else f'u{n % 20}'},i{n % 7},{n}" for n in range(120)]
    with pytest.raises(InputError, match=r"33\s% of the rows of .* have 'guest' as the user"):
        read(put(tmp_path, "many.csv", "user,item,time\n" + "\n".join(rows)))
    few = [f"u{n % 3},i{n % 7},{n}" for n in range(120)]
    assert read(put(tmp_path, "few.csv", "user,item,time\n" + "\n".join(few)))[0].n_users == 3


MOVIES = "movieId,title,genres\n" + "".join(f"{n},Film {n} (1999),Drama\n" for n in range(1, 40, 3))


def ratings(folder: Path, numbers: list[int]) -> Path:
    """A MovieLens folder whose items have these numbers."""
    rows = [f"{u},{numbers[(u + k) % len(numbers)]},4,{1_600_000_000 + k}" for u in range(6) for k in range(5)]
    put(folder, "ratings.csv", "userId,movieId,rating,timestamp\n" + "\n".join(rows) + "\n")
    put(folder, "movies.csv", MOVIES)
    return folder


def test_titles_say_where_they_come_from_and_how_many_items_have_one(tmp_path: Path) -> None:
    data, report = read(ratings(tmp_path, [4, 7, 8, 10]))
    assert data.titles == ("Film 10", "Film 4", "Film 7", "8")
    columns = "item = movieId, title = title, genres = genres"
    assert (
        f"Titles from movies.csv ({columns}): of 4 items, 3 have a title, 3 have genres, 3 have a year."
        in report.recognised
    )


@pytest.mark.parametrize("first", [0, 1])
def test_titles_of_items_that_were_numbered_anew_are_joined_only_where_that_is_asked(
    tmp_path: Path, first: int
) -> None:
    folder = ratings(tmp_path, list(range(first, first + 8)))
    data, report = read(folder)
    assert data.titles == data.item_ids
    (remark,) = (remark for remark in report.remarks if remark.startswith("No titles"))
    assert "those of movies.csv are not" in remark and "(3 of 8 items)" in remark
    assert not any("Titles from" in sentence for sentence in report.recognised)
    data, report = read(folder, metadata=folder / "movies.csv")
    assert "Film 4" in data.titles
    assert any("of 8 items, 3 have a title" in sentence for sentence in report.recognised)
    (remark,) = (remark for remark in report.remarks if remark.startswith("The titles may be wrong"))
    assert "those of movies.csv are not" in remark and "(3 of 8 items)" in remark


def test_titles_of_a_catalogue_that_is_itself_without_a_gap_are_joined(tmp_path: Path) -> None:
    folder = ratings(tmp_path, list(range(1, 9)))
    put(folder, "movies.csv", "movieId,title,genres\n" + "".join(f"{n},Film {n},\n" for n in range(1, 12)))
    assert read(folder)[0].titles == tuple(f"Film {n}" for n in range(1, 9))


def test_a_table_of_items_may_be_parquet(tmp_path: Path) -> None:
    path = put(tmp_path, "rows.csv", "user,item,time\na,1,1\na,2,2\nb,2,1\nb,3,2\n")
    items = pd.DataFrame({"id": [1, 2, 4], "title": ["Alien", " Heat", None], "genres": [["Horror", "Sci-Fi"], [], []]})
    items["year"] = [1979, 1995, 2000]
    items.to_parquet(tmp_path / "films.parquet")
    data, report = read(path, metadata=tmp_path / "films.parquet")
    assert data.titles == ("Alien", "Heat", "3")
    assert data.genres[0] == ("Horror", "Sci-Fi") and data.years[:2] == ("1979", "1995")
    assert any("of 3 items, 2 have a title, 1 has genres" in sentence for sentence in report.recognised)
    items.drop(columns="id").to_parquet(tmp_path / "none.parquet")
    with pytest.raises(InputError, match="no item column"):
        read(path, metadata=tmp_path / "none.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "films.parquet").read_bytes()[:300])
    with pytest.raises(InputError, match="damaged Parquet file"):
        read(path, metadata=tmp_path / "cut.parquet")


def in_parts(folder: Path, pattern: str, header: str = "user,item,time\n", end: str = "\n") -> Path:
    """Six interactions for each of 5 users; the latest two are in the files for validation and test."""
    for part, steps in (("train", range(4)), ("valid", [4]), ("test", [5])):
        rows = [f"u{u},i{(u + step) % 7},{step}" for u in range(5) for step in steps]
        put(folder, pattern.format(part), header + "\n".join(rows) + end)
    return folder


@pytest.mark.parametrize("pattern", ["{}.csv", "toy_{}.txt", "{}/rows.csv", "train-set/{}.csv", "{}_full_rows.txt"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_parts_of_a_data_set_are_joined_where_that_is_asked(tmp_path: Path, pattern: str, end: str) -> None:
    folder = in_parts(tmp_path / "set", pattern, end=end)
    packed = Path(shutil.make_archive(str(tmp_path / "set"), "zip", folder))
    together = "+".join(pattern.format(part) for part in ("train", "valid", "test"))
    with pytest.raises(InputError, match="holds a data set in parts") as caught:
        read(packed)
    assert flag(f"choose member={together}") == f"use --member {together}" in caught.value.sentence(flag)
    assert importing.members_of(packed)[0] == together
    data, report = read(packed, member=together)
    assert report.kept == 30
    assert [data.item_ids[item] for item in data.history(1)] == [f"i{n % 7}" for n in range(1, 7)]
    assert read(packed, member=pattern.format("test"))[1].read == 5


@pytest.mark.parametrize("others", [(), ("rsc_train_tr.txt", "rsc_train_valid.txt")])
def test_a_full_training_file_is_a_part_that_includes_the_validation(tmp_path: Path, others: tuple[str, ...]) -> None:
    for name in ("rsc_train_full.txt", "rsc_test.txt", *others):
        put(tmp_path, name, "user,item,time\na,p,1\na,q,2\nb,r,3\n")
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert caught.value.code == "several_parts"
    assert importing.members_of(tmp_path)[0] == "rsc_train_full.txt+rsc_test.txt"


def test_of_several_tables_the_refusal_says_that_they_can_be_joined(tmp_path: Path) -> None:
    for name in ("monday.csv", "tuesday.csv"):
        put(tmp_path, name, "user,item,time\na,p,1\na,q,2\nb,r,3\n")
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert "with + between" in caught.value.sentence(flag)
    assert read(tmp_path, member="monday.csv+tuesday.csv")[1].kept == 6


def test_the_first_rows_are_those_that_are_kept(tmp_path: Path) -> None:
    path = tags(tmp_path)
    for report in (read(path)[1], importing.preview(path)):
        rows = report.first if isinstance(report, ImportReport) else report.rows
        assert len(rows) == 5 and len({(row.item, row.time) for row in rows}) == 5
    assert len({row.time for row in importing.preview(path, Options(duplicates="keep")).rows}) == 3
    again = put(tmp_path / "again", "rows.csv", "user,item,time\n" + "a,p,1\na,p,2\na,p,3\na,q,4\nb,r,5\n")
    assert [row.item for row in read(again, duplicates="drop")[1].first] == ["p", "q", "r"]


def test_where_rows_drop_the_error_about_what_is_left_says_so(tmp_path: Path) -> None:
    rows = "".join(f"u{n % 4},i{n % 5},{5 if n == 7 else -n - 1}\n" for n in range(60))
    with pytest.raises(InputError, match=r"1 of 60 rows left \(59 dropped: negative time\)\. There is only one user"):
        read(put(tmp_path, "rows.csv", "user,item,time\n" + rows))


SORTED = {
    "by item": sorted((f"i{item:02}", f"u{user}") for user in range(9) for item in range(user, user + 12, 3)),
    "by user and item": [(f"i{item:02}", f"u{user}") for user in range(9) for item in range(user, user + 12, 3)],
    "by number": [(f"lesson {item}", f"u{user}") for user in range(9) for item in range(user, user + 12, 3)],
}


@pytest.mark.parametrize("order", SORTED)
def test_rows_without_times_that_are_sorted_by_item_are_said_to_be(tmp_path: Path, order: str) -> None:
    rows = "".join(f"{user},{item},{n * 7 % 5}\n" for n, (item, user) in enumerate(SORTED[order]))
    path = put(tmp_path, "rows.csv", "user,item,session_order\n" + rows)
    report = read(path, time_unit="none")[1]
    (remark,) = (remark for remark in report.remarks if "no times" in remark)
    assert "ascend by number" in remark if order == "by number" else "ascend by name" in remark
    assert "The order of the rows may be in 'session_order', which can be the time." in remark
    assert not any("ascend" in text for text in read(path, columns=Columns(time="session_order"))[1].remarks)
    with pytest.raises(InputError, match="The order of the rows may be in 'session_order'"):
        read(path)
    assert importing.preview(path).candidates["time"][0] == "session_order"


def test_rows_without_times_in_another_order_are_not_said_to_be_sorted(tmp_path: Path) -> None:
    rows = "".join(f"{user},{item}\n" for item, user in SORTED["by item"][:-1])
    for text in (rows + "u8,i00\n", "a,p\na,q\na,r\nb,q\nb,r\n"):
        report = read(put(tmp_path, "rows.csv", "user,item\n" + text), time_unit="none")[1]
        assert not any("ascend" in remark for remark in report.remarks)


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
    early = "".join(f"{user},i{n},{max(n, 1)}\n" for user in "ab" for n in range(4))  # the first two tie, not the last
    data, report = read(put(tmp_path, "rows.csv", "user,item,step\n" + early), columns=Columns(time="step"))
    assert data.may_tie and report.may_tie and data.time_unit == "order" and data.tied_last() == 0


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_the_only_table_of_interactions_is_read_beside_a_catalogue(tmp_path: Path, ending: str, packed: bool) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    events = pd.DataFrame([("a", "p", 1), ("a", "q", 2), ("b", "q", 1), ("b", "r", 2)], columns=["user", "sku", "time"])
    goods = pd.DataFrame([("p", "Lamp", "x"), ("q", "Kettle", "y")], columns=["sku", "product_name", "supplier_id"])
    for name, table in (("events", events), ("products", goods.assign(created_at=7))):
        if ending == "csv":
            table.to_csv(folder / f"{name}.csv", index=False)
        elif ending == "jsonl":
            table.to_json(folder / f"{name}.jsonl", orient="records", lines=True)
        else:
            table.to_parquet(folder / f"{name}.parquet")
    path = Path(shutil.make_archive(str(folder), "zip", folder)) if packed else folder
    data, report = read(path)
    sentence = f"events.{ending} is the only one of 2 tables with columns of users, items and times."
    assert report.recognised[0] == sentence == importing.preview(path).recognised[0]
    assert data.item_ids == ("p", "q", "r")
    assert data.titles == ("Lamp", "Kettle", "r")
    assert not any("the only one" in text for text in read(path, member=f"events.{ending}")[1].recognised)


def test_the_files_to_choose_from_come_before_all_formats(tmp_path: Path) -> None:
    for name in ("one", "two"):
        put(tmp_path, f"{name}.csv", "user,item,time\na,p,1\n")
    with pytest.raises(InputError, match=r"It holds one.csv, two.csv: .*member.* Known formats"):
        read(tmp_path)


def test_parts_of_recbole_are_joined_where_that_is_asked(tmp_path: Path) -> None:
    header = "user_id:token,item_id:token,timestamp:float\n"
    folder = in_parts(tmp_path / "toy", "toy.{}.inter", header)
    with pytest.raises(InputError) as caught:
        read(folder)
    assert caught.value.code == "several_parts"
    data, report = read(folder, member="toy.train.inter+toy.valid.inter+toy.test.inter")
    assert (report.format, report.kept, data.n_users) == ("recbole", 30, 5)


def test_blank_lines_in_json_metadata_are_no_items(tmp_path: Path) -> None:
    path = put(tmp_path, "rows.csv", "user,item,time\nu1,a,1\nu1,b,2\nu2,a,1\nu2,c,2\n")
    metadata = put(tmp_path, "meta.json", '{"asin": "a", "title": "Alien"}\n\n{"asin": "b", "title": "Heat"}\n\n')
    assert read(path, metadata=metadata)[0].titles == ("Alien", "Heat", "c")


FILMS = [
    ("a", 7, "Alien", ["Horror", "Sci-Fi"]),
    ("a", 8, "Heat", []),
    ("b", 8, "Heat", None),
    ("b", 9, "Up", ["Kids"]),
]


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_titles_and_lists_of_genres_in_the_rows_are_kept(tmp_path: Path, ending: str) -> None:
    table = pd.DataFrame(FILMS, columns=["who", "film", "title", "genres"]).assign(time=range(4))
    path = tmp_path / f"rows.{ending}"
    if ending == "jsonl":
        table.to_json(path, orient="records", lines=True)
    else:
        table.to_parquet(path)
    data, report = read(path, columns=Columns(user="who"))
    assert data.titles == ("Alien", "Heat", "Up")
    assert data.genres == (("Horror", "Sci-Fi"), (), ("Kids",))
    assert report.first[0].title == "Alien"
    again, report = read(path, columns=Columns(user="who", item="film"), metadata=path)
    assert (again.titles, again.genres) == (data.titles, data.genres)
    assert any("of 3 items, 3 have a title" in sentence for sentence in report.recognised)


def nested(*, in_array: bool) -> str:
    """The rows of FILMS with nested keys."""
    rows = [
        {"reader": {"id": who}, "film": {"id": film, "info": {"title": title, "genres": genres}}, "ts": time}
        for time, (who, film, title, genres) in enumerate(FILMS)
    ]
    return json.dumps(rows, indent=1) if in_array else "\n".join(map(json.dumps, rows))


NESTED = Columns(user="reader.id", item="film.id", title="film.info.title", genres="film.info.genres")


@pytest.mark.parametrize("in_array", [False, True])
def test_nested_keys_of_json_are_columns(tmp_path: Path, in_array: bool) -> None:
    path = put(tmp_path, "rows.json", nested(in_array=in_array))
    preview = importing.preview(path)
    names = ["reader.id", "film.id", "film.info.title", "film.info.genres", "ts"]
    assert [column.name for column in preview.columns] == names
    assert preview.columns[3].values[0] == "Horror|Sci-Fi"
    assert preview.fault.code == "no_column"
    data, report = read(path, columns=NESTED)
    assert (data.user_ids, data.item_ids, data.titles) == (("a", "b"), ("7", "8", "9"), ("Alien", "Heat", "Up"))
    assert data.genres[0] == ("Horror", "Sci-Fi")
    shape = "An array of JSON objects." if in_array else "One JSON object per line."
    assert report.recognised[0] == shape and importing.preview(path, Options(columns=NESTED)).rows == report.first


def test_a_preview_of_a_long_array_of_json_reads_its_head_only(tmp_path: Path) -> None:
    rows = [{"user": f"u{n % 7}", "item": f"i{n % 9}", "time": n} for n in range(20_000)]
    for indent in (None, 1):
        path = put(tmp_path, "rows.json", json.dumps(rows, indent=indent)[:-9] + "broken")
        preview = importing.preview(path)
        assert preview.fault is None and not preview.whole and len(preview.rows) == 5
        with pytest.raises(InputError, match="not JSON from here on"):
            read(path)


def test_a_fault_in_an_array_of_json_is_placed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        '[\n{"user": "a", "item": "p", "time": 1},\n{"user": "a", "item": "q", "time": "soon"}, 7,\n\n{"user": "b"}\n]'
    )
    path = put(tmp_path, "rows.json", text)
    with pytest.raises(InputError, match="line 3: not a JSON object, but '7,"):
        read(path)
    with pytest.raises(InputError, match="line 3, column 'time': 'soon' is not a time"):
        read(put(tmp_path, "rows.json", text.replace(" 7,", "")))
    for end in ("", "]]", "] [", '{"user'):  # nothing after a break may be lost silently
        whole = '[{"user": "a", "item": "p", "time": 1},\n{"user": "b", "item": "p", "time": 1}' + end
        with pytest.raises(InputError, match="line 2: not JSON from here on"):
            read(put(tmp_path, "rows.json", whole), broken_rows="skip")
    monkeypatch.setattr("attrec_core.data.reading.json_objects.LARGEST_ARRAY", 10)
    with pytest.raises(InputError, match="is one JSON array of 104 bytes; at most 10 bytes are read"):
        read(put(tmp_path, "rows.json", text))


def test_a_metadata_file_of_json_without_ids_of_items_says_so(tmp_path: Path) -> None:
    path = put(tmp_path, "rows.csv", "user,item,time\nu1,a,1\nu1,b,2\nu2,a,1\nu2,c,2\n")
    metadata = put(tmp_path, "meta.json", '{"what": "a", "title": "Alien"}\n')
    with pytest.raises(InputError, match=r"no item column .* its columns are: 'what', 'title'"):
        read(path, metadata=metadata)
    for text, line in (('{"asin": "a"\n', 1), ('{"asin": "a", "title": "Alien"}\n{"asin"\n', 2)):
        with pytest.raises(InputError, match=f"meta.json, line {line}: not a JSON object"):
            read(path, metadata=put(tmp_path, "meta.json", text))


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


def test_headers_of_unknown_names_are_no_interactions(tmp_path: Path) -> None:
    folder = in_parts(tmp_path, "{}.csv", "u,i,t\n")
    data, report = read(folder, member="train.csv+valid.csv+test.csv", columns=Columns("u", "i", "t"))
    assert (report.kept, data.n_users) == (30, 5)


def test_parts_that_do_not_fit_are_not_joined(tmp_path: Path) -> None:
    folder = in_parts(tmp_path, "{}.csv")
    put(folder, "test.csv", "user,time,item\nu1,9,i1\n")
    with pytest.raises(InputError, match=r"test.csv cannot be joined to train.csv"):
        read(folder, member="train.csv+test.csv")
    pd.DataFrame({"user": ["a"], "item": ["b"], "time": [1]}).to_parquet(folder / "test.parquet")
    with pytest.raises(InputError, match="only text files are joined"):
        read(folder, member="train.csv+test.parquet")
    with pytest.raises(InputError, match=r"holds no file 'more.csv'"):
        read(folder, member="train.csv+more.csv")


def test_a_line_of_joined_files_is_named(tmp_path: Path) -> None:
    folder = in_parts(tmp_path, "{}.csv")
    put(folder, "test.csv", "user,item,time\nu1,i1,soon\n")
    with pytest.raises(InputError, match=r"train.csv\+test.csv, line 22, column 'time': 'soon'"):
        read(folder, member="train.csv+test.csv")


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("household_id,product_id,transaction_timestamp", "user = household_id, item = product_id, time = tran"),
        ("student_id,course_id,completed", "user = student_id, item = course_id, time = completed"),
        ("pupil_id,book_id,borrowed_at", "user = pupil_id, item = book_id, time = borrowed_at"),
        ("user,exhibit_id,seen_at", "user = user, item = exhibit_id, time = seen_at"),
    ],
)
def test_names_of_columns_are_known(tmp_path: Path, header: str, roles: str) -> None:
    data, report = read(put(tmp_path, "rows.csv", f"{header}\na,p,1\na,q,2\nb,q,1\nb,r,2\n"))
    (sentence,) = (sentence for sentence in report.recognised if sentence.startswith("Columns"))
    assert all(role in sentence for role in roles.split(", ")) and data.n_interactions == 4


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("user,user_id,item,item_id,time", "user = user_id, item = item_id, time = time, title = item."),
        ("Movie,Movie ID,UserID,time,User", "user = UserID, item = Movie ID, time = time, title = Movie."),
        ("user_id,item,item_id,time,title", "user = user_id, item = item_id, time = time, title = title."),
        ("user,product,artist,time", "user = user, item = product, time = time."),
    ],
)
def test_a_column_of_ids_comes_before_one_of_names(tmp_path: Path, header: str, roles: str) -> None:
    names = header.split(",")
    rows = [",".join(str(number) if name == "time" else f"n{number}" for name in names) for number in range(4)]
    report = read(put(tmp_path, "rows.csv", "\n".join([header, *rows])))[1]
    assert f"Columns: {roles}" in report.recognised


@pytest.mark.parametrize("header", ["category_id,product_id,created_at", "pupil_id,teacher_id,seen_at"])
def test_a_column_that_may_be_another_is_not_guessed(tmp_path: Path, header: str) -> None:
    with pytest.raises(InputError) as caught:
        read(put(tmp_path, "rows.csv", f"{header}\na,p,1\na,q,2\nb,q,1\nb,r,2\n"))
    assert (caught.value.code, caught.value.setting) == ("no_column", "user_column")


def test_all_columns_that_are_missing_are_asked_at_once(tmp_path: Path) -> None:
    path = put(tmp_path, "rows.csv", "who,what,when\na,p,1\n")
    with pytest.raises(InputError) as caught:
        read(path)
    sentence = caught.value.sentence(flag)
    assert "has no user and no item and no time column" in sentence
    assert "Say which they are: --user-column, --item-column, --time-column." in sentence
    with pytest.raises(InputError, match="has no item and no time column"):
        read(path, columns=Columns(user="who"))


def test_times_in_the_future_are_remarked_upon(tmp_path: Path) -> None:
    text = "user,item,time\na,p,1600000000\na,q,1600000001\nb,q,4100000000\nb,r,1600000001\n"
    _, report = read(put(tmp_path, "rows.csv", text))
    assert any(remark.startswith("1 interaction is in the future, the latest on 2099-") for remark in report.remarks)
    _, report = read(put(tmp_path, "rows.csv", text.replace("4100000000", "1700000000")))
    assert not any("future" in remark for remark in report.remarks)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", "user,item,time\na,p,1\na,q,2\nb,r,1\nb,z,2\n"),
        ("rows.tsv", "user\titem\ttime\na\tp\t1\na\tq\t2\nb\tr\t1\n"),
        ("rows.json", "".join(f'{{"reviewerID":"u{n % 2}","asin":"i{n}","time":{n}}}\n' for n in range(4))),
        ("rows.txt", "".join(f"A00000000{n % 2},B00000000{n},5,1600000000\n" for n in range(4))),
    ],
)
def test_the_format_that_inspect_names_can_be_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    path = str(put(tmp_path, name, text))
    assert main(["inspect", path, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert main(["inspect", path, "--format", report["format"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == report["format"]


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
    path = put(tmp_path, "set/interactions.csv", "user,item,time\n" + "\n".join(rows) + "\n,3.0,9\n")
    put(tmp_path, "set/catalogue.csv", "item,title\n3.0,Heat\n4.0,Alien\n")
    put(tmp_path, "set/causes.csv", "user,item,step,kind,cause_step,cause_item\n17850.0,2.0,2,sequel,0,0.0\n")
    data, report = read(path.parent)
    assert data.user_ids[0] == "17850" and data.item_ids == tuple("012345678")
    assert data.titles[3:5] == ("Heat", "Alien")
    assert "Each user is a whole number, written as a decimal: 1.0 is read as 1." in report.recognised
    assert len(causes_beside(path.parent, data).users) == 1
    out = str(tmp_path / "run")
    assert main(["train", str(path.parent), "--out", out, "--epochs", "1", "--set", "dim=4", "--no-maps"]) == 0
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
    frame.to_parquet(tmp_path / "rows.parquet")
    assert read(tmp_path / "rows.parquet")[0].user_ids == ("1", "2")


def test_a_medium_is_no_item(tmp_path: Path) -> None:
    rows = "s1,/home,cpc,2024-05-01\ns1,/shop,email,2024-05-02\ns2,/home,link,2024-05-03\n"
    with pytest.raises(InputError) as fault:
        read(put(tmp_path, "visits.csv", f"session_id,page,medium,date\n{rows}"))
    assert (fault.value.code, fault.value.setting) == ("no_column", "item_column")
    data, _ = read(put(tmp_path, "loans.csv", f"Leser,Seite,Mediennummer,Datum\n{rows}"))
    assert [*data.item_ids] == ["cpc", "email", "link"]


def test_a_column_of_numbers_has_no_titles(tmp_path: Path) -> None:
    """ "nombre" is the name in Spanish, and the quantity in French."""
    rows = [(f"c{n % 2}", f"p{n}", f"2024-05-{n + 1:02}", n % 3) for n in range(9)]
    bought = [",".join(map(str, row)) for row in rows]
    path = put(tmp_path, "achats.csv", "\n".join(["client,produit,date,nombre", *bought]) + "\n")
    data, report = read(path)
    assert data.titles == data.item_ids and report.first_items == ()
    put(tmp_path, "stock.csv", "produit,nombre\np0,12\np1,7\n")
    data, report = read(tmp_path)  # a table of quantities is no table of titles
    assert data.titles == data.item_ids and not any("stock.csv" in text for text in report.recognised[1:])
    named, _ = read(path, columns=Columns(title="nombre"))
    assert [*named.titles[:3]] == ["0", "1", "2"]
    spanish = [row.rpartition(",")[0] + f",Obra {n}" for n, row in enumerate(bought)]
    data, _ = read(put(tmp_path, "compras.csv", "\n".join(["cliente,producto,fecha,nombre", *spanish]) + "\n"))
    assert data.titles[0] == "Obra 0"
