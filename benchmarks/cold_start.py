"""Measures the time from `streamlit run` on a cold server to the first heatmap in a new browser: app and bare page.

Run: python benchmarks/cold_start.py [ROUNDS]. Starts both in turn, anew each time, and prints the medians, their
difference and their ratio. The bare page is the floor: Streamlit itself, its frontend, and Plotly.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from _browser import ROOT, chromium, server
from _table import add
from playwright.sync_api import Browser

BARE = Path(__file__).with_name("bare_page.py")


def seconds(browser: Browser, script: Path, path: str, sign: str) -> float:
    """Returns the seconds until `sign` (a selector) is on screen, including the start of the server."""
    began = time.perf_counter()
    with server(script) as base:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(f"{base}/{path}", wait_until="commit")
        page.wait_for_selector(sign, timeout=60_000)
        elapsed = time.perf_counter() - began
        context.close()
    return elapsed


def main(rounds: int) -> None:
    bare, start, attention = [], [], []
    with chromium() as browser:
        seconds(browser, BARE, "", ".js-plotly-plot .hm")  # the very first start reads from disk
        for _ in range(rounds):
            bare.append(seconds(browser, BARE, "", ".js-plotly-plot .hm"))
            start.append(seconds(browser, ROOT / "app.py", "", ".st-key-story .wide > *"))
            attention.append(seconds(browser, ROOT / "app.py", "attention", '[data-testid="cell-0-1"]'))
    rows = ("bare page with one heatmap", bare), ("app, Start", start), ("app, Attention", attention)
    for name, times in rows:
        median, reference = statistics.median(times), statistics.median(bare)
        print(
            f"{name:28} median {median:.2f} s (min {min(times):.2f}, max {max(times):.2f}); "
            f"against the bare page {median - reference:+.2f} s, ratio {median / reference:.2f}"
        )
        if name.startswith("app"):
            add(f"cold start, {name}", "s", median, reference, "a bare page with one heatmap", reference)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
