"""Fetching a public data set, from a server on this machine: checked, resumed, refused; never without being asked."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from attrec_core import data
from attrec_core.cli import main
from attrec_core.data import downloads
from attrec_core.data.downloads import download
from attrec_core.errors import InputError


def small_set() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        rows = "".join(f"{u}\t{i}\t3\t88125{u}{i}949\n" for u in (1, 2) for i in (1, 2, 3))
        archive.writestr("ml-100k/u.data", rows)
        items = "".join(f"{i}|Film {i} (1990)|||x|" + "|".join("0" * 19) + "\n" for i in (1, 2, 3))
        archive.writestr("ml-100k/u.item", items)
    return buffer.getvalue()


ZIP = small_set()
SUM = hashlib.md5(ZIP, usedforsecurity=False).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves the files below /sets; `cut` breaks the next answer off after so many bytes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"/sets/ml-100k.zip": ZIP, "/sets/ml-latest-small.zip": ZIP, "/sets/ml-latest-small.zip.md5": b""}
        self.cut: int | None = None
        self.ranges = True
        self.asked: list[tuple[str, str | None]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sets"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        if begin >= len(content) > 0:
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        part, self.server.cut = content[begin:][: self.server.cut], None
        self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    found = Server()
    found.files["/sets/ml-latest-small.zip.md5"] = f"MD5 (ml-latest-small.zip) = {SUM}\n".encode()
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("ATTREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setitem(downloads.OFFERS, "ml-100k", SUM)
    yield found
    found.shutdown()
    found.server_close()
    thread.join()


def test_a_set_is_fetched_once_and_read_as_it_is(server: Server) -> None:
    heard: list[tuple[int, int | None]] = []
    path = download("ml-100k", base=server.base, on_progress=lambda done, total: heard.append((done, total)))
    assert path.read_bytes() == ZIP
    assert heard[-1] == (len(ZIP), len(ZIP))
    assert data.read(path).source == "movielens-100k"
    assert download("ml-100k", base=server.base) == path
    assert len(server.asked) == 1


def test_a_changing_set_is_checked_against_the_sum_beside_it(server: Server) -> None:
    assert download("ml-latest-small", base=server.base).read_bytes() == ZIP
    assert download("ml-latest-small", base=server.base).is_file()
    assert [path for path, _ in server.asked] == ["/sets/ml-latest-small.zip.md5", "/sets/ml-latest-small.zip"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_off_download_goes_on(server: Server, ranges: bool) -> None:
    server.cut = 200
    with pytest.raises(InputError, match=r"broke off.*What came is kept"):
        download("ml-100k", base=server.base)
    server.ranges = ranges  # a server that knows no ranges sends the whole again
    assert download("ml-100k", base=server.base).read_bytes() == ZIP
    assert server.asked[-1][1] == "bytes=200-"


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(server: Server, tmp_path: Path) -> None:
    server.files["/sets/ml-100k.zip"] = ZIP[:-1] + b"x"
    with pytest.raises(InputError, match="checksum"):
        download("ml-100k", base=server.base)
    assert list((tmp_path / "cache").iterdir()) == []
    server.files["/sets/ml-latest-small.zip.md5"] = b"<html>moved</html>"
    with pytest.raises(InputError, match="holds no MD5"):
        download("ml-latest-small", base=server.base)


def test_a_whole_part_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "ml-100k.zip.part").write_bytes(ZIP)
    assert download("ml-100k", base=server.base).read_bytes() == ZIP


def test_without_a_network_there_is_a_sentence(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no connection.*try again with a network"):
        download("ml-100k", base="http://127.0.0.1:9/sets")
    del server.files["/sets/ml-100k.zip"]
    with pytest.raises(InputError, match=r"answers 404 .*Look whether the address is right; base_url") as caught:
        download("ml-100k", base=server.base)
    assert "with a network" not in str(caught.value)
    with pytest.raises(InputError, match=r"no data set 'ml-99'.*ml-100k, ml-1m"):
        download("ml-99", base=server.base)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        download("ml-100k", base=server.base, folder=tmp_path / "file")


def test_the_licence_is_said_before_anything_is_asked(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["download", "ml-100k", "--base-url", server.base, "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["bytes"] == len(ZIP)
    assert said.err.startswith("attrec: MovieLens data belongs to GroupLens")


def test_the_cache_is_where_it_was_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTREC_CACHE", str(tmp_path))
    assert downloads.cache() == tmp_path
    monkeypatch.delenv("ATTREC_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert downloads.cache() == tmp_path / "attrec"
