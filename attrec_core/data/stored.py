"""Interactions on disk, as in runs and data sets: three plain files, and metadata in a fourth file.

items.csv, users.csv    ids, titles, genres, years, popularity
interactions.npz        items, times and starts: each user's history
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from csv import QUOTE_MINIMAL, QUOTE_NONNUMERIC
from typing import IO, Any, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from attrec_core.data.interactions import Interactions, TimeUnit
from attrec_core.data.options import Duplicates, TieRule
from attrec_core.data.texts import lists_of, texts_of
from attrec_core.storage.arrays import arrays_in, npz_bytes
from attrec_core.storage.checksums import CheckedFolder
from attrec_core.storage.read_errors import ContentError, expect, read_errors

FILES = ("items.csv", "users.csv", "interactions.npz")
READ = csv.ReadOptions(use_threads=False, block_size=1 << 24)  # a row must fit into a block
PACKED_UP_TO = 2_000_000  # interactions; packing more takes longer than reading them did


def words_of(data: Interactions) -> dict[str, Any]:
    """The metadata of interactions that their arrays do not hold, for a JSON file."""
    names = ("source", "tie_rule", "duplicates", "dropped", "about", "time_unit")
    return {name: getattr(data, name) for name in names} | {"dropped": dict(data.dropped)}


def files_of(data: Interactions) -> dict[str, bytes]:
    items = pd.DataFrame(
        {
            "item": data.item_ids,
            "title": data.titles,
            "year": data.years,
            "genres": ["|".join(genres) for genres in data.genres],
            "popularity": data.popularity(),
        }
    )
    users = pd.DataFrame({"user": data.user_ids, "interactions": np.diff(data.starts)})
    arrays = {"items": data.items, "times": data.times, "starts": data.starts}
    return {
        "items.csv": as_csv(items),
        "users.csv": as_csv(users),
        "interactions.npz": npz_bytes(arrays, packed=data.n_interactions <= PACKED_UP_TO),
    }


def as_csv(table: pd.DataFrame) -> bytes:
    """The table as CSV. Texts are quoted if any has a carriage return: pandas leaves it bare, and it ends a line."""
    has_returns = any("\r" in text for name in table.select_dtypes("str") for text in table[name])
    quoting = QUOTE_NONNUMERIC if has_returns else QUOTE_MINIMAL
    return table.to_csv(index=False, lineterminator="\n", quoting=quoting).encode()


def interactions_in(folder: CheckedFolder) -> Interactions:
    """The interactions of a run or a data set, checked against its items and users. Raises InputError."""
    with folder.opened("items.csv") as stream:
        items = text_columns(stream, ("item", "title", "year", "genres"))
    with folder.opened("users.csv") as stream:
        users = text_columns(stream, ("user",))
    with read_errors(folder.path / folder.mark, folder.kind):
        metadata = folder.description["data"]
        texts = {name: metadata[name] for name in ("source", "tie_rule", "duplicates", "about")}
        texts["name"] = metadata.get("name", "")  # only runs have a name, if they were trained on a data set
        expect(all(isinstance(text, str) for text in texts.values()), "a word about the data is not text")
        expect(texts["tie_rule"] in get_args(TieRule), "its tie rule is unknown")
        expect(texts["duplicates"] in get_args(Duplicates), "what became of its repeats is unknown")
        dropped = dict(metadata["dropped"])
        expect(all(type(count) is int for count in dropped.values()), "a count of dropped rows is wrong")
        unit = metadata.get("time_unit", "order")  # older runs have no unit
        expect(unit in get_args(TimeUnit), "the unit of its times is unknown")
    with histories_in(folder, len(users["user"]), "times") as (starts, rows, times):
        return Interactions(
            user_ids=users["user"],
            item_ids=items["item"],
            items=rows,
            times=times,
            starts=starts,
            titles=items["title"],
            genres=lists_of(items["genres"]),
            years=items["year"],
            dropped=dropped,
            time_unit=unit,
            **texts,
        )


@contextlib.contextmanager
def histories_in(folder: CheckedFolder, users: int, *more: str) -> Iterator[list[np.ndarray]]:
    """Yields starts (M + 1,), items (n,), and more arrays (n,) of interactions.npz. An array that does not fit the
    number of users, or the starts, is not read. Raises InputError, also for what goes wrong inside the block."""
    with folder.opened("interactions.npz") as stream:
        first, *others = arrays_in(stream, "starts", "items", *more, is_checked=bool(folder.sums)).values()
        is_whole = all(array.dtype.kind in "iu" for array in (first, *others))
        expect(is_whole, "an array is not a list of whole numbers")
        expect(first.shape == (users + 1,), "its users do not fit users.csv")
        starts = first.values()
        expect(bool((np.diff(starts) >= 0).all()), "its users do not fit users.csv")
        fits = all(array.shape == (int(starts[-1]),) for array in others)
        expect(fits, "its arrays do not have the lengths of the histories")
        yield [starts, *(array.values() for array in others)]


def text_columns(stream: IO[bytes], columns: tuple[str, ...]) -> dict[str, Sequence[str]]:
    """The columns of a CSV file by name. Raises the errors in BROKEN."""
    strings = csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False)
    try:
        table = csv.read_csv(stream, READ, csv.ParseOptions(newlines_in_values=True), strings)
    except pa.ArrowInvalid:
        text = "its rows do not all have the columns of its first row, or it is not text in UTF-8"
        raise ContentError(text) from None
    for name in columns:
        expect(name in table.column_names, f"it has no column {name}; it has {', '.join(table.column_names)}")
    texts = {name: texts_of(table[name]) for name in columns}
    del table
    pa.default_memory_pool().release_unused()  # the memory that reading took
    return texts
