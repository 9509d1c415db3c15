"""Public data sets from where they live, for those who ask: checked, resumed after a break, kept in a cache."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import IO

import requests

from attrec_core.data.offers import FIRST, PUBLISHED, files_of, offer_of, part_of, path_of
from attrec_core.errors import InputError, in_bytes
from attrec_core.storage.atomic_write import atomic_write, move, sync
from attrec_core.storage.limits import DOWNLOAD_MB
from attrec_core.storage.locks import Busy, taken

CHUNK = 1 << 18
PATIENCE = (10, 60)  # seconds to connect, and between two pieces
FAULTS = (  # of a network, in a few words
    (requests.Timeout, "the server does not answer"),
    (requests.exceptions.ChunkedEncodingError, "the connection broke off"),
    (requests.ConnectionError, "there is no connection to the server"),
    (requests.RequestException, ""),
)
# Told the bytes of a file so far and its total (None where the server does not say).
OnProgress = Callable[[int, int | None], None]


def download(name: str, *, base: str | None = None, on_progress: OnProgress = lambda done, total: None) -> Path:
    """The path of a data set in the cache, fetched unless it is there and whole. Nothing is unpacked.

    base: the address of a folder with the same files, else the publisher's. Raises InputError without a network, for a
    wrong checksum, a full disk, or a server that says no.
    """
    offer = offer_of(name)
    for file in files_of(name):
        url = f"{base or offer.publisher.address}/{file.name}"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            refresh(url, file, offer.files[file.name], on_progress)
        except requests.RequestException as error:
            raise not_fetched(url, error) from None
        except OSError as error:
            text = "{folder} cannot be written: {reason}."
            raise InputError("not_writable", text, folder=file.parent, reason=error.strerror or error) from None
    return path_of(name)


def refresh(url: str, file: Path, known: str, on_progress: OnProgress) -> None:
    """A file of the cache, fetched unless it is there with its checksum. known: as in `Offer.files`."""
    kind = "sha256" if known == FIRST or len(known) == 64 else "md5"
    beside = file.with_name(f"{file.name}.{kind}")  # the checksum it had when it was fetched
    expected = known if known not in (PUBLISHED, FIRST) else None
    if expected is None and beside.is_file():
        expected = beside.read_text(encoding="ascii").strip()
    if expected is not None and file.exists() and sum_of(file, kind) == expected:
        return
    if known == PUBLISHED:
        expected = published_sum(f"{url}.md5")
    part = part_of(file)
    with own(part) as out:
        # Without a checksum nobody would see that the file had changed between two pieces of it.
        tag = part.with_name(f"{part.name}.tag") if expected is None else None
        fetch(url, out, tag, on_progress)
        checksum = sum_of(part, kind)
        if expected not in (None, checksum):
            part.unlink()
            raise wrong_sum(url, checksum, expected, beside if known == FIRST else None)
        sync(part)
        atomic_write(beside, f"{checksum}\n".encode())
        move(part, file)
        if tag is not None:
            tag.unlink(missing_ok=True)


@contextlib.contextmanager
def own(part: Path) -> Iterator[IO[bytes]]:
    """What came of a file before, to be added to by nobody else meanwhile. Raises Busy, OSError."""
    with part.open("ab") as out:
        if not taken(out.fileno()) or not part.exists() or not os.path.samestat(part.stat(), os.fstat(out.fileno())):
            text = "{file} is being downloaded by another program or page; try again in a moment."
            raise Busy("busy", text, file=part.with_suffix(""))
        yield out


def wrong_sum(url: str, checksum: str, expected: str | None, beside: Path | None) -> InputError:
    """beside: the file with the checksum of the first download, where that is what counts."""
    if beside is None:
        text = "{url} is damaged: its checksum is {found} where {known} is expected. It was thrown away; try again."
        return InputError("wrong_checksum", text, url=url, found=checksum, known=expected)
    text = (
        "{url} is not the file that was first downloaded: its checksum is {found} where {file} has {known}. It was "
        "thrown away. To accept the file as it is now, delete {file} and try again."
    )
    return InputError("other_checksum", text, url=url, found=checksum, known=expected, file=beside)


def not_fetched(url: str, error: requests.RequestException) -> InputError:
    """What went wrong, and what to do about it: a network is not what lacks where a server answers."""
    answer, reason = error.response, next(words for kind, words in FAULTS if isinstance(error, kind))
    if answer is None:
        text = "{url} cannot be fetched: {reason}. What came is kept; try again with a network."
        return InputError("no_network", text, url=url, reason=reason or type(error).__name__)
    reason = f"the server answers {answer.status_code} {answer.reason}"
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        text = "{url} cannot be fetched: {reason}. What came is kept; try again later."
        return InputError("server_error", text, url=url, reason=reason)
    text = (
        "{url} cannot be fetched: {reason}. Look whether the address is right; {name:base_url} names another server "
        "with the same files."
    )
    return InputError("no_such_address", text, setting="base_url", url=url, reason=reason)


def fetch(url: str, out: IO[bytes], tag: Path | None, on_progress: OnProgress) -> None:
    """What is missing of a file, written after what is there. tag: where the mark of the server's version is kept; the
    file is fetched from its start unless the server still has that version.

    Raises requests.RequestException, OSError, InputError for a file that is too large.
    """
    have, ask = out.seek(0, os.SEEK_END), {"Accept-Encoding": "identity"}
    mark = tag.read_text(encoding="latin-1") if tag is not None and tag.is_file() else ""
    if have and (mark or tag is None):
        ask |= {"Range": f"bytes={have}-"} | ({"If-Range": mark} if mark else {})
    with requests.get(url, headers=ask, stream=True, timeout=PATIENCE) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is missing; the checksum will tell
        answer.raise_for_status()
        span = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
        resumed = answer.status_code == requests.codes.partial_content and span is not None and int(span[1]) == have
        if not resumed:
            have = out.truncate(0)
            if tag is not None:
                atomic_write(tag, mark_of(answer).encode("latin-1"))
        length = answer.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        refuse_large(url, total or 0, out)
        answer.raw.enforce_content_length = False  # what came before a break is kept; the length is checked below
        for piece in answer.iter_content(CHUNK):
            have += len(piece)
            refuse_large(url, have, out)
            out.write(piece)
            on_progress(have, total)
    out.flush()
    if total is not None and have < total:
        raise requests.exceptions.ChunkedEncodingError("cut off")


def mark_of(answer: requests.Response) -> str:
    """What tells this version of a file from another one; "" where the server says nothing that is exact."""
    mark = answer.headers.get("ETag", "")
    return answer.headers.get("Last-Modified", "") if mark == "" or mark.startswith("W/") else mark


def refuse_large(url: str, size: int, out: IO[bytes]) -> None:
    """Raises InputError for more bytes than any file on offer has; then what came of it goes."""
    most = DOWNLOAD_MB() * 1_000_000  # ml-25m, the largest on offer, has 262 million
    if size > most:
        out.truncate(0)
        text = "{url} has {size} or more; a file of at most {most} is expected, so it was thrown away."
        raise InputError("too_large", text, url=url, size=in_bytes(size), most=in_bytes(most))


def published_sum(url: str) -> str:
    """The MD5 that the publisher keeps beside a file. Raises requests.RequestException, InputError."""
    with requests.get(url, stream=True, timeout=PATIENCE) as answer:
        answer.raise_for_status()
        head = b"".join(itertools.islice(answer.iter_content(4096), 2))  # enough for one line
    checksum = re.search(rb"\b[0-9a-f]{32}\b", head.lower())
    if checksum is None:
        text = "{url} holds no MD5 checksum, so the file could not be checked and was not fetched."
        raise InputError("no_checksum", text, url=url)
    return checksum[0].decode()


def sum_of(file: Path, kind: str) -> str:
    """kind: md5 or sha256."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
