"""The stages of the computation from the window to a rank, with the formula of one cell worked out in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from attrec_core.errors import number, ordinal
from attrec_core.explain.attention import uniform
from attrec_core.explain.forward import Trace
from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step import formulas, sasrec_stages
from attrec_core.views.step_by_step.grids import attends, dims_grid, followed, pairs_grid, plain_grid, weights_grid
from attrec_core.views.step_by_step.outcome import distance, rank
from attrec_core.views.step_by_step.records import Cell, Grid, Head, Stage

# How m is pooled from the rows of a: in words, and as a formula.
POOLS = {
    "mean": ("the mean", r"m_c = \tfrac{1}{n}\textstyle\sum_i a_{ic} = \sum_j w_j\, x_{jc}"),
    "sum": ("the sum", r"m_c = \textstyle\sum_i a_{ic} = \sum_j w_j\, x_{jc}"),
    "max": ("in each dimension, the largest", r"m_c = \max_i\, a_{ic}"),
    "min": ("in each dimension, the smallest", r"m_c = \min_i\, a_{ic}"),
}


def stages(scene: Scene) -> tuple[Stage, ...]:
    """Returns the stages in the order of computation, which depends on the mask."""
    if not scene.run.explains:
        return sasrec_stages.stages(scene)
    cell, item = followed(scene), scene.explained
    # In float64, so that the terms of a formula add up on screen.
    arrays = {name: value for name, value in vars(scene.trace).items() if getattr(value, "dtype", None) == np.float32}
    trace = replace(scene.trace, **{name: value.astype(float) for name, value in arrays.items()})
    return (
        *vectors(scene, trace, cell),
        *projections(scene, trace, cell),
        *attention(scene, trace, cell),
        *pooling(scene, trace, cell),
        *([] if item is None else [distance(scene, item), rank(scene, item)]),
    )


def vectors(scene: Scene, trace: Trace, cell: Cell) -> list[Stage]:
    """X → TE → X + TE. Eq. 1 and 2."""
    config, (i, c) = scene.moment.config, (cell.row, cell.dim)
    x, t = float(trace.values[i, c]), float(trace.signal[i, c])
    off_note = "" if config.time_signal else " It is switched off here, so all are 0."
    return [
        Stage(
            "values",
            name="Recent items, X",
            sentence="Each recent item is a row of learned numbers, its item vector; oldest item first. The attention "
            "output uses these same rows as its values.",
            formula=r"x_i = \text{row of item } i,\quad \lVert x_i \rVert = \sqrt{\textstyle\sum_c x_{ic}^2}",
            grid=dims_grid(scene, cell, trace.values, both=True),
            worked=formulas.norm(f"x_{{{i + 1},{c + 1}}}", f"x_{{{i + 1}}}", trace.values[i], c),
        ),
        Stage(
            "signal",
            name="Time signal, TE",
            sentence=f"Waves that depend only on the position p, so that order matters: {positions(scene)}. They enter "
            f"queries and keys only, never the values.{off_note}",
            formula=r"t_{ic} = \begin{cases} \sin(p_i / 10000^{(c-1)/d}) & c \text{ odd} \\ "
            r"\cos(p_i / 10000^{(c-2)/d}) & c \text{ even} \end{cases}",
            grid=dims_grid(scene, cell, trace.signal, both=True),
            worked=formulas.signal(i, c, int(trace.places[i]), config.dim, t, config.time_signal),
        ),
        Stage(
            "placed",
            name="Item plus position, X + TE",
            sentence="The item vector plus the time signal of its position: what queries and keys are made of.",
            formula=r"z_{ic} = x_{ic} + t_{ic}",
            grid=dims_grid(scene, cell, trace.values + trace.signal, both=True),
            worked=formulas.placed(i, c, x, t),
        ),
    ]


def positions(scene: Scene) -> str:
    """Returns the positions p of this window's items in words: a short window has the last positions of a full one."""
    first, last, full = int(scene.trace.places[0]), int(scene.trace.places[-1]), scene.moment.config.window
    if len(scene.window) == full:
        return f"p = {first} for the oldest item, {last} for the latest" if full > 1 else "p = 0 for the only item"
    extent = f"the only item here has p = {last}" if first == last else f"here p goes from {first} to {last}"
    return f"the latest of {full} items has p = {full - 1}; this window is shorter, so {extent}"


def projections(scene: Scene, trace: Trace, cell: Cell) -> list[Stage]:
    """Q' and K', in one stage if they share W. Eq. 3."""
    shared, (i, j, c) = scene.moment.config.shared_projection, (cell.row, cell.column, cell.dim)
    placed, matrix = trace.values + trace.signal, scene.run.weights["projection"][:, c].astype(float)
    query = Stage(
        "query",
        name="Query and key, Q' = K'" if shared else "Query, Q'",
        sentence="A learned matrix W turns each row into a query"
        + (" and a key. Both share W, so they are the same. " if shared else ". ")
        + "Negative numbers become 0 (ReLU).",
        formula=r"q_{ic} = \mathrm{ReLU}\bigl(\textstyle\sum_b z_{ib} W_{bc}\bigr)"
        + (r",\quad k_{ic} = q_{ic}" * shared),
        grid=dims_grid(scene, cell, trace.query, both=shared, signed=False),
        worked=formulas.projected(f"q_{{{i + 1},{c + 1}}}", placed[i], matrix, float(trace.query[i, c])),
    )
    if shared:
        return [query]
    key_matrix = scene.run.weights["key_projection"][:, c].astype(float)
    key = Stage(
        "key",
        name="Key, K'",
        sentence="This model has a second learned matrix for the key.",
        formula=r"k_{jc} = \mathrm{ReLU}\bigl(\textstyle\sum_b z_{jb} W^K_{bc}\bigr)",
        grid=dims_grid(scene, cell, trace.key, rows_are="column", signed=False),
        worked=formulas.projected(f"k_{{{j + 1},{c + 1}}}", placed[j], key_matrix, float(trace.key[j, c])),
    )
    return [query, key]


def attention(scene: Scene, trace: Trace, cell: Cell) -> list[Stage]:
    """Scores → mask → softmax; or scores → softmax → mask; or no mask. Eq. 4."""
    config, count, (i, j) = scene.moment.config, len(scene.window), (cell.row, cell.column)
    no_mask, before = np.zeros_like(trace.masked), config.mask == "before"
    shared = " With one W for both, the matrix is symmetric." if config.shared_projection else ""
    entering = np.where(trace.masked, -np.inf, trace.scores) if before else trace.scores
    sign, source = r"\tilde s" if config.mask == "after" else "s", "'" * before
    scores = Stage(
        "scores",
        name="Attention scores",
        sentence="How well the query of the row fits the key of the column." + shared,
        formula=r"\mathrm{score}_{ij} = \tfrac{1}{\sqrt d}\textstyle\sum_c q_{ic}\, k_{jc}",
        grid=pairs_grid(scene, cell, trace.scores, no_mask),
        worked=formulas.score(i, j, cell.dim, trace.query[i], trace.key[j], float(trace.scores[i, j])),
    )
    softmax = Stage(
        "softmax",
        name="Softmax" if config.mask == "after" else "Softmax: attention weights",
        sentence="Each row becomes shares that sum to 1: the larger a score, the larger its share. The largest score "
        "of the row is subtracted first, which changes no share.",
        formula=rf"{sign}_{{ij}} = e^{{\mathrm{{score}}{source}_{{ij}}}} \;/\; "
        rf"\textstyle\sum_l e^{{\mathrm{{score}}{source}_{{il}}}}",
        grid=pairs_grid(scene, cell, trace.softmax, trace.masked, shared_by=max(count - 1, 1))
        if before
        else pairs_grid(scene, cell, trace.softmax, no_mask, shared_by=count),
        worked=formulas.softmax(sign, i, j, entering[i], float(trace.softmax[i, j])),
    )
    if config.mask == "none":
        return [scores, softmax]
    if before:
        return [scores, mask_before(scene, trace, cell, entering), softmax]
    return [scores, softmax, mask_after(scene, trace, cell)]


def mask_before(scene: Scene, trace: Trace, cell: Cell, entering: np.ndarray) -> Stage:
    i, j = cell.row, cell.column
    return Stage(
        "mask",
        name="Mask, before the softmax",
        sentence="A single item has only itself to attend to, so it is not masked."
        if len(scene.window) == 1
        else "An item may not attend to itself: that score becomes −∞, so the softmax gives everything to the others.",
        formula=r"\mathrm{score}'_{ij} = \begin{cases} -\infty & i = j \\ \mathrm{score}_{ij} & i \ne j \end{cases}",
        grid=pairs_grid(scene, cell, entering, trace.masked),
        worked=formulas.masked_score(i, j, float(trace.scores[i, j]), bool(trace.masked[i, j])),
    )


def mask_after(scene: Scene, trace: Trace, cell: Cell) -> Stage:
    i, j, alone = cell.row, cell.column, len(scene.window) == 1
    grid = pairs_grid(scene, cell, trace.weights, trace.masked, shared_by=len(scene.window))
    return Stage(
        "mask",
        name="Mask, after the softmax: attention weights",
        sentence="A single item has only itself to attend to, and the mask removes that: nothing is left."
        if alone
        else "An item may not attend to itself: its share is removed and not given to the others, so a row sums to "
        "less than 1.",
        formula=r"s_{ij} = \begin{cases} 0 & i = j \\ \tilde s_{ij} & i \ne j \end{cases}",
        grid=replace(grid, level=None) if alone else grid,  # there is no other item to attend to
        worked=formulas.masked_weight(i, j, float(trace.softmax[i, j]), trace.weights[i]),
    )


def pooling(scene: Scene, trace: Trace, cell: Cell) -> list[Stage]:
    """Weights → the average attention w, the rows of a, and m. Eq. 5 and 6."""
    pool, (i, j, c) = scene.moment.config.aggregation, (cell.row, cell.column, cell.dim)
    column_pool, exact = ("sum" if pool == "sum" else "mean"), pool in ("mean", "sum")
    pool_note = "" if exact else f" With {pool} pooling, m does not use it."
    pool_name, formula = POOLS[pool]
    level = uniform(scene.moment.config, len(scene.window))[1]
    weights, shares, values = trace.weights, trace.column_weights, trace.values[:, c]
    attended, intent = trace.attended[:, c], float(trace.intent[c])
    return [
        Stage(
            "column_weights",
            name="Total attention, w" if column_pool == "sum" else "Average attention, w",
            sentence=f"The {column_pool} of each column: how much attention the item receives.{pool_note}",
            formula=("w_j = " if column_pool == "sum" else r"w_j = \tfrac{1}{n}") + r"\textstyle\sum_i s_{ij}",
            grid=replace(
                weights_grid(scene, cell, (Head("w"),), shares[None], np.zeros((1, len(shares)), bool), level),
                level_name="uniform in total" if column_pool == "sum" else "uniform on average",
            ),
            worked=formulas.column_weight(j, weights[:, j], float(shares[j]), column_pool == "sum"),
        ),
        Stage(
            "attended",
            name="Attention output, a",
            sentence="Each row is a mixture of the rows of X, by the attention weights of the row; the time signal is "
            "not part of it.",
            formula=r"a_{ic} = \textstyle\sum_j s_{ij}\, x_{jc}",
            grid=dims_grid(scene, cell, trace.attended),
            worked=formulas.weighted(f"a_{{{i + 1},{c + 1}}}", weights[i], values, float(attended[i])),
        ),
        Stage(
            "intent",
            name="Short-term intent, m",
            sentence=f"One point for the whole window: {pool_name} of the rows of a"
            + (", which is the sum of the items, each times its w." if exact else "."),
            formula=formula,
            grid=plain_grid((Head("m"),), trace.intent[None]),
            worked=formulas.weighted(f"m_{{{c + 1}}}", shares, values, intent)
            if exact
            else formulas.extreme(c, attended, intent, pool),
        ),
    ]


def summary(scene: Scene) -> str:
    """States the numbers from the followed cell to the rank."""
    if not scene.run.explains:
        return sasrec_stages.summary(scene)
    trace, ranking, cell, item = scene.trace, scene.ranking, followed(scene), scene.explained
    weight = "masked" if trace.masked[cell.row, cell.column] else number(trace.weights[cell.row, cell.column])
    sentence = (
        f"{attends(scene, cell)}: score "
        f"{number(trace.scores[cell.row, cell.column])}, weight {weight}; column {cell.column + 1} has w = "
        f"{number(trace.column_weights[cell.column])}."
    )
    if item is None:
        return sentence
    short = ranking.short_and_long([item])[0][0]
    return (
        f"{sentence} The squared distance from m to “{scene.title(item)}” is {number(short)}; the total "
        f"distance is y = {number(ranking.distance(item), 3)}, {ordinal(ranking.rank(item))} of "
        f"{int(ranking.candidates.sum()):,}. Lower is better."
    )


def table(steps: Sequence[Stage]) -> pd.DataFrame:
    """A table of all stages with a row for each row of each matrix. Columns 1, 2, … are the columns of the stage's
    matrix, and `columns` names them; a masked cell is empty, not 0."""
    tables = []
    for step in steps:
        grid = step.grid
        values = np.where(grid.masked, np.nan, grid.values.astype(float)).round(4)
        rows = pd.DataFrame(values, columns=[str(c + 1) for c in range(values.shape[1])])
        rows.insert(0, "stage", step.name)
        rows.insert(1, "row", [f"{head.at}. {head.title[:40]}" if head.at else head.title[:40] for head in grid.rows])
        rows.insert(2, "columns", columns_of(grid))
        ends = [f"{grid.end_name} = {float(end):.4g}" for end in grid.ends] or ""
        tables.append(rows.assign(**{"whole row": ends}))
    joined = pd.concat(tables, ignore_index=True)
    return joined[[*joined.columns.drop("whole row"), "whole row"]]


def columns_of(grid: Grid) -> str:
    first, last = grid.columns[0], grid.columns[-1]
    if grid.columns_are == "dim":
        return f"dimensions 1 to {last.at}"
    if grid.columns_are == "column":
        return f"key items {first.at} to {last.at}"
    return ", ".join(head.title for head in grid.columns)
