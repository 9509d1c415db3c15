"""The stages of SASRec from the window to the attention output of one head; its later stages differ from AttRec's."""

from __future__ import annotations

from functools import partial
from string import Template

import numpy as np

from attrec_core.config import SASREC
from attrec_core.errors import number
from attrec_core.explain.sasrec import Layer
from attrec_core.explain.wording import letter
from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step import formulas
from attrec_core.views.step_by_step.formulas import added, factor, tex
from attrec_core.views.step_by_step.grids import attends, chosen_layer_and_head, dims_grid, followed, pairs_grid
from attrec_core.views.step_by_step.records import Cell, Grid, Stage, Worked
from attrec_core.views.texts import sections


def stages(scene: Scene) -> tuple[Stage, ...]:
    """Returns the stages of the chosen layer and head; the input of the layer is the output of the layer before."""
    cell, (number_of_layer, head) = followed(scene), chosen_layer_and_head(scene)
    layer = scene.moment.sasrec.layers[number_of_layer - 1]
    return (
        *inputs(scene, cell, number_of_layer),
        *projections(scene, cell, layer),
        *attention(scene, cell, layer, head),
    )


def stage(key: str, grid: Grid, worked: Worked, **fields: object) -> Stage:
    return Stage.of(key, grid, worked, section=f"{key} of SASRec", **fields)


def inputs(scene: Scene, cell: Cell, number_of_layer: int) -> list[Stage]:
    """√d E → positions → item plus position → input of the layer, if it is not the first."""
    trace, (i, c), grid = scene.moment.sasrec, (cell.row, cell.dim), partial(dims_grid, scene, cell, both=True)
    values, places = trace.values[0].astype(float), trace.places[0].astype(float)
    placed = formulas.placed(i, c, float(values[i, c]), float(places[i, c]), "x")
    first = [
        stage("values", grid(values), formulas.norm("e", i, c, values[i])),
        stage("place", grid(places), formulas.norm("p", i, c, places[i])),
        stage("placed", grid(values + places), placed),
    ]
    if number_of_layer == 1:
        return first
    entering = trace.layers[number_of_layer - 1].inputs[0].astype(float)
    layers = {"layer": number_of_layer, "before": number_of_layer - 1}
    worked = formulas.norm("x", i, c, entering[i])
    return [*first, stage("inputs", grid(entering), worked, **layers)]


def projections(scene: Scene, cell: Cell, layer: Layer) -> list[Stage]:
    """The layer normalisation, and query, key and value of the head."""
    (number_of_layer, head), size = chosen_layer_and_head(scene), layer.query.shape[-1]
    arrays, block, (i, j, c) = scene.run.arrays, f"blocks.{number_of_layer - 1}", (cell.row, cell.column, cell.dim)
    out, dim = (head - 1) * size + c, scene.run.model_config.dim
    entering, normed = layer.inputs[0].astype(float), layer.normed[0].astype(float)
    scale, shift = (float(arrays[f"{block}.norm_query.{part}"][c]) for part in ("weight", "bias"))
    worked = norm_worked(i, c, entering[i], scale, shift, float(normed[i, c]))
    result = [stage("normed", dims_grid(scene, cell, normed), worked)]
    for key, table, name, row, source, place in (
        ("query", layer.query, "query", out, normed, i),
        ("key", layer.key, "key_value", out, entering, j),
        ("value", layer.value, "key_value", dim + out, entering, j),
    ):
        weights, bias = (arrays[f"{block}.{name}.{part}"][row].astype(float) for part in ("weight", "bias"))
        of_head, symbol = table[0, head - 1].astype(float), f"{key[0]}_{{{letter(place)},{c + 1}}}"
        grid = dims_grid(scene, cell, of_head, rows_are="row" if key == "query" else "column")
        worked = formulas.weighted(symbol, source[place], weights, float(of_head[place, c]), float(bias))
        result.append(stage(key, grid, worked, head=head, size=size))
    return result


def attention(scene: Scene, cell: Cell, layer: Layer, head: int) -> list[Stage]:
    """Scores → causal mask → softmax → attended."""
    count, (i, j, c), grid = len(scene.window), (cell.row, cell.column, cell.dim), partial(pairs_grid, scene, cell)
    query, key, value, scores, weights, attended = (
        getattr(layer, name)[0, head - 1].astype(float)
        for name in ("query", "key", "value", "scores", "weights", "attended")
    )
    masked = ~scene.moment.sasrec.allowed[0]
    entering = np.where(masked, -np.inf, scores)
    since = rf"\text{{since }} {letter(j)}\text{{ is {'later' if j > i else 'not later'} than }} {letter(i)}"
    mixed = formulas.weighted(f"a_{{{letter(i)},{c + 1}}}", weights[i], value[:, c], float(attended[i, c]))
    return [
        stage(
            "scores",
            grid(scores, np.zeros_like(masked)),
            formulas.score(i, j, c, query[i], key[j], float(scores[i, j])),
        ),
        stage(
            "mask",
            grid(entering, masked),
            formulas.masked_score(i, j, float(scores[i, j]), j > i, since),
        ),
        stage(
            "weights",
            grid(weights, masked, shared_by=count),
            formulas.softmax("s", i, j, entering[i], float(weights[i, j])),
        ),
        stage("attended", dims_grid(scene, cell, attended), mixed),
    ]


def norm_worked(i: int, c: int, row: np.ndarray, scaled: float, moved: float, value: float) -> Worked:
    mean, variance = float(row.mean()), float(row.var()) + SASREC.epsilon
    symbol = f"n_{{{letter(i)},{c + 1}}}"
    line = (
        rf"{symbol} = {tex(scaled)} \cdot ({added([tex(row[c]), tex(-mean)])}) / \sqrt{{{tex(variance)}}} "
        rf"+ {factor(moved)} = {tex(value)}"
    )
    return Worked(symbol, (line,), (), value)


def summary(scene: Scene) -> str:
    """States the weight of the followed cell, and the later stages, which are not shown."""
    trace, cell = scene.moment.sasrec, followed(scene)
    number_of_layer, head = chosen_layer_and_head(scene)
    layer = trace.layers[number_of_layer - 1]
    weight = number(float(layer.weights[0, head - 1, cell.row, cell.column]))
    weight = weight if trace.allowed[0, cell.row, cell.column] else "masked"
    after = "the last position, normalised again, is compared with the vector of every item by inner product"
    if number_of_layer < len(trace.layers):
        after = f"layer {number_of_layer + 1} begins with them"
    end = Template(sections("step_by_step")["end of SASRec"].replace("\n", " ")).substitute(after=after)
    return f"{attends(scene, cell)}: weight {weight}. {end}"
