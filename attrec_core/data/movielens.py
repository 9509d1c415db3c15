"""MovieLens 100K: a folder with u.data (user, item, rating, time; tabs) and u.item (|, latin-1)."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from attrec_core.data.interactions import Item
from attrec_core.data.table import whole_times, without
from attrec_core.errors import InputError, shown

# The order of the 19 flags at the end of each line of u.item.
GENRES = (
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)


def read_ratings(path: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows (user, item, time) of u.data, and the rows dropped by reason. All ratings count as positive."""
    lines = text_lines(path)
    fields = [line.split("\t") for line in lines]
    for number, row in enumerate(fields, 1):
        if len(row) != 4:
            raise InputError(
                f"{path}, line {number}: {len(row)} field{'s' * (len(row) != 1)} where user, item, rating and time "
                f"were expected, with tabs between; the line is {shown(lines[number - 1])}."
            )
    frame = pd.DataFrame(fields, columns=["user", "item", "rating", "time"], dtype=str)
    times, missing, negative = whole_times(frame["time"], path, "time", first_line=1)
    kept, dropped = without(
        {"no user": frame["user"].str.strip() == "", "no item": frame["item"].str.strip() == ""}
        | {"no time": missing, "negative time": negative},
        frame[["user", "item"]].assign(time=times),
    )
    return kept, dropped


def read_items(path: Path) -> dict[str, Item]:
    """Title without its year, year, and genres of each item of u.item."""
    items = {}
    for number, line in enumerate(text_lines(path), 1):
        row = line.split("|")
        if len(row) != 5 + len(GENRES):
            raise InputError(
                f"{path}, line {number}: {len(row)} fields where {5 + len(GENRES)} were expected; is it u.item?"
            )
        title, year = title_and_year(row[1])
        genres = tuple(name for name, flag in zip(GENRES, row[5:], strict=True) if flag == "1" and name != "unknown")
        items[row[0]] = Item(title, genres, year)
    return items


def title_and_year(text: str) -> tuple[str, str]:
    """ "Full Monty, The (1997)" → ("The Full Monty", "1997")."""
    found = re.fullmatch(r"(.*?)\s*\((\d{4})\)\s*", text)
    title, year = (found[1], found[2]) if found else (text.strip(), "")
    article = re.fullmatch(r"(.*), (The|A|An)", title)
    return (f"{article[2]} {article[1]}" if article else title), year


def text_lines(path: Path) -> list[str]:
    """Lines of a latin-1 file, without a blank end. Raises InputError when it is missing, unreadable or empty."""
    try:
        lines = path.read_bytes().decode("latin-1").replace("\r\n", "\n").split("\n")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise InputError(f"{path} is empty.")
    return lines
