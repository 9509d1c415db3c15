"""The compiled loops of a training step, written by hand: eq. 1 to 8 over the windows, forward and backward; and what
changes the rows of the tables afterwards: Adagrad, decay of untouched rows, the unit ball of eq. 9.

B windows, L positions, C = T + n candidates, targets first; d dimensions. Each row that a batch touches has a slot;
slots are numbered in the order in which rows first occur.

Why it is fast: small functions get rows as views, which the compiler turns into vector instructions; every constant has
the precision of the tables; a row of a large table is prefetched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

AFTER, BEFORE, NONE, AFTER_IF_MANY = range(4)  # where the diagonal is masked; the last: unless an item is alone
MASKS = {"after": AFTER, "before": BEFORE, "none": NONE}
AHEAD = 2  # how many rows ahead a row is prefetched
# Sums may run in any order, but NaN and ∞ are preserved: they show that training diverges.
FAST: dict[str, Any] = {
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
    "cache": True,
    "error_model": "numpy",
    "nogil": True,
}
ROW: dict[str, Any] = FAST | {"inline": "never"}


def ahead(typing: Any, table: Any, row: Any) -> Any:
    """Implements `fetch`, which prefetches a row. Rows of a large table lie far apart; each would cost a wait."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        (row_bytes, _), (_, columns) = (cgutils.unpack_tuple(builder, pair) for pair in (array.strides, array.shape))
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        start = builder.gep(builder.bitcast(array.data, byte), [builder.mul(arguments[1], row_bytes)])
        function_type = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], function_type)
        count = builder.udiv(builder.mul(columns, array.itemsize), ir.Constant(columns.type, 64))
        with cgutils.for_range(builder, builder.add(count, ir.Constant(count.type, 1))) as lines:
            line = builder.gep(start, [builder.mul(lines.index, ir.Constant(count.type, 64))])
            builder.call(prefetch, [line, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(table, types.intp), generate


# (table, row); does nothing when numba does not compile.
fetch: Any = (lambda table, row: None) if numba.config.DISABLE_JIT else intrinsic(ahead)  # type: ignore[attr-defined]


@numba.njit(**ROW)
def dot(a: np.ndarray, b: np.ndarray) -> float:
    total = a.dtype.type(0)
    for c in range(a.size):
        total += a[c] * b[c]
    return total


@numba.njit(**ROW)
def add_scaled(factor: float, row: np.ndarray, to: np.ndarray) -> None:
    for c in range(row.size):
        to[c] += factor * row[c]


@numba.njit(**FAST)
def number(rows: np.ndarray, slots: np.ndarray, order: np.ndarray, count: int) -> int:
    """Gives the next slot to each row without a slot, and writes the row into `order`. Returns the number of slots."""
    for row in rows.flat:
        if row >= 0 and slots[row] < 0:
            slots[row] = count
            order[count] = row
            count += 1
    return count


@numba.njit(**ROW)
def update(row: np.ndarray, total: np.ndarray, grad: np.ndarray, rate: float, decay: float) -> None:
    """One Adagrad step as in torch: adds the squared gradient with ℓ2 to `total`, then moves the row. `grad` becomes
    0."""
    for c in range(row.size):
        grad_c = grad[c] + decay * row[c]
        total[c] += grad_c * grad_c
        row[c] -= rate * grad_c / (math.sqrt(total[c]) + row.dtype.type(1e-10))
        grad[c] = row.dtype.type(0)


@numba.njit(**ROW)
def rest(row: np.ndarray, total: np.ndarray, rate: float, decay: float) -> None:
    """`update` for a row that the batch does not touch."""
    for c in range(row.size):
        grad_c = decay * row[c]
        total[c] += grad_c * grad_c
        row[c] -= rate * grad_c / (math.sqrt(total[c]) + row.dtype.type(1e-10))


@numba.njit(**FAST)
def adagrad(
    table: np.ndarray,
    totals: np.ndarray,
    grads: np.ndarray,
    order: np.ndarray,
    rate: float,
    decay: float,
    is_clipped: bool,
) -> None:
    """Updates the touched rows. With `is_clipped`, a row longer than 1 is then scaled to length 1, eq. 9. grads
    (K, slots, d) are 0 afterwards."""
    one = table.dtype.type(1)
    for slot in range(order.size):
        if slot + AHEAD < order.size:
            fetch(table, order[slot + AHEAD])
            fetch(totals, order[slot + AHEAD])
        for k in range(1, grads.shape[0]):
            add_scaled(one, grads[k, slot], grads[0, slot])
            grads[k, slot, :] = table.dtype.type(0)
        row = table[order[slot]]
        update(row, totals[order[slot]], grads[0, slot], rate, decay)
        if is_clipped:
            length = math.sqrt(dot(row, row))
            if length > one:
                for c in range(row.size):
                    row[c] /= length + table.dtype.type(1e-7)


@numba.njit(**FAST)
def rest_of(table: np.ndarray, totals: np.ndarray, slots: np.ndarray, rate: float, decay: float) -> None:
    """Updates the untouched rows of table and totals (N, d), whose slots (N,) are −1: with ℓ2 they shrink."""
    for i in range(table.shape[0]):
        if slots[i] < 0:
            rest(table[i], totals[i], rate, decay)


@numba.njit(**ROW)
def shrink(row: np.ndarray, total: np.ndarray, steps: float, pull: float) -> None:
    """row · (1 − pull / √total)^steps, by the first four terms of the binomial series when the rest is below 10⁻⁵."""
    one, least = row.dtype.type(1), total[0]
    for c in range(row.size):
        least = min(least, total[c])
    if steps * pull <= row.dtype.type(0.1) * math.sqrt(least):
        for c in range(row.size):
            x = pull / (math.sqrt(total[c]) + row.dtype.type(1e-10))
            third = one - (steps - one - one) * x / row.dtype.type(3)
            row[c] *= one - steps * x * (one - (steps - one) * x / row.dtype.type(2) * third)
    else:
        for c in range(row.size):
            row[c] *= (one - pull / (math.sqrt(total[c]) + row.dtype.type(1e-10))) ** steps


@numba.njit(**FAST)
def wake(table: np.ndarray, totals: np.ndarray, order: np.ndarray, latest: np.ndarray, now: int, pull: float) -> None:
    """table, totals (N, d), order (K,), latest (N,). Shrinks each row of `order` for the steps from its latest one to
    `now`. The caller then updates `latest`."""
    for k in range(order.size):
        i, upcoming = order[k], order[min(k + AHEAD, order.size - 1)]
        fetch(table, upcoming)
        fetch(totals, upcoming)
        if now > latest[i]:
            shrink(table[i], totals[i], table.dtype.type(now - latest[i]), pull)


@numba.njit(**FAST)
def unseen(
    draws: np.ndarray, users: np.ndarray, below: np.ndarray, starts: np.ndarray, ends: np.ndarray, n_items: int
) -> None:
    """Replaces each r in draws (B, n) by the r-th item that the user has not seen, in place; see `Negatives`."""
    for b in range(users.size):
        first, past = starts[users[b]], ends[users[b]]
        for k in range(draws.shape[1]):
            key, low, high = users[b] * n_items + draws[b, k], first, past
            while low < high:
                middle = (low + high) // 2
                if below[middle] <= key:
                    low = middle + 1
                else:
                    high = middle
            draws[b, k] += low - first


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
        skips = mask == AFTER or (mask == AFTER_IF_MANY and real > 1)
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
