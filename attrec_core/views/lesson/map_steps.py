"""The lesson steps on reading the attention matrix: a row, the mask, the column with the largest average."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.errors import percent
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import against_even
from attrec_core.views.lesson.step import (
    Selection,
    Step,
    StepTexts,
    largest,
    lettered_title,
    most_attended,
    quoted_at,
    same_window,
)
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View

SWITCH = {  # what to do, by the setting of the mask that the task asks for
    "none": "Scroll down to the softmax and switch the mask off: choose “no mask”. The stage of the mask disappears, "
    "and the softmax shows its diagonal: how much each item attends to itself.",
    "after": "Scroll down to the softmax and switch the mask on: choose “after the softmax”. A stage for it appears "
    "below. See what it does to the diagonal.",
}


class RowStep(Selection):
    title = "What a row says"
    page = "attention"
    open_rows = 1
    about = (
        "Each **row** of the attention matrix is a query item; it distributes its attention over the **columns**, the "
        "key items. Brighter means more attention."
    )
    keys = "Tab to the matrix, move with the arrow keys, Enter selects."

    def best(self, before: Scene) -> np.ndarray:
        return before.window[largest(before.trace.weights[0])]

    def texts(self, before: Scene) -> StepTexts:
        weights = before.trace.weights[0]
        position = int(weights.argmax())
        first, share = quoted_at(before, 0), percent(weights[position])
        key = "itself" if position == 0 else quoted_at(before, position)
        hatched = f"The cell of {first} itself is hatched: an item cannot attend to itself."
        reveal = hatched if before.trace.masked[0, 0] else ""
        return StepTexts(
            question=f"The first row is {first}. Which item will it attend to most?",
            options=tuple(lettered_title(before, position) for position in range(len(weights))),
            right=tuple(largest(weights).tolist()),
            task="Click the brightest cell of the first row. This selects the item of its column, on every page.",
            because=f"{first} gives {key} {share} of its attention",
            reveal=reveal,
            seen=f"Rows attend, columns are attended to: {first} attends most to {key}, {share}.",
        )


class Mask(Step):
    title = "The mask"
    page = "step-by-step"
    open_rows = 1
    given_away_by = "diagonal"
    keys = "Tab to the choice of the mask, move with the arrow keys, Space selects."
    about = (
        "An item cannot attend to itself: the mask removes the diagonal. Otherwise an item could spend its attention "
        "on "
        "itself instead of the others."
    )

    def prepared(self, run: Run) -> View:
        """Selects a cell of the diagonal, which all stages follow."""
        return replace(super().prepared(run), cell=(1, 1))

    def other(self, before: Scene) -> str:
        """The mask setting that the task asks for."""
        return "after" if before.run.model_config.mask == "none" else "none"

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.moment.config.mask == self.other(before)

    def texts(self, before: Scene) -> StepTexts:
        trained = before.run.model_config.mask
        # (n,) how much attention each item gives itself without a mask
        own = scene(before.run, replace(before.view, mask="none")).trace.softmax.diagonal()
        most = int(own.argmax())
        item, share, average = quoted_at(before, most), percent(own[most]), percent(own.mean())
        result = {
            "after": "This model was trained with the mask after the softmax, so self-attention is lost: "
            f"{average} of all attention.",
            "before": "This model was trained with the mask before the softmax, so the other items receive it instead.",
            "none": "This model was trained without a mask, so self-attention counts; with a mask it would be lost.",
        }
        question = "Imagine there is no mask. Which item would give itself the most attention?"
        if trained == "none":
            question = "This model has no mask. Which item gives itself the most attention?"
        ends = {"none": "this model has no mask"}
        return StepTexts(
            question=question,
            options=tuple(lettered_title(before, position) for position in range(len(own))),
            right=tuple(largest(own).tolist()),
            task=SWITCH[self.other(before)],
            because=f"without a mask, {item} gives itself {share} of its attention",
            reveal=result[trained],
            seen=f"Without a mask, {item} gives itself {share} of its attention, and an item {average} on average; "
            f"{ends.get(trained, 'the mask removes it')}.",
        )


class ColumnStep(Selection):
    title = "One item dominates"
    page = "attention"
    given_away_by = "matrix"
    about = (
        "The bar under a column is its average attention. Each item counts with this weight in **m**, the short-term "
        "intent: a point that stands for what the user wants now."
    )
    keys = "Tab to the matrix, arrow down to the bars, Enter selects."

    def best(self, before: Scene) -> np.ndarray:
        return before.window[largest(before.trace.column_weights)]

    def texts(self, before: Scene) -> StepTexts:
        column = most_attended(before)
        other_rows = np.delete(before.trace.weights, column, axis=0)
        following = sum(column in largest(row) for row in other_rows)
        item, weight = quoted_at(before, column), before.trace.column_weights[column]
        even = before.moment.attention.uniform_column
        return StepTexts(
            question="One item has the highest bar. How many of the other rows attend most to that item?",
            options=("all of them", "more than half, not all", "half of them or fewer"),
            right=(0 if following == len(other_rows) else 1 if following > len(other_rows) / 2 else 2,),
            task="Click the highest bar.",
            because=f"{following} of the {len(other_rows)} other "
            f"{'row attends' if len(other_rows) == 1 else 'rows attend'} most to {item}",
            reveal=f"On average it receives {percent(weight)} of the attention, {against_even(weight, even)}.",
            seen=f"The bar of a column is the weight of its item in m: {item} has {percent(weight)}, where uniform is "
            f"{percent(even)}.",
        )
