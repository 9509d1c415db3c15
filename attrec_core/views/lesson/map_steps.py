"""The steps on reading the attention matrix: a row, the mask, the column with the largest average."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.views.drawing.theme import against_even, number
from attrec_core.views.lesson.step import (
    Selection,
    Step,
    Texts,
    called,
    largest,
    most_attended,
    quoted_at,
    same_window,
)
from attrec_core.views.page_context import Scene, scene

SWITCH = {  # what to do, by the setting of the mask that the task asks for
    "none": "Switch the mask off: choose “no mask”. The stage of the mask leaves the chain. Then go down to the "
    "stage “Softmax: the weights”, and see what stands on its diagonal.",
    "after": "Switch the mask on: choose “after the softmax”. The stage “Mask, after the softmax” joins the chain. "
    "Go down to it, and see what it does to the diagonal.",
}


class Row(Selection):
    title = "What a row says"
    page = "attention"
    about = (
        "The map shows who looks at whom. **Rows look, columns are looked at**: each row shares its attention out over "
        "the columns. A bright cell is a long look."
    )
    keys = "Tab to the map, walk with the arrow keys, Enter selects."

    def best(self, before: Scene) -> np.ndarray:
        return before.window[largest(before.trace.weights[0])]

    def texts(self, before: Scene) -> Texts:
        weights = before.trace.weights[0]
        place = int(weights.argmax())
        first, weight = quoted_at(before, 0), number(weights[place])
        if place == 0:
            whom = "itself"
            reveal = f"{first} looks most at itself: {weight} of its attention. Nothing is masked here."
        else:
            whom = quoted_at(before, place)
            others = len(weights) - (before.moment.config.mask != "none")
            own = " Its own cell is hatched: there it may not look." if before.trace.masked[0, 0] else ""
            reveal = (
                f"{first} gives {whom} {weight} of its attention. Shared out evenly, each cell would have "
                f"{number(1 / others)}.{own}"
            )
        return Texts(
            question=f"The first row is {first}. Which item will it look at most?",
            options=tuple(called(before, place) for place in range(len(weights))),
            right=tuple(largest(weights).tolist()),
            task="Click the brightest cell of the first row. That selects the item of its column, on every page.",
            reveal=reveal,
            seen=f"Rows look, columns are looked at: {first} looks most at {whom}, {weight}.",
        )


class Mask(Step):
    title = "The mask"
    page = "step-by-step"
    keys = "Tab to the switch of the mask, then the arrow keys."
    about = (
        "An item may not look at itself: the mask takes the diagonal away. Else an item might be busy with itself, and "
        "the others would not count."
    )

    def other(self, before: Scene) -> str:
        """The setting that the task asks for."""
        return "after" if before.run.model_config.mask == "none" else "none"

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.moment.config.mask == self.other(before)

    def texts(self, before: Scene) -> Texts:
        count, trained = len(before.window), before.run.model_config.mask
        unmasked = scene(before.run, replace(before.view, mask="none"))
        share = float(unmasked.trace.softmax.diagonal().mean())  # of an item to itself if nothing were masked
        ratio, even, own = share * count, number(1 / count), number(share)
        result = {
            "after": "This model was trained with the mask after the softmax: what an item would have given itself is "
            f"lost, so a row sums to {number(1 - share)} on average.",
            "before": "This model masks before the softmax, so the other items share that out among them.",
            "none": "This model was trained without a mask, so this look counts; with one it would be lost.",
        }
        start = f"Without a mask an item looks at itself {own} on average"
        return Texts(
            question=f"Suppose nothing were masked. The even share of {count} items is {even} each. How long would an "
            "item look at itself, on average?",
            options=("less than the even share", "about the even share", "more than the even share"),
            right=(0 if ratio < 0.9 else 1 if ratio <= 1.1 else 2,),
            task=SWITCH[self.other(before)],
            reveal=f"{start}; the even share is {even}. {result[trained]}",
            seen=f"{start}; {'this model has none' if trained == 'none' else 'the mask takes it away'}.",
        )


class Column(Selection):
    title = "One item dominates"
    page = "attention"
    about = (
        "The bar under a column is its mean: how much that item is looked at in all. Each item counts with this weight "
        "in **m**, the point that says what the person wants now."
    )
    keys = "Tab to the map, arrow down to the bars, Enter selects."

    def best(self, before: Scene) -> np.ndarray:
        return before.window[largest(before.trace.column_weights)]

    def texts(self, before: Scene) -> Texts:
        most = most_attended(before)
        others = np.delete(before.trace.weights, most, axis=0)
        following = sum(most in largest(row) for row in others)
        item, weight = quoted_at(before, most), before.trace.column_weights[most]
        even = 1.0 if before.moment.config.aggregation == "sum" else 1 / len(before.window)
        return Texts(
            question="One item has the highest bar. Which of the other rows look at that item most?",
            options=("all of them", "more than half, not all", "half of them or fewer"),
            right=(0 if following == len(others) else 1 if following > len(others) / 2 else 2,),
            task="Click the highest bar.",
            reveal=f"{item} has {number(weight)} of the attention, {against_even(weight, even)}; {following} "
            f"of the {len(others)} other {'row looks' if len(others) == 1 else 'rows look'} at it most.",
            seen=f"The bar of a column is what its item counts in m: {item} has {number(weight)}, where the even share "
            f"is {number(even)}.",
        )
