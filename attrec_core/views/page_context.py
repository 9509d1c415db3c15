"""What a view of a run shows: user, moment, window, and everything the model computes from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.errors import number
from attrec_core.explain.fold_in import fold_in
from attrec_core.explain.forward import EXTREMES, Trace
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.ranking import Ranking
from attrec_core.explain.wording import letter
from attrec_core.runs.cached_on_owner import cached, cached_latest
from attrec_core.runs.run import Run
from attrec_core.views.view import View

CHEAP = 2_500_000_000  # numbers of the table of a run that may be read for a choice: half a second, about


@dataclass(frozen=True, eq=False)
class Scene:
    """A view resolved against its run. Indices are the run's dense ones."""

    run: Run
    view: View
    user: int | None  # None: a new person (see `likes`), or nobody in particular
    likes: np.ndarray  # (k,) what a new person has picked; empty for everybody else
    step: int  # how many items of the history have happened; 0 for nobody
    moment: Moment  # what is shown, as a question is asked of it

    @property
    def window(self) -> np.ndarray:
        """(n,) item indices, oldest first."""
        return self.moment.window

    @property
    def real_window(self) -> np.ndarray:
        """What the window would be without edits; empty for nobody."""
        return self.moment.real_window

    @property
    def target(self) -> int | None:
        """The actual next item, if one is known."""
        return self.moment.target

    @property
    def omega(self) -> float:
        """ω as chosen; the trained one unless it is a what-if. Without a taste it has no effect."""
        trained = self.run.model_config.long_weight
        return trained if self.view.omega is None else self.view.omega

    @property
    def has_taste(self) -> bool:
        """Whether there is a long-term part: a user, or a new person."""
        return self.moment.taste is not None

    @property
    def has_person(self) -> bool:
        """Whether it is about somebody: a user, or a new person."""
        return self.user is not None or len(self.likes) > 0

    @property
    def selected(self) -> int | None:
        return self.index(self.view.selected)

    @property
    def explained(self) -> int | None:
        """The item that is explained: the one asked for, else a selected candidate, else the first recommendation."""
        if self.view.item is not None:
            return self.index(self.view.item)
        if self.selected is not None and self.ranking.candidates[self.selected]:
            return self.selected
        return next(iter(self.ranking.top(1).tolist()), None)

    @property
    def against(self) -> int | None:
        return self.index(self.view.against)

    @property
    def edited(self) -> bool:
        return self.moment.edited

    @property
    def what_ifs(self) -> dict[str, str]:
        """What is not as the model was trained: the field of the view, and in words."""
        trained, config, words = self.run.model_config, self.moment.config, {}
        if self.omega != trained.long_weight and self.has_taste:
            words["omega"] = f"ω = {number(self.omega)}"
        if config.mask != trained.mask:
            words["mask"] = "no mask" if config.mask == "none" else f"mask {config.mask} the softmax"
        if config.time_signal != trained.time_signal:
            words["signal"] = f"{'with' if config.time_signal else 'no'} time signal"
        if config.aggregation != trained.aggregation:
            words["pool"] = f"pool by {config.aggregation}"
        if self.by_hand:
            words["by_hand"] = "attention by hand"
        return words

    @property
    def by_hand(self) -> bool:
        """Whether the average attention is set by hand."""
        return self.moment.shares is not None

    @cached_property
    def pinned(self) -> Moment | None:
        """A, what is compared with: the pinned window, else the actual history, as the model was trained. None for
        nobody without a pinned window."""
        window = self.real_window if self.view.pin is None else indices(self.run, self.view.pin)
        if not len(window):
            return None
        omega = self.run.model_config.long_weight if self.has_taste else 0.0
        return replace(self.moment, window=window, config=self.run.model_config, long_weight=omega, shares=None)

    @property
    def window_is_a(self) -> bool:
        return self.pinned is not None and np.array_equal(self.pinned.window, self.window)

    @property
    def compared(self) -> Moment | None:
        """A, where there is something to compare: what is shown (B) has another window, or its map other settings. Of
        another ω alone Score split tells."""
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
        """Year and genres, as far as they are known."""
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

    def hue(self, item: int) -> int | None:
        """Which of the items' colours it has; None for one that is in no window here: the actual one, A, or B.

        Counted along the actual window first: an edit changes no other item's colour.
        """
        return self.hues.get(int(item))

    @cached_property
    def letters(self) -> dict[int, str]:
        """Each item of the window → its letter, or several: "A, C"."""
        letters: dict[int, str] = {}
        for place, item in enumerate(self.window.tolist()):
            letters[item] = f"{letters[item]}, {letter(place)}" if item in letters else letter(place)
        return letters

    @cached_property
    def hues(self) -> dict[int, int]:
        pinned = [] if self.pinned is None else self.pinned.window.tolist()
        items = dict.fromkeys([*self.real_window.tolist(), *pinned, *self.window.tolist()])
        return {item: place for place, item in enumerate(items)}


def indices(run: Run, ids: tuple[str, ...]) -> np.ndarray:
    return np.array([run.item_index[item] for item in ids], np.int64)


def scene(run: Run, view: View) -> Scene:
    """`view` must fit the run (see `fit_to_run`); a view of nobody without a window shows the run's example user.

    Whoever asks for the same view again, such as a callback and the page after it, gets the same scene.
    """
    view = replace(view, progress=None)  # which changes nothing that is shown
    return cached_latest(run, built, view, key=view, most=16)


def set_by_hand(scene: Scene) -> Scene:
    """The scene with the average attention that its view sets by hand. Only for pages that ask nothing but what follows
    from it: any other question, such as what removing an item does, is one to the model's own attention."""
    shares = scene.view.by_hand
    if (
        shares is None
        or not scene.run.explains
        or len(shares) != len(scene.window)
        or scene.moment.config.aggregation in EXTREMES
    ):
        return scene
    return with_shares(scene)


@cached
def with_shares(scene: Scene) -> Scene:
    return replace(scene, moment=replace(scene.moment, shares=scene.view.by_hand))


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
        moment = moment_of(run, None, real if window is None else window)
        moment = replace(
            moment, real_window=real, seen=likes, taste=fold_in(run, likes) if len(likes) and run.explains else None
        )
    trained = run.model_config.long_weight
    omega = trained if view.omega is None else view.omega
    omega = omega if moment.taste is not None else 0.0
    moment = replace(moment, config=settings(run, view), long_weight=omega, layer=view.layer, head=view.head)
    return Scene(run, view, user, likes, step, moment)


def step_of(run: Run, user: int | None, view: View) -> int:
    """By default the last item has not happened yet: it is the test item, and one sees whether it is found."""
    return 0 if user is None else view.step or max(1, len(run.interactions.history(user)) - 1)


def settings(run: Run, view: View) -> ModelConfig:
    """The model's settings with the view's what-ifs over them, which are of AttRec."""
    if not run.explains:
        return run.model_config
    signal = None if view.signal is None else view.signal == "on"
    changes: dict[str, Any] = {"mask": view.mask, "aggregation": view.pool, "time_signal": signal}
    return replace(run.model_config, **{name: value for name, value in changes.items() if value is not None})


def example_user(run: Run) -> int:
    """The user whom a run shows first."""
    return examples(run)[0]


@cached
def examples(run: Run) -> tuple[int, ...]:
    """Users worth looking at, the best one first: of 300, or of 20 with very many items, the most uneven attention of
    those whose test item is ranked highest. Where no window is full, the two with the longest histories; of another
    system than AttRec the first two with a full window."""
    counts = np.diff(run.interactions.starts)
    enough = np.flatnonzero(counts > run.model_config.window)
    if not run.explains:
        return tuple((enough if len(enough) > 1 else np.argsort(-counts, kind="stable"))[:2].tolist())
    enough = enough[: max(20, min(300, CHEAP // run.table.size))]
    if not len(enough):
        return tuple(np.argsort(-counts, kind="stable")[:2].tolist())
    return tuple(sorted(enough.tolist(), key=lambda user: worth(run, user), reverse=True))


def worth(run: Run, user: int) -> tuple[float, float]:
    """Whether the test item is among the first three, then how much of the attention one item has."""
    seen_from = scene(run, View(user=run.interactions.user_ids[user]))
    rank = float("inf") if seen_from.target is None else seen_from.ranking.rank(seen_from.target)
    return (-max(rank, 3.0), float(seen_from.trace.column_weights.max()))
