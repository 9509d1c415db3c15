"""Every page, light and dark: axe-core finds nothing serious and no heading skips a level, nothing is wider than the
window, and the page is in the reader's shade."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from pages.frame import page_list

from .conftest import watched_context
from .frame import violations

PAGES = [page.key for page in page_list.PAGES]
SHADES = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 28)"}
WIDTHS = {"light": (1440, 720, 390), "dark": (390,)}
WIDER = """() => [...document.querySelectorAll('[data-testid="stMain"] *')].filter((node) => {
  const box = node.getBoundingClientRect();
  const scrolls = (outer) => outer.dataset.testid !== 'stMain' && (
    ['auto', 'scroll'].includes(getComputedStyle(outer).overflowX)
      || (outer.parentElement && scrolls(outer.parentElement)));
  return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1)
    && !node.closest('[data-testid="stDataFrame"], .js-plotly-plot, .katex-mathml, .katex svg, .hide-tail')
    && !scrolls(node.parentElement) // a formula or a matrix may be longer, and scrolls within itself
    && !node.matches('input[type=range], .sr, .heard'); // for screen readers
}).map((node) => node.tagName + '.' + node.className)"""


@pytest.fixture(scope="module", params=["light", "dark"])
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, str]]:
    """One window for one page after the other, and its scheme."""
    with watched_context(chromium, viewport={"width": 1440, "height": 1200}, color_scheme=request.param) as context:
        yield context.new_page(), request.param


@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_read_by_everybody(
    path: str, visit: tuple[Page, str], app: str, settled: Callable[[Page], None]
) -> None:
    page, scheme = visit
    page.set_viewport_size({"width": 1440, "height": 1200})
    page.goto(f"{app}/{path}")
    settled(page)
    page.wait_for_timeout(400)  # a component draws after the script has ended
    shade = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert shade == SHADES[scheme]
    found = violations(page)
    assert not found, "\n".join(found)
    for width in WIDTHS[scheme]:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        assert page.evaluate(WIDER) == [], width
