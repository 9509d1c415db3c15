"""A view against the runs that there are: drops the parts that do not fit, with a remark for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from attrec_core.errors import Remark
from attrec_core.views.view import Fitted, View, cut, of_link

NAMED = 5  # items that a sentence names before it counts the rest
PICKS = 10  # items that a new person may have picked


class Known(Protocol):
    """What a run knows, as far as a view can be wrong about it."""

    window: int  # L

    def has_user(self, user_id: str, /) -> bool: ...
    def has_item(self, item_id: str, /) -> bool: ...
    def history_length(self, user_id: str, /) -> int: ...


@dataclass(frozen=True)
class ItemList:
    """A list of items in a view, in the words of a remark. without: what holds where nothing is left of it."""

    part: str
    without: str
    too_long: str = "{place} looks at {most}"


WINDOW = ItemList("window", "the real history is shown")
PIN = ItemList("pinned window A", "A is the real history")
LIKES = ItemList("list of picks", "there is no new person", "no more than {most} count")
RUNS = {
    "run": "{source} names the run {asked}, which is not loaded; it was left out. Loaded: {loaded}.",
    "beside": "{source} compares with the run {asked}, which is not loaded; it was left out. Loaded: {loaded}.",
}
ITEMS = {
    "selected": "{source} selects the item {item}, which {place} does not know; nothing is selected.",
    "item": "{source} explains the item {item}, which {place} does not know; it was left out.",
    "against": "{source} compares with the item {item}, which {place} does not know; it was left out.",
}


def fit_to_runs(view: View, names: Sequence[str]) -> Fitted:
    """The view without runs that are none of those that there are, and a remark that names each."""
    remarks = []
    for field, text in RUNS.items():
        asked = getattr(view, field)
        if asked is not None and asked not in names:
            remarks.append(of_link("unknown_run", text, asked=cut(asked), loaded=first_named(names)))
            view = replace(view, **{field: None})
    return Fitted(view, tuple(remarks))


def fit_to_run(view: View, run: Known) -> Fitted:
    """The view without what the run does not know, and a remark for each part that was left out."""
    place = "the run" if view.run is None else f"the run {cut(view.run)}"
    remarks: list[Remark] = []
    for fit in (fit_user, fit_likes, fit_windows, fit_apart, fit_items, fit_cell):
        view, found = fit(view, run, place)
        remarks += found
    return Fitted(view, tuple(remarks))


def first_named(names: Sequence[str], rest: str = " and {} more") -> str:
    """The first names, and how many more there are."""
    more = rest.format(len(names) - NAMED) if len(names) > NAMED else ""
    return ", ".join(cut(name) for name in names[:NAMED]) + more


def fit_user(view: View, run: Known, place: str) -> Fitted:
    if view.user is None and view.step is not None:
        text = "{source} gives the step {step} but no user; the step was left out."
        return Fitted(replace(view, step=None), (of_link("step_without_user", text, step=view.step),))
    if view.user is None:
        return Fitted(view)
    if not run.has_user(view.user):
        text = "{source} names the user {user}, whom {place} does not know; the user was left out."
        if view.step is not None:
            text = (
                "{source} names the user {user}, whom {place} does not know; the user and the step {step} were left "
                "out."
            )
        remark = of_link("unknown_user", text, user=cut(view.user), place=place, step=view.step)
        return Fitted(replace(view, user=None, step=None), (remark,))
    length = run.history_length(view.user)
    if view.step is not None and not 1 <= view.step <= length:
        text = "{source} gives the step {step}, but the history of {user} has {length} items; the step was left out."
        remark = of_link("step_beyond", text, step=view.step, user=cut(view.user), length=length)
        return Fitted(replace(view, step=None), (remark,))
    return Fitted(view)


def fit_likes(view: View, run: Known, place: str) -> Fitted:
    if view.user is not None and view.likes:
        text = "{source} names the user {user} and picks of a new person; the picks were left out."
        return Fitted(replace(view, likes=None), (of_link("user_and_picks", text, user=cut(view.user)),))
    once = tuple(dict.fromkeys(view.likes or ()))
    remarks = []
    if view.likes and len(once) < len(view.likes):
        twice = [item for item in once if view.likes.count(item) > 1]
        text = "{source}'s {part} names {items} more than once; an item counts once."
        remarks.append(of_link("picked_again", text, part=LIKES.part, items=first_named(twice, ", …")))
    likes, more = fit_list(once, LIKES, PICKS, run, place)
    return Fitted(replace(view, likes=likes), (*remarks, *more))


def fit_windows(view: View, run: Known, place: str) -> Fitted:
    window, remarks = fit_list(view.window, WINDOW, run.window, run, place)
    pin, more = fit_list(view.pin, PIN, run.window, run, place)
    return Fitted(replace(view, window=window, pin=pin), remarks + more)


def fit_apart(view: View, run: Known, place: str) -> Fitted:
    """Two different items, or none."""
    pair = view.apart or ()
    if not pair or (len(pair) == len(set(pair)) == 2 and all(run.has_item(item) for item in pair)):
        return Fitted(replace(view, apart=view.apart or None))
    text = "{source} compares {items} as two far-apart items, but {place} does not know two such items."
    remark = of_link("not_two_items", text, items=", ".join(cut(item) for item in pair[:NAMED]), place=place)
    return Fitted(replace(view, apart=None), (remark,))


def fit_items(view: View, run: Known, place: str) -> Fitted:
    """The items that are singled out."""
    remarks = []
    for field, text in ITEMS.items():
        item = getattr(view, field)
        if item is not None and not run.has_item(item):
            remarks.append(of_link("unknown_item", text, item=cut(item), place=place))
            view = replace(view, **{field: None})
    return Fitted(view, tuple(remarks))


def fit_cell(view: View, run: Known, place: str) -> Fitted:
    if view.cell is None or max(view.cell) <= run.window:
        return Fitted(view)
    text = "{source} gives the cell {row},{column}, but {place} looks at {window} items."
    row, column = view.cell
    remark = of_link("cell_beyond", text, row=row, column=column, place=place, window=run.window)
    return Fitted(replace(view, cell=None), (remark,))


def fit_list(
    items: tuple[str, ...] | None, of: ItemList, most: int, run: Known, place: str
) -> tuple[tuple[str, ...] | None, tuple[Remark, ...]]:
    """The items that the run knows, the newest `most` of them."""
    unknown = list(dict.fromkeys(item for item in items or () if not run.has_item(item)))
    known = tuple(item for item in items or () if run.has_item(item))
    remarks = []
    if unknown:
        text = "{source}'s {part} holds items that {place} does not know: {items}; {rest}."
        rest = "the other items stay" if known else of.without
        facts = {"part": of.part, "place": place, "items": first_named(unknown), "rest": rest}
        remarks.append(of_link("unknown_items", text, **facts))
    if len(known) > most:
        text = "{source}'s {part} holds {count} items, but {limit}; the newest {most} stay."
        limit = Remark("too_long", of.too_long, {"place": place, "most": most})
        remarks.append(of_link("too_many_items", text, part=of.part, count=len(known), limit=limit, most=most))
    return known[-most:] or None, tuple(remarks)
