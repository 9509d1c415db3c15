"""Who of all test users stands out, each with a link to their moment."""

from __future__ import annotations

import streamlit as st

from attrec_core.explain.population import known
from attrec_core.questions import at_large as large
from attrec_core.questions.extremes import extremes
from attrec_core.scene import Scene
from attrec_core.tables import at_large as tables
from pages import _prepared as prepared
from pages import _session as session
from pages import _widgets as widgets


def standing_out(shown: Scene) -> None:
    run, found = shown.run, extremes(shown.run)
    st.header("Who stands out?", anchor=False)
    for one in found:
        query = session.query_of_user(who := run.interactions.user_ids[one.user])
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(prepared.PATHS[one.page], label=widgets.plain(who), query_params=query, width="content")
            st.markdown(widgets.plain(f"{one.rule}. {one.why}"))
    sentence = large.extremes_sentence(known(run))
    widgets.twin(None, tables.extremes(run, found), sentence, key="extremes_twin")
