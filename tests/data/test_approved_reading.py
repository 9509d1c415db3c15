"""What is read of small files that people have, or why a file is refused: `tests/approved/reading.txt`.

A change is read there: `APPROVE=1 python -m pytest tests/data/test_approved_reading.py` writes the file again. The name
of a scene says what was once read wrongly, or what a reader has to decide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from table_files import ROWS, lines, put, put_table, read

from attrec_core.cli.output import flag
from attrec_core.data import importing
from attrec_core.data.options import Columns, Options
from attrec_core.errors import InputError
from tests.views.test_panels import APPROVED, check_approved

# A scene: the text of rows.csv, or its files by name (a text, or bytes, or a table); and options. Of several files the
# first is read, with the second as its file of titles; of a folder, all.
Scene = tuple[str | dict[str, Any], dict[str, Any]]
HEAD, IN_FOLDER, RULES = "user,item,time\n", {"folder": True}, ("file-first", "file-last")
SKIP = {"broken_rows": "skip"}


def table(rows: list[str], header: str = HEAD) -> str:
    return header + "".join(row + "\n" for row in rows)


def columns(*names: str, **roles: str) -> dict[str, Any]:
    return {"columns": Columns(*names, **roles)}


# Rows of which some have no user, or one user with many rows.
def lacking(nothing: str, share: int, header: str = HEAD) -> str:
    return table([f"{nothing if n < share else f'u{n % 8}'},i{n % 7},{n}" for n in range(100)], header)


def views(strangers: int, second: str = "60000") -> str:
    """Item views as in Diginetica, 40 sessions of 5 views; in `strangers` of every 5 sessions the user is NA."""
    names = {session: "NA" if session % 5 < strangers else str(session) for session in range(40)}
    rows = [
        f"{session};{user};{(session + 7 * view) % 11};{second if view == 1 else 60_000 * view};2016-05-09"
        for session, user in names.items()
        for view in range(5)
    ]
    return table(rows, "session_id;user_id;item_id;timeframe;eventdate\n")


RATED = "user;item;rating;time\n"
SOLD = pd.DataFrame([("a", "p", 1), ("a", "q", 2), ("b", "q", 1), ("b", "r", 2)], columns=["user", "sku", "time"])
GOODS = pd.DataFrame([("p", "Lamp", "x", 7), ("q", "Kettle", "y", 7)])
GOODS.columns = pd.Index(["sku", "product_name", "supplier_id", "created_at"])


def rated(*ratings: str, header: str = RATED, ids: str = "u") -> str:
    """A table of 300 rows with these ratings in turn."""
    rows = [f"{ids}{n % 5};{ids}{n % 7};{ratings[n % len(ratings)]};{10**9 + n}" for n in range(300)]
    return table(rows, header)


IN_SESSIONS = table(
    [f"{'' if n % 3 == 0 else f'u{n % 7}'},s{n % 20},i{n % 9},{n}" for n in range(90)], "user_id,session_id,item,time\n"
)
AGAIN = table(["a,p,1", "a,q,1", "a,p,1", "a,p,2", "a,p,2", "a,p,2", "b,p,2", "b,q,3", "b,r,3"])
DATES = "user,item,date\na,p,01/02/2020\na,q,03/02/2020\nb,r,05/02/2020\n"
ORDERED = {
    "by item": sorted((f"i{item:02}", f"u{user}") for user in range(9) for item in range(user, user + 12, 3)),
    "by user and item": [(f"i{item:02}", f"u{user}") for user in range(9) for item in range(user, user + 12, 3)],
    "by number": [(f"lesson {item}", f"u{user}") for user in range(9) for item in range(user, user + 12, 3)],
}
SORTED = {
    order: table([f"{user},{item},{n * 7 % 5}" for n, (item, user) in enumerate(rows)], "user,item,session_order\n")
    for order, rows in ORDERED.items()
}
BOUGHT = "".join(f"u{n % 3},i{n},{n}\n" for n in range(9))
HASHES = "c,q,1600000000\nd,r,1600000001\nd,s,1600000002\n"
GRAPH = "".join(f"{n % 4}\t{n % 5}\n" for n in range(20))
NUMBERS = [f"{user},{item},3.5,{1_600_000_000 + 86_400 * item}" for user in range(1, 9) for item in range(1, 6)]
NUMBERED = table(NUMBERS, "userId,movieId,rating,timestamp\n")
RATINGS = table(
    [f"A2IBPI20UZIR0U,{item},5.0,{10**9}" for item in ("B00004Y2UT", "0739079891")]
    + [f"A14VAT5EAX3D9S,B0002GLDQM,5.0,{10**9}"],
    "",
)
SWAPPED = "".join(",".join((item, user, *rest)) + "\n" for user, item, *rest in (r.split(",") for r in RATINGS.split()))
FILMS = [
    ("a", 7, "Alien", ["Horror", "Sci-Fi"]),
    ("a", 8, "Heat", []),
    ("b", 8, "Heat", None),
    ("b", 9, "Up", ["Kids"]),
]
FILMS_SEEN = pd.DataFrame(FILMS, columns=["who", "movie", "title", "genres"]).assign(time=range(4))
NESTED = [
    {"reader": {"id": who}, "film": {"id": film, "info": {"title": title, "genres": genres}}, "ts": time}
    for time, (who, film, title, genres) in enumerate(FILMS)
]
NAMES = columns("reader.id", "film.id", title="film.info.title", genres="film.info.genres")
ARRAY = '[\n{"user": "a", "item": "p", "time": 1},\n{"user": "a", "item": "q", "time": "soon"}, 7,\n\n{"user": "b"}\n]'
REVIEWS = "\n".join(
    json.dumps(
        {"user_id": user, "parent_asin": item, "title": "Great!", "text": "…", "rating": 5.0, "timestamp": 10**12 + n}
    )
    for n, (user, item) in enumerate([("a", "p"), ("a", "q"), ("b", "r"), ("b", "p")])
)
ITEMS = pd.DataFrame({"id": [1, 2, 4], "title": ["Alien", " Heat", None], "genres": [["Horror", "Sci-Fi"], [], []]})
THREE = table(["a,1,1", "a,2,2", "b,2,1", "b,3,2"])
DAYS = {f"{day}.csv": table(["a,p,1", "a,q,2", "b,r,3"]) for day in ("monday", "tuesday")}
PARTS = {
    f"{part}.csv": table([f"u{u},i{(u + step) % 7},{step}" for u in range(5) for step in steps])
    for part, steps in (("train", range(4)), ("valid", [4]), ("test", [5]))
}
PARTS |= {"other.csv": "user,time,item\nu1,9,i1\n", "broken.csv": HEAD + "u1,i1,soon\n"}
PARTS |= {"parquet.parquet": pd.DataFrame({"user": ["a"], "item": ["b"], "time": [1]})}
TABLE = pd.DataFrame(ROWS, columns=["user", "item", "time"]).assign(rating=["4.5"] * (len(ROWS) - 1) + ["good"])

# A library's loans and its table of titles.
BOOKS = [f"B{100 + 7 * n}" for n in range(40)]
GERMAN, OF_GERMAN = "Leser;Artikel;Ausleihdatum", "Artikel;Titel;Gattung;Jahr"
OF_LOANS = {"user": "Leser", "item": "Artikel", "time": "Ausleihdatum"}
LOANS = [f"L{n % 9};{BOOKS[n * 11 % 40]};{1 + n % 28:02}.{1 + n // 28:02}.2024 09:00" for n in range(72)]


def library(of_items: str | dict[str, Any], of_rows: str = "user;item;time", name: str = "titel.csv") -> dict[str, Any]:
    """The loans, and a file of titles: its header, or whole."""
    works = [f"{item};Werk {item[1:]};Krimi|Roman;{1950 + n}" for n, item in enumerate(BOOKS)]
    text = of_items["text"] if isinstance(of_items, dict) else table(works, of_items + "\n")
    return {"ausleihen.csv": table(LOANS, of_rows + "\n"), name: text}


OWN = [f"r{n % 2},b{n},Own {n},{n + 1}" for n in range(9)]
HEADINGS = table([f"u{n % 3},b{n},{n},T{n}" for n in range(9)], "user,item,time,heading\n")
OF_HEADINGS = {"rows.csv": HEADINGS, "books.csv": table([f"b{n},Book {n}" for n in range(9)], "item,title\n")}
ODD, USUAL = "Kürzel;Werk;Art;Erschienen", "Item;Title;Genre;Year"
NO_LISTS = (
    '{"B100": {"title": "Alien"}, "B107": {"title": "Heat"}}',
    '{"items": [{"item": "B100", "title": "Alien"}]}',
    "{}",
    '{\n "B100": {"title": "Alien"}\n}',
    '[{"name": "Alien"}, {"name": "Heat"}]',
    '[{"item": "B100", "length": 3}]',
    "[]",
)
KNOWN = (
    "household_id,product_id,transaction_timestamp",
    "pupil_id,book_id,borrowed_at",
    "user,item,shelf_id,reader_id,seen_at,time",  # no other column is guessed at
    "user,user_id,item,item_id,time",  # a column of ids comes before one of names
    "Movie,Movie ID,UserID,time,User",
    "user_id,item,item_id,time,title",
    "user,product,artist,time",
)


def numbered(header: str) -> str:
    """Four rows whose time is a number."""
    names = header.split(",")
    at = "time" if "time" in names else names[2]
    return table([",".join(str(n) if name == at else f"n{n}" for name in names) for n in range(4)], header + "\n")


GOOD = "user,item,timestamp\n" + "".join(f"u{u},i{(u + k) % 5},{k}\n" for u in range(3) for k in range(4))
ZOE = GOOD.replace("u0", "Zoë").replace("\n", "\r\n")
FEW = "user,item,timestamp\na,p,1\na,q,2\nb,r,1\n"
PAIRS = "7 8\n7 9\n8 8\n8 9\n9 9\n9 7\n"
EVENTS = "user,item,time,rating,event\na,p,1,5,buy\na,q,2,4,view\nb,r,3,3,buy\n"
NEGATIVE = table([f"u{n % 4},i{n % 5},{5 if n == 7 else -n - 1}" for n in range(60)])
VISITS = "session_id,page,medium,date\ns1,/home,cpc,2024-05-01\ns1,/shop,email,2024-05-02\ns2,/home,link,2024-05-03\n"
LARGE = 2**53 + 1  # which a float would round
TWO_UNITS = HEAD + "a,p,{}\na,q,1600000001000\nb,r,1600000002000\nb,p,{}\n"
FUTURE = HEAD + "a,p,1600000000\na,q,1600000001\nb,q,{}\nb,r,1600000001\n"
CUP = '{"asin": "i1", "title": "A  cup"}\n'
PRODUCTS = (
    CUP + '\n{"asin": "i1", "title": "Later"}\n\n{"asin": "i2"}\n\n{"title": "Nothing"}\n\n',
    *(CUP + "[]\n", '{"asin": "i1"\n', CUP + '{"asin"\n', CUP.replace("asin", "what")),
)
FILM = "1|Toy Story (1995)|01-Jan-1995||http://x|" + "|".join("1001" + "0" * 15) + "\n"
# Tables whose options are the usual ones.
TABLES = {
    "comma": GOOD,
    "semicolon": GOOD.replace(",", ";"),
    "the header of MovieLens": GOOD.replace("user,item,timestamp", "userId,movieId,timestamp"),
    "the header of an export": GOOD.replace("user,item,timestamp", "UID,Item ID,Time"),
    "the header of a shop": GOOD.replace("user,item,timestamp", "viewer,product_id,date"),
    "lines of an old Mac": GOOD.replace("\n", "\r"),
    "rows without a part": GOOD + ",i1,3\nu1,,3\nu1,i1,\nu1,i1,NaN\nu1,i1,-5\n",
    "large times": GOOD + f"u0,i1,{LARGE}\nu0,i2,{LARGE + 1}\n",
    "large times beside decimals": GOOD + f"u0,i1,{LARGE}\nu0,i2,1.5\nu0,i3,-0.5\n",
    "times in two units": TWO_UNITS.format(1600000000, 1600000003),
    "times in one unit": TWO_UNITS.format(12, 0),
    "a user called nan": GOOD + "nan,i1,3\nnan,i2,3\n",
    "a time in the future": FUTURE.format(4100000000),
    "no time in the future": FUTURE.format(1700000000),
    "empty": "",
    "blank": "\n\n  \n",
    "header only": "user,item,timestamp\n",
    "missing column": "user,timestamp\na,1\n",
    "no time": "user,item\na,p\na,q\nb,r\n",
    "text as time": GOOD + "u1,i1,yesterday\n",
    "infinite time": GOOD + "u1,i1,inf\n",
    "huge time": GOOD + "u1,i1,1e300\n",
    "a date that is none": "user,item,date\n\na,p,2020-01-02\n\na,q,2020-02-30\nb,r,2020-02-01\n",
    "too many fields": GOOD + "u1,i1,3,4,5\n",
    "every row too wide": "user,item,timestamp\nu1,i1,5,900\nu2,i2,4,901\n",
    "quote never closed": GOOD + 'u1,"i1,3\n',
    "column twice but for a space": "user, user,item,timestamp\na,a,p,1\n",
    "column twice": "user,item,item,timestamp\na,p,q,1\n",
    "bytes that are no text": "user,item,timestamp\n\0\0\0",
    "one user": "user,item,timestamp\na,p,1\na,q,2\na,r,3\n",
    "one item": "user,item,timestamp\na,p,1\nb,p,2\na,p,3\n",
    "two items": "user,item,timestamp\na,p,1\nb,q,2\na,p,3\n",
    "nothing left": "user,item,timestamp\na,p,\nb,q,\n",
    "little left": NEGATIVE,
    "category or product": "category_id,product_id,created_at\na,p,1\nb,q,2\n",
    "pupil or teacher": "pupil_id,teacher_id,seen_at\na,p,1\nb,q,2\n",
    "a medium is no item": VISITS,
}
# Rows that are broken in different ways, and files of nothing but such rows; of each the refusal, and what is left.
FINE = [f"u{n % 5},i{n % 7},3,{10**9 + n}" for n in range(200)]
OF_RATINGS = "user,item,rating,time\n"
BROKEN = {
    f"{place} rows, then others broken by {bad}": table(
        [*FINE[:place], "a,b,3", "a,b,3,4,5", f"a,b,{bad}", *FINE[place:]], OF_RATINGS
    )
    for place in (50, 150)  # seen in the head, and further down
    for bad in ("4,later", "fine,9")
}
BROKEN |= {
    "only rows that are too long": HEAD + "a,b,5,6\n" * 5,
    "only rows without a time": HEAD + "a,b,later\n" * 5,
    "only rows that are too short": OF_RATINGS + "a,b,5\n" * 5,
    "a column of times that nobody reads": OF_RATINGS + "a,b,4,2024-05-31 18:00 CET\n" * 5,
    "a column of times, some missing": OF_RATINGS + "a,b,4,2024-05-31 18:00 CET\na,b,4,\n" * 5,
    "a column of large times": OF_RATINGS + "a,b,4,99999999999999999999\n" * 5,
    "a column of ratings that nobody reads": OF_RATINGS + "a,b,fine,5\n" * 5,
    "a short row before a column that nobody reads": OF_RATINGS + "a,b\n" + "a,b,fine,5\n" * 5,
}
PLAIN = [f"u{n % 3},i{n % 5},plain,{10**9 + n}" for n in range(20)]
STRAY = table(
    [row.replace("plain", '"7 inch') if n in (4, 9) else row for n, row in enumerate(PLAIN)], "user,item,title,time\n"
)
ENCLOSED = STRAY + 'u1,i1,"one, two",1000000100\n'
MARKED = ['"Weird Al" Yankovic', '"Heroes', 'The "5" Band', '"Quoted whole"']
OF_MARKED = {
    "interactions.tsv": table([f"u{n % 3}\t{n % 4}\t{n + 1}" for n in range(12)], "user\titem\ttime\n"),
    "items.tsv": table([f"{n}\t{name}" for n, name in enumerate(MARKED)], "id\tname\n"),
}
SPACED = pd.DataFrame(
    [(" u1 ", "a ", 1, "buy"), ("u1", "b", 2, " buy"), ("u2", "\ta", 1, "view"), ("u2", "c d", 2, "view ")],
    columns=["user", "item", "time", "event"],
)
FROM_LATEST = {"user,item\n": "{},{}", "user,item,time,rating\n": "{},{},{},5", "": "{},{},3,{}"}
NO_TIME = {
    header: lines(lambda u, i, t, row=row: row.format(u, i, 10**10 - t), header) for header, row in FROM_LATEST.items()
}
# Clicks of the RecSys Challenge 2015: session, time, item, category; items are numbers as large as seconds.
CLICKS = lines(lambda u, i, t: f"{u[1:]},{pd.Timestamp(t, unit='s'):%Y-%m-%dT%H:%M:%SZ},21450000{i[1:]},0")
IN_PARTS = {
    f"toy.{part}.inter": text.replace(HEAD, "user_id:token,item_id:token,timestamp:float\n")
    for part, text in list(PARTS.items())[:3]
}
EVENTFUL = table([f"u{n % 3},i{n % 5},{n}" for n in range(20)]).splitlines()
KINDS = {
    k: table([f"{row},e{n % k}" for n, row in enumerate(EVENTFUL[1:])], "user,item,time,event\n") for k in (1, 2, 8)
}
NAMED = ("a.csv", "a.inter", "ratings.dat", "a.json.gz", "a.parquet", "a.zip")
NOTHING = (b"", b"\n\n", b"\0" * 50, b"PAR1junkPAR1", b"{", b"{}\n", b"\x1f\x8bjunk", b"PK\x03\x04junk")
IMPOSSIBLE: tuple[dict[str, Any], ...] = (
    *({"delimiter": "x"}, {"encoding": "klingon"}, {"encoding": "base64"}, {"k_core": 1}, {"time_unit": "fortnight"}),
    *({"k_core": 5, "paper_filter": True}, {"min_rating": float("nan")}, {"cold_items": 0}),
)
SCENES: dict[str, Scene] = {
    **{f"impossible {options}": (THREE, options) for options in IMPOSSIBLE},
    **{name: (text, {}) for name, text in TABLES.items()},
    "tabs": ({"a.tsv": GOOD.replace(",", "\t")}, {}),
    **{f"{kind}": ({"a.csv": ZOE.encode(kind)}, {}) for kind in ("utf-8-sig", "latin-1")},
    "items again": (GOOD + "u0,i0,9\nu0,i0,10\n", {"duplicates": "drop"}),
    **{f"three at once, {rule}": (f"{FEW}a,r,2\na,s,2\nb,p,2\nb,q,3\n", {"tie_rule": rule}) for rule in RULES},
    "column that is not there": (FEW, columns("x", "item", "timestamp")),
    "pairs, the user as both": ({"data.csv": PAIRS}, columns("1", "1")),
    "pairs, no third column": ({"data.csv": PAIRS}, columns("3", "1")),
    "pairs, no such item": ({"data.csv": PAIRS}, columns("1", "x")),
    "one column as two": (EVENTS, columns("user", rating="user")),
    "no such event": (EVENTS, {"events": ("click",)}),
    "nothing is rated so well": (EVENTS, {"min_rating": 6}),
    **{f"titles in lines of JSON, {n}": ({"data.csv": GOOD, "products.json": t}, {}) for n, t in enumerate(PRODUCTS)},
    **{f"{name}{', left out' if way else ''}": (text, way) for name, text in BROKEN.items() for way in ({}, SKIP)},
    "marks that enclose nothing": (STRAY, {}),
    "marks that enclose, and others": (ENCLOSED, {}),
    "marks that are told to be text": (ENCLOSED, SKIP | {"quotes": "literal"}),
    "marks that enclose two lines": (
        STRAY.replace('"7 inch', "7 inch").replace("plain", '"two\nlines, and ""more"""', 1),
        {},
    ),
    "names with marks in a table of items": (OF_MARKED, IN_FOLDER),
    **{
        f"spaces around ids, .{ending}": ({f"rows.{ending}": SPACED, "items.csv": "item,title\n a,Alien\n"}, {})
        for ending in ("csv", "json", "parquet")
    },
    "no column of times": (NO_TIME["user,item\n"], {"time_unit": "none"}),
    "times that count": (NO_TIME["user,item,time,rating\n"], {}),
    **{
        f"times and ratings {none!r}": (NO_TIME["user,item,time,rating\n"], columns(time=none, rating=none))
        for none in ("", "none")
    },
    "ratings that are none": (NO_TIME["user,item,time,rating\n"], columns(rating="none") | {"min_rating": 1}),
    "no times and no header": (NO_TIME[""], columns(time="none")),
    "dates before numbers that could be": ({"clicks.dat": CLICKS}, {}),
    "parts of RecBole": (IN_PARTS, IN_FOLDER),
    "parts of RecBole, joined": (IN_PARTS, IN_FOLDER | {"member": "+".join(IN_PARTS)}),
    **{f"{k} kinds of event": (text, {}) for k, text in KINDS.items()},
    "a kind of event that is chosen": (KINDS[2], {"events": ("e1",)}),
    **{f"{name} of {text!r}": ({name: text}, {}) for name in NAMED for text in NOTHING},
    "no data": ({"picture.png": "x"}, {}),
    "no data in a folder": ({"picture.png": "x"}, IN_FOLDER),
    **{
        f"MovieLens, {ratings!r}": ({"u.data": ratings, "u.item": FILM}, IN_FOLDER)
        for ratings in ("", "1\t1\t5\n", "1\t1\t5\tnoon\n", "1\t1\t5\t9\n2\t2\t5\t9\n2\t1\t5\t10\n2\t3\t5\t11\n")
    },
    "MovieLens, a short line of a film": ({"u.data": "1\t1\t5\t9\n", "u.item": "1|Toy Story\n"}, IN_FOLDER),
    "MovieLens without films": ({"u.data": "1\t1\t5\t9\n"}, IN_FOLDER),
    "collapsing keeps an item that comes again later": (
        table(["a,p,1", "a,p,1", "a,q,1", "a,p,1", "a,p,2", "b,p,1", "b,q,2", "b,r,3"]),
        {"duplicates": "collapse"},
    ),
    **{f"rows that repeat another, {rule}": (AGAIN, {"tie_rule": rule}) for rule in RULES},
    **{f"rows that repeat another, {way}": (AGAIN, {"duplicates": way}) for way in ("keep", "collapse", "drop")},
    "no row repeats another": (table(["a,p,1", "a,p,2", "b,p,2", "b,q,2", "b,r,3"]), {}),
    "most rows have no user but a session": (views(3), {}),
    "the session is the user": (views(3), columns("session_id")),
    "all strangers are one user": (views(3), columns("user_id")),
    "few rows have no user": (views(1), {}),
    "milliseconds beside a date": (views(0), {}),
    "milliseconds that are none": (views(0, "soon"), {}),
    **{f"no user in {n} of 100 rows{how}": (lacking(how, n), {}) for how in ("", "nan") for n in (10, 30)},
    "no user, but a session": (IN_SESSIONS, {}),
    "no user, and the user all the same": (IN_SESSIONS, columns("user_id")),
    "'nan' as a user, but a session": (IN_SESSIONS.replace("\n,", "\nnan,"), {}),
    "'nan' as a user all the same": (IN_SESSIONS.replace("\n,", "\nnan,"), columns("user_id")),
    "one user of many has a third of the rows": (
        table([f"{'guest' if n % 3 == 0 else f'u{n % 20}'},i{n % 7},{n}" for n in range(120)]),
        {},
    ),
    "one user of three has a third of the rows": (table([f"u{n % 3},i{n % 7},{n}" for n in range(120)]), {}),
    "a table of items in Parquet": ({"rows.csv": THREE, "films.parquet": ITEMS.assign(year=[1979, 1995, 2000])}, {}),
    "a table of items without ids": ({"rows.csv": THREE, "films.parquet": ITEMS.drop(columns="id")}, {}),
    "a table of items that was cut": ({"rows.csv": THREE, "films.parquet": b"PAR1" + b"\0" * 296}, {}),
    "several files": (DAYS, IN_FOLDER),
    "several files joined": (DAYS, IN_FOLDER | {"member": "monday.csv+tuesday.csv"}),
    "a file of a folder": (DAYS, IN_FOLDER | {"member": "monday.csv"}),
    "no such file": (DAYS, IN_FOLDER | {"member": "sunday.csv"}),
    "a training file that includes the validation": (
        {"rsc_train_full.txt": DAYS["monday.csv"], "rsc_test.txt": DAYS["monday.csv"]},
        IN_FOLDER,
    ),
    "a full training file beside its parts": (
        {f"rsc_{part}.txt": DAYS["monday.csv"] for part in ("train_full", "test", "train_tr", "train_valid")},
        IN_FOLDER,
    ),
    **{
        f"train.csv joined to {second}": (PARTS, IN_FOLDER | {"member": f"train.csv+{second}"})
        for second in ("valid.csv+test.csv", "other.csv", "parquet.parquet", "more.csv", "broken.csv")
    },
    **{f"no times, sorted {order}": (text, {}) for order, text in SORTED.items()},
    **{f"the order of a file sorted {order}": (text, {"time_unit": "none"}) for order, text in SORTED.items()},
    **{f"a column of the order, sorted {o}": (text, columns(time="session_order")) for o, text in SORTED.items()},
    **{
        f"titles and lists of genres in the rows, .{ending}, {about}": ({f"rows.{ending}": FILMS_SEEN}, chosen)
        for ending in ("jsonl", "parquet")
        for about, chosen in (
            ("read", columns("who")),
            ("as a file of titles too", columns("who", "movie") | {"again": 1}),
        )
    },
    **{
        f"nested keys of JSON {how}{', chosen' if chosen else ''}": ({"rows.json": text}, chosen)
        for how, text in (
            ("in an array", json.dumps(NESTED, indent=1)),
            ("in lines", "\n".join(map(json.dumps, NESTED))),
        )
        for chosen in ({}, NAMES)
    },
    "an array of JSON with a number": ({"rows.json": ARRAY}, {}),
    "an array of JSON with a wrong time": ({"rows.json": ARRAY.replace(" 7,", "")}, {}),
    **{  # nothing after a break may be lost silently
        f"an array of JSON that ends with {end}": (
            {"cut.json": '[{"user": "a", "item": "p", "time": 1},\n{"user": "b", "item": "p", "time": 1}' + end},
            {"broken_rows": "skip"},
        )
        for end in ("", "]]", "] [", '{"user')
    },
    "the title of a review is not that of its item": ({"reviews.jsonl": REVIEWS}, {}),
    "the title of a review, chosen": ({"reviews.jsonl": REVIEWS}, columns(title="title")),
    "users of ten digits are no books": (
        table([f"{1234567890 + u},film{i},5,{1e9 + i:.0f}" for u in range(3) for i in range(3)], ""),
        {},
    ),
    **{f"columns {header}": (numbered(header), {}) for header in KNOWN},
    "no column is known": ("who,what,when\na,p,1\n", {}),
    "two columns are not known": ("who,what,when\na,p,1\n", columns("who")),
    "all columns are chosen": ("who,what,when\na,p,1\na,q,2\nb,r,3\n", columns("who", "what", "when")),
    "some items are no whole numbers": (table(["a,1.0,1", "a,2.5,2", "a,3.0,3", "b,1.0,1", "b,3.0,2"]), {}),
    "users are decimals in a table": (
        {"rows.parquet": pd.DataFrame({"user": [1.0, 1.0, 2.0, 2.0], "item": list("abca"), "time": [1, 2, 1, 2]})},
        {},
    ),
    "times and ratings with a decimal comma": (
        "customer;product;time;rating\n" + "".join(f"c{n % 2};p{n};160099212{n},25;{n % 5},5\n" for n in range(9)),
        {},
    ),
    "ratings of Amazon": (RATINGS, {}),
    "ratings of Amazon, item first": (SWAPPED, {}),
    "ratings of Amazon, named": (RATINGS, {"format": "amazon-csv"}),
    "sessions of RecBole are put together again": (
        {"a.inter": "session_id:token\titem_id_list:token_seq\titem_id:token\n1\ta\tb\n1\ta b\tc\n2\tc\ta\n"},
        {},
    ),
    **{
        f"numbers that are dates, and {odd}": (
            table([*["a,p,20240101", "a,q,20240102", "b,r,20240103"], f"b,p,{odd}"]),
            {},
        )
        for odd in ("20240230", "19691231", "21010101", "7", "")
    },
    "dates that prove nothing": (DATES, {}),
    "dates with dots that prove nothing": (DATES.replace("/", "."), {}),
    "dates that prove nothing, told": (DATES, {"time_unit": "day-first"}),
    "parts of a second": (table(["a,p,1600000000.75", "a,q,1600000000.25", "b,r,1600000001"]), {}),
    **{f"a decimal comma, and {odd}": (rated(*["1,5"] * 299, odd), {}) for odd in ("2", "1.234,5", "1.5", "good")},
    "a decimal comma, and one that is left out": (rated(*["1,5"] * 299, "1.5"), {"broken_rows": "skip"}),
    **{
        f"decimal commas, {header[:8]!r}, {ids!r}, {delimiter!r}": (
            {"rated.csv": rated("1,5", "2", "-,25", "3,125", header=header, ids=ids).replace(";", delimiter)},
            chosen,
        )
        for header, chosen in ((RATED, {"min_rating": 1.5}), ("", {}))
        for ids in ("", "u")
        for delimiter in (";", "\t")
    },
    "a decimal comma at the end": (rated(*["4"] * 299, "4,5"), {"min_rating": 4.5}),
    **{
        f"the only table of a shop, .{ending}": ({f"events.{ending}": SOLD, f"goods.{ending}": GOODS}, IN_FOLDER)
        for ending in ("csv", "jsonl", "parquet")
    },
    "the only table of a shop, named": ({"events.csv": SOLD, "goods.csv": GOODS}, IN_FOLDER | {"member": "events.csv"}),
    "a comma that may mean thousands": (rated("1,234"), {}),
    "mostly points, one comma": (rated("1.5", "2.5", "1,5"), {}),
    **{
        f"{n} lines continue a history": ({"lines.txt": f"1 a b c\n2 c d e f\n{more}"}, {"format": "user-lines"})
        for n, more in enumerate(("", "1 f g\n", "1 f\n2 h\n"))
    },
    "choices override what was recognised": (
        "a|b|c|d\n1|x|9|600000000\n1|y|8|600000001\n2|z|7|600000000\n",
        {"format": "table", "delimiter": "|", "header": True, **columns("a", "b", "4", rating="c")},
    ),
    "pairs, the item first": ({"pairs.txt": "x 1\ny 1\nz 2\n"}, columns("2")),
    "pairs, the item named": ({"pairs.txt": "x 1\ny 1\nz 2\n"}, columns(item="1")),
    "a column called none": (lines(lambda u, i, t: f"{u},{i},{t}", "user,none,time\n"), columns(item="none")),
    "UTF-16": ({"a.csv": table(["Zoë,a,1", "Zoë,b,2", "b,c,1"]).encode("utf-16")}, {}),
    "UTF-16, numbers": ({"ratings.csv": NUMBERED.encode("utf-16")}, {}),
    "Latin-1 as UTF-8": ({"a.csv": table(["Zoë,a,1"]).encode("latin-1")}, {"encoding": "utf-8"}),
    **{
        f"comments before a table, {delimiter!r}, {header or 'no header'}": (
            f"# exported, by me\n#\n\n# on Monday\n{header}{rows}{end}".replace(" u", "u").replace(",", delimiter),
            columns(*(("user", "item", "time") if header else ("1", "2", "3"))),
        )
        for delimiter in (",", "\t")
        for header in (HEAD, "")
        for rows in [lines(lambda u, i, t: f"{u},{i},{t}")]
        for end in ("", "u1,i1,soon\n")[: 1 + (delimiter == ",")]
    },
    **{
        f"{comment or 'no comment'}, then {first}": (f"{comment}{first}\n{HASHES}", {})
        for comment in ("# about, this\n", "")
        for first in ("#user,item,time", "# user,item,time", "#a,p,1\n#b,q,2")
    },
    "a row that begins with a hash sign": (f"#a,p,1\n#b,q,2\n{HASHES}", columns("1", "2", "3")),
    **{
        f"{above!r} above {delimiter!r}{', left out' if skip else ''}": (
            {"export.tsv": f"{above}\n{(HEAD + BOUGHT).replace(',', delimiter)}"},
            {"skip_lines": skip},
        )
        for above, count, delimiter in (
            ("Exportiert am 3.12.2026", 1, ";"),
            ("Exported by the shop", 1, "\t"),  # no line of a user
            ("Shop, Berlin\n\nall orders", 3, ";"),
            ("Orders,,", 1, ","),
        )
        for skip in (0, count)
    },
    "a wrong time below lines that are left out": (f"Monday\n{HEAD}{BOUGHT}a,p,soon\n", {"skip_lines": 1}),
    "lines above headers that are not known": (f"Exportiert am 3.12.2026\n{GERMAN}\n" + "\n".join(LOANS), {}),
    "more lines left out than there are": (HEAD + BOUGHT, {"skip_lines": 20}),
    "lines left out of parts": (
        {f"{part}.csv": f"Monday\n{BOUGHT}" for part in ("train", "test")},
        IN_FOLDER | {"member": "train.csv+test.csv", "skip_lines": 1} | columns("1", "2", "3"),
    ),
    "lines above a table of titles": (library({"text": table(["B100;Alien"] * 3, "Monday\nitem;title\n")}), {}),
    "lines left out of one line per user": ({"lines.txt": "Monday it was\n1 a b c\n2 c d e f\n"}, {"skip_lines": 1}),
    "pairs after comments": ({"graph.txt": f"# A directed graph\n# Nodes: 9 Edges: 20\n{GRAPH}"}, {}),
    "pairs after a header": ({"graph.txt": f"# A directed graph\n# user\titem\n{GRAPH}"}, {"time_unit": "none"}),
    "pairs after another header": ({"graph.txt": f"# A directed graph\n# FromNode\tToNode\n{GRAPH}"}, {}),
    "row numbers under a hash sign": (table([f"{n},u{n % 3},i{n % 4},{n}" for n in range(9)], f"#,{HEAD}"), {}),
    **{
        f"a rating {odd}": ({"ratings.csv": f"{NUMBERED}9,1,{odd},1600000000\n{NUMBERS[0]}\n"}, {})
        for odd in ("4..5", ".", "1.2.3", "", "5.")
    },
    "half a character in JSON": (
        {"rows.json": lines(lambda u, i, t: json.dumps({"user": f"{u}\ud800", "item": i, "time": t}))},
        {},
    ),
    "a line for each user, and titles": (
        {"rows.txt": "a p q r\nb p q\nc r\n", "titles.csv": "item,title\np,Alien\n"},
        {},
    ),
    **{
        f"a column with a plus in its name, .{ending}": (
            {f"events.{ending}": pd.DataFrame(ROWS, columns=["a+b", "item", "date+time"])},
            columns("a+b", time="date+time"),
        )
        for ending in ("csv", "json", "parquet")
    },
    "ratings as text in Parquet": ({"a.parquet": TABLE}, {}),
    "ratings as text in Parquet, left out": ({"a.parquet": TABLE}, {"broken_rows": "skip", "min_rating": 4.5}),
    **{
        f"headers in German, {told}": (library(OF_GERMAN, GERMAN), chosen)
        for told, chosen in (
            ("not told", {}),
            ("told of the rows", columns(**OF_LOANS)),
            ("told", columns(**OF_LOANS, title="Titel", genres="Gattung", year="4")),
        )
    },
    "a folder with headers in German": (
        library("Nr;Titel;Gattung;Jahr", GERMAN, "items.csv"),
        IN_FOLDER | {"member": "ausleihen.csv"} | columns(**OF_LOANS),
    ),
    "headers in German above titles of several words": (
        {"loans.tsv": "Leser\tBuch\n" + "".join(f"L{n % 3}\tDer Fall {n % 5}\n" for n in range(9))},
        {},
    ),
    "headers in Korean": (library("도서번호;제목", "회원번호;도서번호;대출일시"), {}),
    "headers in English": (library("itemid;Title;Genres;Release year", "userId;Item ID;Date"), {}),
    "a joined table that lacks some": (
        {
            "loans.csv": table(OWN, "reader,book_id,title,date\n"),
            "extra.csv": "book_id,title,genre\nb0,Better,Crime\nb1,,Novel\n",
        },
        columns("reader") | IN_FOLDER,
    ),
    "a table whose numbers may be other items": (
        {
            "loans.csv": table(OWN, "user,item,title,date\n").replace(",b", ","),
            "movies.csv": "item,title\n3,Alien\n70,Heat\n",
        },
        IN_FOLDER,
    ),
    "no column of titles is known": (library(ODD), {}),
    "the item is chosen": (library(ODD), columns(metadata_item="Kürzel")),
    "all columns of titles are chosen": (
        library(ODD),
        columns(metadata_item="Kürzel", title="Werk", genres="3", year="Erschienen"),
    ),
    "no such column of titles": (library(ODD), columns(metadata_item="Kürzel", title="Titel")),
    "no titles and no years": (library(USUAL), columns(title="none", year="none")),
    "nothing of a file of titles": (library(USUAL), columns(title="none", genres="none", year="none")),
    "nothing of a file of titles in JSON": (
        library({"text": "\n".join(f'{{"item": "{item}", "title": "Werk"}}' for item in BOOKS)}, name="titel.json"),
        columns(title="none", genres="none", year="none"),
    ),
    # So a command runs that was written before the columns of the file of titles could be chosen.
    "a chosen column that only the rows have": (OF_HEADINGS, columns(title="heading")),
    "a chosen column that neither has": (OF_HEADINGS, columns(title="nowhere")),
    "a file of titles without titles": (library("item;Werk;Art;Erschienen"), {}),
    "a file of titles with genres alone": (library("item;Werk;Genre;Erschienen"), {}),
    "titles that are ids": (library({"text": table([f"{item};{item}" for item in BOOKS], "item;title\n")}), {}),
    "a file of titles without rows": (library({"text": "item;title\n"}), {}),
    "titles of other items": (library({"text": "item;title\nX1;Alien\nX2;Heat\n"}), {}),
    **{f"titles in {text!r}": (library({"text": text}, name="titel.json"), {}) for text in NO_LISTS},
}


def shown(folder: Path, scene: Scene) -> Iterator[str]:
    """Yields what is read of a scene, and what a preview names to choose from."""
    files, options = scene
    options, paths = dict(options), []
    for name, content in (files if isinstance(files, dict) else {"rows.csv": files}).items():
        paths.append(put_table(folder, name, content) if isinstance(content, pd.DataFrame) else put(folder, name, ""))
        if not isinstance(content, pd.DataFrame):
            paths[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
    if options.pop("folder", False):
        paths = [folder]
        yield f"files: {' | '.join(importing.members_of(folder))}"
    elif len(paths) > 1 or "again" in options:
        options["metadata"] = paths[-1]
        options.pop("again", None)
    try:
        preview = importing.preview(paths[0], Options(**options))
        for seen in filter(None, (preview, preview.metadata)):
            columns = (f"{one.name} = {one.role} ({' '.join(one.values[:1])})" for one in seen.columns)
            yield f"columns: {' | '.join(columns)}"
        if preview.fault:
            found = (preview.metadata or preview).candidates
            yield f"to choose: {' | '.join(f'{role}: {names[0]}' for role, names in found.items() if names)}"
        data, report = read(paths[0], **options)
    except InputError as error:
        said = error.sentence(flag)  # of a damaged file it ends with what a library says, in its words of today
        yield f"{said.partition(':')[0] if error.code == 'damaged' else said} [{error.code} {error.setting}]"
        return
    assert preview.fault is None and (preview.rows, preview.first_items) == (report.first, report.first_items)
    yield from filter(None, report.text.splitlines())
    for user in range(min(3, data.n_users)):
        yield f"{data.user_ids[user]}: {' '.join(data.item_ids[item] for item in data.history(user)[:9])}"
    yield f"{data.time_unit}: {' '.join(map(str, data.times[:3]))}, latest {data.times.max()}"
    for item in range(min(3, data.n_items)):
        yield f"{data.item_ids[item]}: {data.titles[item]} | {', '.join(data.genres[item])} | {data.years[item]}"


def test_what_is_read_of_small_files_is_what_is_approved(tmp_path: Path) -> None:
    text = ["# What is read of small files, or why they are refused"]
    for number, (name, scene) in enumerate(SCENES.items()):
        folder = tmp_path / f"{number}" / "set"
        folder.mkdir(parents=True)
        lines = [line.replace(f"{folder}/", "").replace(str(folder), "set").rstrip() for line in shown(folder, scene)]
        text += ["", "## " + name.replace("\n", "\\n"), *lines]
    check_approved("\n".join(text) + "\n", APPROVED / "reading.txt")
