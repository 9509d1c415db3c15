"""The panels of the page Compare. They are about both runs on the same user and window."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.errors import number
from attrec_core.runs.run import Run
from attrec_core.views.compare import figures, learning, tables, words
from attrec_core.views.compare.sides import Sides
from attrec_core.views.moment import attention_map
from attrec_core.views.moment import figures as attention_figures
from attrec_core.views.moment import ranking as moment_ranking
from attrec_core.views.moment import split as score_split
from attrec_core.views.moment import tables as attention_tables
from attrec_core.views.moment import words as attention_words
from attrec_core.views.moment.ranking import RankingRecord
from attrec_core.views.moment.records import AttentionRecord
from attrec_core.views.panel import Panel


def name_of(both: Sides, index: int) -> str:
    return f"{'AB'[index]}: {both.names[index]}"


def matrix(index: int) -> Panel[Sides, AttentionRecord]:
    def record(both: Sides) -> AttentionRecord:
        return replace(words.map_records(both)[index], selected=both.a.view.selected)

    return Panel(
        key=f"attention_run_{'ab'[index]}",
        heading=lambda both, record: (
            f"Attention matrix, {name_of(both, index)}{attention_words.matrix_name(both.scenes[index])}"
        ),
        record=record,
        figure=lambda both, record: attention_map.attention_map(record),
        sentence=lambda both, record: attention_words.attention_sentence(both.scenes[index], places=record.places),
        table=lambda both, record: attention_tables.attention(both.scenes[index], places=record.places),
        subject="sides",
        lacks=lambda both: "" if both.attends else words.only_lists(both),
    )


def ranking(index: int) -> Panel[Sides, RankingRecord]:
    def record(both: Sides, k: int = 10) -> RankingRecord:
        run = both.scenes[index].run
        return RankingRecord(words.list_rows(both, k)[index], run.measure, both.a.view.selected)

    return Panel(
        key=f"ranking_run_{'ab'[index]}",
        heading=lambda both, record: f"Recommendations, {name_of(both, index)}",
        record=record,
        figure=lambda both, record: attention_figures.ranking(record),
        sentence=lambda both, record: moment_ranking.list_sentence(both.scenes[index]),
        table=lambda both, record: moment_ranking.ranking_table(record, explains=both.scenes[index].run.explains),
        subject="sides",
    )


def split(index: int) -> Panel[Sides, score_split.ScoreSplit]:
    def record(both: Sides, k: int = 10) -> score_split.ScoreSplit:
        rows = [score_split.split_rows(side, k) for side in both.scenes]
        return score_split.ScoreSplit(rows[index], k, beside=rows[1 - index])

    return Panel(
        key=f"split_run_{'ab'[index]}",
        heading=lambda both, record: f"Score split, {name_of(both, index)}",
        record=record,
        figure=lambda both, record: score_split.stacked_parts(
            record.rows, both.scenes[index].ranking.long_weight, record.beside
        ),
        sentence=lambda both, record: score_split.split_sentence(record.rows, record.k),
        table=lambda both, record: score_split.split_table(record.rows),
        label=f"distance of each item in {'AB'[index]}, split into its short-term and long-term parts",
        subject="sides",
        lacks=lambda both: "" if both.explains else words.only_lists(both),
    )


MATRICES, RANKINGS, SPLITS = (matrix(0), matrix(1)), (ranking(0), ranking(1)), (split(0), split(1))

AVERAGES: Panel[Sides, words.AttentionBeside] = Panel(
    key="attention_bars",
    heading="Average attention in both runs",
    record=words.attention,
    figure=lambda both, record: figures.attention_bars(record, *both.names),
    sentence=lambda both, record: record.sentence,
    table=lambda both, record: tables.attention(record),
    label="average attention to each item in A and in B",
    subject="sides",
    lacks=lambda both: "" if both.explains else words.only_lists(both),
)


def lists_sentence(both: Sides, record: words.ListsBeside) -> str:
    overlap = f"Rank-biased overlap: {number(record.rbo)} (1: the same list, 0: nothing in common)."
    return f"{record.sentence} {overlap}"


LISTS: Panel[Sides, words.ListsBeside] = Panel(
    key="lists",
    heading="Both lists",
    record=words.lists,
    sentence=lists_sentence,
    table=lambda both, record: tables.lists(record),
    subject="sides",
)

CURVES: Panel[tuple[Run, Run], tuple[Run, Run]] = Panel(
    key="learning_curves",
    heading="Training curves",
    record=lambda runs: runs,
    figure=lambda runs, record: figures.learning_curves(*runs),
    sentence=lambda runs, record: learning.curves_sentence(*runs),
    table=lambda runs, record: tables.curves(*runs),
    label="loss and metrics by epoch, of A and of B",
    subject="runs",
)

PANELS = (*MATRICES, AVERAGES, *RANKINGS, LISTS, *SPLITS, CURVES)
