"""Why does an item have its rank? Names the item of the window whose removal changes the rank most."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from attrec_core.errors import ordinal, percent
from attrec_core.explain.influence import SHOWS
from attrec_core.explain.leave_one_out import LeaveOneOut
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import listed, quoted, title_at

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


def main_reason(moment: Moment, without: LeaveOneOut) -> MainReason:
    """Finds the main reason for the rank of an item. without: its leave-one-out at this moment."""
    effects = sorted(without.delete, key=lambda effect: (-abs(effect.delta_rank), -abs(effect.delta_distance)))
    change = effects[0].delta_rank if effects else 0.0
    named = [effect for effect in effects if change and effect.delta_rank == change]
    places, new_rank = tuple(effect.place for effect in named), without.rank + change
    opposed = all(effect.delta_distance * change < 0 and abs(effect.delta_distance) >= SHOWS for effect in named)
    return MainReason(places, new_rank, sentence(moment, without.item, without.rank, places, new_rank, opposed=opposed))


def sentence(
    moment: Moment, item: int, rank: float, places: tuple[int, ...], new_rank: float, *, opposed: bool = False
) -> str:
    """“Rocky II” is 1st. “Rocky” (59 % of the attention) helps it most: without “Rocky”, it drops to 56th.

    opposed: whether the rank drops although the distance falls, or rises although it grows: other items move more.
    """
    name, candidate = partial(quoted, moment.run), bool(moment.ranking.candidates[item])
    start = f"{name(item)} {'is' if candidate else 'would be'} {ordinal(rank)}"
    if len(moment.window) == 1:
        return f"{start}. {name(int(moment.window[0]))} is the only item of the window, so it cannot be removed."
    if not places:
        only_taste = moment.taste is not None and moment.ranking.long_weight == 1
        why = "only the long-term taste counts" if only_taste else "no single recent item decides its rank"
        return f"{start}, whichever recent item is removed: {why}."
    names = [title_at(moment.window, place, name) for place in places]
    rows = len(moment.window) if moment.config.aggregation == "sum" else 1  # converts a column sum to an average
    shares = [percent(float(moment.trace.column_weights[place - 1]) / rows) for place in places]
    causes = listed(
        [f"{title} ({share} of the attention)" for title, share in zip(names, shares, strict=True)], MOST_NAMED
    )
    helps, holds = ("helps", "holds") if len(names) == 1 else ("help", "hold")
    it, drops = "its rank" if opposed else "it", new_rank > rank
    effect, moves = (f"{helps} {it}", "drops") if drops else (f"{holds} {it} back", "rises")
    although = f", although its distance {'falls' if drops else 'grows'}" if opposed else ""
    alone = {1: names[0], 2: "either"}.get(len(names), "any one of them")
    return (
        f"{start}. {causes} {effect} most: without {alone}, it {moves if candidate else 'would move'} to "
        f"{ordinal(new_rank)}{although}."
    )
