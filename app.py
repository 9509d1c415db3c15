"""The app's frame: page config, navigation and address. `streamlit run app.py` serves it through `app` below."""

from __future__ import annotations

import contextlib

import streamlit as st

from pages.frame import address, export, fitting, page_list, page_parts, presenter, runs, server, streamlit_internals
from pages.learn import lesson_panel
from pages.widgets import ahead


def frame() -> None:
    scripts = [
        st.Page(page.script, title=page.title, url_path=page.key or None, default=not page.key)
        for page in page_list.PAGES
    ]
    script = st.navigation(scripts, position="hidden")
    page = page_list.BY_KEY[script.url_path]
    st.set_page_config(page_title=f"{page.title} · AttRec explorer", layout="wide", initial_sidebar_state="collapsed")
    address.sync(page.key, fitting.fit)
    fitting.open_at_home(page, runs.opened().runs)
    page_list.bar(page)
    address.show_dropped()
    runs.show_faults_and_gone(address.current())
    presenter.show(page.key)
    lesson_panel.show(page.key)
    page_parts.begin()
    with contextlib.suppress(page_parts.EndOfPage):
        script.run()
    if (place := page_parts.collection().place) is not None:  # after the page, so that all it shows is known
        with place:
            export.controls(page)


if __name__ == "__main__":
    frame()
else:
    streamlit_internals.use_navigation_alone()
    streamlit_internals.drop_messages_without_a_place()
    streamlit_internals.let_callbacks_end()
    app = st.App(
        __file__,
        lifespan=server.lifespan(runs.warm_up, later=runs.warm_up_maps),
        routes=server.routes(runs.catalogue_json, ahead.matrix_json, ahead.effect_json),
        middleware=server.middleware(),
    )
