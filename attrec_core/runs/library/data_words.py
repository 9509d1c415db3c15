"""In words, what a run or a data set says of the data it comes from."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrec_core.data.formats import FORMATS
from attrec_core.data.interactions import Interactions
from attrec_core.data.reading.catalogue import about as what_it_says
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.storage.workspace import SAMPLE_DATA

# Where data was read from: what the readers call it → what people do.
SOURCES = {name: words for known in FORMATS for name, words in known.called.items()}
FILMS = {"movielens-100k", "movielens-dat", "movielens-csv", "movietweetings"}  # sources whose items are films
# What is compared of the data of two runs: its name, and what its values are called.
FACTS = {
    "data name": ("data set", {}),
    "data source": ("read from", SOURCES),
    "data tie_rule": (
        "test item when timestamps tie",
        {"file-first": "the first in the file", "file-last": "the last in the file"},
    ),
    "data duplicates": ("repeated items", {"keep": "kept", "collapse": "dropped at the same time", "drop": "dropped"}),
}
NOTHING = {"data name": "unnamed"}


def source_in_words(source: str) -> str:
    return SOURCES.get(source, source)


def bundled(name: str) -> str:
    """How what the app is delivered with is called beside what people have brought."""
    return f"{name} (bundled)"


def data_called(path: Path) -> str:
    """A data set by the folder that it is in."""
    return bundled(path.name) if path == SAMPLE_DATA else path.name


def data_name(about: Mapping[str, Any]) -> str:
    """The name of the data set that a run was trained on, "" where it had none. The bundled one is a plain folder,
    which gives its data no name: it is known by what it says of itself.
    """
    if about.get("name"):
        return str(about["name"])
    says = about.get("about")
    return bundled(SAMPLE_DATA.name) if says and says == said_by_sample() else ""


def noun(data: Interactions) -> str:
    """What the items of the data are called: "films" where its format tells, and of the bundled data; else "items"."""
    films = data.source in FILMS or data_name({"name": data.name, "about": data.about}) == bundled(SAMPLE_DATA.name)
    return "films" if films else "items"


@functools.cache
def said_by_sample() -> str:
    return what_it_says(SAMPLE_DATA)


def data_of(entry: LibraryEntry) -> str:
    """What a run was trained on: the data set's name, or where the data was read from."""
    return entry.source if entry.about.get("name") else data_name(entry.about) or source_in_words(entry.source)


def fact_in_words(key: str, value: Any) -> str:
    """A value of one of FACTS."""
    return NOTHING.get(key, "–") if value is None else FACTS[key][1].get(value, str(value))
