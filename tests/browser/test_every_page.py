"""Every page, light and wide, dark and on a phone, in one visit each: nothing moves once it is shown, the page has
the reader's colour scheme, text is at least 12 pixels high as drawn, axe-core finds nothing serious, no heading skips
a level, nothing is wider than the window, no button is cut, what a finger touches is large enough, the page and the
navigation say its name, and the picture begins at the top of a small screen. Then: elements keep their place when a
person opens another page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pytest
from conftest import few
from playwright.sync_api import Browser, Page, Route, expect

from pages.frame import page_list

from .conftest import Visit, watched_context
from .frame import MOST, OBSERVE_SHIFTS, RULES, SHADES, SMALL, by_key, settled, turn_to, violations, what_moves

# The size of the window in which a page is opened, and the sizes to which it is then changed.
OPENED = {"light": (1440, 1200), "dark": (390, 844)}
LAPTOP = (1280, 720)
CHANGED = {"light": (LAPTOP, (720, 900), (390, 900)), "dark": ((1440, 1200),)}
READ = (1440, 390)  # the widths in which text sizes and accessibility are checked
HIGHEST = 200  # the most pixels above the picture of a page
PICTURES = {
    "": ".story",
    "attention": ".board",
    "why": ".truth",
    "score-split": ".split",
    "metric-space": '[data-chart="metric_space"]',
    "step-by-step": ".attrec-matrix",
    "at-large": '[data-chart="taus"]',
    "replay": ".panels",
    "does-it-hold": '[data-chart="study_dots"]',
}
assert PICTURES.keys() <= page_list.BY_KEY.keys()
assert {key for key in PICTURES if page_list.BY_KEY[key].charts} == {
    key for key, at in PICTURES.items() if "-chart" in at
}
SMALLEST = 11.85  # pixels of a text: 12, but an SVG may be scaled by a hair
FINGER = 24  # pixels that a finger needs
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

# What can be touched and is smaller. Of a check box or a radio button it is the label that is touched, of a slider the
# whole line; their own inputs are for the keyboard. A link within a sentence is as high as its line.
TOO_SMALL = """(least) => {
  const kinds = 'a[href], button, input, select, textarea, summary, [role=slider], [role=button], [role=tab], '
    + '[role=switch], [tabindex="0"]';
  const small = new Set();
  const look = (root) => root.querySelectorAll('*').forEach((node) => {
    if (node.shadowRoot) look(node.shadowRoot);
    if (!node.matches(kinds) || !node.checkVisibility({opacityProperty: true, visibilityProperty: true})) return;
    const touched = (node.matches('input') && node.closest('label, .stSlider')) || node;
    const { width, height } = touched.getBoundingClientRect(), size = `${width.toFixed()} × ${height.toFixed()}`;
    if (width < 2 || height < 2 || node.matches('p a, li a, .attrec-skip')) return;
    const name = node.getAttribute('aria-label') || node.textContent.trim().slice(0, 40);
    if (Math.min(width, height) < least) small.add(`${size}: ${node.localName} ${name}`);
  });
  look(document);
  return [...small];
}"""


@pytest.fixture(scope="module", params=few(["light", "dark"], "light"))
def tab(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, str]]:
    """One window, which visits all pages in turn, and its colour scheme; the dark one is that of a phone."""
    is_phone = request.param == "dark"
    options = {"color_scheme": request.param, "has_touch": is_phone, "is_mobile": is_phone}
    with watched_context(chromium, **options) as context:
        context.add_init_script(OBSERVE_SHIFTS)
        yield context.new_page(), request.param


@pytest.mark.long
def test_a_link_leads_the_keyboard_behind_the_navigation(visit: Visit) -> None:
    page = visit("attention")
    expect(page.get_by_role("navigation", name="Pages of this part").get_by_role("link")).to_have_count(4)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip navigation")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("""() => document.querySelector('.st-key-bar').compareDocumentPosition(document.activeElement)
        === Node.DOCUMENT_POSITION_FOLLOWING""")


def resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


@pytest.mark.parametrize("path", few(page_list.BY_KEY, "attention"))
def test_a_page_is_steady_and_can_be_read_by_everybody(path: str, tab: tuple[Page, str], app: str) -> None:
    page, scheme = tab
    faults: dict[str, object] = {}

    def look(width: int) -> None:
        faults[f"wider than {width} pixels"] = page.evaluate(WIDER)
        faults[f"cut at {width} pixels"] = page.evaluate(CUT)
        if scheme == "dark":
            faults[f"too small for a finger at {width} pixels"] = page.evaluate(TOO_SMALL, FINGER)
        if width in READ:
            faults[f"smaller than 12 pixels at {width}"] = page.evaluate(SMALL, [SMALLEST, False])
            faults[f"axe at {width}"] = violations(page, RULES[scheme])

    resize(page, opened := OPENED[scheme])
    goto = partial(page.goto, f"{app}/{path}")
    faults["what moves"] = what_moves(page, goto, meanwhile=lambda: look(opened[0]))
    faults["what would keep the veil on"] = not page.evaluate("window.attrecStands()")
    expect(page.locator(".stApp")).to_have_css("background-color", SHADES[scheme])
    known = page_list.BY_KEY[path]
    expect(page.get_by_role("heading", level=1)).to_have_text(known.title if known.group else re.compile("."))
    expect(page.locator(".st-key-bar a strong")).to_have_text([*filter(None, (known.group, known.title))])
    for size in CHANGED[scheme]:
        resize(page, size)
        settled(page)
        look(size[0])
        if size == LAPTOP and path in PICTURES:
            picture = page.locator(PICTURES[path]).first
            expect(picture).to_be_visible()
            assert (picture.bounding_box() or {})["y"] < HIGHEST
    assert {check: fault for check, fault in faults.items() if fault} == {}


def test_the_answer_and_the_switches_of_a_study_are_on_the_first_screen(visit: Visit) -> None:
    page = visit("does-it-hold")
    lead = page.get_by_role("heading", name="has the highest MRR")
    for part in (lead, by_key(page, "study_switches")):
        box = part.bounding_box() or {}
        assert box["height"] > 0 and box["y"] + box["height"] <= 900


# Puts at the top of another page the placeholder of an element whose code never loads.
STILL_TO_COME = """() => {
  document.querySelector('.stMainBlockContainer').insertAdjacentHTML('afterbegin', '<p data-testid="stSkeleton"></p>');
  history.pushState({}, '', 'elsewhere');
}"""
# The code of Plotly, and that of the controls and components of a page, which Streamlit loads when it needs them.
COMES_LATE = re.compile(r"/plotly-|/js/(ButtonGroup|Selectbox|Slider|BidiComponent)\.")
SIZES = {1440: 900, 390: 844}


@pytest.fixture(scope="module")
def watched(chromium: Browser) -> Iterator[Page]:
    """A window that notices what moves."""
    with watched_context(chromium) as context:
        context.add_init_script(OBSERVE_SHIFTS)
        yield context.new_page()


@pytest.mark.long
@pytest.mark.parametrize("width", SIZES)
def test_a_turn_shows_the_next_page_when_it_stands(width: int, watched: Page, app: str) -> None:
    def turn(name: str, inside: str) -> None:
        turn_to(watched, name)
        expect(watched.locator(inside).first).to_be_visible()

    def back() -> None:
        watched.go_back()
        expect(watched.locator("h2").first).to_be_visible()

    pages = {"Why this item?": "h2", "Data": "h2", "Start": "h1", "Step by step": "h2"}
    turns = [partial(turn, name, inside) for name, inside in pages.items()]
    resize(watched, (width, SIZES[width]))
    opened = partial(watched.goto, f"{app}/attention")
    assert what_moves(watched, opened, *turns, back) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "width"), [("metric-space", 1440), ("score-split", 1440), ("why", 390), ("metric-space", 390)]
)
def test_a_chart_and_its_controls_keep_their_room_until_they_come(
    path: str, width: int, watched: Page, app: str
) -> None:
    """What a busy machine does: the veil is lifted before the code of the controls and of Plotly is there."""
    resize(watched, (width, SIZES[width]))
    held: list[Route] = []
    watched.route(COMES_LATE, lambda route: held.append(route))
    watched.goto(f"{app}/{path}", wait_until="commit")
    watched.wait_for_function("() => window.attrecLate")
    names = {COMES_LATE.search(route.request.url)[0] for route in held}
    assert len(names) >= 3, names
    while held:  # lets them come
        held.pop().continue_()
    watched.unroute(COMES_LATE)
    expect(watched.locator(".attrec-plot .main-svg, .figure button, .truth button").first).to_be_visible()
    settled(watched)
    shifts = watched.evaluate("window.attrecShifts.splice(0)")
    assert sum(value for value, *_ in shifts) < MOST, shifts


@pytest.mark.long
def test_what_never_arrives_hides_nothing_else(visit: Visit) -> None:
    page = visit("attention")
    page.evaluate(STILL_TO_COME)
    expect(page.get_by_test_id("cell-0-1").first).to_be_hidden()
    expect(page.get_by_test_id("cell-0-1").first).to_be_visible()
