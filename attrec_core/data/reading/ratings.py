"""Ratings that stand in text, with a decimal point or a decimal comma."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from attrec_core.data.reading.times import MISSING

COMMA = re.compile(r"\s*[+-]?\d*,\d+\s*")  # 1,5
POINT = re.compile(r"\s*[+-]?\d*\.\d+\s*")  # 1.5
THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*")  # 1,234, which may be one thousand and more


def has_decimal_comma(values: Iterable[tuple[str, int]]) -> bool:
    """Whether a comma stands before the decimals, by texts and how often each occurs: more of them are numbers with a
    comma than with a point, and some of these cannot mean thousands.
    """
    commas, points, plain = 0, 0, False
    for text, count in values:
        if COMMA.fullmatch(text):
            commas += count
            plain = plain or not THOUSANDS.fullmatch(text)
        elif POINT.fullmatch(text):
            points += count
    return plain and commas > points


def ratings_of(texts: pd.Series, *, decimal: str = ".") -> tuple[np.ndarray, np.ndarray]:
    """(n,) float64, NaN for none: for nothing, "nan" and the like; and (n,) bool: the text is no number.

    decimal: the sign before the decimals.
    """
    texts = texts.str.strip()
    missing = texts.str.lower().isin(MISSING).to_numpy(bool)
    if decimal != ".":
        # With a point as well, 1.234,5 or 1.5 among others like 1,5, nobody could say what is meant.
        texts = texts.where(~texts.str.contains(".", regex=False), "?").str.replace(decimal, ".", regex=False)
    values = pd.to_numeric(texts.where(~missing), errors="coerce").to_numpy(np.float64)
    return values, np.isnan(values) & ~missing
