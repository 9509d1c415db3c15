"""Explains one item at one moment: where its distance comes from, and whether attention agrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from attrec_core.explain.exact_sum import ExactSum, exact_sum
from attrec_core.explain.influence import Influence, influence
from attrec_core.explain.leave_one_out import Effect, LeaveOneOut, leave_one_out
from attrec_core.explain.main_reason import MainReason, main_reason
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import by_ids

# Fields that keep their names in JSON.
OWN = ("item", "window", "distance", "short", "long", "long_weight", "rank")


@dataclass(frozen=True)
class Explanation:
    """The explanation of one item at one moment."""

    item: int
    window: tuple[int, ...]  # item indices, oldest first
    distance: float  # y
    short: float  # ‖m − X_i‖², without its weight
    long: float | None  # ‖U − V_i‖², without its weight; None without a taste
    long_weight: float  # ω
    rank: float
    is_candidate: bool  # otherwise `rank` is the rank that it would have
    sum: ExactSum
    leave_one_out: LeaveOneOut
    influence: Influence
    reason: MainReason
    sentence: str

    def as_dict(self, item_ids: Sequence[str]) -> dict[str, Any]:
        """Returns the explanation for JSON, with item ids. `item_ids`: the run's `interactions.item_ids`."""
        fields = by_ids(self, item_ids, "item", "window")
        ways: dict[str, tuple[Effect, ...]] = {"delete": self.leave_one_out.delete, "mask": self.leave_one_out.mask}
        return {
            **{name: fields[name] for name in OWN},
            "competes": self.is_candidate,
            "exact": self.sum.exists,
            "parts": [by_ids(part, item_ids, "item") for part in self.sum.parts],
            "residual": self.sum.residual if self.sum.exists else None,
            "leave_one_out": {way: [by_ids(effect, item_ids, "item") for effect in ways[way]] for way in ways},
            "tau_attention": self.influence.tau_delete,
            "tau_attention_mask": self.influence.tau_mask,
            "tau_exact": self.influence.tau_exact,
            "favoured": list(self.influence.favoured),
            "favoured_yet_away": list(self.influence.misleading),
            "rank_changes_most_without": list(self.reason.places),
            "sentence": self.sentence,
        }


def explanation(moment: Moment, item: int) -> Explanation:
    """Explains one item, candidate or not: exact sum, leave-one-out in both ways, attention compared with influence."""
    ranking, item = moment.ranking, int(item)
    without = leave_one_out(moment, item)
    measured = influence(moment, item, without)
    reason, (short, long) = main_reason(moment, without), ranking.short_and_long([item])
    return Explanation(
        item=item,
        window=tuple(moment.window.tolist()),
        distance=without.distance,
        short=float(short[0]),
        long=None if long is None else float(long[0]),
        long_weight=ranking.long_weight,
        rank=without.rank,
        is_candidate=bool(ranking.candidates[item]),
        sum=exact_sum(moment, item),
        leave_one_out=without,
        influence=measured,
        reason=reason,
        sentence=f"{reason.sentence} {measured.sentence}",
    )
