"""The effect of one experiment on the attention matrix and on the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from attrec_core.explain.compare import compare as compare_moments
from attrec_core.explain.compare import list_moves
from attrec_core.explain.experiments import Experiment, changes
from attrec_core.views.attention.compare import change_sentence
from attrec_core.views.moment.ranking import rank_change
from attrec_core.views.moment.records import SCALE_BEFORE, EffectRecord, ListedItem, on_scale_of
from attrec_core.views.moment.words import attention_of
from attrec_core.views.page_context import Scene

LISTED = 10
WHY = {
    "applied": "It is applied.",
    "top": "No other changes the top 10 more.",  # another may change it as much
    "intent": "No other moves m more.",
}


def shown_first(rows: Sequence[Experiment], applied: str | None) -> tuple[Experiment, str]:
    """Returns the experiment whose effect is shown until a row is pointed at, and why: the applied one, else the one
    that changes the top 10 most, else the one that moves m most."""
    for row in rows:
        if row.key == applied:
            return row, WHY["applied"]
    overlaps = [row.overlap for row in rows]
    first = min(rows, key=lambda row: (row.overlap, -row.shift))
    return first, WHY["intent" if min(overlaps) == max(overlaps) else "top"]


def effect_record(scene: Scene, key: str) -> EffectRecord:
    """Returns what an experiment on this scene does. Raises KeyError if the scene has no experiment with this key."""
    name, after = {found: (name, moment) for found, name, moment in changes(scene.moment)}[key]
    changed = replace(scene, moment=after)
    matrix = on_scale_of(attention_of(changed, after), attention_of(scene, scene.moment), SCALE_BEFORE)
    return EffectRecord(
        key=key,
        name=name,
        matrix=replace(matrix, selected=scene.view.selected),
        items=listed_items(scene, changed),
        attention=change_sentence(changed, compare_moments(scene.moment, after, LISTED), scene.moment),
        moves=list_moves(scene.moment, after, LISTED).sentence,
    )


def listed_items(before: Scene, after: Scene) -> list[ListedItem]:
    """Returns the list after the experiment, and the actual next item at its end if it is not in the list."""
    items = after.ranking.top(LISTED).tolist()
    if after.target is not None and after.target not in items:
        items.append(after.target)
    return [
        ListedItem(
            rank=after.ranking.rank(item) if after.ranking.candidates[item] else None,
            title=after.title(item),
            move=rank_change(before.ranking, after.ranking, item, LISTED)["move"],
            is_next=item == after.target,
        )
        for item in items
    ]
