"""The sequence editor: a window of items as a list to drag and edit, by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from attrec_core.views.moment.attention import ItemId
from pages.frame.component import SHARED, component, event, json_values
from pages.frame.plain_text import TITLE_LIMIT, bounded
from pages.widgets.widgets import OnSelect, tell_selection

Deed = Literal["move", "remove", "add", "replace", "repeat"]
_sequence_editor = component(
    "sequence_editor",
    '<div class="editor" aria-busy="true"></div>',
    parts=(*SHARED, "edits", "type_ahead", "scrolling"),
    styles=("titles", "sequence_editor"),
)


Entry = tuple[ItemId, str, str]  # id, title, subtitle


@dataclass(frozen=True)
class SequenceRecord:
    """The data of the browser's list; see `sequence_editor`."""

    items: Sequence[Entry]
    revision: int
    limit: int
    catalogue: str | Sequence[Entry]
    colours: Mapping[str, str]  # by id
    selected: ItemId | None


@dataclass(frozen=True)
class SentEdit:
    """One edit as the browser sent it, `ids` oldest first. `revision` is above the revision that the browser was given:
    the owner of the order must answer with at least this one. Edits faster than the script arrive as one, the last."""

    ids: tuple[ItemId, ...]
    revision: int
    did: Deed
    say: str


def sequence_editor(
    items: Sequence[Entry],
    revision: int,
    *,
    limit: int,
    catalogue: str | Sequence[Entry],
    colours: Mapping[ItemId, str] | None = None,
    selected: ItemId | None,
    key: str,
    on_change: Callable[[SentEdit], None],
    on_select: OnSelect | None = None,
) -> None:
    """The window as a list to drag and edit: (id, title, subtitle) oldest first, 1 to `limit` items.

    The caller owns the order through its revision: it takes over `Edit.revision` with an edit and adds one for a
    change of its own. `catalogue`: entries, popular first, or the relative URL of `{"items": [entries]}`.
    """
    record = SequenceRecord(
        items=_entries(items),
        revision=revision,
        limit=limit,
        catalogue=catalogue if isinstance(catalogue, str) else _entries(catalogue),
        colours={str(item): colour for item, colour in (colours or {}).items()},
        selected=selected,
    )

    def changed() -> None:
        edit = edit_of(event(key, "order"), limit)
        if edit is not None:
            on_change(edit)

    _sequence_editor(
        key=key,
        data=json_values(record),
        on_order_change=changed,
        on_select_change=lambda: tell_selection(key, on_select),
    )


def _entries(items: Sequence[Entry]) -> list[Entry]:
    return [(item, bounded(title), bounded(subtitle)) for item, title, subtitle in items]


def edit_of(value: Mapping[str, Any], limit: int) -> SentEdit | None:
    """The edit that the browser sent; None where it is not a valid edit."""
    ids, revision = value.get("ids"), value.get("revision")
    if not isinstance(ids, list) or not 1 <= len(ids) <= limit or not isinstance(revision, int):
        return None
    if not all(isinstance(item_id, int | str) for item_id in ids) or value.get("did") not in get_args(Deed):
        return None
    return SentEdit(tuple(ids), revision, value["did"], str(value.get("say", ""))[:TITLE_LIMIT])
