"""Writes, reads and memory-maps arrays of numbers in an .npz. Never unpickles."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from attrec_core.storage.read_errors import expect

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def npz_bytes(arrays: Mapping[str, np.ndarray], *, packed: bool = True) -> bytes:
    """Returns an .npz. numpy gives its members a fixed date, so equal arrays give equal bytes."""
    buffer = io.BytesIO()
    save: Callable[..., None] = np.savez_compressed if packed else np.savez
    save(buffer, **arrays)
    return buffer.getvalue()


def arrays_in(file: IO[bytes] | Path, *names: str, is_checked: bool = False) -> dict[str, np.ndarray]:
    """Returns the arrays of these names, or all arrays. Uncompressed arrays, as in large data sets, are mapped into
    memory instead of read, if the file is known to be intact. is_checked: whether it is; reading compares a checksum,
    mapping does not. Raises the errors in BROKEN."""
    with ZipFile(file) as archive:
        members = [archive.getinfo(f"{name}.npy") for name in names] if names else archive.infolist()
        return {
            member.filename.removesuffix(".npy"): _array_in(
                archive, member, is_mapped=is_checked and member.compress_type == ZIP_STORED
            )
            for member in members
        }


def rows_of(file: Path, name: str) -> int:
    """Returns the length of an array, from its header. Raises the errors in BROKEN."""
    with ZipFile(file) as archive, archive.open(f"{name}.npy") as member:
        shape, _, _ = _header_in(member)
        return shape[0]


def _header_in(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Returns the shape, whether the array is stored by columns, and the dtype."""
    header = HEADERS[np.lib.format.read_magic(member)](member)
    expect(not header[2].hasobject, "it holds other things than arrays of numbers")
    return header


def _array_in(archive: ZipFile, member: ZipInfo, *, is_mapped: bool) -> np.ndarray:
    """Reads or maps one array. Its numbers follow the member's header, the member's name and the array's header."""
    with archive.open(member) as reader:
        shape, is_turned, dtype = _header_in(reader)
        if not is_mapped:
            reader.seek(0)
            return np.lib.format.read_array(reader, allow_pickle=False)
        header_size = reader.tell()
    stream = archive.fp
    assert stream is not None
    stream.seek(member.header_offset + 26)  # here are the lengths of the name and of what follows the name
    start = stream.tell() + 4 + sum(struct.unpack("<HH", stream.read(4))) + header_size
    return np.asarray(np.memmap(stream, dtype, "r", start, shape, "F" if is_turned else "C"))
