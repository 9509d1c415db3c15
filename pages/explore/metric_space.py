"""Where does everything lie? Two maps, of the long-term and of the short-term space, and the true neighbours."""

from __future__ import annotations

import streamlit as st

from attrec_core.figures import spaces
from attrec_core.questions import spaces as where
from attrec_core.tables import spaces as tables
from pages import _chart as chart
from pages import _controls as controls
from pages import _session as session
from pages import _widgets as widgets
from pages._header import header

shown = header()
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    projection, colour = controls.map_choices(shown)
    controls.item_search(shown, "Find an item")

for column, (space, title) in zip(st.columns(2, gap="large"), where.SPACES.items(), strict=True):
    with column:
        st.subheader(title, anchor=False)
        record = where.space_record(shown, space, projection, colour, 10)
        widgets.twin(
            lambda record=record, space=space, title=title: chart.plot(
                spaces.space_map(record),
                key=f"map_{space}",
                height=spaces.HEIGHT,
                on_click=controls.select_clicked_id(),
                revision_key=f"{session.run_name()} {projection}",
                label=f"map of the {title.lower()}",
            ),
            tables.marked(shown, space),
            where.space_sentence(shown, space),
            key=f"map_twin_{space}",
        )
        st.caption(where.space_caption(shown, record, space, projection))
        name, found = where.neighbours(shown, space, 10)
        if found:
            st.markdown(f"**Truly nearest to {widgets.plain(name)}**, in all {shown.run.model_config.dim} dimensions")
            st.dataframe(tables.neighbours(shown, found), hide_index=True, width="stretch", key=f"near_{space}")
