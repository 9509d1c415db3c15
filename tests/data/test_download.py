"""Downloads of public data sets from a server on this machine: checked, resumed, refused; never started unasked."""

from __future__ import annotations

import fcntl
import hashlib
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
from conftest import ROOT
from download_server import MAKERS, Server, packed, serving
from shelf_worlds import forbid

from attrec_core import data
from attrec_core.cli import main
from attrec_core.data import downloads, offers
from attrec_core.data.downloads import download
from attrec_core.errors import InputError
from attrec_core.storage.locks import Busy
from tests.processes import wait_for

ZIP = MAKERS["ml-100k"]()["ml-100k.zip"]
SUM = hashlib.md5(ZIP, usedforsecurity=False).hexdigest()
HETREC = "hetrec2011-movielens-2k-v2.zip"  # a file without a published checksum


def known_by(monkeypatch: pytest.MonkeyPatch, name: str, sums: dict[str, str]) -> None:
    monkeypatch.setitem(offers.OFFERS, name, replace(offers.OFFERS[name], files=sums))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("ATTREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    known_by(monkeypatch, "ml-100k", {"ml-100k.zip": SUM})
    with serving() as server:
        published = f"MD5 (ml-latest-small.zip) = {SUM}\n".encode()
        server.files = {"ml-100k.zip": ZIP, "ml-latest-small.zip": ZIP, "ml-latest-small.zip.md5": published}
        yield server


def fetched(server: Server, name: str = "ml-100k") -> Path:
    return download(name, base=server.base)


def refused(server: Server, match: str, name: str = "ml-100k") -> InputError:
    with pytest.raises(InputError, match=match) as caught:
        fetched(server, name)
    return caught.value


def test_a_set_is_fetched_once_and_read_as_it_is(server: Server) -> None:
    progress: list[tuple[int, int | None]] = []
    path = download("ml-100k", base=server.base, on_progress=lambda done, total: progress.append((done, total)))
    assert path.read_bytes() == ZIP
    assert progress[-1] == (len(ZIP), len(ZIP))
    assert data.read(path).source == "movielens-100k"
    assert fetched(server) == path
    assert len(server.asked) == 1


def test_a_changing_set_is_checked_against_the_sum_beside_it(server: Server) -> None:
    assert fetched(server, "ml-latest-small").read_bytes() == ZIP
    assert fetched(server, "ml-latest-small").is_file()
    assert [path for path, _ in server.asked] == ["/sets/ml-latest-small.zip.md5", "/sets/ml-latest-small.zip"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_off_download_goes_on(server: Server, ranges: bool) -> None:
    server.cut = 200
    refused(server, r"broke off.*The part that was downloaded is kept")
    server.ranges = ranges  # a server without range requests sends the whole file again
    assert fetched(server).read_bytes() == ZIP
    assert server.asked[-1][1] == "bytes=200-"


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(server: Server, tmp_path: Path) -> None:
    server.files["ml-100k.zip"] = ZIP[:-1] + b"x"
    refused(server, "checksum")
    assert list((tmp_path / "cache").iterdir()) == []
    server.files["ml-latest-small.zip.md5"] = b"<html>moved</html>"
    refused(server, "holds no MD5", "ml-latest-small")


def test_without_a_network_there_is_a_sentence(server: Server) -> None:
    with pytest.raises(InputError, match=r"there is no connection.*try again with a network"):
        download("ml-100k", base="http://127.0.0.1:9/sets")
    del server.files["ml-100k.zip"]
    error = refused(server, r"answers 404 .*Check the address; base_url")
    assert "with a network" not in str(error)
    refused(server, r"no data set 'ml-99'.*ml-100k, ml-1m", "ml-99")


def test_a_cache_that_cannot_be_written_is_named(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("ATTREC_CACHE", str(tmp_path / "file"))
    refused(server, "file cannot be written: File exists")
    monkeypatch.setenv("ATTREC_CACHE", str(tmp_path / "closed"))
    (tmp_path / "closed").mkdir()
    with monkeypatch.context() as closed:
        forbid(closed, tmp_path / "closed")
        refused(server, "closed cannot be written: Permission denied")
    assert server.asked == []


def test_a_full_disk_is_said_and_what_came_is_kept(server: Server, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
    try:
        refused(server, "cache cannot be written: File too large")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [file.name for file in (tmp_path / "cache").iterdir()] == ["ml-100k.zip.part"]
    assert fetched(server).read_bytes() == ZIP


def test_a_file_that_is_too_large_is_not_kept(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTREC_DOWNLOAD_MB", "0")
    refused(server, r"a file of at most .* is expected")
    assert (tmp_path / "cache" / "ml-100k.zip.part").stat().st_size == 0


def test_two_programs_do_not_write_to_one_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    with (tmp_path / "cache" / "ml-100k.zip.part").open("ab") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        with pytest.raises(Busy, match=r"ml-100k\.zip is being downloaded by another program"):
            fetched(server)
    assert fetched(server).read_bytes() == ZIP


def test_without_a_published_checksum_that_of_the_first_download_counts(server: Server, tmp_path: Path) -> None:
    server.files[HETREC] = first = packed({"a": "first"})
    path = fetched(server, "ml-hetrec")
    checksum_file = path.with_name(f"{HETREC}.sha256")
    assert checksum_file.read_text().strip() == hashlib.sha256(first).hexdigest()
    assert fetched(server, "ml-hetrec") == path and len(server.asked) == 1
    path.unlink()
    server.files[HETREC] = other = packed({"a": "other"})
    error = refused(server, r"is not the file that was first downloaded.*delete", "ml-hetrec")
    assert error.facts["file"] == checksum_file and not path.exists()
    checksum_file.unlink()  # as the message advises
    assert fetched(server, "ml-hetrec").read_bytes() == other
    checksum_file.write_bytes(b"\xff\xfe")
    refused(server, r"sha256 holds no checksum\. Delete it and try again\.", "ml-hetrec")


@pytest.mark.parametrize(("tag", "checks"), [('"second"', True), ('"second"', False), ("", True)])
def test_parts_of_two_versions_are_never_joined(server: Server, tag: str, checks: bool) -> None:
    """No checksum of this file would reveal the mix; a server that names no version sends the whole file."""
    server.files[HETREC], server.cut, server.tag = packed({"a": "1" * 500}), 200, '"first"' if tag else ""
    refused(server, "broke off", "ml-hetrec")
    server.files[HETREC], server.tag = packed({"a": "2" * 500}), tag
    server.checks_tag = checks
    assert fetched(server, "ml-hetrec").read_bytes() == server.files[HETREC]


@pytest.mark.parametrize(("name", "more"), [("ml-100k", b""), ("ml-100k", b"more"), ("ml-hetrec", b"more")])
def test_a_whole_part_is_not_fetched_again_but_a_longer_one_is(server: Server, name: str, more: bytes) -> None:
    server.files[HETREC], server.tag = packed({"a": "1" * 500}), '"first"'
    file = offers.files_of(name)[0]
    file.parent.mkdir()
    offers.part_of(file).write_bytes(server.files[file.name] + more)
    file.with_name(f"{file.name}.part.tag").write_text('"first"')
    assert fetched(server, name).read_bytes() == server.files[file.name]
    assert [span is not None for _, span in server.asked] == ([True, False] if more else [True])


PAGE = b"<html>Please log in to this network</html>"
RATINGS = MAKERS["movietweetings"]()["ratings.dat"]


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("ml-hetrec", HETREC, PAGE),
        ("ml-hetrec", HETREC, ZIP[:-30]),
        ("ml-hetrec", HETREC, packed({"a": "1" * 500}).replace(b"1" * 9, b"2" * 9)),
        ("movietweetings", "ratings.dat", PAGE + b"\n"),
        ("movietweetings", "ratings.dat", RATINGS[:-5]),
        ("movietweetings", "ratings.dat", b""),
    ],
)
def test_without_a_published_checksum_only_a_whole_file_is_kept(
    server: Server, name: str, file: str, content: bytes
) -> None:
    server.files |= MAKERS[name]()
    whole, server.files[file], server.says_length = server.files[file], content, False
    refused(server, r"is not a whole \.(zip|dat) file: .* It was thrown away; try again", name)
    path = next(path for path in offers.files_of(name) if path.name == file)
    assert not list(path.parent.glob(f"{file}*"))
    server.files[file] = whole
    fetched(server, name)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("address", ["foo", "ftp://example.org/sets", "http://", "http://[", "//example.org"])
def test_an_address_of_another_kind_is_named(server: Server, address: str) -> None:
    with pytest.raises(InputError, match="must begin with http:// or https://") as caught:
        download("ml-hetrec", base=address)
    assert "network" not in str(caught.value)


@pytest.mark.long
def test_a_killed_download_goes_on(server: Server, tmp_path: Path) -> None:
    server.files[HETREC] = packed({"a": bytes(range(256)) * (5 * downloads.CHUNK // 256)})
    server.tag = '"first"'
    server.stall = 3 * downloads.CHUNK
    command = ("-m", "attrec_core", "download", "ml-hetrec", "--base-url", server.base, "--json")
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    part = tmp_path / "cache" / f"{HETREC}.part"
    wait_for(lambda: (part.exists() and part.stat().st_size >= 2 * downloads.CHUNK) or process.poll() is not None)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    size = part.stat().st_size
    assert fetched(server, "ml-hetrec").read_bytes() == server.files[HETREC]
    assert server.asked[-1][1] == f"bytes={size}-"


def test_a_download_that_is_interrupted_says_that_what_came_is_kept(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse_large = downloads.refuse_large

    def interrupted(url: str, size: int, out: IO[bytes]) -> None:
        refuse_large(url, size, out)
        if out.tell():
            raise KeyboardInterrupt

    monkeypatch.setattr(downloads, "CHUNK", 100)
    with monkeypatch.context() as patched:
        patched.setattr(downloads, "refuse_large", interrupted)
        assert main(["download", "ml-100k", "--base-url", server.base]) == 130
    sentence = "interrupted; the part that was downloaded is kept, and the same command resumes it."
    assert sentence in capsys.readouterr().err
    assert (tmp_path / "cache" / "ml-100k.zip.part").read_bytes() == ZIP[:100]
    assert main(["download", "ml-100k", "--base-url", server.base, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["bytes"] == len(ZIP)
    assert captured.err.startswith("attrec: MovieLens data belongs to GroupLens")
    assert server.asked[-1][1] == "bytes=100-"


def test_the_twelve_are_on_offer_and_what_is_here_is_known(server: Server, tmp_path: Path) -> None:
    assert len(offers.TWELVE) == 12 and offers.TWELVE.keys() <= offers.OFFERS.keys()
    assert offers.in_cache() == {}
    server.files |= MAKERS["movietweetings"]() | MAKERS["ml-hetrec"]()
    fetched(server)
    server.cut = 10
    refused(server, "broke off", "ml-hetrec")
    ratings = server.files.pop("ratings.dat")
    refused(server, "404", "movietweetings")
    assert offers.in_cache() == {"ml-100k": tmp_path / "cache" / "ml-100k.zip"}
    server.files["ratings.dat"] = ratings
    fetched(server, "movietweetings")
    assert offers.in_cache()["movietweetings"] == tmp_path / "cache" / "movietweetings"
    assert offers.bytes_so_far("movietweetings") == sum(map(len, MAKERS["movietweetings"]().values()))
    assert offers.bytes_so_far("ml-hetrec") == 10


@pytest.mark.parametrize("name", MAKERS)
def test_each_of_the_twelve_is_downloaded_read_and_filtered_in_one_command(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    files, offer, row = MAKERS[name](), offers.OFFERS[name], offers.TWELVE[name]
    assert set(files) == set(offer.files)
    methods = {32: "md5", 64: "sha256"}
    sums = {
        file: hashlib.new(methods[len(checksum)], files[file]).hexdigest() if len(checksum) in methods else checksum
        for file, checksum in offer.files.items()
    }
    known_by(monkeypatch, name, sums)
    server.files = files
    out = tmp_path / "data" / name
    command = ["download", name, "--paper", "--out", str(out), "--base-url", server.base]
    assert main([*command, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith(f"attrec: {offer.publisher.licence}")
    assert (offers.KEPT in captured.err) == (offers.FIRST in offer.files.values())
    answer = json.loads(captured.out)
    users, interactions = (3, 26) if row.keeps_all else (2, 22)  # the filter drops the user with 4 interactions
    assert (answer["users"], answer["items"], answer["interactions"]) == (users, 12, interactions)
    assert answer["paper"]["users"] == row.counts.users and answer["sentence"] == row.sentence
    assert answer["format"] == offer.format
    imported = data.read(out)
    for user, length in enumerate([12, 10, 4][:users]):  # one item per day, in this order
        assert [int(imported.item_ids[item][-2:]) for item in imported.history(user)] == [*range(1, length + 1)]
    assert imported.time_unit == ("ms" if name == "ml-hetrec" else "s")
    if offer.publisher is not offers.AMAZON:
        assert imported.titles[0] in ("Film 1", "Band 1")
    if name == "ml-hetrec":
        assert imported.years[0] == "1990" and imported.genres[0] == ()

    assert main(command) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main([*command, "--overwrite"]) == 0
    printed = capsys.readouterr().out
    assert f"Compared with Table 1 of the paper ({row.name}):" in printed and row.sentence in printed
    assert f"{row.counts.interactions:,}" in printed and "%" in printed.splitlines()[-2]
    assert len(server.asked) == len(files)  # the second time they came from the cache
    assert offers.row_behind(data.data_sets.load(out).report) == row


def test_only_the_papers_data_sets_are_imported_as_the_paper_does(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["download", "ml-latest-small", "--paper", "--base-url", server.base]) == 2
    assert "is not a data set of the paper; its twelve are: ml-100k" in capsys.readouterr().err
    assert main(["download", "ml-100k", "--out", str(tmp_path / "mine"), "--base-url", server.base]) == 2
    assert "are for a data set: add --paper" in capsys.readouterr().err
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATTREC_READONLY", "1")
    assert main(["download", "ml-100k", "--paper", "--base-url", server.base]) == 2
    assert "this server is read-only" in capsys.readouterr().err
    assert server.asked == []
    monkeypatch.delenv("ATTREC_READONLY")
    assert main(["download", "ml-100k", "--paper", "--base-url", server.base]) == 0
    assert (tmp_path / "home" / "data" / "ml-100k" / "data.json").is_file()


def test_the_cache_is_where_it_was_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTREC_CACHE", str(tmp_path))
    assert offers.cache() == tmp_path
    monkeypatch.delenv("ATTREC_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert offers.cache() == tmp_path / "attrec"


def test_the_help_names_every_data_set(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["download", "--help"])
    names = capsys.readouterr().out.partition("data sets: ")[2]
    assert names.replace(",", " ").split() == list(offers.OFFERS)
