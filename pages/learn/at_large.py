"""What receives attention over all test users, and does it match influence?"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from attrec_core.explain.population.causal import with_statistics
from attrec_core.explain.population.users import statistics_of
from attrec_core.views.attention.attention_map import attention_map
from attrec_core.views.attention.panels import MATRIX
from attrec_core.views.attention.records import AttentionRecord
from attrec_core.views.population import figures, tables, words
from pages.frame import page_parts
from pages.frame.header import header
from pages.learn import _across_users
from pages.widgets import chart, components, controls, widgets

scene = header()
if not scene.run.explains:
    controls.layer_and_head(scene)
moment, explains = scene.moment, scene.run.explains
scene = replace(scene, run=with_statistics(scene.run, moment.layer, moment.head))
run, statistics, twin = scene.run, statistics_of(scene.run), partial(chart.twin, height=figures.HEIGHT)
place, mean_map, choice = st.columns([1, 1.3, 0.7], gap="medium")
with place:
    figure = figures.places(words.place_shares(statistics, run.model_config))
    table, sentence = tables.places(statistics, run.model_config), words.places_sentence(statistics, run.model_config)
    label, heading = "average attention by position", "Which position receives attention?"
    note, guide = words.users_sentence(run), words.PLACES_GUIDE if explains else words.CAUSAL_GUIDE
    twin(figure, table, sentence, key="places", label=label, heading=heading, note=note, guide=guide)

with mean_map:
    if (mean := words.map_record(run)) is None:
        st.info(words.no_map_sentence(statistics) if explains else words.NO_MAP)
    else:
        table = tables.mean_map(statistics, mean.masked)
        sentence = (words.columns_sentence if explains else words.causal_sentence)(statistics)

        def draw(mean: AttentionRecord = mean) -> None:
            page_parts.picture("mean_map", MATRIX, lambda: attention_map(mean))
            components.attention_map(mean, key="mean_map")

        guide = words.MATRIX_GUIDE if explains else words.CAUSAL_MATRIX_GUIDE
        widgets.twin(draw, table, sentence, "mean_map_twin", heading=words.MATRIX, guide=guide)

with choice:
    _across_users.by_decile(scene)

if explains:
    _across_users.influence_and_causes(scene)

with widgets.offscreen_part("users"):
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        _across_users.against(scene)
    with right:
        _across_users.pairs(scene)
    if explains:
        _across_users.small_edits(run)
        _across_users.standing_out(run)
    else:
        st.caption(words.ONLY_ATTREC)
