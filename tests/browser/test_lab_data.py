"""A person uploads a file, trains a model on it and opens the model, without leaving the browser."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import random_histories
from playwright.sync_api import Page, expect

from attrec_core.runs.studies import load_study
from attrec_core.storage.workspace import Home
from tests.processes import PATIENCE

from .conftest import ROOT, Serve, halted, workspace
from .frame import Settled, by_key, turn_to

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
    """A server with a workspace of its own."""
    with workspace(tmp_path_factory.mktemp("home")):
        yield serve("app.py")


def choose(page: Page, settled: Settled, field: str, option: str) -> None:
    box = page.get_by_role("combobox", name=field, exact=True)
    box.scroll_into_view_if_needed()
    settled(page)  # a list that opens while the page scrolls closes again
    box.click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def fill(page: Page, settled: Settled, field: str, text: str) -> None:
    box = page.get_by_label(re.compile(rf"^{field}( ·.*)?$"))
    box.fill(text)
    box.press("Enter")
    settled(page)


def test_the_rule_below_a_heading_leaves_it_room(base: str, page: Page, settled: Settled) -> None:
    page.goto(f"{base}/data")
    settled(page)
    text = page.get_by_role("heading", name="Data sets", exact=True).locator("span").bounding_box()
    rule = page.get_by_test_id("stHeadingDivider").bounding_box()
    assert 4 <= rule["y"] - (text["y"] + text["height"]) <= 16


def test_a_file_is_uploaded_corrected_imported_trained_on_and_looked_into(
    base: str, page: Page, settled: Settled, tmp_path: Path
) -> None:
    (tmp_path / "odd.csv").write_text("\n".join(("who;what;when", *rows())))
    page.goto(f"{base}/data")
    settled(page)
    page.locator("input[type=file]").first.set_input_files(tmp_path / "odd.csv")
    expect(
        page.get_by_test_id("stAlert").filter(has_text="the user column, the item column and the time column")
    ).to_be_visible()
    for role, column in (("User", "who"), ("Item", "what"), ("Time", "when")):
        choose(page, settled, f"{role} (required)", column)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    expect(page.get_by_text("Each user has one latest row")).to_be_visible()
    fill(page, settled, "Name of the data set", "evenings")
    page.get_by_role("button", name="Import").click()
    expect(
        page.get_by_text(re.compile(rf"Imported evenings: {PEOPLE} users, .* {len(rows()):,} interactions"))
    ).to_be_visible(timeout=LONG)
    settled(page)
    expect(page).to_have_url(re.compile("data=evenings"))
    for chart in ("lengths", "popularity", "gaps", "ties"):
        by_key(page, chart).scroll_into_view_if_needed()
        expect(by_key(page, chart).locator(".main-svg").first).to_be_visible()

    page.get_by_role("link", name="Train on it").click()
    expect(page.get_by_role("radio", name="Find good settings")).to_be_checked()
    settled(page)
    page.get_by_text("Paper", exact=True).click()
    settled(page)
    page.get_by_text("All settings").click()
    settled(page)
    for field, value in (("dimensions d", "4"), ("epochs", "100000"), ("patience", "0")):
        fill(page, settled, field, value)
    expect(page.get_by_text("Changed: dimensions d 4 instead of 100; epochs 100000 instead of 30")).to_be_visible()
    fill(page, settled, "Name of the run", "my evenings")
    page.get_by_role("button", name="Start training").click()
    # The page shows new epochs by itself: two different epochs are seen.
    head = page.get_by_text(re.compile(r"Training, epoch \d+ of at most 100000"))
    expect(head).to_be_visible(timeout=LONG)
    before = head.inner_text()
    expect(head).not_to_have_text(before)
    with halted(Path(os.environ["ATTREC_HOME"])):
        curve = page.locator("[class*='st-key-training_mrr']")
        curve.scroll_into_view_if_needed()
        expect(curve.locator(".main-svg").first).to_be_visible()

        # The training is on disk, so it is there after a reload.
        page.reload()
        expect(head).to_be_visible()
        page.get_by_role("button", name="Stop and keep best").click()
        settled(page)
    expect(page.get_by_text(re.compile("the best so far, is kept"))).to_be_visible(timeout=LONG)
    settled(page)
    page.get_by_role("link", name="Open in Attention").click()
    expect(page).to_have_url(re.compile(r"/attention\?.*run=my\+evenings"))
    settled(page)
    expect(by_key(page, "attention_map").get_by_role("grid")).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)

    # The run beside the sample's run, for the same user.
    turn_to(page, "Compare")
    settled(page)
    expect(page.get_by_role("heading", name="Attention matrix, A: my evenings")).to_be_visible()
    expect(page.get_by_role("combobox", name="B", exact=True)).to_have_value("sample_data (other data)")
    for letter in "ab":
        expect(by_key(page, f"attention_run_{letter}").get_by_role("grid")).to_be_visible()
    expect(page.get_by_text(re.compile("of the top 10 (is|are) in both lists"))).to_be_visible()


def test_a_file_of_ones_own_leads_to_a_verdict(
    base: str, page: Page, settled: Callable[..., None], tmp_path: Path
) -> None:
    histories = random_histories(3, longest=8).items()
    lines = [f"{user},{item},{time}" for user, items in histories for time, item in enumerate(items)]
    (tmp_path / "mine.csv").write_text("\n".join(("user,item,timestamp", *lines)))
    page.goto(f"{base}/data")
    settled(page, LONG)
    page.locator("input[type=file]").first.set_input_files(tmp_path / "mine.csv")
    expect(page.get_by_label("Name of the data set")).to_be_visible(timeout=LONG)
    fill(page, settled, "Name of the data set", "mine")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text(re.compile(rf"Imported mine: .* {len(lines)} interactions"))).to_be_visible(timeout=LONG)
    settled(page)

    page.get_by_role("link", name="Compare systems on it").click()
    expect(page.get_by_label(re.compile("^Seeds"))).to_be_visible()
    settled(page)
    for field in ("Seeds", "Settings tried for each system"):
        fill(page, settled, field, "1")
    systems = page.get_by_role("combobox", name="Systems")
    for name in ("AttRec, the paper’s settings", "Popularity", "Markov counts"):
        systems.fill(name)
        page.get_by_role("option", name=name).first.click()
        settled(page)
    systems.press("Escape")  # an open list hides the rest of the page
    page.get_by_role("button", name="Start the study").click()
    expect(page.get_by_text(re.compile("All 3 trainings are done"))).to_be_visible(timeout=LONG)
    expect(page.get_by_role("heading", name=re.compile("^mine:"))).to_be_visible()
    verdict = page.get_by_role("heading", name=re.compile("^On mine, .* MRR"))
    expect(verdict).to_be_visible()
    settled(page)
    study = load_study(Home(Path(os.environ["ATTREC_HOME"])).studies / "mine table2")
    assert sorted(entry.key for entry in study.entries if entry.seeds) == ["attrec", "markov", "popularity"]

    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0
    expect(verdict).to_be_visible()
