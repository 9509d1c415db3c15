"""What goes wrong while a file is read, as one sentence that names the file."""

from __future__ import annotations

import contextlib
import json
import lzma
import struct
import tokenize
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from safetensors import SafetensorError

from attrec_core.errors import InputError

# What reading a file that is not what it should be can raise, in one library or another.
BROKEN = (
    SafetensorError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    RuntimeError,  # zipfile: packed in a way that it cannot undo, or locked; json: nested too deep
    BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    SyntaxError,  # numpy evaluates the header of an array, and
    tokenize.TokenError,  # tries it as one of Python 2
    MemoryError,  # of a header that asks for more than there is
)


@contextlib.contextmanager
def read_errors(file: Path, kind: str = "run") -> Iterator[None]:
    """Whatever goes wrong while reading `file` becomes one sentence that names it. kind: of folder that it is in."""
    try:
        yield
    except InputError as error:
        raise error.inside(file) from None
    except FileNotFoundError:
        text = "{folder} is not a whole {kind}: {file} is missing."
        raise InputError("missing", text, folder=file.parent, kind=kind, file=file.name) from None
    except OSError as error:
        raise InputError("cannot_read", "{file} cannot be read: {why}.", file=file, why=reason(error)) from None
    except BROKEN as error:
        text = "{file} is damaged or not part of a {kind}: {why}."
        raise InputError("damaged", text, file=file, kind=kind, why=reason(error)) from None


def reason(error: BaseException) -> str:
    """What a library has found wrong, in words without a full stop."""
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg} in line {error.lineno}"
    if isinstance(error, SyntaxError | tokenize.TokenError):
        return "the header of an array is damaged"
    text = " ".join(str(error).split()).rstrip(".")
    return text[:200] or type(error).__name__


@contextlib.contextmanager
def unpacking(what: str) -> Iterator[None]:
    """zipfile says by a RuntimeError that this Python cannot undo how something is packed, be it while it reads the
    table of contents or while it opens an entry. Raises InputError."""
    try:
        yield
    except RuntimeError as error:
        text = "{what} cannot be unpacked: {why}. Pack it without options."
        raise InputError("cannot_unpack", text, what=what, why=reason(error)) from None


def json_object(content: bytes) -> dict[str, Any]:
    """Inside `read_errors`. Raises ValueError for what is no JSON object."""
    value = json.loads(content)
    expect(isinstance(value, dict), "it holds no JSON object")
    return value


def expect(holds: bool, otherwise: str) -> None:
    """Inside `read_errors`: a check of what the file holds. Raises ValueError with what is wrong."""
    if not holds:
        raise ValueError(otherwise)
