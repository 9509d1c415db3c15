"""The names of Streamlit's elements that our style sheets and scripts use: they stand only in the files of `HERE`, and
each belongs to an element.

The app also works without any of Streamlit's private names in Python, which another version might not have.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from .conftest import ROOT, FreshProfile, FreshServer, Visit
from .frame import settled, titles

pytestmark = pytest.mark.long

FRAME = ROOT / "pages" / "frame" / "browser"
HERE = ("frame.css", "frame_presenter.css", "streamlit_names.js")
NAME = re.compile(r"(?<![\w-])st[A-Z][\w-]*")
# Each of the names stands on one of these pages: path → width of the window.
WIDE, PHONE = 1440, 390
LOADING = "stSkeleton"  # except this name, which goes when the page is drawn
SEEN_LOADING = f"""new MutationObserver(() => {{
  window.attrecSeen ||= document.querySelector('[data-testid="{LOADING}"]') !== null;
}}).observe(document, {{ childList: true, subtree: true }})"""
VISITS = {"": WIDE, "score-split": WIDE, "lesson?lesson=1": WIDE, "data": WIDE, "train": WIDE, "at-large": PHONE}


def names_in(file: str) -> set[str]:
    return set(NAME.findall((FRAME / file).read_text(encoding="utf-8")))


def test_no_other_file_goes_by_a_name_of_streamlit() -> None:
    files = [path.name for path in FRAME.iterdir() if path.name not in HERE]
    assert len(files) > 10
    assert {name: names_in(name) for name in files if names_in(name)} == {}


def test_each_name_is_that_of_an_element(page: Page, visit: Visit) -> None:
    missing = set().union(*map(names_in, HERE)) - {LOADING}

    def without_those_here() -> set[str]:
        return {name for name in missing if not page.locator(f'[data-testid="{name}"], .{name}').count()}

    for path, width in VISITS.items():
        page.set_viewport_size({"width": width, "height": 900})
        visit(path)
        missing = without_those_here()
    assert not missing


def test_an_element_whose_code_loads_goes_by_its_name(app: str, fresh_profile: FreshProfile) -> None:
    with fresh_profile() as context:
        context.add_init_script(SEEN_LOADING)  # the element may be gone before a check looks for it
        page = context.new_page()
        page.goto(f"{app}/train")
        page.wait_for_function("() => window.attrecSeen")


WITHOUT_NAMES = f"""
import sys
from pathlib import Path

sys.path.insert(0, {str(ROOT)!r})
import streamlit as st
from pages.frame import runs, server, streamlit_internals
from pages.widgets import ahead

streamlit_internals.PagesManager = streamlit_internals.get_script_run_ctx = streamlit_internals.ForwardMsg = None
streamlit_internals.FRONTEND = Path("nowhere")
streamlit_internals.WARNS_WITHOUT_VISITOR = "nobody"
streamlit_internals.use_navigation_alone()
app = st.App(
    {str(ROOT / "app.py")!r},
    lifespan=server.lifespan(runs.warm_up),
    routes=server.routes(lambda: (runs.catalogue_json, ahead.matrix_json)),
    middleware=server.middleware(),
)
"""


def test_the_app_works_without_private_names_in_python(fresh_server: FreshServer, page: Page, tmp_path: Path) -> None:
    script = tmp_path / "without_names.py"
    script.write_text(WITHOUT_NAMES, encoding="utf-8")
    with fresh_server(script) as base:
        page.goto(f"{base}/attention?user=Bilal+Ono&step=20")  # a deep link, by the first visitor
        settled(page)
        before = titles(page)
        assert len(before) == 5
        page.locator('[data-testid="row-0"] [data-action="remove"]').click()
        settled(page)
        assert titles(page) == before[1:]
        assert "window=" in page.url
        page.go_back()
        settled(page)
        assert titles(page) == before
        assert "window=" not in page.url
        page.close()
