"""Takes the pictures of the README and the documents, from the real app on the bundled sample: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
from _browser import chromium, server

import attrec_core

SHOTS = {
    "attention": ("attention", "light", 1440, 860),
    "why": ("why", "light", 1440, 1220),
    "metric-space": ("metric-space", "light", 1440, 900),
    "step-by-step": ("step-by-step", "light", 1440, 1100),
    "data": ("data", "light", 1440, 1100),
    "replay": ("replay?epoch=3", "light", 1440, 960),
}
# The script has run, each of the app's components is drawn, and no chart in view is still loading.
AT_REST = """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'
  && ![...document.querySelectorAll('[data-testid="stSkeleton"], .attrec-plot-say:not([hidden])')].some((one) =>
    one.getBoundingClientRect().top < innerHeight)
  && [...document.querySelectorAll('[data-testid^="stBidiComponent"]')].every((one) =>
    (one.dataset.testid.endsWith('Isolated') ? one.shadowRoot : one)?.firstChild)"""


def main() -> None:
    with chromium() as browser, server(ROOT / "app.py") as base:
        for name, (path, scheme, width, height) in SHOTS.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            page.goto(f"{base}/{path}")
            page.wait_for_timeout(2500)
            page.wait_for_function(AT_REST, timeout=120_000)
            page.wait_for_timeout(1000)
            page.screenshot(path=ROOT / "docs" / f"{name}.png")
            context.close()
        classroom_file(browser)


def classroom_file(browser: Browser) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = attrec_core.load().classroom(Path(folder) / "lesson.html")
        page = browser.new_page(viewport={"width": 1440, "height": 960})
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]")
        page.wait_for_selector("#map canvas")
        page.screenshot(path=ROOT / "docs" / "classroom.png")
        page.close()


if __name__ == "__main__":
    main()
