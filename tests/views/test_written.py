"""Numbers in tables are written as in sentences."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from attrec_core.errors import ordinal, percent
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.table_format import MOST, as_csv, written


def shown(values: list[float]) -> list[str]:
    """Returns the cells of a column as a person sees them."""
    styled = written(pd.DataFrame({"a": values}))
    html = styled.to_html()
    return [part.split("</td>")[0] for part in html.split('col0" >')[1:] if "</td>" in part]


def test_a_column_has_as_many_digits_all_the_way_down() -> None:
    assert shown([0.583, 0.7236, -0.5]) == [".5830", ".7236", "−.5000"]
    assert shown([0.25, 1.5, 0.0]) == [".25", "1.50", ".00"]


def test_ranks_and_halves_stay_short_and_nothing_is_nothing() -> None:
    assert shown([1.0, 12.5, 1042.0]) == ["1", "12.5", "1042"]
    assert shown([1.0, float("nan")]) == ["1", ""]
    assert shown([float("nan")]) == [""]


def test_text_and_what_is_too_much_or_ambiguous_stays_as_it_is() -> None:
    for frame in (
        pd.DataFrame({"a": ["x"], "b": [1]}),
        pd.DataFrame({"a": np.zeros(MOST + 1)}),
        pd.DataFrame([[0.1, 0.2]], columns=["a", "a"]),
    ):
        assert written(frame) is frame


def test_a_csv_holds_no_formula_and_every_number_as_it_is() -> None:
    titles = ["=1+1", "+a", "-a", "@a", "\ta", "＝a", "＋a", "－a", "＠a", "\na", "\n=a", " =a", "\u00a0-a", "\u200b=a"]
    titles += ["\ra", "\r=a", "a\r=1", "a\n=1"]
    ranks = [*map(float, range(1, len(titles))), np.nan]
    frame = pd.DataFrame({"=title": titles, "rank": ranks, "change": [-0.25] * len(titles)})
    table = pd.read_csv(io.StringIO(as_csv(frame), newline=""))
    assert list(table.columns) == ["'=title", "rank", "change"]
    assert list(table["'=title"]) == [f"'{title}" for title in titles[:-4]] + ["' a", "' =a", "a =1", "a\n=1"]
    assert as_csv(frame).splitlines()[1] == "'=1+1,1,-0.25"
    twins = pd.concat([frame["change"], frame["=title"]], axis=1, keys=["x", "x"])
    assert as_csv(twins).splitlines()[1] == "-0.25,'=1+1"


RANKS = {1: "1st", 2.0: "2nd", 3: "3rd", 4: "4th", 11: "11th", 112: "112th", 1003: "1,003rd", 1.5: "tied 1st"}
SHARES = {0.594: "59", 0: "0", 0.0049: "<1", 0.005: "1", 0.006: "1", 0.125: "13", 1: "100"}


def test_a_rank_is_an_ordinal_and_a_share_a_whole_percentage_or_has_the_digits_that_are_asked_for() -> None:
    assert {rank: ordinal(rank) for rank in RANKS} == RANKS
    assert {share: percent(share) for share in SHARES} == {share: f"{text}\u00a0%" for share, text in SHARES.items()}
    assert [percent(share, 1) for share in (0.1234, 0.0002, 0)] == ["12.3\u00a0%", "<0.1\u00a0%", "0.0\u00a0%"]


def test_places_of_the_window_have_letters_beyond_z() -> None:
    letters = [letter(position) for position in (0, 4, 25, 26, 51, 52, 701, 702)]
    assert letters == ["A", "E", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
