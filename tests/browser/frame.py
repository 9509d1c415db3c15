"""What every page has around it, as a person uses it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

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
