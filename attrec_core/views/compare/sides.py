"""The same person and the same window in two runs, matched by their ids; what does not match is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from attrec_core.errors import InputError, shown
from attrec_core.explain.wording import listed
from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View

NAMED = 3  # items that a sentence names before it counts the rest
# What-ifs, for each run is shown as it was trained; and what the other pages single out, which B need not know.
OF_A_RUN = ("omega", "mask", "signal", "pool", "pin", "item", "against", "apart", "cell", "dim")


@dataclass(frozen=True, eq=False)
class Sides:
    """A scene of each run, and a sentence for each thing in which they are not about the same."""

    a: Scene
    b: Scene
    said: tuple[str, ...]


def sides(a: Run, b: Run, view: View) -> Sides:
    """The view, which must fit run `a` (see `fit_to_run`), in both runs as they were trained.

    A real history is looked at as each run would, over its own L items; a window that a person has put together is the
    same for both, as far as both know its items and have room for them. Raises InputError when B knows none of it.
    """
    trained = replace(view, **dict.fromkeys(OF_A_RUN))
    of_a = scene(a, trained)
    user = None if of_a.user is None else of_a.who
    said: list[str] = []
    shared = user is not None and user in b.user_index
    if user is not None and not shared:
        said.append(f"{b.name} does not know the user {shown(user)}: it has no long-term taste here.")
    likes = known(b, trained.likes or (), f"the picks, {b.name}", said) if trained.likes else None
    selected = trained.selected if trained.selected in b.item_index else None
    base = replace(trained, user=user if shared else None, likes=likes or None, selected=selected)
    alike = shared and past(of_a, user) == past_of(b, user, of_a.step)
    if shared and not alike:
        said.append(f"The history of {shown(user)} is not the same in both runs; what is shown is {a.name}’s window.")
    if alike and trained.window is None:
        if a.model_config.window != b.model_config.window:
            said.append(f"{a.name} looks at {last(a)}, {b.name} at {last(b)}.")
        return Sides(of_a, scene(b, replace(base, step=of_a.step, window=None)), tuple(said))
    window = known(b, [of_a.item_id(item) for item in of_a.window], f"the window, {b.name}", said)
    if not window:
        raise InputError(f"{b.name} knows none of the items in this window, so the two runs cannot be compared on it.")
    room = b.model_config.window
    if len(window) > room:
        said.append(f"{b.name} has room for {last(b)} of the window only.")
    step = of_a.step if alike else None
    return Sides(of_a, scene(b, replace(base, step=step, window=tuple(window[-room:]))), tuple(said))


def past(of_a: Scene, user: str) -> list[str]:
    return past_of(of_a.run, user, of_a.step)


def past_of(run: Run, user: str, step: int) -> list[str] | None:
    """The ids of the first `step` items of a user's history, and of the one that came next; None where it is shorter
    than that."""
    history = run.interactions.history(run.user_index[user])
    return None if len(history) < step else [run.interactions.item_ids[item] for item in history[: step + 1]]


def known(run: Run, items: Sequence[str], what: str, said: list[str]) -> tuple[str, ...]:
    """Those of the items that the run knows; the others are said."""
    unknown = [shown(item) for item in dict.fromkeys(items) if item not in run.item_index]
    if unknown:
        said.append(f"Of {what} does not know {listed(unknown, NAMED)}: left out there.")
    return tuple(item for item in items if item in run.item_index)


def last(run: Run) -> str:
    count = run.model_config.window
    return "the last item" if count == 1 else f"the last {count} items"
