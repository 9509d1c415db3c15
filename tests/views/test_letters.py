"""The written forms of ranks, shares and positions in the window."""

from __future__ import annotations

import pytest

from attrec_core.errors import ordinal, percent
from attrec_core.explain.wording import letter


@pytest.mark.parametrize(
    ("rank", "written"),
    [
        (1, "1st"),
        (2.0, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (112, "112th"),
        (1003, "1,003rd"),
        (1.5, "tied 1st"),
    ],
)
def test_a_rank_is_an_ordinal(rank: float, written: str) -> None:
    assert ordinal(rank) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.594, "59\u00a0%"),
        (0, "0\u00a0%"),
        (0.0049, "<1\u00a0%"),
        (0.005, "1\u00a0%"),
        (0.006, "1\u00a0%"),
        (0.125, "13\u00a0%"),
        (1, "100\u00a0%"),
    ],
)
def test_a_share_is_a_whole_percentage(share: float, written: str) -> None:
    assert percent(share) == written


def test_a_share_has_the_digits_that_are_asked_for() -> None:
    assert [percent(share, 1) for share in (0.1234, 0.0002, 0)] == ["12.3\u00a0%", "<0.1\u00a0%", "0.0\u00a0%"]


def test_places_of_the_window_have_letters_beyond_z() -> None:
    assert [letter(position) for position in (0, 4, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "E",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]
