"""The texts of the first page: what the program shows, how to read its drawing, and the drawing in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.errors import percent
from attrec_core.runs.across_users import SAME
from attrec_core.runs.library.words import is_sample, noun, what_sample_is
from attrec_core.views.moment.attention import NOTHING_TO_LOOK_AT
from attrec_core.views.moment.ranking import ranking_sentence
from attrec_core.views.page_context import Scene
from attrec_core.views.texts import text

HEADLINE = "See how a recommender chooses the next item."
EXPLORE, OWN_DATA = "Explore freely →", "Use your own data →"
LISTED = 5  # number of recommendations; the actual next item is added if it is not among them


@dataclass(frozen=True)
class WindowItem:
    """An item of the window with its average attention, from 0 to 1."""

    id: str
    title: str
    attention: float


@dataclass(frozen=True)
class Recommendation:
    """A recommended item with the short-term and the long-term part of its distance, which is their sum."""

    id: str
    title: str
    rank: float
    short: float
    long: float
    actual: bool  # whether it is the item that truly followed

    @property
    def distance(self) -> float:
        return self.short + self.long


@dataclass(frozen=True)
class Story:
    """The model applied to one window: attention gives m, and the items closest to m and U are recommended."""

    heading: str  # of the window
    window: tuple[WindowItem, ...]  # oldest first
    recommended: tuple[Recommendation, ...]  # closest first
    omega: float | None  # weight of the long-term taste; None without a user
    sentence: str


def lead(scene: Scene) -> str:
    return text("start", "lead", **names(scene))


def note(scene: Scene) -> str:
    return what_sample_is() if is_sample(scene.run.interactions) else ""


def guide(scene: Scene) -> str:
    mask = text("start", "mask", **names(scene)) if scene.moment.attention.mask == "after" else ""
    return text("start", "guide", mask=f" {mask}" if mask else "", **names(scene))


def names(scene: Scene) -> dict[str, str]:
    items = noun(scene.run.interactions)
    return {"items": items, "item": items[:-1], "article": "an" if items[0] in "aeiou" else "a"}


def story_record(scene: Scene) -> Story:
    ranking, window, items = scene.ranking, scene.window.tolist(), noun(scene.run.interactions)
    listed = ranking.top(LISTED).tolist()
    if scene.target is not None and scene.target not in listed and ranking.candidates[scene.target]:
        listed.append(scene.target)
    short, long = ranking.parts(listed)
    return Story(
        heading=heading(scene, items),
        window=tuple(
            map(WindowItem, scene.ids(window), map(scene.title, window), scene.moment.average_attention.tolist())
        ),
        recommended=tuple(
            Recommendation(
                scene.item_id(item),
                scene.title(item),
                ranking.rank(item),
                float(short[index]),
                float(long[index]),
                actual=item == scene.target,
            )
            for index, item in enumerate(listed)
        ),
        omega=ranking.long_weight if scene.has_taste else None,
        sentence=story_sentence(scene),
    )


def heading(scene: Scene, items: str) -> str:
    count, item = len(scene.window), items[:-1]
    if count > 1:
        return f"{whose(scene)} {count} {items}, oldest first"
    if scene.user is not None and scene.step == 1 and not scene.edited:
        return f"{scene.who}: the only {item} so far"
    return f"{whose(scene)} {'1 ' if scene.edited else ''}{item}"


def whose(scene: Scene) -> str:
    if scene.edited:
        return "Edited:"
    if scene.user is None:
        return "Your last" if len(scene.likes) else "The last"
    return f"{scene.who}: last"


def story_sentence(scene: Scene) -> str:
    if not scene.trace.intent.any():
        return NOTHING_TO_LOOK_AT
    shares = scene.moment.average_attention
    share, lost = percent(shares.max()), 1 - shares.sum()
    start = f"“{scene.title(scene.window[int(shares.argmax())])}” gets the most attention ({share})"
    if len(shares) > 1 and np.ptp(shares) <= SAME:
        start = f"Every {noun(scene.run.interactions)[:-1]} gets the same attention ({share})"
    if lost > 0.005:  # else the percentages of the picture already sum to 100
        start += f"; {percent(lost)} is lost to the mask"
    first = [scene.title(item) for item in scene.ranking.top(1).tolist() if item != scene.target]
    return f"{start}{f', and “{first[0]}” is recommended first' if first else ''}. {ranking_sentence(scene)}"
