"""The same user and the same window in two runs, matched by their ids, with a remark for each difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from attrec_core.errors import InputError
from attrec_core.explain.attention import layers_and_heads
from attrec_core.explain.wording import listed
from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene, indices, scene
from attrec_core.views.view import View, quoted_text

NAMED = 3  # items that a sentence names before it counts the rest
# Fields that are reset: what-if settings, because each run is shown as trained, and what only other pages single out,
# which B may not know.
OF_A_RUN = ("omega", "mask", "signal", "pool", "pin", "item", "against", "cell", "dim")


@dataclass(frozen=True, eq=False)
class Sides:
    """A scene of each run, and a sentence for each difference in what they are about."""

    a: Scene
    b: Scene
    remarks: tuple[str, ...]

    @property
    def scenes(self) -> tuple[Scene, Scene]:
        return self.a, self.b

    @property
    def explains(self) -> bool:
        """Whether both are AttRec, so that their attention and score splits can be compared."""
        return all(side.run.explains for side in self.scenes)

    @property
    def attends(self) -> bool:
        """Whether both have an attention matrix."""
        return all(side.run.attends for side in self.scenes)

    @property
    def names(self) -> tuple[str, str]:
        return self.a.run.name, self.b.run.name


def sides(a: Run, b: Run, view: View) -> Sides:
    """Shows the view, which must fit run `a` (see `fit_to_run`), in both runs as they were trained.

    The actual window is the last L items of the history, or of a new person's picks, with each run's own L. An edited
    window is the same in both runs, as far as both know its items and have room for them. Raises InputError when B
    knows none of the items.
    """
    trained = replace(view, **dict.fromkeys(OF_A_RUN))
    scene_a = scene(a, trained)
    user = None if scene_a.user is None else scene_a.who
    remarks: list[str] = []
    shared = user is not None and user in b.user_index
    if user is not None and not shared:
        so = ", so it has no long-term taste here" if not b.model_config.remembers else ""
        remarks.append(f"{b.name} does not know the user {quoted_text(user)}{so}.")
    likes = trained.likes or ()
    remarks += left_out(b, likes, "the picks")
    selected = trained.selected if trained.selected in b.item_index else None
    view_b = replace(trained, user=user if shared else None, likes=known_items(b, likes) or None, selected=selected)
    for name, count in zip(("layer", "head"), layers_and_heads(b.model_config), strict=True):
        if (getattr(trained, name) or 0) > count:
            view_b = replace(view_b, **{name: None})
    step = scene_a.step
    same_past = user is not None and shared and ids_before_step(a, user, step) == ids_before_step(b, user, step)
    if user is not None and shared and not same_past:
        who = quoted_text(user)
        remarks.append(f"The history of {who} differs between the runs; both are shown with {a.name}’s window.")
    own_past = same_past or (user is None and bool(view_b.likes))  # the picks are the history of a new person
    if own_past and trained.window is None:
        if a.model_config.window != b.model_config.window:
            remarks.append(f"{reading(a)} {reading(b)}")
        return Sides(scene_a, scene(b, replace(view_b, step=step or None, window=None)), tuple(remarks))
    remarks += [reading(run) for run in (a, b) if reads_otherwise(run)]
    window_a = [scene_a.item_id(item) for item in scene_a.window]
    window_b = known_items(b, window_a)
    if not window_b:
        text = "{run} knows none of the items in this window, so the two runs cannot be compared on it."
        raise InputError("nothing_shared", text, run=b.name)
    remarks += left_out(b, window_a, "the window")
    room = b.model_config.window
    if len(window_b) > room:
        remarks.append(f"{b.name} has room for only {last_items(b)} of the window.")
    scene_b = scene(b, replace(view_b, step=step if same_past else None, window=window_b[-room:]))
    # For a taste from items, what A has read before its window, and what does not fit into B's.
    past = scene_a.history[: (len(likes) if user is None else step) - len(scene_a.real_window)]
    before = [*scene_a.ids(past), *scene_a.ids(scene_a.moment.pushed), *window_b[:-room]]
    earlier = indices(b, known_items(b, before))
    return Sides(scene_a, with_earlier(scene_b, earlier), tuple(remarks))


def with_earlier(scene: Scene, earlier: np.ndarray) -> Scene:
    """Returns the scene with other items before its window."""
    return replace(scene, moment=replace(scene.moment, earlier=earlier, pushed=earlier[:0]))


def ids_before_step(run: Run, user: str, step: int) -> list[str] | None:
    """The ids of the first `step` items of a user's history, and of the next item; None if the history is shorter."""
    history = run.interactions.history(run.user_index[user])
    return None if len(history) < step else [run.interactions.item_ids[item] for item in history[: step + 1]]


def known_items(run: Run, items: Sequence[str]) -> tuple[str, ...]:
    return tuple(item for item in items if item in run.item_index)


def left_out(run: Run, items: Sequence[str], of: str) -> list[str]:
    unknown = [quoted_text(item) for item in dict.fromkeys(items) if item not in run.item_index]
    return [f"{run.name} does not know {listed(unknown, NAMED)}; left out of {of} there."] if unknown else []


def reads_otherwise(run: Run) -> bool:
    """Whether the run may read more or less than its window, as a counted system and one without a window do."""
    system = run.system
    return system.is_counted or not system.reads_window


def reading(run: Run) -> str:
    """What the run reads of a user."""
    if reads_otherwise(run):
        return run.system.reading(run.model_config, run.name)
    taste = f", and up to {run.model_config.history} for the taste" if run.model_config.remembers else ""
    return f"{run.name} uses {last_items(run)}{taste}."


def last_items(run: Run) -> str:
    count = run.model_config.window
    return "the last item" if count == 1 else f"the last {count} items"
