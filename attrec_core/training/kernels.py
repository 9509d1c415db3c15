"""The compiled loop over the windows of a training step: eq. 1 to 8, forward and backward, written by hand.

B windows, L positions, C = T + n candidates, targets first; d dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from attrec_core.training.rows import FAST, ROW, add_scaled, dot, fetch

AFTER, BEFORE, NONE = range(3)  # where the diagonal is masked
MASKS = {"after": AFTER, "before": BEFORE, "none": NONE}


@numba.njit(**ROW)
def squared_distance(a: np.ndarray, b: np.ndarray) -> float:
    total = a.dtype.type(0)
    for c in range(a.size):
        difference = a[c] - b[c]
        total += difference * difference
    return total


@numba.njit(**ROW)
def pull(factor: float, a: np.ndarray, b: np.ndarray, grad_a: np.ndarray, grad_b: np.ndarray) -> None:
    """Adds the gradient of factor / 2 · ‖a − b‖² to `grad_a` and `grad_b`."""
    for c in range(a.size):
        step = factor * (a[c] - b[c])
        grad_a[c] += step
        grad_b[c] -= step


@numba.njit(**ROW)
def relu_of_sum(projected: np.ndarray, signal: np.ndarray, to: np.ndarray) -> None:
    for c in range(to.size):
        to[c] = max(projected[c] + signal[c], to.dtype.type(0))


@numba.njit(**ROW)
def relu_back(grad: np.ndarray, activated: np.ndarray, grad_projected: np.ndarray, grad_signal: np.ndarray) -> None:
    for c in range(grad.size):
        passed = grad[c] if activated[c] > activated.dtype.type(0) else activated.dtype.type(0)
        grad_projected[c] += passed
        grad_signal[c] += passed


@numba.njit(**FAST)
def softmax(scores: np.ndarray, first: int, skips_diagonal: bool) -> None:
    """Applies the softmax to each row of scores[first:, first:] in place; a skipped diagonal becomes 0."""
    zero = scores.dtype.type(0)
    for i in range(first, scores.shape[0]):
        highest = -scores.dtype.type(math.inf)
        for j in range(first, scores.shape[0]):
            if i != j or not skips_diagonal:
                highest = max(highest, scores[i, j])
        total = zero
        for j in range(first, scores.shape[0]):
            scores[i, j] = math.exp(scores[i, j] - highest) if i != j or not skips_diagonal else zero
            total += scores[i, j]
        for j in range(first, scores.shape[0]):
            scores[i, j] /= total


@numba.njit(**FAST)
def pass_over(
    windows: np.ndarray,
    users: np.ndarray,
    candidates: np.ndarray,
    slots: Sequence[np.ndarray],
    tables: Sequence[np.ndarray],
    projected: Sequence[np.ndarray],
    signal: Sequence[np.ndarray],
    options: tuple[Any, ...],
    grads: Sequence[np.ndarray],
) -> float:
    """Returns Σ of the hinge over the windows (B, L) of one thread, eq. 1 to 8, and adds the gradients to `grads`.

    candidates (B, C): rows, −1 for a missing target. tables: X, V, U; slots: the slot of each row, by table. projected:
    X @ W of the windows' items, by slot, for query and key; signal: (L, d) @ W, for both. options: (ω, γ, mask, T,
    mean, aligned, shared). grads: of X, V, U by slot, then of `projected` and `signal`, arranged as these are.
    """
    short, long, taste = tables
    short_slot, long_slot, taste_slot = slots
    query_of, key_of, query_signal, key_signal = projected[0], projected[1], signal[0], signal[1]
    omega, margin, mask, targets, is_mean, is_aligned, is_shared = options
    grad_short, grad_long, grad_taste, grad_query, grad_key, grad_query_signal, grad_key_signal = grads
    length, count, dim = windows.shape[1], candidates.shape[1], short.shape[1]
    kind = short.dtype.type
    zero, one, two = kind(0), kind(1), kind(2)
    to_long, to_short, scale, loss = omega, one - omega, kind(1 / math.sqrt(dim)), 0.0
    query, key = np.empty((length, dim), short.dtype), np.empty((length, dim), short.dtype)
    if is_shared:
        key = query
    scores, grad_scores = np.empty((length, length), short.dtype), np.empty((length, length), short.dtype)
    shares, grad_shares = np.empty(length, short.dtype), np.empty(length, short.dtype)
    intent, grad_intent, grad_row = np.empty(dim, short.dtype), np.empty(dim, short.dtype), np.empty(dim, short.dtype)
    distances, pulls = np.empty(count, short.dtype), np.empty(count, short.dtype)
    for b in range(windows.shape[0]):
        if b + 1 < windows.shape[0]:
            fetch(taste, users[b + 1])
            for item in candidates[b + 1]:
                fetch(short, max(item, 0))
                fetch(long, max(item, 0))
        first, window, user, items = 0, windows[b], users[b], candidates[b]
        while first < length and window[first] < 0:
            first += 1
        real = length - first
        pool_weight = one / kind(real) if is_mean else one
        for i in range(first, length):
            relu_of_sum(query_of[short_slot[window[i]]], query_signal[i], query[i])
            if not is_shared:
                relu_of_sum(key_of[short_slot[window[i]]], key_signal[i], key[i])
        for i in range(first, length):
            for j in range(i if is_shared else first, length):
                scores[i, j] = dot(query[i], key[j]) * scale
                if is_shared:
                    scores[j, i] = scores[i, j]
        softmax(scores, first, mask == BEFORE and real > 1)
        skips = mask == AFTER
        intent[:] = zero
        for j in range(first, length):
            total = zero
            for i in range(first, length):
                if i != j or not skips:
                    total += scores[i, j]
            shares[j] = total * pool_weight
            add_scaled(shares[j], short[window[j]], intent)
        for c in range(count):
            pulls[c] = zero
            if items[c] >= 0:
                far = to_long * squared_distance(taste[user], long[items[c]])
                distances[c] = far + to_short * squared_distance(intent, short[items[c]])
        for t in range(targets):
            if items[t] < 0:
                continue
            for c in range(targets + (t if is_aligned else 0), count, targets if is_aligned else 1):
                hinge = distances[t] + margin - distances[c]
                if not hinge <= zero:  # NaN too
                    loss += hinge
                    pulls[t] += one
                    pulls[c] -= one
        grad_intent[:] = zero
        for c in range(count):
            if pulls[c] != zero:
                grad_far, grad_near = grad_long[long_slot[items[c]]], grad_short[short_slot[items[c]]]
                pull(two * to_long * pulls[c], taste[user], long[items[c]], grad_taste[taste_slot[user]], grad_far)
                pull(two * to_short * pulls[c], intent, short[items[c]], grad_intent, grad_near)
        for j in range(first, length):
            add_scaled(shares[j], grad_intent, grad_short[short_slot[window[j]]])
            grad_shares[j] = dot(grad_intent, short[window[j]]) * pool_weight
        for i in range(first, length):
            total = zero
            for j in range(first, length):
                if i != j or not skips:
                    total += scores[i, j] * grad_shares[j]
            for j in range(first, length):
                grad = zero if i == j and skips else grad_shares[j]
                grad_scores[i, j] = scores[i, j] * (grad - total) * scale
        for i in range(first, length):
            slot = short_slot[window[i]]
            grad_row[:] = zero
            for j in range(first, length):
                add_scaled(grad_scores[i, j] + grad_scores[j, i] if is_shared else grad_scores[i, j], key[j], grad_row)
            relu_back(grad_row, query[i], grad_query[slot], grad_query_signal[i])
            if not is_shared:
                grad_row[:] = zero
                for j in range(first, length):
                    add_scaled(grad_scores[j, i], query[j], grad_row)
                relu_back(grad_row, key[i], grad_key[slot], grad_key_signal[i])
    return loss
