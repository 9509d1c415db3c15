"""The panels of the page Attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from attrec_core.explain.experiments import experiments
from attrec_core.views.attention import compare, effect
from attrec_core.views.moment import attention_map, figures, ranking, tables, words
from attrec_core.views.moment.panels import moves
from attrec_core.views.moment.ranking import RankingRecord
from attrec_core.views.moment.records import AttentionRecord, ExperimentsRecord
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.texts import text

MATRIX = "Attention matrix"


def matrix_record(scene: Scene) -> AttentionRecord:
    return replace(words.attention_record(scene), selected=scene.view.selected, cell=scene.view.cell)


ATTENTION: Panel[Scene, AttentionRecord] = Panel(
    key="attention",
    heading=MATRIX,
    record=matrix_record,
    figure=lambda scene, record: attention_map.attention_map(record),
    sentence=lambda scene, record: words.attention_sentence(scene),
    table=lambda scene, record: tables.attention(scene),
    guide=lambda scene, record: words.guide(scene),
    needs="attention",
)


def ranking_record(scene: Scene, k: int | None = None, roles: Mapping[int, str] | None = None) -> RankingRecord:
    """The top k (None: as many as the view lists), and other items that a page is about. roles: item → what it is
    there, such as "explained"."""
    marks = {scene.item_id(item): role for item, role in (roles or {}).items()}
    rows = [
        replace(row, marks=[*row.marks, marks[str(row.id)]]) if row.id in marks else row
        for row in ranking.ranking_rows(scene, k or scene.view.top or 10, also=list(roles or {}))
    ]
    return RankingRecord(rows, scene.run.measure, scene.view.selected)


RANKING: Panel[Scene, RankingRecord] = Panel(
    key="ranking",
    heading="Recommendations",
    record=ranking_record,
    figure=lambda scene, record: figures.ranking(record),
    sentence=lambda scene, record: ranking.ranking_sentence(scene),
    table=lambda scene, record: ranking.ranking_table(record, explains=scene.run.explains),
)


def not_edited(scene: Scene) -> str:
    return compare.NOTHING_TO_COMPARE if scene.compared is None else ""


def side(key: str, index: int) -> Panel[Scene, compare.Side]:
    """The matrix of the baseline (0) or of what is shown (1), on one scale."""
    return Panel(
        key=key,
        heading=lambda scene, record: record.name,
        title=lambda scene, record: f"{MATRIX}, {record.name}",
        record=lambda scene: compare.sides(scene)[index],
        figure=lambda scene, record: attention_map.attention_map(record.matrix),
        sentence=lambda scene, record: record.sentence,
        table=lambda scene, record: tables.attention(scene, record.moment),
        needs="attention",
        lacks=not_edited,
    )


BEFORE, AFTER = side("attention_before", 0), side("attention_after", 1)


CHANGE: Panel[Scene, compare.MatrixDifference] = Panel(
    key="attention_change",
    heading=lambda scene, record: compare.what_changed(scene),
    title="Difference of the attention matrices, now − baseline",
    record=compare.difference,
    figure=lambda scene, record: attention_map.attention_change(record.drawn),
    draws=lambda record: not record.comparison.disjoint,
    sentence=lambda scene, record: compare.change_sentence(scene, record.comparison),
    table=lambda scene, record: tables.change(scene, record.comparison),
    needs="attention",
    lacks=not_edited,
)

MOVES = moves("rank_moves", "How the list moved", compare.list_change, not_edited)


def experiments_record(scene: Scene, applied: str | None = None) -> ExperimentsRecord:
    """applied: the key of the experiment that is applied on the page."""
    rows = experiments(scene.moment)
    record = compare.experiments_record(scene, rows)
    if not rows:
        return record
    first, why = effect.shown_first(rows, applied)
    return replace(record, applied=applied, effect=effect.effect_record(scene, first.key), why=why)


EXPERIMENTS: Panel[Scene, ExperimentsRecord] = Panel(
    key="experiments",
    heading="Experiments: one change at a time",
    record=experiments_record,
    sentence=lambda scene, record: compare.experiments_sentence(scene, record.rows),
    table=lambda scene, record: tables.experiments(record),
    whole=lambda scene, record: tables.experiments(record, in_numbers=True),
    guide=text("attention", "experiments"),
    needs="attrec",
)

PANELS = (ATTENTION, RANKING, BEFORE, AFTER, CHANGE, MOVES, EXPERIMENTS)
