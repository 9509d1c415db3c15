"""The panels of the page Compare. They are about both runs on the same user and window."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from attrec_core.errors import number
from attrec_core.runs.run import Run
from attrec_core.views.compare import learning, words
from attrec_core.views.compare.sides import Sides
from attrec_core.views.moment import ranking
from attrec_core.views.moment.attention import AttentionRecord, attention_sentence, matrix_name
from attrec_core.views.moment.attention_map import attention_map
from attrec_core.views.moment.split import ScoreSplit, split_rows, stacked_parts
from attrec_core.views.panel import Panel

panel = partial(Panel, subject="sides")
of_attrec = partial(panel, lacks=lambda both: "" if both.explains else words.only_lists(both))


def name_of(both: Sides, index: int) -> str:
    return f"{'AB'[index]}: {both.names[index]}"


def matrix(index: int) -> Panel[Sides, AttentionRecord]:
    def heading(both: Sides, record: AttentionRecord) -> str:
        return f"Attention matrix, {name_of(both, index)}{matrix_name(both.scenes[index])}"

    return panel(
        key=f"attention_run_{'ab'[index]}",
        listed=f"Attention matrix, run {'AB'[index]}",
        heading=heading,
        record=lambda both: replace(words.map_records(both)[index], selected=both.a.view.selected),
        figure=lambda both, record: attention_map(record),
        sentence=lambda both, record: attention_sentence(both.scenes[index], places=record.places),
        lacks=lambda both: "" if both.attends else words.only_lists(both),
    )


def list_of(index: int) -> Panel[Sides, ranking.RankingRecord]:
    def record(both: Sides, k: int = 10) -> ranking.RankingRecord:
        here, there = both.scenes[index], both.scenes[1 - index]
        return ranking.RankingRecord(words.rows_of(here, there, "BA"[index], k), here.run.measure, both.a.view.selected)

    return panel(
        key=f"ranking_run_{'ab'[index]}",
        listed=f"Recommendations, run {'AB'[index]}",
        heading=lambda both, record: f"Recommendations, {name_of(both, index)}",
        record=record,
        figure=lambda both, record: ranking.ranking(record),
        sentence=lambda both, record: (
            f"{ranking.list_sentence(both.scenes[index])} {words.own_scale(both.scenes[index])}"
        ),
        table=lambda both, record: ranking.ranking_table(both.scenes[index], record),
    )


def split(index: int) -> Panel[Sides, ScoreSplit]:
    def record(both: Sides, k: int = 10) -> ScoreSplit:
        return ScoreSplit(split_rows(both.scenes[index], k), k)

    return of_attrec(
        key=f"split_run_{'ab'[index]}",
        listed=f"Score split, run {'AB'[index]}",
        heading=lambda both, record: f"Score split, {name_of(both, index)}",
        record=record,
        figure=lambda both, record: stacked_parts(both.scenes[index], record),
        sentence=lambda both, record: words.own_scale(both.scenes[index]),
        label=f"distance of each item in {'AB'[index]}, split into its short-term and long-term parts",
    )


MATRICES, RANKINGS, SPLITS = (matrix(0), matrix(1)), (list_of(0), list_of(1)), (split(0), split(1))

AVERAGES: Panel[Sides, words.AttentionBeside] = of_attrec(
    key="attention_bars",
    heading="Average attention in both runs",
    record=words.attention,
    figure=words.attention_bars,
    label="average attention to each item in A and in B",
)

LISTS: Panel[Sides, words.ListsBeside] = panel(
    key="lists",
    heading="Both lists",
    record=words.lists,
    sentence=lambda both, record: (
        f"{record.sentence} Rank-biased overlap: {number(record.rbo)} (1: the same list, 0: nothing in common)."
    ),
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
)

PANELS = (*MATRICES, AVERAGES, *RANKINGS, LISTS, *SPLITS, CURVES)
