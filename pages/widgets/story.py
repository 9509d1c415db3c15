"""The picture of the first page, which a person can edit: a click removes an item, dragging moves it."""

from __future__ import annotations

from collections.abc import Callable

from attrec_core.views.start import figures
from attrec_core.views.start.records import LivePicture, Story
from pages.frame import page_parts
from pages.widgets.component import component, event, json_values
from pages.widgets.sequence import SentEdit, edit_of
from pages.widgets.widgets import bounded

_story = component(
    "story", '<div class="story" data-links=".st-key-start_why a" aria-busy="true"></div>', parts=("shared", "edits")
)


def story(record: Story, revision: int, *, key: str, on_change: Callable[[SentEdit], None]) -> None:
    """The drawing in two layouts. revision: of the window, as in `sequence_editor`. A click on a recommendation follows
    the link at the same position in the container with the key “start_why”."""
    page_parts.picture(key, None, lambda: figures.picture(record, figures.WIDE))
    live = LivePicture(
        wide=figures.picture(record, figures.WIDE, live=True),
        narrow=figures.picture(record, figures.NARROW, live=True),
        ids=[item.id for item in record.window],
        titles=[bounded(item.title) for item in record.window],
        revision=revision,
    )

    def changed() -> None:
        edit = edit_of(event(key, "order"), len(record.window))
        if edit is not None:
            on_change(edit)

    _story(key=key, data=json_values(live), on_order_change=changed)
