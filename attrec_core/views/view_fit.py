"""A view against the runs that there are: drops the parts that do not fit, with a sentence for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from attrec_core.views.view import Fitted, View, cut

NAMED = 5  # items that a sentence names before it counts the rest
PICKS = 10  # items that a new person may have picked
PICKED = "list of picks"
MARKED = {"selected": "selects", "item": "explains", "against": "compares with"}


class Known(Protocol):
    """What a run knows, as far as a view can be wrong about it."""

    window: int  # L

    def has_user(self, user_id: str, /) -> bool: ...
    def has_item(self, item_id: str, /) -> bool: ...
    def history_length(self, user_id: str, /) -> int: ...


def fit_to_runs(view: View, names: Sequence[str]) -> Fitted:
    """The view without runs that are none of those that there are, and a sentence that names each."""
    said: list[str] = []
    for name, does in (("run", "names"), ("beside", "compares with")):
        asked = getattr(view, name)
        if asked is not None and asked not in names:
            loaded = ", ".join(cut(one) for one in names[:NAMED])
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            said.append(
                f"This link {does} the run {cut(asked)}, which is not loaded; it was left out. Loaded: {loaded}{more}."
            )
            view = replace(view, **{name: None})
    return view, said


def fit_to_run(view: View, run: Known) -> Fitted:
    """The view without what the run does not know, and a sentence for each part that was left out."""
    said: list[str] = []
    place = "the run" if view.run is None else f"the run {cut(view.run)}"
    view = _fit_user(view, run, place, said)
    view = _fit_likes(view, run, place, said)
    window = _fit_items(view.window, run, place, "window", "the real history is shown", run.window, said)
    pin = _fit_items(view.pin, run, place, "pinned window A", "A is the real history", run.window, said)
    view = _fit_apart(replace(view, window=window, pin=pin), run, place, said)
    for name, does in MARKED.items():
        item = getattr(view, name)
        if item is not None and not run.has_item(item):
            left = "nothing is selected" if name == "selected" else "it was left out"
            said.append(f"This link {does} the item {cut(item)}, which {place} does not know; {left}.")
            view = replace(view, **{name: None})
    if view.cell is not None and max(view.cell) > run.window:
        said.append(f"This link gives the cell {view.cell[0]},{view.cell[1]}, but {place} looks at {run.window} items.")
        view = replace(view, cell=None)
    return view, said


def _fit_apart(view: View, run: Known, place: str, said: list[str]) -> View:
    """Two different items, or none."""
    pair = view.apart or None
    if pair is not None and (len(set(pair)) != 2 or len(pair) != 2 or not all(run.has_item(item) for item in pair)):
        named = ", ".join(cut(item) for item in pair[:NAMED])
        said.append(f"This link compares {named} as two far-apart items, but {place} does not know two such items.")
        pair = None
    return replace(view, apart=pair)


def _fit_user(view: View, run: Known, place: str, said: list[str]) -> View:
    if view.user is None:
        if view.step is not None:
            said.append(f"This link gives the step {view.step} but no user; the step was left out.")
        return replace(view, step=None)
    if not run.has_user(view.user):
        also = "" if view.step is None else f" and the step {view.step}"
        said.append(
            f"This link names the user {cut(view.user)}, whom {place} does not know; "
            f"the user{also} {'was' if view.step is None else 'were'} left out."
        )
        return replace(view, user=None, step=None)
    length = run.history_length(view.user)
    if view.step is not None and not 1 <= view.step <= length:
        said.append(
            f"This link gives the step {view.step}, but the history of {cut(view.user)} has {length} "
            "items; the step was left out."
        )
        return replace(view, step=None)
    return view


def _fit_likes(view: View, run: Known, place: str, said: list[str]) -> View:
    if view.user is not None and view.likes:
        said.append(f"This link names the user {cut(view.user)} and picks of a new person; the picks were left out.")
        return replace(view, likes=None)
    once = tuple(dict.fromkeys(view.likes or ()))
    if view.likes and len(once) < len(view.likes):
        twice = [item for item in once if view.likes.count(item) > 1]
        named = ", ".join(cut(item) for item in twice[:NAMED]) + ("" if len(twice) <= NAMED else ", …")
        said.append(f"This link's {PICKED} names {named} more than once; an item counts once.")
    likes = _fit_items(once, run, place, PICKED, "there is no new person", PICKS, said)
    return replace(view, likes=likes)


def _fit_items(
    items: tuple[str, ...] | None, run: Known, place: str, what: str, otherwise: str, most: int, said: list[str]
) -> tuple[str, ...] | None:
    if not items:
        return None
    unknown = list(dict.fromkeys(item for item in items if not run.has_item(item)))
    known = tuple(item for item in items if run.has_item(item))
    if unknown:
        named = ", ".join(cut(item) for item in unknown[:NAMED])
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        rest = "the other items stay" if known else otherwise
        said.append(f"This link's {what} holds items that {place} does not know: {named}{more}; {rest}.")
    if len(known) > most:
        limit = f"no more than {most} count" if what == PICKED else f"{place} looks at {most}"
        said.append(f"This link's {what} holds {len(known)} items, but {limit}; the newest {most} stay.")
    return known[-most:] or None
