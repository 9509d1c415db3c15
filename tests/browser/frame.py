"""What every page has around it, as a person uses it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".venv" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter((found) => ['serious', 'critical'].includes(found.impact) || found.id === 'heading-order')
  .map((found) => `${found.id}: ${found.help}\\n  ` + found.nodes.slice(0, 6)
    .map((node) => [node.target.flat().join(' '), node.html.slice(0, 160), ...node.any.map((a) => a.message)].join(' '))
    .join('\\n  '))"""

SECTIONS = {
    "Explore": ("Attention", "Why this item?", "Score split", "Metric space"),
    "Learn": ("Lesson", "Step by step", "Attention at large", "Be a user"),
    "Lab": ("Data", "Train", "Runs", "Compare", "Replay"),
}


def turn_to(page: Page, name: str) -> None:
    """Choose a page in the navigation."""
    section = next((section for section, names in SECTIONS.items() if name in names), None)
    if section is None:
        page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
        return
    page.get_by_test_id("stTopNavSection").filter(has_text=section).click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text=name).click()
    expect(page.get_by_test_id("stTopNavPopover")).to_have_count(0)


def by_key(page: Page, key: str) -> Locator:
    """The element that the page drew under this key."""
    return page.locator(f".st-key-{key}")


def violations(page: Page) -> list[str]:
    """What axe-core finds that is serious, and headings that skip a level."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN_AXE)
