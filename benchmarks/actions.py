"""Measures how long each action takes until its whole result is on the page: median and p95.

Run: python benchmarks/actions.py [--run RUN] [--only WORD] [TURNS]. Serves the real app on the bundled sample, or on
RUN, for example one made by large_run.py, and performs each action in a headless browser. The clock starts at the
browser's own event (key or button down). "figure" is the time of the last change of the figure that the action
changes, "all" the time of the last change of anything on the page (shadow roots included) before 300 ms without a
change. Also prints the server's memory at the end (Linux).
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path

from _browser import ROOT, chromium, memory_of, server
from _table import add
from playwright.sync_api import Page

MOST = 300  # ms

# Sets window.attrec: the times of the last event and of the last change of the page.
WATCH = """() => {
  const clock = window.attrec = {began: 0, changed: 0, figures: {}};
  for (const kind of ['pointerdown', 'keydown']) {
    addEventListener(kind, () => {
      clock.began = clock.changed = performance.now();
      clock.figures = {};
    }, true);
  }
  const seen = new WeakSet();
  const OWN = '[data-testid="stStatusWidget"], [data-testid="stHeader"], [data-testid="stToolbar"], '
    + '[data-testid="stDataFrame"] table'; // a grid's twin for screen readers, which it writes some time later
  const own = ({type, target, attributeName}) => (target.closest ? target : target.parentElement)?.closest(OWN)
    || (type === 'attributes' && ['data-stale', 'data-test-script-state'].includes(attributeName));
  const place = ({target}) => {
    const node = target.getRootNode().host ?? target.parentElement;
    return node?.closest('[class*="st-key-"]')?.className.match(/st-key-(\\S+)/)[1] ?? '';
  };
  const watch = (root) => {
    if (seen.has(root)) return;
    seen.add(root);
    new MutationObserver((changes) => {
      // What Streamlit says of itself (the running man, what is stale) is no result.
      if (changes.every((change) => own(change))) return;
      clock.changed = performance.now();
      changes.filter((change) => !own(change)).forEach((change) => { clock.figures[place(change)] = clock.changed; });
      changes.forEach((change) => change.addedNodes.forEach(dive));
    }).observe(root, {subtree: true, childList: true, attributes: true, characterData: true});
    root.querySelectorAll('*').forEach((node) => node.shadowRoot && watch(node.shadowRoot));
  };
  const dive = (node) => {
    if (node.shadowRoot) watch(node.shadowRoot);
    node.querySelectorAll?.('*').forEach((inner) => inner.shadowRoot && watch(inner.shadowRoot));
  };
  watch(document);
  setInterval(() => document.querySelectorAll('*').forEach((node) => node.shadowRoot && watch(node.shadowRoot)), 50);
}"""
REST = """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'
  && performance.now() - window.attrec.changed > 300"""

Act = Callable[[Page, int], None]


def key(selector: str, *keys: str) -> Act:
    """Returns an action that focuses the element and presses one of the keys in turn."""

    def act(page: Page, turn: int) -> None:
        page.locator(selector).first.focus()
        page.keyboard.press(keys[turn % len(keys)])

    return act


def click(*selectors: str) -> Act:
    """Returns an action that clicks the selectors in turn."""
    return lambda page, turn: page.locator(selectors[turn % len(selectors)]).first.click()


SLIDER = '.st-key-{} input[type="range"]'
# name → page, figure that the action changes, action
ACTIONS: dict[str, tuple[str, str, Act]] = {
    "move an item (Alt+↓, Alt+↑)": (
        "attention",
        "attention_map",
        key('[data-testid="row-1"]', "Alt+ArrowDown", "Alt+ArrowUp"),
    ),
    "remove an item, undo": (
        "attention",
        "attention_map",
        click('[data-testid="row-2"] [data-action="remove"]', ".st-key-undo button"),
    ),
    "select a cell, clear": ("attention", "attention_map", click('.st-key-attention_map [data-testid="cell-0-1"]')),
    "an experiment, undo": ("attention", "attention_map", click(".st-key-experiments button", ".st-key-undo button")),
    "time travel": ("attention", "attention_map", key(SLIDER.format("step"), "ArrowLeft", "ArrowRight")),
    "why: an item of the window": ("why", "influence", click('[data-testid="truth-1"] button')),
    "score split: ω": ("score-split", "score_split", key(SLIDER.format("omega"), "ArrowRight", "ArrowLeft")),
    "metric space: time travel": ("metric-space", "map_short", key(SLIDER.format("step"), "ArrowLeft", "ArrowRight")),
    "step by step: another cell": (
        "step-by-step?stage=scores",
        "stage_matrix",
        click('[data-testid$="0-1"]', '[data-testid$="1-0"]'),
    ),
    "step by step: ω": (
        "step-by-step?stage=distance",
        "stage_matrix",
        key(SLIDER.format("omega"), "ArrowRight", "ArrowLeft"),
    ),
}


def measured(page: Page, figure: str, act: Act, turns: int) -> tuple[list[float], list[float]]:
    """Returns the sorted milliseconds of the turns, for the figure and for all. The first two turns are a warm-up."""
    figure_times, page_times = [], []
    for turn in range(turns + 2):
        act(page, turn)
        page.wait_for_function(REST)
        clock = page.evaluate("window.attrec")
        page_times.append(clock["changed"] - clock["began"])
        figure_times.append(clock["figures"].get(figure, clock["changed"]) - clock["began"])
    return sorted(figure_times[2:]), sorted(page_times[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("turns", nargs="?", type=int, default=20)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--only", default="", metavar="WORD", help="only actions whose name contains this")
    options = parser.parse_args()
    arguments = ["--run", str(options.run.resolve())] if options.run else []
    totals: tuple[list[float], list[float]] = ([], [])
    with chromium() as browser, server(ROOT / "app.py", *arguments) as base:
        for name, (path, figure, act) in ACTIONS.items():
            if options.only not in name:
                continue
            page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
            page.goto(f"{base}/{path}")
            page.evaluate(WATCH)
            page.wait_for_timeout(2500)
            times = measured(page, figure, act, options.turns)
            for total, measurements in zip(totals, times, strict=True):
                total.extend(measurements)
            report(name, *times)
            page.context.close()
        report("all actions", *map(sorted, totals))
        add("any action to its figure, p95", "ms", p95(sorted(totals[0])), MOST, "what is promised")
        print(f"server's memory: {memory_of(base)} MB")


def report(name: str, figures: list[float], everything: list[float]) -> None:
    """Prints a line with the median and p95 for the figure and for all."""
    texts = [f"{statistics.median(times):5.0f} / {p95(times):5.0f} ms" for times in (figures, everything)]
    print(f"{name:28} figure, median / p95: {texts[0]}   all: {texts[1]}", flush=True)


def p95(times: list[float]) -> float:
    return times[min(len(times) - 1, round(0.95 * len(times)))]


if __name__ == "__main__":
    main()
