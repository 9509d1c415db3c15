"""Helpers on any page: navigate, find elements, hover over a chart, check accessibility and layout shifts."""

from __future__ import annotations

import time
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

# The texts that are drawn smaller than `least` pixels, also in shadow roots and in SVG; seen: of those in the window.
# Formulas are left out, whose typesetting makes sub- and superscripts small.
SMALL = """([least, seen]) => {
  const small = new Set();
  const look = (root) => root.querySelectorAll('*').forEach((node) => {
    if (node.shadowRoot) look(node.shadowRoot);
    const text = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE)
      .map((child) => child.textContent.trim()).join(' ').replace(/\\u200b/g, '').trim();
    if (!text || node.closest('style, script, noscript, option, .katex')) return;
    const { width, height, top, bottom } = node.getBoundingClientRect();
    if (width < 2 || height < 2 || (seen && (bottom <= 0 || top >= innerHeight))) return;
    if (!node.checkVisibility({opacityProperty: true, visibilityProperty: true})) return;
    const { a, b } = node.getScreenCTM?.() ?? { a: node.currentCSSZoom, b: 0 };
    const size = parseFloat(getComputedStyle(node).fontSize) * Math.hypot(a, b);
    if (size < least) small.add(`${size.toFixed(1)} px: ${text.slice(0, 60)}`);
  });
  look(document);
  return [...small];
}"""

MOST = 0.1  # cumulative layout shift up to which a page is called good
TRIES = 4
LATER = 1.5  # seconds in which elements that arrive late would move the others
# A shift within 500 ms of a click does not count, because the person who clicks expects it.
OBSERVE_SHIFTS = """window.attrecShifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.attrecShifts.push([entry.value,
    ...entry.sources.map(({ node, previousRect, currentRect }) =>
      `${node?.className ?? node?.nodeName} from ${previousRect.y} to ${currentRect.y}`)]);
}).observe({ type: 'layout-shift', buffered: true });"""

# True when no script runs, nothing is queued, no veil covers the page, none of our components is empty or busy and no
# animation runs, in five checks in a row, each in its own frame. Frames are counted because milliseconds pass on a busy
# machine without a turn of the page, and because a page learns of a new size or colour scheme only in a frame. The last
# message must be answered, or 30 s old: the server does not answer every message. After the answer, the page has 1 s to
# report that its script runs, because that report comes later than the answer.
SETTLED = """() => {
  const unanswered = (window.attrecAsked ?? 0) > (window.attrecAnswered ?? 0);
  if (unanswered && performance.now() - window.attrecAsked < 30_000) return false;
  const begun = (window.attrecRan ?? 0) >= (window.attrecAsked ?? 0);
  if (!begun && performance.now() - window.attrecAnswered < 1_000) return false;
  const app = document.querySelector('[data-testid="stApp"]');
  const drawn = [...document.querySelectorAll('[data-testid^="stBidiComponent"]')].every((one) => {
    const root = one.dataset.testid.endsWith('Isolated') ? one.shadowRoot : one;
    return root?.firstChild && !root.querySelector('[aria-busy="true"]');
  });
  const still = document.getAnimations().every((one) =>
    one.playState !== 'running' || one.effect.getComputedTiming().endTime === Infinity);
  const idle = drawn && still && app?.dataset.testScriptState === 'notRunning'
    && app.dataset.testConnectionState === 'CONNECTED'
    && !document.querySelector('.attrec-veiled, [data-testid="stSkeleton"], [data-testid="stAppSkeleton"]');
  window.attrecIdle = idle ? window.attrecIdle ?? 0 : 0;
  if (idle) {
    window.attrecFrame ??= requestAnimationFrame(() => { window.attrecFrame = undefined; window.attrecIdle += 1; });
  }
  return window.attrecIdle >= 5;
}"""

SECTIONS = {
    "Explore": ("Attention", "Why this item?", "Score split", "Metric space"),
    "Learn": ("Lesson", "Step by step", "Attention across users", "Try it yourself"),
    "Lab": ("Data", "Train", "Runs", "Compare", "Replay"),
}


def settled(page: Page) -> None:
    """Waits until the script has run to its end and the page is at rest."""
    page.evaluate("window.attrecIdle = 0")
    page.wait_for_function(SETTLED, polling=40, timeout=90_000)


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


def positions(whole: Locator, moving: str) -> int:
    """Returns how many positions a moving part has within 1.5 s, and then presses “Pause”, before it comes to its end.
    whole: holds both, and stays. moving: the part, which may be drawn anew."""
    return whole.evaluate(
        """(whole, moving) => new Promise((done) => {
          const seen = new Set(), start = performance.now();
          const look = () => {
            const part = whole.querySelector(moving);
            if (part) seen.add(part.getAttribute('transform'));
            if (performance.now() - start < 1500) return requestAnimationFrame(look);
            whole.querySelector('[aria-label="Pause"]')?.click();
            return done(seen.size);
          };
          look();
        })""",
        moving,
    )


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Returns axe-core's serious findings, and headings that skip a level. rules: the only rules to apply."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN_AXE, rules)


def what_moves(page: Page, *visits: Callable[[], object], meanwhile: Callable[[], object] = lambda: None) -> list[str]:
    """Returns the layout shifts of the visits whose total is too large; `OBSERVE_SHIFTS` records them. On a busy
    machine a page now and then takes longer than its veil waits; then the visits are repeated. Elements that are there
    in time never move; shifts of a page that is late each time count. meanwhile: what looks at the page without
    changing it, in the time in which elements may arrive late."""
    for _ in range(TRIES):
        moved, late = [], False
        for visit in visits:
            visit()
            settled(page)
            end = time.monotonic() + LATER
            meanwhile()
            page.wait_for_timeout(1000 * max(end - time.monotonic(), LATER / 5))
            shifts = page.evaluate("window.attrecShifts.splice(0)")
            moved += list(map(str, shifts)) if sum(value for value, *_ in shifts) >= MOST else []
            late |= bool(page.evaluate("window.attrecLate"))
        if not (moved and late):
            break
    return moved
