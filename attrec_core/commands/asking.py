"""Whom and what a command asks about: ids from the command line → what the run calls them."""

from __future__ import annotations

import argparse
import csv
import difflib
from collections.abc import Iterable, Mapping

import numpy as np

from attrec_core import explain, runs
from attrec_core.errors import InputError, shown


def view(run: runs.Run, options: argparse.Namespace) -> tuple[int | None, np.ndarray, np.ndarray]:
    """The user (or None), the window, and what the user had before it."""
    if options.user is None and options.window is None:
        raise InputError("Say whose recommendations (--user ID) or after which items (--window ID,ID,…).")
    user = user_of(run, options)
    seen = np.empty(0, np.int64)
    if user is not None:
        window = explain.window_at(run, user, options.step)
        seen = run.interactions.history(user)[: options.step]
    if options.window is not None:
        window = window_of(run, options.window)
    return user, window, seen


def user_of(run: runs.Run, options: argparse.Namespace) -> int | None:
    """The index of --user, or None; a --step needs one."""
    if options.user is None and options.step is not None:
        raise InputError("--step looks back in the history of a user: say whose with --user ID.")
    return None if options.user is None else index_of(options.user, run.user_index, "user")


def window_of(run: runs.Run, text: str) -> np.ndarray:
    """(n,) item indices of a --window."""
    try:
        ids = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error:
        raise InputError(
            f"--window {shown(text)} is no list of ids with commas between; an id that holds a comma, a quotation mark "
            'or a line break stands in "quotes".'
        ) from None
    return np.array([index_of(item, run.item_index, "item") for item in ids], np.int64)


def index_of(name: str, index: Mapping[str, int], what: str) -> int:
    if name in index:
        return index[name]
    near = difflib.get_close_matches(name, index, n=3) if len(index) <= 50_000 else []
    hint = f" Did you mean {' or '.join(map(shown, near))}?" if near else ""
    raise InputError(f"The run has no {what} {shown(name)}.{hint}")


def names(run: runs.Run, items: Iterable[int]) -> list[str]:
    return [run.interactions.item_ids[item] for item in items]
