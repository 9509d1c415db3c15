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
from attrec_core.views.view import Fitted, View, of_link, quoted_names, quoted_text

PICKS = 10  # items that a new person may have picked
# Lists of items: what a remark calls the list, and the consequence if no item is left.
LISTS = {
    "likes": ("list of picks", "there is no new person"),
    "window": ("window", "the actual history is shown"),
    "pin": ("baseline", "the baseline is the actual history"),
}


def fit_to_runs(view: View, names: Sequence[str]) -> Fitted:
    """Drops the names of runs that do not exist. Returns the view, and a remark for each dropped name."""
    remarks = []
    for field in ("run", "beside"):
        name = getattr(view, field)
        if name is not None and name not in names:
            remarks.append(of_link("unknown_run", kind=field, asked=quoted_text(name), loaded=quoted_names(names)))
            view = replace(view, **{field: None})
    return Fitted(view, tuple(remarks))


def fit_to_run(view: View, run: Run) -> Fitted:
    """Drops the parts of a view that the run does not have. Returns the view, and a remark for each dropped part."""
    fitting = Fitting(view, run, "the run" if view.run is None else f"the run {quoted_text(view.run)}", [])
    fitting.user()
    fitting.likes()
    for field in ("window", "pin"):
        length = run.model_config.window
        fitting.items_of(field, length, f"{fitting.place} uses {length}")
    fitting.single_items()
    fitting.numbers()
    fitting.by_hand()
    return Fitted(fitting.view, tuple(fitting.remarks))


def in_one_way(run: Run, view: View) -> View:
    """Returns the view as every address has it: with its step, and without what is as trained or as it was."""
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
    run: Run
    place: str  # what a remark calls the run
    remarks: list[Remark]

    def history_length(self, user_id: str) -> int:
        return len(self.run.interactions.history(self.run.user_index[user_id]))

    def remark(self, code: str, kind: str = "", **facts: Any) -> None:
        self.remarks.append(of_link(code, kind=kind, place=self.place, **facts))

    def change(self, **fields: object) -> None:
        self.view = replace(self.view, **fields)  # type: ignore[arg-type]

    def drop(self, code: str, *fields: str, kind: str = "", **facts: Any) -> None:
        self.remark(code, kind, **facts)
        self.change(**dict.fromkeys(fields))

    def user(self) -> None:
        user, step = self.view.user, self.view.step
        if user is None:
            if step is not None:
                self.drop("step_without_user", "step", step=step)
        elif user not in self.run.user_index:
            gone = "the user was" if step is None else f"the user and the step {step} were"
            self.drop("unknown_user", "user", "step", user=quoted_text(user), gone=gone)
        elif step is not None and not 1 <= step <= (length := self.history_length(user)):
            items = count_of(length, "item")
            self.drop("step_beyond", "step", step=step, user=quoted_text(user), items=items)

    def likes(self) -> None:
        likes = self.view.likes or ()
        if self.view.user is not None and likes:
            self.drop("user_and_picks", "likes", user=quoted_text(self.view.user))
            return
        distinct = tuple(dict.fromkeys(likes))
        if len(distinct) < len(likes):
            repeated = quoted_names([item for item in distinct if likes.count(item) > 1], ", …")
            self.remark("picked_again", part=LISTS["likes"][0], items=repeated)
        self.change(likes=distinct)
        self.items_of("likes", PICKS, f"no more than {PICKS} count")

    def items_of(self, field: str, most: int, too_long: str) -> None:
        """Keeps the items of a list that the run knows, at most the newest `most`."""
        items = getattr(self.view, field) or ()
        (part, if_empty), known_items = LISTS[field], tuple(item for item in items if item in self.run.item_index)
        if len(known_items) < len(items):
            unknown = quoted_names([item for item in dict.fromkeys(items) if item not in known_items])
            rest = "the other items stay" if known_items else if_empty
            self.remark("unknown_items", part=part, items=unknown, rest=rest)
        if len(known_items) > most:
            self.remark("too_many_items", part=part, count=len(known_items), limit=too_long, most=most)
        self.change(**{field: known_items[-most:] or None})

    def single_items(self) -> None:
        for field in ("selected", "item", "against"):
            item = getattr(self.view, field)
            if item is not None and item not in self.run.item_index:
                self.drop("unknown_item", field, kind=field, item=quoted_text(item))

    def numbers(self) -> None:
        """Drops a cell, a dimension, a layer or a head that the run's model does not have."""
        config = self.run.model_config
        layers, heads = layers_and_heads(config)
        for field, most, code in (
            ("cell", config.window, "cell_beyond"),
            ("dim", min(config.dim, SHOWN), "dimension_beyond"),
            ("layer", layers, "no_such_matrix"),
            ("head", heads, "no_such_matrix"),
        ):
            given = getattr(self.view, field)
            places = given if isinstance(given, tuple) else (given or 0,)
            if max(places) > most:
                self.drop(code, field, part=field, given=",".join(map(str, places)), most=most)

    def by_hand(self) -> None:
        """Drops attention set by hand if the window has another length, or if m is not a sum of the items."""
        shares, pool = self.view.by_hand, self.view.pool or self.run.model_config.aggregation
        if shares is not None and len(shares) != (length := self.window_length()):
            self.drop("shares_do_not_fit", "by_hand", items=count_of(len(shares), "item"), length=length)
        elif shares is not None and pool in EXTREMES:
            self.drop("no_sum", "by_hand", pool=pool)

    def window_length(self) -> int:
        view, most = self.view, self.run.model_config.window
        if view.window is not None:
            return len(view.window)
        count = len(view.likes or ()) or most
        if view.user is not None:
            count = step_of(self.run, self.run.user_index[view.user], view)
        return min(count, most)
