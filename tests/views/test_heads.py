"""All layers and heads at once, and the attention of any model."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch

import attrec_core as attrec
from attrec_core.errors import InputError
from attrec_core.views.attention.heads import record_of

CAUSAL = np.tril(np.ones((3, 3))) / np.arange(1, 4)[:, None]


@pytest.mark.parametrize("given", [CAUSAL, CAUSAL.tolist(), torch.tensor(CAUSAL, requires_grad=True)])
def test_one_matrix_is_drawn_as_that_of_a_moment(given: Any) -> None:
    picture = attrec.plot.attention(given, ["Alien", "Aliens", "<b>Heat</b>"])
    assert picture.svg.count("url(#attrec-masked)") == 3 + 1  # the cells of later items, and the key
    assert "&lt;b&gt;Heat" in picture.svg
    assert picture.sentence == "“Alien” receives the most attention: 61\u00a0% on average."


@pytest.mark.parametrize(("shape", "count"), [((2, 3, 3), 3), ((2, 1, 3, 3), 2), ((2, 2, 3, 3), 6)])
def test_several_matrices_are_a_small_one_each_and_the_mean_of_the_heads(shape: tuple[int, ...], count: int) -> None:
    picture = attrec.plot.attention(np.broadcast_to(CAUSAL, shape))
    assert len(re.findall(r'fill="none"', picture.svg)) == count  # a frame each
    assert picture.sentence == f"In all {count} matrices, the last item attends most to A, B and 1 more."


def test_a_matrix_that_is_not_causal_is_drawn_whole() -> None:
    even = np.full((1, 2, 3, 3), 1 / 3)
    record = record_of(even, 1 / 3, causal=False)
    assert [matrix.name for matrix in record.matrices] == ["mean of the heads", "head 1", "head 2"]
    assert attrec.plot.attention(even).svg.count("<rect") == 1 + 3 * (9 + 1)  # the paper, cells, frames


@pytest.mark.parametrize(
    ("given", "titles", "why"),
    [
        (np.ones((2, 3)), None, "not \\(2, 3\\)"),
        (np.ones((1, 1, 1, 1, 1)), None, "not \\(1, 1, 1, 1, 1\\)"),
        (np.ones((0, 0)), None, "not \\(0, 0\\)"),
        ("attention", None, "not \\(\\)"),
        ([[True, False], [False, True]], None, "not \\(2, 2\\)"),
        ([[1, 0], [0.5, 0.4]], None, "Row 2 of layer 1, head 1 sums to .900, not to 1"),
        (np.stack([np.eye(2), [[1.5, -0.5], [0, 1]]]), None, "Row 1 of layer 1, head 2 holds −.500"),
        ([[1, 0], [float("nan"), 1]], None, "Row 2 of layer 1, head 1 sums to nan"),
        (np.eye(2), ["one title"], "1 titles, and the weights are of 2 items"),
    ],
)
def test_other_arrays_are_one_sentence(given: Any, titles: list[str] | None, why: str) -> None:
    with pytest.raises(InputError, match=why):
        attrec.plot.attention(given, titles)
