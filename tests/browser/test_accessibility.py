"""axe-core finds nothing serious on any page, light and dark, and no heading that skips a level."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import BrowserContext, Page

from .conftest import ROOT, Serve

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


@pytest.fixture(scope="module")
def base(serve: Serve) -> str:
    return serve("app.py")


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(
    path: str,
    scheme: str,
    base: str,
    fresh_profile: Callable[..., AbstractContextManager[BrowserContext]],
    settled: Callable[[Page], None],
) -> None:
    with fresh_profile(viewport={"width": 1440, "height": 1200}, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(f"{base}/{path}")
        settled(page)
        page.wait_for_timeout(800)  # a component draws after the script has ended
        found = violations(page)
        assert not found, "\n".join(found)
