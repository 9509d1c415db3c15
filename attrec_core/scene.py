"""What one view of one run shows: the person, the moment, the window, and everything the model says of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from attrec_core import explain
from attrec_core.results import Ranking, Trace
from attrec_core.runs import Run
from attrec_core.view import View


@dataclass(frozen=True, eq=False)
class Scene:
    """A view resolved against its run. Indices are the run's dense ones."""

    run: Run
    user: int | None  # None: nobody in particular, only a window
    step: int  # how many items of the history have happened; 0 for nobody
    window: np.ndarray  # (n,) item indices, oldest first
    real_window: np.ndarray  # what the window would be without edits; empty for nobody
    target: int | None  # the item that really came next, if one did
    omega: float  # ω shown; the trained one unless it is a what-if
    selected: int | None

    @property
    def edited(self) -> bool:
        return not np.array_equal(self.window, self.real_window)

    @property
    def what_if(self) -> bool:
        """ω is not the one the model was trained with."""
        return self.omega != self.run.model_config.long_weight

    @cached_property
    def history(self) -> np.ndarray:
        """All items of the user, oldest first; empty for nobody."""
        return self.run.interactions.history(self.user) if self.user is not None else np.empty(0, np.int64)

    @cached_property
    def seen(self) -> np.ndarray:
        """Items that do not compete: had before the step, or in the window.

        The true next item always competes, as in the evaluation, even where it is had again; but not when an edit has
        put it into the window.
        """
        had = np.union1d(self.history[: self.step], self.window)
        put_there = self.edited and self.target in self.window
        return had if self.target is None or put_there else had[had != self.target]

    @cached_property
    def trace(self) -> Trace:
        return explain.trace(self.run, self.window)

    @cached_property
    def ranking(self) -> Ranking:
        taste = None if self.user is None else self.run.arrays["user_long"][self.user]
        return explain.ranking(self.run, self.trace.intent, taste, long_weight=self.omega, exclude=self.seen)

    def title(self, item: int) -> str:
        return self.run.interactions.titles[item]

    def subtitle(self, item: int) -> str:
        """Year and genres, as far as they are known."""
        data = self.run.interactions
        return " · ".join(part for part in (data.years[item], ", ".join(data.genres[item])) if part)

    def item_id(self, item: int) -> str:
        return self.run.interactions.item_ids[item]

    @property
    def who(self) -> str:
        return "nobody in particular" if self.user is None else self.run.interactions.user_ids[self.user]


def scene(run: Run, view: View) -> Scene:
    """`view` must fit the run (see `fit_to_run`); a view of nobody without a window shows the run's example user."""
    user = None if view.user is None else run.user_index[view.user]
    if user is None and view.window is None:
        user = example_user(run)
    length = 0 if user is None else len(run.interactions.history(user))
    # By default the last item has not happened yet: it is the test item, and one sees whether it is found.
    step = 0 if user is None else view.step or max(1, length - 1)
    real = np.empty(0, np.int64) if user is None else explain.window_at(run, user, step)
    window = real if view.window is None else np.array([run.item_index[item] for item in view.window], np.int64)
    return Scene(
        run=run,
        user=user,
        step=step,
        window=window,
        real_window=real,
        target=int(run.interactions.history(user)[step]) if user is not None and step < length else None,
        omega=run.model_config.long_weight if view.omega is None else view.omega,
        selected=None if view.selected is None else run.item_index[view.selected],
    )


@functools.cache
def example_user(run: Run) -> int:
    """A user worth looking at first: of 300, the most uneven attention of those whose test item is ranked highest."""
    counts = np.diff(run.interactions.starts)
    enough = np.flatnonzero(counts > run.model_config.window)[:300]
    candidates = enough if len(enough) else np.argsort(-counts, kind="stable")[:1]
    return max(map(int, candidates), key=lambda user: worth(run, user))


def worth(run: Run, user: int) -> tuple[float, float]:
    """Whether the test item is among the first three, then how much of the attention one item has."""
    seen_from = scene(run, View(user=run.interactions.user_ids[user]))
    rank = float("inf") if seen_from.target is None else float(seen_from.ranking.ranks[seen_from.target])
    return (-max(rank, 3.0), float(seen_from.trace.column_weights.max()))
