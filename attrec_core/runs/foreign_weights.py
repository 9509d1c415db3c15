"""Weights that another program trained: arrays in one file, and the ids of their rows in two tables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from attrec_core.config import MOST_DIMENSIONS, Taste
from attrec_core.data.interactions import Interactions
from attrec_core.data.stored import text_columns
from attrec_core.data.texts import places_of
from attrec_core.errors import InputError, count_of, shown
from attrec_core.runs.columns import Column, checked_columns
from attrec_core.runs.lookup import spellings
from attrec_core.runs.weights import Weights
from attrec_core.storage.arrays import arrays_in, mapped, tensors_in
from attrec_core.storage.read_errors import BROKEN, expect, reason

BETA = "beta"  # the share of U in a taste from both
LARGEST = 1_000_000_000  # the largest weight: its square still fits a float32
KINDS = ("float64", "float32", "float16", "bfloat16")
COLUMNS = {
    letter: Column(np.floating, axes, -LARGEST, LARGEST, most=MOST_DIMENSIONS)
    for letter, axes in {"X": "Nd", "V": "Nd", "U": "Md", "W": "dd", "W_key": "dd"}.items()
} | {BETA: Column(np.floating, "1", 0, 1)}
NAMES = {"X": "item_short", "V": "item_long", "U": "user_long", "W": "projection", "W_key": "key_projection"}
NAMES[BETA] = "own_share"


def read_foreign_weights(
    file: Path, items: Path | None, users: Path | None, data: Interactions, taste: Taste
) -> tuple[Weights, dict[str, int]]:
    """Reads X, V (N, d), U (M, d), W (d, d) and, if the key has its own projection, W_key (d, d), of KINDS, from an
    .npz or a .safetensors; never from a pickle. Returns float32 arrays with their rows in the order of the data, and
    how many rows of an "item" and of a "user" the data does not use. items, users: CSV files with a column `item`
    (`user`): the id of each row of X and V (U). taste: with "items" there is neither U nor a file of users; with "both"
    there is also beta (1,), the share of U. Raises InputError for an array or an id that is missing or appears twice,
    for a wrong shape or type, and for a value that is not a number."""
    if items is None:
        raise InputError("no_items", "{name} is missing: the ids of the rows of X and V.", setting="items")
    if users is None and taste != "items":
        raise InputError("no_users", "{name} is missing: the ids of the rows of U.", setting="users")
    item_ids, user_ids = read_ids(items, "item"), [] if users is None else read_ids(users, "user")
    needed = {"vector": ("X", "V", "U", "W"), "items": ("X", "V", "W"), "both": ("X", "V", "U", "W", BETA)}[taste]
    arrays = read_arrays(file, {"X": item_ids, "V": item_ids, "U": user_ids}, needed)
    rows = {letter: rows_of(data.item_ids, item_ids, "item", items) for letter in "XV"}
    if users is not None:
        rows["U"] = rows_of(data.user_ids, user_ids, "user", users)
    ordered = {
        NAMES[letter]: (array[rows[letter]] if letter in rows else array).astype(np.float32)
        for letter, array in arrays.items()
    }
    if BETA in arrays:  # a run stores its logit; a share of 0 or 1 is as near as a float32 comes
        share = np.clip(ordered["own_share"], 1e-7, 1 - 1e-7)
        ordered["own_share"] = np.log(share / (1 - share))
    unused = {"item": len(item_ids) - len(rows["X"]), "user": len(user_ids) - len(rows.get("U", []))}
    return Weights(ordered), unused


def read_arrays(file: Path, ids: Mapping[str, Sequence[str]], needed: Sequence[str]) -> dict[str, np.ndarray]:
    """Returns the checked arrays by their letters, those needed and possibly W_key. ids: of the rows of an array. No
    value is read before all shapes fit."""
    with as_unusable(file), contextlib.ExitStack() as stack:
        expect(file.suffix in (".npz", ".safetensors"), "weights are read from .npz and .safetensors")
        stream = stack.enter_context(file.open("rb"))
        arrays = arrays_in(stream) if file.suffix == ".npz" else tensors_in(mapped(file))
        missing = [letter for letter in needed if letter not in arrays]
        expect(not missing, f"it has no array {' and no '.join(missing)}; it needs {in_words(needed)}")
        known = (*needed, "W_key")
        unknown = [shown(name) for name in arrays if name not in known]
        expect(not unknown, f"this AttRec has no array {' and no '.join(unknown)}; it has {in_words(known)}")
        for letter, array in arrays.items():
            expect(array.kind in KINDS, f"{letter} holds {array.kind}, and weights are read as {in_words(KINDS)}")
        for letter, of in ids.items():
            rows, ids_of = arrays[letter].rows if letter in arrays else len(of), "user" if letter == "U" else "item"
            expected = f"there are ids of {count_of(len(of), ids_of)}"
            expect(rows == len(of), f"{letter} has {count_of(rows, 'row')}, and {expected}")
        columns = {letter: column for letter, column in COLUMNS.items() if letter in arrays}
        return checked_columns(arrays, columns, N=len(ids["X"]), M=len(ids["U"]))


@contextlib.contextmanager
def as_unusable(file: Path) -> Iterator[None]:
    """Turns any error in reading a file into an InputError."""
    try:
        yield
    except (OSError, *BROKEN) as error:
        raise InputError("cannot_use", "{file} cannot be used: {why}.", file=file, why=reason(error)) from None


def in_words(letters: Sequence[str]) -> str:
    return f"{', '.join(letters[:-1])} and {letters[-1]}"


def read_ids(file: Path, column: str) -> Sequence[str]:
    """Reads one column of a CSV file. Raises InputError, also for an id that appears twice."""
    with as_unusable(file), file.open("rb") as stream:
        ids = text_columns(stream, (column,))[column]
    seen: set[str] = set()
    ids = [name.strip() for name in ids]  # as in the data
    for line, name in enumerate(ids, start=1):
        if name in seen:
            text = "{file} has the {what} {id} twice, again in row {row}."
            raise InputError("doubled", text, file=file, what=column, id=shown(name), row=line)
        seen.add(name)
    return ids


def rows_of(wanted: Sequence[str], ids: Sequence[str], what: str, file: Path) -> np.ndarray:
    """(n,) the row in the file of each id of the data; 17850 and 17850.0 are the same, unless the data has both."""
    id_rows, data_ids = places_of(ids), set(wanted)

    def row(name: str) -> int:
        matches = (text for text in spellings(name) if text in id_rows and (text == name or text not in data_ids))
        return next((id_rows[text] for text in matches), -1)

    rows = [row(name) for name in wanted]
    missing = [name for name, row in zip(wanted, rows, strict=True) if row < 0]
    if missing:
        text = "{file} lacks {count:,} of the {total:,} {what}s of the data, such as {id}: each needs weights."
        first, total = shown(missing[0]), len(wanted)
        raise InputError("no_weights", text, file=file, count=len(missing), total=total, what=what, id=first)
    return np.array(rows, np.int64)
