"""The names of uploaded files."""

from __future__ import annotations

import pytest

from attrec_core.storage.uploads import BYTES, file_name


@pytest.mark.parametrize("name", ["观影记录" * 25 + ".csv", "é" * 300 + ".csv", "a" * 999 + ".csv"])
def test_a_long_name_is_cut_to_what_a_file_system_takes_and_keeps_its_ending(name: str) -> None:
    short = file_name(name)
    assert len(short.encode()) <= BYTES
    assert name.endswith(short) and short.endswith(".csv")
    assert file_name("../観る.csv") == "観る.csv"
