"""How numbers are written in a table: .583, as in sentences, with the same number of digits in a whole column."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from attrec_core.errors import number

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler  # loads jinja2, which no first page needs

FINEST = 4  # digits after the decimal point at most
SIGNS, BLANKS = tuple("=+-@＝＋－＠"), tuple("\t\r\n")  # a formula may begin with them
UNSEEN = ("Cc", "Cf")  # categories of characters: control and format
MOST = 200_000  # cells; formatting more takes longer than reading them


def written(frame: pd.DataFrame) -> pd.DataFrame | Styler:
    """Formats the numbers of a table, which still sorts and copies as numbers. `frame.attrs["nothing"]` is the text for
    a missing value."""
    columns = frame.select_dtypes("float").columns
    if not len(columns) or frame.size > MOST or not (frame.columns.is_unique and frame.index.is_unique):
        return frame
    return frame.style.format(
        {name: writing(frame[name].to_numpy()) for name in columns}, na_rep=frame.attrs.get("nothing", "")
    )


def as_csv(frame: pd.DataFrame) -> str:
    """The table as CSV with unrounded numbers; whole numbers, such as ranks, have no decimal point."""
    return disarmed(whole_numbers(frame)).to_csv(index=False)


def whole_numbers(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The table with whole numbers, such as ranks, as integers, in these columns (default: all). A column with the half
    rank of a tie keeps its decimals."""
    whole = {
        name: "Int64" if frame[name].hasnans else "int64"
        for name in names or frame.select_dtypes("float").columns
        if frame.columns.is_unique and (frame[name].dropna() % 1 == 0).all()
    }
    return frame.astype(whole)


def disarmed(frame: pd.DataFrame) -> pd.DataFrame:
    """The table for a CSV: a text that a spreadsheet would take for a formula gets an apostrophe in front, and no text
    begins a line of its own. Every CSV for people is made of it."""
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]  # by place: two may have one name
    safe = [column if is_numeric_dtype(column) else column.map(no_formula) for column in columns]
    return pd.concat(safe, axis=1, keys=range(len(safe))).set_axis(frame.columns.map(no_formula), axis=1)


def no_formula(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r", " ")  # `to_csv` does not quote a carriage return
    # Some spreadsheets ignore blanks and unseen characters before a sign, and take a wide sign for the usual one.
    seen = "".join(itertools.dropwhile(lambda char: char.isspace() or unicodedata.category(char) in UNSEEN, text))
    return f"'{text}" if cell[:1] in BLANKS or seen.startswith(SIGNS) else text


def as_texts(frame: pd.DataFrame, text: Callable[[str], str]) -> Styler:
    """The table for a page that writes cells as text, which `text` escapes. Numbers are aligned right."""
    plain = frame.rename(columns=text)
    texts = list(plain.select_dtypes(exclude="number").columns)
    plain[texts] = plain[texts].map(lambda cell: text(str(cell)))
    numbers = [name for name in plain.columns if name not in texts]
    styled = plain.style.set_properties(subset=numbers, **{"text-align": "right"})
    floats = plain.select_dtypes("float").columns
    return styled.format({name: writing(plain[name].to_numpy()) for name in floats}, na_rep="")


def writing(values: np.ndarray) -> Callable[[float], str]:
    """The number format of a column, values (n,). Ranks and other multiples of ½ stay short."""
    finite = values[np.isfinite(values)]
    if (finite * 2 == np.round(finite * 2)).all() and (np.abs(finite) >= 1).all():
        return lambda value: f"{value:g}"
    rounded = np.round(finite, FINEST)
    digits = next((digits for digits in range(FINEST) if (np.round(finite, digits) == rounded).all()), FINEST)
    return lambda value: number(value, digits)
