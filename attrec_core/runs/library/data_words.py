"""Texts about the data that a run or a data set comes from."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrec_core.data.formats import LABELS as SOURCES
from attrec_core.data.interactions import Interactions
from attrec_core.data.reading.catalogue import about as what_it_says
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.storage.workspace import SAMPLE_DATA

FILMS = {"movielens-100k", "movielens-dat", "movielens-csv", "movietweetings"}  # sources whose items are films
# The facts that are compared between the data of two runs: key → name, and value → text.
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
    """Returns the name of the app's own data set or run, as it differs from those that people added."""
    return f"{name} (bundled)"


def data_called(path: Path) -> str:
    """Returns the name of a data set, from its folder."""
    return bundled(path.name) if path == SAMPLE_DATA else path.name


def data_name(about: Mapping[str, Any]) -> str:
    """Returns the name of the data set that a run was trained on, "" if it had none. The bundled data set is a plain
    folder, which gives its data no name: it is recognised by its description.
    """
    if about.get("name"):
        return str(about["name"])
    description = about.get("about")
    return bundled(SAMPLE_DATA.name) if description and description == said_by_sample() else ""


def noun(data: Interactions) -> str:
    """Returns what to call the items of the data: "films" if its format says so or it is bundled, else "items"."""
    return "films" if data.source in FILMS or is_sample(data) else "items"


def is_sample(data: Interactions) -> bool:
    return data_name({"name": data.name, "about": data.about}) == bundled(SAMPLE_DATA.name)


def what_sample_is() -> str:
    """Returns the first sentence of the sample's description: which part of it is real, and which is simulated."""
    return said_by_sample().split(":")[0] + "."


@functools.cache
def said_by_sample() -> str:
    return what_it_says(SAMPLE_DATA)


def data_of(entry: LibraryEntry) -> str:
    """Returns what a run was trained on: the name of the data set, or where the data was read from."""
    return entry.source if entry.about.get("name") else data_name(entry.about) or source_in_words(entry.source)


def fact_in_words(key: str, value: Any) -> str:
    """Returns a value of one of FACTS as text."""
    return NOTHING.get(key, "–") if value is None else FACTS[key][1].get(value, str(value))
