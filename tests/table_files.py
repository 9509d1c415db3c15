"""The same few interactions as files of every format that people have, and a check of what reading a file gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from attrec_core.data.importing import import_data
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Options
from attrec_core.data.report import ImportReport
from attrec_core.errors import InputError

DAY = 86_400
START = 1_600_000_000 - 1_600_000_000 % DAY
# User → items, oldest first; each item is a day after the previous one.
WORLD = {"u1": ["i3", "i1", "i2"], "u2": ["i1", "i4"], "u3": ["i2", "i3", "i4", "i1"]}
ROWS = [(user, item, START + DAY * step) for user, items in WORLD.items() for step, item in enumerate(items)]


def put(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def put_table(folder: Path, name: str, table: pd.DataFrame) -> Path:
    """Writes a table as its name says: .csv, .json or .jsonl (one object per line), or .parquet."""
    path = put(folder, name, "")
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_json(path, orient="records", lines=True)
    return path


def lines(row: Callable[[str, str, int], str], header: str = "", rows: list[tuple[str, str, int]] = ROWS) -> str:
    return header + "".join(row(user, item, time) + "\n" for user, item, time in rows)


def movielens_1m(folder: Path) -> Path:
    numbers = {name: str(number) for number, name in enumerate(["u1", "u2", "u3", "i1", "i2", "i3", "i4"], 1)}
    put(folder, "ratings.dat", lines(lambda u, i, t: f"{numbers[u]}::{numbers[i]}::5::{t}"))
    put(folder, "movies.dat", "4::Matrix, The (1999)::Action|Sci-Fi\n5::Amélie (2001)::Comedy\n", "latin-1")
    return folder


def movietweetings(folder: Path) -> Path:
    names = {"i1": "0111161", "i2": "0068646", "i3": "1375666", "i4": "0133093"}
    put(folder, "ratings.dat", lines(lambda u, i, t: f"{u[1]}::{names[i]}::8::{t}"))
    put(folder, "movies.dat", "0133093::The Matrix (1999)::Action\n")
    return folder


def movielens_csv(folder: Path) -> Path:
    put(folder, "ratings.csv", lines(lambda u, i, t: f"{u[1]},{i[1]},4.5,{t}", "userId,movieId,rating,timestamp\n"))
    put(folder, "movies.csv", 'movieId,title,genres\r\n4,"Matrix, The (1999)",Action|Sci-Fi\r\n')
    return folder


def recbole(folder: Path) -> Path:
    header = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    put(folder, "toy/toy.inter", lines(lambda u, i, t: f"{u}\t{i}\t3\t{t}.0", header))
    put(
        folder, "toy/toy.item", "item_id:token\tmovie_title:token_seq\tclass:token_seq\ni4\tThe Matrix\tAction Sci-Fi\n"
    )
    return folder


def hetrec(folder: Path) -> Path:
    def row(user: str, item: str, time: int) -> str:
        day = pd.Timestamp(time, unit="s")
        return f"{user[1]}\t{item[1]}\t7\t{day.day}\t{day.month}\t{day.year}"

    put(folder, "user_taggedartists.dat", lines(row, "userID\tartistID\ttagID\tday\tmonth\tyear\n"))
    put(folder, "artists.dat", 'id\tname\turl\tpictureURL\n4\tMassive "Attack\tx\ty\n')
    return folder


def amazon_json(folder: Path) -> Path:
    text = lines(lambda u, i, t: json.dumps({"reviewerID": u, "asin": i, "overall": 5.0, "unixReviewTime": t}))
    return put(folder, "reviews.json", text)


def sessions(folder: Path) -> Path:
    def row(session: str, item: str, time: int) -> str:
        return f"{session}\t{item}\t{time}.5"

    return put(folder, "train.txt", lines(row, "SessionId\tItemId\tTime\n"))


def retail(folder: Path) -> Path:
    def row(user: str, item: str, time: int) -> str:
        return f'536365,{item},"MUG, {item}",6,{pd.Timestamp(time, unit="s"):%m/%d/%Y %H:%M},2.55,{user},United Kingdom'

    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    wrong = "C536379,i1,Discount,-1,09/13/2020 9:41,27.5,u1,United Kingdom\n536380,i1,MUG,2,09/13/2020 9:41,2,,France\n"
    return put(folder, "retail.csv", lines(row, header) + wrong)


def parquet(folder: Path) -> Path:
    frame = pd.DataFrame(ROWS, columns=["user_id", "item_id", "timestamp"])
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], unit="s")
    path = folder / "rows.parquet"
    frame.to_parquet(path)
    return path


def pairs(folder: Path) -> Path:
    return put(folder, "pairs.txt", lines(lambda u, i, t: f"{u[1]} {i[1]}"))


def user_lines(folder: Path) -> Path:
    return put(folder, "sequences.txt", "".join(f"{user} {' '.join(items)}\n" for user, items in WORLD.items()))


MAKERS = {
    "movielens-dat": movielens_1m,
    "movietweetings": movietweetings,
    "movielens-csv": movielens_csv,
    "recbole": recbole,
    "hetrec": hetrec,
    "amazon-json": amazon_json,
    "sessions": sessions,
    "retail": retail,
    "parquet": parquet,
    "pairs": pairs,
    "user-lines": user_lines,
}


def read(path: Path, **options: object) -> tuple[Interactions, ImportReport]:
    """Reads a file and checks that its report adds up. Raises InputError for a file that is refused."""
    result, report = import_data(path, Options(**options))
    assert report.read == report.kept + sum(report.dropped.values())
    assert report.kept == result.n_interactions == report.counts.interactions
    assert report.text
    return result, report


def refused(path: Path, *words: str, **options: object) -> InputError:
    """Returns the error with which a file is refused: one short sentence that has these words. After it, the words may
    name the error's code and setting: [code setting]."""
    with pytest.raises(InputError) as caught:
        read(path, **options)
    text = str(caught.value)
    assert text.strip() and "\n" not in text
    assert len(text) - len(str(path)) < 550
    for part in words:
        assert part in f"{text} [{caught.value.code} {caught.value.setting}]"
    return caught.value


def histories(found: Interactions) -> dict[str, list[str]]:
    return {user: [found.item_ids[item] for item in found.history(index)] for index, user in enumerate(found.user_ids)}
