"""The names of Streamlit's elements that our style sheet and scripts go by: they stand in two files, and are there."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page

from .conftest import ROOT

COMPONENTS = ROOT / "pages" / "components"
HERE = ("frame.css", "streamlit_names.js")
NAME = re.compile(r"(?<![\w-])st[A-Z][\w-]*")
# All of the names stand on one of these: path and width of the window.
WIDE, PHONE = 1440, 390
VISITS = {"": WIDE, "score-split": WIDE, "lesson?lesson=1": WIDE, "data": WIDE, "train": WIDE, "at-large": PHONE}


def names_in(file: str) -> set[str]:
    return set(NAME.findall((COMPONENTS / file).read_text(encoding="utf-8")))


def test_no_other_file_goes_by_a_name_of_streamlit() -> None:
    others = [path.name for path in COMPONENTS.iterdir() if path.suffix in (".js", ".css") and path.name not in HERE]
    assert len(others) > 30
    assert {name: names_in(name) for name in others if names_in(name)} == {}


def test_each_name_is_that_of_an_element(app: str, page: Page, settled: Callable[[Page], None]) -> None:
    missing = set().union(*map(names_in, HERE))

    def without_those_here() -> set[str]:
        return {name for name in missing if not page.locator(f'[data-testid="{name}"], .{name}').count()}

    for path, width in VISITS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{app}/{path}")
        settled(page)
        missing = without_those_here()
        if width == PHONE:
            page.get_by_test_id("stExpandSidebarButton").click()
            page.get_by_test_id("stSidebar").wait_for()
            missing = without_those_here()
    assert not missing
