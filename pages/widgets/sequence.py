"""The sequence editor: a window of items as a list to drag and edit, by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import streamlit as st

from pages.widgets.component import SHARED, component
from pages.widgets.widgets import TITLE_LIMIT, ItemId, OnSelect, bounded, plain_id, tell_selection

Deed = Literal["move", "remove", "add", "replace", "repeat"]
_sequence_editor = component("sequence_editor", '<div class="editor"></div>', parts=(*SHARED, "type_ahead"))


@dataclass(frozen=True)
class Edit:
    """One edit as the browser sent it, `ids` oldest first. `revision` is above the one the browser was given:
    who owns the order must answer with at least it. Edits faster than the script arrive as one, the last."""

    ids: tuple[ItemId, ...]
    revision: int
    did: Deed
    say: str


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
        "selected": plain_id(selected),
    }

    def changed() -> None:
        edit = _edit(st.session_state[key].get("order"), limit)
        if edit is not None:
            on_change(edit)

    _sequence_editor(
        key=key, data=data, on_order_change=changed, on_select_change=lambda: tell_selection(key, on_select)
    )


def _entry(item: tuple[ItemId, str, str]) -> list[ItemId | str | None]:
    return [plain_id(item[0]), bounded(item[1]), bounded(item[2])]


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
