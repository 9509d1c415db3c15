"""What a reader sees of a page at first, on a small screen of a laptop."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from .conftest import watched_context

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
def test_the_picture_of_a_page_begins_at_its_top(path: str, chromium: Browser, app: str) -> None:
    with watched_context(chromium, viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        page.goto(f"{app}/{path}")
        picture = page.locator(PICTURES[path]).first
        expect(picture).to_be_visible(timeout=30_000)
        page.wait_for_function("() => !document.querySelector('.attrec-veiled')")
        box = picture.bounding_box()
        assert box is not None
        assert box["y"] < HIGHEST
