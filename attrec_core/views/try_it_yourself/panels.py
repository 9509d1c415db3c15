"""The panels of the page “Try it yourself”."""

from __future__ import annotations

from attrec_core.views.moment.panels import moves
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.try_it_yourself import figures, words


def too_few(scene: Scene) -> str:
    text = f"This is about a new person who has picked at least {words.FEWEST} items."
    return "" if len(scene.likes) >= words.FEWEST else text


LAST_PICK = moves("last_pick", "What your latest pick changed", words.last_pick, too_few)

AROUND: Panel[Scene, words.Landing] = Panel(
    key="around",
    heading="Where you are",
    record=words.landing,
    figure=figures.distance_axis,
    sentence=words.landing_sentence,
    table=figures.around_table,
    guide=words.GUIDE,
    note=lambda scene, record: words.length_sentence(record),
    label="distances from your point to items and users",
    needs="attrec",
    lacks=too_few,
)

PANELS = (LAST_PICK, AROUND)
