"""What a reader sees of a page at first, on a small screen of a laptop."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

HIGHEST = 200  # pixels above the picture of a page
PICTURES = {
    "": ".story",
    "attention": ".board",
    "why": '[data-chart="waterfall"]',
    "score-split": '[data-chart="stacked"]',
    "metric-space": '[data-chart="map"]',
    "step-by-step": ".attrec-matrix",
    "at-large": '[data-chart="places"]',
    "replay": ".panels",
}


@pytest.mark.parametrize("path", PICTURES)
def test_the_picture_of_a_page_begins_at_its_top(path: str, page: Page, app: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{app}/{path}")
    picture = page.locator(PICTURES[path]).first
    expect(picture).to_be_visible(timeout=30_000)
    page.wait_for_function("() => !document.querySelector('.attrec-veiled')")
    box = picture.bounding_box()
    assert box is not None
    assert box["y"] < HIGHEST
