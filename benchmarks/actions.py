"""How long every action takes until all of its result stands in the page: median and p95.

Run: python benchmarks/actions.py [--run RUN] [TURNS]. Serves the real app on the bundled sample (or on RUN, such as one
that large_run.py has made) and does each action in a headless browser. The clock starts at the browser's own event
(the key or the button going down) and stops at the last change of the page before 300 ms of rest, in shadow roots too.
Also the server's memory at the end (Linux).
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path

from _browser import ROOT, chromium, memory_of, server
from playwright.sync_api import Page

# Sets window.attrec: when the last event came, and when the page changed last.
WATCH = """() => {
  const clock = window.attrec = {began: 0, changed: 0};
  for (const kind of ['pointerdown', 'keydown']) {
    addEventListener(kind, () => { clock.began = clock.changed = performance.now(); }, true);
  }
  const seen = new WeakSet();
  const OWN = '[data-testid="stStatusWidget"], [data-testid="stHeader"], [data-testid="stToolbar"], '
    + '[data-testid="stDataFrame"] table'; // a grid's twin for screen readers, which it writes some time later
  const own = ({type, target, attributeName}) => target.closest?.(OWN)
    || (type === 'attributes' && ['data-stale', 'data-test-script-state'].includes(attributeName));
  const watch = (root) => {
    if (seen.has(root)) return;
    seen.add(root);
    new MutationObserver((changes) => {
      // What Streamlit says of itself (the running man, what is stale) is no result.
      if (changes.every((change) => own(change))) return;
      clock.changed = performance.now();
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
    """Focus once and press the keys in turn."""

    def act(page: Page, turn: int) -> None:
        page.locator(selector).first.focus()
        page.keyboard.press(keys[turn % len(keys)])

    return act


def click(*selectors: str) -> Act:
    """Click the selectors in turn."""
    return lambda page, turn: page.locator(selectors[turn % len(selectors)]).first.click()


SLIDER = '.st-key-{} input[type="range"]'
ACTIONS: dict[str, tuple[str, Act]] = {
    "move an item (Alt+↓, Alt+↑)": ("attention", key('[data-testid="row-1"]', "Alt+ArrowDown", "Alt+ArrowUp")),
    "remove an item, undo": ("attention", click('[data-testid="row-2"] [data-action="remove"]', ".st-key-undo button")),
    "select a cell, clear": ("attention", click('.st-key-attention_map [data-testid="cell-0-1"]')),
    "an experiment, undo": ("attention", click(".st-key-experiments button", ".st-key-undo button")),
    "time travel": ("attention", key(SLIDER.format("step"), "ArrowLeft", "ArrowRight")),
    "why: another item": ("why", click('[data-testid="rank-3"] button', '[data-testid="rank-2"] button')),
    "score split: ω": ("score-split", key(SLIDER.format("omega"), "ArrowRight", "ArrowLeft")),
    "metric space: time travel": ("metric-space", key(SLIDER.format("step"), "ArrowLeft", "ArrowRight")),
    "step by step: another cell": ("step-by-step", click('[data-testid$="0-1"]', '[data-testid$="1-0"]')),
    "step by step: ω": ("step-by-step", key(SLIDER.format("omega"), "ArrowRight", "ArrowLeft")),
}


def measured(page: Page, act: Act, turns: int) -> list[float]:
    """Milliseconds of each turn; the first two warm up and do not count."""
    times = []
    for turn in range(turns + 2):
        act(page, turn)
        page.wait_for_function(REST)
        times.append(page.evaluate("window.attrec.changed - window.attrec.began"))
    return sorted(times[2:])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("turns", nargs="?", type=int, default=20)
    options.add_argument("--run", type=Path)
    given = options.parse_args()
    arguments = ["--run", str(given.run.resolve())] if given.run else []
    everything: list[float] = []
    with chromium() as browser, server(ROOT / "app.py", *arguments) as base:
        for name, (path, act) in ACTIONS.items():
            page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
            page.goto(f"{base}/{path}")
            page.evaluate(WATCH)
            page.wait_for_timeout(2500)
            times = measured(page, act, given.turns)
            everything += times
            print(f"{name:32} median {statistics.median(times):5.0f} ms   p95 {p95(times):5.0f} ms", flush=True)
            page.context.close()
        print(f"{'all':32} median {statistics.median(everything):5.0f} ms   p95 {p95(sorted(everything)):5.0f} ms")
        print(f"server's memory: {memory_of(base)} MB")


def p95(times: list[float]) -> float:
    return times[min(len(times) - 1, round(0.95 * len(times)))]


if __name__ == "__main__":
    main()
