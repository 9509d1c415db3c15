"""Where does everything lie? Two maps, of the long-term and of the short-term space, and the true neighbours."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.views.metric_space import figures, path, tables, words
from pages.explore import _triangle
from pages.frame import session
from pages.frame.header import header
from pages.widgets import chart, controls, widgets

scene = header()
projection, colour = controls.map_choices(scene)
controls.no_umap(scene.run)
st.caption(widgets.plain(words.window_words(scene)))

for column, (space, title) in zip(st.columns(2, gap="large"), words.SPACES.items(), strict=True):
    with column:
        st.header(title, anchor=False)
        record = words.space_record(scene, space, projection, colour, 10)
        chart.twin(
            figures.space_map(record),
            tables.marked(scene, space),
            words.space_sentence(scene, record),
            key=f"map_{space}",
            note=words.space_caption(scene, record),
            whole=partial(tables.whole_map, scene, record),
            height=figures.HEIGHT,
            on_click=controls.select_clicked_id(),
            revision_key=f"{session.run_name()} {projection}",
            label=f"map of the {title.lower()}",
            path=record.path,
            on_step=session.choose_step,
        )
        if space == "short":
            steps = tables.path(scene) if record.path is not None else None
            widgets.twin(None, steps, path.path_sentence(scene), key="path_twin", title="The path of m")
        st.markdown(widgets.plain(words.trust_sentences(scene, record)))
        if record.origin is not None and record.near:
            far, dimensions = widgets.far(f"near_{space}"), scene.run.model_config.dim
            far.markdown(f"**Truly nearest to {widgets.plain(record.origin.name)}**, in all {dimensions} dimensions")
            with far:
                widgets.wrapped(
                    tables.neighbours(scene, record), key=f"near_{space}", title=f"Truly nearest, {title.lower()}"
                )

with widgets.far("triangle"):
    _triangle.section(scene)
