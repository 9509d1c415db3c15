"""The stages of the computation from the window to a rank, with the formula of one cell worked out in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from attrec_core.errors import number, ordinal
from attrec_core.explain.forward import Trace
from attrec_core.explain.wording import letter
from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step import formulas, sasrec_stages
from attrec_core.views.step_by_step.grids import (
    TITLE,
    attends,
    dims_grid,
    extent_said,
    followed,
    item_head,
    pairs_grid,
    plain_grid,
    weights_grid,
)
from attrec_core.views.step_by_step.records import Cell, Grid, Head, Stage, Worked

FIRST_RANKS = 3  # number of ranks that the rank stage always shows
REMEMBERED = 8  # items of a taste with a row of their own, the latest; the others share one
SHARES = "Before a title the item's age, the number of newer items; at the end of a row its share c"


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
        *([taste(scene, cell)] if scene.moment.config.remembers else []),
        *([] if item is None else [distance(scene, item), rank(scene, item)]),
    )


def open_stage(steps: Sequence[Stage], wanted: str | None) -> int:
    """Returns the index of the wanted stage, by default of the first. Without a mask its stage is gone: the softmax is
    shown instead, where the mask is switched."""
    keys = [step.key for step in steps]
    if wanted == "mask" and wanted not in keys:
        wanted = "softmax"
    return keys.index(wanted) if wanted in keys else 0


def vectors(scene: Scene, trace: Trace, cell: Cell) -> list[Stage]:
    """X → TE → X + TE. Eq. 1 and 2."""
    config, (i, c), grid = scene.moment.config, (cell.row, cell.dim), partial(dims_grid, scene, cell, both=True)
    x, t = float(trace.values[i, c]), float(trace.signal[i, c])
    wave = formulas.signal(i, c, int(trace.places[i]), config.dim, t, config.time_signal)
    off = "" if config.time_signal else " It is switched off here, so all are 0."
    return [
        Stage.of("values", grid(trace.values), formulas.norm("x", i, c, trace.values[i])),
        Stage.of("signal", grid(trace.signal), wave, positions=positions(scene), off=off),
        Stage.of("placed", grid(trace.values + trace.signal), formulas.placed(i, c, x, t)),
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
    shared, placed = scene.moment.config.shared_projection, trace.values + trace.signal

    def projected(symbol: str, place: int, matrix: str, table: np.ndarray) -> Worked:
        column, c = scene.run.weights[matrix][:, cell.dim].astype(float), cell.dim
        return formulas.projected(
            f"{symbol}_{{{letter(place)},{c + 1}}}", placed[place], column, float(table[place, c])
        )

    grid = dims_grid(scene, cell, trace.query, both=shared, signed=False)
    worked = projected("q", cell.row, "projection", trace.query)
    if shared:
        return [Stage.of("query", grid, worked, section="query and key")]
    key_grid = dims_grid(scene, cell, trace.key, rows_are="column", signed=False)
    key_worked = projected("k", cell.column, "key_projection", trace.key)
    return [Stage.of("query", grid, worked), Stage.of("key", key_grid, key_worked)]


def attention(scene: Scene, trace: Trace, cell: Cell) -> list[Stage]:
    """Scores → mask → softmax; or scores → softmax → mask; or no mask. Eq. 4."""
    config, count, (i, j) = scene.moment.config, len(scene.window), (cell.row, cell.column)
    no_mask, before = np.zeros_like(trace.masked), config.mask == "before"
    after = config.mask == "after" and config.masks(count)
    entering = np.where(trace.masked, -np.inf, trace.scores) if before else trace.scores
    score, share = float(trace.scores[i, j]), float(trace.softmax[i, j])
    grid, alone = partial(pairs_grid, scene, cell), ", one item" if count == 1 else ""
    scores = Stage.of(
        "scores",
        grid(trace.scores, no_mask),
        formulas.score(i, j, cell.dim, trace.query[i], trace.key[j], score),
        shared=" With one W for both, the matrix is symmetric." if config.shared_projection else "",
    )
    masked, shared_by = (trace.masked, max(count - 1, 1)) if before else (no_mask, count)
    sign = r"\tilde s" if after else "s"
    softmax = Stage.of(
        "softmax",
        grid(trace.softmax, masked, shared_by=shared_by),
        formulas.softmax(sign, i, j, entering[i], share),
        of_weights="" if after else ": attention weights",
        share=sign,
        score=r"\mathrm{score}'" if before else r"\mathrm{score}",
    )
    since = formulas.on_diagonal(i, j)
    if before:
        is_masked = bool(trace.masked[i, j])
        worked = formulas.masked_score(i, j, score, is_masked, since if is_masked or i != j else "")
        return [scores, Stage.of("mask", grid(entering, trace.masked), worked, section=f"mask before{alone}"), softmax]
    if after:
        left = grid(trace.weights, trace.masked, shared_by=count)
        left = replace(left, level=None) if alone else left  # there is no other item to attend to
        worked = formulas.masked_weight(i, j, share, trace.weights[i])
        return [scores, softmax, Stage.of("mask", left, worked, section=f"mask after{alone}")]
    return [scores, softmax]


def pooling(scene: Scene, trace: Trace, cell: Cell) -> list[Stage]:
    """Weights → the average attention w, the rows of a, and m. Eq. 5 and 6."""
    config, (i, j, c), shares = scene.moment.config, (cell.row, cell.column, cell.dim), trace.column_weights
    pool, is_total = config.aggregation, config.aggregation == "sum"
    exact, weights, values = pool in ("mean", "sum"), trace.weights, trace.values[:, c]
    attended, intent, level = trace.attended[:, c], float(trace.intent[c]), scene.moment.attention.uniform_column
    columns = weights_grid(scene, cell, (Head("w"),), shares[None], np.zeros((1, len(shares)), bool), level)
    return [
        Stage.of(
            "column_weights",
            replace(columns, level_name="uniform in total" if is_total else "uniform on average"),
            formulas.column_weight(j, weights[:, j], float(shares[j]), is_total),
            section="total attention" if is_total else "average attention",
            unused="" if exact else f" With {pool} pooling, m does not use it.",
        ),
        Stage.of(
            "attended",
            dims_grid(scene, cell, trace.attended),
            formulas.weighted(f"a_{{{letter(i)},{c + 1}}}", weights[i], values, float(attended[i])),
        ),
        Stage.of(
            "intent",
            plain_grid((Head("m"),), trace.intent[None]),
            formulas.weighted(f"m_{{{c + 1}}}", shares, values, intent)
            if exact
            else formulas.extreme(c, attended, intent, pool),
            section=pool,
        ),
    ]


def taste(scene: Scene, cell: Cell) -> Stage:
    """The stage of a taste from items, which is not the paper's: its items oldest first, the user's own vector if there
    is one, and U, which is the sum of the rows above it, each times its share."""
    memory, point, table = scene.moment.memory, scene.moment.taste, scene.run.weights["item_long"]
    assert memory is not None and point is not None  # a window is never empty
    vectors, shares = table[memory.items].astype(float), memory.shares.astype(float)
    first = len(shares) - REMEMBERED if len(shares) > REMEMBERED + 1 else 0  # the first item with a row of its own
    rows, ends = [*vectors[first:]], [*shares[first:]]
    kept = zip(memory.items[first:].tolist(), memory.ages[first:].tolist(), strict=True)
    heads = [Head(f"{age} · {scene.title(item)}"[:TITLE], id=scene.item_id(item)) for item, age in kept]
    if first:
        share = float(shares[:first].sum())
        rows, ends = [shares[:first] @ vectors[:first] / share, *rows], [share, *ends]
        heads = [Head(f"{first} earlier items, their mean by c"), *heads]
    if memory.own is not None:
        rows, ends = [*rows, memory.own.astype(float)], [*ends, memory.own_share]
        heads = [*heads, Head("F, the user's own vector")]
    grid = plain_grid((*heads, Head("U")), np.array([*rows, point]))
    cut = f"{extent_said(table.shape[1])}. {SHARES}{'' if memory.own is None else ', of F β'}."
    values = np.array(rows)[:, cell.dim]
    return Stage.of(
        "taste",
        replace(grid, ends=np.array([*ends, 1.0]), end_name="c", end_digits=3, cut=cut),
        formulas.weighted(f"U_{{{cell.dim + 1}}}", np.array(ends), values, float(point[cell.dim])),
        section="taste from items" if memory.own is None else "taste from both",
        half_life=f"{scene.moment.config.half_life:g}",
        alone=" Somebody new has no vector of their own." if scene.moment.config.taste == "both" else "",
    )


def distance(scene: Scene, item: int) -> Stage:
    """The stage of the total distance: of each part a row for the point, the item, and the squared differences."""
    arrays, ranking, taste, title = scene.run.weights, scene.ranking, scene.moment.taste, scene.title(item)
    parts = [("m", "m", "X", scene.trace.intent, arrays["item_short"], ranking.short)]
    if taste is not None and ranking.long is not None:
        parts.append(
            ("U", f"U of {scene.who}" if scene.has_person else "U", "V", taste, arrays["item_long"], ranking.long)
        )
    heads: list[Head] = []
    rows: list[np.ndarray] = []
    worked: list[Worked] = []
    for point_name, name, item_name, vector, table, distances in parts:
        point, row = vector.astype(float), table[item].astype(float)
        heads += [
            Head(name),
            Head(f"{item_name} of {title[:TITLE]}", id=scene.item_id(item)),
            Head(f"({point_name} − {item_name})²"),
        ]
        rows += [point, row, (point - row) ** 2]
        symbol = rf"\lVert {point_name} - {item_name}_e \rVert^2"
        worked.append(formulas.distance(symbol, point, row, float(distances[item])))
    ends = [row.sum() if index % 3 == 2 else np.linalg.norm(row) for index, row in enumerate(rows)]
    value, has_taste = float(ranking.blended[item]), len(parts) == 2
    if has_taste:
        worked.append(formulas.blend(ranking.long_weight, worked[1].value, worked[0].value, value))
    lines = [line for part in worked for line in part.lines] + ([] if has_taste else [rf"y_e = {formulas.tex(value)}"])
    return Stage.of(
        "distance",
        plain_grid(tuple(heads), np.array(rows), np.array(ends)),
        Worked("y_e", tuple(lines), tuple(terms for part in worked for terms in part.sums), value),
        section="distance with a taste" if has_taste else "distance",
        title=title,
        taste="the long-term taste U" if scene.moment.config.remembers else "the user vector U",
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
    nearer, as_near = int((rival_distances < y[item]).sum()), int((rival_distances == y[item]).sum())
    grid = Grid(
        tuple(item_head(scene, row_item) for row_item in listed),
        columns=tuple(map(Head, parts)),
        values=values,
        masked=np.zeros(values.shape, bool),
        ends=ranking.ranks[listed],
        end_name="rank",
        signed=False,
        across="parts of y →",
        cut=f"The first {FIRST_RANKS} ranks, the explained item and its neighbours.",
    )
    worked = formulas.rank(nearer, as_near, float(ranking.ranks[item]))
    return Stage.of("rank", grid, worked, count=f"{int(ranking.candidates.sum()):,}", caveat=caveat)


def summary(scene: Scene) -> str:
    """States the numbers from the followed cell to the rank."""
    if not scene.run.explains:
        return sasrec_stages.summary(scene)
    trace, ranking, cell, item = scene.trace, scene.ranking, followed(scene), scene.explained
    at, w = (cell.row, cell.column), number(trace.column_weights[cell.column])
    weight = "masked" if trace.masked[at] else number(trace.weights[at])
    scored = f"score {number(trace.scores[at])}, weight {weight}; column {letter(cell.column)} has w = {w}"
    sentence = f"{attends(scene, cell)}: {scored}."
    if item is None:
        return sentence
    short, total = number(ranking.short_and_long([item])[0][0]), number(ranking.distance(item), 3)
    ranked = f"{ordinal(ranking.rank(item))} of {int(ranking.candidates.sum()):,}. Lower is better."
    distances = f"The squared distance from m to “{scene.title(item)}” is {short}; the total distance is y = {total}"
    return f"{sentence} {distances}, {ranked}"


def table(steps: Sequence[Stage]) -> pd.DataFrame:
    """A table of all stages with a row for each row of each matrix. Columns 1, 2, … are the columns of the stage's
    matrix, and `columns` names them; a masked cell is empty, not 0."""
    tables = []
    for step in steps:
        grid = step.grid
        values = np.where(grid.masked, np.nan, grid.values.astype(float)).round(4)
        rows = pd.DataFrame(values, columns=[str(c + 1) for c in range(values.shape[1])])
        rows.insert(0, "stage", step.name)
        rows.insert(
            1, "row", [f"{head.mark} · {head.title[:40]}" if head.mark else head.title[:40] for head in grid.rows]
        )
        rows.insert(2, "columns", columns_of(grid))
        ends = [f"{grid.end_name} = {float(end):.4g}" for end in grid.ends] or ""
        tables.append(rows.assign(**{"whole row": ends}))
    joined = pd.concat(tables, ignore_index=True)
    return joined[[*joined.columns.drop("whole row"), "whole row"]]


def columns_of(grid: Grid) -> str:
    first, last = grid.columns[0], grid.columns[-1]
    if grid.columns_are == "dim":
        return f"dimensions 1 to {last.mark}"
    if grid.columns_are == "column":
        return f"key items {first.mark} to {last.mark}"
    return ", ".join(head.title for head in grid.columns)
