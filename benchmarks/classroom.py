"""Measures the classroom file: its size by part, its first picture, and an edit → matrix, list and split, in Chromium.

Run: python benchmarks/classroom.py [EDITS [RUN]]. Three files: the sample with 12 people; a simulated run of the size
of MovieLens 100K (1,682 items, d = 100) with 30; one of 26,000 items, d = 64, with 12; and one of RUN, with 30. The
first picture: from the start of the navigation to the frame after all panels in view are drawn; the reference is the
same file without its program, which shows its still picture. An edit: from a removal or the undoing of it to the end of
the next frame; the reference is a frame in which nothing changes. Then the rest of the panels is drawn, whose time
stands beside. Each figure is the median.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import large_run
from _browser import chromium
from _table import add
from playwright.sync_api import Browser

from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import SAMPLE_RUN
from attrec_core.views.classroom.file import Lesson, classroom

OPENINGS, EDITS = 5, 40
SHOWN = """() => new Promise((done) => {
  const shown = () => (document.documentElement.dataset.ready === '' || !document.querySelector('script[type=module]')
    ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(shown));
  shown();
})"""
# Removes the oldest item, or undoes that; resolves with the milliseconds to the end of the next frame, and until every
# panel is drawn.
EDIT = """async (turn) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  await frame();
  const began = performance.now(), window = room.scene.window;
  if (turn % 2) room.setWindow(room.scene.real_window); else room.setWindow(window.slice(1));
  await frame();
  const shown = performance.now() - began;
  await room.drawn;
  return [shown, performance.now() - began];
}"""
FRAME = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  await frame();
  const began = performance.now();
  await frame();
  return performance.now() - began;
}"""


def simulated(users: int, items: int, dim: int) -> Run:
    large_run.DIM = dim
    return large_run.large_run(users, items)


def opened(browser: Browser, file: Path) -> float:
    """Returns the milliseconds until the page shows something, in a new tab."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(file.as_uri())
    shown = page.evaluate(SHOWN)
    page.close()
    return shown


def measured(browser: Browser, file: Path, edits: int) -> tuple[list[float], list[float], list[float]]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(file.as_uri())
    page.evaluate(SHOWN)
    times = [page.evaluate(EDIT, turn) for turn in range(edits + 4)][4:]
    frames = [page.evaluate(FRAME) for _ in range(edits)]
    page.close()
    first, whole = zip(*times, strict=True)
    return sorted(first), sorted(whole), sorted(frames)


def main() -> None:
    edits = int(sys.argv[1]) if len(sys.argv) > 1 else EDITS
    runs = {
        "the sample, 12 people": (load(SAMPLE_RUN), 12),
        "1,682 items, d = 100, 30 people": (simulated(943, 1_682, 100), 30),
        "26,000 items, d = 64, 12 people": (simulated(3_000, 26_000, 64), 12),
    }
    if len(sys.argv) > 2:
        runs[sys.argv[2]] = (load(Path(sys.argv[2])), 30)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name, (run, people) in runs.items():
            file, still = Path(folder) / "lesson.html", Path(folder) / "still.html"
            began = time.perf_counter()
            made = classroom(run, Lesson(users=people))
            made.write(file)
            written = time.perf_counter() - began
            still.write_text(re.sub(r'<script type="module">.*?</script>', "", made.html, flags=re.DOTALL))
            parts = ", ".join(f"{part} {size / 1e6:.2f}" for part, size in made.sizes.items())
            print(f"{name}: {made.size / 1e6:.2f} MB ({parts}), written in {written:.2f} s")
            turns = [(opened(browser, file), opened(browser, still)) for _ in range(OPENINGS)]
            ours, reference = (statistics.median(column) for column in zip(*turns, strict=True))
            print(f"  first picture {ours:.0f} ms; without the program {reference:.0f} ms")
            first, whole, frames = measured(browser, file, edits)
            median, late, frame = statistics.median(first), first[int(0.95 * len(first))], statistics.median(frames)
            print(f"  edit → matrix, list, split {median:.0f} ms, p95 {late:.0f}; a frame {frame:.0f}")
            print(f"  edit → every panel {statistics.median(whole):.0f} ms")
            add(f"classroom file, {name}: first picture", "ms", ours, reference, "the file without its program")
            add(f"classroom file, {name}: edit → matrix, list, split", "ms", median, frame, "an empty frame")


if __name__ == "__main__":
    main()
