"""Every page, light and wide, dark and on a phone, in one visit each: nothing moves once it is shown, the page has
the reader's colour scheme, text is at least 12 pixels high as drawn, axe-core finds nothing serious, no heading skips
a level, nothing is wider than the window, no button is cut, and the picture begins at the top of a small screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.frame import page_list

from .conftest import watched_context
from .frame import OBSERVE_SHIFTS, RULES, SHADES, Settled, by_key, violations, what_moves

# The size of the window in which a page is opened, and the sizes to which it is then changed.
OPENED = {"light": (1440, 1200), "dark": (390, 844)}
LAPTOP = (1280, 720)
CHANGED = {"light": (LAPTOP, (720, 900), (390, 900)), "dark": ((1440, 1200),)}
READ = (1440, 390)  # the widths in which text sizes and accessibility are checked
HIGHEST = 200  # the most pixels above the picture of a page
PICTURES = {
    "": ".story",
    "attention": ".board",
    "why": '[data-chart="why"]',
    "score-split": '[data-chart="score_split"]',
    "metric-space": '[data-chart="metric_space"]',
    "step-by-step": ".attrec-matrix",
    "at-large": '[data-chart="places"]',
    "replay": ".panels",
    "does-it-hold": '[data-chart="study_dots"]',
}
assert PICTURES.keys() <= page_list.BY_KEY.keys()
assert {key for key in PICTURES if page_list.BY_KEY[key].charts} == {
    key for key, at in PICTURES.items() if "-chart" in at
}
SMALLEST = 12  # pixels
BESIDE_THE_FIGURE = ("study_switches", "study_form")
# Skips formulas, whose typesetting makes sub- and superscripts small. An SVG may be scaled by a hair (.15 px).
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

# Labels of the app's own menus may be long; those of Streamlit's buttons are short and stand whole.
CUT = """() => [...document.querySelectorAll('.stMain [data-testid^="stBaseButton"]')].filter((button) =>
  button.checkVisibility() && [button, ...button.querySelectorAll('*')].some((node) =>
    node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).textOverflow === 'ellipsis')
).map((button) => button.innerText)"""


@pytest.fixture(scope="module", params=["light", pytest.param("dark", marks=pytest.mark.long)])
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, str]]:
    """One window, which visits all pages in turn, and its colour scheme."""
    with watched_context(chromium, color_scheme=request.param) as context:
        context.add_init_script(OBSERVE_SHIFTS)
        yield context.new_page(), request.param


def test_a_link_leads_the_keyboard_behind_the_navigation(visit: tuple[Page, str], app: str, settled: Settled) -> None:
    page, _ = visit
    page.goto(f"{app}/attention")
    settled(page)
    expect(page.get_by_role("navigation", name="Pages of this part").get_by_role("link")).to_have_count(4)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip navigation")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("""() => document.querySelector('.st-key-bar').compareDocumentPosition(document.activeElement)
        === Node.DOCUMENT_POSITION_FOLLOWING""")


def resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


@pytest.mark.parametrize("path", [page.key for page in page_list.PAGES])
def test_a_page_is_steady_and_can_be_read_by_everybody(
    path: str, visit: tuple[Page, str], app: str, settled: Settled
) -> None:
    page, scheme = visit
    resize(page, OPENED[scheme])
    faults: dict[str, object] = {"what moves": what_moves(page, settled, lambda: page.goto(f"{app}/{path}"))}
    shade = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert shade == SHADES[scheme]
    for size in (OPENED[scheme], *CHANGED[scheme]):
        if size != OPENED[scheme]:
            resize(page, size)
            settled(page)
        faults[f"wider than {size[0]} pixels"] = page.evaluate(WIDER)
        faults[f"cut at {size[0]} pixels"] = page.evaluate(CUT)
        if size == LAPTOP and path in PICTURES:
            picture = page.locator(PICTURES[path]).first
            expect(picture).to_be_visible()
            assert (picture.bounding_box() or {})["y"] < HIGHEST
        if size[0] in READ:
            faults[f"smaller than 12 pixels at {size[0]}"] = page.evaluate(SMALL, SMALLEST)
            faults[f"axe at {size[0]}"] = violations(page, RULES[scheme])
    assert {check: fault for check, fault in faults.items() if fault} == {}


def test_the_answer_the_switches_and_the_form_of_a_study_are_on_the_first_screen(
    app: str, page: Page, settled: Settled
) -> None:
    resize(page, (1440, 900))
    page.goto(f"{app}/does-it-hold")
    settled(page)
    for part in (
        page.get_by_role("heading", name="has the highest MRR"),
        *(by_key(page, key) for key in BESIDE_THE_FIGURE),
    ):
        box = part.bounding_box() or {}
        assert box["height"] > 0 and box["y"] + box["height"] <= 900
