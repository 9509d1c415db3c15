"""The panel of the page Start: the whole model in one picture."""

from __future__ import annotations

from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.start import figures, tables, words
from attrec_core.views.start.records import Story

STORY: Panel[Scene, Story] = Panel(
    key="story",
    heading="",
    title="The model in one picture",
    record=words.story_record,
    figure=lambda scene, record: figures.picture(record, figures.WIDE),
    sentence=lambda scene, record: record.sentence,
    table=lambda scene, record: tables.shown(record),
    whole=lambda scene, record: tables.story(record),
    guide=lambda scene, record: words.guide(scene),
    note=lambda scene, record: words.note(scene),
    needs="attrec",
)

PANELS = (STORY,)
