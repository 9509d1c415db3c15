"""What a step of the lesson consists of, and helpers that several steps use.

A page shows the answer of its step, so it opens after the prediction.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from attrec_core.explain import wording
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene, examples, scene
from attrec_core.views.population.extremes import prepared_scenes
from attrec_core.views.view import View

LETTERS = 48  # of a title


@dataclass(frozen=True)
class Question:
    """A prediction to make before anything is done. The options are foreign text where they name items."""

    text: str
    options: tuple[str, ...]  # two or more, all different
    right: tuple[int, ...]  # those that the loaded model bears out; more than one where they read the same on screen


class Step(ABC):
    """Predict, then do, then see. `scene` and `before` are the prepared scene, `now` is what the page shows.

    Texts may hold titles, which are foreign; only `about` and `keys` are our own Markdown.
    """

    title: str
    page: str  # where it is at home, such as "attention"
    about: str  # what to know first
    keys: str  # how the task is done with the keyboard
    fewest = 2  # items that the window has to hold
    given_away_by = ""  # a part of another step's page that holds the answer, such as "experiments"

    def prepared(self, run: Run) -> View:
        """Where the step begins; chosen by rule, so it exists in every run."""
        return somebody(run, self.fewest)

    def why_them(self, scene: Scene) -> str:
        """Why the step has this user and not the lesson's; empty where it has the lesson's."""
        return ""

    def solved(self, before: Scene) -> Scene:
        """The scene in which the task is done, as far as the reveal depends on it."""
        return before

    def obstacle(self, run: Run) -> str | None:
        """Why a run cannot show the step; None where it can."""
        config = run.model_config
        if config.window < self.fewest:
            return f"This step needs a window of {self.fewest} items; this model looks at {config.window}."
        if run.interactions.n_items <= self.fewest:
            return f"This step needs more than {self.fewest} items; this run knows {run.interactions.n_items}."
        return None

    @abstractmethod
    def question(self, scene: Scene) -> Question:
        """What to predict, and which answers are right."""

    @abstractmethod
    def task(self, scene: Scene) -> str:
        """What to do, in words."""

    @abstractmethod
    def done(self, before: Scene, now: Scene) -> bool:
        """Whether the task is done, judged by the two scenes."""

    @abstractmethod
    def reveal(self, before: Scene, now: Scene) -> str:
        """What happened, with the model's numbers; `now` is a scene in which the task is done."""

    @abstractmethod
    def seen(self, before: Scene, now: Scene) -> str:
        """The conclusion that the lesson's last page repeats: one sentence with its number."""


@cached
def mentioned_elsewhere(run: Run) -> frozenset[int]:
    """Users whose figures the app shows before the lesson asks: on the first page and in the presenter's scenes."""
    named = {prepared.view.user for prepared in prepared_scenes(run)}
    return frozenset({examples(run)[0], *(run.user_index[name] for name in named if name is not None)})


def pupil(run: Run) -> int:
    """The lesson's user: the best example that the app does not mention elsewhere; in a run of few users the second
    example, or the only user."""
    order = examples(run)
    return next((user for user in order if user not in mentioned_elsewhere(run)), order[:2][-1])


def somebody(run: Run, fewest: int) -> View:
    """The lesson's user at their latest moment. A window with too few different items gets popular ones as well,
    before its own, but neither what the person has had nor what really came next."""
    view = View(user=run.interactions.user_ids[pupil(run)])
    latest = scene(run, view)
    own = np.array(list(dict.fromkeys(latest.window.tolist())))
    if len(own) >= fewest:
        return view
    taken = np.append(own, [] if latest.target is None else latest.target)
    popular = (-run.popularity).argsort(kind="stable")
    more = popular[~np.isin(popular, taken)][: fewest - len(own)]
    return replace(view, window=tuple(run.interactions.item_ids[item] for item in [*more, *own]))


def same_person(before: Scene, now: Scene) -> bool:
    """Whether it is the same user at the same step, whatever was edited."""
    return (before.user, before.step) == (now.user, now.step)


def same_window(before: Scene, now: Scene) -> bool:
    return same_person(before, now) and np.array_equal(before.window, now.window)


def window_became(before: Scene, now: Scene, window: np.ndarray) -> bool:
    """Whether the same person's window is now this one, with the model as trained."""
    return same_person(before, now) and not now.what_ifs and np.array_equal(now.window, window)


def called(scene: Scene, place: int) -> str:
    """An item of the window by its place, from 0, and its title: the same title may be there twice."""
    return f"{place + 1} · {wording.short(scene.title(int(scene.window[place])), LETTERS)}"


def quoted(scene: Scene, item: int) -> str:
    return wording.quoted(scene.run, int(item), LETTERS)


def quoted_at(scene: Scene, place: int) -> str:
    """The item of the window at a place, from 0."""
    return quoted(scene, scene.window[place])


def most_attended(scene: Scene) -> int:
    """The place of the item with the largest average attention."""
    return int(columns(scene).argmax())


def largest(values: np.ndarray, digits: int = 2) -> np.ndarray:
    """Indices of the largest value, and of all that read the same with so many digits."""
    read = np.round(np.asarray(values, np.float64), digits)
    return np.flatnonzero(read == read.max())


def listed_first(scene: Scene) -> np.ndarray:
    """The recommendations that the page lists: ten, or as many as compete."""
    return scene.ranking.top(10)


def with_window(scene_: Scene, window: np.ndarray) -> Scene:
    """The same view with another window."""
    ids = tuple(scene_.item_id(item) for item in window)
    return scene(scene_.run, replace(scene_.view, window=ids))


def columns(scene: Scene) -> np.ndarray:
    """(n,) w, the average attention to each item (or its sum, as the model pools)."""
    return scene.trace.column_weights


def even(scene: Scene) -> float:
    """The w of each item if attention were uniform and nothing masked."""
    scale = len(scene.window) if scene.moment.config.aggregation == "sum" else 1
    return scale / len(scene.window)
