"""The paper's figures, against what the paper says of them and against each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
import pytest

from attrec_core.runs import paper

READ_OFF = 0.0075  # how far a value that is read off a plot may be from the printed one
OURS = paper.SYSTEMS_OF_PAPER.index("attrec")


def figures() -> Iterator[float]:
    yield from chain(*(row for table in paper.TABLE_2.values() for row in table.values()))
    yield from chain(*(row.values() for row in paper.ABLATION.values()))
    yield from chain(*(row for table in (paper.OMEGA, paper.WINDOW, paper.DIM) for row in table.values()))


def test_every_figure_is_a_share_and_a_hit_rate_is_above_the_reciprocal_rank() -> None:
    assert all(0 < figure < 0.6 for figure in figures())
    hits, ranks = (paper.TABLE_2[metric] for metric in ("hr@50", "mrr"))
    assert hits.keys() == ranks.keys()
    for name in hits:
        assert len(hits[name]) == len(ranks[name]) == len(paper.SYSTEMS_OF_PAPER)
        assert (np.array(hits[name]) > np.array(ranks[name])).all(), name


def test_attrec_is_the_best_of_each_row_as_the_paper_says() -> None:
    for metric, table in paper.TABLE_2.items():
        for name, row in table.items():
            assert max(row) == row[OURS], (metric, name)


def test_the_same_model_has_the_same_figure_wherever_it_is_reported() -> None:
    """The model of table 2 is that of tables 3 and 4, and a point of each plot: ω = .2 and L = 5 for dense data, and
    for sparse data the best ω of the plot."""
    for name, row in paper.ABLATION.items():
        assert row["mean"] == paper.TABLE_2["hr@50"][name][OURS]
    for name, curve in paper.OMEGA.items():
        assert len(curve) == len(paper.OMEGAS)
        assert max(curve) == pytest.approx(paper.TABLE_2["hr@50"][name][OURS], abs=READ_OFF)
    for curves, values in ((paper.WINDOW, paper.WINDOWS), (paper.DIM, paper.DIMS)):
        for name, curve in curves.items():
            assert len(curve) == len(values)
            assert max(curve) == pytest.approx(paper.TABLE_2["hr@50"][name][OURS], abs=READ_OFF)
            assert np.abs(np.diff(curve[2:])).max() < 0.03, name  # they are flat after the first values
