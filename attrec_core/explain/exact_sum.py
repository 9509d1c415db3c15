"""The contribution of each part to the distance of an item: an exact sum, where m is a mean or a sum of the rows.

With w_j the column weights, m = Σ_j w_j x_j, and ρ = 1 − Σ_j w_j, for every item i

    ‖X_i − m‖² = Σ_j w_j ‖X_i − x_j‖² + ρ ‖X_i‖² − (Σ_j w_j ‖x_j‖² − ‖m‖²)

The bracket is the same for all items. Where m is the sum of the rows, Σ w is near n and ρ is below 0.

The score of EASE and of item kNN is an exact sum, too: each item that the model reads adds its own part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from attrec_core.data.windows import leave_one_out
from attrec_core.errors import number
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import amount, by_ids, quoted, quoted_at
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run, refusal

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
    """Why one item ranks above another. The parts are those of `above` minus those of `below`; the constant cancels. A
    negative part favours `above`. Where no exact sum exists, `exists` is False and only the long part is given."""

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


def exact_sum(moment: Moment, item: int) -> ExactSum:
    """Splits y of one item, candidate or not, into its parts."""
    distance = moment.ranking.distance(item)
    if not has_sum(moment):
        kind = {"max": "largest", "min": "smallest"}[moment.config.aggregation]
        text = (
            f"m takes the {kind} value of each dimension, so no exact sum over the items exists; removing items shows "
            "what each one does."
        )
        return ExactSum(int(item), distance, False, parts=(), residual=0.0, attraction=(), sentence=text)
    parts, pull = parts_of(moment, item), attraction(moment, item)
    residual = abs(sum(part.value for part in parts) - distance)
    name, best = quoted(moment.run, item), int(pull.argmax())
    text = f"The distance of {name}, {number(distance, 3)}, is the exact sum of its parts."
    if pull[best] <= 0:
        text += " No recent item lowers it: no part is less than the average item's."
    else:
        attended, less = quoted_at(moment.run, moment.window, best + 1), amount(pull[best], 3)
        text += f" {attended} lowers it most: its part is {less} less than the average item's."
    return ExactSum(int(item), distance, True, parts, residual, tuple(pull.tolist()), text)


def why_above(moment: Moment, above: int, below: int) -> Difference:
    """Splits the difference of two items' distances into parts. Exchanging the items reverses the signs."""
    total = moment.ranking.distance(above) - moment.ranking.distance(below)
    exists = has_sum(moment)
    parts = tuple(
        replace(of_above, value=of_above.value - of_below.value)
        for of_above, of_below in zip(parts_of(moment, above), parts_of(moment, below), strict=True)
        if of_above.kind == "long" or (exists and of_above.kind != "constant")
    )
    residual = abs(sum(part.value for part in parts) - total) if exists else 0.0
    complete = parts if exists else (*parts, SumPart("short", total - sum(part.value for part in parts)))
    text = difference_sentence(moment, above, below, total, complete)
    return Difference(int(above), int(below), total, exists, parts, residual, text)


def has_sum(moment: Moment) -> bool:
    return moment.config.aggregation in ("mean", "sum")


def parts_of(moment: Moment, item: int) -> tuple[SumPart, ...]:
    """Returns the parts of y of one item. Computed in float64 from the model's float32."""
    omega, point = moment.ranking.long_weight, moment.run.weights["item_short"][item].astype(float)
    values, weights = moment.trace.values.astype(float), moment.trace.column_weights.astype(float)
    gaps = ((point - values) ** 2).sum(1)
    rho = 1 - float(weights.sum())
    _, long_distances = moment.ranking.short_and_long([item])
    long = () if long_distances is None else (SumPart("long", omega * float(long_distances[0]), omega),)
    item_parts = (
        SumPart("item", (1 - omega) * float(w * gap), float(w), int(attended_item), place)
        for place, (w, gap, attended_item) in enumerate(zip(weights, gaps, moment.window, strict=True), start=1)
    )
    origin = SumPart("origin", (1 - omega) * rho * float(point @ point), rho)
    # −(1 − ω)(Σ_j w_j ‖x_j‖² − ‖m‖²): the same for all items, so it never changes a ranking.
    intent = weights @ values
    spread = float(weights @ (values**2).sum(1) - intent @ intent)
    return (*long, *item_parts, origin, SumPart("constant", -(1 - omega) * spread))


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


def difference_sentence(moment: Moment, above: int, below: int, total: float, parts: tuple[SumPart, ...]) -> str:
    """Says which of two items is nearer, and which part favours it most."""
    if total == 0:
        return f"{quoted(moment.run, above)} and {quoted(moment.run, below)} have exactly the same distance."
    nearer, farther, sign = (above, below, 1) if total < 0 else (below, above, -1)
    main_part = min(parts, key=lambda part: sign * part.value)
    kinds = {"long": "the long-term taste", "short": "the short-term intent", "origin": "the origin"}
    place = main_part.place
    part_name = kinds[main_part.kind] if place is None else quoted_at(moment.run, moment.window, place)
    return (
        f"{quoted(moment.run, nearer)} is nearer than {quoted(moment.run, farther)} by {amount(abs(total), 3)}; its "
        f"largest advantage is {part_name}: {amount(abs(main_part.value), 3)}."
    )


@dataclass(frozen=True, eq=False)
class ItemParts:
    """The parts of one item's score, the largest first; an item that is read but adds 0 is not among them."""

    items: np.ndarray  # (k,) item indices
    parts: np.ndarray  # (k,) float64
    read: int  # how many items are read

    @property
    def score(self) -> float:
        return float(self.parts.sum())


def item_parts(moment: Moment, item: int) -> ItemParts:
    """Returns what each item that is read at a moment adds to the score of an item. Raises InputError for a system
    whose score is no such sum."""
    arrays, model = moment.run.arrays, moment.run.model_config.model
    if model == "ease":
        weights = np.asarray(arrays["weights"][:, item], np.float64)
    elif model == "itemknn":
        weights = np.zeros(moment.run.interactions.n_items)
        np.add.at(weights, np.asarray(arrays["neighbour"][item], np.int64), arrays["similarity"][item])
    else:
        raise refusal(moment.run)
    read = items_read(moment)
    parts = weights[read]
    order = np.argsort(-parts, kind="stable")
    order = order[parts[order] != 0]
    return ItemParts(read[order], parts[order], len(read))


def items_read(moment: Moment) -> np.ndarray:
    """Returns the sorted indices of the items that are read: the latest items of the window, or, with the setting
    `recent` = 0, the window and the user's whole training part, also what came after this step."""
    data, window = moment.run.interactions, moment.window[-moment.config.recent :]
    if moment.config.recent or moment.user is None:
        return np.unique(window)
    split = leave_one_out(data)
    split = split.with_validation() if moment.run.train_config.refit else split
    return np.union1d(window, data.history(moment.user)[: split.lengths[moment.user]])
