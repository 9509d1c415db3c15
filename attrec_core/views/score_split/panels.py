"""The panels of the page Score split."""

from __future__ import annotations

import numpy as np

from attrec_core.explain.rank_curves import RankCurves
from attrec_core.explain.rank_curves import rank_curves as curves_of
from attrec_core.views.moment import split
from attrec_core.views.moment.split import ScoreSplit
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.score_split import figures, rank_curves, tables, words
from attrec_core.views.texts import text


def length(scene: Scene, k: int | None = None) -> int:
    """The k of an option; None: as many as the view lists."""
    return k or scene.view.top or 10


def split_record(scene: Scene, k: int | None = None) -> ScoreSplit:
    return ScoreSplit(split.split_rows(scene, length(scene, k)), length(scene, k))


SCORE_SPLIT: Panel[Scene, ScoreSplit] = Panel(
    key="score_split",
    heading="Contribution of each part",
    record=split_record,
    figure=lambda scene, record: split.stacked_parts(record.rows, scene.ranking.long_weight),
    sentence=lambda scene, record: split.split_sentence(record.rows, record.k),
    table=lambda scene, record: split.parts_table(record.rows),
    guide=text("score_split", "score_split"),
    label="distance of each item, split into its short-term and its long-term part",
    needs="attrec",
)

DISTANCES: Panel[Scene, np.ndarray] = Panel(
    key="distances",
    heading="Short-term and long-term distance",
    record=lambda scene, k=None: scene.ranking.top(length(scene, k)),
    figure=figures.short_against_long,
    sentence=lambda scene, top: words.scatter_sentence(scene, len(top)),
    table=lambda scene, top: tables.all_distances(scene),
    guide=lambda scene, top: words.scatter_guide(scene, len(top)),
    label="short-term and long-term distance of every candidate",
    needs="attrec",
    lacks=lambda scene: "" if scene.has_taste else words.ONLY_SHORT,
)


def no_curves(scene: Scene) -> str:
    if scene.has_taste and scene.ranking.candidates.any():
        return ""
    return curves_of(scene.moment, length(scene)).sentence


RANK_CURVES: Panel[Scene, RankCurves] = Panel(
    key="rank_curves",
    heading="Rank of each item for every ω",
    record=lambda scene, k=None: curves_of(scene.moment, length(scene, k)),
    figure=rank_curves.rank_curves,
    sentence=words.leads_sentence,
    table=tables.rank_curves,
    guide=text("score_split", "rank_curves"),
    note=lambda scene, record: words.caption(record),
    label=lambda scene, record: rank_curves.label(record),
    needs="attrec",
    lacks=no_curves,
)

RANKS: Panel[Scene, ScoreSplit] = Panel(
    key="ranks",
    heading="Rank by total distance and by each part alone",
    record=split_record,
    sentence=lambda scene, record: words.scatter_sentence(scene, record.k),
    table=lambda scene, record: split.ranks_table(record.rows),
    whole=lambda scene, record: split.split_table(record.rows),
    needs="attrec",
)

PANELS = (SCORE_SPLIT, DISTANCES, RANK_CURVES, RANKS)
