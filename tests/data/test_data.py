"""Reading data: what is kept, what is dropped and counted, and which error message a wrong file gets."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of
from table_files import put, read, refused

from attrec_core.data.options import Columns
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError

GOOD = "user,item,timestamp\n" + "".join(f"u{u},i{(u + k) % 5},{k}\n" for u in range(3) for k in range(4))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"times": np.zeros(5)}, "an array is not a list of whole numbers"),
        ({"times": np.zeros(4, int)}, "items and times differ in length"),
        ({"starts": np.array([0, 2, 4])}, "the histories do not fit the users"),
        ({"starts": np.array([0, 0, 5])}, "a user has no interactions"),
        ({"starts": np.array([0, 7, 5], np.uint64)}, "a user has no interactions"),
        ({"items": np.array([0, 1, 2, 0, 3])}, "an interaction has an item that is not in the catalogue"),
        ({"items": np.array([0, 1, 2, 0, -1])}, "an interaction has an item that is not in the catalogue"),
        ({"user_ids": ("a", "a")}, "a user id appears twice"),
        ({"item_ids": ("x", "y", "x")}, "an item id appears twice"),
        ({"titles": ("x", "y")}, "titles, genres and years do not fit the items"),
    ],
)
def test_arrays_that_are_no_interactions_are_refused(changes: dict[str, object], said: str) -> None:
    whole = interactions_of({"a": ["x", "y"], "b": ["z", "x", "y"]})
    with pytest.raises(InputError, match=f"These are not valid interactions: {said}"):
        replace(whole, **changes)


def test_titles_can_come_from_lines_of_json(tmp_path: Path) -> None:
    path = put(tmp_path, "data.csv", GOOD)
    lines = [{"asin": "i1", "title": "A  cup"}, {"asin": "i1", "title": "Later"}, {"asin": "i2"}, {"title": "Nothing"}]
    titles = put(tmp_path, "products.json", "\n\n".join(map(json.dumps, lines)) + "\n\n")
    imported, _ = read(path, metadata=titles)
    assert [imported.titles[imported.item_ids.index(item)] for item in ("i1", "i2", "i3")] == ["A cup", "i2", "i3"]
    for text, said in (
        ('{"asin": "i1", "title": "A cup"}\n[]\n', "products.json, line 2: "),
        ('{"asin": "i1"\n', "products.json, line 1: not a JSON object"),
        ('{"asin": "i1", "title": "A cup"}\n{"asin"\n', "products.json, line 2: not a JSON object"),
        ('{"what": "i1", "title": "A cup"}\n', "no item column"),
    ):
        refused(path, said, metadata=put(tmp_path, "products.json", text))


@pytest.mark.real
def test_a_real_catalogue_gives_titles_years_and_genres(real_data: Path) -> None:
    interactions, _ = read(real_data / "ml-100k")
    assert interactions.tie_rule == "file-first"
    fargo = interactions.item_ids.index("100")
    assert (interactions.titles[fargo], interactions.years[fargo]) == ("Fargo", "1996")
    assert interactions.genres[fargo] == ("Crime", "Drama", "Thriller")
    assert "Misérables, Les" in interactions.titles  # latin-1


ZOE = GOOD.replace("u0", "Zoë").replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("a.csv", GOOD, "utf-8"),
        ("a.tsv", GOOD.replace(",", "\t"), "utf-8"),
        ("a.csv", GOOD.replace(",", ";"), "utf-8"),
        ("a.csv", GOOD.replace("user,item,timestamp", "userId,movieId,timestamp"), "utf-8"),
        ("a.csv", GOOD.replace("user,item,timestamp", "UID,Item ID,Time"), "utf-8"),
        ("a.csv", GOOD.replace("user,item,timestamp", "viewer,product_id,date"), "utf-8"),
        ("a.csv", GOOD.replace("\n", "\r"), "utf-8"),  # an old Mac
        ("a.csv", ZOE, "utf-8-sig"),
        ("a.csv", ZOE, "latin-1"),
    ],
)
def test_separators_headers_line_ends_and_encodings_are_recognised(
    tmp_path: Path, name: str, text: str, encoding: str
) -> None:
    interactions, _ = read(put(tmp_path, name, text, encoding))
    assert (interactions.n_users, interactions.n_items, interactions.n_interactions) == (3, 5, 12)
    assert ("Zoë" in interactions.user_ids) == (text == ZOE)


def test_tie_rules_pick_the_first_or_the_last_row_of_the_file(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "user,item,timestamp\na,p,1\na,q,5\na,r,5\na,s,5\nb,p,1\nb,q,2\nb,r,3\n")
    for rule, last in (("file-first", "q"), ("file-last", "s")):
        interactions, _ = read(path, tie_rule=rule)
        assert interactions.item_ids[interactions.history(0)[-1]] == last
        assert interactions.tied_last() == 0.5


def test_rows_that_are_dropped_are_counted_by_their_reason(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", GOOD + "u0,i0,9\nu0,i0,10\n")
    assert read(path)[0].n_interactions == 14
    dropped, _ = read(path, duplicates="drop")
    assert (dropped.n_interactions, dropped.dropped) == (12, {"same user and item again": 2})
    dropped, _ = read(put(tmp_path, "a.csv", GOOD + ",i1,3\nu1,,3\nu1,i1,\nu1,i1,NaN\nu1,i1,-5\n"))
    assert dropped.dropped == {"no user": 1, "no item": 1, "no time": 2, "negative time": 1}


def test_arrays_cannot_be_changed() -> None:
    interactions = interactions_of({"a": ["p", "q", "r"], "b": ["q", "p", "r"]})
    with pytest.raises(ValueError, match="read-only"):
        interactions.items[0] = 1


def test_leave_one_out_holds_back_the_last_two() -> None:
    split = leave_one_out(interactions_of({"a": ["p", "q", "r", "s"], "b": ["q", "p"], "c": ["p"]}))
    assert split.evaluated.tolist() == [0]  # b and c have too few items for evaluation and train with all of them
    assert split.lengths.tolist() == [2, 2, 1]
    assert [split.interactions.item_ids[split.held_out(part)[1][0]] for part in ("validation", "test")] == ["r", "s"]
    assert split.with_validation().lengths.tolist() == [3, 2, 1]
    with pytest.raises(InputError, match="No user has 3 or more interactions"):
        leave_one_out(interactions_of({"a": ["p", "q"], "b": ["q", "r"]}))


def test_times_keep_every_digit_also_beside_decimals_and_stay_below_zero(tmp_path: Path) -> None:
    large = 2**53 + 1  # which a float would round
    interactions, _ = read(put(tmp_path, "a.csv", GOOD + f"u0,i1,{large}\nu0,i2,{large + 1}\n"))
    assert interactions.times.max() == large + 1 and interactions.tied_last() == 0
    interactions, _ = read(put(tmp_path, "a.csv", GOOD + f"u0,i1,{large}\nu0,i2,1.5\nu0,i3,-0.5\n"))
    assert interactions.times.max() == large and interactions.dropped == {"negative time": 1}


FEW = "user,item,timestamp\na,p,1\na,q,2\nb,r,1\n"
PAIRS = "7 8\n7 9\n8 8\n8 9\n9 9\n9 7\n"
EVENTS = "user,item,time,rating,event\na,p,1,5,buy\na,q,2,4,view\nb,r,3,3,buy\n"
NEGATIVE = "user,item,time\n" + "".join(f"u{n % 4},i{n % 5},{5 if n == 7 else -n - 1}\n" for n in range(60))
VISITS = "s1,/home,cpc,2024-05-01\ns1,/shop,email,2024-05-02\ns2,/home,link,2024-05-03\n"
REFUSED: dict[str, tuple[str, str] | tuple[str, str, dict[str, object]]] = {
    "empty": ("", "is empty"),
    "blank": ("\n\n  \n", "is empty"),
    "header only": ("user,item,timestamp\n", "a header and no rows"),
    "missing column": ("user,timestamp\na,1\n", "has no item column"),
    "column that is not there": (FEW, "no column 'x'", {"columns": Columns("x", "item", "timestamp")}),
    "no time": ("user,item\na,p\na,q\nb,r\n", "time_unit=none"),
    "no time is a question": ("user,item\na,p\na,q\nb,r\n", "[no_column time_column]"),
    "text as time": (GOOD + "u1,i1,yesterday\n", "line 14, column 'timestamp': 'yesterday' is not a time"),
    "infinite time": (GOOD + "u1,i1,inf\n", "'inf' is not a time"),
    "huge time": (GOOD + "u1,i1,1e300\n", "too large for a time"),
    "a date that is none": (
        "user,item,date\n\na,p,2020-01-02\n\na,q,2020-02-30\nb,r,2020-02-01\n",
        "line 5, column 'date': '2020-02-30' is not a date",
    ),
    "too many fields": (GOOD + "u1,i1,3,4,5\n", "line 14 has 5 fields where the header has 3"),
    "every row too wide": ("user,item,timestamp\nu1,i1,5,900\nu2,i2,4,901\n", "rows have more fields than the 3"),
    "quote never closed": (GOOD + 'u1,"i1,3\n', 'a quotation mark (") in line 14 encloses no field'),
    "column twice but for a space": ("user, user,item,timestamp\na,a,p,1\n", "'user' appears twice"),
    "column twice": ("user,item,item,timestamp\na,p,q,1\n", "'item' appears twice"),
    "bytes that are no text": ("user,item,timestamp\n\0\0\0", "not a text file"),
    "one user": ("user,item,timestamp\na,p,1\na,q,2\na,r,3\n", "only one user, 'a'"),
    "one item": ("user,item,timestamp\na,p,1\nb,p,2\na,p,3\n", "only 1 item ('p')"),
    "two items": ("user,item,timestamp\na,p,1\nb,q,2\na,p,3\n", "only 2 items ('p' and 'q')"),
    "nothing left": ("user,item,timestamp\na,p,\nb,q,\n", "2 dropped: no time"),
    "little left": (NEGATIVE, "1 of 60 rows left (59 dropped: negative time). There is only one user"),
    "pairs, the user as both": (PAIRS, "not both of them", {"columns": Columns("1", "1")}),
    "pairs, no third column": (PAIRS, "not both of them", {"columns": Columns("3", "1")}),
    "pairs, no such item": (PAIRS, "not both of them", {"columns": Columns("1", "x")}),
    "one column as two": (EVENTS, "cannot be user and rating at once", {"columns": Columns("user", rating="user")}),
    "no such event": (EVENTS, "no event 'click'; the events are: 'buy', 'view'", {"events": ("click",)}),
    "nothing is rated so well": (EVENTS, "No interactions are left", {"min_rating": 6}),
    "category or product": ("category_id,product_id,created_at\na,p,1\nb,q,2\n", "[no_column user_column]"),
    "pupil or teacher": ("pupil_id,teacher_id,seen_at\na,p,1\nb,q,2\n", "[no_column user_column]"),
    "a medium is no item": (f"session_id,page,medium,date\n{VISITS}", "[no_column item_column]"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_tables_get_a_sentence(tmp_path: Path, case: str) -> None:
    text, said, *options = REFUSED[case]
    refused(put(tmp_path, "data.csv", text), said, **dict(*options))


TWO_UNITS = "user,item,time\na,p,{}\na,q,1600000001000\nb,r,1600000002000\nb,p,{}\n"
FUTURE = "user,item,time\na,p,1600000000\na,q,1600000001\nb,q,{}\nb,r,1600000001\n"


@pytest.mark.parametrize(
    ("said", "text", "quiet"),
    [
        ("2 times look like seconds", TWO_UNITS.format(1600000000, 1600000003), TWO_UNITS.format(12, 0)),
        ("'nan'", GOOD + "nan,i1,3\nnan,i2,3\n", GOOD),
        ("1 interaction is in the future, the latest on 2099-", FUTURE.format(4100000000), FUTURE.format(1700000000)),
    ],
)
def test_odd_times_and_ids_are_remarked_upon_and_others_are_not(
    tmp_path: Path, said: str, text: str, quiet: str
) -> None:
    assert any(said in remark for remark in read(put(tmp_path, "a.csv", text))[1].remarks)
    _, report = read(put(tmp_path, "b.csv", quiet), duplicates="drop")
    assert [remark for remark in report.remarks if "fewer than 3 interactions" not in remark] == []


def test_paths_that_are_no_data(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere.csv", "does not exist")
    refused(tmp_path, "unknown format")
    refused(put(tmp_path, "picture.png", "x"), "unknown format")


def test_a_file_without_read_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "data.csv", GOOD)
    path.chmod(0)
    if os.geteuid() == 0:
        # The superuser may read any file, so raise the error that other users get.
        def refuse(self: Path, *_: object, **__: object) -> bytes:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", refuse)
    refused(path, "cannot be read: Permission denied")


MOVIELENS_ITEM = "1|Toy Story (1995)|01-Jan-1995||http://x|" + "|".join("0" * 19) + "\n"


@pytest.mark.parametrize(
    ("ratings", "items", "expected"),
    [
        ("", MOVIELENS_ITEM, "u.data is empty"),
        ("1\t1\t5\n", MOVIELENS_ITEM, "u.data, line 1: 3 fields"),
        ("1\t1\t5\tnoon\n", MOVIELENS_ITEM, "u.data, line 1, column 'time': 'noon' is not a time"),
        ("1\t1\t5\t9\n", "1|Toy Story\n", "u.item, line 1: 2 fields"),
        ("1\t1\t5\t9\n", None, "u.data and u.item"),
    ],
)
def test_bad_movielens_folders(tmp_path: Path, ratings: str, items: str | None, expected: str) -> None:
    put(tmp_path, "u.data", ratings)
    if items is not None:
        put(tmp_path, "u.item", items)
    refused(tmp_path, expected)
