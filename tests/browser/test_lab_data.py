"""A person uploads a file, trains a model on it and opens the model, without leaving the browser. A training does not
depend on a browser: it continues, every visitor sees it, and others wait for their turn."""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import random_histories
from playwright.sync_api import Page, expect

from attrec_core.data import data_sets, importing
from attrec_core.jobs.queue import Queue
from attrec_core.runs.studies import load_study
from attrec_core.storage.workspace import Home
from tests.processes import PATIENCE, wait_for

from .conftest import ROOT, FreshProfile, Serve, halted, workspace
from .frame import by_key, settled, turn_to

pytestmark = pytest.mark.long

LONG = 1000 * PATIENCE  # ms; a training has to load torch first
# The uploaded file has unusual column names, but users and items of the sample, so that the sample's run knows them.
PEOPLE = 120


def rows() -> list[str]:
    """Returns lines user;item;time of some users of the sample."""
    with (ROOT / "sample_data" / "interactions.csv").open(newline="") as file:
        sample_rows = list(csv.reader(file))[1:]
    users = sorted({row[0] for row in sample_rows})[:PEOPLE]
    return [";".join(row[:3]) for row in sample_rows if row[0] in users]


@pytest.fixture(scope="module")
def base(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a workspace of its own, which holds a small data set."""
    home = tmp_path_factory.mktemp("home")
    histories = random_histories(3, longest=8).items()
    lines = [f"{user},{item},{time}" for user, items in histories for time, item in enumerate(items)]
    (home / "mine.csv").write_text("\n".join(("user,item,timestamp", *lines)))
    data_sets.save(*importing.import_data(home / "mine.csv"), home / "data" / "mine")
    with workspace(home):
        yield serve("app.py")


def choose(page: Page, field: str, option: str) -> None:
    box = page.get_by_role("combobox", name=field, exact=True)
    box.scroll_into_view_if_needed()
    settled(page)  # a list that opens while the page scrolls closes again
    box.click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def fill(page: Page, field: str, text: str) -> None:
    box = page.get_by_label(re.compile(rf"^{field}( ·.*)?$"))
    box.fill(text)
    box.press("Enter")
    settled(page)


def start_training(page: Page, name: str) -> None:
    """Names a run and starts its training by keyboard; the page then shows its progress, from the top."""
    fill(page, "Name of the run", name)
    page.get_by_role("button", name="Start training").focus()
    page.keyboard.press("Enter")


# Drops files with these names on a field for uploads.
DROP = """(zone, names) => {
  const dataTransfer = new DataTransfer();
  names.forEach((name) => dataTransfer.items.add(new File(['user,item,time\\nu,i,1\\n'], name)));
  zone.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}"""


def test_of_two_files_dropped_at_once_none_is_taken_and_it_is_said(base: str, page: Page) -> None:
    page.goto(f"{base}/data")
    settled(page)
    zone = page.get_by_test_id("stFileUploaderDropzone").first
    zone.evaluate(DROP, ["plays.csv", "items.csv"])
    sentence = page.get_by_text("One file at a time")
    expect(sentence).to_be_in_viewport()
    settled(page)
    zone.evaluate(DROP, ["plays.csv"])
    expect(page.get_by_role("heading", name="Import plays.csv")).to_be_visible()
    expect(sentence).to_have_count(0)


def test_a_file_is_uploaded_corrected_imported_trained_on_and_looked_into_while_others_wait(
    base: str, page: Page, fresh_profile: FreshProfile, tmp_path: Path
) -> None:
    home = Home(Path(os.environ["ATTREC_HOME"]))
    (tmp_path / "odd.csv").write_text("\n".join(("who;what;when", *rows())))
    page.goto(f"{base}/data")
    settled(page)
    page.locator("input[type=file]").first.set_input_files(tmp_path / "odd.csv")
    alert = page.get_by_test_id("stAlert").filter(has_text="the user column, the item column and the time column")
    expect(alert).to_be_visible()
    for role, column in (("User", "who"), ("Item", "what"), ("Time", "when")):
        choose(page, f"{role} (required)", column)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    expect(page.get_by_text("Each user has one latest row")).to_be_visible()
    fill(page, "Name of the data set", "evenings")
    page.get_by_role("button", name="Import").click()
    imported = re.compile(rf"Imported evenings: {PEOPLE} users, .* {len(rows()):,} interactions")
    expect(page.get_by_text(imported)).to_be_visible(timeout=LONG)
    settled(page)
    expect(page).to_have_url(re.compile("data=evenings"))
    for chart in ("lengths", "popularity"):
        by_key(page, chart).scroll_into_view_if_needed()
        expect(by_key(page, chart).locator(".main-svg").first).to_be_visible()

    page.get_by_role("link", name="Train on it").click()
    expect(page.get_by_role("radio", name="Paper")).to_be_checked()
    settled(page)
    page.get_by_text("All settings").click()
    settled(page)
    for field, value in (("dimensions d", "4"), ("epochs", "100000"), ("patience", "0")):
        fill(page, field, value)
    expect(page.get_by_text("Changed: dimensions d 4 instead of 100; epochs 100000 instead of 30")).to_be_visible()
    start_training(page, "my evenings")
    # The page shows new epochs by itself: two different epochs are seen.
    head = page.get_by_text(re.compile(r"Training, epoch \d+ of at most 100000"))
    expect(head).to_be_visible(timeout=LONG)
    assert page.evaluate("document.querySelector('.stMain').scrollTop") == 0  # the progress is visible
    before = head.inner_text()
    expect(head).not_to_have_text(before)
    shown_epoch = int(re.findall(r"epoch (\d+)", head.inner_text())[0])
    page.goto("about:blank")
    (job,) = Queue(home).jobs()
    wait_for(lambda: len(Queue(home).job(job.id).epochs) > shown_epoch + 1)  # the training continues
    with halted(home.path):
        phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
        with fresh_profile(**phone) as context:
            other = context.new_page()
            other.goto(f"{base}/train?data=evenings")
            settled(other)
            expect(other.get_by_text("1 training running")).to_be_visible()
            expect(other.get_by_text(re.compile(r"Training, epoch \d+"))).to_be_visible()
            assert other.evaluate("document.documentElement.scrollWidth") <= 390
            other.get_by_text("Train another model").click()
            settled(other)
            start_training(other, "second")
            expect(other.get_by_text("second: waiting, 1 training before it.")).to_be_visible()
            other.wait_for_function("() => document.querySelector('.stMain').scrollTop === 0")  # from far below
            other.get_by_role("button", name="Cancel", exact=True).click()
            expect(other.get_by_text("Cancelled before it began.")).to_be_visible()
            settled(other)
        page.goto(f"{base}/train?data=evenings")  # the training is on disk, so it is there
        expect(head).to_be_visible()
        settled(page)
        curve = page.locator("[class*='st-key-training_mrr']").first
        curve.scroll_into_view_if_needed()
        expect(curve.locator(".main-svg").first).to_be_visible()
        page.get_by_role("button", name="Stop and keep best").click()
        settled(page)
    expect(page.get_by_text(re.compile("the best so far, is kept"))).to_be_visible(timeout=LONG)
    settled(page)
    expect(by_key(page, "train_start")).to_be_enabled()
    page.get_by_role("link", name="Open in Attention").click()
    expect(page).to_have_url(re.compile(r"/attention\?.*run=my\+evenings"))
    settled(page)
    expect(by_key(page, "attention_map").get_by_role("grid")).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)

    # The run beside the sample's run, for the same user.
    turn_to(page, "Compare")
    settled(page)
    expect(page.get_by_text("A: my evenings", exact=True).first).to_be_visible()
    expect(page.get_by_role("combobox", name="B", exact=True)).to_have_value("sample_data (other data)")
    for letter in "ab":
        expect(by_key(page, f"attention_runs_{letter}").get_by_role("grid")).to_be_visible()
    expect(page.get_by_text(re.compile("of the top 10 (is|are) in both lists"))).to_be_visible()


def test_a_data_set_of_ones_own_leads_to_a_verdict(base: str, page: Page) -> None:
    page.goto(f"{base}/data?data=mine")
    settled(page)
    page.get_by_role("link", name="Compare systems on it").click()
    code = page.get_by_test_id("stCode")
    expect(code).to_contain_text("study table2")
    few = ["--seeds=1", "--budget=1", "--systems=attrec,popularity,markov"]
    subprocess.run(
        [sys.executable, *shlex.split(code.text_content() or "")[1:], *few], cwd=ROOT, check=True, timeout=PATIENCE
    )
    page.reload()
    expect(page.get_by_text("To compare systems on mine")).to_be_visible()
    page.get_by_role("combobox", name="Study").click()
    page.get_by_role("option", name="mine-table2").click()
    verdict = page.get_by_role("heading", name=re.compile("^On mine, .* MRR"))
    expect(verdict).to_be_visible()
    settled(page)
    study = load_study(Home(Path(os.environ["ATTREC_HOME"])).studies / "mine-table2")
    assert sorted(entry.key for entry in study.entries if entry.seeds) == ["attrec", "markov", "popularity"]

    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0
    expect(verdict).to_be_visible()
