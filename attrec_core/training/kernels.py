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
LEAST = 1e-30  # a share of a softmax; below, its logarithm is found otherwise
FIRST, SECOND, TINY = 0.9, 0.999, 1e-8  # β₁, β₂ and ε of Adam, as torch has them
# Sums may run in any order, but NaN and ∞ are preserved: they show that training diverges.
FAST: dict[str, Any] = {
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
    "cache": True,
    "error_model": "numpy",
    "nogil": True,
}
ROW: dict[str, Any] = FAST | {"inline": "never"}
# A loop over windows that allocates nothing: otherwise numba counts the references to each view of an array, which took
# a fifth of the loop's time.
LOOP: dict[str, Any] = FAST | {"_nrt": False}
PART: dict[str, Any] = FAST | {"inline": "always"}  # of a loop over windows, where a call would cost much of its time


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


@numba.njit(**ROW)
def copy(row: np.ndarray, to: np.ndarray) -> None:
    """Assigns a row. An assignment to a slice would compile its check of the shapes too, which takes a second."""
    for c in range(row.size):
        to[c] = row[c]


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
def clip(row: np.ndarray) -> None:
    """Scales a row longer than 1 to length 1, eq. 9."""
    length = math.sqrt(dot(row, row))
    if length > row.dtype.type(1):
        for c in range(row.size):
            row[c] /= length + row.dtype.type(1e-7)


@numba.njit(**FAST)
def collect(grads: np.ndarray, slot: int) -> None:
    """Adds the gradients of one row (K, slots, d) of all threads to that of the first; those of the others become 0."""
    for k in range(1, grads.shape[0]):
        add_scaled(grads.dtype.type(1), grads[k, slot], grads[0, slot])
        grads[k, slot, :] = grads.dtype.type(0)


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
    """Updates the touched rows and, with `is_clipped`, clips them. grads (K, slots, d) are 0 afterwards."""
    for slot in range(order.size):
        if slot + AHEAD < order.size:
            fetch(table, order[slot + AHEAD])
            fetch(totals, order[slot + AHEAD])
        collect(grads, slot)
        row = table[order[slot]]
        update(row, totals[order[slot]], grads[0, slot], rate, decay)
        if is_clipped:
            clip(row)


@numba.njit(**FAST)
def rest_of(table: np.ndarray, totals: np.ndarray, slots: np.ndarray, rate: float, decay: float) -> None:
    """Updates the untouched rows of table and totals (N, d), whose slots (N,) are −1: with ℓ2 they shrink."""
    no_grad = np.zeros_like(table[0])
    for i in range(table.shape[0]):
        if slots[i] < 0:
            update(table[i], totals[i], no_grad, rate, decay)


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


@numba.njit(**ROW)
def update_adam(
    row: np.ndarray, mean: np.ndarray, square: np.ndarray, grad: np.ndarray, decay: float, step: float, root: float
) -> None:
    """One Adam step as in torch; `grad` becomes 0. step: rate / (1 − β₁ᵗ); root: √(1 − β₂ᵗ)."""
    kind = row.dtype.type
    for c in range(row.size):
        grad_c = grad[c] + decay * row[c]
        mean[c] += kind(1 - FIRST) * (grad_c - mean[c])
        square[c] = kind(SECOND) * square[c] + kind(1 - SECOND) * grad_c * grad_c
        row[c] -= step * mean[c] / (math.sqrt(square[c]) / root + kind(TINY))
        grad[c] = kind(0)


@numba.njit(**FAST)
def adam(
    table: np.ndarray,
    means: np.ndarray,
    squares: np.ndarray,
    grads: np.ndarray,
    order: np.ndarray,
    decay: float,
    step: float,
    root: float,
    is_clipped: bool,
) -> None:
    """`adagrad`, by Adam."""
    for slot in range(order.size):
        if slot + AHEAD < order.size:
            for array in (table, means, squares):
                fetch(array, order[slot + AHEAD])
        collect(grads, slot)
        row = table[order[slot]]
        update_adam(row, means[order[slot]], squares[order[slot]], grads[0, slot], decay, step, root)
        if is_clipped:
            clip(row)


@numba.njit(**FAST)
def rest_of_adam(
    table: np.ndarray,
    means: np.ndarray,
    squares: np.ndarray,
    slots: np.ndarray,
    decay: float,
    step: float,
    root: float,
) -> None:
    """`rest_of`, by Adam: a row moves on, ever less."""
    no_grad = np.zeros_like(table[0])
    for i in range(table.shape[0]):
        if slots[i] < 0:
            update_adam(table[i], means[i], squares[i], no_grad, decay, step, root)


@numba.njit(**FAST)
def missed_steps(now: float, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns, for 0 to `most` steps up to step `now` that a row has missed, by what factor of its mean / √square and
    of the rate they move it together, and √(1 − β₂ᵗ) of the first of them.

    Step s moves it by β₁ᵏ / (1 − β₁ˢ) · √(1 − β₂ˢ) / β₂^(k / 2), with k the steps since it was touched.
    """
    factors, roots = np.zeros(most + 1), np.ones(most + 1)
    first, second, ratio = FIRST**now, SECOND**now, FIRST / math.sqrt(SECOND)
    for k in range(1, most + 1):  # the first of k missed steps is step now − k + 1
        roots[k] = math.sqrt(1 - second)
        factors[k] = ratio * (roots[k] / (1 - first) + factors[k - 1])
        first /= FIRST
        second /= SECOND
    return factors, roots


@numba.njit(**ROW)
def move_on(
    row: np.ndarray, mean: np.ndarray, square: np.ndarray, move: float, tiny: float, first: float, second: float
) -> None:
    for c in range(row.size):
        row[c] -= move * mean[c] / (math.sqrt(square[c]) + tiny)
        mean[c] *= first
        square[c] *= second


@numba.njit(**FAST)
def wake_adam(
    table: np.ndarray,
    means: np.ndarray,
    squares: np.ndarray,
    order: np.ndarray,
    latest: np.ndarray,
    now: int,
    rate: float,
    factors: np.ndarray,
    roots: np.ndarray,
) -> None:
    """`wake`, by Adam without ℓ2: moves each row of `order` as the steps since its latest one would. Only the tiny
    number in the denominator is that of the first of them."""
    kind = table.dtype.type
    for k in range(order.size):
        i, upcoming = order[k], order[min(k + AHEAD, order.size - 1)]
        for array in (table, means, squares):
            fetch(array, upcoming)
        missed = now - latest[i]
        if missed > 0:
            move, tiny = kind(rate * factors[missed]), kind(TINY * roots[missed])
            move_on(table[i], means[i], squares[i], move, tiny, kind(FIRST**missed), kind(SECOND**missed))


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


@numba.njit(**PART)
def project(
    window: np.ndarray,
    first: int,
    slots: np.ndarray,
    query_of: np.ndarray,
    key_of: np.ndarray,
    query_signal: np.ndarray,
    key_signal: np.ndarray,
    is_shared: bool,
    query: np.ndarray,
    key: np.ndarray,
) -> None:
    """Computes query and key (L, d) of a window (L,) whose items begin at position `first`, eq. 2 and 3."""
    for i in range(first, window.size):
        relu_of_sum(query_of[slots[window[i]]], query_signal[i], query[i])
        if not is_shared:
            relu_of_sum(key_of[slots[window[i]]], key_signal[i], key[i])


@numba.njit(**PART)
def attend(
    window: np.ndarray,
    first: int,
    table: np.ndarray,
    query: np.ndarray,
    key: np.ndarray,
    ways: tuple[Any, ...],
    scores: np.ndarray,
    shares: np.ndarray,
    intent: np.ndarray,
) -> None:
    """Computes m (d,) of a window, eq. 4 to 6; on the way, attention weights (L, L) and column shares (L,). ways:
    (mask, mean, shared)."""
    mask, is_mean, is_shared = ways
    length, kind = window.size, table.dtype.type
    zero, one, scale = kind(0), kind(1), kind(1 / math.sqrt(table.shape[1]))
    real = length - first
    pool_weight = one / kind(real) if is_mean else one
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
        add_scaled(shares[j], table[window[j]], intent)


@numba.njit(**PART)
def attend_back(
    window: np.ndarray,
    first: int,
    slots: np.ndarray,
    table: np.ndarray,
    query: np.ndarray,
    key: np.ndarray,
    ways: tuple[Any, ...],
    scores: np.ndarray,
    shares: np.ndarray,
    grad_intent: np.ndarray,
    grad_table: np.ndarray,
    grad_query: np.ndarray,
    grad_key: np.ndarray,
    grad_query_signal: np.ndarray,
    grad_key_signal: np.ndarray,
    grad_scores: np.ndarray,
    grad_shares: np.ndarray,
    grad_row: np.ndarray,
) -> None:
    """Adds the gradients of the rows of X, of their projections and of the projected signal, from that of m (d,).
    grad_scores (L, L), grad_shares (L,), grad_row (d,): room."""
    mask, is_mean, is_shared = ways
    length, kind = window.size, table.dtype.type
    zero, one, scale = kind(0), kind(1), kind(1 / math.sqrt(table.shape[1]))
    real = length - first
    pool_weight = one / kind(real) if is_mean else one
    skips = mask == AFTER or (mask == AFTER_IF_MANY and real > 1)
    for j in range(first, length):
        add_scaled(shares[j], grad_intent, grad_table[slots[window[j]]])
        grad_shares[j] = dot(grad_intent, table[window[j]]) * pool_weight
    for i in range(first, length):
        total = zero
        for j in range(first, length):
            if i != j or not skips:
                total += scores[i, j] * grad_shares[j]
        for j in range(first, length):
            grad = zero if i == j and skips else grad_shares[j]
            grad_scores[i, j] = scores[i, j] * (grad - total) * scale
    for i in range(first, length):
        slot = slots[window[i]]
        grad_row[:] = zero
        for j in range(first, length):
            add_scaled(grad_scores[i, j] + grad_scores[j, i] if is_shared else grad_scores[i, j], key[j], grad_row)
        relu_back(grad_row, query[i], grad_query[slot], grad_query_signal[i])
        if not is_shared:
            grad_row[:] = zero
            for j in range(first, length):
                add_scaled(grad_scores[j, i], query[j], grad_row)
            relu_back(grad_row, key[i], grad_key[slot], grad_key_signal[i])


@numba.njit(**ROW)
def drop(row: np.ndarray, is_kept: np.ndarray, scale: float) -> None:
    for c in range(row.size):
        row[c] = scale * row[c] if is_kept[c] else row.dtype.type(0)


@numba.njit(**FAST)
def remembered(history: np.ndarray, memory: np.ndarray) -> tuple[int, float]:
    """Returns how many of the latest items of a history (R,) the taste is made of, and the sum of their weights. A
    history of a training window is padded on the left alone."""
    count, total = 0, memory.dtype.type(0)
    while count < min(history.size, memory.size) and history[history.size - 1 - count] >= 0:
        total += memory[count]
        count += 1
    return count, total


@numba.njit(**PART)
def remember(
    history: np.ndarray,
    user: int,
    long: np.ndarray,
    own: np.ndarray,
    memory: np.ndarray,
    share: float,
    taste: np.ndarray,
) -> None:
    """Computes U (d,): the user's vector, or made of the items of a history (R,), or of both."""
    if memory.size:
        taste[:] = taste.dtype.type(0)
        count, total = remembered(history, memory)
        part = (taste.dtype.type(1) - share) / total
        for age in range(count):
            fetch(long, history[history.size - 1 - min(age + AHEAD, count - 1)])
            add_scaled(part * memory[age], long[history[history.size - 1 - age]], taste)
        if own.shape[0]:
            add_scaled(share, own[user], taste)
    else:
        copy(own[user], taste)


@numba.njit(**PART)
def remember_back(
    history: np.ndarray,
    user: int,
    long_slot: np.ndarray,
    own_slot: np.ndarray,
    own: np.ndarray,
    memory: np.ndarray,
    share: float,
    taste: np.ndarray,
    grad_taste: np.ndarray,
    grad_long: np.ndarray,
    grad_own: np.ndarray,
    grad_share: np.ndarray,
) -> None:
    """Adds the gradients of V, of the user's vector and of the logit of β, from that of U (d,)."""
    own_part = taste.dtype.type(1)
    if memory.size:
        count, total = remembered(history, memory)
        part, own_part = (taste.dtype.type(1) - share) / total, share
        for age in range(count):
            add_scaled(part * memory[age], grad_taste, grad_long[long_slot[history[history.size - 1 - age]]])
        if own.shape[0]:  # of U = (1 − β) I + β F by the logit of β: β (1 − β) (F − I) = β (F − U)
            grad_share[0] += share * (dot(own[user], grad_taste) - dot(taste, grad_taste))
    if own.shape[0]:
        add_scaled(own_part, grad_taste, grad_own[own_slot[user]])


@numba.njit(**PART)
def hinge(
    items: np.ndarray,
    taste: np.ndarray,
    intent: np.ndarray,
    short: np.ndarray,
    long: np.ndarray,
    short_slot: np.ndarray,
    long_slot: np.ndarray,
    omega: float,
    margin: float,
    targets: int,
    is_aligned: bool,
    distances: np.ndarray,
    pulls: np.ndarray,
    grad_taste: np.ndarray,
    grad_intent: np.ndarray,
    grad_short: np.ndarray,
    grad_long: np.ndarray,
) -> float:
    """Returns Σ of the hinge of a window, eq. 7 and 8. items (C,): the candidates, −1 for a missing target. Adds the
    gradients of U, m and the candidates. distances, pulls (C,): room."""
    count, kind, loss = items.size, taste.dtype.type, 0.0
    to_long, to_short = omega, kind(1) - omega
    for c in range(count):
        pulls[c] = kind(0)
        if items[c] >= 0:
            far = to_long * squared_distance(taste, long[items[c]])
            distances[c] = far + to_short * squared_distance(intent, short[items[c]])
    for t in range(targets):
        if items[t] < 0:
            continue
        for c in range(targets + (t if is_aligned else 0), count, targets if is_aligned else 1):
            over = distances[t] + margin - distances[c]
            if not over <= kind(0):  # NaN too
                loss += over
                pulls[t] += kind(1)
                pulls[c] -= kind(1)
    for c in range(count):
        if pulls[c] != kind(0):
            grad_far, grad_near = grad_long[long_slot[items[c]]], grad_short[short_slot[items[c]]]
            pull(kind(2) * to_long * pulls[c], taste, long[items[c]], grad_taste, grad_far)
            pull(kind(2) * to_short * pulls[c], intent, short[items[c]], grad_intent, grad_near)
    return loss


def room_of(length: int, dim: int, count: int, kind: type) -> tuple[np.ndarray, ...]:
    """Returns what a loop overwrites with each window of L items and C candidates: query and key, the gradients of the
    scores, of the column shares and of a row; and for the hinge scores, shares, U before `drop`, U and m, the gradients
    of both, distances and pulls."""
    of_window = (length, dim), (length, dim), (length, length), (length,), (dim,), (length, length), (length,)
    shapes = *of_window, *[(dim,)] * 5, (count,), (count,)
    return tuple(np.zeros(shape, kind) for shape in shapes)


@numba.njit(**LOOP)
def pass_over(
    windows: np.ndarray,
    users: np.ndarray,
    candidates: np.ndarray,
    drops: np.ndarray,
    slots: Sequence[np.ndarray],
    tables: Sequence[np.ndarray],
    projected: Sequence[np.ndarray],
    signal: Sequence[np.ndarray],
    memory: np.ndarray,
    options: tuple[Any, ...],
    grads: Sequence[np.ndarray],
    grad_share: np.ndarray,
    room: Sequence[np.ndarray],
) -> float:
    """Returns Σ of the hinge over the windows of one thread, and adds the gradients to `grads`. candidates (B, C):
    rows, −1 for a missing target; room: of `room_of`; the others as for `read` and `read_back`."""
    short, long, own = tables
    (short_slot, long_slot, own_slot), (query_of, key_of), (query_signal, key_signal) = slots, projected, signal
    omega, margin, targets, is_aligned, share, scale, ways = options
    grad_short, grad_long, grad_own, grad_query, grad_key, grad_query_signal, grad_key_signal = grads
    query, key, grad_scores, grad_shares, grad_row, scores, shares, whole_taste = room[:8]
    taste, intent, grad_taste, grad_intent, distances, pulls = room[8:]
    length, dim, loss = query_signal.shape[0], short.shape[1], 0.0
    if ways[2]:
        key = query
    if not drops.shape[1]:
        taste = whole_taste
    for b in range(windows.shape[0]):
        if b + 1 < windows.shape[0]:
            if own.shape[0]:
                fetch(own, users[b + 1])
            for item in candidates[b + 1]:
                fetch(short, max(item, 0))
                fetch(long, max(item, 0))
        history, window, user, first = windows[b], windows[b, windows.shape[1] - length :], users[b], 0
        while first < length and window[first] < 0:
            first += 1
        project(window, first, short_slot, query_of, key_of, query_signal, key_signal, ways[2], query, key)
        attend(window, first, short, query, key, ways, scores, shares, intent)
        remember(history, user, long, own, memory, share, whole_taste)
        if drops.shape[1]:
            copy(whole_taste, taste)
            drop(taste, drops[b, :dim], scale)
            drop(intent, drops[b, dim:], scale)
        grad_taste[:] = short.dtype.type(0)
        grad_intent[:] = short.dtype.type(0)
        loss += hinge(candidates[b], taste, intent, short, long, short_slot, long_slot, omega, margin, targets,
                      is_aligned, distances, pulls, grad_taste, grad_intent, grad_short, grad_long)  # fmt: skip
        if drops.shape[1]:
            drop(grad_taste, drops[b, :dim], scale)
            drop(grad_intent, drops[b, dim:], scale)
        attend_back(window, first, short_slot, short, query, key, ways, scores, shares, grad_intent,
                    grad_short, grad_query, grad_key, grad_query_signal, grad_key_signal, grad_scores, grad_shares,
                    grad_row)  # fmt: skip
        remember_back(history, user, long_slot, own_slot, own, memory, share, whole_taste, grad_taste, grad_long,
                      grad_own, grad_share)  # fmt: skip
    return loss


# A loss over windows that share their candidates reads a block of windows, and later goes back through them.


@numba.njit(**LOOP)
def read(
    windows: np.ndarray,
    users: np.ndarray,
    drops: np.ndarray,
    slots: Sequence[np.ndarray],
    tables: Sequence[np.ndarray],
    projected: Sequence[np.ndarray],
    signal: Sequence[np.ndarray],
    memory: np.ndarray,
    options: tuple[Any, ...],
    kept: Sequence[np.ndarray],
    points: np.ndarray,
    room: Sequence[np.ndarray],
) -> None:
    """Computes [U, m] of each window into points (B, 2d).

    windows (B, R): the last L items are the window; R > L for a taste from items. drops (B, 2d): which numbers of
    [U, m] are kept, times `scale`; or (B, 0). tables: X, V and the users' vectors, which may be empty; slots: the slot
    of each row, by table. projected: X @ W of the windows' items, by slot, for query and key; signal: (L, d) @ W, for
    both. memory (K,): the weight of an item in the taste by its age; empty for the users' vectors alone. options:
    (ω, γ, T, aligned, β, scale, (mask, mean, shared)). kept, for `read_back` and B windows or more: what `attend`
    computes on the way, and the taste before `drops`. room: of `room_of`.
    """
    short, long, own = tables
    share, scale, ways = options[4], options[5], options[6]
    scores, shares, tastes = kept
    short_slot, (query_of, key_of), (query_signal, key_signal) = slots[0], projected, signal
    length, dim = shares.shape[1], short.shape[1]
    query, key = room[:2]
    if ways[2]:
        key = query
    for b in range(windows.shape[0]):
        if own.shape[0] and b + 1 < windows.shape[0]:
            fetch(own, users[b + 1])
        window, first = windows[b, windows.shape[1] - length :], 0
        while first < length and window[first] < 0:
            first += 1
        project(window, first, short_slot, query_of, key_of, query_signal, key_signal, ways[2], query, key)
        attend(window, first, short, query, key, ways, scores[b], shares[b], points[b, dim:])
        remember(windows[b], users[b], long, own, memory, share, tastes[b])
        copy(tastes[b], points[b, :dim])
        if drops.shape[1]:
            drop(points[b], drops[b], scale)


@numba.njit(**LOOP)
def read_back(
    windows: np.ndarray,
    users: np.ndarray,
    drops: np.ndarray,
    slots: Sequence[np.ndarray],
    tables: Sequence[np.ndarray],
    projected: Sequence[np.ndarray],
    signal: Sequence[np.ndarray],
    memory: np.ndarray,
    options: tuple[Any, ...],
    kept: Sequence[np.ndarray],
    grad_points: np.ndarray,
    grads: Sequence[np.ndarray],
    grad_share: np.ndarray,
    room: Sequence[np.ndarray],
) -> None:
    """Adds the gradients of all that `read` has read, from those of [U, m] (B, 2d). grads: of X, V and the users'
    vectors by slot, then of `projected` and `signal`, arranged as these are; grad_share (1,): of the logit of β."""
    short, own, (scores, shares, tastes) = tables[0], tables[2], kept
    share, scale, ways = options[4], options[5], options[6]
    grad_short, grad_long, grad_own, grad_query, grad_key, grad_query_signal, grad_key_signal = grads
    (short_slot, long_slot, own_slot), (query_of, key_of), (query_signal, key_signal) = slots, projected, signal
    length, dim = shares.shape[1], short.shape[1]
    query, key, grad_scores, grad_shares, grad_row = room[:5]
    if ways[2]:
        key = query
    for b in range(windows.shape[0]):
        if b + 1 < windows.shape[0]:
            if own.shape[0]:
                fetch(grad_own, own_slot[users[b + 1]])
            for item in windows[b + 1, windows.shape[1] - length :]:
                slot = max(short_slot[max(item, 0)], 0)
                fetch(grad_short, slot)
                fetch(grad_query, slot)
        if drops.shape[1]:
            drop(grad_points[b], drops[b], scale)
        window, first = windows[b, windows.shape[1] - length :], 0
        while first < length and window[first] < 0:
            first += 1
        project(window, first, short_slot, query_of, key_of, query_signal, key_signal, ways[2], query, key)
        attend_back(window, first, short_slot, short, query, key, ways, scores[b], shares[b], grad_points[b, dim:],
                    grad_short, grad_query, grad_key, grad_query_signal, grad_key_signal, grad_scores, grad_shares,
                    grad_row)  # fmt: skip
        remember_back(windows[b], users[b], long_slot, own_slot, own, memory, share, tastes[b], grad_points[b, :dim],
                      grad_long, grad_own, grad_share)  # fmt: skip


# The softmax. Its logits are those of all candidates without ‖U‖² and ‖m‖², which change no share of a window.


@numba.njit(**FAST)
def gather(
    items: np.ndarray,
    correction: float,
    tables: Sequence[np.ndarray],
    omega: float,
    sharpness: float,
    columns: np.ndarray,
    vectors: np.ndarray,
    terms: np.ndarray,
) -> None:
    """items (S,) → columns (N,), which says where an item is among them; and vectors (S, 2d) and terms (S,), so that
    the logits of [U, m] are [U, m] · vector + term, less the correction. sharpness: 1 / τ."""
    short, long = tables[0], tables[1]
    dim, kind = short.shape[1], short.dtype.type
    to_long, to_short = omega * sharpness, (kind(1) - omega) * sharpness
    for s in range(items.size):
        fetch(short, items[min(s + AHEAD, items.size - 1)])
        fetch(long, items[min(s + AHEAD, items.size - 1)])
        columns[items[s]] = s
        far, near = long[items[s]], short[items[s]]
        for c in range(dim):
            vectors[s, c] = kind(2) * to_long * far[c]
            vectors[s, dim + c] = kind(2) * to_short * near[c]
        terms[s] = -to_long * dot(far, far) - to_short * dot(near, near) - correction


@numba.njit(**FAST)
def meet(
    columns: np.ndarray,
    targets: np.ndarray,
    points: np.ndarray,
    logits: np.ndarray,
    tables: Sequence[np.ndarray],
    omega: float,
    sharpness: float,
) -> None:
    """targets (B,), −1 for a missing one. Writes each window's logit of its target to the last column of logits
    (B, S + 1), and −∞ where the target is among the S shared items, whose columns (N,) are 0 or more."""
    short, long = tables[0], tables[1]
    dim, others, kind = short.shape[1], logits.shape[1] - 1, short.dtype.type
    to_long, to_short, two = omega * sharpness, (kind(1) - omega) * sharpness, kind(2)
    for b in range(targets.size):
        upcoming = max(targets[min(b + 1, targets.size - 1)], 0)
        fetch(short, upcoming)
        fetch(long, upcoming)
        if targets[b] < 0:
            logits[b, others] = kind(0)
            continue
        far, near = long[targets[b]], short[targets[b]]
        logit = to_long * (two * dot(points[b, :dim], far) - dot(far, far))
        logits[b, others] = logit + to_short * (two * dot(points[b, dim:], near) - dot(near, near))
        if columns[targets[b]] >= 0:
            logits[b, columns[targets[b]]] = -kind(math.inf)


@numba.njit(**FAST)
def meet_back(
    slots: Sequence[np.ndarray],
    targets: np.ndarray,
    points: np.ndarray,
    logits: np.ndarray,
    tables: Sequence[np.ndarray],
    omega: float,
    sharpness: float,
    shares: np.ndarray,
    grad_points: np.ndarray,
    grads: Sequence[np.ndarray],
) -> tuple[float, float]:
    """shares (B, S + 1): the softmax of the logits. Returns −Σ log of the targets' shares, and Σ of each target's term
    without [U, m], times its gradient. Replaces the shares by the gradients of the logits, and adds those of the
    targets and of [U, m]."""
    dim, last, kind = tables[0].shape[1], logits.shape[1] - 1, points.dtype.type
    weights = (kind(1) - omega) * sharpness, omega * sharpness
    loss, of_terms = 0.0, 0.0
    for b in range(targets.size):
        if targets[b] < 0:
            shares[b] = kind(0)
            continue
        if shares[b, last] > kind(LEAST):
            loss -= math.log(shares[b, last])
        else:  # too small to have a logarithm, or NaN
            highest, total = logits[b].max(), 0.0
            for logit in logits[b]:
                total += math.exp(logit - highest)
            loss += math.log(total) + highest - logits[b, last]
        grad = shares[b, last] - kind(1)
        shares[b, last] = grad
        for space in range(2):
            row, grad_row = tables[space][targets[b]], grads[space][slots[space][targets[b]]]
            own = slice(dim * (1 - space), dim * (2 - space))
            of_terms -= weights[space] * grad * dot(row, row)
            answer_back(kind(2) * weights[space] * grad, points[b, own], row, grad_points[b, own], grad_row)
    return loss, of_terms


@numba.njit(**ROW)
def answer_back(
    factor: float, point: np.ndarray, row: np.ndarray, grad_point: np.ndarray, grad_row: np.ndarray
) -> None:
    """Adds the gradient of factor · (p · e − ‖e‖² / 2)."""
    for c in range(row.size):
        grad_point[c] += factor * row[c]
        grad_row[c] += factor * (point[c] - row[c])


@numba.njit(**FAST)
def gather_back(
    items: np.ndarray,
    slots: Sequence[np.ndarray],
    tables: Sequence[np.ndarray],
    omega: float,
    sharpness: float,
    columns: np.ndarray,
    grad_vectors: np.ndarray,
    grad_terms: np.ndarray,
    grads: Sequence[np.ndarray],
) -> None:
    """Adds the gradients of X and V, from those of what `gather` computed: grad_vectors (S, 2d), grad_terms (S,).
    columns (N,) become −1 again."""
    dim, kind = tables[0].shape[1], tables[0].dtype.type
    weights = (kind(1) - omega) * sharpness, omega * sharpness
    for s in range(items.size):
        columns[items[s]] = -1
        for space in range(2):
            row, grad_row = tables[space][items[s]], grads[space][slots[space][items[s]]]
            start, factor = dim * (1 - space), kind(2) * weights[space]
            for c in range(dim):
                grad_row[c] += factor * (grad_vectors[s, start + c] - grad_terms[s] * row[c])
