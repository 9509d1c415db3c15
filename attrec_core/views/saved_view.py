"""A view as a file: all that its address holds, and which run it was saved with; read and never trusted."""

from __future__ import annotations

import functools
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Any

from attrec_core import __version__
from attrec_core.errors import InputError, shown
from attrec_core.runs.run import Run
from attrec_core.views.view import Fitted, View, cut, from_query, to_query
from attrec_core.views.view_fit import fit_to_run

FORMAT, VERSION = "attrec-state", 1
LARGEST = 1_000_000  # bytes; a state takes about a thousand


@dataclass(frozen=True)
class SavedRun:
    """The run that a view was saved with."""

    name: str
    fingerprint: str  # of its weights


@dataclass(frozen=True)
class State:
    """One view, where it was looked at, and what made its numbers."""

    query: Mapping[str, str]  # as in the address
    page: str  # path of the page in the app; "": its start
    run: SavedRun
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Known:
    """A run, as the check of a link or a file sees it."""

    run: Run

    @property
    def window(self) -> int:
        return self.run.model_config.window

    def has_user(self, user_id: str, /) -> bool:
        return user_id in self.run.user_index

    def has_item(self, item_id: str, /) -> bool:
        return item_id in self.run.item_index

    def history_length(self, user_id: str, /) -> int:
        return len(self.run.interactions.history(self.run.user_index[user_id]))


def state_of(view: View, page: str, run: Run, run_name: str | None = None) -> State:
    """`run_name`: how the app calls the run, where that differs from the name of its folder."""
    return State(to_query(view), page, SavedRun(run_name or run.name, run.fingerprint), versions())


@functools.cache
def versions() -> Mapping[str, str]:
    """Of this program and of what computes and draws."""
    named = {name: version(name) for name in ("numpy", "pandas", "plotly")}
    return {"attrec": __version__, "python": platform.python_version(), **named}


def to_json(state: State) -> str:
    return json.dumps({"format": FORMAT, "version": VERSION, **asdict(state)}, indent=1, ensure_ascii=False) + "\n"


def from_json(content: bytes | str, name: str = "state.json") -> State:
    """What a file named `name` holds. Raises InputError, one sentence with the name, for what is no state."""
    if len(content) > LARGEST:
        raise InputError(f"{cut(name)} is larger than {LARGEST // 1_000_000} MB and so is no saved state.")
    try:
        found = json.loads(content if isinstance(content, str) else content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InputError(f"{cut(name)} is no saved state: it is not JSON text in UTF-8.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(f'{cut(name)} is no saved state: it does not say "format": "{FORMAT}".')
    check_version(found.get("version"), name)
    run = found.get("run")
    for what, wrong in (
        ("query", not texts(found.get("query"))),
        ("page", not is_text(found.get("page"))),
        ("run", not texts(run) or not {"name", "fingerprint"} <= set(run)),
        ("versions", not texts(found.get("versions"))),
    ):
        if wrong:
            raise InputError(f'{cut(name)} is damaged: its "{what}" is missing or not what a saved state has there.')
    return State(found["query"], found["page"], SavedRun(run["name"], run["fingerprint"]), found["versions"])


def check_version(given: object, name: str) -> None:
    if type(given) is not int or given < 1:
        raise InputError(f"{cut(name)} is damaged: its format has the version {shown(given)}.")
    if given > VERSION:
        raise InputError(
            f"{cut(name)} was saved by a newer version of this program (format {given}; this one reads up to "
            f"{VERSION}). Update the program to open it."
        )


def texts(value: Any) -> bool:
    """Whether it is an object of texts."""
    return isinstance(value, dict) and all(is_text(text) for pair in value.items() for text in pair)


def is_text(value: Any) -> bool:
    """JSON can spell halves of characters, which nothing could show or put into an address."""
    return isinstance(value, str) and value.encode("utf-8", "replace").decode() == value


def fitted(state: State, run: Run, name: str = "state.json") -> Fitted:
    """The view as far as it holds for the run, and a sentence for the rest; the run itself is not named in it."""
    view, said = from_query(state.query)
    view, more = fit_to_run(replace(view, run=None), Known(run))
    # Those who check an address speak of a link; this is a file.
    said = [sentence.replace("This link", f"The saved state {cut(name)}", 1) for sentence in said + more]
    if state.run.fingerprint != run.fingerprint:
        said.insert(
            0,
            f"The saved state {cut(name)} was made with another model ({cut(state.run.name)}, weights "
            f"{cut(state.run.fingerprint)}) than {cut(run.name)} (weights '{run.fingerprint}'): its numbers differ.",
        )
    return view, said


def view_of_state(text: bytes | str, run: Run, name: str = "state.json") -> Fitted:
    """A saved state's view for this run, and a sentence for each part that does not fit. Raises InputError."""
    return fitted(from_json(text, name), run, name)
