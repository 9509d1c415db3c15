"""The panels of the page Score split: the two parts of each distance, all candidates by both, and ranks for every ω."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from attrec_core.errors import number, ordinal
from attrec_core.explain.rank_curves import RankCurves
from attrec_core.explain.rank_curves import rank_curves as curves_of
from attrec_core.explain.ranking import Ranking
from attrec_core.views.drawing.plot import axis, figure, legend, scatter
from attrec_core.views.drawing.spec import MOST_POINTS, Figure, Trace, ground, most_popular, packed
from attrec_core.views.drawing.theme import QUIET, SELECTED, TARGET, TOP, escaped
from attrec_core.views.moment.split import ScoreSplit, split_bars, split_rows
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.score_split import rank_curves
from attrec_core.views.texts import text

SCATTER_HEIGHT = 420  # pixels
TASTES = {
    "vector": "the user vector U",
    "items": "U, which is a mean of the user's items here (not the paper's)",
    "both": "U, which is a mean of the user's items and a learned vector here (not the paper's)",
}
ONLY_SHORT = "Only the short-term distance counts, because there is no long-term taste."

panel = partial(Panel, needs="attrec")


def length(scene: Scene, k: int | None = None) -> int:
    """The k of an option; None: as many as the view lists."""
    return k or scene.view.top or 10


def split_record(scene: Scene, k: int | None = None) -> ScoreSplit:
    return ScoreSplit(split_rows(scene, length(scene, k)), length(scene, k))


SCORE_SPLIT: Panel[Scene, ScoreSplit] = panel(
    key="score_split",
    heading="Contribution of each part",
    record=split_record,
    picture="split",
    sends=split_bars,
    table=lambda scene, record: record.table(),
    guide=lambda scene, record: text("score_split", "score_split", taste=TASTES[scene.taste_of]),
    label="distance of each item, split into its short-term and its long-term part",
)


def short_against_long(scene: Scene, top: np.ndarray) -> Figure:
    """Candidates by their two distances, and the line of equal total distance through the last item of `top`.

    Everything that ω and the selection change is drawn over the cloud of candidates, which does not change.
    """
    candidates = most_popular(np.flatnonzero(scene.ranking.candidates), scene.run.popularity, MOST_POINTS)
    data = [dots(scene, top, f"top {len(top)}", TOP, "diamond", 10)]
    if scene.target is not None:
        data.append(dots(scene, np.array([scene.target]), "next item (actual)", TARGET, "star", 15))
    if scene.selected is not None:
        data.append(dots(scene, np.array([scene.selected]), "selected", SELECTED, "circle-open", 17))
    if len(top):
        data.append(level_line(scene.ranking, top))
    across, up = (
        axis(f"{part}-term distance (lower is better)", rangemode="tozero", automargin=True)
        for part in ("short", "long")
    )
    look = {"legend": legend(), "hovermode": "closest", "xaxis": across, "yaxis": up}
    drawn = figure(data, SCATTER_HEIGHT, (10, 10, 44, 46), **look)
    drawn["ground"] = ground([dots(scene, candidates, "candidates", QUIET, "circle", 6)])
    return drawn


def dots(scene: Scene, items: np.ndarray, name: str, colour: str, symbol: str, size: int) -> Trace:
    ranking = scene.ranking
    assert ranking.long is not None  # without a taste, this figure is not drawn
    marker = {"color": colour, "symbol": symbol, "size": size, "line": {"width": 2 if "open" in symbol else 0}}
    look = {"name": name, "marker": marker, "customdata": items.tolist()}
    texts = [escaped(scene.title(item)) for item in items.tolist()]
    hovers = {"hovertext": texts, "hovertemplate": "%{hovertext}<br>short %{x:.3f}, long %{y:.3f}<extra></extra>"}
    return scatter(packed(ranking.short[items]), packed(ranking.long[items]), "markers", **look, **hovers)


def level_line(ranking: Ranking, top: np.ndarray) -> Trace:
    """All points with the blended distance of the last item of `top`; the list is left of the line and below it."""
    omega, level = ranking.long_weight, float(ranking.blended[top[-1]])
    assert ranking.long is not None
    widest, tallest = float(ranking.short.max()), float(ranking.long.max())
    if omega == 0:
        ends = ([level, level], [0, tallest])
    elif omega == 1:
        ends = ([0, widest], [level, level])
    else:
        # The line begins at the axis, or where it enters the visible area.
        low = max(0.0, (level - omega * tallest) / (1 - omega))
        high = min(widest, level / (1 - omega))
        ends = ([low, high], [(level - (1 - omega) * x) / omega for x in (low, high)])
    look = {"line": {"dash": "dash", "width": 1.5, "color": TOP}, "hoverinfo": "skip"}
    return scatter(*ends, "lines", name=f"same distance as {ordinal(len(top))}", **look)


def stays_sentence(scene: Scene, k: int) -> str:
    """States how many of the top k would be there by each part alone; a part that alone decides is not counted."""
    ranking, top = scene.ranking, set(scene.ranking.top(k).tolist())
    if ranking.taste is None:
        return ONLY_SHORT
    stays = [
        f"by the {name}-term distance alone, {len(top.intersection(ranking.at(omega).top(k).tolist()))} of the top "
        f"{len(top)} would stay"
        for name, omega in (("short", 0.0), ("long", 1.0))
        if omega != ranking.long_weight
    ]
    said = "; ".join(stays)
    return f"{said[:1].upper()}{said[1:]}."


def all_distances(scene: Scene, top: np.ndarray) -> pd.DataFrame:
    """Every candidate, nearest first."""
    ranking = scene.ranking
    items = ranking.top(len(ranking.candidates))
    columns = {
        "rank": ranking.ranks[items],
        "title": [scene.title(item) for item in items],
        "distance": ranking.blended[items],
        "short-term distance": ranking.short[items],
        "long-term distance": None if ranking.long is None else ranking.long[items],
    }
    return pd.DataFrame(columns).round(4)


def distances_guide(scene: Scene, top: np.ndarray) -> str:
    count = int(scene.ranking.candidates.sum())
    drawn = f"; the {MOST_POINTS:,} most popular of them are drawn" if count > MOST_POINTS else ""
    counts = {"count": f"{count:,}", "all": f"{scene.run.interactions.n_items:,}"}
    words = {"drawn": drawn, "last": ordinal(len(top)), "taste": TASTES[scene.taste_of]}
    return text("score_split", "distances", **counts, **words)


DISTANCES: Panel[Scene, np.ndarray] = panel(
    key="distances",
    heading="Short-term and long-term distance",
    record=lambda scene, k=None: scene.ranking.top(length(scene, k)),
    figure=short_against_long,
    sentence=lambda scene, top: stays_sentence(scene, len(top)),
    table=all_distances,
    guide=distances_guide,
    label="short-term and long-term distance of every candidate",
    lacks=lambda scene: "" if scene.has_taste else ONLY_SHORT,
)


def no_curves(scene: Scene) -> str:
    if scene.has_taste and scene.ranking.candidates.any():
        return ""
    return curves_of(scene.moment, length(scene)).sentence


RANK_CURVES: Panel[Scene, RankCurves] = panel(
    key="rank_curves",
    heading="Rank of each item for every ω",
    record=lambda scene, k=None: curves_of(scene.moment, length(scene, k)),
    picture="curves",
    sends=rank_curves.drawn_curves,
    sentence=rank_curves.leads_sentence,
    table=rank_curves.table,
    guide=text("score_split", "rank_curves"),
    note=lambda scene, record: (
        f"{record.sentence} The model was trained with ω = {number(record.trained)}; any other ω is a what-if."
    ),
    label=lambda scene, record: rank_curves.label(record),
    lacks=no_curves,
)


PANELS = (SCORE_SPLIT, DISTANCES, RANK_CURVES)
