"""Checks what a file holds, and turns what goes wrong while it is read into one sentence that names the file."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import lzma
import math
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from zipfile import BadZipFile

from safetensors import SafetensorError

from attrec_core.errors import InputError, shown

Record = TypeVar("Record")
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
    MemoryError,  # a header asks for more memory than there is
)


# The numbers of an OSError that gzip and bz2 raise, or a packed file that says it begins before the archive.
NOT_OF_THE_DISK = (None, errno.EINVAL)
OF_JSON: dict[type, type] = {Path: str}
REASONS: dict[type[BaseException], str] = {
    UnicodeError: "it is not text in UTF-8",
    EOFError: "it is cut off",
    struct.error: "it is cut off",
    RecursionError: "it is nested too deep",
    RuntimeError: "it is encrypted, or packed by a method that this program does not know",
    MemoryError: "it needs more memory than there is",
    OverflowError: "a number in it is too large",
    SafetensorError: "the header of its arrays is damaged",
    BadZipFile: "the archive is damaged, or it is not one",
    zlib.error: "what is packed in it is damaged",
    lzma.LZMAError: "what is packed in it is damaged",
    OSError: "what is packed in it is damaged",
    Exception: "its content does not have the form that this program writes",
}


class ContentError(ValueError):
    """The content of a file is not what `expect` expects. Its text is for people, without a full stop."""


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
    """Returns what is wrong with a file, as text without a full stop. The words of a library never reach a person,
    because they speak of its code, not of the file: an error that is not our own has the text of its type."""
    if isinstance(error, OSError) and error.strerror and error.errno not in NOT_OF_THE_DISK:
        return error.strerror
    if isinstance(error, InputError | ContentError):
        return " ".join(str(error).split()).rstrip(".")
    if isinstance(error, KeyError) and error.args:
        return f"{shown(error.args[0])} is missing"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON from line {error.lineno}, column {error.colno} on"
    return next(text for kind, text in REASONS.items() if isinstance(error, kind))


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
    """Checks the content of a file, inside `read_errors`. Raises ContentError with the text `otherwise`."""
    if not holds:
        raise ContentError(otherwise)


def record_of(kind: type[Record], content: Any) -> Record:
    """Makes a record (a frozen dataclass) from parsed JSON, whose values may have any type; what its class does not
    know is ignored. Raises ValueError naming the field that is missing or has another type than its annotation."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()  # SeedResult is a seed result
    expect(isinstance(content, dict), f"a {name} is {shown(content)}")
    types, values = get_type_hints(kind), {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if field.name in content:
            values[field.name] = typed(content[field.name], types[field.name], field.name)
        else:
            optional = not (field.default is field.default_factory is dataclasses.MISSING)
            expect(optional, f"{field.name} of a {name} is missing")
    return kind(**values)


def typed(value: Any, kind: Any, name: str) -> Any:
    """Returns a value of JSON as a field of this type: a record, or a text, a number or a switch (`Any`: one of these),
    also in a tuple or in a mapping. Raises ValueError for another value."""
    inner = get_args(kind)
    if isinstance(kind, UnionType):  # of the types of a union, the one that the value may have
        kind = next((one for one in inner if type(value) is OF_JSON.get(one, get_origin(one) or one)), kind)
    if kind is Path and isinstance(value, str):
        return Path(value)
    if dataclasses.is_dataclass(kind):
        return record_of(kind, value)  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        expect(isinstance(value, list), f"{name} is {shown(value)}")
        return tuple(typed(item, inner[0], name) for item in value)
    if get_origin(kind) in (dict, Mapping):
        expect(isinstance(value, dict), f"{name} is {shown(value)}")
        return {key: typed(item, inner[1], f"{name} {key}") for key, item in value.items()}
    kinds = {float: (int, float), Any: (int, float, str, bool)}.get(kind) or inner or (kind,)
    # inner: of a union, such as that of a rating, which may be infinite
    is_finite = bool(inner) or type(value) is not float or math.isfinite(value)
    expect(type(value) in kinds and is_finite, f"{name} is {shown(value)}")
    return value
