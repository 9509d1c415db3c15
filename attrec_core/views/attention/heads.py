"""All layers and heads of a model at once: a small matrix for each, one of which the page shows large. Also any array
of attention weights, of whatever model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.errors import InputError, number, percent
from attrec_core.explain.attention import layers_and_heads
from attrec_core.explain.wording import letter, listed
from attrec_core.runs.across_users import SAME
from attrec_core.views.drawing.scripts import drawn
from attrec_core.views.moment.attention import NEARLY_ALL, AttentionRecord
from attrec_core.views.moment.attention_map import attention_map
from attrec_core.views.page_context import Scene

MOST = 64  # matrices at once; with more of them, menus choose
LATEST = 24  # items of a small matrix; of a longer window, the latest
CLOSE = 1e-3  # how far the sum of a row may be from 1, and a value below 0: weights may be float16


@dataclass(frozen=True, eq=False)
class SmallMatrix:
    """id: “2.1” for head 1 of layer 2, “2.0” for the mean of its heads."""

    id: str
    name: str
    most: str  # the letter of the item to which the last row attends most, or letters
    share: float  # how much
    weights: np.ndarray  # (n, n)
    row: int  # its layer, from 0


@dataclass(frozen=True, eq=False)
class HeadsRecord:
    label: str
    matrices: Sequence[SmallMatrix]
    columns: int
    top: float  # the attention at the end of the colour scale that all share
    causal: bool  # whether no item attends to later ones
    chosen: str

    @property
    def sentence(self) -> str:
        """In how many matrices the last item attends most to the same item."""
        (first, most), *rest = Counter(matrix.most for matrix in self.matrices).most_common()
        count = len(self.matrices)
        if not rest:
            return f"In all {count} matrices, the last item attends most to {first}."
        others = listed(sorted(name for name, _ in rest))
        return f"In {most} of {count} matrices, the last item attends most to {first}; in the others, to {others}."

    def table(self) -> pd.DataFrame:
        """The last row of each matrix, a column for each item."""
        rows = [[matrix.name, *np.round(matrix.weights[-1].astype(float), 3)] for matrix in self.matrices]
        count = len(self.matrices[0].weights)
        return pd.DataFrame(rows, columns=["last row of", *(letter(k) for k in range(count))])


def heads_of(scene: Scene) -> int:
    """Returns how many matrices there are: of each layer, its heads and their mean."""
    layers, heads = layers_and_heads(scene.run.model_config)
    return layers * (heads + 1 if heads > 1 else 1)


def heads_record(scene: Scene) -> HeadsRecord:
    moment = scene.moment
    weights = np.stack([layer.weights[0] for layer in moment.sasrec.layers])
    chosen = f"{moment.layer or len(weights)}.{moment.head or 0}"
    return record_of(weights, moment.attention.uniform, chosen, causal=True)


def record_of(weights: np.ndarray, even: float, chosen: str = "", *, causal: bool) -> HeadsRecord:
    """weights (layers, heads, n, n) → the record of them and of the mean of each layer's heads. even: a weight of the
    last row under uniform attention. chosen: an id."""
    layers, heads, _, _ = weights.shape
    matrices = []
    for layer, of_layer in enumerate(weights, 1):
        several = [of_layer.mean(0), *of_layer] if heads > 1 else of_layer
        for head, matrix in enumerate(several):
            share, of_head = float(matrix[-1].max()), f"head {head}" if head else "mean of the heads"
            name = of_head if layers == 1 else f"layer {layer}" if heads == 1 else f"layer {layer}, {of_head}"
            most = listed([letter(k) for k in np.flatnonzero(matrix[-1] >= share - SAME).tolist()], 2)
            matrices.append(SmallMatrix(f"{layer}.{head}", name, most, share, matrix[-LATEST:, -LATEST:], layer - 1))
    top = max(2 * even, *(matrix.share for matrix in matrices))
    label = "Attention of all layers and heads; rows are query items, columns key items"
    columns = heads + 1 if heads > 1 else 1
    return HeadsRecord(label, matrices, columns, 1.0 if top > NEARLY_ALL else top, causal, chosen)


def array_drawn(given: Any, titles: Sequence[str] | None) -> tuple[str, str]:
    """The SVG of weights (n, n), (heads, n, n) or (layers, heads, n, n), rows attending to columns, oldest first; and a
    sentence on them. titles: of the n items. Raises InputError for another shape, a value below 0, or a row that does
    not sum to 1."""
    weights = checked(given)
    count = weights.shape[-1]
    names = [f"item {k + 1}" for k in range(count)] if titles is None else [str(title) for title in titles]
    if len(names) != count:
        text = "There are {titles} titles, and the weights are of {count} items."
        raise InputError("other_shape", text, titles=len(names), count=count)
    causal = count > 1 and not weights[..., *np.triu_indices(count, 1)].any()
    if weights.shape[:2] != (1, 1):
        several = record_of(weights, 1 / count, causal=causal)
        return drawn("headsOnPaper", several), several.sentence
    matrix = weights[0, 0]
    record = AttentionRecord(
        weights=matrix,
        masked=np.triu(np.full((count, count), causal), 1),
        column_weights=matrix.mean(0),
        missing=0.0,
        uniform=1 / count,
        uniform_column=1 / count,
        mask="before",
        ids=range(count),
        titles=names,
    )
    best = int(record.column_weights.argmax())
    share = percent(float(record.column_weights[best]))
    return attention_map(record), f"“{names[best]}” receives the most attention: {share} on average."


def checked(given: Any) -> np.ndarray:
    """(layers, heads, n, n)"""
    weights = np.asarray(given.detach().cpu() if hasattr(given, "detach") else given)
    shape = weights.shape
    if not 2 <= weights.ndim <= 4 or shape[-1] != shape[-2] or not weights.size or weights.dtype.kind not in "fiu":
        text = "Attention weights are numbers of the shape (n, n), (heads, n, n) or (layers, heads, n, n), not {shape}."
        raise InputError("other_shape", text, shape=shape)
    weights = weights.astype(float).reshape((1,) * (4 - weights.ndim) + shape)
    sums = weights.sum(-1)
    wrong = np.argwhere((weights < -CLOSE).any(-1) | ~(np.abs(sums - 1) <= CLOSE))
    if len(wrong):
        layer, head, row = (int(place) for place in wrong[0])
        text = "Row {row} of layer {layer}, head {head} {fault}: give the weights after the softmax."
        least, total = float(weights[layer, head, row].min()), float(sums[layer, head, row])
        fault = f"holds {number(least, 3)}" if least < -CLOSE else f"sums to {number(total, 3)}, not to 1"
        raise InputError("no_attention", text, row=row + 1, layer=layer + 1, head=head + 1, fault=fault)
    return weights
