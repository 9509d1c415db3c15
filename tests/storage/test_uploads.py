"""The names and places of uploaded files."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from attrec_core.errors import InputError
from attrec_core.storage.limits import LIMITS, Limit, check_limits
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


# The limits that the operator of a server can set.


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.variable)
def test_a_limit_is_its_default_until_the_variable_says_another(limit: Limit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(limit.variable, raising=False)
    assert limit() == limit.default
    monkeypatch.setenv(limit.variable, f" {limit.default + 7} ")
    assert limit() == limit.default + 7


@pytest.mark.parametrize("value", ["-1", "1.5", "many", "1e3", "٣"])
def test_a_server_does_not_start_with_a_limit_that_is_no_number(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMITS[0].variable, value)
    with pytest.raises(InputError, match=f"{LIMITS[0].variable} must be a whole number, 0 or more"):
        check_limits()
