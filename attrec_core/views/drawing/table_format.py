"""How numbers stand in a table: .583 as in every sentence, and as many digits all the way down a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from attrec_core.errors import number

FINEST = 4  # digits behind the point
MOST = 200_000  # cells; writing more takes longer than reading them


def written(frame: pd.DataFrame) -> pd.DataFrame | Styler:
    """The same table, which sorts and copies as the numbers it holds. `frame.attrs["nothing"]` stands where none is."""
    columns = frame.select_dtypes("float").columns
    if not len(columns) or frame.size > MOST or not (frame.columns.is_unique and frame.index.is_unique):
        return frame
    return frame.style.format(
        {name: writing(frame[name].to_numpy()) for name in columns}, na_rep=frame.attrs.get("nothing", "")
    )


def as_csv(frame: pd.DataFrame) -> str:
    """The numbers themselves; whole ones, such as ranks, without a point. A text that a spreadsheet would take for a
    formula begins with an apostrophe, and none begins a line of its own."""
    whole = {
        name: "Int64"
        for name in frame.select_dtypes("float").columns
        if frame.columns.is_unique and (frame[name].dropna() % 1 == 0).all()
    }
    disarmed = frame.map(no_formula).astype(whole)
    disarmed.columns = disarmed.columns.map(no_formula)
    return disarmed.to_csv(index=False)


def no_formula(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r", " ")  # which `to_csv` leaves bare
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def as_texts(frame: pd.DataFrame, text: Callable[[str], str]) -> Styler:
    """The same table for a page that sets its cells as text; `text` disarms what a title may hold. Numbers stand on the
    right."""
    plain = frame.rename(columns=text)
    texts = list(plain.select_dtypes(exclude="number").columns)
    plain[texts] = plain[texts].map(lambda cell: text(str(cell)))
    numbers = [name for name in plain.columns if name not in texts]
    styled = plain.style.set_properties(subset=numbers, **{"text-align": "right"})
    floats = plain.select_dtypes("float").columns
    return styled.format({name: writing(plain[name].to_numpy()) for name in floats}, na_rep="")


def writing(values: np.ndarray) -> Callable[[float], str]:
    """values (n,). Ranks and what else comes in halves stay as short as they are."""
    finite = values[np.isfinite(values)]
    if (finite * 2 == np.round(finite * 2)).all() and (np.abs(finite) >= 1).all():
        return lambda value: f"{value:g}"
    kept = np.round(finite, FINEST)
    digits = next((digits for digits in range(FINEST) if (np.round(finite, digits) == kept).all()), FINEST)
    return lambda value: number(value, digits)
