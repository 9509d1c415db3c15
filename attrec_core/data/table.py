"""Small text tables (CSV, TSV, `;`) with a header, read whole and as text: what lies beside the interactions."""

from __future__ import annotations

import csv
import re
import warnings
from pathlib import Path

import pandas as pd

from attrec_core.data.reading.heads import refuse_twice
from attrec_core.errors import InputError


def text_table(path: Path) -> pd.DataFrame:
    """A file with a header as a frame of text, nothing interpreted: an id "007" or "NA" stays what it is.

    UTF-8 (with or without a BOM), else latin-1. Raises InputError for an empty, unreadable or ragged file.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if not raw.strip():
        raise InputError(f"{path} is empty; expected a header line and one line for each interaction.")
    if b"\0" in raw[:100_000]:
        raise InputError(f"{path} is not a text file: it holds bytes that no text has.")
    try:
        encoding, text = "utf-8-sig", raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding, text = "latin-1", raw.decode("latin-1")
    head = re.split(r"\r\n|\r|\n", text.lstrip("\r\n"), maxsplit=1)[0]
    try:
        names = [name.strip() for name in next(csv.reader([head], delimiter=separator(head)))]
        with warnings.catch_warnings():
            # More fields than the header has in every row: pandas would warn, cut them, and go on with a shifted table.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            options = {"sep": separator(head), "encoding": encoding, "index_col": False}
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, on_bad_lines="error", **options)
    except pd.errors.ParserWarning:
        raise InputError(
            f"{path} is not a table: its rows have more fields than the {len(names)} of the header."
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise InputError(f"{path} is not a table: {ragged(error)}.") from None
    refuse_twice(names, str(path))  # pandas would quietly call the second one "item.1"
    return frame.rename(columns=str.strip)


def separator(header: str) -> str:
    """The separator that occurs most in the header line; a comma when none does."""
    return max(",\t;", key=header.count)


def ragged(error: Exception) -> str:
    """pandas' words on a line with too many fields or an open quotation mark, in ours."""
    found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
    if found:
        return f"line {found[2]} has {found[3]} fields where the header has {found[1]}"
    found = re.search(r"EOF inside string starting at row (\d+)", str(error))
    if found:
        return f'a quotation mark (") opens near line {int(found[1]) + 2} and is never closed'
    return re.sub(r"\s+", " ", str(error)).strip().rstrip(".")
