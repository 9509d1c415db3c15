"""What pages are made of: sequence editor, attention map, ranking, table twin, selection chip.

The three pictures are own components (browser side: `components/NAME.js` and `.css`): Streamlit remounts a chart
whenever its data changes. Titles are cut here to a bounded length and only ever set as text in the browser.
Callbacks get what happened as arguments and run before the script does, as Streamlit's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict, get_args

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import ArrayLike
from streamlit.delta_generator import DeltaGenerator

from attrec_core.figures import attention_map as map_picture
from attrec_core.figures import ranking as list_picture
from attrec_core.tables.written import as_texts, written
from pages import _exhibits as exhibits
from pages._component import component

TITLE_LIMIT = 300  # characters that travel to the browser; it shows fewer and the rest on hover
CHIP_LIMIT = 40
WHOLE = 30  # rows of a table that is shown without a scroll bar

ItemId = int | str
Deed = Literal["move", "remove", "add", "replace", "repeat"]
OnSelect = Callable[[ItemId | None], None]


_sequence_editor = component("sequence_editor", '<div class="editor"></div>', parts=("item", "type_ahead"))
_attention_map = component("attention_map", '<div class="map"></div>', parts=("item", "attention_grid"))
_ranking = component("ranking", '<div class="ranking"></div>')


@dataclass(frozen=True)
class Edit:
    """One edit as the browser sent it, `ids` oldest first. `revision` is above the one the browser was given:
    who owns the order must answer with at least it. Edits faster than the script arrive as one, the last."""

    ids: tuple[ItemId, ...]
    revision: int
    did: Deed
    say: str


class AttentionRecord(TypedDict):
    """What the attention map draws, rows look at columns, oldest first, no padding in it."""

    revision: int
    ids: Sequence[ItemId]  # L
    titles: Sequence[str]  # L
    colours: NotRequired[Sequence[str | None]]  # L, each item's own
    weights: ArrayLike  # (L, L)
    masked: ArrayLike  # (L, L) bool
    column_weights: ArrayLike  # (L,), w_j
    missing: float  # ρ = 1 − Σ w_j
    uniform: float  # a cell's weight if a row looked everywhere alike
    uniform_column: float  # a column's mean if all columns were alike
    mask: Literal["after", "before", "none"]
    most: NotRequired[float]  # where the scale of the cells ends; else where this map needs it to
    most_column: NotRequired[float]  # and that of the bars


class RankedRow(TypedDict):
    """One row of the ranking; `short` and `long` sum to `distance`, lower is better; marks are badges. An item that
    does not compete is shown without its rank."""

    rank: float
    id: ItemId
    title: str
    subtitle: str
    distance: float
    short: float
    long: float
    competes: NotRequired[bool]
    move: NotRequired[str]  # since A: "▲2", "▼1", "=", "NEW"
    change: NotRequired[str]  # of the distance since A, with its sign
    marks: Sequence[str]


def sequence_editor(
    items: Sequence[tuple[ItemId, str, str]],
    revision: int,
    *,
    limit: int,
    catalogue: str | Sequence[tuple[ItemId, str, str]],
    colours: Mapping[ItemId, str] | None = None,
    selected: ItemId | None,
    key: str,
    on_change: Callable[[Edit], None],
    on_select: OnSelect | None = None,
) -> None:
    """The window as a list to drag and edit: (id, title, subtitle) oldest first, 1 to `limit` items.

    The caller owns the order by its revision: it takes over `Edit.revision` with an edit and adds one for a
    change of its own. `catalogue`: entries, popular first, or the relative URL of `{"items": [entries]}`.
    """
    data = {
        "items": [_entry(item) for item in items],
        "revision": int(revision),
        "limit": limit,
        "catalogue": catalogue if isinstance(catalogue, str) else [_entry(item) for item in catalogue],
        "colours": {str(item): colour for item, colour in (colours or {}).items()},
        "selected": _plain_id(selected),
    }

    def changed() -> None:
        edit = _edit(st.session_state[key].get("order"), limit)
        if edit is not None:
            on_change(edit)

    _sequence_editor(
        key=key, data=data, on_order_change=changed, on_select_change=lambda: _tell_selection(key, on_select)
    )


def attention_map(
    record: AttentionRecord, *, selected: ItemId | None, key: str, on_select: OnSelect | None = None
) -> None:
    """Who looks at whom, the column means under it. A click selects the column's item, again clears."""
    data = {
        "revision": int(record["revision"]),
        "ids": [_plain_id(i) for i in record["ids"]],
        "titles": [_bounded(title) for title in record["titles"]],
        "colours": list(record.get("colours", [])),
        "weights": np.round(np.asarray(record["weights"], float), 5).tolist(),
        "column_weights": np.round(np.asarray(record["column_weights"], float), 5).tolist(),
        "masked": np.asarray(record["masked"], bool).tolist(),
        "missing": float(record["missing"]),
        "uniform": _level(record["uniform"]),
        "uniform_column": _level(record["uniform_column"]),
        "mask": record["mask"],
        "selected": _plain_id(selected),
    }
    data |= {name: float(record[name]) for name in ("most", "most_column") if name in record}
    exhibits.picture(key, "Attention map", lambda: map_picture.of_page(data))
    _attention_map(key=key, data=data, on_select_change=lambda: _tell_selection(key, on_select))


def ranking(rows: Sequence[RankedRow], *, selected: ItemId | None, key: str, on_select: OnSelect | None = None) -> None:
    """The recommendations, nearest first. A rank that does not follow the one before stands after a gap."""
    data = {"rows": [_ranked(row) for row in rows], "selected": _plain_id(selected)}
    exhibits.picture(
        key,
        "Recommendations",
        lambda: list_picture.ranking(data["rows"], data["selected"]),
        lambda: pd.DataFrame(data["rows"], columns=["rank", "title", "distance", "short", "long"]),
    )
    _ranking(key=key, data=data, on_select_change=lambda: _tell_selection(key, on_select))


def twin(
    figure_drawn: Callable[[], None] | None, table: exhibits.Table, sentence: str, key: str, title: str | None = None
) -> None:
    """A figure, the sentence that says what it shows, and the table that holds the same numbers. A function that makes
    the table is called when somebody opens or exports it.

    `title` is what the three are called where they are exported; else the figure's own.
    """
    with exhibits.exhibit(key, title, table, sentence):
        if figure_drawn is not None:
            figure_drawn()
    st.markdown(plain(sentence))
    _table(table, key)


def table(frame: pd.DataFrame, *, key: str, title: str, height: int | Literal["content", "auto"] = "auto") -> None:
    """A table that is no figure's twin; `title` is what it is called where it is exported."""
    with exhibits.exhibit(key, title, frame):
        st.dataframe(written(frame), hide_index=True, width="stretch", height=height, key=key)


def wrapped(frame: pd.DataFrame, *, key: str, title: str, shown: pd.DataFrame | None = None) -> None:
    """A short table whose lines wrap, so that nothing is cut off however narrow the page; `shown`: what stands on the
    page, where that is less than what is exported."""
    with exhibits.exhibit(key, title, frame):
        st.table(as_texts(frame if shown is None else shown, plain), hide_index=True)


def facts(frame: pd.DataFrame, *, key: str, title: str) -> None:
    """A short table of texts whose lines wrap: nothing in it is cut off."""
    with exhibits.exhibit(key, title, frame):
        st.table(frame.map(plain).rename(columns=plain), hide_index=True)


@st.fragment
def _table(table: exhibits.Table, key: str) -> None:
    """A fragment, so that opening the table does not run the page again; closed, it is not drawn."""
    box = st.expander("as a table", key=key, on_change="rerun")
    if box.open:
        # Whole up to a screenful: what was asked for stands at the end.
        frame = table() if callable(table) else table
        height = "content" if len(frame) <= WHOLE else 420
        box.dataframe(written(frame), hide_index=True, width="stretch", height=height)


def far(name: str) -> DeltaGenerator:
    """A part of a long page, which costs the browser nothing while it is out of sight. Nothing in it may hang over
    its border."""
    return st.container(key=f"far_{name}")


def selection_chip(title: str | None, key: str, on_clear: Callable[[], None]) -> None:
    """“selected: Aliens ×”, a button that clears the selection; nothing when nothing is selected."""
    if title is None:
        return
    short = title if len(title) <= CHIP_LIMIT else title[: CHIP_LIMIT - 1] + "…"
    st.button(f"selected: {plain(short)} ×", key=key, on_click=on_clear, help="Click to clear the selection")


def plain(text: str) -> str:
    """Markdown that shows exactly this text: a title may hold `<script>`, `*`, `$` or `:red[…]`."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(_bounded(text, 1000).split()))


def _entry(item: tuple[ItemId, str, str]) -> list[ItemId | str | None]:
    return [_plain_id(item[0]), _bounded(item[1]), _bounded(item[2])]


def _ranked(row: RankedRow) -> dict[str, Any]:
    numbers = {name: float(row[name]) for name in ("distance", "short", "long")}
    rank = float(row["rank"])
    return numbers | {
        "rank": int(rank) if rank.is_integer() else rank,
        "competes": bool(row.get("competes", True)),
        "id": _plain_id(row["id"]),
        "title": _bounded(row["title"]),
        "subtitle": _bounded(row["subtitle"]),
        "marks": list(row["marks"]),
        "move": row.get("move"),
        "change": row.get("change"),
    }


def _plain_id(item: ItemId | None) -> ItemId | None:
    """numpy's integers are no JSON."""
    return item if item is None or isinstance(item, str) else int(item)


def _level(uniform: float) -> float:
    """A single item under a masked diagonal has no other to look at: 1 / 0, which is no JSON either."""
    return float(uniform) if 0 < uniform <= 1 else 1.0


def _bounded(text: str, limit: int = TITLE_LIMIT) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _tell_selection(key: str, on_select: OnSelect | None) -> None:
    chosen = st.session_state[key].get("select")
    if on_select is not None and isinstance(chosen, dict):
        on_select(chosen.get("id"))


def _edit(sent: object, limit: int) -> Edit | None:
    """What the browser sent, if it is an edit at all: a browser can be made to send anything."""
    if not isinstance(sent, Mapping):
        return None
    ids, revision = sent.get("ids"), sent.get("revision")
    if not isinstance(ids, list) or not 1 <= len(ids) <= limit or not isinstance(revision, int):
        return None
    if not all(isinstance(i, int | str) for i in ids) or sent.get("did") not in get_args(Deed):
        return None
    return Edit(tuple(ids), revision, sent["did"], str(sent.get("say", ""))[:TITLE_LIMIT])
