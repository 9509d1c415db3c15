"""The formulas of the stages with the numbers of one window. Vectors are float64 copies of the model's vectors.

`i` is the query item, `j` the key item, `c` the dimension; all count from 0. On screen an item is its letter, and
dimensions count from 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.wording import letter
from attrec_core.views.step_by_step.records import Worked

WHOLE = 6  # largest number of terms that are all written out; of more terms, FIRST are, and the rest is summarised
FIRST = 3


def tex(value: float) -> str:
    """Returns a number with about three significant digits as LaTeX."""
    size = abs(value)
    if size == 0:
        return "0"
    if math.isinf(size):
        return r"-\infty" if value < 0 else r"\infty"
    if size < 9.5e-4:
        digits, exponent = f"{value:.1e}".split("e")
        return rf"{digits}\cdot 10^{{{int(exponent)}}}"
    # `number` writes the minus sign as “−”; LaTeX expects “-”.
    text = number(value, 1 if size >= 100 else 2 if size >= 0.0995 else 3 if size >= 0.00995 else 4)
    return text.replace("−", "-")


def squared(value: float) -> str:
    """Returns the square of a number; a negative number or a number with a power is in brackets."""
    text = tex(value)
    return f"({text})^2" if "^" in text or value < 0 else f"{text}^2"


def factor(value: float) -> str:
    """Returns a factor of a product; a negative number is in brackets."""
    return f"({tex(value)})" if value < 0 else tex(value)


def added(parts: Iterable[str]) -> str:
    """Returns a + b − c; a part that begins with a minus is subtracted."""
    return " + ".join(parts).replace("+ -", "- ")


def dotted(parts: Sequence[str], between: str = " + ", first: int = FIRST) -> str:
    """Returns all parts, or the first parts and dots if there are more than WHOLE."""
    return between.join(parts if len(parts) <= WHOLE else [*parts[:first], r"\cdots"])


def written_out(count: int, also: int = 0) -> list[int]:
    """Returns the indices of the terms that are written out: all, or the first ones. `also` is always among them."""
    return list(range(count)) if count <= WHOLE else [*range(FIRST - 1), max(also, FIRST - 1)]


def sum_tex(terms: np.ndarray, also: int = 0) -> str:
    """Returns the terms of a sum: all, or the first ones (and `also`) and the sum of the rest."""
    written = written_out(len(terms), also)
    count = len(terms) - len(written)
    rest = rf"{factor(np.delete(terms, written).sum())}_{{\text{{({count} more)}}}}"
    return added([*map(tex, terms[written]), *([rest] if count else [])])


def products_tex(left: np.ndarray, right: np.ndarray, also: int | None = None) -> str:
    """Returns a·b + c·d + … for two vectors; a brace marks the product at `also`."""
    parts: list[str] = []
    written = written_out(len(left), also or 0)
    for k in written:
        if k > len(parts) and r"\cdots" not in parts:
            parts.append(r"\cdots")
        product = rf"{factor(left[k]) if parts else tex(left[k])} \cdot {factor(right[k])}"
        parts.append(product if k != also else rf"\underbrace{{{product}}}_{{c = {k + 1}}}")
    return " + ".join([*parts, *([] if written[-1] == len(left) - 1 else [r"\cdots"])])


def norm(symbol: str, i: int, c: int, row: np.ndarray) -> Worked:
    """One number of row i, and the norm of the whole row."""
    squares = row**2
    length = float(np.sqrt(squares.sum()))
    cell = f"{symbol}_{{{letter(i)},{c + 1}}}"
    lines = (
        rf"{cell} = {tex(row[c])}",
        rf"\lVert {symbol}_{{{letter(i)}}} \rVert = \sqrt{{{dotted(list(map(squared, row)))}}}",
        rf"= \sqrt{{{tex(float(squares.sum()))}}} = {tex(length)}",
    )
    return Worked(cell, lines, ((squares, length**2),), float(row[c]))


def signal(i: int, c: int, place: int, dim: int, value: float, on: bool) -> Worked:
    """TE at position p (0 for the oldest of L items) and dimension c (from 0). Eq. 2."""
    symbol = f"t_{{{letter(i)},{c + 1}}}"
    if not on:
        return Worked(symbol, (rf"{symbol} = 0",), (), 0.0)
    power, wave = 2 * (c // 2), r"\cos" if c % 2 else r"\sin"
    angle = place / 10000 ** (power / dim)
    lines = (rf"{symbol} = {wave}({place} / 10000^{{{power}/{dim}}})", rf"= {wave}({tex(angle)}) = {tex(value)}")
    return Worked(symbol, lines, (), value)


def placed(i: int, c: int, value: float, wave: float, symbol: str = "z") -> Worked:
    terms = np.array([value, wave])
    symbol = f"{symbol}_{{{letter(i)},{c + 1}}}"
    line = rf"{symbol} = {added([tex(value), tex(wave)])} = {tex(value + wave)}"
    return Worked(symbol, (line,), ((terms, value + wave),), value + wave)


def projected(symbol: str, row: np.ndarray, weights: np.ndarray, value: float) -> Worked:
    """ReLU of the product of a row z (d,) and a column of W (d,). Eq. 3."""
    terms = row * weights
    total = float(terms.sum())
    lines = (
        rf"{symbol} = \max(0,\; {products_tex(row, weights)})",
        rf"= \max(0,\; {sum_tex(terms)})",
        rf"= \max(0,\; {tex(total)}) = {tex(value)}",
    )
    return Worked(symbol, lines, ((terms, total),), value)


def score(i: int, j: int, c: int, query: np.ndarray, key: np.ndarray, value: float) -> Worked:
    """q_i · k_j / √d, with the product of the followed dimension marked. Eq. 4."""
    terms = query * key
    root, total = rf"\sqrt{{{len(query)}}}", float(terms.sum())
    symbol = rf"\mathrm{{score}}_{{{letter(i)},{letter(j)}}}"
    lines = (
        rf"{symbol} = \tfrac{{1}}{{{root}}}\,({products_tex(query, key, c)})",
        rf"= \tfrac{{1}}{{{root}}}\,({sum_tex(terms, c)})",
        rf"= {tex(total)} / {math.sqrt(len(query)):.4g} = {tex(value)}",
    )
    return Worked(symbol, lines, ((terms, total),), value)


def masked_score(i: int, j: int, value: float, masked: bool, since: str) -> Worked:
    """A score after a mask that acts before the softmax. since: the reason, or empty."""
    result = r"-\infty" if masked else rf"{tex(value)}\text{{, as it was}}"
    symbol = rf"\mathrm{{score}}'_{{{letter(i)},{letter(j)}}}"
    line = rf"{symbol} = {result}"
    return Worked(symbol, (line, since) if since else (line,), (), -math.inf if masked else value)


def on_diagonal(i: int, j: int) -> str:
    """Returns whether the cell is on the diagonal, as the reason for the effect of the mask."""
    return rf"\text{{since }} {letter(i)} {'=' if i == j else chr(92) + 'ne'} {letter(j)}"


def softmax(symbol: str, i: int, j: int, scores: np.ndarray, value: float) -> Worked:
    """The softmax of row i at column j. The largest score is subtracted first, which does not change the result.

    scores: (n,) row i, −∞ where a mask acts before the softmax.
    """
    exponentials = np.exp(scores - scores.max())
    total = float(exponentials.sum())
    powers, shifted = ([rf"e^{{{tex(v)}}}" for v in row] for row in (scores, scores - scores.max()))
    symbol = f"{symbol}_{{{letter(i)},{letter(j)}}}"
    lines = (
        rf"{symbol} = {powers[j]} \;/\; ({dotted(powers)})",
        rf"= {shifted[j]} \;/\; ({dotted(shifted)})",
        rf"= {tex(exponentials[j])} \;/\; ({sum_tex(exponentials)})",
        rf"= {tex(exponentials[j])} / {tex(total)} = {tex(value)}",
    )
    return Worked(symbol, lines, ((exponentials, total),), value)


def masked_weight(i: int, j: int, before: float, row: np.ndarray) -> Worked:
    """A weight after a mask that acts after the softmax. before: the weight before it. row: (n,) row i after it."""
    total = float(row.sum())
    result = rf"0\text{{ instead of }}{tex(before)}" if i == j else rf"{tex(before)}\text{{, as it was}}"
    symbol = f"s_{{{letter(i)},{letter(j)}}}"
    lines = (
        rf"{symbol} = {result}",
        on_diagonal(i, j),
        rf"\textstyle\sum_l s_{{{letter(i)},l}} = {sum_tex(row)} = {tex(total)}",
    )
    return Worked(symbol, lines, ((row, total),), float(row[j]))


def column_weight(j: int, column: np.ndarray, value: float, summed: bool) -> Worked:
    """The mean or the sum of column j (n,) of the weights."""
    symbol, total, count = f"w_{{{letter(j)}}}", float(column.sum()), len(column)
    if summed:
        return Worked(symbol, (rf"{symbol} = {sum_tex(column)} = {tex(value)}",), ((column, value),), value)
    lines = (rf"{symbol} = \tfrac{{1}}{{{count}}}\,({sum_tex(column)})", rf"= {tex(total)} / {count} = {tex(value)}")
    return Worked(symbol, lines, ((column, total),), value)


def weighted(symbol: str, weights: np.ndarray, values: np.ndarray, value: float, bias: float | None = None) -> Worked:
    """Σ_j of the weights (n,) times one dimension of the values (n,), plus a bias. Eq. 5 and 6."""
    terms, added_bias = weights * values, "" if bias is None else f" + {factor(bias)}"
    terms = terms if bias is None else np.append(terms, bias)
    lines = (rf"{symbol} = {products_tex(weights, values)}{added_bias}", rf"= {sum_tex(terms)} = {tex(value)}")
    return Worked(symbol, lines, ((terms, value),), value)


def extreme(c: int, attended: np.ndarray, value: float, pool: str) -> Worked:
    """m_c as the largest or the smallest value of dimension c of a (n,). Eq. 6."""
    listed = dotted(list(map(tex, attended)), r",\; ", WHOLE)
    symbol = f"m_{{{c + 1}}}"
    return Worked(symbol, (rf"{symbol} = \{pool}({listed}) = {tex(value)}",), (), value)


def distance(name: str, point: np.ndarray, row: np.ndarray, value: float) -> Worked:
    """‖point − row‖². Eq. 7."""
    terms = (point - row) ** 2
    parts = dotted([f"({added([tex(a), tex(-b)])})^2" for a, b in zip(point, row, strict=True)])
    return Worked(name, (rf"{name} = {parts}", rf"= {sum_tex(terms)} = {tex(value)}"), ((terms, value),), value)


def blend(omega: float, long: float, short: float, value: float) -> Worked:
    """y = ω long + (1 − ω) short. Eq. 7."""
    terms = np.array([omega * long, (1 - omega) * short])
    line = rf"y_e = {tex(omega)} \cdot {tex(long)} + {tex(1 - omega)} \cdot {tex(short)} = {tex(value)}"
    return Worked("y_e", (line,), ((terms, value),), value)


def rank(nearer: int, as_near: int, value: float) -> Worked:
    """1 + the number of nearer items + half the number of other items at exactly the same distance."""
    ties = rf" + \tfrac{{1}}{{2}} \cdot {as_near}" if as_near else ""
    terms = np.array([1.0, nearer, as_near / 2])
    return Worked(
        r"\mathrm{rank}_e", (rf"\mathrm{{rank}}_e = 1 + {nearer}{ties} = {value:g}",), ((terms, value),), value
    )
