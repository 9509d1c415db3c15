"""Turns what goes wrong while a file is read into one sentence that names the file."""

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

# What the libraries can raise when they read a file that is damaged or of another kind.
BROKEN = (
    SafetensorError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    RuntimeError,  # zipfile: unsupported compression, or encrypted; json: nested too deep
    BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    SyntaxError,  # numpy evaluates the header of an array,
    tokenize.TokenError,  # and then tries it as a header of Python 2
    MemoryError,  # a header asks for more memory than there is
)


@contextlib.contextmanager
def read_errors(file: Path, kind: str = "run") -> Iterator[None]:
    """Turns whatever goes wrong while reading `file` into an InputError that names it. kind: of its folder."""
    try:
        yield
    except InputError as error:
        raise error.inside(file) from None
    except FileNotFoundError:
        text = "{folder} is not a complete {kind}: {file} is missing."
        raise InputError("missing", text, folder=file.parent, kind=kind, file=file.name) from None
    except OSError as error:
        raise InputError("cannot_read", "{file} cannot be read: {why}.", file=file, why=reason(error)) from None
    except BROKEN as error:
        text = "{file} is damaged or not part of a {kind}: {why}."
        raise InputError("damaged", text, file=file, kind=kind, why=reason(error)) from None


def reason(error: BaseException) -> str:
    """Returns what is wrong according to a library, as text without a full stop."""
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
    """Raises InputError when zipfile raises RuntimeError: this Python cannot unpack this kind of archive. zipfile may
    raise it while it reads the table of contents or while it opens an entry."""
    try:
        yield
    except RuntimeError as error:
        text = "{what} cannot be unpacked: {why}. Pack it again with the default options."
        raise InputError("cannot_unpack", text, what=what, why=reason(error)) from None


def json_object(content: bytes) -> dict[str, Any]:
    """Parses a JSON object, inside `read_errors`. Raises ValueError if it is not a JSON object."""
    value = json.loads(content)
    expect(isinstance(value, dict), "it holds no JSON object")
    return value


def expect(holds: bool, otherwise: str) -> None:
    """Checks the content of a file, inside `read_errors`. Raises ValueError with the text `otherwise`."""
    if not holds:
        raise ValueError(otherwise)
