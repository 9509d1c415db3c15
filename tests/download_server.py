"""A server on this machine with files to download, and small files in the formats of the paper's data sets."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FROM = 1_380_000_000  # seconds
DAY = 86_400
# User → number of items, one a day. Two users have enough items for the paper, one has fewer.
WORLD = {1: 12, 2: 10, 3: 4}
HETREC_MOVIES = "id\ttitle\timdbID\tspanishTitle\timdbPictureURL\tyear\trtID\n"


class Server(ThreadingHTTPServer):
    """Serves `files` below /sets, with ranges unless `ranges` is False. cut: bytes after which it breaks the next
    answer off; stall: bytes after which it keeps the next answer's connection open until `go_on`; tag: the ETag;
    checks_tag: whether a range is sent of the asked version alone; says_length: whether there is a Content-Length."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.cut: int | None = None
        self.stall: int | None = None
        self.go_on = threading.Event()
        self.ranges = True
        self.checks_tag = True
        self.says_length = True
        self.tag = ""
        self.asked: list[tuple[str, str | None]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sets"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        range_header = self.headers.get("Range")
        self.server.asked.append((self.path, range_header))
        content = self.server.files.get(self.path.removeprefix("/sets/"))
        if content is None:
            self.send_error(404)
            return
        checks = self.server.checks_tag
        same = not checks or self.headers.get("If-Range") in (None, self.server.tag)
        ranged = range_header and self.server.ranges and same
        begin = int(range_header.removeprefix("bytes=").rstrip("-")) if range_header and ranged else 0
        if begin >= len(content) > 0:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        if self.server.tag:
            self.send_header("ETag", self.server.tag)
        if self.server.says_length:
            self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        part, self.server.cut = content[begin:][: self.server.cut], None
        stall, self.server.stall = self.server.stall, None
        self.wfile.write(part[:stall])
        if stall is not None:
            self.server.go_on.wait(60)

    def log_message(self, *_: object) -> None:
        """Writes no log."""


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


def packed(files: Mapping[Any, str | bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    """Returns the files as a .zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def lines(row: Callable[[int, int, int], str], header: str = "") -> str:
    """Returns a header and the lines of all interactions. row: user, item, time in seconds → a line."""
    rows = (row(user, item, FROM + item * DAY) for user, count in WORLD.items() for item in range(1, count + 1))
    return header + "".join(f"{line}\n" for line in rows)


def ml_100k() -> dict[str, bytes]:
    items = "".join(f"{item}|Film {item} (1990)|||x|{'|'.join('0' * 19)}\n" for item in range(1, 13))
    ratings = lines(lambda user, item, time: f"{user}\t{item}\t3\t{time}")
    return {"ml-100k.zip": packed({"ml-100k/u.data": ratings, "ml-100k/u.item": items})}


def ml_1m() -> dict[str, bytes]:
    movies = "".join(f"{item}::Film {item} (1990)::Drama\n" for item in range(1, 13))
    ratings = lines(lambda user, item, time: f"{user}::{item}::3::{time}")
    return {"ml-1m.zip": packed({"ml-1m/ratings.dat": ratings, "ml-1m/movies.dat": movies})}


def ml_hetrec() -> dict[str, bytes]:
    """Ratings with times in milliseconds, the same ratings with dates in parts, and movies in latin-1 with a header."""
    movies = "".join(f'{item}\tFilm {item}\t0{item}\t"Película de los años\t\\N\t1990\ty\n' for item in range(1, 13))
    stamped = lines(lambda user, item, time: f"{user}\t{item}\t3.5\t{time}000", "userID\tmovieID\trating\ttimestamp\n")
    parts = "userID\tmovieID\trating\tdate_day\tdate_month\tdate_year\tdate_hour\tdate_minute\tdate_second\n"
    content = {
        "movies.dat": (HETREC_MOVIES + movies).encode("latin-1"),
        "user_ratedmovies.dat": lines(lambda user, item, _: f"{user}\t{item}\t3.5\t{item}\t10\t2006\t1\t2\t3", parts),
        "user_ratedmovies-timestamps.dat": stamped,
    }
    return {"hetrec2011-movielens-2k-v2.zip": packed(content)}


def lastfm() -> dict[str, bytes]:
    """Two tags for an artist on the same day are one interaction."""
    header = "userID\tartistID\ttagID\tday\tmonth\tyear\n"
    tags = lines(lambda user, item, _: "\n".join(f"{user}\t{item}\t{tag}\t{item}\t4\t2009" for tag in (13, 15)), header)
    artists = "id\tname\turl\tpictureURL\n" + "".join(f"{item}\tBand {item}\tx\ty\n" for item in range(1, 13))
    return {"hetrec2011-lastfm-2k.zip": packed({"user_taggedartists.dat": tags, "artists.dat": artists})}


def amazon(category: str) -> dict[str, bytes]:
    """user,item,rating,time without a header; one item has the number of a book."""
    text = lines(lambda user, item, time: f"A{user:013d},{'B' if item > 1 else '5'}{item:09d},5.0,{time}")
    return {f"ratings_{category}.csv": text.encode()}


def movietweetings() -> dict[str, bytes]:
    movies = "".join(f"{item:07d}::Film {item} (1990)::Drama\n" for item in range(1, 13))
    ratings = lines(lambda user, item, time: f"{user}::{item:07d}::8::{time}")
    return {"ratings.dat": ratings.encode(), "movies.dat": movies.encode()}


MAKERS: dict[str, Callable[[], dict[str, bytes]]] = {
    "ml-100k": ml_100k,
    "ml-hetrec": ml_hetrec,
    "ml-1m": ml_1m,
    "android-app": lambda: amazon("Apps_for_Android"),
    "health-care": lambda: amazon("Health_and_Personal_Care"),
    "video-game": lambda: amazon("Video_Games"),
    "tools-home": lambda: amazon("Tools_and_Home_Improvement"),
    "digital-music": lambda: amazon("Digital_Music"),
    "garden": lambda: amazon("Patio_Lawn_and_Garden"),
    "instant-video": lambda: amazon("Amazon_Instant_Video"),
    "lastfm": lastfm,
    "movietweetings": movietweetings,
}
