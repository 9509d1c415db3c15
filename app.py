"""The app's frame: page config, navigation and address. `streamlit run app.py` serves it through `app` below."""

from __future__ import annotations

import contextlib

import streamlit as st

from pages.frame import page_list, server, streamlit_internals

# All other imports are late: the server answers, and the first browser loads Streamlit's own files, meanwhile.


def load() -> None:
    """Imports what every page needs, and opens the runs."""
    from pages.frame import export, fitting, presenter, runs  # noqa: F401
    from pages.learn import lesson_panel  # noqa: F401
    from pages.widgets import ahead, header  # noqa: F401

    runs.warm_up()


def load_later() -> None:
    from pages.frame import runs

    runs.warm_up_maps()


def answers() -> server.Answers:
    from pages.frame import runs
    from pages.widgets import ahead

    return runs.catalogue_json, ahead.matrix_json


def frame() -> None:
    server.wait_until_loaded()
    from pages.frame import address, export, fitting, page_parts, presenter, runs
    from pages.learn import lesson_panel

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
        lifespan=server.lifespan(load, load_later),
        routes=server.routes(answers),
        middleware=server.middleware(),
    )
