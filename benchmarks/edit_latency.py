"""From a click on an edit to the new attention map in the page, L = 8: median and p95.

Run: python benchmarks/edit_latency.py [EDITS]. Trains a one-epoch model with a window of 8 on the bundled sample,
serves the real app on it, and clicks "later" on one row after the other in a headless browser. The clock starts at
the click and stops at the first frame after the map in the page carries the new order's number.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from _browser import ROOT, chromium, server
from playwright.sync_api import Page

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
SETTLED = """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'"""


def trained(folder: Path) -> Path:
    run = folder / "window-8"
    command = [sys.executable, "-m", "attrec_core", "train", "sample_data", "--out", str(run)]
    command += ["--set", "window=8", "--epochs", "1", "--no-maps"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return run


def measured(page: Page, edits: int) -> list[float]:
    """Milliseconds of each edit; the first three warm up and do not count."""
    times = []
    for turn in range(edits + 3):
        times.append(page.evaluate(EDIT, turn % 6))
        page.wait_for_timeout(120)
        page.wait_for_function(SETTLED)
    return times[3:]


def main(edits: int) -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        run = trained(Path(folder))
        with server(ROOT / "app.py", "--run", str(run)) as base:
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.goto(f"{base}/attention")
            page.wait_for_selector('[data-testid="cell-0-1"]')
            page.wait_for_timeout(1500)
            times = sorted(measured(page, edits))
    p95 = times[min(len(times) - 1, round(0.95 * len(times)))]
    print(
        f"edit → attention map, L = 8, {len(times)} edits: median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms"
    )
    print(f"(min {times[0]:.0f} ms, max {times[-1]:.0f} ms; wanted: median ≤ 150 ms, p95 ≤ 300 ms)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
