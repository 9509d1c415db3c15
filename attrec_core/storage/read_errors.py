"""What goes wrong while a file is read, as one sentence that names the file."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from safetensors import SafetensorError

from attrec_core.errors import InputError, shown

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
)


@contextlib.contextmanager
def fault(file: Path, kind: str = "run") -> Iterator[None]:
    """Whatever goes wrong while reading `file` becomes one sentence that names it. kind: of folder that it is in."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    except FileNotFoundError:
        raise InputError(f"{file.parent} is not a whole {kind}: {file.name} is missing.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from None
    except BROKEN as error:
        raise InputError(f"{file} is damaged or not part of a {kind}: {reason(error)}.") from None


def reason(error: BaseException) -> str:
    """What a library has found wrong, in words without a full stop."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing"
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON: {error.msg} in line {error.lineno}"
    words = " ".join(str(error).split()).rstrip(".")
    if "allow_pickle" in words:  # numpy would have people trust the file; it says so of anything that is no array
        return "it holds no plain arrays of numbers"
    return words[:200] or type(error).__name__


@contextlib.contextmanager
def unpacking(what: str) -> Iterator[None]:
    """zipfile says by a RuntimeError that this Python cannot undo how something is packed, be it while it reads the
    table of contents or while it opens an entry. Raises InputError."""
    try:
        yield
    except RuntimeError as error:
        reason = " ".join(str(error).split()).rstrip(".")[:150]
        raise InputError(f"{what} cannot be unpacked: {reason}. Pack it without options.") from None


def read_json(file: Path, kind: str = "run") -> dict[str, Any]:
    with fault(file, kind):
        content = json.loads(file.read_bytes())
        if not isinstance(content, dict):
            raise ValueError("it holds no JSON object")
        return content


def expect(holds: bool, fault_in_words: str) -> None:
    """Inside `fault`: a check of what the file holds."""
    if not holds:
        raise ValueError(fault_in_words)


def read_description(file: Path, kind: str, what: str, form: str, newest: int) -> dict[str, Any]:
    """The JSON by which a folder says that it is a run or a data set. Raises InputError for another format, and for a
    version that is no version or newer than this program."""
    found = read_json(file, kind)
    if found.get("format") != form:
        raise InputError(f"{file} does not describe {what}: its format is {shown(found.get('format'))}.")
    version = found.get("version")
    if type(version) is not int or version < 1:
        raise InputError(f"{file} is damaged: its {kind} format has the version {shown(version)}.")
    if version > newest:
        raise InputError(
            f"{file.parent} was written by a newer version of this program ({kind} format {version}; this one reads "
            f"up to {newest}). Update the program to open it."
        )
    return found
