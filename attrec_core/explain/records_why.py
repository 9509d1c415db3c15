"""Why an item stands where it stands: the exact sum, leaving items out, attention against influence, and all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

PartKind = Literal["long", "short", "item", "origin", "constant"]
Way = Literal["delete", "mask"]


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

    A negative part speaks for `above`. Where no exact sum exists, the parts are the long one alone, and `exists` False.
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
        parts = [asdict(part) for part in self.parts]
        return asdict(self) | {
            "above": item_ids[self.above],
            "below": item_ids[self.below],
            "parts": [part | {"item": None if part["item"] is None else item_ids[part["item"]]} for part in parts],
        }


@dataclass(frozen=True)
class Effect:
    """What happens to the explained item without one item of the window; positive: it moves away, it falls.

    direct: the attention of the others is kept and scaled up to the old total. reweighting: the rest, by attention
    computed again. They sum to delta_distance; both None where m is a max or min, which no weights make.
    """

    place: int  # in the window, from 1, oldest first
    item: int
    delta_distance: float
    delta_rank: float
    direct: float | None
    reweighting: float | None


@dataclass(frozen=True)
class LeaveOneOut:
    """Each item of the window left out, both ways, oldest first; no effects where the window holds a single item.

    delete: it is removed and those before it move up a place. mask: it stays in its place, but is not looked at, does
    not look, and does not count in m; the others keep their places, and the same items compete.
    """

    item: int
    distance: float  # y with the whole window
    rank: float
    delete: tuple[Effect, ...]
    mask: tuple[Effect, ...]
    sentence: str

    def effects(self, way: Way) -> tuple[Effect, ...]:
        return self.delete if way == "delete" else self.mask


@dataclass(frozen=True)
class Influence:
    """Attention against influence, in one window on one item. Tuples are (n,), oldest first.

    Influence of an item: how much the distance grows without it. τ is Kendall's τ-b of the weights with it; None where
    all weights or all effects are equal, for a single item, and for exact where m is a max or min.
    """

    item: int
    weights: tuple[float, ...]  # w
    even: float  # the even share of Σ w
    delete: tuple[float, ...]  # empty for a single item
    mask: tuple[float, ...]  # empty for a single item
    exact: tuple[float, ...]  # attraction in the exact sum; empty where m is a max or min
    tau_delete: float | None
    tau_mask: float | None
    tau_exact: float | None
    favoured: tuple[int, ...]  # places, from 1, with more than the even share
    misleading: tuple[int, ...]  # of these, those whose removal (delete) brings the item nearer
    sentence: str


@dataclass(frozen=True)
class SmallestEdit:
    """The fewest changes to the window that bring an item into the top k, or out of it.

    An edit is one removal, one swap of two neighbours, or two removals; a smaller one comes before a larger one, and
    among equals the one with the best rank (into) or the worst (out of).
    """

    item: int
    k: int
    direction: Literal["into", "out of"]
    rank: float  # before
    kind: Literal["remove", "swap", "none"]  # none: no edit as small as that does it, or the item does not compete
    places: tuple[int, ...]  # removed, or swapped; from 1
    items: tuple[int, ...]  # which stand there
    window: tuple[int, ...]  # item indices after the edit; as it is for none
    new_rank: float  # after the edit, by the exact ranking
    tried: int  # edits that were looked at
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """Everything about one item at one moment."""

    item: int
    window: tuple[int, ...]  # item indices, oldest first
    distance: float  # y
    short: float  # ‖m − X_i‖², without its weight
    long: float | None  # ‖U − V_i‖², without its weight; None without a taste
    long_weight: float  # ω
    rank: float
    competes: bool  # else the rank is the one it would have
    sum: ExactSum
    leave_one_out: LeaveOneOut
    influence: Influence
    sentence: str

    def as_dict(self, item_ids: Sequence[str]) -> dict[str, Any]:
        """For JSON: items by their ids. `item_ids`: the run's `interactions.item_ids`."""

        def named(record: Part | Effect) -> dict[str, Any]:
            fields = asdict(record)
            return fields | {"item": None if fields["item"] is None else item_ids[fields["item"]]}

        return {
            "item": item_ids[self.item],
            "window": [item_ids[item] for item in self.window],
            "distance": self.distance,
            "short": self.short,
            "long": self.long,
            "long_weight": self.long_weight,
            "rank": self.rank,
            "competes": self.competes,
            "exact": self.sum.exists,
            "parts": [named(part) for part in self.sum.parts],
            "residual": self.sum.residual if self.sum.exists else None,
            "leave_one_out": {
                "delete": [named(effect) for effect in self.leave_one_out.delete],
                "mask": [named(effect) for effect in self.leave_one_out.mask],
            },
            "tau_attention": self.influence.tau_delete,
            "tau_attention_mask": self.influence.tau_mask,
            "tau_exact": self.influence.tau_exact,
            "favoured": list(self.influence.favoured),
            "favoured_yet_away": list(self.influence.misleading),
            "sentence": self.sentence,
        }
