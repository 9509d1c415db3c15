"""Numbers in tables are written as in sentences."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from attrec_core.views.drawing.table_format import MOST, as_csv, written


def shown(values: list[float]) -> list[str]:
    """Returns the cells of a column as a person sees them."""
    styled = written(pd.DataFrame({"a": values}))
    html = styled.to_html()
    return [part.split("</td>")[0] for part in html.split('col0" >')[1:] if "</td>" in part]


def test_a_column_has_as_many_digits_all_the_way_down() -> None:
    assert shown([0.583, 0.7236, -0.5]) == [".5830", ".7236", "−.5000"]
    assert shown([0.25, 1.5, 0.0]) == [".25", "1.50", ".00"]


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
