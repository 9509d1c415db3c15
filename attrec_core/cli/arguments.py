"""Whom and what a command asks about: ids from the command line → what the run calls them."""

from __future__ import annotations

import argparse
import contextlib
import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from attrec_core.errors import InputError, shown
from attrec_core.explain.moment import window_at
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.listing import list_runs, weights_fingerprint
from attrec_core.runs.load import load
from attrec_core.storage.atomic_folder import RUN
from attrec_core.storage.workspace import SAMPLE_RUN, home
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.saved_view import LARGEST, State, from_json
from attrec_core.views.view import View


def run_of(options: argparse.Namespace) -> runs_run.Run:
    """The run that is named, else the one that the view in --state was saved with: the bundled one, or one of the
    workspace. Raises InputError where there is none."""
    if options.run is not None:
        return load(options.run)
    if options.state is None:
        raise InputError("Say which run: the folder of one, or --state FILE with a view that was saved.")
    wanted = saved_state(options.state).run
    places = [SAMPLE_RUN, *(one.path for one in list_runs(home()) if one.fault is None)]
    # The one of that name first: the weights of the others need not be read.
    for place in sorted(places, key=lambda path: path.name != wanted.name):
        with contextlib.suppress(InputError):  # a damaged run is not the one
            if (place / RUN.mark).is_file() and weights_fingerprint(place) == wanted.fingerprint:
                return load(place)
    raise InputError(
        f"{options.state} was saved with the run {shown(wanted.name)}, and no run here has its weights "
        f"({shown(wanted.fingerprint)}): name a run to open it with."
    )


def saved_state(file: Path) -> State:
    """What the app saved. Raises InputError for a file that cannot be read, or is none of its."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)  # enough to see that it is too large
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from None
    return from_json(content, file.name)


def new_person(run: runs_run.Run, options: argparse.Namespace) -> Scene:
    """Who likes what --likes names: their taste is folded in, their window what they like, or --window."""
    if options.user is not None or options.step is not None:
        raise InputError("--likes makes a new person, who has no --user and no --step.")
    ids = tuple(names(run, window_of(run, options.likes)))
    if not ids:
        raise InputError("--likes names no item: say which ones, as ID,ID,….")
    edited = None if options.window is None else tuple(names(run, window_of(run, options.window)))
    return scene(run, View(likes=ids, window=edited))


def view(run: runs_run.Run, options: argparse.Namespace) -> tuple[int | None, np.ndarray, np.ndarray]:
    """The user (or None), the window, and what the user had before it."""
    if options.user is None and options.window is None:
        raise InputError("Say whose recommendations (--user ID) or after which items (--window ID,ID,…).")
    user = user_of(run, options)
    seen = np.empty(0, np.int64)
    if user is not None:
        window = window_at(run, user, options.step)
        seen = run.interactions.history(user)[: options.step]
    if options.window is not None:
        window = window_of(run, options.window)
    return user, window, seen


def user_of(run: runs_run.Run, options: argparse.Namespace) -> int | None:
    """The index of --user, or None; a --step needs one."""
    if options.user is None and options.step is not None:
        raise InputError("--step looks back in the history of a user: say whose with --user ID.")
    return None if options.user is None else runs_run.index_of(options.user, run.user_index, "user")


def window_of(run: runs_run.Run, text: str) -> np.ndarray:
    """(n,) item indices of a --window."""
    try:
        ids = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error:
        raise InputError(
            f"--window {shown(text)} is no list of ids with commas between; an id that holds a comma, a quotation mark "
            'or a line break stands in "quotes".'
        ) from None
    return np.array([runs_run.index_of(item, run.item_index, "item") for item in ids], np.int64)


def names(run: runs_run.Run, items: Iterable[int]) -> list[str]:
    return [run.interactions.item_ids[item] for item in items]
