"""From files to `Interactions`: each format is one reader, and `read` picks it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attrec_core.data import movielens, table
from attrec_core.data.interactions import Duplicates, Interactions, TieRule
from attrec_core.errors import InputError

__all__ = ["FORMATS", "Format", "Interactions", "Options", "format_of", "read"]


@dataclass(frozen=True)
class Options:
    """What a person may decide about reading; None leaves it to the format."""

    tie_rule: TieRule | None = None
    duplicates: Duplicates = "keep"
    columns: table.Columns = dataclasses.field(default_factory=table.Columns)


@dataclass(frozen=True)
class Format:
    """One kind of input: how to know it, how to read it, and which settings suit it."""

    name: str
    expects: str  # in words, for the sentence that says what was not found
    preset: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Options], Interactions]


def read_movielens_100k(folder: Path, options: Options) -> Interactions:
    rows, dropped = movielens.read_ratings(folder / "u.data")
    return Interactions.from_columns(
        rows,
        source="movielens-100k",
        tie_rule=options.tie_rule or "file-first",
        duplicates=options.duplicates,
        catalogue=movielens.read_items(folder / "u.item"),
        dropped=dropped,
    )


def read_table(path: Path, options: Options) -> Interactions:
    rows, dropped, items = table.read_interaction_table(path, options.columns)
    return Interactions.from_columns(
        rows,
        source="tsv" if path.suffix.lower() in (".tsv", ".tab") else "csv",
        tie_rule=options.tie_rule or "file-last",
        duplicates=options.duplicates,
        catalogue=items,
        dropped=dropped,
    )


def read_folder(folder: Path, options: Options) -> Interactions:
    rows_path = table.beside(folder, table.INTERACTION_FILES)
    items_path = table.beside(folder, table.CATALOGUE_FILES)
    rows, dropped, items = table.read_interaction_table(rows_path, options.columns)
    return Interactions.from_columns(
        rows,
        source="table-folder",
        tie_rule=options.tie_rule or "file-last",
        duplicates=options.duplicates,
        catalogue=table.read_catalogue(items_path) if items_path else items,
        dropped=dropped,
        about=table.about(folder),
    )


FORMATS = (
    Format(
        "movielens-100k",
        "u.data and u.item (MovieLens 100K)",
        "movielens",
        lambda path: (path / "u.data").is_file() and (path / "u.item").is_file(),
        read_movielens_100k,
    ),
    Format(
        "table-folder",
        "interactions.csv, with a catalogue.csv or items.csv beside it if there is one",
        "sparse",
        lambda path: path.is_dir() and table.beside(path, table.INTERACTION_FILES) is not None,
        read_folder,
    ),
    Format(
        "table",
        "a .csv, .tsv or .txt file with a header",
        "sparse",
        lambda path: path.is_file() and path.suffix.lower() in (".csv", ".tsv", ".tab", ".txt"),
        read_table,
    ),
)


def format_of(path: Path) -> Format:
    """The first format that recognises the path. Raises InputError saying what each of them looks for."""
    try:
        # `exists` answers False for some faults and raises for others; `stat` names them all.
        path.stat()
        found = next((one for one in FORMATS if one.recognises(path)), None)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if found is None:
        wanted = "; or ".join(one.expects for one in FORMATS)
        what = "The folder" if path.is_dir() else "The file"
        raise InputError(f"{what} {path} is of no known format. Known are: {wanted}.")
    return found


def read(path: Path | str, options: Options | None = None) -> Interactions:
    """Interactions from a file or folder of a known format. Raises InputError, one sentence, for anything wrong."""
    path = Path(path)
    return format_of(path).read(path, options or Options())
