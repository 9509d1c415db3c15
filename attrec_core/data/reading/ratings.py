"""Ratings as numbers, with a decimal point or a decimal comma."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.times import MISSING

COMMA = re.compile(r"\s*[+-]?\d*,\d+\s*")  # 1,5
POINT = re.compile(r"\s*[+-]?\d*\.\d+\s*")  # 1.5
THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*")  # 1,234, which may mean 1234


def with_decimal_sign(layout: Layout, ratings: Mapping[str, int]) -> Layout:
    """The layout with `decimal_comma`: whether more ratings are numbers with a comma than with a point, and some of
    these commas cannot mean thousands. If commas separate the fields, a comma in a field is not a decimal comma.
    ratings: text → how often it occurs.
    """
    commas = {text: count for text, count in ratings.items() if COMMA.fullmatch(text)}
    points = sum(count for text, count in ratings.items() if POINT.fullmatch(text))
    has_decimals = any(not THOUSANDS.fullmatch(text) for text in commas)
    return replace(layout, decimal_comma=layout.delimiter != "," and has_decimals and sum(commas.values()) > points)


def ratings_of(texts: pd.Series, *, decimal: str = ".") -> tuple[np.ndarray, np.ndarray]:
    """(n,) float64, NaN for a missing rating (empty, "nan" or similar); and (n,) bool: the text is not a number.

    decimal: the sign before the decimals.
    """
    texts = texts.str.strip()
    missing = texts.str.lower().isin(MISSING).to_numpy(bool)
    if decimal != ".":
        # A point as well (1.234,5, or 1.5 among texts like 1,5) makes the meaning unclear.
        texts = texts.where(~texts.str.contains(".", regex=False), "?").str.replace(decimal, ".", regex=False)
    values = pd.to_numeric(texts.where(~missing), errors="coerce").to_numpy(np.float64)
    return values, np.isnan(values) & ~missing
