"""Fits a view to the existing runs: drops the parts that do not fit, with a remark for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from attrec_core.errors import Remark, count_of
from attrec_core.explain.attention import layers_and_heads
from attrec_core.explain.forward import EXTREMES
from attrec_core.explain.moment import window_at
from attrec_core.runs.run import Run
from attrec_core.views.page_context import step_of
from attrec_core.views.step_by_step.grids import SHOWN
from attrec_core.views.view import NAMED, Fitted, View, of_link, quoted_names, quoted_text

PICKS = 10  # items that a new person may have picked
RUNS = {
    "run": "{source} names the run {asked}, which is not here; another one is shown (here: {loaded}). {get}",
    "beside": "{source} compares with the run {asked}, which is not here; it was left out (here: {loaded}). {get}",
}
GET = "To see it, import its .zip on the page Runs."
# Lists of items: what a remark calls the list, and the consequence if no item is left.
LISTS = {
    "likes": ("list of picks", "there is no new person"),
    "window": ("window", "the actual history is shown"),
    "pin": ("baseline", "the baseline is the actual history"),
}
ITEMS = {
    "selected": "{source} selects the item {item}, which {place} does not know; nothing is selected.",
    "item": "{source} explains the item {item}, which {place} does not know; it was left out.",
    "against": "{source} compares with the item {item}, which {place} does not know; it was left out.",
}


@dataclass(frozen=True)
class Known:
    """The facts of a run against which a view is checked."""

    run: Run

    @property
    def window(self) -> int:
        return self.run.model_config.window

    @property
    def dims(self) -> int:
        """The number of dimensions that Step by step shows."""
        return min(self.run.model_config.dim, SHOWN)

    @property
    def aggregation(self) -> str:
        return self.run.model_config.aggregation

    @property
    def matrices(self) -> tuple[int, int]:
        """The numbers of layers and heads."""
        return layers_and_heads(self.run.model_config)

    def has_user(self, user_id: str) -> bool:
        return user_id in self.run.user_index

    def has_item(self, item_id: str) -> bool:
        return item_id in self.run.item_index

    def history_length(self, user_id: str) -> int:
        return len(self.run.interactions.history(self.run.user_index[user_id]))


def fit_to_runs(view: View, names: Sequence[str]) -> Fitted:
    """Drops the names of runs that do not exist. Returns the view, and a remark for each dropped name."""
    remarks = []
    for field, text in RUNS.items():
        name = getattr(view, field)
        if name is not None and name not in names:
            remarks.append(of_link("unknown_run", text, asked=quoted_text(name), loaded=quoted_names(names), get=GET))
            view = replace(view, **{field: None})
    return Fitted(view, tuple(remarks))


def fit_to_run(view: View, run: Known) -> Fitted:
    """Drops the parts of a view that the run does not have. Returns the view, and a remark for each dropped part."""
    fitting = Fitting(view, run, "the run" if view.run is None else f"the run {quoted_text(view.run)}", [])
    fitting.user()
    fitting.likes()
    fitting.items_of("window", run.window, "{place} uses {most}")
    fitting.items_of("pin", run.window, "{place} uses {most}")
    fitting.apart()
    fitting.single_items()
    fitting.cell()
    fitting.layer_and_head()
    fitting.by_hand()
    return Fitted(fitting.view, tuple(fitting.remarks))


def in_one_way(run: Run, view: View) -> View:
    """Returns the view in the form that every address uses: with its step, without a window that equals the actual
    history, and without settings that are as trained."""
    config = run.model_config
    trained: dict[str, Any] = {
        "omega": config.long_weight,
        "mask": config.mask,
        "signal": "on" if config.time_signal else "off",
        "pool": config.aggregation,
    }
    layers, heads = layers_and_heads(config)
    trained |= {"layer": layers, "head": 1 if heads == 1 else None}
    if view.user is not None:
        user = run.user_index[view.user]
        view = replace(view, step=step_of(run, user, view))
        ids = tuple(run.interactions.item_ids[item] for item in window_at(run, user, view.step))
    else:
        ids = (view.likes or ())[-config.window :]
    trained |= {"window": ids, "pin": ids}
    return replace(view, **{name: None for name, value in trained.items() if getattr(view, name) == value})


@dataclass
class Fitting:
    """A view while it is fitted to a run, part by part."""

    view: View
    run: Known
    place: str  # what a remark calls the run
    remarks: list[Remark]

    def remark(self, code: str, text: str, **facts: object) -> None:
        self.remarks.append(of_link(code, text, place=self.place, **facts))

    def change(self, **fields: object) -> None:
        self.view = replace(self.view, **fields)  # type: ignore[arg-type]

    def user(self) -> None:
        user, step = self.view.user, self.view.step
        if user is None:
            if step is not None:
                text = "{source} gives the step {step} but no user; the step was left out."
                self.remark("step_without_user", text, step=step)
                self.change(step=None)
        elif not self.run.has_user(user):
            gone = "the user was" if step is None else f"the user and the step {step} were"
            text = "{source} names the user {user}, who is not in {place}; {gone} left out."
            self.remark("unknown_user", text, user=quoted_text(user), gone=gone)
            self.change(user=None, step=None)
        elif step is not None and not 1 <= step <= (length := self.run.history_length(user)):
            text = "{source} gives the step {step}, but the history of {user} has {items}; the step was left out."
            self.remark("step_beyond", text, step=step, user=quoted_text(user), items=count_of(length, "item"))
            self.change(step=None)

    def likes(self) -> None:
        likes = self.view.likes or ()
        if self.view.user is not None and likes:
            text = "{source} names the user {user} and picks of a new person; the picks were left out."
            self.remark("user_and_picks", text, user=quoted_text(self.view.user))
            self.change(likes=None)
            return
        distinct = tuple(dict.fromkeys(likes))
        if len(distinct) < len(likes):
            repeated = quoted_names([item for item in distinct if likes.count(item) > 1], ", …")
            text = "{source}'s {part} names {items} more than once; an item counts once."
            self.remark("picked_again", text, part=LISTS["likes"][0], items=repeated)
        self.change(likes=distinct)
        self.items_of("likes", PICKS, "no more than {most} count")

    def items_of(self, field: str, most: int, too_long: str) -> None:
        """Keeps the items of a list that the run knows, at most the newest `most`."""
        items = getattr(self.view, field) or ()
        (part, if_empty), known_items = LISTS[field], tuple(item for item in items if self.run.has_item(item))
        if len(known_items) < len(items):
            unknown = quoted_names([item for item in dict.fromkeys(items) if item not in known_items])
            text = "{source}'s {part} holds items that {place} does not know: {items}; {rest}."
            rest = "the other items stay" if known_items else if_empty
            self.remark("unknown_items", text, part=part, items=unknown, rest=rest)
        if len(known_items) > most:
            text = "{source}'s {part} holds {count} items, but {limit}; the newest {most} stay."
            limit = Remark("too_long", too_long, {"place": self.place, "most": most})
            self.remark("too_many_items", text, part=part, count=len(known_items), limit=limit, most=most)
        self.change(**{field: known_items[-most:] or None})

    def apart(self) -> None:
        """Keeps two different items that the run knows, or none."""
        pair = self.view.apart or ()
        if pair and not (len(pair) == len(set(pair)) == 2 and all(map(self.run.has_item, pair))):
            text = "{source} compares {items}, which are not two different items of {place}."
            self.remark("not_two_items", text, items=", ".join(quoted_text(item) for item in pair[:NAMED]))
            pair = ()
        self.change(apart=pair or None)

    def single_items(self) -> None:
        """Drops single items (selected, explained, compared) that the run does not know."""
        for field, text in ITEMS.items():
            item = getattr(self.view, field)
            if item is not None and not self.run.has_item(item):
                self.remark("unknown_item", text, item=quoted_text(item))
                self.change(**{field: None})

    def by_hand(self) -> None:
        """Drops attention set by hand if the window has another length, or if m is not a sum of the items."""
        shares = self.view.by_hand
        if shares is None:
            return
        length, pool = self.window_length(), self.view.pool or self.run.aggregation
        if len(shares) != length:
            text = (
                "{source} sets the attention of {items} by hand, but the window holds {length}; the model's own "
                "attention is shown."
            )
            self.remark("shares_do_not_fit", text, items=count_of(len(shares), "item"), length=length)
        elif pool in EXTREMES:
            text = (
                "{source} sets the attention by hand, but pooling by {pool} is not a sum of the items; it was left out."
            )
            self.remark("no_sum", text, pool=pool)
        else:
            return
        self.change(by_hand=None)

    def window_length(self) -> int:
        view, full_length = self.view, self.run.window
        if view.window is not None:
            return len(view.window)
        if view.user is not None:
            return min(view.step or max(1, self.run.history_length(view.user) - 1), full_length)
        return min(len(view.likes or ()) or full_length, full_length)

    def layer_and_head(self) -> None:
        """Drops a layer or a head that the run's model does not have."""
        for part, count in zip(("layer", "head"), self.run.matrices, strict=True):
            given = getattr(self.view, part)
            if given is not None and given > count:
                text = "{source} asks for {part} {given}, but the model of {place} has {most}; it was left out."
                self.remark("no_such_matrix", text, part=part, given=given, most=count)
                self.change(**{part: None})

    def cell(self) -> None:
        if self.view.cell is not None and max(self.view.cell) > self.run.window:
            row, column = self.view.cell
            text = "{source} gives the cell {row},{column}, but the window of {place} holds {window}; it was left out."
            self.remark("cell_beyond", text, row=row, column=column, window=self.run.window)
            self.change(cell=None)
        if self.view.dim is not None and self.view.dim > self.run.dims:
            text = "{source} gives the dimension {dim}, but Step by step shows {dims}; it was left out."
            self.remark("dimension_beyond", text, dim=self.view.dim, dims=self.run.dims)
            self.change(dim=None)
