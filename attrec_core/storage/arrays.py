"""Arrays of numbers in an .npz, written, read or mapped. Never what numpy would unpickle."""

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
    """An .npz; numpy gives its members a fixed date, so equal arrays are equal bytes."""
    buffer = io.BytesIO()
    save: Callable[..., None] = np.savez_compressed if packed else np.savez
    save(buffer, **arrays)
    return buffer.getvalue()


def arrays_in(file: IO[bytes] | Path, *names: str, is_checked: bool = False) -> dict[str, np.ndarray]:
    """The arrays of these names, or all. Those that lie in it unpacked, as those of much data do, are mapped into
    memory, not read, where the file is known to be whole.

    is_checked: whether it is; reading it compares a checksum, mapping it does not. Raises what BROKEN names."""
    with ZipFile(file) as archive:
        members = [archive.getinfo(f"{name}.npy") for name in names] if names else archive.infolist()
        return {
            member.filename.removesuffix(".npy"): _array_in(
                archive, member, is_mapped=is_checked and member.compress_type == ZIP_STORED
            )
            for member in members
        }


def rows_of(file: Path, name: str) -> int:
    """How long an array is, from its header. Raises what BROKEN names."""
    with ZipFile(file) as archive, archive.open(f"{name}.npy") as member:
        shape, _, _ = _header_in(member)
        return shape[0]


def _header_in(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """The shape, whether columns come first, and the kind of numbers."""
    header = HEADERS[np.lib.format.read_magic(member)](member)
    expect(not header[2].hasobject, "it holds no plain arrays of numbers")
    return header


def _array_in(archive: ZipFile, member: ZipInfo, *, is_mapped: bool) -> np.ndarray:
    """One of them. Its numbers follow the member's header, the member's name and the header of the array."""
    with archive.open(member) as packed:
        shape, is_turned, dtype = _header_in(packed)
        if not is_mapped:
            packed.seek(0)
            return np.lib.format.read_array(packed, allow_pickle=False)
        header = packed.tell()
    stream = archive.fp
    assert stream is not None
    stream.seek(member.header_offset + 26)  # where it says how long its name is, and what follows the name
    start = stream.tell() + 4 + sum(struct.unpack("<HH", stream.read(4))) + header
    return np.asarray(np.memmap(stream, dtype, "r", start, shape, "F" if is_turned else "C"))
