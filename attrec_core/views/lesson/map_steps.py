"""The steps on reading the attention matrix: a row, the mask, the column with the largest average."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.views.drawing.theme import against_even, number
from attrec_core.views.lesson.step import (
    Question,
    Step,
    called,
    columns,
    even,
    largest,
    most_attended,
    quoted_at,
    same_window,
)
from attrec_core.views.page_context import Scene, scene


class Row(Step):
    title = "What a row says"
    page = "attention"
    about = (
        "The map shows who looks at whom. **Rows look, columns are looked at**: each row shares its attention out over "
        "the columns. A bright cell is a long look."
    )
    keys = "Tab to the map, walk with the arrow keys, Enter selects."

    def question(self, scene: Scene) -> Question:
        options = tuple(called(scene, place) for place in range(len(scene.window)))
        text = f"The first row is {quoted_at(scene, 0)}. Which item will it look at most?"
        return Question(text, options, tuple(largest(scene.trace.weights[0]).tolist()))

    def task(self, scene: Scene) -> str:
        return "Click the brightest cell of the first row. That selects the item of its column, on every page."

    def done(self, before: Scene, now: Scene) -> bool:
        best = before.window[largest(before.trace.weights[0])]
        return same_window(before, now) and now.selected in best

    def reveal(self, before: Scene, now: Scene) -> str:
        weights = before.trace.weights[0]
        place = int(weights.argmax())
        who, whom = quoted_at(before, 0), quoted_at(before, place)
        if place == 0:
            return f"{who} looks most at itself: {number(weights[0])} of its attention. Nothing is masked here."
        others = len(weights) - (1 if before.moment.config.mask != "none" else 0)
        own = " Its own cell is hatched: there it may not look." if before.trace.masked[0, 0] else ""
        return (
            f"{who} gives {whom} {number(weights[place])} of its attention. Shared out evenly, each cell would have "
            f"{number(1 / others)}.{own}"
        )

    def seen(self, before: Scene, now: Scene) -> str:
        place = int(before.trace.weights[0].argmax())
        whom = "itself" if place == 0 else quoted_at(before, place)
        weight = number(before.trace.weights[0, place])
        return f"Rows look, columns are looked at: {quoted_at(before, 0)} looks most at {whom}, {weight}."


class Mask(Step):
    title = "The mask"
    page = "step-by-step"
    keys = "Tab to the switch of the mask, then the arrow keys."
    about = (
        "An item may not look at itself: the mask takes the diagonal away. Else an item might be busy with itself, and "
        "the others would not count."
    )
    answers = ("less than the even share", "about the even share", "more than the even share")

    def own_attention(self, before: Scene) -> float:
        """The average attention of an item to itself if nothing were masked."""
        unmasked = scene(before.run, replace(before.view, mask="none"))
        return float(unmasked.trace.softmax.diagonal().mean())

    def other(self, scene: Scene) -> str:
        """The setting that the task asks for."""
        return "after" if scene.run.model_config.mask == "none" else "none"

    def question(self, scene: Scene) -> Question:
        n = len(scene.window)
        ratio = self.own_attention(scene) * n
        text = (
            f"Suppose nothing were masked. The even share of {n} items is {number(1 / n)} each. "
            "How long would an item look at itself, on average?"
        )
        return Question(text, self.answers, (0 if ratio < 0.9 else 1 if ratio <= 1.1 else 2,))

    def task(self, scene: Scene) -> str:
        if self.other(scene) == "none":
            return (
                "Switch the mask off: choose “no mask”. The stage of the mask leaves the chain. Then go down to the "
                "stage “Softmax: the weights”, and see what stands on its diagonal."
            )
        return (
            "Switch the mask on: choose “after the softmax”. The stage “Mask, after the softmax” joins the chain. Go "
            "down to it, and see what it does to the diagonal."
        )

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.moment.config.mask == self.other(before)

    def reveal(self, before: Scene, now: Scene) -> str:
        own, even = self.own_attention(before), number(1 / len(before.window))
        trained = before.run.model_config.mask
        start = f"Without a mask an item looks at itself {number(own)} on average; the even share is {even}."
        if trained == "after":
            return (
                f"{start} This model was trained with the mask after the softmax: what an item would have given itself "
                f"is lost, so a row sums to {number(1 - own)} on average."
            )
        if trained == "before":
            return f"{start} This model masks before the softmax, so the other items share that out among them."
        return f"{start} This model was trained without a mask, so this look counts; with one it would be lost."

    def seen(self, before: Scene, now: Scene) -> str:
        own = self.own_attention(before)
        taken = "this model has none" if before.run.model_config.mask == "none" else "the mask takes it away"
        return f"Without a mask an item looks at itself {number(own)} on average; {taken}."


class Column(Step):
    title = "One item dominates"
    page = "attention"
    about = (
        "The bar under a column is its mean: how much that item is looked at in all. Each item counts with this weight "
        "in **m**, the point that says what the person wants now."
    )
    keys = "Tab to the map, arrow down to the bars, Enter selects."
    answers = ("all of them", "more than half, not all", "half of them or fewer")

    def following(self, scene: Scene) -> tuple[int, int]:
        """Of the rows beside the dominant item's own: how many look at it most, and how many there are."""
        most = most_attended(scene)
        others = np.delete(scene.trace.weights, most, axis=0)
        return sum(most in largest(row) for row in others), len(others)

    def question(self, scene: Scene) -> Question:
        following, others = self.following(scene)
        right = 0 if following == others else 1 if following > others / 2 else 2
        text = "One item has the highest bar. Which of the other rows look at that item most?"
        return Question(text, self.answers, (right,))

    def task(self, scene: Scene) -> str:
        return "Click the highest bar."

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.selected in before.window[largest(columns(before))]

    def reveal(self, before: Scene, now: Scene) -> str:
        following, others = self.following(before)
        weight = columns(before).max()
        rows = "row looks" if others == 1 else "rows look"
        return (
            f"{quoted_at(before, most_attended(before))} has {number(weight)} of the attention, "
            f"{against_even(weight, even(before))}; {following} of the {others} other {rows} at it most."
        )

    def seen(self, before: Scene, now: Scene) -> str:
        return (
            f"The bar of a column is what its item counts in m: {quoted_at(before, most_attended(before))} has "
            f"{number(columns(before).max())}, where the even share is {number(even(before))}."
        )
