"""The frame: page config, navigation, the address. `streamlit run app.py` serves it through `app` below."""

from __future__ import annotations

import contextlib

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.pages_manager import PagesManager

from pages.frame import address, exhibits, export, header, prepared, presenter, progress, runs, server
from pages.learn import _lesson


def navigation() -> dict[str, list[StreamlitPage]]:
    return {
        "": [st.Page("pages/start.py", title="Start", default=True)],
        "Explore": [
            st.Page("pages/explore/attention.py", title="Attention"),
            st.Page("pages/explore/why.py", title="Why this item?", url_path="why"),
            st.Page("pages/explore/score_split.py", title="Score split", url_path="score-split"),
            st.Page("pages/explore/metric_space.py", title="Metric space", url_path="metric-space"),
        ],
        "Learn": [
            st.Page("pages/learn/lesson.py", title="Lesson"),
            st.Page("pages/learn/step_by_step.py", title="Step by step", url_path="step-by-step"),
            st.Page("pages/learn/at_large.py", title="Attention at large", url_path="at-large"),
            st.Page("pages/learn/be_a_user.py", title="Be a user", url_path="be-a-user"),
        ],
        "Lab": [
            st.Page("pages/lab/data.py", title="Data"),
            st.Page("pages/lab/train.py", title="Train"),
            st.Page("pages/lab/runs.py", title="Runs"),
            st.Page("pages/lab/compare.py", title="Compare"),
            st.Page("pages/lab/replay.py", title="Replay"),
        ],
    }


def frame() -> None:
    pages = navigation()
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · AttRec explorer", layout="wide", initial_sidebar_state="collapsed")
    section = next(name for name, group in pages.items() if page in group)
    address.sync(page.url_path, progress.keeping(runs.fit), section)
    prepared.open_at_home(page, runs.opened().runs)
    header.name(page)
    address.show_dropped()
    runs.show_faults()
    runs.show_gone(address.current())
    presenter.show(page.url_path)
    _lesson.show(page.url_path)
    exhibits.begin()
    with contextlib.suppress(exhibits.EndOfPage):
        page.run()
    export.controls(page, [one for group in pages.values() for one in group])


if __name__ == "__main__":
    frame()
else:
    # Else Streamlit takes the folder pages/ for the navigation until `frame` has run once: the first visitor
    # of a deep link would get a page without its frame.
    PagesManager.uses_pages_directory = False
    app = st.App(
        __file__,
        lifespan=server.lifespan(runs.warm_up),
        routes=server.routes(runs.catalogue_json),
        middleware=server.middleware(),
    )
