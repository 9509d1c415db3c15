"""The contribution of each part to the distance of an item: an exact sum, for a mean or a sum of the rows.

With w_j the column weights, m = Σ_j w_j x_j, and ρ = 1 − Σ_j w_j, for every item i

    ‖X_i − m‖² = Σ_j w_j ‖X_i − x_j‖² + ρ ‖X_i‖² − (Σ_j w_j ‖x_j‖² − ‖m‖²)

The bracket is the same for all items. Where m is the sum of the rows, Σ w is near n, and ρ below 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import amount, by_ids, quoted, titled
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run

PartKind = Literal["long", "short", "item", "origin", "constant"]


@dataclass(frozen=True)
class Part:
    """One term of an exact sum, or the difference of two items' terms."""

    kind: PartKind
    value: float  # what it adds to the distance
    weight: float | None = None  # ω of the long part, w of an item, ρ of the origin; None for the constant
    item: int | None = None  # item index, of kind "item" only
    place: int | None = None  # in the window, from 1, oldest first; of kind "item" only


@dataclass(frozen=True)
class ExactSum:
    """y of one item as a sum: long part (with a taste), one part a place, the origin's, the constant; in this order.

    An item part is (1 − ω) w_j ‖X_i − x_j‖². Its attraction is how far it lies below its mean over the catalogue:
    large is attracting, below 0 it pushes the item away, next to the other items of the catalogue.
    """

    item: int
    distance: float  # y as ranked
    exists: bool  # False where m is a max or min: then there are no parts, no attraction
    parts: tuple[Part, ...]
    residual: float  # |sum of the parts − y|; 0 where no sum exists
    attraction: tuple[float, ...]  # (n,)
    sentence: str


@dataclass(frozen=True)
class Difference:
    """Why one item stands above another: parts are `above`'s minus `below`'s, the constant cancels.

    A negative part favours `above`. Where no exact sum exists, the parts are the long one alone, and `exists` False.
    """

    above: int
    below: int
    total: float  # y of above − y of below, as ranked
    exists: bool
    parts: tuple[Part, ...]
    residual: float  # |sum of the parts − total|; 0 where no sum exists
    sentence: str

    def as_dict(self, item_ids: Sequence[str]) -> dict[str, Any]:
        """For JSON: items by their ids."""
        parts = [by_ids(part, item_ids, "item") for part in self.parts]
        return by_ids(self, item_ids, "above", "below") | {"parts": parts}


SUMS = ("mean", "sum")


def exact_sum(moment: Moment, item: int) -> ExactSum:
    """The parts of y of one item, candidate or not."""
    distance = moment.ranking.distance(item)
    if not has_sum(moment):
        kind = {"max": "largest", "min": "smallest"}[moment.config.aggregation]
        text = (
            f"m takes the {kind} value of each dimension, so no exact sum over the items exists; removing items shows "
            "what each one does."
        )
        return ExactSum(int(item), distance, exists=False, parts=(), residual=0.0, attraction=(), sentence=text)
    parts = (*comparable_parts(moment, item), constant(moment))
    pull = attraction(moment, item)
    residual = abs(sum(part.value for part in parts) - distance)
    return ExactSum(
        int(item),
        distance=distance,
        exists=True,
        parts=parts,
        residual=residual,
        attraction=tuple(pull.tolist()),
        sentence=sentence(moment, item, pull),
    )


def why_above(moment: Moment, above: int, below: int) -> Difference:
    """The difference of two items' distances, part by part. Exchanged items give the opposite parts."""
    total = moment.ranking.distance(above) - moment.ranking.distance(below)
    exists = has_sum(moment)
    both = zip(comparable_parts(moment, above), comparable_parts(moment, below), strict=True)
    parts = tuple(
        Part(first.kind, first.value - second.value, first.weight, first.item, first.place)
        for first, second in both
        if exists or first.kind == "long"
    )
    residual = abs(sum(part.value for part in parts) - total) if exists else 0.0
    complete = parts if exists else (*parts, Part("short", total - sum(part.value for part in parts)))
    text = difference_sentence(moment, above, below, total, complete)
    return Difference(
        int(above), below=int(below), total=total, exists=exists, parts=parts, residual=residual, sentence=text
    )


def has_sum(moment: Moment) -> bool:
    return moment.config.aggregation in SUMS


def comparable_parts(moment: Moment, item: int) -> tuple[Part, ...]:
    """All parts but the constant: those in which items differ. Computed in float64 from the model's float32."""
    steps, omega = moment.trace, moment.ranking.long_weight
    point = moment.run.weights["item_short"][item].astype(float)
    weights = steps.column_weights.astype(float)
    gaps = ((point - steps.values.astype(float)) ** 2).sum(1)
    rho = 1 - float(weights.sum())
    _, far = moment.ranking.short_and_long([item])
    long = () if far is None else (Part("long", omega * float(far[0]), omega),)
    looked_at = (
        Part("item", (1 - omega) * float(w * gap), float(w), int(other), place)
        for place, (w, gap, other) in enumerate(zip(weights, gaps, steps.window, strict=True), start=1)
    )
    return (*long, *looked_at, Part("origin", (1 - omega) * rho * float(point @ point), rho))


def constant(moment: Moment) -> Part:
    """−(1 − ω)(Σ_j w_j ‖x_j‖² − ‖m‖²): the same for all items, so it never changes a ranking."""
    values, weights = moment.trace.values.astype(float), moment.trace.column_weights.astype(float)
    intent = weights @ values
    spread = float(weights @ (values**2).sum(1) - intent @ intent)
    return Part("constant", -(1 - moment.ranking.long_weight) * spread)


def attraction(moment: Moment, item: int) -> np.ndarray:
    """(n,) float64: how far each item part lies below its mean over the catalogue."""
    point, values = moment.run.weights["item_short"][item].astype(float), moment.trace.values.astype(float)
    mean, norm = mean_item(moment.run)
    mean_gaps = norm - 2 * values @ mean + (values**2).sum(1)
    gaps = ((point - values) ** 2).sum(1)
    return (1 - moment.ranking.long_weight) * moment.trace.column_weights * (mean_gaps - gaps)


@cached
def mean_item(run: Run) -> tuple[np.ndarray, float]:
    """(d,) the mean of X over the catalogue, and that of ‖X_i‖²; float64."""
    return run.weights["item_short"].mean(0, dtype=float), float(run.table[:, -1].mean(dtype=float))


def sentence(moment: Moment, item: int, pull: np.ndarray) -> str:
    """Which item of the window lowers the distance most."""
    distance = moment.ranking.distance(item)
    name, best = quoted(moment.run, item), int(pull.argmax())
    start = f"The distance of {name}, {number(distance, 3)}, is the exact sum of its parts."
    if pull[best] <= 0:
        return f"{start} No recent item lowers it, compared with the average item."
    other = titled(moment.window, best + 1, partial(quoted, moment.run))
    return f"{start} By this sum, {other} lowers it most: by {amount(pull[best], 3)}, compared with the average item."


def difference_sentence(moment: Moment, above: int, below: int, total: float, parts: tuple[Part, ...]) -> str:
    """Which of two is nearer, and which part favours it most."""
    if total == 0:
        return f"{quoted(moment.run, above)} and {quoted(moment.run, below)} have exactly the same distance."
    nearer, other, sign = (above, below, 1) if total < 0 else (below, above, -1)
    most = min(parts, key=lambda part: sign * part.value)
    kinds = {"long": "the long-term taste", "short": "the short-term intent", "origin": "the origin"}
    name = partial(quoted, moment.run)
    what = kinds[most.kind] if most.place is None else titled(moment.window, most.place, name)
    return (
        f"{quoted(moment.run, nearer)} is nearer than {quoted(moment.run, other)} by {amount(abs(total), 3)}; its "
        f"largest advantage is {what}: {amount(abs(most.value), 3)}."
    )
