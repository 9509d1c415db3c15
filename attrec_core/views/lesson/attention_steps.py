"""The lesson steps on attention: how its matrix is read, and what an edit of the window or of ω changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.ranking import half_ranks
from attrec_core.explain.wording import letter
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import against_even
from attrec_core.views.lesson.step import (
    EditStep,
    Selection,
    Step,
    StepTexts,
    largest,
    lettered_title,
    most_attended,
    quoted,
    quoted_at,
    same_window,
)
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View

LISTED = 10  # recommendations that a page lists


class RowStep(Selection):
    title = "What a row says"
    page = "attention"
    open_rows = 1

    def best(self, before: Scene) -> np.ndarray:
        return before.window[largest(before.trace.weights[0])]

    def texts(self, before: Scene) -> StepTexts:
        weights = before.trace.weights[0]
        position = int(weights.argmax())
        return self.worded(
            (lettered_title(before, position) for position in range(len(weights))),
            largest(weights).tolist(),
            {"reveal": "masked" if before.trace.masked[0, 0] else ""},
            map(percent, weights),
            first=quoted_at(before, 0),
            key="itself" if position == 0 else quoted_at(before, position),
            share=percent(weights[position]),
        )


class Mask(Step):
    title = "The mask"
    page = "step-by-step"
    open_rows = 1
    given_away_by = "diagonal"

    def prepared(self, run: Run) -> View:
        """Opens the softmax, where the mask is switched, and follows a cell of the diagonal."""
        return replace(super().prepared(run), cell=(1, 1), stage="softmax")

    def other(self, before: Scene) -> str:
        """The mask setting that the task asks for."""
        return "after" if before.run.model_config.mask == "none" else "none"

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.moment.config.mask == self.other(before)

    def texts(self, before: Scene) -> StepTexts:
        trained = before.run.model_config.mask
        # (n,) how much attention each item gives itself without a mask
        own = scene(before.run, replace(before.view, mask="none")).trace.softmax.diagonal()
        question = "without a mask" if trained == "none" else ""
        return self.worded(
            (lettered_title(before, position) for position in range(len(own))),
            largest(own).tolist(),
            {"question": question, "task": self.other(before), "reveal": trained},
            map(percent, own),
            item=quoted_at(before, int(own.argmax())),
            share=percent(own.max()),
            average=percent(own.mean()),
            end="this model has no mask" if trained == "none" else "the mask removes it",
        )


class ColumnStep(Selection):
    title = "One item dominates"
    page = "attention"
    given_away_by = "matrix"

    def best(self, before: Scene) -> np.ndarray:
        return before.window[largest(before.trace.column_weights)]

    def texts(self, before: Scene) -> StepTexts:
        column = most_attended(before)
        other_rows = np.delete(before.trace.weights, column, axis=0)
        following, others = sum(column in largest(row) for row in other_rows), len(other_rows)
        weight, even = before.trace.column_weights[column], before.moment.attention.uniform_column
        return self.worded(
            ("all of them", "more than half, not all", "half of them or fewer"),
            (0 if following == others else 1 if following > others / 2 else 2,),
            {"reveal": "in total" if before.moment.attention.counts == "total" else ""},
            item=quoted_at(before, column),
            following=following,
            others=others,
            attend="row attends" if others == 1 else "rows attend",
            weight=percent(weight),
            even=percent(even),
            against_even=against_even(weight, even),
        )


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
    given_away_by = "experiments"

    def edited(self, values: np.ndarray, before: Scene) -> np.ndarray:
        return np.delete(values, most_attended(before))

    def texts(self, before: Scene) -> StepTexts:
        now, position = self.solved(before), most_attended(before)
        new, in_words = changed(before, now)
        old, weights = self.edited(before.trace.column_weights, before), now.trace.column_weights
        heir = int((weights - old).argmax())
        gained = f"gains the most attention, from {percent(old[heir])} to {percent(weights[heir])}"
        return self.worded(
            ("2 or fewer", "3 to 5", "6 or more"),
            (0 if new <= 2 else 1 if new <= 5 else 2,),
            item=quoted_at(before, position),
            count=len(before.ranking.top(LISTED)),
            where=f" ({letter(position)})" if (before.window == before.window[position]).sum() > 1 else "",
            new=in_words,
            heir=f"{'Only ' if len(old) == 1 else ''}{quoted_at(now, heir)}",
            gained="remains in the window" if len(old) == 1 else gained,
            next_item=next_item(before, now),
        )


class Order(EditStep):
    title = "Order matters"
    page = "attention"
    least = 0.005  # smallest change of a weight that is visible on screen

    def edited(self, values: np.ndarray, before: Scene) -> np.ndarray:
        """Moves the oldest value to the end, so that its item is the latest."""
        return np.roll(values, -1)

    def texts(self, before: Scene) -> StepTexts:
        now, old = self.solved(before), before.trace.column_weights
        shift = np.roll(now.trace.column_weights, 1) - old  # (n,) change of each weight, in the order of `before`
        most_changed = int(np.abs(shift).argmax())
        differing, in_words = reordered(before, now)
        why = "This model has no time signal, so it does not know the order."
        if before.run.model_config.remembers:
            why = "Without a time signal, the attention does not know the order; the long-term taste does."
        if before.moment.config.time_signal:
            why = "The time signal tells the model the position of each item."
        return self.worded(
            (
                "nothing: same items, same attention",
                "only the attention changes",
                "the attention and the order of the recommendations",
            ),
            (2,) if differing else (0, 1) if float(np.abs(shift).max()) < self.least else (1,),
            oldest=quoted_at(before, 0),
            item=quoted_at(before, most_changed),
            old=percent(old[most_changed]),
            new=percent(old[most_changed] + shift[most_changed]),
            reordered=in_words,
            why=why,
            next_item=next_item(before, now),
        )


class Weight(Step):
    title = "Short term or long term"
    page = "score-split"
    fewest = 1
    answers = ("nearer to 1st", "the same rank", "farther from 1st")

    def prepared(self, run: Run) -> View:
        """Selects the item that the question is about: the page shows it, whatever its rank."""
        view = super().prepared(run)
        before = scene(run, view)
        return replace(view, selected=before.item_id(self.item(before)))

    def end(self, before: Scene) -> float:
        """The ω that the task asks for: 1 (long term alone), or 0 if the model was trained with 1."""
        return 0.0 if before.run.model_config.long_weight == 1 else 1.0

    def item(self, before: Scene) -> int:
        """The actual next item, if it can move up and down in the ranking; else the item in the middle of the list."""
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
        now, then = ranking.rank(item), scene(before.run, replace(before.view, omega=end)).ranking.rank(item)
        assert ranking.long is not None
        short, long = (float(half_ranks(part, ranking.candidates)[item]) for part in (ranking.short, ranking.long))
        parts = ["the short-term distance", "the long-term distance"]
        other, part = parts if end else reversed(parts)
        return self.worded(
            (self.answers[answer] for answer in offered),
            (offered.index(0 if then < now else 1 if then == now else 2),),
            ranks=f"{quoted(before, item)} is {ordinal(now)} at ω = {number(before.omega)}",
            then=ordinal(then),
            end=end,
            part=part,
            other=other,
            other_rank=ordinal(short if end else long),
            better=": together they rank it nearer to 1st than each part alone" if now < min(short, long) else "",
        )
