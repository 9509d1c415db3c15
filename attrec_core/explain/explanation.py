"""Explains one item at one moment: why it has its rank, where its distance comes from, and whether attention agrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from attrec_core.errors import ordinal, percent
from attrec_core.explain.exact_sum import ExactSum, exact_sum
from attrec_core.explain.influence import Influence, LeaveOneOut, influence, leave_one_out, visible
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import by_ids, listed, quoted, quoted_at

# Fields that keep their names in JSON.
OWN = ("item", "window", "distance", "short", "long", "long_weight", "rank")
MOST_NAMED = 2  # items, where several change the rank equally


@dataclass(frozen=True)
class MainReason:
    """The items of the window whose removal, each alone, changes the rank of the explained item most.

    places: counted from 1, oldest first. Several where they change the rank equally; the one that changes the distance
        most comes first. None where no removal changes the rank, or the window holds a single item.
    """

    places: tuple[int, ...]
    new_rank: float  # after the removal of any one of them
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """The explanation of one item at one moment."""

    item: int
    window: tuple[int, ...]  # item indices, oldest first
    distance: float  # y
    short: float  # (1 − ω) ‖m − X_i‖²; short and long sum to the distance
    long: float  # ω ‖U − V_i‖²; 0 without a taste
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
        ways = {"delete": self.leave_one_out.delete, "mask": self.leave_one_out.mask}
        return {
            **{name: fields[name] for name in OWN},
            "competes": self.is_candidate,
            "exact": self.sum.exists,
            "parts": [by_ids(part, item_ids, "item") for part in self.sum.parts],
            "residual": self.sum.residual if self.sum.exists else None,
            "leave_one_out": {
                way: [by_ids(effect, item_ids, "item") for effect in effects] for way, effects in ways.items()
            },
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
    reason, (short, long) = main_reason(moment, without), ranking.parts([item])
    return Explanation(
        item=item,
        window=tuple(moment.window.tolist()),
        distance=without.distance,
        short=float(short[0]),
        long=float(long[0]),
        long_weight=ranking.long_weight,
        rank=without.rank,
        is_candidate=bool(ranking.candidates[item]),
        sum=exact_sum(moment, item),
        leave_one_out=without,
        influence=measured,
        reason=reason,
        sentence=f"{reason.sentence} {measured.sentence}",
    )


def main_reason(moment: Moment, without: LeaveOneOut) -> MainReason:
    """Finds the main reason for the rank of an item. without: its leave-one-out at this moment."""
    effects = sorted(without.delete, key=lambda effect: (-abs(effect.delta_rank), -abs(effect.delta_distance)))
    change = effects[0].delta_rank if effects else 0.0
    named = [effect for effect in effects if change and effect.delta_rank == change]
    places, new_rank = tuple(effect.place for effect in named), without.rank + change
    felt = visible([effect.delta_distance for effect in without.delete])
    opposed = all(felt[effect.place - 1] * change < 0 for effect in named)
    text = reason_sentence(moment, without.item, without.rank, places, new_rank, opposed=opposed)
    return MainReason(places, new_rank, text)


def reason_sentence(
    moment: Moment, item: int, rank: float, places: tuple[int, ...], new_rank: float, *, opposed: bool = False
) -> str:
    """“Rocky II” is 1st. “Rocky” (59 % of the attention) helps its rank most: without “Rocky”, it drops to 56th.

    opposed: whether the rank drops although the distance falls, or rises although it grows: other items move more."""
    name, candidate = partial(quoted, moment.run), bool(moment.ranking.candidates[item])
    start = f"{name(item)} {'is' if candidate else 'would be'} {ordinal(rank)}"
    if len(moment.window) == 1:
        return f"{start}. {name(int(moment.window[0]))} is the only item of the window, so it cannot be removed."
    if not places:
        only_taste = moment.taste is not None and moment.ranking.long_weight == 1 and not moment.config.remembers
        why = "only the long-term taste counts" if only_taste else "no single recent item decides its rank"
        return f"{start}, whichever recent item is removed: {why}."
    names = [quoted_at(moment.run, moment.window, place) for place in places]
    shares = [percent(moment.average_attention[place - 1]) for place in places]
    causes = listed(
        [f"{title} ({share} of the attention)" for title, share in zip(names, shares, strict=True)], MOST_NAMED
    )
    helps, holds = ("helps", "holds") if len(names) == 1 else ("help", "hold")
    drops = new_rank > rank
    effect, moves = (f"{helps} its rank", "drops") if drops else (f"{holds} its rank back", "rises")
    although = f", although its distance {'falls' if drops else 'grows'}" if opposed else ""
    removed = {1: f"without {names[0]}", 2: "if either is removed"}.get(len(names), "if any one of them is removed")
    return (
        f"{start}. {causes} {effect} most: {removed}, it {moves if candidate else 'would move'} to "
        f"{ordinal(new_rank)}{although}."
    )
