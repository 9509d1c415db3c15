"""Sizes in words: one format for files of any size, without needless digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.errors import STEP, UNITS, count_of, in_bytes


def test_sizes_and_counts_by_hand() -> None:
    said = {0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1 KB", 88_400: "88 KB", 999_600: "1.0 MB"}
    said |= {2_234_000: "2.2 MB", 9_960_000: "10 MB", 16_400_000_000: "16 GB"}
    assert {size: in_bytes(size) for size in said} == said
    assert [count_of(count, "item") for count in (0, 1, 2, 2000)] == ["0 items", "1 item", "2 items", "2,000 items"]


@given(size=st.integers(STEP, 10**14))
def test_what_is_said_is_the_size_to_a_tenth_and_never_a_thousand_of_a_unit(size: int) -> None:
    count, unit = in_bytes(size).replace(",", "").split()
    rounded_size = float(count) * STEP ** (1 + UNITS.index(unit))
    assert rounded_size == pytest.approx(size, rel=0.5 if size < 2000 else 0.26 if size < 10_000 else 0.06)
    assert float(count) < STEP
