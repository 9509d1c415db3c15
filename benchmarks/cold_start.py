"""Measures how long a first picture takes: on a cold server, in a fresh browser, and by a link within the app.

Run: python benchmarks/cold_start.py [ROUNDS] [--busy N]. Prints medians. All that is compared is measured in turns.
- On a cold server: from `streamlit run` to the first picture in a new browser, for the app and for a bare page, which
  is the floor: Streamlit itself, its frontend, and Plotly.
- In a fresh browser: from the address to the first picture, for each page that begins with a chart, against Attention.
- By a link: from the click to the first picture, against Attention. The browser has loaded Plotly by then, and “first
  chart” is the first page with a chart that it shows.
--busy N: beside N processes that compute without end.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from _browser import ROOT, chromium, server
from _table import add
from playwright.sync_api import Browser, Page

from pages.frame.page_list import BY_KEY

BARE = Path(__file__).with_name("bare_page.py")
HEATMAP, STORY, MATRIX = ".js-plotly-plot .hm", ".wide > *", '[data-testid="cell-0-1"]'
ATTENTION, WHY = "attention", "why"
# The sign of the first picture of each page: a selector.
PICTURES = {ATTENTION: MATRIX, WHY: ".truth tbody tr"} | {
    page: f'[data-chart="{chart}"] .main-svg'
    for page, chart in {
        "score-split": "score_split",
        "metric-space": "metric_space",
        "at-large": "taus",
        "does-it-hold": "study_dots",
    }.items()
}
TABS = (WHY, ATTENTION, "score-split", "metric-space")  # each has a link to the next
LONGEST = 60_000  # ms
Times = dict[str, list[float]]


@contextlib.contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """Yields an empty page of a browser without stored files."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


# Looked at in each frame: waiting for a selector looks only every half second when it waits long.
SEEN = """(sign) => {
  const one = document.querySelector(sign) ?? [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .map((box) => box.shadowRoot?.querySelector(sign)).find(Boolean);
  return Boolean(one?.getClientRects().length) && one.checkVisibility({ visibilityProperty: true });
}"""


def seconds_to(page: Page, sign: str, began: float) -> float:
    page.wait_for_function(SEEN, arg=sign, timeout=LONGEST, polling="raf")
    return time.perf_counter() - began


def cold(browser: Browser, script: Path, path: str, sign: str) -> float:
    """Returns the seconds until `sign` is on screen, including the start of the server."""
    began = time.perf_counter()
    with server(script) as base, opened(browser) as page:
        page.goto(f"{base}/{path}", wait_until="commit")
        return seconds_to(page, sign, began)


def fresh(browser: Browser, base: str, key: str) -> float:
    """Returns the seconds from the address of a page to its first picture, in a browser without stored files."""
    with opened(browser) as page:
        began = time.perf_counter()
        page.goto(f"{base}/{key}", wait_until="commit")
        return seconds_to(page, PICTURES[key], began)


def by_link(page: Page, key: str) -> float:
    """Returns the seconds from a click on the page's tab to its first picture."""
    page.wait_for_function("() => Boolean(window.Plotly)", timeout=LONGEST)
    page.wait_for_load_state("networkidle")
    began = time.perf_counter()
    page.locator(".st-key-tabs").get_by_role("link", name=BY_KEY[key].title, exact=True).click()
    return seconds_to(page, PICTURES[key], began)


def links(browser: Browser, base: str, times: Times) -> None:
    """Adds the seconds of a click on each tab, and of the first page with a chart that a browser shows."""
    with opened(browser) as page:
        page.goto(f"{base}/{ATTENTION}")
        page.wait_for_selector(MATRIX, timeout=LONGEST)
        times.setdefault("first chart", []).append(by_link(page, WHY))
        for key in TABS[1:]:
            times.setdefault(key, []).append(by_link(page, key))
        times.setdefault(WHY, []).append(by_link(page, WHY))


def on_a_cold_server(browser: Browser, rounds: int) -> None:
    pages = {
        "bare page with one heatmap": (BARE, "", HEATMAP),
        "app, Start": (ROOT / "app.py", "", STORY),
        "app, Attention": (ROOT / "app.py", ATTENTION, MATRIX),
    }
    cold(browser, BARE, "", HEATMAP)  # the very first start reads from disk
    times: Times = {name: [] for name in pages}
    for _ in range(rounds):
        for name, page in pages.items():
            times[name].append(cold(browser, *page))
    report("cold server", times, "bare page with one heatmap", floor=True)


def on_a_warm_server(browser: Browser, rounds: int) -> None:
    of_pages: Times = {key: [] for key in PICTURES}
    of_links: Times = {}
    with server(ROOT / "app.py") as base:
        fresh(browser, base, ATTENTION)
        for _ in range(rounds):
            for key, times in of_pages.items():
                times.append(fresh(browser, base, key))
            links(browser, base, of_links)
    report("fresh browser", of_pages, ATTENTION)
    report("by a link", of_links, ATTENTION)


def report(kind: str, times: Times, reference: str, floor: bool = False) -> None:
    """Prints a line for each name, and adds it to the table, with its reference."""
    known = statistics.median(times[reference])
    for name, values in times.items():
        median = statistics.median(values)
        print(
            f"{kind}: {name:28} median {median:.2f} s (min {min(values):.2f}, max {max(values):.2f}); "
            f"against {reference} {median - known:+.2f} s, ratio {median / known:.2f}"
        )
        if name != reference:
            add(f"{kind}, {name}", "s", median, known, reference, known if floor else None)


def compute() -> None:
    while True:
        pass


@contextlib.contextmanager
def busy(n_processes: int) -> Iterator[None]:
    processes = [multiprocessing.Process(target=compute, daemon=True) for _ in range(n_processes)]
    for process in processes:
        process.start()
    yield
    for process in processes:
        process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--busy", type=int, default=0)
    options = parser.parse_args()
    with busy(options.busy), chromium() as browser:
        on_a_cold_server(browser, options.rounds)
        on_a_warm_server(browser, options.rounds)


if __name__ == "__main__":
    main()
