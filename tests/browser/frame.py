"""What every page has around it, as a person uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

# Where the mark of the actual next item is on the screen, and its title.
TARGET = """() => {
  const chart = document.querySelector('.attrec-plot-stage');
  const { x, y, hovertext } = chart._fullData.find((trace) => trace.name === 'actual next item');
  const { xaxis, yaxis } = chart._fullLayout, box = chart.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.l2p(x[0]), box.top + yaxis._offset + yaxis.l2p(y[0]), hovertext[0]];
}"""

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".venv" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
SHADES = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 28)"}  # behind a page
RULES = {"light": None, "dark": ["color-contrast", "link-in-text-block"]}  # of axe-core; in the dark, those of colours
# Of our own files axe-core would load the style sheets again, for a rule that is off.
RUN_AXE = """async (rules) => (await axe.run(document, {resultTypes: ['violations'], preload: false,
    ...(rules && {runOnly: rules})})).violations
  .filter((found) => ['serious', 'critical'].includes(found.impact) || found.id === 'heading-order')
  .map((found) => `${found.id}: ${found.help}\\n  ` + found.nodes.slice(0, 6)
    .map((node) => [node.target.flat().join(' '), node.html.slice(0, 160), ...node.any.map((a) => a.message)].join(' '))
    .join('\\n  '))"""

Settled = Callable[[Page], None]  # the fixture `settled`

MOST = 0.1  # of cumulative layout shift: what is called good up to this
TRIES = 4
LATER = 1500  # ms in which what arrives late would move the rest
# A shift within 500 ms of a click is expected by who clicks, and does not count.
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
    """Choose a page in the navigation: its group, and then its tab."""
    bar = by_key(page, "bar")
    group = next((group for group, names in SECTIONS.items() if name in names), None)
    if group is not None:
        bar.get_by_role("link", name=group, exact=True).click()
        expect(by_key(page, "tabs").get_by_role("link", name=SECTIONS[group][0], exact=True)).to_be_visible()
    bar.get_by_role("link", name=name, exact=True).click()


def by_key(page: Page, key: str) -> Locator:
    """The element that the page drew under this key."""
    return page.locator(f".st-key-{key}")


def hover_chart(page: Page, name: str, at: tuple[float, float]) -> None:
    """The pointer goes over this place of a chart. Plotly looks for what lies under it at most every 50 ms, and a click
    takes what it found last."""
    page.mouse.move(0, 0)
    chart = page.locator(f'[data-chart="{name}"] .js-plotly-plot').element_handle()
    page.mouse.move(*at)
    page.wait_for_function("chart => chart._hoverdata?.length", arg=chart)


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds that is serious, and headings that skip a level; or by these rules alone."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN_AXE, rules)


def what_moves(page: Page, settled: Settled, *visits: Callable[[], object]) -> list[str]:
    """What moves on the page that `OBSERVE_SHIFTS` watches in a visit, if it is too much in all. Where the machine is
    busy, a page takes longer than its veil waits now and then, and is visited again; what is there in time never moves,
    and what is late each time counts."""
    for _ in range(TRIES):
        moved, late = [], False
        for visit in visits:
            visit()
            settled(page)
            page.wait_for_timeout(LATER)
            seen = page.evaluate("window.attrecShifts.splice(0)")
            moved += list(map(str, seen)) if sum(value for value, *_ in seen) >= MOST else []
            late |= bool(page.evaluate("window.attrecLate"))
        if not (moved and late):
            break
    return moved
