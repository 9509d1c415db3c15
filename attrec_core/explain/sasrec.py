"""The forward pass of SASRec in numpy, from windows of items to the output at each position. Implementations differ:
each choice is a field of `config.Equations`, and here is what it decides. LN: layer normalisation; x: a block's input.

norm         query: Q of LN(x), K and V of x, o = LN(x) + a. before: Q, K and V of LN(x), o = x + a.
             after: Q, K and V of x, o = LN(x + a), and the output is LN(o + F(o))
residual     attended: the output is o + F(LN(o)); normed: LN(o) + F(LN(o))
input_norm   whether the sum of item and position is normalised before the first block
scaled       whether item vectors are multiplied by √d
places       latest: the last row of the positions is that of the latest item; oldest: the first row is that of the
             oldest; none: there are no positions
activation   in F, between its two matrices; `inner` is the size between them
epsilon      added to the variance in each LN; last_epsilon: in the last one
output       whether a matrix follows the heads: a = [head 1, …] W + b
final_norm   whether the output of the last block is normalised
padding      hidden: nothing attends to padding. attended: a padded position is zero before each block, so its key is
             the bias of K and its value that of V; all of them are computed as one key that counts as often
score        product or cosine with the vector of each item

`models/trained.py` is the same in torch for the defaults; a test checks that the two agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from attrec_core.config import Equations, ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.explain.forward import softmax


@dataclass(frozen=True, eq=False)
class Layer:
    """The stages of one layer: B windows, L positions, h heads of k = d / h numbers. Rows are query items."""

    inputs: np.ndarray  # (B, L, d)
    normed: np.ndarray  # (B, L, d) from which the query is made
    query: np.ndarray  # (B, h, L, k)
    key: np.ndarray  # (B, h, L, k)
    value: np.ndarray  # (B, h, L, k)
    scores: np.ndarray  # (B, h, L, L) q kᵀ / √k, before the mask
    weights: np.ndarray  # (B, h, L, L) attention
    padding: np.ndarray  # (B, h, L) attention to all padding together; 0 where padding is hidden
    attended: np.ndarray  # (B, h, L, k)
    outputs: np.ndarray  # (B, L, d) after the feed-forward network


@dataclass(frozen=True, eq=False)
class SasRecTrace:
    """Every stage from B windows of L positions to the outputs that items are compared with."""

    values: np.ndarray  # (B, L, d) the vector of each item, scaled if configured
    places: np.ndarray  # (B, L, d) or (1, L, d) the learned vector of each position
    allowed: np.ndarray  # (B, L, L) bool: key items that a query item may attend to
    layers: tuple[Layer, ...]
    asked: np.ndarray  # (B, L, d) output at each position; the last makes the recommendations


def forward(arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray) -> SasRecTrace:
    """windows (B, n) of item indices, n ≤ L, oldest first, at the right end of the L positions, possibly padded on the
    left with PADDING → all stages. Padding attends to itself, so that no row is empty."""
    count, made = windows.shape[1], config.equations
    real, diagonal = windows != PADDING, np.eye(count, dtype=bool)
    allowed = (np.tril(np.ones_like(diagonal)) & real[:, None, :]) | diagonal
    values = (
        arrays["item"][np.maximum(windows, 0)] * np.float32(config.dim**0.5 if made.scaled else 1) * real[..., None]
    )
    places = places_of(arrays, made, real)
    layers, inputs = [], values + places
    if made.input_norm:
        inputs = normed(arrays, "norm_input", inputs, made.epsilon)
    padded = config.window - real.sum(1) if made.padding == "attended" else None
    for block in range(config.layers):
        layers.append(layer(arrays, f"blocks.{block}", config, inputs, allowed, padded))
        inputs = layers[-1].outputs
    asked = normed(arrays, "norm", inputs, made.last_epsilon) if made.final_norm else inputs
    return SasRecTrace(values, places, allowed, tuple(layers), asked)


def places_of(arrays: Mapping[str, np.ndarray], made: Equations, real: np.ndarray) -> np.ndarray:
    """real (B, n) bool → (B, n, d) or (1, n, d): the vector of each position."""
    count = real.shape[1]
    if made.places == "none":
        return np.zeros((1, count, arrays["item"].shape[1]), np.float32)
    if made.places == "latest":
        return arrays["place"][-count:][None]
    return arrays["place"][np.maximum(np.cumsum(real, 1) - 1, 0)]


def layer(
    arrays: Mapping[str, np.ndarray],
    name: str,
    config: ModelConfig,
    inputs: np.ndarray,
    allowed: np.ndarray,
    padded: np.ndarray | None = None,
) -> Layer:
    """inputs (B, L, d), allowed (B, L, L) → the stages of the named layer. padded (B,): how many padded positions each
    window has beside the L, if they are attended to."""
    made, heads = config.equations, config.heads
    norm = inputs if made.norm == "after" else normed(arrays, f"{name}.norm_query", inputs, made.epsilon)
    source = norm if made.norm == "before" else inputs
    key_value = np.split(linear(arrays, f"{name}.key_value", source), 2, axis=-1)
    query, key, value = (
        part.reshape(*part.shape[:2], heads, -1).swapaxes(1, 2)
        for part in (linear(arrays, f"{name}.query", norm), *key_value)
    )
    scores = query @ key.swapaxes(-1, -2) / np.float32(query.shape[-1] ** 0.5)
    entering = np.where(allowed[:, None], scores, -np.inf)
    if padded is None:
        weights, padding = softmax(entering), np.zeros(scores.shape[:-1], scores.dtype)
        attended = weights @ value
    else:
        key_of, value_of = arrays[f"{name}.key_value.bias"].reshape(2, heads, -1)  # of one padded position
        with np.errstate(divide="ignore"):  # the logarithm of none
            counts = np.log(padded.astype(scores.dtype))[:, None, None, None]
        beside = np.einsum("bhlk,hk->bhl", query, key_of)[..., None] / np.float32(query.shape[-1] ** 0.5) + counts
        weights = softmax(np.concatenate([entering, beside], -1))
        weights, padding = weights[..., :-1], weights[..., -1]
        attended = weights @ value + padding[..., None] * value_of[:, None]
    joined = attended.swapaxes(1, 2).reshape(inputs.shape)
    if made.output:
        joined = linear(arrays, f"{name}.output", joined)
    added = joined + (norm if made.norm == "query" else inputs)
    first = normed(arrays, f"{name}.norm_{'query' if made.norm == 'after' else 'inner'}", added, made.epsilon)
    inner = linear(arrays, f"{name}.inner.3", ACTIVATIONS[made.activation](linear(arrays, f"{name}.inner.0", first)))
    if made.norm == "after":
        outputs = normed(arrays, f"{name}.norm_inner", first + inner, made.epsilon)
    else:
        outputs = inner + (first if made.residual == "normed" else added)
    return Layer(inputs, norm, query, key, value, scores, weights, padding, attended, outputs)


def gelu(inputs: np.ndarray) -> np.ndarray:
    """x Φ(x), exactly, with the normal distribution Φ."""
    from scipy.special import ndtr  # only this activation needs it

    return inputs * ndtr(inputs)


def sigmoid(inputs: np.ndarray) -> np.ndarray:
    return (np.tanh(inputs / 2) + 1) / 2


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda inputs: np.maximum(inputs, 0),
    "gelu": gelu,
    "swish": lambda inputs: inputs * sigmoid(inputs),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "none": lambda inputs: inputs,
}


def linear(arrays: Mapping[str, np.ndarray], name: str, inputs: np.ndarray) -> np.ndarray:
    return inputs @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]


def normed(arrays: Mapping[str, np.ndarray], name: str, inputs: np.ndarray, epsilon: float) -> np.ndarray:
    """(…, d) → vectors normalised to mean 0 and variance 1, then scaled and shifted. epsilon: added to the variance."""
    centred = inputs - inputs.mean(-1, keepdims=True)
    deviation = np.sqrt(np.square(centred).mean(-1, keepdims=True) + np.float32(epsilon))
    return centred / deviation * arrays[f"{name}.weight"] + arrays[f"{name}.bias"]


def distances(items: np.ndarray, config: ModelConfig, asked: np.ndarray) -> np.ndarray:
    """items (N, d), asked (…, d) → (…, N) minus their inner products, or their cosines; lower is better."""
    if config.equations.score == "cosine":
        asked, items = unit(asked), unit(items)
    return -(asked @ items.T)


def ranker(arrays: Mapping[str, np.ndarray], config: ModelConfig) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Returns the function that a ranking calls: users (B,), windows (B, L) → distances (B, N)."""
    return lambda _, windows: distances(arrays["item"], config, forward(arrays, config, windows).asked[:, -1])


def unit(vectors: np.ndarray) -> np.ndarray:
    """(…, d) → the same directions with length 1; a shorter vector than 1e-8 is not made longer than that."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32(1e-8))
