"""axe-core finds nothing serious on any page, light and dark, and no heading that skips a level."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from .conftest import ROOT, watched_context

AXE = ROOT / ".venv" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
EXPLORE = ["", "attention", "why", "score-split", "metric-space"]
LEARN = ["lesson", "step-by-step", "at-large", "be-a-user"]
LAB = ["data", "train", "runs", "compare", "replay"]
PAGES = [*EXPLORE, *LEARN, *LAB]
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter((found) => ['serious', 'critical'].includes(found.impact) || found.id === 'heading-order')
  .map((found) => `${found.id}: ${found.help}\\n  ` + found.nodes.slice(0, 6)
    .map((node) => [node.target.flat().join(' '), node.html.slice(0, 160), ...node.any.map((a) => a.message)].join(' '))
    .join('\\n  '))"""


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN)


@pytest.fixture(scope="module", params=["light", "dark"])
def pages(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """One window after the other page."""
    with watched_context(chromium, viewport={"width": 1440, "height": 1200}, color_scheme=request.param) as context:
        yield context.new_page()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(path: str, pages: Page, app: str, settled: Callable[[Page], None]) -> None:
    pages.goto(f"{app}/{path}")
    settled(pages)
    pages.wait_for_timeout(500)  # a component draws after the script has ended
    found = violations(pages)
    assert not found, "\n".join(found)
