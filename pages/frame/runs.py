"""Which runs there are, the data that is served about them, and messages about them."""

from __future__ import annotations

import argparse
import functools
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import streamlit as st

from attrec_core.errors import InputError, count_of
from attrec_core.explain.other_systems import WORKER
from attrec_core.jobs.job import JobRequest
from attrec_core.jobs.queue import Queue
from attrec_core.runs import lookup
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.library import open_runs
from attrec_core.runs.library.open_runs import OpenRuns, in_trash
from attrec_core.runs.library.rename_and_trash import tidy_workspace
from attrec_core.runs.run import Run, folder_name
from attrec_core.storage.workspace import SAMPLE_RUN, home
from attrec_core.views import page_context
from attrec_core.views.metric_space import words
from attrec_core.views.runs.words import gone_sentence
from attrec_core.views.view import View, quoted_text
from pages.frame.plain_text import fault, plain


@dataclass(frozen=True)
class Opened:
    """The available runs by name, and an error for each run of the command line that does not open."""

    runs: OpenRuns
    faults: tuple[InputError, ...]


CACHE = open_runs.RunCache()  # shared by all sessions


def opened() -> Opened:
    """Returns the runs that `streamlit run app.py -- --run RUN …` names, the sample, and all runs now in the workspace.

    Called several times a page: while no run was added or removed, it costs a look at the time of one folder.
    """
    workspace, arguments = home().runs, tuple(sys.argv)
    files = tuple(open_runs.version_of(path) for path in (*asked_for(arguments)[0], SAMPLE_RUN))
    return cached_runs(arguments, workspace, (open_runs.list_version(workspace), files))


@functools.lru_cache(maxsize=8)
def cached_runs(arguments: tuple[str, ...], place: Path, version: tuple) -> Opened:
    """`opened`, cached while all that it depends on stays the same. The runs of the command line stay in memory."""
    named, faults = asked_for(arguments)[0], list(asked_for(arguments)[1])
    CACHE.stay.update([*named, SAMPLE_RUN])
    sound: dict[Path, Path] = {}
    for path in dict.fromkeys([*named, SAMPLE_RUN]):
        if path in CACHE.former.values() and path.parent.resolve() == place.resolve() and not path.exists():
            continue  # it was in the workspace and was removed since
        if error := CACHE.outcome(path).fault:
            faults.append(error)
        else:
            sound.setdefault(path.resolve(), path)
    shelved = [path for path in open_runs.folders_in(place) if path.resolve() not in sound]
    names = [(path, folder_name(path)) for path in sound.values()] + [(path, path.name) for path in shelved]
    return Opened(OpenRuns(open_runs.folders_by_name(names), CACHE), tuple(faults))


def on_shelf(path: Path) -> bool:
    """Whether a run is in the workspace, where it can be renamed, annotated and deleted."""
    return path.parent.resolve() == home().runs.resolve()


def names_outside() -> tuple[str, ...]:
    """Returns the names of the runs outside the workspace: the bundled run, and the runs of the command line."""
    return tuple(name for name, path in opened().runs.folders.items() if not on_shelf(path))


def names_taken() -> tuple[str, ...]:
    """Returns the names that no run of the workspace may get: of runs outside it, and of trainings that have not ended
    or can be resumed."""
    jobs = (job for job in Queue(home()).jobs() if not job.has_ended or job.can_resume)
    return (*names_outside(), *(job.request.name for job in jobs if isinstance(job.request, JobRequest)))


@functools.lru_cache(maxsize=8)
def asked_for(arguments: tuple[str, ...]) -> tuple[list[Path], list[InputError]]:
    """Returns the folders that the command line names, and an error for each of its words that is not understood."""
    if Path(arguments[0]).name != "app.py":
        return [SAMPLE_RUN], []  # started in another way, such as by a test
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--run", action="append", type=Path)
    parser.add_argument("--model", type=Path, help="FILE.py:Class of a model of somebody's own")
    try:
        given, unknown = parser.parse_known_args(arguments[1:])
    except argparse.ArgumentError as error:
        text = "{option} needs a value: --run RUN, --model FILE.py:Class. The bundled sample is shown."
        return [SAMPLE_RUN], [InputError("no_value", text, option=error.argument_name)]
    WORKER.own = "" if given.model is None else str(given.model.absolute())
    text = "The app does not know the option {word}; name a run with --run RUN."
    errors = [InputError("unknown_word", text, word=quoted_text(word)) for word in unknown]
    return [path.absolute() for path in given.run or [SAMPLE_RUN]], errors


def runs_asked_for() -> Iterator[Run]:
    runs, paths = opened().runs, asked_for(tuple(sys.argv))[0]
    return filter(None, (runs.get(name) for name, path in runs.folders.items() if path in paths))


def warm_up() -> None:
    """Removes what killed programs have left, opens the runs of the command line, and picks the user that each of them
    shows first. Called before the first visitor."""
    tidy_workspace()
    for run in runs_asked_for():
        page_context.example_user(run)
        if run.interactions.n_items > lookup.MANY:
            lookup.by_popularity(run)


def warm_up_maps() -> None:
    """Computes the trustworthiness of the maps of these runs. Called when the server already answers."""
    for run in runs_asked_for():
        if run.spaces:
            words.warm(run)


def address_of(what: str, run: str) -> str:
    return f"attrec/{what}/{quote(run, safe='')}"


def catalogue_json(name: str, of: str, query: str | None = None) -> bytes:
    """Returns the items (popular first) or the users of a run for the type-ahead search; with a query, the items whose
    titles fit it best. Raises KeyError when no such run is open."""
    make, run = {"items": items_json, "users": users_json}[of], opened().runs[name]
    if query is None or of != "items":
        return make(run)
    return items_as_json(run, lookup.best_matches(run, query))


@cached
def items_json(run: Run) -> bytes:
    return items_as_json(run, (-run.popularity).argsort(kind="stable").tolist())


def items_as_json(run: Run, items: list[int]) -> bytes:
    data = run.interactions
    entries = [[data.item_ids[item], data.titles[item][:300], data.years[item]] for item in items]
    return json.dumps({"items": entries}, ensure_ascii=False).encode()


@cached
def users_json(run: Run) -> bytes:
    lengths = dict(zip(run.interactions.user_ids, np.diff(run.interactions.starts).tolist(), strict=True))
    entries = [[name, name, count_of(lengths[name], "item")] for name in names_in_order(run)]
    return json.dumps({"items": entries}, ensure_ascii=False).encode()


def known_names(view: View) -> list[str]:
    """Returns the names of the available runs, and of runs in this view whose folder is gone."""
    runs = opened().runs
    return list(dict.fromkeys([*runs, *(name for name in (view.run, view.beside) if name and runs.has_left(name))]))


def what_became_of(name: str, path: Path) -> str:
    return gone_sentence(name, in_trash(home(), opened().runs, path), there=path.exists())


def show_faults_and_gone(view: View) -> None:
    """Shows an error for each fault of the command line, and a warning for each run that is shown from memory."""
    for error in opened().faults:
        st.error(fault(error))
    runs = opened().runs
    for name in dict.fromkeys(filter(None, (view.run, view.beside))):
        if runs.has_left(name) and (path := runs.former_folder(name)) is not None:
            st.warning(plain(f"{what_became_of(name, path)} It is still shown, from memory."))


@cached
def names_in_order(run: Run) -> tuple[str, ...]:
    """Returns all user ids as people sort them: 2 before 10."""
    return tuple(
        sorted(run.interactions.user_ids, key=lambda name: (not name.isdecimal(), len(name) * name.isdecimal(), name))
    )
