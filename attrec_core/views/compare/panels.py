"""The panels of the page Compare, each about both runs."""

from __future__ import annotations

from attrec_core.errors import number
from attrec_core.runs.run import Run
from attrec_core.views.compare import learning, words
from attrec_core.views.compare.sides import Sides
from attrec_core.views.drawing.svg import abreast
from attrec_core.views.moment.attention import matrix_name
from attrec_core.views.moment.attention_map import attention_map
from attrec_core.views.moment.ranking import ranking
from attrec_core.views.panel import Panel


def names(both: Sides) -> list[str]:
    """What stands above the picture of each run."""
    return [f"{letter}: {name}" for letter, name in zip("AB", both.names, strict=True)]


def matrix_names(both: Sides) -> list[str]:
    return [f"{name}{matrix_name(scene)}" for name, scene in zip(names(both), both.scenes, strict=True)]


ATTENTION: Panel[Sides, words.AttentionBeside] = Panel(
    key="attention_runs",
    heading="Attention in both runs",
    record=words.attention,
    figure=lambda both, record: abreast(matrix_names(both), [*map(attention_map, words.map_records(both))]),
    subject="sides",
    lacks=words.no_attention,
)

LISTS: Panel[Sides, words.ListsBeside] = Panel(
    key="lists",
    heading="Recommendations of both runs",
    record=words.lists,
    figure=lambda both, record: abreast(names(both), [*map(ranking, words.rankings(both, record.k))]),
    sentence=lambda both, record: (
        f"{record.sentence} Rank-biased overlap: {number(record.rbo)} (1: the same list, 0: nothing in common)."
    ),
    note=words.scales_and_parts,
    subject="sides",
)

CURVES: Panel[tuple[Run, Run], tuple[Run, Run]] = Panel(
    key="learning_curves",
    heading="Training curves",
    record=lambda runs: runs,
    figure=lambda runs, record: learning.learning_curves(*runs),
    sentence=lambda runs, record: learning.curves_sentence(*runs),
    table=lambda runs, record: learning.curves_table(*runs),
    label="loss and metrics by epoch, of A and of B",
    subject="runs",
    lacks=lambda runs: learning.no_curves(*runs),
)

PANELS = (ATTENTION, LISTS, CURVES)
