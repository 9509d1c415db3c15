"""The frame: page config, navigation, the address. `streamlit run app.py` serves it through `app` below."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.pages_manager import PagesManager

from pages import _address as address
from pages import _server as server
from pages import _session as session


def chosen_page() -> StreamlitPage:
    pages = [
        st.Page("pages/start.py", title="Start", default=True),
        st.Page("pages/explore/attention.py", title="Attention"),
        st.Page("pages/explore/metric_space.py", title="Metric space", url_path="metric-space"),
        st.Page("pages/explore/score_split.py", title="Score split", url_path="score-split"),
    ]
    return st.navigation(pages, position="top")


def frame() -> None:
    page = chosen_page()
    st.set_page_config(page_title=f"{page.title} · AttRec explorer", layout="wide", initial_sidebar_state="collapsed")
    address.sync(page.url_path, session.fit)
    address.show_dropped()
    session.show_faults()
    page.run()


if __name__ == "__main__":
    frame()
else:
    # Else Streamlit takes the folder pages/ for the navigation until `frame` has run once: the first visitor
    # of a deep link would get a page without its frame.
    PagesManager.uses_pages_directory = False
    app = st.App(
        __file__,
        lifespan=server.lifespan(session.warm_up),
        routes=server.routes(session.catalogue_json),
        middleware=server.middleware(),
    )
