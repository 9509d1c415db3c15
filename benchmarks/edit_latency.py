"""From a click on an edit to the new attention map in the page, L = 8: median and p95, beside a bare page.

Run: python benchmarks/edit_latency.py [EDITS]. Trains a one-epoch model with a window of 8 on the bundled sample,
serves the real app on it, and clicks "later" on one row after the other in a headless browser. The clock starts at
the click and stops at the first frame after the map in the page carries the new order's number. The bare page does
nothing but redraw one heatmap of Plotly after a click; both are clicked by turns.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from _browser import ROOT, chromium, server
from _table import add
from playwright.sync_api import Browser, Page

BARE = Path(__file__).with_name("bare_edit.py")

# Clicks, and resolves with the milliseconds until the attention map shows another revision.
EDIT = """(place) => new Promise((done) => {
  const find = (selector) => {
    for (const host of document.querySelectorAll('*')) {
      const found = (host.shadowRoot ?? host).querySelector?.(selector);
      if (found) return found;
    }
  };
  const map = find('.map[data-revision]'), before = map.dataset.revision;
  const button = find(`[data-testid="row-${place}"] [data-action="later"]`);
  new MutationObserver((_, watcher) => {
    if (map.dataset.revision === before) return;
    watcher.disconnect();
    requestAnimationFrame(() => done(performance.now() - began));
  }).observe(map, {attributes: true});
  const began = performance.now();
  button.click();
})"""
# The same for the bare page, whose heatmap says in its title how many clicks there were.
BARE_EDIT = """() => new Promise((done) => {
  const title = () => document.querySelector('.gtitle')?.textContent, before = title();
  new MutationObserver((_, watcher) => {
    if (!title() || title() === before) return;
    watcher.disconnect();
    requestAnimationFrame(() => done(performance.now() - began));
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
  const began = performance.now();
  document.querySelector('[data-testid="stBaseButton-secondary"]').click();
})"""
SETTLED = """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'"""


def trained(folder: Path) -> Path:
    run = folder / "window-8"
    command = [sys.executable, "-m", "attrec_core", "train", "sample_data", "--out", str(run)]
    command += ["--set", "window=8", "--epochs", "1", "--no-maps"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return run


def measured(pages: list[tuple[Page, str]], edits: int) -> list[list[float]]:
    """Milliseconds of each edit of each page, by turns; the first three of each warm up and do not count."""
    times: list[list[float]] = [[] for _ in pages]
    for turn in range(edits + 3):
        for (page, edit), own in zip(pages, times, strict=True):
            own.append(page.evaluate(edit, turn % 6))
            page.wait_for_timeout(120)
            page.wait_for_function(SETTLED)
    return [sorted(own[3:]) for own in times]


def opened(browser: Browser, address: str, sign: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address)
    page.wait_for_selector(sign)
    page.wait_for_timeout(1500)
    return page


def main(edits: int) -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        run = trained(Path(folder))
        with server(ROOT / "app.py", "--run", str(run)) as app, server(BARE) as bare:
            pages = [
                (opened(browser, f"{app}/attention", '[data-testid="cell-0-1"]'), EDIT),
                (opened(browser, bare, ".js-plotly-plot .gtitle"), BARE_EDIT),
            ]
            ours, plain = measured(pages, edits)
    (ours_middle, ours_p95), (plain_middle, plain_p95) = map(middle_and_p95, (ours, plain))
    print(f"edit → attention map, L = 8, {edits} edits: median {ours_middle:.0f} ms, p95 {ours_p95:.0f} ms")
    print(
        f"the bare page: median {plain_middle:.0f} ms, p95 {plain_p95:.0f} ms; ratio {ours_middle / plain_middle:.2f}"
    )
    add("an edit to its attention map", "ms", ours_middle, plain_middle, "a bare page that redraws one heatmap")
    add("the same, p95", "ms", ours_p95, plain_p95, "a bare page that redraws one heatmap")


def middle_and_p95(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), times[min(len(times) - 1, round(0.95 * len(times)))]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
