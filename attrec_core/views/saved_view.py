"""A view as a file: all that its address holds, and the run it was saved with. A file is checked, never trusted."""

from __future__ import annotations

import functools
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Any, get_type_hints

from attrec_core.config import PROGRAM_VERSION
from attrec_core.errors import InputError, shown
from attrec_core.runs.run import Run
from attrec_core.storage.read_errors import typed
from attrec_core.views.view import Fitted, View, from_query, of_link, quoted_text, to_query
from attrec_core.views.view_fit import fit_to_run

FORMAT, VERSION = "attrec-state", 1
LARGEST = 1_000_000  # bytes; a saved state takes about a thousand


@dataclass(frozen=True)
class SavedRun:
    name: str
    fingerprint: str  # of its weights


@dataclass(frozen=True)
class State:
    """A view, the page on which it was open, and the run and versions that its numbers come from."""

    query: Mapping[str, str]  # as in the address
    page: str  # path of the page in the app; "": its start
    run: SavedRun
    versions: Mapping[str, str]


def state_of(view: View, page: str, run: Run, run_name: str | None = None) -> State:
    """Returns the state of a view. run_name: the app's name for the run, if it differs from the folder's name."""
    return State(to_query(view), page, SavedRun(run_name or run.name, run.fingerprint), versions())


@functools.cache
def versions() -> Mapping[str, str]:
    """The versions of this program, of Python, and of the packages that compute and draw."""
    packages = {name: version(name) for name in ("numpy", "pandas", "plotly")}
    return {"attrec": PROGRAM_VERSION, "python": platform.python_version(), **packages}


def to_json(state: State) -> str:
    return json.dumps({"format": FORMAT, "version": VERSION, **asdict(state)}, indent=1, ensure_ascii=False) + "\n"


def from_json(content: bytes | str, name: str = "state.json") -> State:
    """Returns the state in the content of a file named `name`. Raises InputError with that name for other content."""
    file = quoted_text(name)
    if len(content) > LARGEST:
        text = "{file} is larger than {most} MB, so it is not a saved state."
        raise InputError("too_large", text, file=file, most=LARGEST // 1_000_000)
    try:
        record = json.loads(content if isinstance(content, str) else content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InputError("not_json", "{file} is no saved state: it is not JSON text in UTF-8.", file=file) from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        text = '{file} is no saved state: it does not say "format": "{format}".'
        raise InputError("not_a_state", text, file=file, format=FORMAT)
    format_version = record.get("version")
    if type(format_version) is not int or format_version < 1:
        text = "{file} is damaged: its format has the version {given}."
        raise InputError("damaged", text, file=file, given=shown(format_version))
    if format_version > VERSION:
        text = (
            "{file} was saved by a newer version of this program (format {given}; this one reads up to {most}). Update "
            "the program to open it."
        )
        raise InputError("newer_version", text, file=file, given=format_version, most=VERSION)
    parts: dict[str, Any] = {}
    for part, kind in get_type_hints(State).items():
        try:
            parts[part] = typed(record.get(part), kind, part)
            # JSON can also spell halves of characters, which nothing could show or put into an address.
            json.dumps(record[part], ensure_ascii=False).encode()
        except ValueError:
            text = '{file} is damaged: its "{part}" is missing or invalid.'
            raise InputError("damaged", text, file=file, part=part) from None
    return State(**parts)


def fitted(state: State, run: Run, name: str = "state.json") -> Fitted:
    """Returns the view as far as it fits the run, with remarks on the rest and on a difference of the models."""
    view, remarks = from_query(state.query)
    view, more = fit_to_run(replace(view, run=None), run)
    source = f"The saved state {quoted_text(name)}"
    if state.run.fingerprint != run.fingerprint:
        made_with, weights = quoted_text(state.run.name), quoted_text(state.run.fingerprint)
        facts = {"made_with": made_with, "weights": weights, "run": quoted_text(run.name), "own": run.fingerprint}
        remarks = (of_link("another_model", **facts), *remarks)
    return Fitted(view, tuple(remark.with_facts(source=source) for remark in (*remarks, *more)))
