"""A view as a file: all that its address holds, and which run it was saved with; read and never trusted."""

from __future__ import annotations

import functools
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Any

from attrec_core.config import PROGRAM_VERSION
from attrec_core.errors import InputError, shown
from attrec_core.runs.run import Run
from attrec_core.views.view import Fitted, View, cut, from_query, of_link, to_query
from attrec_core.views.view_fit import Known, fit_to_run

FORMAT, VERSION = "attrec-state", 1
LARGEST = 1_000_000  # bytes; a state takes about a thousand


@dataclass(frozen=True)
class SavedRun:
    """The run that a view was saved with."""

    name: str
    fingerprint: str  # of its weights


@dataclass(frozen=True)
class State:
    """One view, where it was open, and what made its numbers."""

    query: Mapping[str, str]  # as in the address
    page: str  # path of the page in the app; "": its start
    run: SavedRun
    versions: Mapping[str, str]


def state_of(view: View, page: str, run: Run, run_name: str | None = None) -> State:
    """`run_name`: how the app calls the run, where that differs from the name of its folder."""
    return State(to_query(view), page, SavedRun(run_name or run.name, run.fingerprint), versions())


@functools.cache
def versions() -> Mapping[str, str]:
    """Of this program and of what computes and draws."""
    named = {name: version(name) for name in ("numpy", "pandas", "plotly")}
    return {"attrec": PROGRAM_VERSION, "python": platform.python_version(), **named}


def to_json(state: State) -> str:
    return json.dumps({"format": FORMAT, "version": VERSION, **asdict(state)}, indent=1, ensure_ascii=False) + "\n"


def from_json(content: bytes | str, name: str = "state.json") -> State:
    """What a file named `name` holds. Raises InputError with that name for what is no state."""
    file = cut(name)
    if len(content) > LARGEST:
        text = "{file} is larger than {most} MB and so is no saved state."
        raise InputError("too_large", text, file=file, most=LARGEST // 1_000_000)
    try:
        held = json.loads(content if isinstance(content, str) else content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InputError("not_json", "{file} is no saved state: it is not JSON text in UTF-8.", file=file) from None
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        text = '{file} is no saved state: it does not say "format": "{format}".'
        raise InputError("not_a_state", text, file=file, format=FORMAT)
    given, run = held.get("version"), held.get("run", {})
    if type(given) is not int or given < 1:
        text = "{file} is damaged: its format has the version {given}."
        raise InputError("damaged", text, file=file, given=shown(given))
    if given > VERSION:
        text = (
            "{file} was saved by a newer version of this program (format {given}; this one reads up to {most}). Update "
            "the program to open it."
        )
        raise InputError("newer_version", text, file=file, given=given, most=VERSION)
    for part, right in {
        "query": texts(held.get("query")),
        "page": is_text(held.get("page")),
        "run": texts(run) and {"name", "fingerprint"} <= run.keys(),
        "versions": texts(held.get("versions")),
    }.items():
        if not right:
            text = '{file} is damaged: its "{part}" is missing or not what a saved state has there.'
            raise InputError("damaged", text, file=file, part=part)
    return State(held["query"], held["page"], SavedRun(run["name"], run["fingerprint"]), held["versions"])


def texts(value: Any) -> bool:
    """Whether it is an object of texts."""
    return isinstance(value, dict) and all(is_text(text) for pair in value.items() for text in pair)


def is_text(value: Any) -> bool:
    """JSON can spell halves of characters, which nothing could show or put into an address."""
    return isinstance(value, str) and value.encode("utf-8", "replace").decode() == value


def fitted(state: State, run: Run, name: str = "state.json") -> Fitted:
    """The view as far as it holds for the run, and a remark for the rest; the run itself is not named in it."""
    view, remarks = from_query(state.query)
    view, more = fit_to_run(replace(view, run=None), Known(run))
    source = f"The saved state {cut(name)}"
    if state.run.fingerprint != run.fingerprint:
        text = (
            "{source} was made with another model ({made_with}, weights {weights}) than {run} (weights '{own}'): its "
            "numbers differ."
        )
        made_with, weights = cut(state.run.name), cut(state.run.fingerprint)
        facts = {"made_with": made_with, "weights": weights, "run": cut(run.name), "own": run.fingerprint}
        remarks = (of_link("another_model", text, **facts), *remarks)
    return Fitted(view, tuple(remark.with_facts(source=source) for remark in (*remarks, *more)))
