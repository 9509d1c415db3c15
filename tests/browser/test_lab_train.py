"""A training does not depend on a browser: it continues, every visitor sees it, and others wait for their turn."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from attrec_core.data import data_sets, importing
from attrec_core.jobs.queue import Queue
from attrec_core.storage.workspace import Home
from tests.processes import PATIENCE, wait_for

from .conftest import Serve, halted, workspace
from .frame import Settled, by_key

pytestmark = pytest.mark.long

LONG = 1000 * PATIENCE  # ms; a training has to load torch first
ROWS = "".join(f"viewer {row % 60},film {(row * 7 + row // 60) % 25},{row // 60}\n" for row in range(1200))


@pytest.fixture(scope="module")
def base(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with its own workspace, which holds one small data set."""
    home: Path = tmp_path_factory.mktemp("home")
    (home / "rows.csv").write_text(f"user,item,time\n{ROWS}")
    data_sets.save(*importing.import_data(home / "rows.csv"), home / "data" / "small")
    with workspace(home):
        yield serve("app.py")


def without_end(page: Page, settled: Settled) -> None:
    """Chooses a training longer than anybody waits, without a race of settings before it."""
    page.get_by_text("Paper", exact=True).click()
    settled(page)
    page.get_by_text("All settings").click()
    settled(page)
    for field, value in (("dimensions d", "4"), ("epochs", "100000"), ("patience", "0")):
        box = page.get_by_label(re.compile(rf"^{field}( ·.*)?$"))
        box.fill(value)
        box.press("Enter")
        settled(page)


def start(page: Page, settled: Settled, name: str) -> None:
    """Names a run and starts its training by keyboard."""
    box = page.get_by_label("Name of the run")
    box.fill(name)
    box.press("Enter")
    settled(page)
    page.get_by_role("button", name="Start training").focus()
    page.keyboard.press("Enter")


def test_it_outlives_its_browser_and_others_wait_for_it(
    base: str,
    page: Page,
    fresh_profile: Callable[..., AbstractContextManager[BrowserContext]],
    settled: Settled,
) -> None:
    page.goto(f"{base}/train?data=small")
    settled(page)
    without_end(page, settled)
    start(page, settled, "first")
    head = page.get_by_text(re.compile(r"Training, epoch \d+"))
    expect(head).to_be_visible(timeout=LONG)
    assert page.evaluate("document.querySelector('.stMain').scrollTop") == 0  # the progress is visible
    shown_epoch = int(re.findall(r"epoch (\d+)", head.inner_text())[0])
    page.goto("about:blank")

    home = Path(os.environ["ATTREC_HOME"])
    (job,) = Queue(Home(home)).jobs()
    wait_for(lambda: len(Queue(Home(home)).job(job.id).epochs) > shown_epoch + 1)  # the training continues

    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    with fresh_profile(**phone) as context:
        page = context.new_page()
        with halted(home):
            page.goto(f"{base}/train?data=small")
            settled(page)
            expect(page.get_by_text("1 training running")).to_be_visible()
            expect(page.get_by_text(re.compile(r"Training, epoch \d+"))).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.get_by_text("Train another model").click()
            settled(page)
            start(page, settled, "second")
            expect(page.get_by_text("second: waiting, 1 training before it.")).to_be_visible()
            page.wait_for_function("() => document.querySelector('.stMain').scrollTop === 0")  # from far below
            page.get_by_role("button", name="Cancel", exact=True).click()
            expect(page.get_by_text("Cancelled before it began.")).to_be_visible()
            page.get_by_role("button", name="Stop and keep best").click()
            settled(page)
        expect(page.get_by_text("the best so far, is kept")).to_be_visible(timeout=LONG)
        settled(page)
        page.get_by_text("Training curves").first.click()
        curve = page.locator("[class*='st-key-training_loss']")
        curve.scroll_into_view_if_needed()
        expect(curve.locator(".main-svg").first).to_be_visible()
        expect(by_key(page, "train_start")).to_be_enabled()
