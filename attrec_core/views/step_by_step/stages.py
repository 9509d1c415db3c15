"""How does a number come out? Every stage from the window to a rank, with the formula of one cell worked out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.views.drawing.theme import number
from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step import formulas
from attrec_core.views.step_by_step.grids import dims_grid, followed, pairs_grid, plain_grid, weights_grid
from attrec_core.views.step_by_step.outcome import outcome
from attrec_core.views.step_by_step.records import Cell, Head, Stage

POOLS = {
    "mean": r"m_c = \tfrac{1}{n}\textstyle\sum_i a_{ic} = \sum_j w_j\, x_{jc}",
    "sum": r"m_c = \textstyle\sum_i a_{ic} = \sum_j w_j\, x_{jc}",
    "max": r"m_c = \max_i\, a_{ic}",
    "min": r"m_c = \min_i\, a_{ic}",
}


def stages(scene: Scene) -> tuple[Stage, ...]:
    """In the order in which they are computed, which the mask decides."""
    cell = followed(scene)
    return (*vectors(scene, cell), *looking(scene, cell), *summing(scene, cell), *outcome(scene, cell))


def vectors(scene: Scene, cell: Cell) -> list[Stage]:
    """X → TE → X + TE → Q' and K'. Eq. 1 to 3."""
    trace, config, (i, c) = scene.trace, scene.moment.config, (cell.row, cell.dim)
    values, wave = trace.values.astype(float), trace.signal.astype(float)
    x, t = f"x_{{{i + 1},{c + 1}}}", float(wave[i, c])
    where = int(trace.places[i])
    off = "" if config.time_signal else " It is switched off here: all zeros."
    return [
        Stage(
            "values",
            symbol="X",
            name="The recent items, X",
            sentence="Each item of the window is a row of learned numbers, oldest item first. The same rows "
            "come back as the "
            "values at stage a.",
            formula=r"x_i = \text{row of item } i,\quad \lVert x_i \rVert = \sqrt{\textstyle\sum_c x_{ic}^2}",
            grid=dims_grid(scene, cell, trace.values, both=True),
            worked=formulas.norm(x, f"x_{{{i + 1}}}", values[i], c),
        ),
        Stage(
            "signal",
            symbol=r"\mathrm{TE}",
            name="The time signal, TE",
            sentence=f"Waves that depend on nothing but the place p, so that order can matter: "
            f"{places_said(scene)}. They are "
            f"added for looking only: the values never carry them.{off}",
            formula=r"t_{ic} = \begin{cases} \sin(p_i / 10000^{(c-1)/d}) & c \text{ odd} \\ "
            r"\cos(p_i / 10000^{(c-2)/d}) & c \text{ even} \end{cases}",
            grid=dims_grid(scene, cell, trace.signal, both=True),
            worked=formulas.signal(i, c, where, config.dim, t, config.time_signal),
        ),
        Stage(
            "placed",
            symbol=r"X + \mathrm{TE}",
            name="What and where, X + TE",
            sentence="An item and its place, added up: what it looks with, and what it is looked at by.",
            formula=r"z_{ic} = x_{ic} + t_{ic}",
            grid=dims_grid(scene, cell, trace.values + trace.signal, both=True),
            worked=formulas.placed(i, c, float(values[i, c]), t),
        ),
        *projections(scene, cell, (values + wave)),
    ]


def places_said(scene: Scene) -> str:
    """Which p the items of this window have: a short window stands at the end of a full one."""
    first, last, full = int(scene.trace.places[0]), int(scene.trace.places[-1]), scene.moment.config.window
    if len(scene.window) == full:
        return f"p = {first} for the oldest item, {last} for the latest" if full > 1 else "p = 0 for the only item"
    here = f"the only item here has p = {last}" if first == last else f"here p goes from {first} to {last}"
    return f"the latest of {full} items has p = {full - 1}; this window is shorter, so {here}"


def projections(scene: Scene, cell: Cell, placed: np.ndarray) -> list[Stage]:
    """Q' and K', which are one stage where they share W. Eq. 3."""
    trace, shared, c = scene.trace, scene.moment.config.shared_projection, cell.dim
    matrix = scene.run.arrays["projection"][:, c].astype(float)
    query = Stage(
        "query",
        symbol="Q' = K'" if shared else "Q'",
        name="Through W and ReLU, Q' = K'" if shared else "What each item looks for, Q'",
        sentence="A learned matrix W turns each row into a query, what the item looks for, and a key, what it "
        "is found by. "
        "Query and key share W, so they are the same. Negative numbers become 0."
        if shared
        else "A learned matrix W turns each row into a query, what the item looks for. Negative numbers become 0.",
        formula=r"q_{ic} = \mathrm{ReLU}\bigl(\textstyle\sum_b z_{ib} W_{bc}\bigr)"
        + (r",\quad k_{ic} = q_{ic}" * shared),
        grid=dims_grid(scene, cell, trace.query, both=shared, signed=False),
        worked=formulas.projected(
            f"q_{{{cell.row + 1},{c + 1}}}", placed[cell.row], matrix, float(trace.query[cell.row, c])
        ),
    )
    if shared:
        return [query]
    own = scene.run.arrays["key_projection"][:, c].astype(float)
    key = Stage(
        "key",
        symbol="K'",
        name="What each item is found by, K'",
        sentence="The key has a matrix of its own in this model.",
        formula=r"k_{jc} = \mathrm{ReLU}\bigl(\textstyle\sum_b z_{jb} W^K_{bc}\bigr)",
        grid=dims_grid(scene, cell, trace.key, rows_are="column", signed=False),
        worked=formulas.projected(
            f"k_{{{cell.column + 1},{c + 1}}}", placed[cell.column], own, float(trace.key[cell.column, c])
        ),
    )
    return [query, key]


def looking(scene: Scene, cell: Cell) -> list[Stage]:
    """Scores → mask → softmax, or the mask last, or none. Eq. 4."""
    trace, mask, (i, j) = scene.trace, scene.moment.config.mask, (cell.row, cell.column)
    count = len(scene.window)
    query, key, nowhere = trace.query.astype(float), trace.key.astype(float), np.zeros_like(trace.masked)
    shared = " With one W for both it is the same both ways." if scene.moment.config.shared_projection else ""
    masked_scores = np.where(trace.masked, -np.inf, trace.scores)
    entering = (masked_scores if mask == "before" else trace.scores).astype(float)
    sign, source = (r"\tilde s", "") if mask == "after" else ("s", "'" * (mask == "before"))
    scores = Stage(
        "scores",
        symbol=r"\text{scores}",
        name="Scores",
        sentence=f"How well what the row looks for fits what the column is found by. Rows look, columns are "
        f"looked at.{shared}",
        formula=r"\mathrm{score}_{ij} = \tfrac{1}{\sqrt d}\textstyle\sum_c q_{ic}\, k_{jc}",
        grid=pairs_grid(scene, cell, trace.scores, nowhere),
        worked=formulas.score(i, j, cell.dim, query[i], key[j], float(trace.scores[i, j])),
    )
    softmax = Stage(
        "softmax",
        symbol=r"\text{softmax}",
        name="Softmax" if mask == "after" else "Softmax: the weights",
        sentence="Each row becomes shares of 1: the larger a score beside the others of its row, the larger its "
        "share. The "
        "largest score of the row is taken off first, which changes no share.",
        formula=rf"{sign}_{{ij}} = e^{{\mathrm{{score}}{source}_{{ij}}}} \;/\; "
        rf"\textstyle\sum_l e^{{\mathrm{{score}}{source}_{{il}}}}",
        grid=pairs_grid(scene, cell, trace.softmax, trace.masked, shared_by=max(count - 1, 1))
        if mask == "before"
        else pairs_grid(scene, cell, trace.softmax, nowhere, shared_by=count),
        worked=formulas.softmax(sign, i, j, entering[i], float(trace.softmax[i, j])),
    )
    if mask == "none":
        return [scores, softmax]
    return (
        [scores, mask_before(scene, cell, masked_scores), softmax]
        if mask == "before"
        else [scores, softmax, mask_after(scene, cell)]
    )


def mask_before(scene: Scene, cell: Cell, masked_scores: np.ndarray) -> Stage:
    trace, (i, j) = scene.trace, (cell.row, cell.column)
    return Stage(
        "mask",
        symbol=r"\text{mask}",
        name="Mask, before the softmax",
        sentence="A single item has only itself to look at, so it is not masked."
        if len(scene.window) == 1
        else "An item may not look at itself: that score becomes −∞, so the softmax gives all to the others.",
        formula=r"\mathrm{score}'_{ij} = \begin{cases} -\infty & i = j \\ \mathrm{score}_{ij} & i \ne j \end{cases}",
        grid=pairs_grid(scene, cell, masked_scores, trace.masked),
        worked=formulas.masked_score(i, j, float(trace.scores[i, j]), bool(trace.masked[i, j])),
    )


def mask_after(scene: Scene, cell: Cell) -> Stage:
    trace, (i, j), alone = scene.trace, (cell.row, cell.column), len(scene.window) == 1
    grid = pairs_grid(scene, cell, trace.weights, trace.masked, shared_by=max(len(scene.window) - 1, 1))
    return Stage(
        "mask",
        symbol=r"\text{mask}",
        name="Mask, after the softmax: the weights",
        sentence="A single item has only itself to look at, and the mask takes that away: nothing is left."
        if alone
        else "An item may not look at itself: its share is taken away and not given to the others, so a row sums to "
        "less than 1.",
        formula=r"s_{ij} = \begin{cases} 0 & i = j \\ \tilde s_{ij} & i \ne j \end{cases}",
        grid=replace(grid, level=None) if alone else grid,  # there is nobody else to share it with
        worked=formulas.masked_weight(i, j, float(trace.softmax[i, j]), trace.weights[i].astype(float)),
    )


def summing(scene: Scene, cell: Cell) -> list[Stage]:
    """Weights → their column means w, the rows of a, and m. Eq. 5 and 6."""
    trace, pool, (i, j, c) = scene.trace, scene.moment.config.aggregation, (cell.row, cell.column, cell.dim)
    weights, values = trace.weights.astype(float), trace.values.astype(float)[:, c]
    what, exact = ("sum" if pool == "sum" else "mean"), pool in ("mean", "sum")
    aside = "" if exact else f" With {pool} it does not enter m; it only tells how much each item is looked at."
    attended, intent = trace.attended[:, c].astype(float), float(trace.intent[c])
    shares = trace.column_weights.astype(float)
    how = {"mean": "the mean", "sum": "the sum", "max": "in each dimension the largest", "min": "in each the smallest"}
    return [
        Stage(
            "column_weights",
            symbol="w",
            name=f"Column {what}, w",
            sentence=f"The {what} over the rows: how much each item is looked at in all.{aside}",
            formula=rf"w_j = {r'' if what == 'sum' else chr(92) + 'tfrac{1}{n}'}\textstyle\sum_i s_{{ij}}",
            grid=weights_grid(scene, cell, trace.column_weights, 1.0 if what == "sum" else 1 / len(scene.window)),
            worked=formulas.column_weight(j, weights[:, j], float(shares[j]), what == "sum"),
        ),
        Stage(
            "attended",
            symbol="a",
            name="What each row takes over, a",
            sentence="Each row is a mixture of the items it looks at, by its weights. What is mixed are the "
            "rows of X, without "
            "the time signal.",
            formula=r"a_{ic} = \textstyle\sum_j s_{ij}\, x_{jc}",
            grid=dims_grid(scene, cell, trace.attended),
            worked=formulas.weighted(f"a_{{{i + 1},{c + 1}}}", weights[i], values, float(attended[i])),
        ),
        Stage(
            "intent",
            symbol="m",
            name="One point, m",
            sentence=f"The short-term intent: {how[pool]} of the rows of a"
            + (", which is each item times its w, added up." if exact else "."),
            formula=POOLS[pool],
            grid=plain_grid((Head("m"),), trace.intent[None], scene.run.model_config.dim),
            worked=formulas.weighted(f"m_{{{c + 1}}}", shares, values, intent)
            if exact
            else formulas.extreme(c, attended, intent, pool),
        ),
    ]


def summary(scene: Scene) -> str:
    """The way of the followed cell in one sentence."""
    trace, ranking, cell, item = scene.trace, scene.ranking, followed(scene), scene.explained
    who, whom = (f"“{scene.title(scene.window[place])}” (place {place + 1})" for place in (cell.row, cell.column))
    weight = "masked" if trace.masked[cell.row, cell.column] else number(trace.weights[cell.row, cell.column])
    sentence = (
        f"{who} looks at {whom if cell.row != cell.column else 'itself'}: score "
        f"{number(trace.scores[cell.row, cell.column])}, weight {weight}; column {cell.column + 1} has w = "
        f"{number(trace.column_weights[cell.column])}."
    )
    if item is None:
        return sentence
    return (
        f"{sentence} m lies {number(ranking.short[item])} from “{scene.title(item)}” (squared); y = "
        f"{number(ranking.blended[item], 3)}, rank {ranking.ranks[item]:g} of "
        f"{int(ranking.candidates.sum()):,}. Lower is better."
    )
