"""The panels of the page Attention: the matrix, the list, the comparison with the baseline, and the experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.errors import PERCENT, InputError, count_of, number, ordinal, percent
from attrec_core.explain.compare import Comparison, ListMoves, compare, list_moves
from attrec_core.explain.experiments import Experiment, changes, experiments
from attrec_core.explain.wording import listed
from attrec_core.runs.across_users import SAME
from attrec_core.views.attention.heads import HeadsRecord, heads_of, heads_record
from attrec_core.views.moment import attention as matrices
from attrec_core.views.moment import ranking
from attrec_core.views.moment.attention_map import attention_change, attention_map
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.texts import text
from attrec_core.views.view import View
from attrec_core.views.view_fit import in_one_way

MATRIX = "Attention matrix"
NOTHING_TO_COMPARE = "There is nothing to compare: edit the window or a setting first."
ONE_MATRIX = "This model has one layer with one head: its attention matrix is the only one."
NO_EDIT = "Edit the window to see here what changes."
NOTHING_CHANGED = "Edit the window, or apply an experiment, to see here what changes."
# Fields of ModelConfig → fields of View.
IN_VIEW = {"mask": "mask", "aggregation": "pool", "time_signal": "signal"}
LISTED = 10  # recommendations that are compared
FIRST = 6  # experiments that a page shows at first


ATTENTION: Panel[Scene, matrices.AttentionRecord] = Panel(
    key="attention",
    heading=MATRIX,
    record=lambda scene: replace(matrices.attention_record(scene), selected=scene.view.selected, cell=scene.view.cell),
    figure=lambda scene, record: attention_map(record),
    sentence=lambda scene, record: matrices.attention_sentence(scene),
    guide=lambda scene, record: matrices.guide(scene),
    needs="attention",
)


HEADS: Panel[Scene, HeadsRecord] = Panel(
    key="heads",
    heading="All layers and heads",
    record=heads_record,
    picture="heads",
    label=lambda scene, record: record.label,
    guide=text("attention", "guide of the heads"),
    needs="attention",
    lacks=lambda scene: "" if heads_of(scene) > 1 else ONE_MATRIX,
)


def ranking_record(scene: Scene, k: int | None = None, roles: Mapping[int, str] | None = None) -> ranking.RankingRecord:
    """The top k (None: as many as the view lists), and other items that a page is about. roles: item → what it is
    there, such as "explained"."""
    marks = {scene.item_id(item): role for item, role in (roles or {}).items()}
    rows = [
        replace(row, marks=[*row.marks, marks[str(row.id)]]) if row.id in marks else row
        for row in ranking.ranking_rows(scene, k or scene.view.top or 10, also=list(roles or {}))
    ]
    return ranking.RankingRecord(rows, scene.run.measure, scene.view.selected)


RANKING: Panel[Scene, ranking.RankingRecord] = Panel(
    key="ranking",
    heading="Recommendations",
    record=ranking_record,
    figure=lambda scene, record: ranking.ranking(record),
    sentence=lambda scene, record: ranking.ranking_sentence(scene),
    table=ranking.ranking_table,
)


@dataclass(frozen=True)
class Baseline:
    name: str
    matrix: matrices.AttentionRecord
    sentence: str


def baseline(scene: Scene) -> Baseline:
    """Returns the matrix of the baseline, on one scale with that of the state shown. Raises InputError without one."""
    if scene.pinned is None:
        raise InputError("not_edited", NOTHING_TO_COMPARE)
    actual = "your picks" if scene.user is None else "actual history"
    trained = ", as trained" if scene.what_ifs else ""
    records = [matrices.attention_of(scene, moment) for moment in (scene.pinned, scene.moment)]
    record = matrices.on_one_scale(records, matrices.ONE_SCALE)[0]
    return Baseline(
        f"Baseline: {'your window' if scene.view.pin is not None else actual}{trained}",
        replace(record, selected=scene.view.selected),
        matrices.attention_sentence(scene, scene.pinned),
    )


# The panels about the baseline and the state shown.
compared = partial(Panel, lacks=lambda scene: NOTHING_TO_COMPARE if scene.compared is None else "")
BEFORE: Panel[Scene, Baseline] = compared(
    key="attention_before",
    heading=lambda scene, record: record.name,
    title=lambda scene, record: f"{MATRIX}, {record.name}",
    listed=f"{MATRIX}, baseline",
    record=baseline,
    figure=lambda scene, record: attention_map(record.matrix),
    table=lambda scene, record: record.matrix.table(),
    needs="attention",
)


@dataclass(frozen=True)
class MatrixDifference:
    comparison: Comparison
    drawn: matrices.ChangeRecord


def difference(scene: Scene) -> MatrixDifference:
    """Returns edited − baseline, whose matrix has one row and one column per slot. Raises InputError when the two are
    the same."""
    found = comparison(scene)
    items = [slot.item for slot in found.slots]
    counts = {moment.attention.counts for moment in (scene.compared or scene.moment, scene.moment)}
    unused = found.masked | scene.by_hand  # average attention set by hand does not follow from the matrix
    drawn = matrices.ChangeRecord(
        ids=scene.ids(items),
        titles=[scene.title(item) for item in items],
        hues=[scene.hue(item) for item in items],
        places=[matrices.slot_letter(slot) for slot in found.slots],
        only=[
            None if slot.place_a and slot.place_b else "added" if slot.place_b else "removed" for slot in found.slots
        ],
        weights=np.where(unused, np.nan, found.attention_change),
        masked=unused,
        column_weights=found.weight_change,
        counts=counts.pop() if len(counts) == 1 else "average",  # a sum beside a mean is compared as a mean
        selected=scene.view.selected,
    )
    return MatrixDifference(found, drawn)


def comparison(scene: Scene) -> Comparison:
    """Compares the baseline with the state shown. Raises InputError when they are the same."""
    if scene.compared is None:
        raise InputError("not_edited", NOTHING_TO_COMPARE)
    return compare(scene.compared, scene.moment, LISTED)


def what_changed(scene: Scene) -> str:
    """Returns the heading of the difference, which names its causes."""
    edit = "the edit" if scene.edited else "the other window"  # not edited: the actual history beside a baseline
    causes = ([] if scene.window_is_a else [edit]) + (["the what-if"] if scene.what_ifs else [])
    return f"Difference: effect of {' and '.join(causes)}"


def change_sentence(scene: Scene, difference: Comparison) -> str:
    """States which item gained most, which lost most, and how far m moved; an item with two slots gets its letter."""
    changes, items = [], [slot.item for slot in difference.slots]
    for verb, sign in (("gained", 1), ("lost", -1)):
        change = np.nan_to_num(sign * difference.weight_change, nan=-1.0)
        if change.max() >= 0.005:  # a smaller change hardly shows as a percentage
            slot = difference.slots[int(change.argmax())]
            mark = f" ({matrices.slot_letter(slot).strip('()')})" if items.count(slot.item) > 1 else ""
            points = percent(float(change.max())).removesuffix(PERCENT)
            changes.append(f"“{scene.title(slot.item)}”{mark} {verb} {points}")
    moved = f" m moved by {number(difference.shift, 3)}." if scene.run.explains else ""
    if difference.disjoint:
        return f"The two windows share no item, so there is no difference to show.{moved}"
    pools = [moment.config.aggregation for moment in (scene.compared or scene.moment, scene.moment)]
    if pools[0] != pools[1]:
        moved = f" Pooling is by {pools[1]} instead of by {pools[0]};{moved}"
    quantity = "total attention" if pools == ["sum", "sum"] else "average attention"
    quantity = quantity if scene.run.explains else "attention in the last row"
    if not changes:
        return f"No shared item gained or lost half a percentage point of {quantity}.{moved}"
    return f"{quantity.capitalize()}, in percentage points: {' and '.join(changes)}.{moved}"


CHANGE: Panel[Scene, MatrixDifference] = compared(
    key="attention_change",
    heading=lambda scene, record: what_changed(scene),
    title="Difference of the attention matrices, now − baseline",
    record=difference,
    figure=lambda scene, record: attention_change(record.drawn),
    draws=lambda record: not record.comparison.disjoint,
    sentence=lambda scene, record: change_sentence(scene, record.comparison),
    table=lambda scene, record: matrices.change_table(scene, record.comparison, record.drawn.counts),
    needs="attention",
)


def list_change(scene: Scene) -> ListMoves:
    """Compares the recommendations, and for a system with attention also how far m moved. Raises InputError when the
    baseline and the state shown are the same."""
    if scene.run.attends or scene.compared is None:
        return comparison(scene)
    return list_moves(scene.compared, scene.moment)


MOVES = ranking.moves_panel(key="rank_moves", heading="How the list moved", record=list_change, **compared.keywords)


@dataclass(frozen=True, eq=False)
class ExperimentsRecord:
    """The experiments, those that change most first, with the item whose rank they give."""

    whose: str
    rows: Sequence[Experiment]
    applied: str | None = None  # key of the applied experiment
    first: int = FIRST  # rows that are shown before somebody asks for the others

    def table(self, *, in_numbers: bool = False) -> pd.DataFrame:
        """in_numbers: for a file, "3 of 10" becomes two columns of numbers."""
        fields = ["name", "overlap", "of", "shift", "rank_before", "rank"]
        table = pd.DataFrame(self.rows, columns=fields).round({"shift": 4})
        table.columns = ["experiment", "top 10 unchanged", "of", "m moved by", "rank before", "rank"]
        if in_numbers:
            return table
        unchanged = [f"{row.overlap} of {row.of}" for row in self.rows]
        return table.assign(**{"top 10 unchanged": unchanged}).drop(columns="of")


def as_baseline(scene: Scene) -> View:
    """Returns the view of the baseline, from which the experiments on the page start: the same for each state that they
    make. Without a baseline, the window stays."""
    window = scene.view.window if scene.pinned is None else scene.view.pin
    return replace(scene.view, window=window, by_hand=None, **dict.fromkeys(IN_VIEW.values()))


def experiments_record(scene: Scene, now: View | None = None) -> ExperimentsRecord:
    """now: what the page shows. The experiment that makes it of this scene is applied."""
    rows = sorted(experiments(scene.moment), key=lambda row: (row.overlap, -row.shift))
    if not rows:
        return ExperimentsRecord("the 1st", rows)
    made = (in_one_way(scene.run, replace(scene.view, **experiment_fields(scene, row))) for row in rows)
    shown = None if now is None else in_one_way(scene.run, now)
    applied = next((row.key for row, view in zip(rows, made, strict=True) if row.can_apply and view == shown), None)
    whose = f"“{scene.title(rows[0].item)[:40]}”" if rows[0].of else "the 1st"
    if rows[0].item == scene.target:
        whose = "the actual next item"
    return ExperimentsRecord(whose, rows, applied)


def experiments_sentence(scene: Scene, record: ExperimentsRecord) -> str:
    """States which experiments change the list most, or how far one moves m where the list tells nothing."""
    rows = record.rows
    if not rows:
        return "There are no experiments for this window."
    first, alike = rows[0], like_uniform(scene, rows[: record.first])
    fewest = [row for row in rows if row.overlap == first.overlap]
    if len(fewest) == len(rows):
        start = f"Each of these leaves {first.overlap} of the top {first.of} unchanged."
        start = start if first.of else "There are no candidates, so these only move m."
        moved = f"“{first.name}” moves m most, by {number(first.shift, 3)}." if first.shift > SAME else "m stays."
        return f"{start} {moved}{alike}"
    names, one = listed([f"“{row.name}”" for row in fewest], 3), len(fewest) == 1
    stay = f"{first.overlap} stay{'s' if first.overlap == 1 else ''}"
    verb, rank = ("changes", rank_move(scene, first)) if one else ("change", "")
    return f"{names} {verb} the top {first.of} most: {stay}{rank}.{alike}"


def like_uniform(scene: Scene, rows: Sequence[Experiment]) -> str:
    """States how near to uniform the attention without the time signal is, where both rows are there and read the
    same."""
    pair = [row for row in rows if row.key in ("uniform", "signal")]
    read = {(row.overlap, row.rank, number(row.shift, 3)) for row in pair}
    if len(pair) < 2 or len(read) > 1 or not scene.moment.config.time_signal:
        return ""
    after = {key: moment.trace.weights for key, _, moment in changes(scene.moment)}
    points = ceil(100 * float(np.abs(after["uniform"] - after["signal"]).max()))
    most = f"at most {count_of(points, 'percentage point')} from uniform" if points else "exactly uniform"
    both = f"{listed([f'“{row.name}”' for row in pair], 2)} read the same"
    return f" {both}: without the time signal, each weight is {most} here."


def rank_move(scene: Scene, row: Experiment) -> str:
    """Returns how an experiment moves the item whose rank the list gives, as the end of a sentence."""
    before, after = row.rank_before, row.rank
    now = "" if before == after else ", now 1st,"
    whose = "the actual next item" if scene.target == row.item else f"“{scene.title(row.item)}”{now}"
    move = f"stays {ordinal(after)}" if before == after else f"moves from {ordinal(before)} to {ordinal(after)}"
    return f"; {whose} {move}"


def experiments_start(scene: Scene) -> str:
    """States what each experiment changes, which no row says."""
    actual = "your picks" if scene.user is None else "the actual history"
    edit = f"the window {listed([f'“{scene.title(item)}”' for item in scene.window], 5)}"
    settings = ", ".join(words for field, words in scene.what_ifs.items() if field in IN_VIEW.values())
    how = f"what-if {settings}" if settings else "as trained"
    return f"Each row starts from {edit if scene.edited else actual}, {how}."


def experiment_fields(scene: Scene, row: Experiment) -> dict[str, Any]:
    fields: dict[str, Any] = {} if row.window is None else {"window": scene.ids(row.window)}
    for name, value in row.changes.items():
        fields[IN_VIEW[name]] = {True: "on", False: "off"}[value] if isinstance(value, bool) else value
    return fields


EXPERIMENTS: Panel[Scene, ExperimentsRecord] = Panel(
    key="experiments",
    heading="Experiments: one change at a time",
    record=experiments_record,
    sentence=experiments_sentence,
    whole=lambda scene, record: record.table(in_numbers=True),
    note=lambda scene, record: experiments_start(scene),
    guide=text("attention", "experiments"),
    needs="attrec",
)

PANELS = (ATTENTION, HEADS, RANKING, BEFORE, CHANGE, MOVES, EXPERIMENTS)
