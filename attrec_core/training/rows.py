"""The rows of the tables in a training step: Adagrad, decay of untouched rows, the unit ball of eq. 9, and the slot of
each row that a batch touches. Slots are numbered in the order in which rows first occur.

Why it is fast: small functions get rows as views, which the compiler turns into vector instructions; every constant has
the precision of the tables; a row of a large table is prefetched.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

AHEAD = 2  # how many rows ahead a row is prefetched
# Sums may run in any order, but NaN and ∞ are preserved: they show that training diverges. numba stores the compiled
# functions of a file until this file changes: touch kernels.py, too, when you change a function here that it calls.
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
