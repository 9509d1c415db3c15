"""Helpers on any page: navigate, find elements, hover over a chart, check accessibility and layout shifts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page, expect

# The position on the screen of the actual next item's mark, and its title.
TARGET = """() => {
  const chart = document.querySelector('.attrec-plot-stage');
  const { x, y, hovertext } = chart._fullData.find((trace) => trace.name === 'actual next item');
  const { xaxis, yaxis } = chart._fullLayout, box = chart.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.l2p(x[0]), box.top + yaxis._offset + yaxis.l2p(y[0]), hovertext[0]];
}"""

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".venv" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
SHADES = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 28)"}  # background of a page
RULES = {"light": None, "dark": ["color-contrast", "link-in-text-block"]}  # of axe-core; None: all; dark: colours only
# preload: false, because axe-core would load our style sheets again, for a rule that is off.
RUN_AXE = """async (rules) => (await axe.run(document, {resultTypes: ['violations'], preload: false,
    ...(rules && {runOnly: rules})})).violations
  .filter((found) => ['serious', 'critical'].includes(found.impact) || found.id === 'heading-order')
  .map((found) => `${found.id}: ${found.help}\\n  ` + found.nodes.slice(0, 6)
    .map((node) => [node.target.flat().join(' '), node.html.slice(0, 160), ...node.any.map((a) => a.message)].join(' '))
    .join('\\n  '))"""

Settled = Callable[[Page], None]  # the fixture `settled`

MOST = 0.1  # cumulative layout shift up to which a page is called good
TRIES = 4
LATER = 1500  # ms in which elements that arrive late would move the others
# A shift within 500 ms of a click does not count, because the person who clicks expects it.
OBSERVE_SHIFTS = """window.attrecShifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.attrecShifts.push([entry.value,
    ...entry.sources.map(({ node, previousRect, currentRect }) =>
      `${node?.className ?? node?.nodeName} from ${previousRect.y} to ${currentRect.y}`)]);
}).observe({ type: 'layout-shift', buffered: true });"""

SECTIONS = {
    "Explore": ("Attention", "Why this item?", "Score split", "Metric space"),
    "Learn": ("Lesson", "Step by step", "Attention across users", "Try it yourself"),
    "Lab": ("Data", "Train", "Runs", "Compare", "Replay"),
}


def turn_to(page: Page, name: str) -> None:
    """Opens a page by the navigation: its group, and then its tab."""
    bar = by_key(page, "bar")
    group = next((group for group, names in SECTIONS.items() if name in names), None)
    if group is not None:
        bar.get_by_role("link", name=group, exact=True).click()
        expect(by_key(page, "tabs").get_by_role("link", name=SECTIONS[group][0], exact=True)).to_be_visible()
    bar.get_by_role("link", name=name, exact=True).click()


def address(page: Page) -> dict[str, str]:
    """Returns the query of the page's address."""
    return dict(parse_qsl(urlsplit(page.url).query))


def entries(page: Page) -> int:
    """Returns how many entries the browser's history has."""
    return page.evaluate("history.length")


def titles(page: Page) -> list[str]:
    """Returns the titles of the window, as the editor shows them."""
    return page.locator('[data-testid^="row-"] .title').all_inner_texts()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def by_key(page: Page, key: str) -> Locator:
    """Returns the element that the page has drawn with this key."""
    return page.locator(f".st-key-{key}")


def hover_chart(page: Page, name: str, at: tuple[float, float]) -> None:
    """Moves the pointer over this point of a chart and waits until Plotly finds a mark there. Plotly looks for the mark
    under the pointer at most every 50 ms, and a click uses the mark that it found last."""
    page.mouse.move(0, 0)
    chart = page.locator(f'[data-chart="{name}"] .js-plotly-plot').element_handle()
    page.mouse.move(*at)
    page.wait_for_function("chart => chart._hoverdata?.length", arg=chart)


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Returns axe-core's serious findings, and headings that skip a level. rules: the only rules to apply."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN_AXE, rules)


def what_moves(page: Page, settled: Settled, *visits: Callable[[], object]) -> list[str]:
    """Returns the layout shifts of the visits whose total is too large; `OBSERVE_SHIFTS` records them. On a busy
    machine a page now and then takes longer than its veil waits; then the visits are repeated. Elements that are there
    in time never move; shifts of a page that is late each time count."""
    for _ in range(TRIES):
        moved, late = [], False
        for visit in visits:
            visit()
            settled(page)
            page.wait_for_timeout(LATER)
            shifts = page.evaluate("window.attrecShifts.splice(0)")
            moved += list(map(str, shifts)) if sum(value for value, *_ in shifts) >= MOST else []
            late |= bool(page.evaluate("window.attrecLate"))
        if not (moved and late):
            break
    return moved
