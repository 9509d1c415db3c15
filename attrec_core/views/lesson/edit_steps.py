"""The lesson steps that change something: an item removed, another order, another weight ω."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.ranking import half_ranks
from attrec_core.explain.wording import letter
from attrec_core.runs.run import Run
from attrec_core.views.lesson.step import EditStep, Step, StepTexts, most_attended, quoted, quoted_at, same_window
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View

LISTED = 10  # recommendations that a page lists


def changed(before: Scene, now: Scene) -> tuple[int, str]:
    """How many of the listed recommendations are new; the same in words: "3 of the 10 recommendations are new"."""
    listed = now.ranking.top(LISTED)
    new = int((~np.isin(listed, before.ranking.top(LISTED))).sum())
    return new, f"{new or 'none'} of the {len(listed)} recommendations {'is' if new < 2 else 'are'} new"


def reordered(before: Scene, now: Scene) -> tuple[int, str]:
    """How many of the listed recommendations change rank or leave the list; the same in words."""
    old, listed = before.ranking.top(LISTED), now.ranking.top(LISTED)
    both = min(len(old), len(listed))
    moved = len(old) - int((old[:both] == listed[:both]).sum())
    change, leave = ("changes", "leaves") if moved == 1 else ("change", "leave")
    lost = "" if np.isin(old, listed).all() else f" or {leave} the list"
    return moved, f"{moved or 'none'} of the {len(old)} recommendations {change} rank{lost}"


def next_item(before: Scene, now: Scene) -> str:
    """How the rank of the actual next item changed; empty if there is none."""
    if before.target is None or not now.ranking.candidates[before.target]:
        return ""
    old, new = (state.ranking.rank(before.target) for state in (before, now))
    moved = f"stays {ordinal(old)}" if old == new else f"moves from {ordinal(old)} to {ordinal(new)}"
    return f" The actual next item, {quoted(before, before.target)}, {moved}."


class Remove(EditStep):
    title = "Remove an item"
    page = "attention"
    about = (
        "When an item is removed, the attention matrix is computed again: the other items receive more attention. The "
        "intent **m** moves, and all distances change with it."
    )
    keys = "Tab to the item in the list, Delete removes it. Undo is below the list."
    given_away_by = "experiments"

    def edited(self, values: np.ndarray, before: Scene) -> np.ndarray:
        return np.delete(values, most_attended(before))

    def texts(self, before: Scene) -> StepTexts:
        now, position = self.solved(before), most_attended(before)
        new, in_words = changed(before, now)
        item, count = quoted_at(before, position), len(before.ranking.top(LISTED))
        where = f" ({letter(position)})" if (before.window == before.window[position]).sum() > 1 else ""
        old, weights = self.edited(before.trace.column_weights, before), now.trace.column_weights
        heir = int((weights - old).argmax())
        gained = f"gains the most attention, from {percent(old[heir])} to {percent(weights[heir])}"
        if len(old) == 1:
            gained = "remains in the window"
        return StepTexts(
            question=f"{item} receives the most attention. Without it, how many of the {count} recommendations will "
            "be new?",
            options=("2 or fewer", "3 to 5", "6 or more"),
            right=(0 if new <= 2 else 1 if new <= 5 else 2,),
            task=f"Remove {item}{where} from the recent items: point at its row and press ×.",
            because=f"{in_words} without {item}",
            reveal=f"{'Only ' * (len(old) == 1)}{quoted_at(now, heir)} {gained}.{next_item(before, now)}",
            seen=f"Removing one item changes the attention and the recommendations: without {item}, {in_words}.",
        )


class Order(EditStep):
    title = "Order matters"
    page = "attention"
    about = "The items stay the same. Only their order changes."
    keys = "Tab to the item in the list, Alt + ↓ moves it."
    least = 0.005  # smallest change of a weight that is visible on screen

    def edited(self, values: np.ndarray, before: Scene) -> np.ndarray:
        """Moves the oldest value to the end, so that its item is the latest."""
        return np.roll(values, -1)

    def texts(self, before: Scene) -> StepTexts:
        now, old = self.solved(before), before.trace.column_weights
        shift = np.roll(now.trace.column_weights, 1) - old  # (n,) change of each weight, in the order of `before`
        most_changed = int(np.abs(shift).argmax())
        change = float(np.abs(shift[most_changed]))
        differing, in_words = reordered(before, now)
        oldest, item = quoted_at(before, 0), quoted_at(before, most_changed)
        why = "This model has no time signal, so it does not know the order."
        if before.moment.config.time_signal:
            why = "The time signal tells the model the position of each item."
        return StepTexts(
            question=f"{oldest} is the oldest item. What changes if it becomes the latest?",
            options=(
                "nothing: same items, same attention",
                "only the attention changes",
                "the attention and the order of the recommendations",
            ),
            right=(2,) if differing else (0, 1) if change < self.least else (1,),
            task=f"Drag {oldest} to the end of the list by its handle ⠿, or press its ↓ until it is the last.",
            because=f"the attention on {item} goes from {percent(old[most_changed])} to "
            f"{percent(old[most_changed] + shift[most_changed])}, and {in_words}",
            reveal=f"{why}{next_item(before, now)}",
            seen=f"With the oldest item as the latest, the attention on {item} goes from "
            f"{percent(old[most_changed])} to {percent(old[most_changed] + shift[most_changed])}, and {in_words}.",
        )


class Weight(Step):
    title = "Short term or long term"
    page = "score-split"
    fewest = 1
    keys = "Tab to the slider ω. End and Home go to its ends."
    answers = ("nearer to 1st", "the same rank", "farther from 1st")
    about = (
        "A distance has two parts: the distance to **m**, what the user wants now, and the distance to **U**, the "
        "user's long-term taste. **ω** is the weight of the long-term part. Lower distances are better."
    )

    def prepared(self, run: Run) -> View:
        """Selects the item that the question is about: the page shows it, whatever its rank."""
        view = super().prepared(run)
        before = scene(run, view)
        return replace(view, selected=before.item_id(self.item(before)))

    def end(self, before: Scene) -> float:
        """The ω that the task asks for: 1 (long term alone), or 0 if the model was trained with 1."""
        return 0.0 if before.run.model_config.long_weight == 1 else 1.0

    def item(self, before: Scene) -> int:
        """The item that the step follows: the actual next item, if it can move up and down in the ranking; else the
        item in the middle of the list."""
        if before.target is not None and all(self.ways(before, before.target)):
            return before.target
        listed = before.ranking.top(LISTED)
        return int(listed[len(listed) // 2]) if len(listed) else int(before.ranking.blended.argmin())

    def ways(self, before: Scene, item: int) -> tuple[bool, bool, bool]:
        """Which of the answers are possible: nothing is above the first rank, nothing below the last."""
        rank = before.ranking.rank(item)
        return rank > 1, True, rank < int(before.ranking.candidates.sum())

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.has_taste and now.omega == self.end(before)

    def texts(self, before: Scene) -> StepTexts:
        item, end, ranking = self.item(before), self.end(before), before.ranking
        ways = self.ways(before, item)
        offered = [answer for answer, possible in enumerate(ways) if possible or sum(ways) == 1]
        at_end = scene(before.run, replace(before.view, omega=end))
        now, then = ranking.rank(item), at_end.ranking.rank(item)
        assert ranking.long is not None
        short, long = (float(half_ranks(part, ranking.candidates)[item]) for part in (ranking.short, ranking.long))
        name, parts = quoted(before, item), ["the short-term distance", "the long-term distance"]
        other, part = parts if end else reversed(parts)
        ranks = f"{name} is {ordinal(now)} at ω = {number(before.omega)}"
        better = ": together they rank it nearer to 1st than each part alone" if now < min(short, long) else ""
        return StepTexts(
            question=f"{ranks}, as trained. If only {part} counted, would it be nearer to 1st, or farther from it?",
            options=tuple(self.answers[answer] for answer in offered),
            right=(offered.index(0 if then < now else 1 if then == now else 2),),
            task=f"Move ω to {end:g} and see how the ranks change.",
            because=f"{ranks} and {ordinal(then)} by {part} alone",
            reveal=f"By {other} alone it is {ordinal(short if end else long)}{better}.",
            seen=f"A distance has a short-term and a long-term part: {ranks}, and {ordinal(then)} by {part} alone.",
        )
