"""Who of all test users stands out, each with a link to their moment."""

from __future__ import annotations

import streamlit as st

from attrec_core.explain.population import known
from attrec_core.views.page_context import Scene
from attrec_core.views.population import tables, words
from attrec_core.views.population.extremes import extremes
from pages.frame import prepared, session
from pages.widgets import widgets


def standing_out(shown: Scene) -> None:
    run, found = shown.run, extremes(shown.run)
    st.header("Who stands out?", anchor=False)
    for one in found:
        query = session.query_of_user(who := run.interactions.user_ids[one.user])
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(prepared.PATHS[one.page], label=widgets.plain(who), query_params=query, width="content")
            st.markdown(widgets.plain(f"{one.rule}. {one.why}"))
    sentence = words.extremes_sentence(known(run))
    widgets.twin(None, tables.extremes(run, found), sentence, key="extremes_twin")
