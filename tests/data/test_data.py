"""Reading data: what is kept, what is dropped and counted, and which error message a wrong file gets."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of
from hypothesis import given, settings
from hypothesis import strategies as st

from attrec_core import data
from attrec_core.data.options import Columns, Options
from attrec_core.data.reading.catalogue import title_and_year
from attrec_core.data.windows import PADDING, leave_one_out, seen_before, training_windows
from attrec_core.errors import InputError

GOOD = "user,item,timestamp\n" + "".join(f"u{u},i{(u + k) % 5},{k}\n" for u in range(3) for k in range(4))


def written(folder: Path, text: str, name: str = "data.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding, newline="")
    return path


def sentence(path: Path, options: Options | None = None) -> str:
    """Returns the error message for a file: one sentence, on one line."""
    with pytest.raises(InputError) as caught:
        data.read(path, options)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) - len(str(path)) < 550
    return text


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
    path, titles = written(tmp_path, GOOD), tmp_path / "products.json"
    lines = [{"asin": "i1", "title": "A  cup"}, {"asin": "i1", "title": "Later"}, {"asin": "i2"}, {"title": "Nothing"}]
    titles.write_text("\n".join(map(json.dumps, lines)))
    imported = data.read(path, Options(metadata=titles))
    assert [imported.titles[imported.item_ids.index(item)] for item in ("i1", "i2", "i3")] == ["A cup", "i2", "i3"]
    titles.write_text('{"asin": "i1", "title": "A cup"}\n[]\n')
    assert "line 2" in sentence(path, Options(metadata=titles))


@pytest.mark.parametrize(("user", "item"), [("1", "1"), ("3", "1"), ("1", "x")])
def test_of_two_columns_without_a_header_the_two_are_user_and_item(tmp_path: Path, user: str, item: str) -> None:
    path = written(tmp_path, "7 8\n7 9\n8 8\n8 9\n9 9\n9 7\n", "pairs.txt")
    assert "not both of them" in sentence(path, Options(columns=Columns(user=user, item=item)))


@pytest.mark.real
def test_movielens_100k_counts(real_data: Path) -> None:
    interactions = data.read(real_data / "ml-100k")
    assert (interactions.n_users, interactions.n_items, interactions.n_interactions) == (943, 1682, 100_000)
    assert round(interactions.tied_last() * 943) == 415
    assert interactions.tie_rule == "file-first"
    fargo = interactions.item_ids.index("100")
    assert (interactions.titles[fargo], interactions.years[fargo]) == ("Fargo", "1996")
    assert interactions.genres[fargo] == ("Crime", "Drama", "Thriller")
    assert "Misérables, Les" in interactions.titles  # latin-1


def test_titles_lose_their_year_and_get_their_article_back() -> None:
    assert title_and_year("Full Monty, The (1997)") == ("The Full Monty", "1997")
    assert title_and_year("unknown") == ("unknown", "")


@pytest.mark.parametrize(("separator", "name"), [(",", "a.csv"), ("\t", "a.tsv"), (";", "a.csv")])
def test_separators(tmp_path: Path, separator: str, name: str) -> None:
    interactions = data.read(written(tmp_path, GOOD.replace(",", separator), name))
    assert (interactions.n_users, interactions.n_items, interactions.n_interactions) == (3, 5, 12)


@pytest.mark.parametrize("header", ["userId,movieId,timestamp", "UID,Item ID,Time", "viewer,product_id,date"])
def test_columns_are_found_by_name(tmp_path: Path, header: str) -> None:
    assert data.read(written(tmp_path, GOOD.replace("user,item,timestamp", header))).n_interactions == 12


def test_columns_can_be_given(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("user,item,timestamp", "a,b,c"))
    assert data.read(path, Options(columns=Columns("a", "b", "c"))).n_users == 3
    assert "no column 'x'" in sentence(path, Options(columns=Columns("x", "b", "c")))


def test_bom_crlf_and_latin_1(tmp_path: Path) -> None:
    text = GOOD.replace("u0", "Zoë").replace("\n", "\r\n")
    for encoding in ("utf-8-sig", "latin-1"):
        assert "Zoë" in data.read(written(tmp_path, text, encoding=encoding)).user_ids


def test_tie_rules_pick_the_first_or_the_last_row_of_the_file(tmp_path: Path) -> None:
    text = "user,item,timestamp\na,p,1\na,q,5\na,r,5\na,s,5\nb,p,1\nb,q,2\nb,r,3\n"
    path = written(tmp_path, text)
    for rule, last in (("file-first", "q"), ("file-last", "s")):
        interactions = data.read(path, Options(tie_rule=rule))
        assert interactions.item_ids[interactions.history(0)[-1]] == last
        assert interactions.tied_last() == 0.5


def test_duplicates_are_kept_or_dropped_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "u0,i0,9\nu0,i0,10\n")
    assert data.read(path).n_interactions == 14
    dropped = data.read(path, Options(duplicates="drop"))
    assert dropped.n_interactions == 12
    assert dropped.dropped == {"same user and item again": 2}


def test_rows_that_say_too_little_are_dropped_with_their_reason(tmp_path: Path) -> None:
    interactions = data.read(written(tmp_path, GOOD + ",i1,3\nu1,,3\nu1,i1,\nu1,i1,NaN\nu1,i1,-5\n"))
    assert interactions.n_interactions == 12
    assert interactions.dropped == {"no user": 1, "no item": 1, "no time": 2, "negative time": 1}


def test_titles_and_genres_from_a_catalogue_beside(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "interactions.csv")
    written(tmp_path, 'item,title,genres\ni1,"One, Two",Drama|War\n', "catalogue.csv")
    interactions = data.read(tmp_path)
    assert interactions.titles[interactions.item_ids.index("i1")] == "One, Two"
    assert interactions.genres[interactions.item_ids.index("i1")] == ("Drama", "War")
    assert interactions.titles[interactions.item_ids.index("i2")] == "i2"


def test_arrays_cannot_be_changed() -> None:
    interactions = interactions_of({"a": ["p", "q", "r"], "b": ["q", "p", "r"]})
    with pytest.raises(ValueError, match="read-only"):
        interactions.items[0] = 1


def test_leave_one_out_holds_back_the_last_two() -> None:
    split = leave_one_out(interactions_of({"a": ["p", "q", "r", "s"], "b": ["q", "p"]}))
    assert split.evaluated.tolist() == [0]  # b has too few items for evaluation and trains with all of them
    assert split.lengths.tolist() == [2, 2]
    assert [split.interactions.item_ids[split.held_out(part)[1][0]] for part in ("validation", "test")] == ["r", "s"]
    assert split.with_validation().lengths.tolist() == [3, 2]


# Any text without control characters, which a CSV reader may take for line ends.
IDS = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and text
)


@given(st.lists(IDS, min_size=3, max_size=6, unique=True))
@settings(max_examples=60, deadline=None)
def test_ids_stay_the_strings_they_were(tmp_path_factory: pytest.TempPathFactory, ids: list[str]) -> None:
    quoted = ['"' + text.replace('"', '""') + '"' for text in ids]
    rows = [f"{user},{item},{time}" for user in quoted for time, item in enumerate(quoted)]
    path = written(tmp_path_factory.mktemp("ids"), "user,item,timestamp\n" + "\n".join(rows) + "\n")
    interactions = data.read(path, Options(columns=Columns(user="user")))  # the named column, whatever the ids are
    assert set(interactions.user_ids) == set(interactions.item_ids) == set(ids)


def test_leading_zeros_na_and_emoji_are_ids(tmp_path: Path) -> None:
    odd = ["007", "NA", "null", "a b", '"q"', "Zoë", "🦊", "1e3"]
    rows = "".join(
        '"{}","{}",{}\n'.format("u" + i.replace('"', '""'), j.replace('"', '""'), k)
        for i in odd
        for k, j in enumerate(odd)
    )
    assert set(data.read(written(tmp_path, "user,item,timestamp\n" + rows)).item_ids) == set(odd)


def test_old_mac_line_ends(tmp_path: Path) -> None:
    assert data.read(written(tmp_path, GOOD.replace("\n", "\r"))).n_interactions == 12


def test_times_beside_decimals_keep_every_digit_and_stay_below_zero(tmp_path: Path) -> None:
    large = 2**53 + 1
    interactions = data.read(written(tmp_path, GOOD + f"u0,i1,{large}\nu0,i2,1.5\nu0,i3,-0.5\n"))
    assert interactions.times.max() == large
    assert interactions.dropped == {"negative time": 1}


def test_times_keep_every_digit(tmp_path: Path) -> None:
    large = 9_007_199_254_740_993  # 2^53 + 1, which a float would round
    interactions = data.read(written(tmp_path, GOOD + f"u0,i1,{large}\nu0,i2,{large + 1}\n"))
    assert interactions.times.max() == large + 1
    assert interactions.tied_last() == 0


BAD = {
    "empty": ("", "is empty"),
    "blank": ("\n\n  \n", "is empty"),
    "header only": ("user,item,timestamp\n", "a header and no rows"),
    "missing column": ("user,timestamp\na,1\n", "has no item column"),
    "text as time": (GOOD + "u1,i1,yesterday\n", "line 14, column 'timestamp': 'yesterday' is not a time"),
    "infinite time": (GOOD + "u1,i1,inf\n", "'inf' is not a time"),
    "huge time": (GOOD + "u1,i1,1e300\n", "too large for a time"),
    "too many fields": (GOOD + "u1,i1,3,4,5\n", "line 14 has 5 fields where the header has 3"),
    "every row too wide": ("user,item,timestamp\nu1,i1,5,900\nu2,i2,4,901\n", "rows have more fields than the 3"),
    "quote never closed": (GOOD + 'u1,"i1,3\n', 'a quotation mark (") in line 14 encloses no field'),
    "column twice but for a space": ("user, user,item,timestamp\na,a,p,1\n", "'user' appears twice"),
    "bytes that are no text": ("user,item,timestamp\n\0\0\0", "not a text file"),
    "one user": ("user,item,timestamp\na,p,1\na,q,2\na,r,3\n", "only one user, 'a'"),
    "one item": ("user,item,timestamp\na,p,1\nb,p,2\na,p,3\n", "only 1 item ('p')"),
    "two items": ("user,item,timestamp\na,p,1\nb,q,2\na,p,3\n", "only 2 items ('p' and 'q')"),
    "nothing left": ("user,item,timestamp\na,p,\nb,q,\n", "2 dropped: no time"),
    "column twice": ("user,item,item,timestamp\na,p,q,1\n", "'item' appears twice"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_get_a_sentence(tmp_path: Path, case: str) -> None:
    text, expected = BAD[case]
    assert expected in sentence(written(tmp_path, text))


def test_a_user_with_one_event_is_kept_and_not_evaluated(tmp_path: Path) -> None:
    split = leave_one_out(data.read(written(tmp_path, GOOD + "lonely,i1,3\n")))
    assert split.interactions.user_ids.index("lonely") not in split.evaluated


def test_only_short_histories_get_a_sentence() -> None:
    with pytest.raises(InputError, match="No user has 3 or more interactions"):
        leave_one_out(interactions_of({"a": ["p", "q"], "b": ["q", "r"]}))


def test_long_and_hostile_titles_survive(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "interactions.csv")
    written(tmp_path, f"item,title\ni1,{'x' * 10_000}\ni2,<script>alert(1)</script>\n", "items.csv")
    titles = data.read(tmp_path).titles
    assert "x" * 10_000 in titles
    assert "<script>alert(1)</script>" in titles


def test_paths_that_are_no_data(tmp_path: Path) -> None:
    assert "does not exist" in sentence(tmp_path / "nowhere.csv")
    assert "unknown format" in sentence(tmp_path)
    assert "unknown format" in sentence(written(tmp_path, "x", "picture.png"))


def test_a_file_without_read_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, GOOD)
    path.chmod(0)
    if os.geteuid() == 0:
        # The superuser may read any file, so raise the error that other users get.
        def refuse(self: Path, *_: object, **__: object) -> bytes:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", refuse)
    assert "cannot be read: Permission denied" in sentence(path)


MOVIELENS_ITEM = "1|Toy Story (1995)|01-Jan-1995||http://x|" + "|".join("0" * 19) + "\n"


@pytest.mark.parametrize(
    ("ratings", "items", "expected"),
    [
        ("", MOVIELENS_ITEM, "u.data is empty"),
        ("1\t1\t5\n", MOVIELENS_ITEM, "u.data, line 1: 3 fields"),
        ("1\t1\t5\tnoon\n", MOVIELENS_ITEM, "u.data, line 1, column 'time': 'noon' is not a time"),
        ("1\t1\t5\t9\n", "1|Toy Story\n", "u.item, line 1: 2 fields"),
    ],
)
def test_bad_movielens_folders(tmp_path: Path, ratings: str, items: str, expected: str) -> None:
    written(tmp_path, ratings, "u.data")
    written(tmp_path, items, "u.item")
    assert expected in sentence(tmp_path)


def test_a_half_movielens_folder_says_what_is_expected(tmp_path: Path) -> None:
    written(tmp_path, "1\t1\t5\t9\n", "u.data")
    assert "u.data and u.item" in sentence(tmp_path)


def test_the_very_last_row_is_a_target_where_its_user_is_not_tested() -> None:
    split = leave_one_out(interactions_of({"a": ["x", "y", "z"], "b": ["z", "x"]}))
    users, windows, targets = training_windows(split, 2, 2)
    x, _, z = (split.interactions.item_ids.index(item) for item in "xyz")
    assert (users.tolist(), windows.tolist(), targets.tolist()) == ([1], [[PADDING, z]], [[x, PADDING]])


def test_what_users_had_before_a_place_is_all_up_to_it() -> None:
    interactions = interactions_of({"a": ["x", "y", "z"], "b": ["z", "x"], "c": ["y", "x", "z"]})
    rows, items = seen_before(interactions, np.array([2, 0, 1]), np.array([2, 1, 0]))
    assert [(row, interactions.item_ids[item]) for row, item in zip(rows.tolist(), items.tolist(), strict=True)] == [
        *((0, "y"), (0, "x"), (1, "x")),
    ]
