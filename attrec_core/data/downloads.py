"""Downloads public data sets on request: checked, resumed after a break, kept in a cache."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import IO

import requests
from requests import codes

from attrec_core.data.offers import FIRST, PUBLISHED, files_of, offer_of, part_of, path_of
from attrec_core.data.reading.archives import Member, members_of
from attrec_core.errors import InputError, in_bytes
from attrec_core.storage.atomic_write import atomic_write, move, sync
from attrec_core.storage.limits import DOWNLOAD_MB
from attrec_core.storage.locks import Busy, try_lock

CHUNK = 1 << 18
SEPARATOR = b"::"  # between the fields of MovieTweetings
PATIENCE = (10, 60)  # timeouts in seconds: to connect, and between two pieces
FAULTS = (  # network errors, in a few words
    (requests.Timeout, "the server does not answer"),
    (requests.exceptions.ChunkedEncodingError, "the connection broke off"),
    (requests.ConnectionError, "there is no connection to the server"),
    (requests.RequestException, ""),
)
NO_ADDRESS = (requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema, requests.exceptions.InvalidURL)
# Called with the bytes of a file so far and its total (None if the server does not say).
OnProgress = Callable[[int, int | None], None]


def download(name: str, *, base: str | None = None, on_progress: OnProgress = lambda done, total: None) -> Path:
    """The path of a data set in the cache. It is downloaded unless it is there and complete; nothing is unpacked. base:
    the address of a folder with the same files; default: the publisher's. Raises InputError without a network, and for
    a wrong checksum, a full disk or a server that refuses."""
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
    """Downloads a file into the cache unless it is there with its checksum. known: as in `Offer.files`."""
    kind = "sha256" if known == FIRST or len(known) == 64 else "md5"
    sum_file = file.with_name(f"{file.name}.{kind}")  # holds the checksum of the downloaded file
    expected = known if known not in (PUBLISHED, FIRST) else None
    if expected is None and sum_file.is_file():
        expected = sum_file.read_text(encoding="latin-1").strip()
        if re.fullmatch("[0-9a-f]+", expected) is None:
            raise InputError("no_checksum", "{file} holds no checksum. Delete it and try again.", file=sum_file)
    if expected is not None and file.exists() and sum_of(file, kind) == expected:
        return
    if known == PUBLISHED:
        expected = published_sum(f"{url}.md5")
    part = part_of(file)
    with part.open("ab") as out:
        if not try_lock(out.fileno()) or not part.exists() or not os.path.samestat(part.stat(), os.fstat(out.fileno())):
            text = "{file} is being downloaded by another program or page; try again in a moment."
            raise Busy("busy", text, file=file)
        # Without a checksum, only the tag shows whether the file changed on the server between two pieces.
        tag = part.with_name(f"{part.name}.tag") if expected is None else None
        fetch(url, out, tag, on_progress)
        checksum = sum_of(part, kind)
        if expected not in (None, checksum):
            part.unlink()
            raise wrong_sum(url, checksum, expected, sum_file if known == FIRST else None)
        if tag is not None:
            tag.unlink(missing_ok=True)
            check_whole(url, part, file)
        sync(part)
        atomic_write(sum_file, f"{checksum}\n".encode())
        move(part, file)


def check_whole(url: str, part: Path, file: Path) -> None:
    """Deletes a download without a known checksum, and raises InputError, unless it is a whole file of its kind: any
    server may answer with another page, or break off without saying how long the file is."""
    if file.suffix == ".zip":
        packed = Member(file.name, file, lambda: part.open("rb"), part.parent, part, part.stat().st_size)
        with contextlib.suppress(InputError), contextlib.ExitStack() as archives:
            for member in members_of(packed, archives):  # each can be unpacked and has its checksum
                with member.stream() as stream:
                    while stream.read(CHUNK):
                        pass
            return
    else:
        with part.open("rb") as stream:
            first = stream.readline(CHUNK)
            stream.seek(-min(part.stat().st_size, CHUNK), os.SEEK_END)
            last = (stream.read().splitlines(keepends=True) or [b""])[-1]
        if last.endswith(b"\n") and min(first.count(SEPARATOR), last.count(SEPARATOR)) >= 2:  # of three fields or more
            return
    size = in_bytes(part.stat().st_size)
    part.unlink()
    text = (
        "{url} is not a whole {ending} file: the server sent {size}, perhaps another page or only a part. It was "
        "thrown away; try again, or check the address."
    )
    raise InputError("not_whole", text, url=url, ending=file.suffix, size=size)


def wrong_sum(url: str, checksum: str, expected: str | None, beside: Path | None) -> InputError:
    """The error for a wrong checksum. beside: the file with the checksum of the first download, if that is expected."""
    if beside is None:
        text = "{url} is damaged: its checksum is {found} where {known} is expected. It was thrown away; try again."
        return InputError("wrong_checksum", text, url=url, found=checksum, known=expected)
    text = (
        "{url} is not the file that was first downloaded: its checksum is {found} where {file} has {known}. It was "
        "thrown away. To accept the file as it is now, delete {file} and try again."
    )
    return InputError("other_checksum", text, url=url, found=checksum, known=expected, file=beside)


def not_fetched(url: str, error: requests.RequestException) -> InputError:
    """The error for a failed request, with advice. If a server answered, the network is not the problem."""
    if isinstance(error, NO_ADDRESS):
        text = "{url} is not an address: it must begin with http:// or https:// and the name of a server."
        return InputError("no_address", text, setting="base_url", url=url)
    answer, reason = error.response, next(phrase for kind, phrase in FAULTS if isinstance(error, kind))
    if answer is None:
        text = "{url} cannot be fetched: {reason}. The part that was downloaded is kept; try again with a network."
        return InputError("no_network", text, url=url, reason=reason or type(error).__name__)
    reason = f"the server answers {answer.status_code} {answer.reason}"
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        text = "{url} cannot be fetched: {reason}. The part that was downloaded is kept; try again later."
        return InputError("server_error", text, url=url, reason=reason)
    text = (
        "{url} cannot be fetched: {reason}. Check the address; {name:base_url} names another server "
        "with the same files."
    )
    return InputError("no_such_address", text, setting="base_url", url=url, reason=reason)


def fetch(url: str, out: IO[bytes], tag: Path | None, on_progress: OnProgress) -> None:
    """Downloads the missing rest of a file and appends it. tag: the file that keeps the mark of the server's version;
    the download starts over unless the server still has that version, and more of it than the part. Raises
    requests.RequestException, OSError, and InputError for a file that is too large."""
    received, headers = out.seek(0, os.SEEK_END), {"Accept-Encoding": "identity"}
    mark = tag.read_text(encoding="latin-1") if tag is not None and tag.is_file() else ""
    if received and (mark or tag is None):
        headers |= {"Range": f"bytes={received}-"} | ({"If-Range": mark} if mark else {})
    with requests.get(url, headers=headers, stream=True, timeout=PATIENCE) as answer:
        status, span = answer.status_code, answer.headers.get("Content-Range", "")
        if "Range" in headers and status in (codes.partial_content, codes.requested_range_not_satisfiable):
            complete, continued = span == f"bytes */{received}", span.startswith(f"bytes {received}-")
            if not (complete or continued) or (mark and mark_of(answer) not in ("", mark)):
                out.truncate(0)  # the part does not belong to the server's file
                return fetch(url, out, tag, on_progress)
            if complete:
                return None
        else:
            answer.raise_for_status()
            received = out.truncate(0)
            if tag is not None:
                atomic_write(tag, mark_of(answer).encode("latin-1"))
        length = answer.headers.get("Content-Length", "")
        total = received + int(length) if length.isdecimal() else None
        refuse_large(url, total or 0, out)
        answer.raw.enforce_content_length = False  # bytes received before a break are kept; the length is checked below
        for piece in answer.iter_content(CHUNK):
            received += len(piece)
            refuse_large(url, received, out)
            out.write(piece)
            on_progress(received, total)
    out.flush()
    if total is not None and received < total:
        raise requests.exceptions.ChunkedEncodingError("cut off")
    return None


def mark_of(answer: requests.Response) -> str:
    """The header that identifies this version of a file: a strong ETag, else Last-Modified; "" if there is neither."""
    mark = answer.headers.get("ETag", "")
    return answer.headers.get("Last-Modified", "") if mark == "" or mark.startswith("W/") else mark


def refuse_large(url: str, size: int, out: IO[bytes]) -> None:
    """Empties the file and raises InputError if it has more bytes than any file on offer."""
    limit = DOWNLOAD_MB() * 1_000_000  # ml-25m, the largest on offer, has 262 million
    if size > limit:
        out.truncate(0)
        text = "{url} has {size} or more; a file of at most {most} is expected, so it was thrown away."
        raise InputError("too_large", text, url=url, size=in_bytes(size), most=in_bytes(limit))


def published_sum(url: str) -> str:
    """The MD5 checksum that the publisher keeps beside a file. Raises requests.RequestException, InputError."""
    with requests.get(url, stream=True, timeout=PATIENCE) as answer:
        answer.raise_for_status()
        head = b"".join(itertools.islice(answer.iter_content(4096), 2))  # enough for one line
    checksum = re.search(rb"\b[0-9a-f]{32}\b", head.lower())
    if checksum is None:
        text = "{url} holds no MD5 checksum, so the file could not be checked and was not fetched."
        raise InputError("no_checksum", text, url=url)
    return checksum[0].decode()


def sum_of(file: Path, kind: str) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
