"""Text tables (CSV, TSV, `;`) with a header, and a folder of them: interactions.csv with a catalogue beside it."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from attrec_core.data.interactions import Item
from attrec_core.errors import InputError, shown

USER_NAMES = ("user", "user_id", "userid", "uid", "viewer", "customer", "customer_id", "customerid")
ITEM_NAMES = (
    "item",
    "item_id",
    "itemid",
    "iid",
    "movie",
    "movie_id",
    "movieid",
    "product",
    "product_id",
    "productid",
)
TIME_NAMES = ("timestamp", "time", "date", "datetime", "ts", "unix_time")
TITLE_NAMES = ("title", "name", "item_title", "movie_title")
GENRE_NAMES = ("genres", "genre", "category", "categories")
YEAR_NAMES = ("year", "release_year")
INTERACTION_FILES = ("interactions.csv", "interactions.tsv", "ratings.csv")
CATALOGUE_FILES = ("catalogue.csv", "catalogue.tsv", "items.csv", "items.tsv", "movies.csv")


@dataclass(frozen=True)
class Columns:
    """Which columns hold what; None means: find it by its name."""

    user: str | None = None
    item: str | None = None
    time: str | None = None


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
    # pandas would quietly call the second one "item.1".
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path}: the column {shown(twice)} stands twice in the header.")
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


def column(
    frame: pd.DataFrame, path: Path, role: str, wanted: str | None, names: Iterable[str], *, settable: bool = True
) -> str:
    """The name of the column that plays `role`. Raises InputError naming the columns there are."""
    if wanted is not None:
        if wanted in frame.columns:
            return wanted
        raise InputError(f"{path} has no column {shown(wanted)}; its columns are: {listed(frame.columns)}.")
    found = first_named(frame, names)
    if found is None:
        raise InputError(
            f"{path} has no {role} column (looked for {', '.join(names)}); its columns are: {listed(frame.columns)}."
            + (f" Name it with --{role}-column." if settable else "")
        )
    return found


def first_named(frame: pd.DataFrame, names: Iterable[str]) -> str | None:
    """The first column whose name is one of `names`, whatever its case and with spaces or hyphens for underscores."""
    plain = {re.sub(r"[\s-]+", "_", name.strip().lower()): name for name in reversed(list(frame.columns))}
    return next((plain[name] for name in names if name in plain), None)


def listed(columns: Iterable[str]) -> str:
    return ", ".join(shown(name, 40) for name in list(columns)[:12])


def read_interaction_table(path: Path, columns: Columns) -> tuple[pd.DataFrame, dict[str, int], dict[str, Item]]:
    """Rows (user, item, time), the rows dropped by reason, and titles that stand in the table itself."""
    frame = text_table(path)
    user = column(frame, path, "user", columns.user, USER_NAMES)
    item = column(frame, path, "item", columns.item, ITEM_NAMES)
    time = column(frame, path, "time", columns.time, TIME_NAMES)
    if frame.empty:
        raise InputError(f"{path} has a header and no rows; expected one line for each interaction.")
    times, no_time, negative = whole_times(frame[time], path, time)
    no_user, no_item = (frame[name].fillna("").str.strip() == "" for name in (user, item))
    reasons = {"no user": no_user, "no item": no_item, "no time": no_time, "negative time": negative}
    rows = pd.DataFrame({"user": frame[user], "item": frame[item], "time": times})
    kept, dropped = without(reasons, rows)
    return kept, dropped, items_of(frame.loc[kept.index], item)


def without(reasons: Mapping[str, ArrayLike], rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows that no reason hits, and how many each reason hit; a row counts once, for its first reason."""
    gone, dropped = np.zeros(len(rows), bool), {}
    for reason, hit in reasons.items():
        first_time = np.asarray(hit, bool) & ~gone
        dropped[reason] = int(first_time.sum())
        gone |= first_time
    return rows[~gone], dropped


def whole_times(
    text: pd.Series, path: Path, name: str, first_line: int = 2
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """int64 times, where they are missing, where they are negative. Raises InputError at the first that is text.

    Whole numbers keep every digit; decimals are rounded down to whole units.
    """
    text = text.fillna("").str.strip()
    missing = text.str.lower().isin(["", "nan", "na", "null", "none", "nat"]).to_numpy()
    text = text.where(~missing, "0")
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    for wrong, words in (
        (~np.isfinite(numbers), "is not a time; expected a number such as unix seconds"),
        (np.abs(numbers) >= 2.0**63, "is too large for a time"),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            place = f"{path}, line {row + first_line}, column {shown(name)}"
            raise InputError(f"{place}: {shown(text.iloc[row])} {words}.")
    # A float has 53 bits: a whole number of more digits would be rounded, and two times might become one.
    whole = text.str.fullmatch(r"[+-]?[0-9]{1,19}").to_numpy(bool)
    times = np.floor(np.where(whole, 0, numbers)).astype(np.int64)
    times[whole] = (
        [int(digits) for digits in text[whole]] if (np.abs(numbers[whole]) >= 2**53).any() else numbers[whole]
    )
    return times, missing, times < 0


def items_of(frame: pd.DataFrame, item: str) -> dict[str, Item]:
    """Title, genres and year of each item where the table has such columns; the first row of an item counts."""
    title, genre, year = (first_named(frame, names) for names in (TITLE_NAMES, GENRE_NAMES, YEAR_NAMES))
    if title is None and genre is None:
        return {}
    unique = frame.drop_duplicates(item).fillna("")
    empty = [""] * len(unique)
    values = [unique[name] if name else empty for name in (title, genre, year)]
    return {
        item_id: Item(one_title.strip(), genre_list(genres), one_year.strip())
        for item_id, one_title, genres, one_year in zip(unique[item], *values, strict=True)
    }


def genre_list(text: str) -> tuple[str, ...]:
    """ "Crime|Drama" → ("Crime", "Drama"); the data sets' "(no genres listed)" is none."""
    return tuple(part.strip() for part in text.split("|") if part.strip() and not part.startswith("(no genres"))


def read_catalogue(path: Path) -> Mapping[str, Item]:
    """Items by id, from a table with an item column."""
    frame = text_table(path)
    return items_of(frame, column(frame, path, "item", None, (*ITEM_NAMES, "id"), settable=False))


def about(folder: Path) -> str:
    """What the folder's about.txt says of the data, as one paragraph; "" without one."""
    file = folder / "about.txt"
    return " ".join(file.read_text(encoding="utf-8", errors="replace").split())[:1000] if file.is_file() else ""


def beside(folder: Path, names: Iterable[str]) -> Path | None:
    """The first of `names` that is a file in the folder."""
    return next((folder / name for name in names if (folder / name).is_file()), None)
