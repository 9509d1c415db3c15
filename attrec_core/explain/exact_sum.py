"""The contribution of each part to the distance of an item: an exact sum, where m is a mean or a sum of the rows.

With w_j the column weights, m = Σ_j w_j x_j, and ρ = 1 − Σ_j w_j, for every item i

    ‖X_i − m‖² = Σ_j w_j ‖X_i − x_j‖² + ρ ‖X_i‖² − (Σ_j w_j ‖x_j‖² − ‖m‖²)

The bracket is the same for all items. Where m is the sum of the rows, Σ w is near n and ρ is below 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import amount, by_ids, quoted, title_at
from attrec_core.runs.cached_on_owner import cached

if TYPE_CHECKING:
    from attrec_core.runs.run import Run

PartKind = Literal["long", "short", "item", "origin", "constant"]


@dataclass(frozen=True)
class SumPart:
    """One term of an exact sum, or the difference of two items' terms."""

    kind: PartKind
    value: float  # contribution to the distance
    weight: float | None = None  # ω for the long part, w for an item, ρ for the origin; None for the constant
    item: int | None = None  # item index; only for kind "item"
    place: int | None = None  # in the window, from 1, oldest first; only for kind "item"


@dataclass(frozen=True)
class ExactSum:
    """y of one item as a sum of parts: long (with a taste), one for each place, origin, constant; in this order.

    An item part is (1 − ω) w_j ‖X_i − x_j‖². Its attraction is how far it lies below its mean over the catalogue:
    compared with the other items of the catalogue, it lowers the distance where positive and raises it where negative.
    """

    item: int
    distance: float  # y as ranked
    exists: bool  # False where m is a max or min: then there are no parts and no attraction
    parts: tuple[SumPart, ...]
    residual: float  # |sum of the parts − y|; 0 where no sum exists
    attraction: tuple[float, ...]  # (n,)
    sentence: str


@dataclass(frozen=True)
class Difference:
    """Why one item ranks above another. The parts are those of `above` minus those of `below`; the constant cancels.

    A negative part favours `above`. Where no exact sum exists, `exists` is False and only the long part is given.
    """

    above: int
    below: int
    total: float  # y of above − y of below, as ranked
    exists: bool
    parts: tuple[SumPart, ...]
    residual: float  # |sum of the parts − total|; 0 where no sum exists
    sentence: str

    def as_dict(self, item_ids: Sequence[str]) -> dict[str, Any]:
        """Returns the difference for JSON, with the ids of the items."""
        parts = [by_ids(part, item_ids, "item") for part in self.parts]
        return by_ids(self, item_ids, "above", "below") | {"parts": parts}


SUMS = ("mean", "sum")


def exact_sum(moment: Moment, item: int) -> ExactSum:
    """Splits y of one item, candidate or not, into its parts."""
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
    """Splits the difference of two items' distances into parts. Exchanging the items reverses the signs."""
    total = moment.ranking.distance(above) - moment.ranking.distance(below)
    exists = has_sum(moment)
    part_pairs = zip(comparable_parts(moment, above), comparable_parts(moment, below), strict=True)
    parts = tuple(
        SumPart(of_above.kind, of_above.value - of_below.value, of_above.weight, of_above.item, of_above.place)
        for of_above, of_below in part_pairs
        if exists or of_above.kind == "long"
    )
    residual = abs(sum(part.value for part in parts) - total) if exists else 0.0
    complete = parts if exists else (*parts, SumPart("short", total - sum(part.value for part in parts)))
    text = difference_sentence(moment, above, below, total, complete)
    return Difference(
        int(above), below=int(below), total=total, exists=exists, parts=parts, residual=residual, sentence=text
    )


def has_sum(moment: Moment) -> bool:
    return moment.config.aggregation in SUMS


def comparable_parts(moment: Moment, item: int) -> tuple[SumPart, ...]:
    """Returns the parts in which items differ: all but the constant. Computed in float64 from the model's float32."""
    steps, omega = moment.trace, moment.ranking.long_weight
    point = moment.run.weights["item_short"][item].astype(float)
    weights = steps.column_weights.astype(float)
    gaps = ((point - steps.values.astype(float)) ** 2).sum(1)
    rho = 1 - float(weights.sum())
    _, long_distances = moment.ranking.short_and_long([item])
    long = () if long_distances is None else (SumPart("long", omega * float(long_distances[0]), omega),)
    item_parts = (
        SumPart("item", (1 - omega) * float(w * gap), float(w), int(attended_item), place)
        for place, (w, gap, attended_item) in enumerate(zip(weights, gaps, steps.window, strict=True), start=1)
    )
    return (*long, *item_parts, SumPart("origin", (1 - omega) * rho * float(point @ point), rho))


def constant(moment: Moment) -> SumPart:
    """−(1 − ω)(Σ_j w_j ‖x_j‖² − ‖m‖²): the same for all items, so it never changes a ranking."""
    values, weights = moment.trace.values.astype(float), moment.trace.column_weights.astype(float)
    intent = weights @ values
    spread = float(weights @ (values**2).sum(1) - intent @ intent)
    return SumPart("constant", -(1 - moment.ranking.long_weight) * spread)


def attraction(moment: Moment, item: int) -> np.ndarray:
    """(n,) float64: how far each item part lies below its mean over the catalogue."""
    point, values = moment.run.weights["item_short"][item].astype(float), moment.trace.values.astype(float)
    mean, norm = mean_item(moment.run)
    mean_gaps = norm - 2 * values @ mean + (values**2).sum(1)
    gaps = ((point - values) ** 2).sum(1)
    return (1 - moment.ranking.long_weight) * moment.trace.column_weights * (mean_gaps - gaps)


@cached
def mean_item(run: Run) -> tuple[np.ndarray, float]:
    """Returns the means over the catalogue of X_i (d,) and of ‖X_i‖²; float64."""
    return run.weights["item_short"].mean(0, dtype=float), float(run.table[:, -1].mean(dtype=float))


def sentence(moment: Moment, item: int, pull: np.ndarray) -> str:
    """Says which item of the window lowers the distance most."""
    distance = moment.ranking.distance(item)
    name, best = quoted(moment.run, item), int(pull.argmax())
    start = f"The distance of {name}, {number(distance, 3)}, is the exact sum of its parts."
    if pull[best] <= 0:
        return f"{start} No recent item lowers it: no part is less than the average item's."
    attended = title_at(moment.window, best + 1, partial(quoted, moment.run))
    return f"{start} {attended} lowers it most: its part is {amount(pull[best], 3)} less than the average item's."


def difference_sentence(moment: Moment, above: int, below: int, total: float, parts: tuple[SumPart, ...]) -> str:
    """Says which of two items is nearer, and which part favours it most."""
    if total == 0:
        return f"{quoted(moment.run, above)} and {quoted(moment.run, below)} have exactly the same distance."
    nearer, farther, sign = (above, below, 1) if total < 0 else (below, above, -1)
    main_part = min(parts, key=lambda part: sign * part.value)
    kinds = {"long": "the long-term taste", "short": "the short-term intent", "origin": "the origin"}
    name = partial(quoted, moment.run)
    part_name = kinds[main_part.kind] if main_part.place is None else title_at(moment.window, main_part.place, name)
    return (
        f"{quoted(moment.run, nearer)} is nearer than {quoted(moment.run, farther)} by {amount(abs(total), 3)}; its "
        f"largest advantage is {part_name}: {amount(abs(main_part.value), 3)}."
    )
