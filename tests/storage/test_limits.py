"""The limits that the operator of a server can set."""

from __future__ import annotations

import pytest

from attrec_core.errors import InputError
from attrec_core.storage.limits import LIMITS, Limit, check_limits


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
