"""The curves of the page “Score split”: the exact rank of each item for every ω."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import streamlit as st

from attrec_core.explain.rank_curves import rank_curves as curves_of
from attrec_core.views.page_context import Scene
from attrec_core.views.score_split import rank_curves, tables, words
from pages.frame import session
from pages.widgets import chart, controls, widgets

HEADING = "Rank of each item for every ω"


def curves(scene: Scene, k: int) -> None:
    """The curves, their sentence and their table. Without a long-term taste ω has no effect, and no curve is drawn."""
    record = curves_of(scene.moment, k)
    if scene.ranking.taste is None or not record.curves:
        st.header(HEADING, anchor=False)
        st.info(widgets.plain(record.sentence))
        return
    chart.twin(
        rank_curves.rank_curves(scene, record),
        partial(tables.rank_curves, scene, record),
        words.leads_sentence(scene, record),
        key="rank_curves",
        heading=HEADING,
        guide=words.CURVES_GUIDE,
        note=words.caption(record),
        height=rank_curves.HEIGHT,
        on_click=clicked(scene),
        # Another ω, selection or list length keeps the zoom; another run, user, step or window resets it.
        revision_key=f"{session.run_name()} {scene.who} {scene.step} {scene.window.tolist()}",
        label=rank_curves.label(record),
    )


def clicked(scene: Scene) -> Any:
    """A click on a line selects its item; a click on a mark where the lead changes moves ω just past the mark."""
    select = controls.select_clicked(scene)

    def heard(point: dict[str, Any]) -> None:
        clicked_on = point.get("customdata")
        omega = clicked_on.get("omega") if isinstance(clicked_on, dict) else None
        if isinstance(omega, int | float) and 0 <= omega <= 1:
            session.choose(omega=min(1.0, math.floor(omega * 100 + 1) / 100))  # the slider goes by hundredths
        else:
            select(point)

    return heard
