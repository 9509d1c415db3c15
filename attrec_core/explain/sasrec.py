"""The forward pass of SASRec in numpy, from windows of items to the output at each position. `models/trained.py` is the
same in torch; a test checks that the two agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.explain.forward import softmax
from attrec_core.runs.run import Run

EPSILON = np.float32(1e-5)  # added to a variance, as in torch.nn.LayerNorm


@dataclass(frozen=True, eq=False)
class Layer:
    """The stages of one layer: B windows, L positions, h heads of k = d / h numbers. Rows are query items."""

    inputs: np.ndarray  # (B, L, d)
    normed: np.ndarray  # (B, L, d) from which the query is made, and to which attention is added
    query: np.ndarray  # (B, h, L, k)
    key: np.ndarray  # (B, h, L, k)
    value: np.ndarray  # (B, h, L, k)
    scores: np.ndarray  # (B, h, L, L) q kᵀ / √k, before the mask
    weights: np.ndarray  # (B, h, L, L) attention
    attended: np.ndarray  # (B, h, L, k)
    outputs: np.ndarray  # (B, L, d) after the feed-forward network


@dataclass(frozen=True, eq=False)
class SasRecTrace:
    """Every stage from B windows of L positions to the outputs that items are compared with."""

    values: np.ndarray  # (B, L, d) √d times the vector of each item
    places: np.ndarray  # (L, d) the learned vector of each position
    allowed: np.ndarray  # (B, L, L) bool: key items that a query item may attend to
    layers: tuple[Layer, ...]
    asked: np.ndarray  # (B, L, d) output at each position; the last makes the recommendations


def forward(arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray) -> SasRecTrace:
    """windows (B, n) of item indices, n ≤ L, oldest first, at the right end of the L positions, possibly padded on the
    left with PADDING → all stages. Padding attends to itself, so that no row is empty."""
    count = windows.shape[1]
    real, diagonal = windows != PADDING, np.eye(count, dtype=bool)
    allowed = (np.tril(np.ones_like(diagonal)) & real[:, None, :]) | diagonal
    values = arrays["item"][np.maximum(windows, 0)] * np.float32(config.dim**0.5) * real[..., None]
    places = arrays["place"][-count:]
    layers, inputs = [], values + places
    for block in range(config.layers):
        layers.append(layer(arrays, f"blocks.{block}", config.heads, inputs, allowed))
        inputs = layers[-1].outputs
    return SasRecTrace(values, places, allowed, tuple(layers), normed(arrays, "norm", inputs))


def layer(arrays: Mapping[str, np.ndarray], name: str, heads: int, inputs: np.ndarray, allowed: np.ndarray) -> Layer:
    """inputs (B, L, d), allowed (B, L, L) → the stages of the named layer."""
    norm = normed(arrays, f"{name}.norm_query", inputs)
    key_value = np.split(linear(arrays, f"{name}.key_value", inputs), 2, axis=-1)
    query, key, value = (
        part.reshape(*part.shape[:2], heads, -1).swapaxes(1, 2)
        for part in (linear(arrays, f"{name}.query", norm), *key_value)
    )
    scores = query @ key.swapaxes(-1, -2) / np.float32(query.shape[-1] ** 0.5)
    weights = softmax(np.where(allowed[:, None], scores, -np.inf))
    attended = weights @ value
    added = norm + attended.swapaxes(1, 2).reshape(inputs.shape)
    hidden = np.maximum(linear(arrays, f"{name}.inner.0", normed(arrays, f"{name}.norm_inner", added)), 0)
    outputs = added + linear(arrays, f"{name}.inner.3", hidden)
    return Layer(inputs, norm, query, key, value, scores, weights, attended, outputs)


def linear(arrays: Mapping[str, np.ndarray], name: str, inputs: np.ndarray) -> np.ndarray:
    return inputs @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]


def normed(arrays: Mapping[str, np.ndarray], name: str, inputs: np.ndarray) -> np.ndarray:
    """(…, d) → vectors normalised to mean 0 and variance 1, then scaled and shifted."""
    centred = inputs - inputs.mean(-1, keepdims=True)
    deviation = np.sqrt(np.square(centred).mean(-1, keepdims=True) + EPSILON)
    return centred / deviation * arrays[f"{name}.weight"] + arrays[f"{name}.bias"]


def distances(run: Run, asked: np.ndarray) -> np.ndarray:
    """asked (…, d) → (…, N) minus the inner products with the items; lower is better."""
    return -(asked @ run.arrays["item"].T)
