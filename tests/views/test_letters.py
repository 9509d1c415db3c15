"""The written forms of ranks, shares and positions in the window."""

from __future__ import annotations

from attrec_core.errors import ordinal, percent
from attrec_core.explain.wording import letter

RANKS = {1: "1st", 2.0: "2nd", 3: "3rd", 4: "4th", 11: "11th", 112: "112th", 1003: "1,003rd", 1.5: "tied 1st"}
SHARES = {0.594: "59", 0: "0", 0.0049: "<1", 0.005: "1", 0.006: "1", 0.125: "13", 1: "100"}


def test_a_rank_is_an_ordinal_and_a_share_a_whole_percentage_or_has_the_digits_that_are_asked_for() -> None:
    assert {rank: ordinal(rank) for rank in RANKS} == RANKS
    assert {share: percent(share) for share in SHARES} == {share: f"{text}\u00a0%" for share, text in SHARES.items()}
    assert [percent(share, 1) for share in (0.1234, 0.0002, 0)] == ["12.3\u00a0%", "<0.1\u00a0%", "0.0\u00a0%"]


def test_places_of_the_window_have_letters_beyond_z() -> None:
    letters = [letter(position) for position in (0, 4, 25, 26, 51, 52, 701, 702)]
    assert letters == ["A", "E", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
