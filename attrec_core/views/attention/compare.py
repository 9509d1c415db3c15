"""Before and after: the pinned window A beside what is shown, B, and what one change alone would do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attrec_core.errors import InputError
from attrec_core.explain.compare import Comparison, compare
from attrec_core.explain.experiments import Experiment
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import listed
from attrec_core.views.attention.records import AttentionRecord, ChangeRecord, ExperimentsRecord, on_one_scale
from attrec_core.views.attention.words import attention_of, attention_sentence
from attrec_core.views.drawing.theme import item_colour, number
from attrec_core.views.page_context import Scene

# Fields of a model's settings → the view's, in the view's words.
IN_VIEW = {"mask": "mask", "aggregation": "pool", "time_signal": "signal"}

WHAT_EXPERIMENTS_ARE = """
Each row changes **one thing** about the window or the model and asks what becomes of the list: how many of the first
ten stay, how far **m** moves, and where one item goes.

Click a row to make the change real. **A** stays what it was, the real history (or the window that you pinned) as the
model was trained; what you see is **B**; and A, B and B − A stand side by side. Undo takes the change back. A change of
the model (mask, time signal, how m is made) is a *what if*: the weights were trained without it.

Without the **time signal** a model that learned to look by place may look at all items nearly alike: then the row reads
like *uniform attention*, which it almost is.

*Uniform attention* is no setting of the model, so it is only shown: it is what would be left if every item looked at
all others alike.
"""


def comparison(scene: Scene, k: int = 10) -> Comparison:
    """A and B. Raises InputError where they are the same."""
    if scene.compared is None:
        text = "Nothing is changed here: edit the window or a setting first, such as by `without` or `what_if`."
        raise InputError("not_edited", text)
    return compare(scene.compared, scene.moment, k)


def sides(scene: Scene) -> list[tuple[str, Moment, AttentionRecord, str]]:
    """A and B, each with its words, its moment, what its map draws, and its sentence; empty where there is no A."""
    if scene.pinned is None:
        return []
    pinned = scene.view.pin is not None
    a = "A: the pinned window" if pinned else "A: your picks" if scene.user is None else "A: the real history"
    b = "B: the same items" if scene.window_is_a else "B: as edited" if scene.edited else "B: the real history"
    if scene.what_ifs:
        a, b = f"{a}, as trained", f"{b}, what if {', '.join(scene.what_ifs.values())}"
    moments = [scene.pinned, scene.moment]
    records = on_one_scale([attention_of(scene, moment) for moment in moments])
    return [
        (name, moment, record, attention_sentence(scene, moment))
        for name, moment, record in zip((a, b), moments, records, strict=True)
    ]


def what_changed(scene: Scene) -> str:
    """What B differs from A in, in words."""
    edit = "the edit" if scene.edited else "the other window"  # B may be the real history, beside a pinned window
    causes = [edit] * (not scene.window_is_a) + ["the what-if"] * bool(scene.what_ifs)
    return f"B − A: what {' and '.join(causes)} changed"


def change_record(scene: Scene, difference: Comparison) -> ChangeRecord:
    """What the map of B − A draws: one row and one column a slot."""
    items = [slot.item for slot in difference.slots]
    return ChangeRecord(
        ids=scene.ids(items),
        titles=[scene.title(item) for item in items],
        colours=[item_colour(scene.hue(item)) for item in items],
        places=[slot.called for slot in difference.slots],
        only=[None if slot.place_a and slot.place_b else "B" if slot.place_b else "A" for slot in difference.slots],
        weights=np.where(difference.masked, np.nan, difference.attention_change),
        masked=difference.masked,
        column_weights=difference.weight_change,
    )


def change_sentence(scene: Scene, difference: Comparison) -> str:
    """Which item gained and which lost most, and how far m moved; of an item that is there twice, which of the two."""
    changes, items = [], [slot.item for slot in difference.slots]
    for verb, sign in (("gained", 1), ("lost", -1)):
        change = np.nan_to_num(sign * difference.weight_change, nan=-1.0)
        if change.max() >= 0.005:  # it shows in two digits
            slot = difference.slots[int(change.argmax())]
            place = f" (place {slot.called})" if items.count(slot.item) > 1 else ""
            changes.append(f"“{scene.title(slot.item)}”{place} {verb} {number(float(change.max()))}")
    moved = f"m moved by {number(difference.shift, 3)}."
    if difference.disjoint:
        return f"A and B share no item, so there is nothing to take off. {moved}"
    made = [moment.config.aggregation for moment in (scene.compared or scene.moment, scene.moment)]
    if made[0] != made[1]:
        moved = f"In A m is made by {made[0]} of the rows, in B by {made[1]}; {moved}"
    if not changes:
        return f"No item that both windows share gained or lost attention. {moved}"
    whole = "Of the attention of all rows" if made == ["sum", "sum"] else "Of the attention, on average"
    return f"{whole}, {' and '.join(changes)}. {moved}"


def experiments_record(scene: Scene, rows: Sequence[Experiment]) -> ExperimentsRecord:
    """What the list of experiments draws: whose rank it tells, and a row an experiment."""
    whose = f"“{scene.title(rows[0].item)[:40]}”" if rows and rows[0].of else "the first"
    if rows and rows[0].item == scene.target:
        whose = "the true next item"
    return ExperimentsRecord(whose, rows)


def experiments_sentence(scene: Scene, rows: tuple[Experiment, ...]) -> str:
    """Which change does most to the list."""
    if not rows:
        return "There is nothing to try with this window."
    if not rows[0].of:
        return "No item competes, so there is no list that these could change; they only move m."
    by_change = sorted(rows, key=lambda row: (row.overlap, -row.shift))
    hardest, easiest = by_change[0], by_change[-1]
    if hardest.overlap == easiest.overlap:
        return f"Each of these keeps {hardest.overlap} of the first {hardest.of}."
    whose = "the true next item" if scene.target == hardest.item else f"“{scene.title(hardest.item)}”, now first,"
    before, after = hardest.rank_before, hardest.rank
    goes = f"stays at rank {after:g}" if before == after else f"goes from rank {before:g} to {after:g}"
    return (
        f"Most changes with {same_overlap(by_change, hardest)}: {hardest.overlap} of the first {hardest.of} "
        f"stay, and {whose} {goes}. Least changes with {same_overlap(by_change[::-1], easiest)}: "
        f"{easiest.overlap} stay."
    )


def same_overlap(rows: Sequence[Experiment], first: Experiment) -> str:
    """An experiment by its name, and beside it those of these rows that leave as much of the list."""
    names = [f"“{row.name}”" for row in rows if row.overlap == first.overlap]
    return names[0] if len(names) == 1 else f"{names[0]} (and as much with {listed(names[1:], 2)})"


def experiment_fields(scene: Scene, row: Experiment) -> dict[str, object]:
    """The fields of the view that make an experiment real."""
    fields: dict[str, object] = {} if row.window is None else {"window": scene.ids(row.window)}
    for name, value in row.changes.items():
        fields[IN_VIEW[name]] = {True: "on", False: "off"}[value] if isinstance(value, bool) else value
    return fields
