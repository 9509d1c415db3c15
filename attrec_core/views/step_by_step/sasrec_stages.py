"""The stages of SASRec from the window to the attention output of one head; its later stages differ from AttRec's."""

from __future__ import annotations

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.sasrec import EPSILON, Layer
from attrec_core.views.page_context import Scene
from attrec_core.views.step_by_step import formulas
from attrec_core.views.step_by_step.formulas import added, factor, products_tex, tex
from attrec_core.views.step_by_step.grids import attends, chosen_layer_and_head, dims_grid, followed, pairs_grid
from attrec_core.views.step_by_step.records import Cell, Stage, Worked


def stages(scene: Scene) -> tuple[Stage, ...]:
    """Returns the stages of the chosen layer and head; the input of the layer is the output of the layer before."""
    cell, (number_of_layer, head) = followed(scene), chosen_layer_and_head(scene)
    layer = scene.moment.sasrec.layers[number_of_layer - 1]
    return (
        *inputs(scene, cell, number_of_layer),
        *projections(scene, cell, layer),
        *attention(scene, cell, layer, head),
    )


def inputs(scene: Scene, cell: Cell, number_of_layer: int) -> list[Stage]:
    """√d E → positions → item plus position → input of the layer, if it is not the first."""
    trace, (i, c) = scene.moment.sasrec, (cell.row, cell.dim)
    values, places = trace.values[0].astype(float), trace.places.astype(float)
    entering = trace.layers[number_of_layer - 1].inputs[0].astype(float)
    symbol = f"x_{{{i + 1},{c + 1}}}"
    later = Stage(
        "inputs",
        name=f"Input of layer {number_of_layer}",
        sentence=f"The output of layer {number_of_layer - 1} at each position. It holds the item of the position and "
        "what the position attended to. From here on, a key item stands for both.",
        formula=r"x_i = \text{output of the layer before, at position } i",
        grid=dims_grid(scene, cell, entering, both=True),
        worked=formulas.norm(symbol, f"x_{{{i + 1}}}", entering[i], c),
    )
    return [
        Stage(
            "values",
            name="Recent items, √d E",
            sentence="Each recent item is a row of learned numbers, its item vector, times √d; oldest item first.",
            formula=r"e_i = \sqrt d \cdot \text{row of item } i",
            grid=dims_grid(scene, cell, values, both=True),
            worked=formulas.norm(f"e_{{{i + 1},{c + 1}}}", f"e_{{{i + 1}}}", values[i], c),
        ),
        Stage(
            "place",
            name="Positions, P",
            sentence="A learned row of numbers for each position of the window, whatever the item: so order matters.",
            formula=r"p_i = \text{row of position } i",
            grid=dims_grid(scene, cell, places, both=True),
            worked=formulas.norm(f"p_{{{i + 1},{c + 1}}}", f"p_{{{i + 1}}}", places[i], c),
        ),
        Stage(
            "placed",
            name="Item plus position, x",
            sentence="The item vector plus the row of its position: the input of the first layer. Unlike in "
            "AttRec, the position is part of what is attended to, too.",
            formula=r"x_{ic} = e_{ic} + p_{ic}",
            grid=dims_grid(scene, cell, values + places, both=True),
            worked=formulas.placed(i, c, float(values[i, c]), float(places[i, c]), "x"),
        ),
        *([later] if number_of_layer > 1 else []),
    ]


def projections(scene: Scene, cell: Cell, layer: Layer) -> list[Stage]:
    """The layer normalisation, and query, key and value of the head."""
    (number_of_layer, head), size = chosen_layer_and_head(scene), layer.query.shape[-1]
    arrays, block, (i, j, c) = scene.run.arrays, f"blocks.{number_of_layer - 1}", (cell.row, cell.column, cell.dim)
    out, dim, of_head = (head - 1) * size + c, scene.run.model_config.dim, f" Of head {head}, {size} numbers."
    entering, normed = layer.inputs[0].astype(float), layer.normed[0].astype(float)
    vectors = {
        "query": (layer.query, "query", out, normed, "q", i, "normalised row n", "Its query"),
        "key": (layer.key, "key_value", out, entering, "k", j, "row x", "Its key"),
        "value": (
            layer.value,
            "key_value",
            dim + out,
            entering,
            "v",
            j,
            "row x",
            "Its value, which attention mixes",
        ),
    }
    scale, shift = (float(arrays[f"{block}.norm_query.{part}"][c]) for part in ("weight", "bias"))
    result = [
        Stage(
            "normed",
            name="Layer normalisation, n",
            sentence="Each row is shifted and scaled to mean 0 and variance 1. Then each dimension is scaled and "
            "shifted by learned numbers. Only the query uses the result; keys and values use x itself.",
            formula=r"n_{ic} = g_c\,(x_{ic} - \bar x_i) / \sqrt{\mathrm{var}(x_i) + 10^{-5}} + h_c",
            grid=dims_grid(scene, cell, normed),
            worked=norm_worked(i, c, entering[i], scale, shift, float(normed[i, c])),
        )
    ]
    for key, (table, name, row, source, symbol, place, input_name, vector_name) in vectors.items():
        weights, bias = (arrays[f"{block}.{name}.{part}"][row].astype(float) for part in ("weight", "bias"))
        value = float(table[0, head - 1, place, c])
        letter, at = ("n", "i") if key == "query" else ("x", "j")
        result.append(
            Stage(
                key,
                name=f"{key.capitalize()}, {symbol}",
                sentence=f"{vector_name}: the {input_name} times a learned matrix, plus a learned bias.{of_head}",
                formula=rf"{symbol}_{{{at}c}} = \textstyle\sum_b {letter}_{{{at}b}} W^{symbol}_{{bc}} + h^{symbol}_c",
                grid=dims_grid(
                    scene, cell, table[0, head - 1].astype(float), rows_are="row" if key == "query" else "column"
                ),
                worked=linear(f"{symbol}_{{{place + 1},{c + 1}}}", source[place], weights, float(bias), value),
            )
        )
    return result


def attention(scene: Scene, cell: Cell, layer: Layer, head: int) -> list[Stage]:
    """Scores → causal mask → softmax → attended."""
    count, (i, j, c) = len(scene.window), (cell.row, cell.column, cell.dim)
    query, key, value, scores, weights, attended = (
        getattr(layer, name)[0, head - 1].astype(float)
        for name in ("query", "key", "value", "scores", "weights", "attended")
    )
    masked = ~scene.moment.sasrec.allowed[0]
    entering = np.where(masked, -np.inf, scores)
    return [
        Stage(
            "scores",
            name="Attention scores",
            sentence="How well the query of the row fits the key of the column.",
            formula=r"\mathrm{score}_{ij} = \tfrac{1}{\sqrt k}\textstyle\sum_c q_{ic}\, k_{jc}",
            grid=pairs_grid(scene, cell, scores, np.zeros_like(masked)),
            worked=formulas.score(i, j, c, query[i], key[j], float(scores[i, j])),
        ),
        Stage(
            "mask",
            name="Causal mask, before the softmax",
            sentence="An item attends to itself and to those before it. Scores of later items become −∞: a row must "
            "not know what came after it, since in training each row predicts the next item.",
            formula=r"\mathrm{score}'_{ij} = \begin{cases} -\infty & j > i \\ \mathrm{score}_{ij} & j \le i\end{cases}",
            grid=pairs_grid(scene, cell, entering, masked),
            worked=causal(i, j, float(scores[i, j])),
        ),
        Stage(
            "weights",
            name="Softmax: attention weights",
            sentence="Each row becomes shares that sum to 1: the larger a score, the larger its share. The "
            "uniform level is that of the last row.",
            formula=r"s_{ij} = e^{\mathrm{score}'_{ij}} \;/\; \textstyle\sum_l e^{\mathrm{score}'_{il}}",
            grid=pairs_grid(scene, cell, weights, masked, shared_by=count),
            worked=formulas.softmax("s", i, j, entering[i], float(weights[i, j])),
        ),
        Stage(
            "attended",
            name="Attention output, a",
            sentence="Each row is a mixture of the values, by the attention weights of the row.",
            formula=r"a_{ic} = \textstyle\sum_j s_{ij}\, v_{jc}",
            grid=dims_grid(scene, cell, attended),
            worked=formulas.weighted(f"a_{{{i + 1},{c + 1}}}", weights[i], value[:, c], float(attended[i, c])),
        ),
    ]


def norm_worked(i: int, c: int, row: np.ndarray, scaled: float, moved: float, value: float) -> Worked:
    mean, variance = float(row.mean()), float(row.var()) + float(EPSILON)
    line = (
        rf"n_{{{i + 1},{c + 1}}} = {tex(scaled)} \cdot ({added([tex(row[c]), tex(-mean)])}) / \sqrt{{{tex(variance)}}} "
        rf"+ {factor(moved)} = {tex(value)}"
    )
    return Worked((line,), (), value)


def linear(symbol: str, row: np.ndarray, weights: np.ndarray, bias: float, value: float) -> Worked:
    """A row (d,) times a row of the matrix (d,), plus the bias."""
    terms = np.append(row * weights, bias)
    lines = (
        rf"{symbol} = {products_tex(row, weights)} + {factor(bias)}",
        rf"= {formulas.sum_tex(terms)} = {tex(value)}",
    )
    return Worked(lines, ((terms, value),), value)


def causal(i: int, j: int, score: float) -> Worked:
    result = tex(score) + r"\text{, as it was}" if j <= i else r"-\infty"
    sign = ">" if j > i else r"\le"
    lines = (rf"\mathrm{{score}}'_{{{i + 1},{j + 1}}} = {result}", rf"\text{{since }} {j + 1} {sign} {i + 1}")
    return Worked(lines, (), score if j <= i else -np.inf)


def summary(scene: Scene) -> str:
    """States the weight of the followed cell, and the later stages, which are not shown."""
    trace, cell = scene.moment.sasrec, followed(scene)
    number_of_layer, head = chosen_layer_and_head(scene)
    layer = trace.layers[number_of_layer - 1]
    weight = number(float(layer.weights[0, head - 1, cell.row, cell.column]))
    weight = weight if trace.allowed[0, cell.row, cell.column] else "masked"
    after = (
        f"layer {number_of_layer + 1} begins with them"
        if number_of_layer < len(trace.layers)
        else "the last position, normalised again, is compared with the vector of every item by inner product"
    )
    return (
        f"{attends(scene, cell)}: weight {weight}. The stages end "
        "here. The outputs of all heads are concatenated and added to n; a feed-forward network, with its own "
        f"normalisation, adds to each position; then {after}."
    )
