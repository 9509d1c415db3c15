"""Measures the time from a click on an edit to the new attention matrix, L = 8: median and p95, beside a bare page.

Run: python benchmarks/edit_latency.py [EDITS]. Trains a one-epoch model with a window of 8 on the bundled sample,
serves the real app on it, and clicks "later" on one row after another in a headless browser. The clock starts at the
click and stops at the first frame after the matrix on the page has the revision number of the new order. The bare page
only redraws one Plotly heatmap after a click; the two pages are clicked in turn.
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

# Clicks, and resolves with the milliseconds until the attention matrix shows another revision.
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
# The same for the bare page. The title of its heatmap holds the number of clicks.
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
    """Returns the sorted milliseconds of the edits of each page, made in turn. Three edits per page are a warm-up."""
    times: list[list[float]] = [[] for _ in pages]
    for turn in range(edits + 3):
        for (page, edit), page_times in zip(pages, times, strict=True):
            page_times.append(page.evaluate(edit, turn % 6))
            page.wait_for_timeout(120)
            page.wait_for_function(SETTLED)
    return [sorted(page_times[3:]) for page_times in times]


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
            app_times, bare_times = measured(pages, edits)
    (app_median, app_p95), (bare_median, bare_p95) = map(middle_and_p95, (app_times, bare_times))
    print(f"edit → attention map, L = 8, {edits} edits: median {app_median:.0f} ms, p95 {app_p95:.0f} ms")
    print(f"the bare page: median {bare_median:.0f} ms, p95 {bare_p95:.0f} ms; ratio {app_median / bare_median:.2f}")
    add("an edit to its attention map", "ms", app_median, bare_median, "a bare page that redraws one heatmap")
    add("the same, p95", "ms", app_p95, bare_p95, "a bare page that redraws one heatmap")


def middle_and_p95(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), times[min(len(times) - 1, round(0.95 * len(times)))]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
