"""The components that draw the figures of panels in the browser, and what they send back.

Streamlit remounts a chart of its own whenever its data changes; these stay. Titles are cut here to a bounded length,
and the browser only ever sets them as text. Callbacks get the event's data and run before the script, like Streamlit's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, get_args

import streamlit as st

from attrec_core import browser
from attrec_core.errors import number, ordinal
from attrec_core.views.attention.heads import HeadsRecord
from attrec_core.views.attention.panels import ExperimentsRecord, MatrixDifference
from attrec_core.views.drawing.bars import BarsRecord
from attrec_core.views.drawing.scripts import Picture, json_values
from attrec_core.views.metric_space.words import SpaceMap
from attrec_core.views.moment.attention import AttentionRecord, ItemId
from attrec_core.views.moment.ranking import RankingRecord
from attrec_core.views.moment.split import SplitRecord
from attrec_core.views.replay.panels import Film
from attrec_core.views.runs.words import RunListRecord
from attrec_core.views.score_split.rank_curves import CurvesRecord
from attrec_core.views.start.words import Story
from attrec_core.views.step_by_step.records import MatrixRecord
from attrec_core.views.why.influence import TruthTable
from pages.frame.component import SHARED, busy, component, event, of_core
from pages.frame.plain_text import bounded, plain

OnSelect = Callable[[ItemId | None], None]
Deed = Literal["move", "remove", "add", "replace", "repeat"]
NEAREST = 5  # neighbours; the others are in the data
NEAR_TITLE = 60  # characters

_attention_map, _influence, _ranking = map(of_core, ("attention_map", "influence", "ranking"))
_bars, _split, _curves, _heads = map(of_core, ("bars", "split", "curves", "heads"))
_attention_change = component("attention_change", busy("map"), parts=browser.GRID, styles=("titles", "attention_map"))
_experiments = component("experiments", busy("experiments"), parts=(*SHARED, "scrolling"))
_story = of_core("story", 'data-links=".st-key-start_why a"')
_run_list = component("run_list", busy("runs", 'data-details=".st-key-shelf_run"'))
_matrix = component(
    "matrix", busy("attrec-matrix"), isolate=False, parts=(*SHARED, "walked_grid"), styles=("titles", "matrix")
)
_replay = component(
    "replay",
    busy("replay"),
    parts=(*browser.GRID, "replay_map", "playing"),
    styles=("titles", "attention_map", "replay"),
)
_sequence_editor = of_core("sequence_editor")


Entry = tuple[ItemId, str, str]  # id, title, subtitle


@dataclass(frozen=True)
class SequenceRecord:
    items: Sequence[Entry]  # 1 to `limit`, oldest first
    revision: int
    limit: int
    catalogue: str | Sequence[Entry]  # popular first; or the relative URL of {"items": [entries]}
    colours: Mapping[str, str]  # by id
    selected: ItemId | None


@dataclass(frozen=True)
class SentEdit:
    """One edit as the browser sent it, `ids` oldest first. `revision` is above the revision that the browser was given:
    the owner of the order must answer with at least this one. Edits faster than the script arrive as one, the last."""

    ids: tuple[ItemId, ...]
    revision: int
    did: Deed


@dataclass(frozen=True)
class Transport:
    """What a page sends beside the record of a matrix."""

    revision: int = 0  # of the edited window; the browser compares it with the revision that it has sent
    ahead: str = ""  # address where the browser gets the matrix of an edit before the page has run; empty: none
    follows: bool = False  # whether a click on a cell follows it
    drags: bool = False  # whether the bars can be dragged


def tell_selection(key: str, on_select: OnSelect | None) -> None:
    """Passes on the item that was clicked in a component, or None, which clears the selection."""
    if on_select is not None and (click := event(key, "select")):
        on_select(click.get("id"))


def attention_map(
    record: AttentionRecord,
    *,
    key: str,
    on_select: OnSelect | None = None,
    on_cell: Callable[[ItemId | None, object], None] | None = None,
    on_weights: Callable[[object], None] | None = None,
    revision: int = 0,
    ahead: str = "",
) -> None:
    """The attention matrix with the average attention. A click selects the column's item, a second click clears. With
    `on_cell` a cell is followed as well: `on_cell` gets the item and the cell, or None for both. `on_weights` gets the
    average attention of each item when a person drags a bar of attention set by hand."""

    def clicked() -> None:
        click = event(key, "select")
        if on_cell is not None and "cell" in click:
            on_cell(click.get("id"), click.get("cell"))
        else:
            tell_selection(key, on_select)

    def dragged() -> None:
        if on_weights is not None:
            on_weights(event(key, "weights").get("weights"))

    transport = Transport(revision, ahead, on_cell is not None, drags(record) and on_weights is not None)
    data = sent_matrix(record) | json_values(transport)
    _attention_map(key=key, data=data, on_select_change=clicked, on_weights_change=dragged)


def sent_matrix(record: AttentionRecord) -> dict[str, Any]:
    return json_values(replace(record, titles=[bounded(title) for title in record.titles]))


def drags(record: AttentionRecord) -> bool:
    """Whether the bars can be dragged: they are set by hand, and there is another one to take from."""
    return len(record.own) > 1


def attention_change(record: MatrixDifference, *, key: str, on_select: OnSelect) -> None:
    """The difference of two matrices. A click selects the column's item, a second click clears."""
    _attention_change(key=key, data=json_values(record.drawn), on_select_change=partial(tell_selection, key, on_select))


def experiments(record: ExperimentsRecord, *, key: str, on_apply: Callable[[str], None]) -> None:
    """One row for each experiment, with a button."""

    def applied() -> None:
        on_apply(str(event(key, "apply").get("key")))

    _experiments(key=key, data=json_values(record), on_apply_change=applied)


def ranking(record: RankingRecord, *, key: str, on_select: OnSelect | None = None) -> None:
    """The recommendations, best first. A click selects an item, a second click clears."""
    rows = [replace(row, title=bounded(row.title), subtitle=bounded(row.subtitle)) for row in record.rows]
    data = json_values(replace(record, rows=rows))
    _ranking(key=key, data=data, on_select_change=partial(tell_selection, key, on_select))


@dataclass(frozen=True)
class LivePicture:
    """A story, and the window that an edit changes."""

    record: Story
    ids: Sequence[str]  # of the window, oldest first
    titles: Sequence[str]
    revision: int  # of the window, as in the sequence editor


def story(record: Story, *, key: str, on_change: Callable[[SentEdit], None], revision: int) -> None:
    """The model in one picture. A click removes an item and dragging moves it; a click on a recommendation follows the
    link at the same position in the container with the key “start_why”."""
    window = tuple(replace(item, title=bounded(item.title)) for item in record.window)
    listed = tuple(replace(row, title=bounded(row.title)) for row in record.recommended)
    shown = replace(record, window=window, recommended=listed)
    live = LivePicture(shown, [item.id for item in window], [item.title for item in window], revision)
    _story(key=key, data=json_values(live), on_order_change=partial(tell_edit, key, len(record.window), on_change))


def run_list(
    record: RunListRecord, *, key: str, on_choose: Callable[[object], None], on_sort: Callable[[object], None]
) -> None:
    """The list of runs. A click on a run chooses it by its name, a click on a heading sorts by it."""
    _run_list(
        key=key,
        data=json_values(record),
        on_choose_change=lambda: on_choose(event(key, "choose").get("name")),
        on_sort_change=lambda: on_sort(event(key, "sort").get("by")),
    )


def stage_matrix(
    record: MatrixRecord, *, key: str, on_cell: Callable[[Mapping[str, Any]], None], on_select: OnSelect
) -> None:
    """The matrix of a stage. A click on a title selects the item."""

    def clicked() -> None:
        if cell := event(key, "cell"):
            on_cell(cell)

    titled = partial(tell_selection, key, on_select)
    _matrix(key=key, data=json_values(record), on_cell_change=clicked, on_select_change=titled)


def replay(film: Film, *, on_epoch: Callable[[object], None], on_select: OnSelect) -> None:
    """The player. `on_epoch` gets the epoch where the reader stopped; a browser can be made to send anything."""
    key = "replay"
    stopped, selected = lambda: on_epoch(event(key, "epoch").get("epoch")), partial(tell_selection, key, on_select)
    _replay(key=key, data=json_values(film), on_epoch_change=stopped, on_select_change=selected)


def influence(record: TruthTable, *, key: str, on_select: OnSelect) -> None:
    """The truth test, a row for each item of the window. A click selects its item, a second click clears."""
    data = json_values(replace(record, rows=tuple(replace(row, title=bounded(row.title)) for row in record.rows)))
    _influence(key=key, data=data, on_select_change=partial(tell_selection, key, on_select))


def bars(record: BarsRecord, *, key: str, on_select: OnSelect) -> None:
    """The terms of a sum, a column each. A click selects the column's item, a second click clears."""
    columns = [
        replace(column, name=bounded(column.name), hover="\n".join(map(bounded, column.hover.split("\n"))))
        for column in record.columns
    ]
    notes = [replace(note, text=bounded(note.text)) for note in record.notes]
    data = json_values(replace(record, columns=columns, notes=notes))
    _bars(key=key, data=data, on_select_change=partial(tell_selection, key, on_select))


def split(record: SplitRecord, *, key: str, on_select: OnSelect | None = None) -> None:
    """Distances in two parts, a row each. A click selects the row's item, a second click clears."""
    data = json_values(replace(record, rows=[replace(row, title=bounded(row.title)) for row in record.rows]))
    _split(key=key, data=data, on_select_change=partial(tell_selection, key, on_select))


def curves(record: CurvesRecord, *, key: str, on_select: OnSelect, on_omega: Callable[[object], None]) -> None:
    """The rank of each item for every ω. A click on a line selects its item, a second click clears; `on_omega` gets the
    ω of a change of the first place that was clicked."""
    lines = [replace(curve, title=bounded(curve.title)) for curve in record.curves]
    changes = [replace(change, text=bounded(change.text)) for change in record.changes]
    _curves(
        key=key,
        data=json_values(replace(record, curves=lines, changes=changes)),
        on_select_change=partial(tell_selection, key, on_select),
        on_omega_change=lambda: on_omega(event(key, "omega").get("omega")),
    )


def heads(record: HeadsRecord, *, key: str, on_choose: Callable[[str], None]) -> None:
    """A small matrix for each layer and head. `on_choose` gets the id of the one that was clicked."""
    _heads(key=key, data=json_values(record), on_select_change=lambda: on_choose(str(event(key, "select").get("id"))))


def near(record: SpaceMap, *, key: str, on_select: Callable[[ItemId], None]) -> None:
    """The nearest neighbours as rows, each with its rank or why it has none, and its distance; a click opens it. The
    order of the list is that of the distances, so its places have no ordinals: “1st” is always a recommendation."""
    row: dict[str, Any] = {"horizontal": True, "horizontal_alignment": "distribute", "vertical_alignment": "center"}
    with st.container(gap=None, key=key):
        for place, item in enumerate(record.near[:NEAREST], 1):
            with st.container(gap="xsmall", **row):
                label = plain(bounded(item.title, NEAR_TITLE))
                st.button(label, key=f"near_{place}", type="tertiary", on_click=on_select, args=(item.id,))
                rank = item.no_candidate or (f"ranked {ordinal(item.rank)}",)
                st.caption(" · ".join([*rank, number(item.nearness, 3)]), width="content")


def sequence_editor(
    record: SequenceRecord, *, key: str, on_change: Callable[[SentEdit], None], on_select: OnSelect
) -> None:
    """The window as a list to drag and edit. The caller owns the order through its revision: it takes over
    `SentEdit.revision` with an edit and adds one for a change of its own."""
    items = [(item, bounded(title), bounded(subtitle)) for item, title, subtitle in record.items]
    order, selection = partial(tell_edit, key, record.limit, on_change), partial(tell_selection, key, on_select)
    data = json_values(replace(record, items=items))
    _sequence_editor(key=key, data=data, on_order_change=order, on_select_change=selection)


def tell_edit(key: str, limit: int, on_change: Callable[[SentEdit], None]) -> None:
    """Passes on the edit that a component has sent, if it is a valid one."""
    if (edit := edit_of(event(key, "order"), limit)) is not None:
        on_change(edit)


def edit_of(value: Mapping[str, Any], limit: int) -> SentEdit | None:
    """The edit that the browser sent; None where it is not a valid edit."""
    ids, revision = value.get("ids"), value.get("revision")
    if not isinstance(ids, list) or not 1 <= len(ids) <= limit or not isinstance(revision, int):
        return None
    if not all(isinstance(item_id, int | str) for item_id in ids) or value.get("did") not in get_args(Deed):
        return None
    return SentEdit(tuple(ids), revision, value["did"])


# The key of a panel → the key of its component on the page, and the function that draws its record.
OF_PANELS: Mapping[str, tuple[str, Callable[..., None]]] = {
    "attention": ("attention_map", attention_map),
    "attention_before": ("attention_map_a", lambda record, **about: attention_map(record.matrix, **about)),
    "attention_change": ("attention_change", attention_change),
    "experiments": ("experiments", experiments),
    "influence": ("influence", influence),
    "ranking": ("ranking", ranking),
    "story": ("story", story),
    "runs": ("run_list", run_list),
    "near": ("nearest", near),
}

PICTURES: Mapping[Picture, Callable[..., None]] = {"bars": bars, "split": split, "curves": curves, "heads": heads}
