"""Figures as plain dictionaries: Plotly.js reads the values that were meant."""

from __future__ import annotations

import json

import numpy as np
import pytest
from app_pages import checked, unpacked
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from attrec_core.views.drawing.spec import FEW, ground, packed, whole

NUMBERS = st.floats(-1e6, 1e6, width=32)


@given(arrays.arrays(np.float32, st.integers(0, 3 * FEW), elements=NUMBERS))
def test_packed_numbers_come_out_as_they_went_in(values: np.ndarray) -> None:
    assert unpacked(json.loads(json.dumps(packed(values)))) == values.tolist()


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.uint8])
def test_whole_numbers_stay_whole_and_what_is_no_number_is_json_all_the_same(kind: type) -> None:
    values = np.arange(100).astype(kind)
    assert unpacked(packed(values)) == values.tolist()
    assert packed(np.array([1.0, np.nan])) == [1.0, None]


def test_the_ground_lies_below_and_a_wrong_name_in_a_figure_is_found() -> None:
    below, above = ({"type": "scatter", "x": [0], "y": [0], "name": name} for name in ("below", "above"))
    figure = {"data": [above], "layout": {}, "ground": ground([below])}
    assert [trace.name for trace in checked(figure).data] == ["below", "above"]
    assert whole({"data": [above], "layout": {}})["data"] == [above]
    with pytest.raises(ValueError, match="no_such_name"):
        checked({"data": [{"type": "scatter", "no_such_name": 1}], "layout": {}})
