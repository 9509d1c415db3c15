"""The steps that change something: an item removed, another order, another weight ω."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.explain.ranks import half_ranks
from attrec_core.explain.wording import amount
from attrec_core.views.drawing.theme import number
from attrec_core.views.lesson.step import (
    Question,
    Step,
    columns,
    listed_first,
    most_attended,
    quoted,
    quoted_at,
    same_window,
    window_became,
    with_window,
)
from attrec_core.views.page_context import Scene, scene


def changed(before: Scene, now: Scene) -> int:
    """How many of the listed recommendations were not listed before."""
    return int((~np.isin(listed_first(now), listed_first(before))).sum())


def new_ones(before: Scene, now: Scene) -> str:
    """Such as "3 of the 10 recommendations are new"."""
    new = changed(before, now)
    return f"{new or 'none'} of the {len(listed_first(now))} recommendations {'is' if new < 2 else 'are'} new"


def next_item(before: Scene, now: Scene) -> str:
    """What became of the rank of the actual next item; empty where there is none."""
    if before.target is None or not now.ranking.candidates[before.target]:
        return ""
    old, new = (float(each.ranking.ranks[before.target]) for each in (before, now))
    moved = f"stays at {old:g}" if old == new else f"goes from {old:g} to {new:g}"
    return f" The rank of what really came next, {quoted(before, before.target)}, {moved}."


class Remove(Step):
    title = "Remove it"
    page = "attention"
    about = (
        "Without that item, the others share its attention out among them: the map is computed anew. m moves, and with "
        "m all distances."
    )
    keys = "Tab to the row in the list, Delete removes it. Undo is the button below."
    answers = ("2 or fewer", "3 to 5", "6 or more")
    given_away_by = "experiments"

    def question(self, scene: Scene) -> Question:
        new, count = changed(scene, self.solved(scene)), len(listed_first(scene))
        item = quoted_at(scene, most_attended(scene))
        text = f"{item} is looked at most. Without it, how many of the {count} recommendations will be new?"
        return Question(text, self.answers, (0 if new <= 2 else 1 if new <= 5 else 2,))

    def task(self, scene: Scene) -> str:
        place = most_attended(scene)
        again = (scene.window == scene.window[place]).sum() > 1
        where = f" at place {place + 1}" if again else ""
        return f"Remove {quoted_at(scene, place)}{where} from the recent items, with the × of its row."

    def rest(self, values: np.ndarray, before: Scene) -> np.ndarray:
        """values (n,) of the window's items, without the one that is removed."""
        return np.delete(values, most_attended(before))

    def done(self, before: Scene, now: Scene) -> bool:
        return window_became(before, now, self.rest(before.window, before))

    def solved(self, before: Scene) -> Scene:
        return with_window(before, self.rest(before.window, before))

    def reveal(self, before: Scene, now: Scene) -> str:
        old, new = self.rest(columns(before), before), columns(now)
        heir = int((new - old).argmax())
        gained = f"gained most attention, from {number(old[heir])} to {number(new[heir])}."
        heir_words = f"{quoted_at(now, heir)} {gained}"
        if len(old) == 1:
            heir_words = f"Only {quoted_at(now, 0)} is left to look at."
        list_words = new_ones(before, now)
        return f"{list_words[0].upper()}{list_words[1:]}. {heir_words}{next_item(before, now)}"

    def seen(self, before: Scene, now: Scene) -> str:
        item = quoted_at(before, most_attended(before))
        return f"An item less, another map and another list: without {item}, {new_ones(before, now)}."


class Order(Step):
    title = "Order matters"
    page = "attention"
    about = "The items stay the same. Only their order changes."
    keys = "Tab to the row in the list, Alt with the arrow down moves it."
    answers = (
        "nothing: same items, same attention",
        "attention changes, the list keeps its items",
        "attention changes, and the list gets new items",
    )
    least = 0.005  # change of a weight that can be read on screen

    def shift(self, before: Scene, now: Scene) -> np.ndarray:
        """(n,) change of each item's weight, in the order of `before`."""
        return np.roll(columns(now), 1) - columns(before)

    def question(self, scene: Scene) -> Question:
        now = self.solved(scene)
        still = float(np.abs(self.shift(scene, now)).max()) < self.least
        new = changed(scene, now)
        right = (0, 1) if still and not new else (1,) if not new else (2,)
        oldest = quoted_at(scene, 0)
        return Question(f"{oldest} is the oldest. What changes if it becomes the latest?", self.answers, right)

    def task(self, scene: Scene) -> str:
        return f"Drag {quoted_at(scene, 0)} to the end of the list, or press its ↓ until it is there."

    def done(self, before: Scene, now: Scene) -> bool:
        return window_became(before, now, np.roll(before.window, -1))

    def solved(self, before: Scene) -> Scene:
        """The oldest item as the latest."""
        return with_window(before, np.roll(before.window, -1))

    def reveal(self, before: Scene, now: Scene) -> str:
        shift, old = self.shift(before, now), columns(before)
        most = int(np.abs(shift).argmax())
        why = (
            "The time signal tells the model each item's place."
            if before.moment.config.time_signal
            else "This model has no time signal, so it cannot tell the order."
        )
        return (
            f"The attention on {quoted_at(before, most)} went from {number(old[most])} to "
            f"{number(old[most] + shift[most])}, and {new_ones(before, now)}. {why}{next_item(before, now)}"
        )

    def seen(self, before: Scene, now: Scene) -> str:
        shift = np.abs(self.shift(before, now))
        most = quoted_at(before, int(shift.argmax()))
        return (
            f"With the oldest item as the latest, the attention on {most} changes by {amount(float(shift.max()))}, and "
            f"{new_ones(before, now)}."
        )


class Weight(Step):
    title = "Short against long"
    page = "score-split"
    fewest = 1
    keys = "Tab to the slider of ω. End and Home go to its ends."
    answers = ("nearer to the top", "at the same rank", "further down")
    about = (
        "A distance has two parts: how far the item is from **m**, what the person wants now, and how far it is from "
        "**U**, what they have always liked. ω weighs the second. Lower distances are better."
    )

    def end(self, scene: Scene) -> float:
        """The ω that the task asks for: long term alone, unless that is what the model has."""
        return 0.0 if scene.run.model_config.long_weight == 1 else 1.0

    def part(self, scene: Scene) -> str:
        """The part that alone counts there."""
        return "the long term" if self.end(scene) else "the short term"

    def item(self, scene: Scene) -> int:
        """The item that is followed: the actual next one, if it can go up and down; else the middle of the list."""
        if scene.target is not None and all(self.ways(scene, scene.target)):
            return scene.target
        listed = listed_first(scene)
        return int(listed[len(listed) // 2]) if len(listed) else int(scene.ranking.blended.argmin())

    def ways(self, scene: Scene, item: int) -> tuple[bool, bool, bool]:
        """Which of the answers can be at all: nothing is above the first, nothing below the last."""
        rank = float(scene.ranking.ranks[item])
        return rank > 1, True, rank < int(scene.ranking.candidates.sum())

    def offered(self, scene: Scene) -> list[int]:
        """The answers that can be; all, where only one could."""
        ways = self.ways(scene, self.item(scene))
        return [answer for answer, possible in enumerate(ways) if possible or sum(ways) == 1]

    def rank_at_end(self, before: Scene) -> float:
        at_end = scene(before.run, replace(before.view, omega=self.end(before)))
        return float(at_end.ranking.ranks[self.item(before)])

    def question(self, scene: Scene) -> Question:
        now, then = float(scene.ranking.ranks[self.item(scene)]), self.rank_at_end(scene)
        offered, right = self.offered(scene), 0 if then < now else 1 if then == now else 2
        return Question(
            f"{quoted(scene, self.item(scene))} has rank {now:g} at the trained ω = {number(scene.omega)}. If only "
            f"{self.part(scene)} counted, where would it stand?",
            tuple(self.answers[answer] for answer in offered),
            (offered.index(right),),
        )

    def task(self, scene: Scene) -> str:
        return f"Pull ω to {self.end(scene):g} and see how the list ranks again."

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.has_taste and now.omega == self.end(before)

    def reveal(self, before: Scene, now: Scene) -> str:
        ranking, item = before.ranking, self.item(before)
        short, long = (float(half_ranks(part, ranking.candidates)[item]) for part in (ranking.short, ranking.long))
        better = "; together they rank it better than each alone" if ranking.ranks[item] < min(short, long) else ""
        return (
            f"{quoted(before, item)} ranks {ranking.ranks[item]:g} at ω = {number(before.omega)}, by the short term "
            f"alone {short:g}, by the long term alone {long:g}{better}."
        )

    def seen(self, before: Scene, now: Scene) -> str:
        item = self.item(before)
        return (
            f"A distance has a short and a long part: {quoted(before, item)} ranks {before.ranking.ranks[item]:g} at "
            f"ω = {number(before.omega)}, and {self.rank_at_end(before):g} by {self.part(before)} alone."
        )
