"""The parts of a lesson step, and helpers that several steps use.

A page shows the answer of its step, so it opens after the prediction.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from attrec_core.explain import wording
from attrec_core.explain.wording import letter
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.across_users.scenes import prepared_scenes
from attrec_core.views.page_context import Scene, examples, scene
from attrec_core.views.texts import sections
from attrec_core.views.view import View

LETTERS = 48  # of a title


@dataclass(frozen=True)
class StepTexts:
    """The texts of a step for its prepared scene: the prediction to make before the task, and what follows. They hold
    foreign text where they name items."""

    question: str
    options: tuple[str, ...]  # two or more, all different
    chosen: tuple[str, ...]  # what the model does with each option: a clause; empty if `because` says it of all
    right: tuple[int, ...]  # the options that the loaded model confirms; several if they read the same on screen
    task: str  # what to do
    because: str  # why the right answer is right, with the model's numbers: a clause that follows "because"
    reveal: str  # what else happened after the task, in sentences; may be empty
    seen: str  # the conclusion that the lesson's last page repeats: one sentence with its number


@functools.cache
def parts_of(title: str) -> dict[str, str]:
    """The parts of a step's section in `texts/lesson.md`, such as "about"."""
    paragraphs = sections("lesson")[title].split("\n\n")
    return dict(" ".join(paragraph.split("\n")).split(": ", 1) for paragraph in paragraphs)


class Step(ABC):
    """Predict, then do, then see. `before` is the prepared scene, `now` is what the page shows."""

    title: str  # and the name of its section in `texts/lesson.md`
    page: str  # the page of the task, such as "attention"
    fewest = 2  # items that the window has to hold
    open_rows: int | None = None  # visible rows of the attention matrix; the others stay veiled until the step is done
    given_away_by = ""  # a part of the pages that shows the answer, such as "matrix"; hidden until the step is done

    # How the task is done with the keyboard; Markdown.
    keys = property(lambda self: parts_of(self.title)["keys"])

    def about(self, run: Run) -> str:
        """What to know first; Markdown. A run with a taste from items may need other words."""
        written = parts_of(self.title)
        return written.get("about a taste from items" if run.model_config.remembers else "about", written["about"])

    def prepared(self, run: Run) -> View:
        """The view in which the step begins; chosen by rule, so it exists in every run."""
        return lesson_view(run, self.fewest)

    def obstacle(self, run: Run) -> str | None:
        """Why a run cannot show the step; None if it can."""
        config = run.model_config
        if config.window < self.fewest:
            return f"This step needs a window of {self.fewest} items; the window of this model holds {config.window}."
        return None

    @abstractmethod
    def texts(self, before: Scene) -> StepTexts: ...

    def worded(
        self,
        options: Iterable[str],
        right: Iterable[int],
        kinds: Mapping[str, str] | None = None,
        values: Iterable[str] = (),
        **fields: Any,
    ) -> StepTexts:
        """The texts of the step with their fields filled in. kinds: of a text that has several, such as "reveal" →
        "apart". values: the model's number for each option."""
        said: dict[str, str] = {}
        written = {"reveal": "", **parts_of(self.title)}
        for name in ("because", "question", "task", "reveal", "seen"):  # `because` may stand in the others
            said[name] = written[f"{name} {(kinds or {}).get(name, '')}".strip()].format(**fields, **said)
        chosen = tuple(written["chosen"].format(value=value) for value in values)
        return StepTexts(options=tuple(options), right=tuple(right), chosen=chosen, **said)

    @abstractmethod
    def done(self, before: Scene, now: Scene) -> bool:
        """Whether the task is done, judged by the two scenes."""


class Selection(Step):
    @abstractmethod
    def best(self, before: Scene) -> np.ndarray:
        """The items that the task asks for; several if they read the same on screen."""

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.selected in self.best(before)


class EditStep(Step):
    @abstractmethod
    def edited(self, values: np.ndarray, before: Scene) -> np.ndarray:
        """Returns `values` (n,), of each item of the window, in the order of the window that the task asks for."""

    def solved(self, before: Scene) -> Scene:
        ids = before.ids(self.edited(before.window, before))
        return scene(before.run, replace(before.view, window=ids))

    def done(self, before: Scene, now: Scene) -> bool:
        return is_window(now, before, self.edited(before.window, before)) and not now.what_ifs


@cached
def mentioned_elsewhere(run: Run) -> frozenset[int]:
    """Users whose figures the app shows before the lesson asks: on the first page and in the presenter's scenes."""
    mentioned = {prepared.view.user for prepared in prepared_scenes(run)}
    return frozenset({examples(run)[0], *(run.user_index[name] for name in mentioned if name is not None)})


def lesson_view(run: Run, fewest: int) -> View:
    """The lesson's user at their latest moment: the best example user that the app does not mention elsewhere; in a run
    of few users the last example. A window with too few different items gets popular items in front of its own: neither
    items of the window nor the actual next item."""
    order = examples(run)
    pupil = next((user for user in order if user not in mentioned_elsewhere(run)), order[-1])
    view = View(user=run.interactions.user_ids[pupil])
    latest = scene(run, view)
    distinct = np.array(list(dict.fromkeys(latest.window.tolist())))
    if len(distinct) >= fewest:
        return view
    excluded = np.append(distinct, [] if latest.target is None else latest.target)
    popular = (-run.popularity).argsort(kind="stable")
    added = popular[~np.isin(popular, excluded)][: fewest - len(distinct)]
    return replace(view, window=tuple(run.interactions.item_ids[item] for item in [*added, *distinct]))


def is_window(now: Scene, before: Scene, window: np.ndarray) -> bool:
    """Whether the user of `before` now has this window, at the same step."""
    return (before.user, before.step) == (now.user, now.step) and np.array_equal(window, now.window)


def same_window(before: Scene, now: Scene) -> bool:
    return is_window(now, before, before.window)


def lettered_title(scene: Scene, place: int) -> str:
    """An item of the window by its letter and its title, because a title may occur twice."""
    return f"{letter(place)} · {wording.short(scene.title(int(scene.window[place])), LETTERS)}"


def window_in_words(scene: Scene) -> str:
    titles = ", ".join(lettered_title(scene, place) for place in range(len(scene.window)))
    return f"Recent items of {scene.who}, oldest first: {titles}."


def quoted(scene: Scene, item: int) -> str:
    return wording.quoted(scene.run, int(item), LETTERS)


def quoted_at(scene: Scene, place: int) -> str:
    """The quoted title of the window's item at a position, from 0."""
    return quoted(scene, scene.window[place])


def most_attended(scene: Scene) -> int:
    """The position of the item with the largest average attention."""
    return int(scene.trace.column_weights.argmax())


def largest(values: np.ndarray, digits: int = 2) -> np.ndarray:
    """Indices of the largest value, and of all values that read the same with so many digits."""
    rounded = np.round(np.asarray(values, np.float64), digits)
    return np.flatnonzero(rounded == rounded.max())
