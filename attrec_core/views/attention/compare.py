"""Before and after: the baseline beside what is shown, and what one change alone would do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attrec_core.errors import InputError, number, ordinal, percent
from attrec_core.explain.compare import Comparison, ListMoves, compare, list_moves
from attrec_core.explain.experiments import Experiment
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import listed
from attrec_core.views.attention.records import (
    AttentionRecord,
    ChangeRecord,
    ExperimentsRecord,
    on_one_scale,
    slot_letter,
)
from attrec_core.views.attention.words import attention_of, attention_sentence
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.page_context import Scene

# Fields of a model's settings → the view's.
IN_VIEW = {"mask": "mask", "aggregation": "pool", "time_signal": "signal"}

WHAT_EXPERIMENTS_ARE = """
Each row changes **one thing** in the window or the model and shows the effect: how much of the top 10 is unchanged,
how far the short-term intent **m** moves, and where one item is ranked.

Click a row to apply it; click it again to revert it. The comparison then opens beside and below: the **baseline**, the
**edited** state, and their **difference**. The baseline is the actual history, or the window you set as baseline, with
the model as trained. A change of the model (mask, time signal, pooling) is a *what-if*: training with it would give a
different model.

*Uniform attention*: every item attends equally to all others. The model has no such setting, so this row cannot be
applied. A model that learned to attend by position may do almost the same *Without the time signal*.
"""

PERCENT = "\u00a0%"
NO_EDIT = "Edit the window, and the comparison with the baseline opens here."
NOTHING_CHANGED = "Edit the window or apply an experiment, and the comparison with the baseline opens here and below."


def comparison(scene: Scene, k: int = 10) -> Comparison:
    """The baseline and what is shown. Raises InputError where they are the same."""
    if scene.compared is None:
        text = "Nothing is changed here: edit the window or a setting first, such as by `without` or `what_if`."
        raise InputError("not_edited", text)
    return compare(scene.compared, scene.moment, k)


def list_change(scene: Scene, k: int = 10) -> ListMoves:
    """The same of the list alone, which every system has."""
    assert scene.compared is not None
    return list_moves(scene.compared, scene.moment, k)


def sides(scene: Scene) -> list[tuple[str, Moment, AttentionRecord, str]]:
    """The baseline and what is shown, each with its name, its moment, what its matrix draws, and its sentence; empty
    without a baseline."""
    if scene.pinned is None:
        return []
    pinned = scene.view.pin is not None
    actual = "your picks" if scene.user is None else "actual history"
    before = f"Baseline: {'your window' if pinned else actual}"
    after = "Edited: same items" if scene.window_is_a else "Edited window" if scene.edited else f"Shown: {actual}"
    if scene.what_ifs:
        before, after = f"{before}, as trained", f"{after}, what-if {', '.join(scene.what_ifs.values())}"
    moments = [scene.pinned, scene.moment]
    records = on_one_scale([attention_of(scene, moment) for moment in moments])
    return [
        (name, moment, record, attention_sentence(scene, moment))
        for name, moment, record in zip((before, after), moments, records, strict=True)
    ]


def what_changed(scene: Scene) -> str:
    """The heading of the difference: what causes it."""
    edit = "the edit" if scene.edited else "the other window"  # the actual history may be shown, beside a baseline
    causes = [edit] * (not scene.window_is_a) + ["the what-if"] * bool(scene.what_ifs)
    return f"Difference: effect of {' and '.join(causes)}"


def change_record(scene: Scene, difference: Comparison) -> ChangeRecord:
    """What the matrix of edited − baseline draws: one row and one column a slot."""
    items = [slot.item for slot in difference.slots]
    unused = difference.masked | scene.by_hand  # set by hand, the average attention follows from no matrix
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
    )


def change_sentence(scene: Scene, difference: Comparison) -> str:
    """Which item gained and which lost most, and how far m moved; of an item that is there twice, which of the two."""
    changes, items = [], [slot.item for slot in difference.slots]
    for verb, sign in (("gained", 1), ("lost", -1)):
        change = np.nan_to_num(sign * difference.weight_change, nan=-1.0)
        if change.max() >= 0.005:  # it shows as a percentage
            slot = difference.slots[int(change.argmax())]
            place = f" ({slot_letter(slot).strip('()')})" if items.count(slot.item) > 1 else ""
            changes.append(
                f"“{scene.title(slot.item)}”{place} {verb} {percent(float(change.max())).removesuffix(PERCENT)}"
            )
    moved = f" m moved by {number(difference.shift, 3)}." if scene.run.explains else ""
    if difference.disjoint:
        return f"The two windows share no item, so there is no difference to show.{moved}"
    made = [moment.config.aggregation for moment in (scene.compared or scene.moment, scene.moment)]
    if made[0] != made[1]:
        moved = f"The baseline pools by {made[0]}, the edited model by {made[1]};{moved}"
    if not changes:
        return f"No shared item gained or lost attention.{moved}"
    whole = "Total attention" if made == ["sum", "sum"] else "Average attention"
    whole = whole if scene.run.explains else "Attention in the last row"
    return f"{whole}, in percentage points: {' and '.join(changes)}.{moved}"


def experiments_record(scene: Scene, rows: Sequence[Experiment]) -> ExperimentsRecord:
    """What the list of experiments draws: whose rank it tells, and a row an experiment."""
    whose = f"“{scene.title(rows[0].item)[:40]}”" if rows and rows[0].of else "the 1st"
    if rows and rows[0].item == scene.target:
        whose = "the actual next item"
    return ExperimentsRecord(whose, rows)


def experiments_sentence(scene: Scene, rows: tuple[Experiment, ...]) -> str:
    """Which change does most to the list."""
    if not rows:
        return "This window leaves nothing to try."
    if not rows[0].of:
        return "No item is a candidate, so there is no list to change; these only move m."
    by_change = sorted(rows, key=lambda row: (row.overlap, -row.shift))
    hardest, easiest = by_change[0], by_change[-1]
    if hardest.overlap == easiest.overlap:
        return f"Each of these leaves {hardest.overlap} of the top {hardest.of} unchanged."
    whose = "the actual next item" if scene.target == hardest.item else f"“{scene.title(hardest.item)}”, now 1st,"
    before, after = hardest.rank_before, hardest.rank
    goes = f"stays {ordinal(after)}" if before == after else f"moves from {ordinal(before)} to {ordinal(after)}"
    return (
        f"The biggest change is {same_overlap(by_change, hardest)}: {hardest.overlap} of the top {hardest.of} "
        f"unchanged, and {whose} {goes}. The smallest is {same_overlap(by_change[::-1], easiest)}: "
        f"{easiest.overlap} unchanged."
    )


def same_overlap(rows: Sequence[Experiment], first: Experiment) -> str:
    """An experiment by its name, and beside it those of these rows that leave as much of the list."""
    names = [f"“{row.name}”" for row in rows if row.overlap == first.overlap]
    return names[0] if len(names) == 1 else f"{names[0]} (tied with {listed(names[1:], 2)})"


def experiment_fields(scene: Scene, row: Experiment) -> dict[str, object]:
    """The fields of the view that make an experiment real."""
    fields: dict[str, object] = {} if row.window is None else {"window": scene.ids(row.window)}
    for name, value in row.changes.items():
        fields[IN_VIEW[name]] = {True: "on", False: "off"}[value] if isinstance(value, bool) else value
    return fields
