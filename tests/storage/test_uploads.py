"""The names and places of uploaded files."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from attrec_core.storage.uploads import BYTES, Uploads, file_name
from attrec_core.storage.workspace import Home


@pytest.mark.parametrize("name", ["观影记录" * 25 + ".csv", "é" * 300 + ".csv", "a" * 999 + ".csv"])
def test_a_long_name_is_cut_to_what_a_file_system_takes_and_keeps_its_ending(name: str) -> None:
    short = file_name(name)
    assert len(short.encode()) <= BYTES
    assert name.endswith(short) and short.endswith(".csv")
    assert file_name("../観る.csv") == "観る.csv"


@pytest.mark.parametrize("order", list(permutations([("items", ""), (".items", ""), ("items", "items")])))
def test_an_upload_may_be_called_like_the_folder_of_another(tmp_path: Path, order: list[tuple[str, str]]) -> None:
    session_uploads = Uploads(Home(tmp_path))
    try:
        for name, folder in order:
            path = session_uploads.put(name, folder.encode() or b"rows", folder)
            assert path.name == "items" and path.read_bytes() == (folder.encode() or b"rows")
    finally:
        session_uploads.close()
