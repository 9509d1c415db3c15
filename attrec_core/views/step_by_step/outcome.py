"""The last two stages: the distance of an item from m and from the user, and its rank. Eq. 7."""

from __future__ import annotations

import numpy as np

from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step import formulas
from attrec_core.views.step_by_step.grids import TITLE, item_head, plain_grid
from attrec_core.views.step_by_step.records import Grid, Head, Stage, Worked

FIRST_RANKS = 3  # number of ranks that the rank stage always shows


def distance(scene: Scene, item: int) -> Stage:
    """The stage of the total distance. Each part has a row for the point, one for the item, and one for the squared
    differences."""
    arrays, ranking, taste, title = scene.run.weights, scene.ranking, scene.moment.taste, scene.title(item)
    parts = [("m", "m", "X", scene.trace.intent, arrays["item_short"], ranking.short)]
    if taste is not None and ranking.long is not None:
        parts.append(("U", f"U of {scene.who}", "V", taste, arrays["item_long"], ranking.long))
    heads: list[Head] = []
    rows: list[np.ndarray] = []
    worked: list[Worked] = []
    for letter, name, item_letter, vector, table, distances in parts:
        point, row = vector.astype(float), table[item].astype(float)
        heads += [
            Head(name),
            Head(f"{item_letter} of {title[:TITLE]}", id=scene.item_id(item)),
            Head(f"({letter} − {item_letter})²"),
        ]
        rows += [point, row, (point - row) ** 2]
        symbol = rf"\lVert {letter} - {item_letter}_e \rVert^2"
        worked.append(formulas.distance(symbol, point, row, float(distances[item])))
    ends = [row.sum() if index % 3 == 2 else np.linalg.norm(row) for index, row in enumerate(rows)]
    value, has_taste = float(ranking.blended[item]), len(parts) == 2
    if has_taste:
        worked.append(formulas.blend(ranking.long_weight, worked[1].value, worked[0].value, value))
    lines = [line for part in worked for line in part.lines] + ([] if has_taste else [rf"y_e = {formulas.tex(value)}"])
    formula = r"y_e = \omega\, \lVert U - V_e \rVert^2 + (1 - \omega)\, \lVert m - X_e \rVert^2"
    from_user = " and from the user vector U, weighted by ω" if has_taste else ""
    return Stage(
        "distance",
        name="Total distance, y",
        sentence=f"How far the explained item e, “{title}”, is from m{from_user}. Squared; lower is better.",
        formula=formula if has_taste else r"y_e = \lVert m - X_e \rVert^2",
        grid=plain_grid(tuple(heads), np.array(rows), np.array(ends)),
        worked=Worked(tuple(lines), tuple(terms for part in worked for terms in part.sums), value),
    )


def rank(scene: Scene, item: int) -> Stage:
    """The stage of the rank: the first ranks, the explained item, and its neighbours in the ranking."""
    ranking, y = scene.ranking, scene.ranking.blended
    order = ranking.top(len(y))
    place = int(np.searchsorted(y[order], y[item]))
    chosen = {*order[:FIRST_RANKS].tolist(), *order[max(0, place - 1) : place + 2].tolist(), item}
    listed = sorted(chosen, key=lambda row_item: (ranking.ranks[row_item], row_item != item))
    short, long = ranking.parts()
    parts = {} if ranking.long is None else {"ω long": long}
    parts |= {"(1 − ω) short": short, "y": y}
    values = np.stack(list(parts.values()), 1)[listed]
    rival_distances = y[order[order != item]]
    caveat = "" if ranking.candidates[item] else " This item is not a candidate, so its rank is the one it would have."
    return Stage(
        "rank",
        name="Rank",
        sentence=f"Of {int(ranking.candidates.sum()):,} candidates, those with a smaller y are ranked before e; an "
        f"exact tie counts half. Click a title to choose another item.{caveat}",
        formula=r"\mathrm{rank}_e = 1 + \#\{f \mid y_f < y_e\} + \tfrac{1}{2}\,\#\{f \ne e \mid y_f = y_e\}",
        grid=Grid(
            tuple(item_head(scene, row_item) for row_item in listed),
            columns=tuple(map(Head, parts)),
            values=values,
            masked=np.zeros(values.shape, bool),
            ends=ranking.ranks[listed],
            end_name="rank",
            signed=False,
            across="parts of y →",
            cut=f"The first {FIRST_RANKS} ranks, the explained item and its neighbours.",
        ),
        worked=formulas.rank(
            int((rival_distances < y[item]).sum()),
            int((rival_distances == y[item]).sum()),
            float(ranking.ranks[item]),
        ),
    )
