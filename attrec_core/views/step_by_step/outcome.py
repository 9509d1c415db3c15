"""The last two stages: how far an item lies from m and from the user, and which rank that is. Eq. 7."""

from __future__ import annotations

import numpy as np

from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step import formulas
from attrec_core.views.step_by_step.grids import TITLE, item_head, plain_grid
from attrec_core.views.step_by_step.records import Cell, Grid, Head, Stage, Worked

FIRST_RANKS = 3  # that the rank stage always shows


def outcome(scene: Scene, cell: Cell) -> list[Stage]:
    """Nothing where every item has been had, so that there is none to explain."""
    item = scene.explained
    return [] if item is None else [distance(scene, item), rank(scene, item)]


def distance(scene: Scene, item: int) -> Stage:
    title, taste = scene.title(item), scene.moment.taste
    formula = r"y_e = \omega\, \lVert U - V_e \rVert^2 + (1 - \omega)\, \lVert m - X_e \rVert^2"
    return Stage(
        "distance",
        symbol=r"\text{distance}",
        name="Distance, y",
        sentence=f"How far the explained item e, “{title}”, lies from m"
        + (" and from the user's long-term taste U, weighed by ω" if taste is not None else "")
        + ". Squared; lower is better.",
        formula=formula if taste is not None else r"y_e = \lVert m - X_e \rVert^2",
        grid=distance_grid(scene, item),
        worked=distance_worked(scene, item),
    )


def distance_grid(scene: Scene, item: int) -> Grid:
    """For both parts a row for the point, one for the item and one for the squared differences."""
    arrays, taste, title = scene.run.arrays, scene.moment.taste, scene.title(item)[:TITLE]
    rows = [Head("m"), Head(f"X of {title}", id=scene.item_id(item)), Head("(m − X)²")]
    tables = [scene.trace.intent, arrays["item_short"][item]]
    if taste is not None:
        rows += [Head(f"U of {scene.who}"), Head(f"V of {title}", id=scene.item_id(item)), Head("(U − V)²")]
        tables += [taste, arrays["item_long"][item]]
    filled, ends = [], []
    for point, row in zip(tables[::2], tables[1::2], strict=True):
        squares = (point - row) ** 2
        filled += [point, row, squares]
        ends += [np.linalg.norm(point), np.linalg.norm(row), squares.sum()]
    return plain_grid(tuple(rows), np.array(filled), scene.run.model_config.dim, np.array(ends))


def distance_worked(scene: Scene, item: int) -> Worked:
    """Both squared distances and their blend; y is the model's."""
    arrays, taste, ranking = scene.run.arrays, scene.moment.taste, scene.ranking
    intent, row = scene.trace.intent.astype(float), arrays["item_short"][item].astype(float)
    short, value = float(ranking.short[item]), float(ranking.blended[item])
    lines, terms = formulas.distance(r"\lVert m - X_e \rVert^2", intent, row, short)
    if taste is None or ranking.long is None:
        return Worked((*lines, rf"y_e = {formulas.tex(value)}"), ((terms, short),), value)
    long = float(ranking.long[item])
    point, row = taste.astype(float), arrays["item_long"][item].astype(float)
    more, also = formulas.distance(r"\lVert U - V_e \rVert^2", point, row, long)
    both = formulas.blend(ranking.long_weight, long, short, value)
    return Worked((*lines, *more, *both.lines), ((terms, short), (also, long), *both.sums), value)


def rank(scene: Scene, item: int) -> Stage:
    ranking = scene.ranking
    nearer, as_near = beaten_by(scene, item)
    out = "" if ranking.candidates[item] else " This one does not compete, so its rank is the one it would have."
    grid = rank_grid(scene, item)
    return Stage(
        "rank",
        symbol=r"\text{rank}",
        name="Rank",
        sentence=f"Of {int(ranking.candidates.sum()):,} items that compete, those with a smaller y stand before "
        f"e; exact ties "
        f"count half. Choose another item by its title.{out}",
        formula=r"\mathrm{rank}_e = 1 + \#\{f \mid y_f < y_e\} + \tfrac{1}{2}\,\#\{f \ne e \mid y_f = y_e\}",
        grid=grid,
        worked=formulas.rank(nearer, as_near, float(ranking.ranks[item])),
    )


def beaten_by(scene: Scene, item: int) -> tuple[int, int]:
    """How many competitors are nearer than the item, and how many others are exactly as near."""
    ranking = scene.ranking
    others = ranking.candidates.copy()
    others[item] = False
    y = ranking.blended
    return int((y[others] < y[item]).sum()), int((y[others] == y[item]).sum())


def rank_grid(scene: Scene, item: int) -> Grid:
    """The first ranks, the item, and its neighbours in the list."""
    ranking = scene.ranking
    order = ranking.top(len(ranking.blended))
    at = int(np.searchsorted(ranking.blended[order], ranking.blended[item]))
    near = {*order[:FIRST_RANKS].tolist(), *order[max(0, at - 1) : at + 2].tolist(), item}
    listed = sorted(near, key=lambda other: (ranking.ranks[other], other != item))
    short, long = ranking.parts()
    parts = {} if ranking.long is None else {"ω long": long}
    parts |= {"(1 − ω) short": short, "y": ranking.blended}
    values = np.stack(list(parts.values()), 1)[listed]
    return Grid(
        tuple(item_head(scene, other) for other in listed),
        columns=tuple(map(Head, parts)),
        values=values,
        masked=np.zeros(values.shape, bool),
        ends=ranking.ranks[listed],
        end_name="rank",
        signed=False,
        across="parts of y →",
        cut=f"The first {FIRST_RANKS} ranks, the explained item and its neighbours.",
    )
