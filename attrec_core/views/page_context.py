"""A view resolved against its run: user, moment, window, and everything the model computes from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.errors import count_of, number
from attrec_core.explain.forward import EXTREMES, Trace
from attrec_core.explain.moment import Moment, moment_of, usual_step
from attrec_core.explain.ranking import Ranking
from attrec_core.explain.vectors import fold_in
from attrec_core.explain.wording import letter
from attrec_core.runs.cached_on_owner import cached, cached_latest
from attrec_core.runs.run import Run
from attrec_core.views.view import View

CHEAP = 2_500_000_000  # numbers of a run's table that may be read to choose example users: about half a second


@dataclass(frozen=True, eq=False)
class Scene:
    """A view resolved against its run. Users and items are the run's dense indices."""

    run: Run
    view: View
    user: int | None  # None: a new person (see `likes`), or nobody in particular
    likes: np.ndarray  # (k,) items that a new person has picked; empty for everybody else
    step: int  # how many items of the history have happened; 0 for nobody
    moment: Moment  # everything that decides the ranking; every question is asked of it

    @property
    def window(self) -> np.ndarray:
        """(n,) item indices, oldest first."""
        return self.moment.window

    @property
    def real_window(self) -> np.ndarray:
        """The window without edits; empty for nobody."""
        return self.moment.real_window

    @property
    def target(self) -> int | None:
        """The actual next item, if one is known."""
        return self.moment.target

    @property
    def omega(self) -> float:
        """The what-if ω, else the trained ω. Without a long-term taste it has no effect."""
        trained = self.run.model_config.long_weight
        return trained if self.view.omega is None else self.view.omega

    @property
    def has_taste(self) -> bool:
        """Whether there is a long-term part: for a user, or for a new person."""
        return self.moment.taste is not None

    @property
    def point_name(self) -> str:
        """Whose point U is; where it is made of the window of nobody in particular, just “U”."""
        return self.who if self.has_person else "U"

    @property
    def has_person(self) -> bool:
        """Whether the scene is about a person: a user, or a new person."""
        return self.user is not None or len(self.likes) > 0

    @property
    def selected(self) -> int | None:
        return self.index(self.view.selected)

    @cached_property
    def explained(self) -> int | None:
        """The explained item: the view's, else the selected one if it is a candidate, else the first recommendation."""
        if self.view.item is not None:
            return self.index(self.view.item)
        if self.selected is not None and self.ranking.candidates[self.selected]:
            return self.selected
        return next(iter(self.ranking.top(1).tolist()), None)

    @property
    def taste_of(self) -> str:
        """What the long-term taste is made of: `vector`, `items` or `both`. A new person has no vector of their own."""
        taste = self.moment.config.taste
        return "items" if taste == "both" and self.user is None else taste

    @property
    def against(self) -> int | None:
        return self.index(self.view.against)

    @property
    def edited(self) -> bool:
        return self.moment.edited

    @property
    def what_ifs(self) -> dict[str, str]:
        """The settings that differ from the trained ones: field of the view → the change in words."""
        trained, config = self.run.model_config, self.moment.config
        mask = "no mask" if config.mask == "none" else f"mask {config.mask} the softmax"
        signal = "with time signal" if config.time_signal else "no time signal"
        changes = {
            "omega": (f"ω = {number(self.omega)}", self.omega != trained.long_weight and self.has_taste),
            "mask": (mask, config.mask != trained.mask),
            "signal": (signal, config.time_signal != trained.time_signal),
            "pool": (f"pool by {config.aggregation}", config.aggregation != trained.aggregation),
            "by_hand": ("attention by hand", self.by_hand),
        }
        return {field: words for field, (words, is_changed) in changes.items() if is_changed}

    @property
    def by_hand(self) -> bool:
        return self.moment.shares is not None

    @cached_property
    def pinned(self) -> Moment | None:
        """The baseline (A): the pinned window, else the actual one, with the trained settings. None without either."""
        window = self.real_window if self.view.pin is None else indices(self.run, self.view.pin)
        if not len(window):
            return None
        omega = self.run.model_config.long_weight if self.has_taste else 0.0
        trained = replace(self.moment.unedited(), config=self.run.model_config, long_weight=omega)
        return trained.with_window(window)

    @property
    def window_is_a(self) -> bool:
        return self.pinned is not None and np.array_equal(self.pinned.window, self.window)

    @property
    def compared(self) -> Moment | None:
        """The baseline (A), if this scene (B) has another window or other settings of the attention matrix; else None.
        A change of ω alone is shown on the page Score split."""
        same = self.window_is_a and self.moment.config == self.run.model_config and not self.by_hand
        return None if same else self.pinned

    @cached_property
    def history(self) -> np.ndarray:
        """All items of the user, oldest first; the picks of a new person; empty for nobody."""
        return self.likes if self.user is None else self.run.interactions.history(self.user)

    @property
    def trace(self) -> Trace:
        return self.moment.trace

    @property
    def ranking(self) -> Ranking:
        return self.moment.ranking

    def index(self, item_id: str | None) -> int | None:
        return None if item_id is None else self.run.item_index[item_id]

    def title(self, item: int) -> str:
        return self.run.interactions.titles[item]

    def subtitle(self, item: int) -> str:
        """Year and genres, if known."""
        data = self.run.interactions
        return " · ".join(part for part in (data.years[item], ", ".join(data.genres[item])) if part)

    def item_id(self, item: int) -> str:
        return self.run.interactions.item_ids[item]

    def ids(self, items: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.item_id(item) for item in items)

    @property
    def who(self) -> str:
        if self.user is not None:
            return self.run.interactions.user_ids[self.user]
        return "you" if len(self.likes) else "nobody in particular"

    @property
    def when(self) -> str:
        """At which step of a user's history the scene stands: “after 73 of 74 items”; empty without a history."""
        return "" if self.user is None else f"after {self.step} of {count_of(len(self.history), 'item')}"

    @property
    def whose(self) -> str:
        """Whose moment it is: “Ada Abe, after 32 of 33 items, edited”."""
        return ", ".join(filter(None, (self.who, self.when, "edited" if self.edited and self.has_person else "")))

    def hue(self, item: int) -> int | None:
        """The index of an item's colour; None if the item is in no window: neither the actual window, nor A, nor B."""
        return self.hues.get(int(item))

    @cached_property
    def letters(self) -> dict[int, str]:
        """Item of the window → its letter, or several letters if it occurs several times: "A, C"."""
        letters: dict[int, str] = {}
        for position, item in enumerate(self.window.tolist()):
            letters[item] = f"{letters[item]}, {letter(position)}" if item in letters else letter(position)
        return letters

    @cached_property
    def hues(self) -> dict[int, int]:
        # Items of the actual window come first, so that an edit changes no other item's colour.
        pinned = [] if self.pinned is None else self.pinned.window.tolist()
        items = dict.fromkeys([*self.real_window.tolist(), *pinned, *self.window.tolist()])
        return {item: index for index, item in enumerate(items)}


def indices(run: Run, ids: tuple[str, ...]) -> np.ndarray:
    return np.array([run.item_index[item] for item in ids], np.int64)


def scene(run: Run, view: View) -> Scene:
    """Returns the scene of a view that fits the run (see `fit_to_run`). A view of nobody without a window shows the
    run's example user. The same view gives the same scene again, as in a callback and in the page after it."""
    view = replace(view, progress=None)  # progress in the lesson does not change the scene
    return cached_latest(run, built, view, key=view, most=16)


def set_by_hand(scene: Scene) -> Scene:
    """Returns the scene with the average attention that its view sets by hand. Only for pages that show just what
    follows from it: any other question, such as what removing an item does, concerns the model's own attention."""
    shares, is_sum = scene.view.by_hand, scene.run.explains and scene.moment.config.aggregation not in EXTREMES
    return with_shares(scene) if shares is not None and is_sum and len(shares) == len(scene.window) else scene


@cached  # not `set_by_hand`: a scene that is kept as its own answer would stay in memory
def with_shares(scene: Scene) -> Scene:
    """The address rounds the shares; bars that nobody has dragged must not change a distance by that."""
    shares: tuple[float, ...] | None = scene.view.by_hand
    if shares == own_shares(scene.moment):
        shares = tuple(scene.moment.own_trace.column_weights.tolist())
    return replace(scene, moment=replace(scene.moment, shares=shares))


def own_shares(moment: Moment) -> tuple[int, ...]:
    """Returns the model's own average attention as it is in an address."""
    return tuple(round(10_000 * share) for share in moment.own_trace.column_weights.tolist())


def built(run: Run, view: View) -> Scene:
    user = None if view.user is None else run.user_index[view.user]
    likes = indices(run, view.likes or ())
    if user is None and view.window is None and not len(likes):
        user = example_user(run)
    step = step_of(run, user, view)
    window = None if view.window is None else indices(run, view.window)
    if user is not None:
        moment = moment_of(run, user, window, step)
    else:
        real = likes[-run.model_config.window :]
        is_estimated = len(likes) > 0 and run.explains and not run.model_config.remembers
        vector, earlier = fold_in(run, likes) if is_estimated else None, likes[: len(likes) - len(real)]
        moment = replace(moment_of(run, None, real), real_window=real, seen=likes, vector=vector, earlier=earlier)
        moment = moment if window is None else moment.with_window(window)
    omega = run.model_config.long_weight if view.omega is None else view.omega
    omega = omega if moment.taste is not None else 0.0
    moment = replace(moment, config=settings(run, view), long_weight=omega, layer=view.layer, head=view.head)
    return Scene(run, view, user, likes, step, moment)


def step_of(run: Run, user: int | None, view: View) -> int:
    return 0 if user is None else view.step or usual_step(run.interactions.history(user))


def settings(run: Run, view: View) -> ModelConfig:
    """The model's settings, changed by the what-if settings of the view, which only AttRec has."""
    if not run.explains:
        return run.model_config
    signal = None if view.signal is None else view.signal == "on"
    changes: dict[str, Any] = {"mask": view.mask, "aggregation": view.pool, "time_signal": signal}
    return replace(run.model_config, **{name: value for name, value in changes.items() if value is not None})


def example_user(run: Run) -> int:
    return examples(run)[0]


@cached
def examples(run: Run) -> tuple[int, ...]:
    """Example users, the best first. They are the first 300 users with a full window (down to 20 if there are very many
    items), sorted by the rank of the test item, then by how uneven the attention is. If no window is full: the two
    users with the longest histories. For a system other than AttRec: the first two users with a full window."""
    counts = np.diff(run.interactions.starts)
    enough = np.flatnonzero(counts > run.model_config.window)
    if not run.explains:
        return tuple((enough if len(enough) > 1 else np.argsort(-counts, kind="stable"))[:2].tolist())
    enough = enough[: max(20, min(300, CHEAP // run.table.size))]
    if not len(enough):
        return tuple(np.argsort(-counts, kind="stable")[:2].tolist())

    def worth(user: int) -> tuple[float, float]:
        """The rank of the test item, equal for the first three, then the largest average attention of an item."""
        shown = scene(run, View(user=run.interactions.user_ids[user]))
        rank = float("inf") if shown.target is None else shown.ranking.rank(shown.target)
        return -max(rank, 3.0), float(shown.trace.column_weights.max())

    return tuple(sorted(enough.tolist(), key=worth, reverse=True))
