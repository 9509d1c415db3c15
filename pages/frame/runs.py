"""Which runs there are, and what is served and said of them."""

from __future__ import annotations

import argparse
import functools
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import streamlit as st

from attrec_core.errors import InputError, count_of
from attrec_core.explain.other_systems import WORKER
from attrec_core.runs import title_search
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.library import open_runs
from attrec_core.runs.library.open_runs import OpenRuns, in_trash
from attrec_core.runs.library.pack import called
from attrec_core.runs.library.rename_and_trash import tidy
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import SAMPLE_RUN, home, read_only
from attrec_core.views import page_context
from attrec_core.views.metric_space import words
from attrec_core.views.runs.words import gone_sentence
from attrec_core.views.view import View, cut
from pages.widgets.widgets import fault, plain


@dataclass(frozen=True)
class Opened:
    """The runs that there are, by name, and why each other one that the command line names does not open."""

    runs: OpenRuns
    faults: tuple[InputError, ...]


CACHE = open_runs.RunCache()  # of all sessions


def opened() -> Opened:
    """What `streamlit run app.py -- --run RUN …` names, the sample, and all runs that are in the workspace just now.

    Asked several times a page: where nothing came or went it costs a look at one folder's time.
    """
    place, arguments = home().runs, tuple(sys.argv)
    files = tuple(open_runs.version_of(path) for path in (*asked_for(arguments)[0], SAMPLE_RUN))
    return at(arguments, place, (open_runs.list_version(place), files))


@functools.lru_cache(maxsize=8)
def at(arguments: tuple[str, ...], place: Path, version: tuple) -> Opened:
    """`opened`, cached as long as arguments, workspace and what else is opened stay the same. What the command line
    names stays in memory."""
    named, faults = asked_for(arguments)[0], list(asked_for(arguments)[1])
    CACHE.stay.update([*named, SAMPLE_RUN])
    sound = {}
    for path in dict.fromkeys([*named, SAMPLE_RUN]):
        if path in CACHE.former.values() and path.parent.resolve() == place.resolve() and not path.exists():
            continue  # it was in the workspace, and somebody has removed it since
        if error := CACHE.outcome(path).fault:
            faults.append(error)
        else:
            sound.setdefault(path.resolve(), path)
    shelved = [path for path in open_runs.folders_in(place) if path.resolve() not in sound]
    names = [(path, called(path)) for path in sound.values()] + [(path, path.name) for path in shelved]
    return Opened(OpenRuns(open_runs.named(names), CACHE), tuple(faults))


def on_shelf(path: Path) -> bool:
    """Whether a run is in the workspace, so that it can be renamed, annotated and deleted."""
    return path.parent.resolve() == home().runs.resolve()


def elsewhere() -> tuple[str, ...]:
    """The names of the runs outside the workspace: the bundled one, and those of the command line."""
    return tuple(name for name, path in opened().runs.folders.items() if not on_shelf(path))


@functools.lru_cache(maxsize=8)
def asked_for(arguments: tuple[str, ...]) -> tuple[list[Path], list[InputError]]:
    """The folders that the command line names, and an error for each word that makes no sense there."""
    if Path(arguments[0]).name != "app.py":
        return [SAMPLE_RUN], []  # started some other way, say by a test
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--run", action="append", type=Path)
    parser.add_argument("--model", type=Path, help="FILE.py:Class of a model of somebody's own")
    try:
        given, unknown = parser.parse_known_args(arguments[1:])
    except argparse.ArgumentError:
        text = "After --run the folder of a run is missing; the bundled sample is shown."
        return [SAMPLE_RUN], [InputError("no_folder", text)]
    WORKER.own = "" if given.model is None else str(given.model.absolute())
    text = "The app does not know the option {word}; name a run with --run RUN."
    errors = [InputError("unknown_word", text, word=cut(word)) for word in unknown]
    return [path.absolute() for path in given.run or [SAMPLE_RUN]], errors


def warm_up() -> None:
    """Before the first visitor: remove what killed programs have left, open what the command line names, and pick the
    user whom each run shows first."""
    if not read_only():
        tidy(home())
    runs, paths = opened().runs, asked_for(tuple(sys.argv))[0]
    for name, path in runs.folders.items():
        if path in paths and (run := runs.get(name)) is not None:
            page_context.example_user(run)
            if run.interactions.n_items > title_search.MANY:
                title_search.by_popularity(run)
            if run.spaces:
                words.warm(run)


def address_of(what: str, run: str) -> str:
    """The relative URL of what is served of a run beside its pages."""
    return f"attrec/{what}/{quote(run, safe='')}"


def catalogue_json(name: str, of: str, query: str | None = None) -> bytes:
    """The items (popular first) or the users of a run for the type-ahead search; with a query, the items whose titles
    fit it best. KeyError when no such run is open."""
    make, run = {"items": items_json, "users": users_json}[of], opened().runs[name]
    return (
        make(run)
        if query is None or of != "items"
        else entries_json(entries_of(run, title_search.best_matches(run, query)))
    )


@cached
def items_json(run: Run) -> bytes:
    return entries_json(entries_of(run, (-run.popularity).argsort(kind="stable").tolist()))


def entries_of(run: Run, items: list[int]) -> list[list[str]]:
    data = run.interactions
    return [[data.item_ids[item], data.titles[item][:300], data.years[item]] for item in items]


@cached
def users_json(run: Run) -> bytes:
    lengths = dict(zip(run.interactions.user_ids, np.diff(run.interactions.starts).tolist(), strict=True))
    return entries_json([[name, name, count_of(lengths[name], "item")] for name in names_in_order(run)])


def entries_json(entries: list[list[str]]) -> bytes:
    return json.dumps({"items": entries}, ensure_ascii=False).encode()


def known_names(view: View) -> list[str]:
    """Of the runs that there are, and of those that this view shows and whose folder has gone."""
    runs = opened().runs
    return list(dict.fromkeys([*runs, *(name for name in (view.run, view.beside) if name and runs.has_left(name))]))


def gone(name: str, path: Path) -> str:
    """What has become of a run that was known."""
    return gone_sentence(name, in_trash(home(), opened().runs, path), there=path.exists())


def show_gone(view: View) -> None:
    """A sentence for each run of the view that is shown from memory, for as long as that is so."""
    runs = opened().runs
    for name in dict.fromkeys(filter(None, (view.run, view.beside))):
        if runs.has_left(name):
            st.warning(plain(f"{gone(name, runs.former(name))} It is still shown, from memory."))


@cached
def names_in_order(run: Run) -> tuple[str, ...]:
    """All user ids as people sort them: 2 before 10."""
    return tuple(
        sorted(run.interactions.user_ids, key=lambda name: (not name.isdecimal(), len(name) * name.isdecimal(), name))
    )


def show_faults() -> None:
    """A sentence for each run that the command line names and that could not be opened."""
    for error in opened().faults:
        st.error(fault(error))
