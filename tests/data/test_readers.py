"""Every file format: recognised from the file, named in a sentence, and read to the same interactions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from table_files import DAY, MAKERS, START, WORLD, histories, lines, put, read, refused

from attrec_core.data import importing

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


@pytest.mark.parametrize(
    ("form", "odds"),
    [
        ("%d.%m.%Y", "05-13-2023|32.13.2023 10:00|2023-05-31"),
        ("%m/%d/%Y", "13/05/2023|31.01.23|2023-05-31"),
        ("%Y-%m-%d", "13/05/2023|01/18/23"),
    ],
)
def test_one_date_of_another_order_is_named_and_changes_no_other(tmp_path: Path, form: str, odds: str) -> None:
    times = [START + DAY * day for day in range(60)]
    rows = [f"{user},i{day},{at(form)(time)}\n" for user in "ab" for day, time in enumerate(times)]
    for odd in odds.split("|"):
        path = put(tmp_path, "a.csv", "user,item,time\n" + "".join([*rows[:7], f"a,x,{odd}\n", *rows[7:]]))
        assert refused(path, odd).place.line == 9
        interactions, report = read(path, broken_rows="skip")
        assert interactions.times.tolist() == [time - time % DAY for time in times] * 2
        assert report.read == len(rows) + 1


def test_ids_that_look_like_numbers_stay_what_they_were(tmp_path: Path) -> None:
    for odd in ("007", "+7", "7.0", "1e3", "-0"):
        rows = "".join(f"{user},{item},4,{9**9 + user}\n" for user in (1, 2) for item in (7, 8, 9))
        text = "userId,movieId,rating,timestamp\n" + rows * 120 + f"1,{odd},4,{9**9}\n"
        interactions, _ = read(put(tmp_path, "ratings.csv", text))
        assert odd in interactions.item_ids and interactions.n_items == 4, odd


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


def test_the_place_of_a_fault_is_known_to_programs(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "user,item,time\na,p,1600000000\na,q,noon\nb,r,1600000001\n")
    error = refused(path, "[unreadable_value broken_rows]")
    assert error.facts["fault"] == "not_a_time"
    assert (error.place.file, error.place.line, error.place.column) == (str(path), 3, "time")
    assert error.sentence().startswith(f"{path}, line 3, column 'time': 'noon' is not a time")
    assert error.seen_from(tmp_path).sentence().startswith("a.csv, line 3, column 'time'")
