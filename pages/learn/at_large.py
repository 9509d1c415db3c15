"""What does the model look at over all test users, and is it what matters?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.at_large import known
from attrec_core.figures import at_large as figures
from attrec_core.questions import at_large as large
from attrec_core.questions.extremes import extremes
from attrec_core.tables import at_large as tables
from pages import _chart as chart
from pages import _prepared as prepared
from pages import _session as session
from pages import _widgets as widgets
from pages._header import header

shown = header()
run, found = shown.run, known(shown.run)
with st.container(horizontal=True, vertical_alignment="center"):
    st.markdown(widgets.plain(large.users_sentence(run)), width="stretch")
    with st.popover("what am I seeing?"):
        st.markdown(large.ABOUT)
left, right = st.columns(2, gap="large")
plot = partial(chart.plot, height=figures.HEIGHT)
with left:
    st.header("Which place is looked at?", anchor=False)
    figure = figures.places(large.place_shares(found, run.model_config))
    draw = partial(plot, figure, key="places", label="mean attention w by place")
    table, sentence = tables.places(found, run.model_config), large.places_sentence(found, run.model_config)
    widgets.twin(draw, table, sentence, key="places_twin")
    st.header("Is what is looked at what matters?", anchor=False)
    record, sentence = large.tau_histogram(found, shown.user), large.influence_sentence(shown)
    draw = partial(plot, figures.taus(record), key="taus", label="number of users by τ of attention with influence")
    widgets.twin(draw, tables.taus(record), sentence, key="taus_twin")

with right:
    st.header("Who looks at whom, on average", anchor=False)
    if (mean := large.map_record(run)) is None:
        st.info(large.no_map_sentence(found))
    else:
        table, sentence = tables.mean_map(found, mean["masked"]), large.columns_sentence(found)
        draw = partial(widgets.attention_map, mean, selected=None, key="mean_map")
        widgets.twin(draw, table, sentence, key="mean_map_twin", title="Mean attention")
    st.header("Does it find the true cause?", anchor=False)
    if (causes := large.causes_found(run)) is None:
        st.info(large.no_causes_sentence(run))
    else:
        draw = partial(plot, figures.causes(causes), key="causes", label="share of true causes found")
        widgets.twin(draw, tables.causes(causes), large.causes_sentence(causes), key="causes_twin")

st.header("Who stands out?", anchor=False)
for one in extremes(run):
    query = session.query_of_user(who := run.interactions.user_ids[one.user])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(prepared.PATHS[one.page], label=widgets.plain(who), query_params=query, width="content")
        st.markdown(widgets.plain(f"{one.rule}. {one.why}"))
widgets.twin(None, tables.extremes(run, extremes(run)), large.extremes_sentence(found), key="extremes_twin")
