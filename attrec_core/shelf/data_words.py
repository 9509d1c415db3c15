"""In words, what a run or a data set says of the data it comes from."""

from __future__ import annotations

from typing import Any

from attrec_core.results.shelf import Shelved

# Where data was read from: what the readers call it → what people do.
SOURCES = {
    "table-folder": "a folder with a table",
    "csv": "a CSV table",
    "tsv": "a TSV table",
    "headerless": "a table without a header",
    "parquet": "a Parquet table",
    "json-lines": "lines of JSON",
    "pairs": "pairs of user and item",
    "sessions": "a table of sessions",
    "user-lines": "a line for each user",
    "retail": "retail invoices",
    "amazon-csv": "Amazon ratings",
    "amazon-json": "Amazon reviews",
    "movielens-100k": "MovieLens 100K",
    "movielens-dat": "MovieLens, ratings.dat",
    "movielens-csv": "MovieLens, ratings.csv",
    "movietweetings": "MovieTweetings",
    "hetrec": "HetRec 2011",
    "recbole": "RecBole",
    "recbole-sessions": "sessions of RecBole",
}
# What is compared of the data of two runs: its name, and what its values are called.
FACTS = {
    "data name": ("data set", {}),
    "data source": ("read from", SOURCES),
    "data tie_rule": (
        "of several rows at the last time, the test item is",
        {"file-first": "the first in the file", "file-last": "the last in the file"},
    ),
    "data duplicates": ("the same item again", {"keep": "kept", "drop": "left out"}),
}
NOTHING = {"data name": "none that has a name"}


def source_in_words(source: str) -> str:
    return SOURCES.get(source, source)


def data_of(one: Shelved) -> str:
    """What a run was trained on: the data set's name, or where the data was read from."""
    return one.source if one.about.get("name") else source_in_words(one.source)


def fact_in_words(key: str, value: Any) -> str:
    """A value of one of FACTS."""
    return NOTHING.get(key, "–") if value is None else FACTS[key][1].get(value, str(value))
