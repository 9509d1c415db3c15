"""The components that draw the figures of panels in the browser, and what they send back.

Streamlit remounts a chart of its own whenever its data changes; these stay. Titles are cut here to a bounded length,
and the browser only ever sets them as text. Callbacks get the event's data and run before the script, like Streamlit's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from attrec_core.errors import number, ordinal
from attrec_core.views.attention.panels import ExperimentsRecord, MatrixDifference, Side
from attrec_core.views.metric_space.words import SpaceMap
from attrec_core.views.moment.attention import AttentionRecord, ItemId
from attrec_core.views.moment.ranking import RankingRecord
from attrec_core.views.replay.panels import Film
from attrec_core.views.runs.words import RunListRecord
from attrec_core.views.start import figures as story_figures
from attrec_core.views.start.records import Story
from attrec_core.views.step_by_step.records import MatrixRecord, Stage
from attrec_core.views.why.influence import TruthTable
from pages.frame.component import SHARED, component, event, json_values
from pages.frame.plain_text import bounded, plain
from pages.widgets.sequence import SentEdit, edit_of
from pages.widgets.widgets import OnSelect, tell_selection

NEAREST = 5  # neighbours; the others are in the data
NEAR_TITLE = 60  # characters

_attention_map = component(
    "attention_map",
    '<div class="map" aria-busy="true"></div>',
    parts=(*SHARED, "walked_grid", "attention_grid"),
    styles=("titles", "attention_map"),
)
_attention_change = component(
    "attention_change",
    '<div class="map" aria-busy="true"></div>',
    parts=(*SHARED, "walked_grid", "attention_grid"),
    styles=("titles", "attention_map"),
)
_experiments = component(
    "experiments",
    '<div class="experiments" aria-busy="true"></div>',
    parts=(*SHARED, "scrolling", "walked_grid", "attention_grid"),
    styles=("titles", "attention_map", "experiments"),
)
_influence = component(
    "influence",
    '<div class="truth" aria-busy="true"></div>',
    parts=(*SHARED, "selectable_rows"),
    styles=("titles", "influence"),
)
_ranking = component(
    "ranking",
    '<div class="ranking" aria-busy="true"></div>',
    parts=(*SHARED, "selectable_rows"),
    styles=("titles", "ranking"),
)
_story = component(
    "story", '<div class="story" data-links=".st-key-start_why a" aria-busy="true"></div>', parts=("shared", "edits")
)
_run_list = component("run_list", '<div class="runs" data-details=".st-key-shelf_run" aria-busy="true"></div>')
# The drawing code of the stages is placed once: a component's code is sent with every rerun, and their page has a dozen
# matrices.
_matrix_drawing = component(
    "matrix", "<div hidden></div>", isolate=False, parts=(*SHARED, "walked_grid"), styles=("titles", "matrix")
)
_matrix = component("matrix_place", '<div class="attrec-matrix" aria-busy="true"></div>', isolate=False, parts=())
_stage_list = component(
    "stage_list", '<nav class="stages" aria-label="Stages" aria-busy="true"></nav>', parts=(*SHARED, "scrolling")
)
_replay = component(
    "replay",
    '<div class="replay" aria-busy="true"></div>',
    parts=(*SHARED, "walked_grid", "attention_grid", "replay_map", "playing"),
    styles=("titles", "attention_map", "replay"),
)


@dataclass(frozen=True)
class Transport:
    """What a page sends beside the record of a matrix."""

    revision: int = 0  # of the edited window; the browser compares it with the revision that it has sent
    ahead: str = ""  # address where the browser gets the matrix of an edit before the page has run; empty: none
    follows: bool = False  # whether a click on a cell follows it
    drags: bool = False  # whether the bars can be dragged


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


def side(record: Side, **about: Any) -> None:
    attention_map(record.matrix, **about)


def attention_change(record: MatrixDifference, *, key: str, on_select: OnSelect) -> None:
    """The difference of two matrices. A click selects the column's item, a second click clears."""
    _attention_change(key=key, data=json_values(record.drawn), on_select_change=lambda: tell_selection(key, on_select))


def experiments(record: ExperimentsRecord, *, key: str, on_apply: Callable[[str], None], effects: str = "") -> None:
    """One row for each experiment, with a button that applies it. effects: the address where the browser gets the
    effect of a row, which is added as `&key=`."""
    data = json_values(record) | {"effects": effects if record.effect else ""}
    _experiments(key=key, data=data, on_apply_change=lambda: on_apply(str(event(key, "apply").get("key"))))


def ranking(record: RankingRecord, *, key: str, on_select: OnSelect | None = None) -> None:
    """The recommendations, best first. A click selects an item, a second click clears."""
    rows = [replace(row, title=bounded(row.title), subtitle=bounded(row.subtitle)) for row in record.rows]
    data = json_values(replace(record, rows=rows))
    _ranking(key=key, data=data, on_select_change=lambda: tell_selection(key, on_select))


@dataclass(frozen=True)
class LivePicture:
    """Two drawings of one story, and the window that an edit changes. The browser shows the drawing that fits."""

    wide: str  # SVG
    narrow: str
    ids: Sequence[str]  # of the window, oldest first
    titles: Sequence[str]
    revision: int  # of the window, as in the sequence editor


def story(record: Story, *, key: str, on_change: Callable[[SentEdit], None], revision: int) -> None:
    """The model in one picture. A click removes an item and dragging moves it; a click on a recommendation follows the
    link at the same position in the container with the key “start_why”."""
    live = LivePicture(
        wide=story_figures.picture(record, story_figures.WIDE, live=True),
        narrow=story_figures.picture(record, story_figures.NARROW, live=True),
        ids=[item.id for item in record.window],
        titles=[bounded(item.title) for item in record.window],
        revision=revision,
    )

    def changed() -> None:
        edit = edit_of(event(key, "order"), len(record.window))
        if edit is not None:
            on_change(edit)

    _story(key=key, data=json_values(live), on_order_change=changed)


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


def stage_list(steps: Sequence[Stage]) -> None:
    """The names of all stages, each a link to its place on the page; and the code that draws their matrices."""
    with st.container(key="stage_list"):
        _stage_list(key="stages", data={"stages": [{"key": step.key, "name": step.name} for step in steps]})
    _matrix_drawing(key="matrix_drawing")


def stage_matrix(
    record: MatrixRecord, *, key: str, on_cell: Callable[[Mapping[str, Any]], None], on_select: OnSelect
) -> None:
    """The matrix of a stage, drawn by the code that `stage_list` places. A click on a title selects the item."""

    def clicked() -> None:
        if cell := event(key, "cell"):
            on_cell(cell)

    titled = partial(tell_selection, key, on_select)
    _matrix(key=key, data=json_values(record), on_cell_change=clicked, on_select_change=titled)


def replay(film: Film, *, on_epoch: Callable[[object], None], on_select: OnSelect) -> None:
    """The player. `on_epoch` gets the epoch where the reader stopped; a browser can be made to send anything."""
    key = "replay"
    stopped, selected = lambda: on_epoch(event(key, "epoch").get("epoch")), lambda: tell_selection(key, on_select)
    _replay(key=key, data=json_values(film), on_epoch_change=stopped, on_select_change=selected)


def influence(record: TruthTable, *, key: str, on_select: OnSelect) -> None:
    """The truth test, a row for each item of the window. A click selects its item, a second click clears."""
    data = json_values(replace(record, rows=tuple(replace(row, title=bounded(row.title)) for row in record.rows)))
    _influence(key=key, data=data, on_select_change=lambda: tell_selection(key, on_select))


def near(record: SpaceMap, *, key: str, on_select: Callable[[ItemId], None]) -> None:
    """The nearest neighbours as rows, each with its rank or why it has none, and its distance; a click opens it. The
    order of the list is that of the distances, so its places have no ordinals: “1st” is always a recommendation."""
    row = {"horizontal": True, "horizontal_alignment": "distribute", "vertical_alignment": "center", "gap": "xsmall"}
    with st.container(gap=None, key=key):
        for place, item in enumerate(record.near[:NEAREST], 1):
            with st.container(**row):
                label = plain(bounded(item.title, NEAR_TITLE))
                st.button(label, key=f"near_{place}", type="tertiary", on_click=on_select, args=(item.id,))
                rank = item.no_candidate or (f"ranked {ordinal(item.rank)}",)
                st.caption(" · ".join([*rank, number(item.nearness, 3)]), width="content")


# The key of a panel → the key of its component on the page, and the function that draws its record.
OF_PANELS: Mapping[str, tuple[str, Callable[..., None]]] = {
    "attention": ("attention_map", attention_map),
    "attention_before": ("attention_map_a", side),
    "attention_after": ("attention_map_b", side),
    "attention_change": ("attention_change", attention_change),
    "experiments": ("experiments", experiments),
    "influence": ("influence", influence),
    "ranking": ("ranking", ranking),
    "story": ("story", story),
    "runs": ("run_list", run_list),
    "mean_map": ("mean_map", attention_map),
    "near": ("nearest", near),
    **{f"attention_run_{run}": (f"attention_run_{run}", attention_map) for run in "ab"},
    **{f"ranking_run_{run}": (f"ranking_run_{run}", ranking) for run in "ab"},
}
