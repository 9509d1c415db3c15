"""Arrays on disk: unpacked arrays are mapped, not read, and hold the same values."""

from __future__ import annotations

import io
import mmap
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.storage.arrays import arrays_in, npz_bytes, rows_of
from attrec_core.storage.read_errors import BROKEN

DTYPES = st.sampled_from([np.int32, np.int64, np.float32, np.bool_])


def arrays_of(lengths: list[int], dtype: type[np.generic]) -> dict[str, np.ndarray]:
    return {f"n{index}": np.arange(length).astype(dtype) for index, length in enumerate(lengths)}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), DTYPES)
def test_arrays_come_back_whether_packed_or_not(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], dtype: type[np.generic]
) -> None:
    arrays, file = arrays_of(lengths, dtype), tmp_path_factory.getbasetemp() / "arrays.npz"
    for packed in (True, False):
        file.write_bytes(npz_bytes(arrays, packed=packed))
        with file.open("rb") as stream:
            loaded = arrays_in(stream, *arrays, is_checked=True)
        assert list(loaded) == list(arrays)
        for name, array in arrays.items():
            assert np.array_equal(loaded[name], array)
            assert isinstance(loaded[name].base, np.memmap | mmap.mmap) != packed
            assert rows_of(file, name) == len(array)
        assert arrays_in(file).keys() == arrays.keys()


@pytest.mark.parametrize("cut", [1, 60, 200, 300])
def test_what_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "arrays.npz"
    file.write_bytes(npz_bytes(arrays_of([50], np.int64), packed=False)[:-cut])
    with pytest.raises(BROKEN), file.open("rb") as stream:
        arrays_in(stream, "n0", is_checked=True)


def test_a_file_that_nobody_has_checked_is_read_and_compared(tmp_path: Path) -> None:
    file, content = tmp_path / "arrays.npz", bytearray(npz_bytes(arrays_of([50], np.int64), packed=False))
    content[300] ^= 1
    file.write_bytes(content)
    with pytest.raises(BadZipFile), file.open("rb") as stream:
        arrays_in(stream, "n0", is_checked=False)


def test_objects_are_not_loaded(tmp_path: Path) -> None:
    content = io.BytesIO()
    np.savez(content, n0=np.array([{}], object), allow_pickle=True)
    file = tmp_path / "arrays.npz"
    file.write_bytes(content.getvalue())
    for is_checked in (True, False):
        with pytest.raises(ValueError, match="other things than arrays"):
            arrays_in(file, "n0", is_checked=is_checked)
