"""Comparison of the baseline with the state shown, and experiments that each change one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from attrec_core.errors import InputError, number, ordinal, percent
from attrec_core.explain.compare import Comparison, ListMoves, compare, list_moves
from attrec_core.explain.experiments import Experiment
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import listed
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.moment.records import (
    ONE_SCALE,
    AttentionRecord,
    ChangeRecord,
    ExperimentsRecord,
    on_one_scale,
    slot_letter,
)
from attrec_core.views.moment.words import attention_of, attention_sentence
from attrec_core.views.page_context import Scene

# Fields of ModelConfig → fields of View.
IN_VIEW = {"mask": "mask", "aggregation": "pool", "time_signal": "signal"}

PERCENT = "\u00a0%"
NOTHING_TO_COMPARE = "There is nothing to compare: edit the window or a setting first."
NO_EDIT = "Edit the window to see here what changes."
NOTHING_CHANGED = "Edit the window, or apply an experiment, to see here what changes."


def comparison(scene: Scene, k: int = 10) -> Comparison:
    """Compares the baseline with the state shown. Raises InputError when they are the same."""
    if scene.compared is None:
        raise InputError("not_edited", NOTHING_TO_COMPARE)
    return compare(scene.compared, scene.moment, k)


def list_change(scene: Scene) -> ListMoves:
    """Compares the recommendations, and for a system with attention also how far m moved. Raises InputError when the
    baseline and the state shown are the same."""
    if scene.run.attends or scene.compared is None:
        return comparison(scene)
    return list_moves(scene.compared, scene.moment)


@dataclass(frozen=True)
class Side:
    """The baseline, or the state shown."""

    name: str
    moment: Moment
    matrix: AttentionRecord
    sentence: str


def sides(scene: Scene) -> list[Side]:
    """Returns the baseline and the state shown, whose matrices have one scale; nothing without a baseline."""
    if scene.pinned is None:
        return []
    pinned = scene.view.pin is not None
    actual = "your picks" if scene.user is None else "actual history"
    before = f"Baseline: {'your window' if pinned else actual}"
    after = "Edited: same items" if scene.window_is_a else "Edited window" if scene.edited else f"Shown: {actual}"
    if scene.what_ifs:
        before, after = f"{before}, as trained", f"{after}, what-if {', '.join(scene.what_ifs.values())}"
    moments = [scene.pinned, scene.moment]
    records = on_one_scale([attention_of(scene, moment) for moment in moments], ONE_SCALE)
    return [
        Side(name, moment, replace(record, selected=scene.view.selected), attention_sentence(scene, moment))
        for name, moment, record in zip((before, after), moments, records, strict=True)
    ]


def what_changed(scene: Scene) -> str:
    """Returns the heading of the difference, which names its causes."""
    edit = "the edit" if scene.edited else "the other window"  # not edited: the actual history beside a baseline
    causes = [edit] * (not scene.window_is_a) + ["the what-if"] * bool(scene.what_ifs)
    return f"Difference: effect of {' and '.join(causes)}"


@dataclass(frozen=True)
class MatrixDifference:
    """The comparison of the baseline with what is shown, and the matrix of it that is drawn."""

    comparison: Comparison
    drawn: ChangeRecord


def difference(scene: Scene) -> MatrixDifference:
    """Raises InputError when the two are the same."""
    found = comparison(scene)
    return MatrixDifference(found, change_record(scene, found))


def change_record(scene: Scene, difference: Comparison) -> ChangeRecord:
    """Returns the record that the matrix of edited − baseline draws: one row and one column per slot."""
    items = [slot.item for slot in difference.slots]
    unused = difference.masked | scene.by_hand  # average attention set by hand does not follow from the matrix
    return ChangeRecord(
        ids=scene.ids(items),
        titles=[scene.title(item) for item in items],
        colours=[item_colour(scene.hue(item)) for item in items],
        places=[slot_letter(slot) for slot in difference.slots],
        only=[
            None if slot.place_a and slot.place_b else "added" if slot.place_b else "removed"
            for slot in difference.slots
        ],
        weights=np.where(unused, np.nan, difference.attention_change),
        masked=unused,
        column_weights=difference.weight_change,
        counts="last" if scene.moment.attention.counts == "last" else "average",
        selected=scene.view.selected,
    )


def change_sentence(scene: Scene, difference: Comparison, before: Moment | None = None) -> str:
    """States which item gained most, which lost most, and how far m moved; an item with two slots gets its letter.
    before: the first of the two moments (None: the baseline)."""
    changes, items = [], [slot.item for slot in difference.slots]
    for verb, sign in (("gained", 1), ("lost", -1)):
        change = np.nan_to_num(sign * difference.weight_change, nan=-1.0)
        if change.max() >= 0.005:  # a smaller change hardly shows as a percentage
            slot = difference.slots[int(change.argmax())]
            mark = f" ({slot_letter(slot).strip('()')})" if items.count(slot.item) > 1 else ""
            changes.append(
                f"“{scene.title(slot.item)}”{mark} {verb} {percent(float(change.max())).removesuffix(PERCENT)}"
            )
    moved = f" m moved by {number(difference.shift, 3)}." if scene.run.explains else ""
    if difference.disjoint:
        return f"The two windows share no item, so there is no difference to show.{moved}"
    pools = [moment.config.aggregation for moment in (before or scene.compared or scene.moment, scene.moment)]
    if pools[0] != pools[1]:
        moved = f" Pooling is by {pools[1]} instead of by {pools[0]};{moved}"
    if not changes:
        return f"No shared item gained or lost attention.{moved}"
    quantity = "Total attention" if pools == ["sum", "sum"] else "Average attention"
    quantity = quantity if scene.run.explains else "Attention in the last row"
    return f"{quantity}, in percentage points: {' and '.join(changes)}.{moved}"


def experiments_record(scene: Scene, rows: Sequence[Experiment]) -> ExperimentsRecord:
    """Returns the record that the list of experiments draws: a row per experiment, and the item whose rank it gives."""
    whose = f"“{scene.title(rows[0].item)[:40]}”" if rows and rows[0].of else "the 1st"
    if rows and rows[0].item == scene.target:
        whose = "the actual next item"
    return ExperimentsRecord(whose, rows)


def experiments_sentence(scene: Scene, rows: Sequence[Experiment]) -> str:
    """States which experiments change the list most and least, and which one moves m most."""
    if not rows:
        return "There are no experiments for this window."
    most, farthest = rows[0].of, max(rows, key=lambda row: row.shift)
    if not most:
        return "There are no candidates, so these only move m."
    overlaps = [row.overlap for row in rows]
    fewest = [row for row in rows if row.overlap == min(overlaps)]
    if min(overlaps) == max(overlaps):
        return f"Each of these leaves {overlaps[0]} of the top {most} unchanged. {moves_intent_most(scene, farthest)}"
    moved = "" if len(fewest) > 1 else rank_move(scene, fewest[0])
    start = f"{changes_list(fewest)} the top {most} most: {min(overlaps)} stay{moved}."
    greatest = [row for row in rows if row.overlap == max(overlaps)]
    end = f"{changes_list(greatest)} the top {most} least: {max(overlaps)} stay."
    if fewest == [farthest]:
        return f"{start} It also moves m most, by {number(farthest.shift, 3)}. {end}"
    return f"{start} {moves_intent_most(scene, farthest)} {end}"


def changes_list(rows: Sequence[Experiment]) -> str:
    return f"{listed([f'“{row.name}”' for row in rows], 3)} change{'s' * (len(rows) == 1)}"


def moves_intent_most(scene: Scene, row: Experiment) -> str:
    return f"“{row.name}” moves m most, by {number(row.shift, 3)}{rank_move(scene, row)}."


def rank_move(scene: Scene, row: Experiment) -> str:
    """Returns how an experiment moves the item whose rank the list gives, as the end of a sentence."""
    whose = "the actual next item" if scene.target == row.item else f"“{scene.title(row.item)}”, now 1st,"
    before, after = row.rank_before, row.rank
    move = f"stays {ordinal(after)}" if before == after else f"moves from {ordinal(before)} to {ordinal(after)}"
    return f"; {whose} {move}"


def experiment_fields(scene: Scene, row: Experiment) -> dict[str, object]:
    """Returns the fields of the view that apply an experiment."""
    fields: dict[str, object] = {} if row.window is None else {"window": scene.ids(row.window)}
    for name, value in row.changes.items():
        fields[IN_VIEW[name]] = {True: "on", False: "off"}[value] if isinstance(value, bool) else value
    return fields
