"""What the page “Score split” is made of: bars of two parts, and the exact rank of each item for every ω."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from attrec_core.explain.looking import SplitRow
from attrec_core.figures import rank_curves as figures
from attrec_core.figures import scores
from attrec_core.questions import nearest
from attrec_core.questions import rank_curves as asked
from attrec_core.scene import Scene
from attrec_core.tables import scores as tables
from pages import _chart as chart
from pages import _controls as controls
from pages import _session as session
from pages import _widgets as widgets


def stacked_parts(shown: Scene, rows: list[SplitRow], k: int) -> None:
    """Each distance as a bar of its two parts."""
    widgets.twin(
        lambda: chart.plot(
            scores.stacked_parts(rows, shown.ranking.long_weight),
            key="stacked",
            height=scores.height_of(rows),
            on_click=controls.select_clicked(shown),
            label="distance of each item, split into its short-term and its long-term part",
        ),
        tables.parts(rows),
        nearest.split_sentence(rows, k),
        key="stacked_twin",
        title="What each part adds",
    )


def rank_curves(shown: Scene, k: int) -> None:
    """The curves with their twin; without a taste ω has no effect, and there is nothing to draw."""
    st.header("The rank of each item for every ω, exactly", anchor=False)
    record = asked.curves(shown, k)
    if shown.ranking.long is None or not record.curves:
        st.info(widgets.plain(record.sentence))
        return
    widgets.twin(
        lambda: chart.plot(
            figures.rank_curves(shown, record),
            key="rank_curves",
            height=figures.HEIGHT,
            on_click=clicked(shown),
            # A change of ω, of the selection or of the list's length keeps the zoom; another moment begins afresh.
            revision_key=f"{session.run_name()} {shown.who} {shown.step} {shown.window.tolist()}",
            label=figures.label(record),
        ),
        tables.rank_curves(shown, record),
        asked.leads_sentence(shown, record),
        key="rank_curves_twin",
        note=asked.caption(record),
    )


def clicked(shown: Scene) -> Any:
    """A line selects its item; a mark where the lead changes brings ω just past it."""
    select = controls.select_clicked(shown)

    def heard(point: dict[str, Any]) -> None:
        found = point.get("customdata")
        omega = found.get("omega") if isinstance(found, dict) else None
        if isinstance(omega, int | float) and 0 <= omega <= 1:
            session.choose_omega(min(1.0, math.floor(omega * 100 + 1) / 100))  # the slider goes by hundredths
        else:
            select(point)

    return heard
