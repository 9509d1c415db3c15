"""The contribution of each part to the distance of an item: an exact sum, where m is a mean or a sum of the rows.

With w_j the column weights, m = Σ_j w_j x_j, and ρ = 1 − Σ_j w_j, for every item i

    ‖X_i − m‖² = Σ_j w_j ‖X_i − x_j‖² + ρ ‖X_i‖² − (Σ_j w_j ‖x_j‖² − ‖m‖²)

The bracket is the same for all items. Where m is the sum of the rows, Σ w is near n and ρ is below 0. A taste from
items, which is not the paper's, splits the long-term part in the same way (explain/taste.py).

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

PartKind = Literal["long", "earlier", "short", "item", "origin", "constant"]
ROUNDING = 1e-6  # float32 weights that sum to 1 do so within this


@dataclass(frozen=True)
class SumPart:
    """One term of an exact sum, or the difference of two items' terms."""

    kind: PartKind  # earlier: an item before the window, in a taste from items
    value: float  # contribution to the distance
    # ω (with a taste from items ωβ) for the long part, w for an item, ρ for the origin; None for the constant
    weight: float | None = None
    item: int | None = None  # item index; only for kinds "item" and "earlier"
    place: int | None = None  # in the window, from 1, oldest first; only for kind "item"
    usual: float = 0.0  # the mean of the part over the catalogue
    long: float = 0.0  # what of an item's part is long-term
    long_usual: float = 0.0  # the mean of that over the catalogue
    share: float | None = None  # c of an item that the taste is made of
    age: int | None = None  # how many items of the history are newer than an earlier item


@dataclass(frozen=True)
class ExactSum:
    """y of one item as a sum of parts: long (with a taste), one for each place, origin (where the mask takes attention,
    or m is a sum), constant; in this order. With a taste from items, the long part is that of the user's own vector, if
    there is one; each earlier item follows it.

    An item part is (1 − ω) w_j ‖X_i − x_j‖², and with a taste from items + ω c_j ‖V_i − V_j‖². Its attraction is how
    far it lies below its mean over the catalogue: compared with the other items of the catalogue, it lowers the
    distance where positive and raises it where negative.
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
    parts = parts_of(moment, item)
    pull = np.array([part.usual - part.value for part in parts if part.kind == "item"])
    residual = abs(sum(part.value for part in parts) - distance)
    name, best = quoted(moment.run, item), int(pull.argmax())
    text = f"The distance of {name}, {number(distance, 3)}, is the exact sum of its parts."
    if pull[best] <= 0:
        text += " No recent item lowers it, compared with the average item."
    else:
        attended, less = quoted_at(moment.run, moment.window, best + 1), amount(pull[best], 3)
        # The long-term part may lower it more.
        text += f" By contribution, {attended} lowers it most: its part is {less} less than the average item's."
    return ExactSum(int(item), distance, True, parts, residual, tuple(pull.tolist()), text)


def why_above(moment: Moment, above: int, below: int) -> Difference:
    """Splits the difference of two items' distances into parts. Exchanging the items reverses the signs."""
    total = moment.ranking.distance(above) - moment.ranking.distance(below)
    exists = has_sum(moment)
    parts = tuple(
        minus(*both)
        for both in zip(*(parts_of(moment, item, exists=exists) for item in (above, below)), strict=True)
        if both[0].kind in ("long", "earlier") or (exists and both[0].kind != "constant")
    )
    residual = abs(sum(part.value for part in parts) - total) if exists else 0.0
    complete = parts if exists else (*parts, SumPart("short", total - sum(part.value for part in parts)))
    text = difference_sentence(moment, above, below, total, complete)
    return Difference(int(above), int(below), total, exists, parts, residual, text)


def minus(above: SumPart, below: SumPart) -> SumPart:
    return replace(above, value=above.value - below.value, usual=0.0, long=above.long - below.long, long_usual=0.0)


def has_sum(moment: Moment) -> bool:
    return moment.config.aggregation in ("mean", "sum")


def parts_of(moment: Moment, item: int, *, exists: bool = True) -> tuple[SumPart, ...]:
    """Returns the parts of y of one item. Computed in float64 from the model's float32. Where no exact sum exists, only
    the long-term parts are meant."""
    short_weight, values = 1 - moment.ranking.long_weight, moment.trace.values.astype(float)
    weights, point = moment.trace.column_weights.astype(float), moment.run.weights["item_short"][item].astype(float)
    rho, norm = 1 - float(weights.sum()), mean_item(moment.run, "item_short")[1]
    long, remembered, same = long_parts(moment, item)
    if not exists:
        return (*long, *remembered.values())
    count = len(moment.window)
    items = []
    terms = (short_weight * weights * gaps for gaps in gaps_of(moment.run, "item_short", item, values))
    for place, (attended, weight, value, usual) in enumerate(zip(moment.window, weights, *terms, strict=True), start=1):
        part = SumPart("item", float(value), float(weight), int(attended), place, float(usual))
        taste = remembered.pop(count - place, None)
        if taste is not None:
            both = {name: getattr(part, name) + getattr(taste, name) for name in ("value", "usual")}
            part = replace(part, **both, long=taste.value, long_usual=taste.usual, share=taste.share)
        items.append(part)
    lost = short_weight * rho
    origin = [SumPart("origin", lost * float(point @ point), rho, usual=lost * norm)] if abs(rho) > ROUNDING else []
    # −(1 − ω)(Σ_j w_j ‖x_j‖² − ‖m‖²), and the same of the taste: equal for all items, so it never changes a ranking.
    constant = same - short_weight * spread(weights, values)
    return (*long, *remembered.values(), *items, *origin, SumPart("constant", constant, usual=constant))


def long_parts(moment: Moment, item: int) -> tuple[list[SumPart], dict[int, SumPart], float]:
    """Returns the long-term parts of y: of the user's own vector; of each item that the taste is made of, oldest first,
    by its age; and what is the same for all items. Nothing without a taste."""
    memory, omega, run = moment.memory, moment.ranking.long_weight, moment.run
    if memory is None:
        return [], {}, 0.0
    own = [] if memory.own is None else [memory.own]
    vectors = np.array([*run.weights["item_long"][memory.items], *own]).astype(float)
    shares = np.array([*memory.shares, *[memory.own_share] * len(own)], float)
    terms = np.array([shares, *(omega * shares * gaps for gaps in gaps_of(run, "item_long", item, vectors))]).T.tolist()
    parts = {
        age: SumPart("earlier", value, None, remembered, None, usual, value, usual, share, age)
        for age, remembered, (share, value, usual) in zip(
            memory.ages.tolist(), memory.items.tolist(), terms[: len(memory.items)], strict=True
        )
    }
    of_own = [SumPart("long", value, omega * share, usual=usual) for share, value, usual in terms[len(memory.items) :]]
    return of_own, parts, -omega * spread(shares, vectors)


def spread(weights: np.ndarray, vectors: np.ndarray) -> float:
    """(k,) weights and (k, d) vectors → Σ_k w_k ‖v_k‖² − ‖Σ_k w_k v_k‖²."""
    point = weights @ vectors
    return float(weights @ (vectors**2).sum(1) - point @ point)


def gaps_of(run: Run, table: str, item: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(k, d) points → (k,) the squared distance of the item from each, and its mean over the catalogue; float64."""
    point, (mean, norm) = run.weights[table][item].astype(float), mean_item(run, table)
    return ((point - points) ** 2).sum(1), norm - 2 * points @ mean + (points**2).sum(1)


def attraction(moment: Moment, item: int) -> np.ndarray:
    """(n,) float64: how far each item part lies below its mean over the catalogue."""
    return np.array([part.usual - part.value for part in parts_of(moment, item) if part.kind == "item"])


@cached
def mean_item(run: Run, table: str) -> tuple[np.ndarray, float]:
    """Returns the means over the catalogue of X_i (d,) and of ‖X_i‖², or of V_i; float64."""
    norms = run.table[:, -1 if table == "item_short" else -2]
    return run.weights[table].mean(0, dtype=float), float(norms.mean(dtype=float))


def difference_sentence(moment: Moment, above: int, below: int, total: float, parts: tuple[SumPart, ...]) -> str:
    """Says which of two items is nearer, and which part favours it most."""
    if total == 0:
        return f"{quoted(moment.run, above)} and {quoted(moment.run, below)} have exactly the same distance."
    nearer, farther, sign = (above, below, 1) if total < 0 else (below, above, -1)
    main_part = min(parts, key=lambda part: sign * part.value)
    kinds = {"long": "the long-term taste", "short": "the short-term intent", "origin": "the origin"}
    kinds |= {"long": "the user's own vector"} if moment.config.remembers else {}
    if main_part.place is not None:
        part_name = quoted_at(moment.run, moment.window, main_part.place)
    else:
        part_name = kinds.get(main_part.kind) or quoted(moment.run, int(main_part.item or 0))
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
