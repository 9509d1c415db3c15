"""A panel that several pages have, each about a change of its own."""

from __future__ import annotations

from collections.abc import Callable

from attrec_core.explain.compare import ListMoves
from attrec_core.views.moment import figures, tables
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel


def moves(
    key: str, heading: str, record: Callable[[Scene], ListMoves], lacks: Callable[[Scene], str]
) -> Panel[Scene, ListMoves]:
    """How the recommendations moved by a change."""
    return Panel(
        key=key,
        heading=heading,
        record=record,
        figure=figures.rank_moves,
        sentence=lambda scene, record: record.sentence,
        table=tables.moves,
        label="rank of each recommendation before and after",
        lacks=lacks,
    )
