"""Public data sets from where they live, for those who ask: checked, resumed after a break, kept in a cache."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import requests

from attrec_core.errors import InputError, shown
from attrec_core.storage.atomic_write import atomic_write, move, sync

BASE = "https://files.grouplens.org/datasets/movielens"
CHUNK = 1 << 18
PATIENCE = (10, 60)  # seconds to connect, and between two pieces
LICENCE = (
    "MovieLens data belongs to GroupLens (University of Minnesota): for research, not for money without permission, "
    "not to be passed on except under the terms in its README; cite Harper and Konstan (2015), doi 10.1145/2827872."
)
# Data sets that can be fetched → MD5; None where the publisher changes the file and keeps its sum beside it.
OFFERS = {
    "ml-100k": "0e33842e24a9c977be4e0107933c0723",
    "ml-1m": "c4d9eecfca2ab87c1945afe126590906",
    "ml-latest-small": None,
    "ml-25m": "6b51fb2759a8657d3bfcbfc42b592ada",
}
FAULTS = (  # of a network, in a few words
    (requests.Timeout, "the server does not answer"),
    (requests.exceptions.ChunkedEncodingError, "the connection broke off"),
    (requests.ConnectionError, "there is no connection to the server"),
    (requests.RequestException, ""),
)
# Told the bytes so far and the total (None where the server does not say).
OnProgress = Callable[[int, int | None], None]


def cache() -> Path:
    """Where downloads are kept: $ATTREC_CACHE, else attrec in the user's cache folder."""
    named = os.environ.get("ATTREC_CACHE", "").strip()
    if named:
        return Path(named).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "attrec"


def refuse_unknown(name: str) -> None:
    """Raises InputError naming what there is."""
    if name not in OFFERS:
        text = "There is no data set {wanted} to fetch; there are: {known}."
        raise InputError("no_such_data_set", text, wanted=shown(name), known=", ".join(OFFERS))


def download(
    name: str, *, base: str = BASE, folder: Path | None = None, on_progress: OnProgress = lambda done, total: None
) -> Path:
    """The .zip of a data set in the cache, fetched unless it is there and whole. Nothing is unpacked.

    Raises InputError without a network, for a wrong checksum, a full disk, or a server that says no.
    """
    refuse_unknown(name)
    folder, url = folder or cache(), f"{base}/{name}.zip"
    target, partial = folder / f"{name}.zip", folder / f"{name}.zip.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = OFFERS[name]
        if target.exists() and sum_of(target) == (known or kept_sum(target)):
            return target
        if known is None:
            known = published_sum(f"{url}.md5")
        fetch(url, partial, on_progress)
        checksum = sum_of(partial)
        if checksum != known:
            partial.unlink()
            text = "{url} is damaged: its checksum is {found} where {known} is expected. It was thrown away; try again."
            raise InputError("wrong_checksum", text, url=url, found=checksum, known=known)
        sync(partial)
        atomic_write(target.with_suffix(".zip.md5"), f"{known}\n".encode())
        move(partial, target)
    except requests.RequestException as error:
        raise not_fetched(url, error) from None
    except OSError as error:
        text = "{folder} cannot be written: {reason}."
        raise InputError("not_writable", text, folder=folder, reason=error.strerror or error) from None
    return target


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


def fetch(url: str, partial: Path, on_progress: OnProgress) -> None:
    """What is missing of a file, written after what is there. Raises requests.RequestException, OSError."""
    have = partial.stat().st_size if partial.exists() else 0
    ask = {"Range": f"bytes={have}-"} if have else {}
    with requests.get(url, headers=ask | {"Accept-Encoding": "identity"}, stream=True, timeout=PATIENCE) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is missing; the checksum will tell
        answer.raise_for_status()
        span = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
        resumed = answer.status_code == requests.codes.partial_content and span is not None and int(span[1]) == have
        done = have if resumed else 0
        length = answer.headers.get("Content-Length", "")
        total = done + int(length) if length.isdecimal() else None
        answer.raw.enforce_content_length = False  # what came before a break is kept; the length is checked below
        with partial.open("ab" if resumed else "wb") as out:
            for piece in answer.iter_content(CHUNK):
                out.write(piece)
                done += len(piece)
                on_progress(done, total)
    if total is not None and done < total:
        raise requests.exceptions.ChunkedEncodingError("cut off")


def published_sum(url: str) -> str:
    """The MD5 that the publisher keeps beside a file. Raises requests.RequestException, InputError."""
    answer = requests.get(url, timeout=PATIENCE)
    answer.raise_for_status()
    checksum = re.search(r"\b[0-9a-f]{32}\b", answer.text.lower())
    if checksum is None:
        text = "{url} holds no MD5 checksum, so the file could not be checked and was not fetched."
        raise InputError("no_checksum", text, url=url)
    return checksum[0]


def kept_sum(target: Path) -> str | None:
    """The MD5 that a file had when it was fetched."""
    beside = target.with_suffix(".zip.md5")
    return beside.read_text(encoding="ascii").strip() if beside.is_file() else None


def sum_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
