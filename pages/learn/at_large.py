"""What does the model look at over all test users, and is it what matters?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.explain.population.users import known
from attrec_core.views.population import figures, tables, words
from attrec_core.views.population.extremes import extremes
from pages.frame import page_list, session
from pages.frame.header import header
from pages.widgets import chart, widgets

scene = header()
run, statistics = scene.run, known(scene.run)
with st.container(horizontal=True, vertical_alignment="center"):
    st.markdown(widgets.plain(words.users_sentence(run)), width="stretch")
    st.popover("what am I seeing?").markdown(words.ABOUT)
(place, mean_map), (matters, cause) = (st.columns(2, gap="large") for _ in range(2))
twin = partial(chart.twin, height=figures.HEIGHT)
with place:
    st.header("Which place is looked at?", anchor=False)
    figure = figures.places(words.place_shares(statistics, run.model_config))
    table, sentence = tables.places(statistics, run.model_config), words.places_sentence(statistics, run.model_config)
    twin(figure, table, sentence, key="places", label="mean attention w by place")

with mean_map:
    st.header("Who looks at whom, on average", anchor=False)
    if (mean := words.map_record(run)) is None:
        st.info(words.no_map_sentence(statistics))
    else:
        table, sentence = tables.mean_map(statistics, mean.masked), words.columns_sentence(statistics)
        draw = partial(widgets.attention_map, mean, selected=None, key="mean_map")
        widgets.twin(draw, table, sentence, key="mean_map_twin", title="Mean attention")

with matters:
    st.header("Is what is looked at what matters?", anchor=False)
    record, sentence = words.tau_histogram(statistics, scene.user), words.influence_sentence(scene)
    label = "number of users by τ of attention with influence"
    twin(figures.taus(record, scene.who), tables.taus(record), sentence, key="taus", label=label)

with cause:
    st.header("Does it find the true cause?", anchor=False)
    if (causes := words.causes_found(run)) is None:
        st.info(words.no_causes_sentence(run))
    else:
        figure, sentence = figures.causes(causes), words.causes_sentence(causes)
        twin(figure, tables.causes(causes), sentence, key="causes", label="share of true causes found")

st.header("Who stands out?", anchor=False)
for one in (outstanding := extremes(run)):
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        user = run.interactions.user_ids[one.user]
        page_list.link(one.page, widgets.plain(user), session.query_of_user(user))
        st.markdown(widgets.plain(f"{one.rule}. {one.why}"))
widgets.twin(None, tables.extremes(run, outstanding), words.extremes_sentence(statistics), key="extremes_twin")
