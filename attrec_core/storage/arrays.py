"""Writes and reads arrays of numbers in an .npz, and reads those of a .safetensors. Never unpickles.

A file is read in two steps: first the header of each array, which says its shape and type, then the values. So whoever
reads a file can refuse an array that does not fit before it takes any memory.
"""

from __future__ import annotations

import io
import math
import struct
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from attrec_core.storage.read_errors import ContentError, expect, json_object, record_of

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
LONGEST_HEADER = 10_100  # bytes of an array's header in an .npz: numpy reads 10,000 and their length
BLOCK = 1 << 20  # bytes that are unpacked at a time
LONGEST_INDEX = 100_000_000  # bytes of the header of a .safetensors
# The types of a .safetensors: what people call them, and numpy. A bfloat16 is the upper half of a float32.
TYPES = {
    "F64": ("float64", "<f8"), "F32": ("float32", "<f4"), "F16": ("float16", "<f2"), "BF16": ("bfloat16", "<u2"),
    "I64": ("int64", "<i8"), "I32": ("int32", "<i4"), "I16": ("int16", "<i2"), "I8": ("int8", "i1"),
    "U64": ("uint64", "<u8"), "U32": ("uint32", "<u4"), "U16": ("uint16", "<u2"), "U8": ("uint8", "u1"),
    "BOOL": ("bool", "?"),
}  # fmt: skip


@dataclass(frozen=True)
class StoredArray:
    """An array in a file, of which only the header is read. kind: the type of its numbers in the file. values: reads
    them, while the file is open; those of a bfloat16 are float32."""

    shape: tuple[int, ...]
    dtype: np.dtype
    kind: str
    values: Callable[[], np.ndarray]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def rows(self) -> int:
        return next(iter(self.shape), 1)


@dataclass(frozen=True)
class Tensor:
    """An array of a .safetensors as its header describes it. data_offsets: where its bytes begin and end."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, ...]


def npz_bytes(arrays: Mapping[str, np.ndarray], *, packed: bool = True) -> bytes:
    """Returns an .npz. numpy gives its members a fixed date, so equal arrays give equal bytes."""
    buffer = io.BytesIO()
    save: Callable[..., None] = np.savez_compressed if packed else np.savez
    save(buffer, **arrays)
    return buffer.getvalue()


def arrays_in(file: IO[bytes], *names: str, is_checked: bool = False) -> dict[str, StoredArray]:
    """Returns the arrays of an .npz, all of them or those of these names. Uncompressed arrays, as in large data sets,
    are mapped into memory instead of read, if the file is known to be intact. is_checked: whether it is; reading
    compares a checksum, mapping does not. Raises the errors in BROKEN."""
    archive = ZipFile(file)
    members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
    return {name: _stored(archive, name, members[name], is_checked=is_checked) for name in names or members}


def tensors_in(content: np.ndarray) -> dict[str, StoredArray]:
    """Returns the arrays of a .safetensors, whose values are views of its bytes. content: the bytes, read or mapped.
    Raises the errors in BROKEN."""
    size = int.from_bytes(content[:8].tobytes(), "little")
    expect(8 + size <= len(content) and size <= LONGEST_INDEX, "it is no .safetensors, or it is cut off")
    index = json_object(content[8 : 8 + size].tobytes())
    index.pop("__metadata__", None)
    return {name: _tensor(name, record_of(Tensor, about), content[8 + size :]) for name, about in index.items()}


def kind_of(dtype: np.dtype) -> str:
    """Returns the type of an array's values in words. numpy has no bfloat16 and writes its bytes without a type."""
    raw = "raw bytes, as numpy writes bfloat16 (a .safetensors keeps the type)"
    return {"U": "texts", "S": "texts", "V": raw}.get(dtype.kind, dtype.name)


def mapped(file: Path) -> np.ndarray:
    """Returns the bytes of a file, each read only when it is used."""
    return np.asarray(np.memmap(file, np.uint8, "r")) if file.stat().st_size else np.empty(0, np.uint8)


def _stored(archive: ZipFile, name: str, member: ZipInfo, *, is_checked: bool) -> StoredArray:
    with archive.open(member) as reader:
        head = io.BytesIO(reader.read(LONGEST_HEADER))
    try:
        shape, is_turned, dtype = HEADERS[np.lib.format.read_magic(head)](head)
    # numpy evaluates the header, and then tries it as a header of Python 2.
    except (ValueError, TypeError, LookupError, SyntaxError, tokenize.TokenError):
        raise ContentError(f"the header of {name} is damaged") from None
    expect(not dtype.hasobject, "it holds other things than arrays of numbers")
    begin, size = head.tell(), math.prod(shape) * dtype.itemsize
    order: Literal["F", "C"] = "F" if is_turned else "C"
    is_whole = dtype.itemsize > 0 and min(shape, default=0) >= 0 and begin + size == member.file_size
    expect(is_whole, f"{name} has another length than its header says")

    def read() -> np.ndarray:
        content = bytearray()
        with archive.open(member) as reader:
            reader.seek(begin)
            while block := reader.read(BLOCK):
                content += block
        expect(len(content) == size, f"{name} is cut off")  # the table of contents may say another length, too
        return np.frombuffer(content, dtype).reshape(shape, order=order)

    def map_values() -> np.ndarray:
        stream = archive.fp
        assert stream is not None
        stream.seek(member.header_offset + 26)  # here are the lengths of the name and of what follows the name
        # Its numbers follow the member's header, the member's name and the array's header.
        start = stream.tell() + 4 + sum(struct.unpack("<HH", stream.read(4))) + begin
        return np.asarray(np.memmap(stream, dtype, "r", start, shape, order))

    values = map_values if is_checked and member.compress_type == ZIP_STORED else read
    return StoredArray(shape, dtype, kind_of(dtype), values)


def _tensor(name: str, tensor: Tensor, content: np.ndarray) -> StoredArray:
    """content: the bytes after the header."""
    kind, code = TYPES.get(tensor.dtype, (tensor.dtype.lower().replace("f8_", "float8_"), ""))
    first, last = (*tensor.data_offsets, -1, -1)[:2]
    dtype, is_known = np.dtype(code or "V1"), bool(code)
    size = math.prod(tensor.shape) * dtype.itemsize if is_known else last - first
    fits = min(tensor.shape, default=0) >= 0 and first >= 0 and last == first + size <= len(content)
    expect(fits, f"{name} has another length than its header says, or is cut off")

    def values() -> np.ndarray:
        expect(is_known, f"{name} holds {kind}, which this program does not read")
        numbers = content[first:last].view(dtype)
        wide = (numbers.astype("<u4") << 16).view("<f4") if kind == "bfloat16" else numbers
        return wide.reshape(tensor.shape)

    return StoredArray(tensor.shape, np.dtype("<f4") if kind == "bfloat16" else dtype, kind, values)
