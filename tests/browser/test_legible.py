"""Text is large enough to be read: 12 pixels as drawn, after the scaling of an SVG, on every page at both widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from pages.frame.page_list import PAGES

SMALLEST = 12  # pixels
# A formula's sub- and superscripts are as small as its typesetting makes them; an SVG may be scaled by a hair (.15 px).
SMALL = """(least) => {
  const small = new Set();
  const look = (root) => root.querySelectorAll('*').forEach((node) => {
    if (node.shadowRoot) look(node.shadowRoot);
    const text = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE)
      .map((child) => child.textContent.trim()).join(' ').trim();
    if (!text || node.closest('style, script, noscript, option, .katex')) return;
    const box = node.getBoundingClientRect();
    const seen = node.checkVisibility({opacityProperty: true, visibilityProperty: true});
    if (!seen || box.width < 2 || box.height < 2) return;
    const scale = node.getScreenCTM ? Math.hypot(node.getScreenCTM().a, node.getScreenCTM().b) : 1;
    const size = parseFloat(getComputedStyle(node).fontSize) * scale;
    if (size < least - 0.15) small.add(`${size.toFixed(1)} px: ${text.slice(0, 60)}`);
  });
  look(document);
  return [...small];
}"""


@pytest.mark.parametrize("width", [1440, 390])
def test_no_text_is_smaller_than_12_pixels(app: str, page: Page, settled: Callable[[Page], None], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    small = {}
    for entry in PAGES:
        page.goto(f"{app}/{entry.key}")
        settled(page)
        small[entry.title] = page.evaluate(SMALL, SMALLEST)
    assert {title: texts for title, texts in small.items() if texts} == {}
