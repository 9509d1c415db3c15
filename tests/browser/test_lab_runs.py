"""The list of runs, two runs side by side and the replay of a training, as a person uses them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import ROOT, Visit, running_server
from .frame import address, button, by_key, positions, settled

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of runs of a workspace, with one run: a copy of the sample."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "sample_data" / "run", home / "runs" / "copy")
    return home / "runs"


@pytest.fixture(scope="module")
def app(shelf: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTREC_HOME", str(shelf.parent))
        with running_server("app.py") as base:
            yield base


def listed(page: Page) -> list[str]:
    return page.locator(".runs [data-name]").all_inner_texts()


def test_a_run_is_noted_packed_added_and_deleted(app: str, shelf: Path, visit: Visit, tmp_path: Path) -> None:
    page = visit("runs?run=nobody")  # a link to a page is the first request to this server
    share, notice = button(page, "Copy link"), page.get_by_test_id("stAlert")
    assert notice.bounding_box()["y"] >= share.bounding_box()["y"] + share.bounding_box()["height"]
    page.goto(f"{app}/runs")
    button(page, "copy").click()
    settled(page)
    name = page.get_by_role("heading", name="Runs", level=1).bounding_box()
    assert share.bounding_box()["y"] < name["y"] + name["height"]  # beside the name of the page
    # A click on another run saves the note that is being typed, and selects that run.
    page.get_by_label("Note", exact=True).fill("typed and left")
    button(page, "sample_data").click()
    expect(page.get_by_role("heading", name="sample_data")).to_be_visible()
    expect(page.locator(".runs small").get_by_text("typed and left")).to_be_visible()
    button(page, "copy").click()
    expect(page.get_by_label("Note", exact=True)).to_have_value("typed and left")
    settled(page)
    with page.expect_download() as started:
        button(page, "Download (.zip)").click()
    assert started.value.suggested_filename == "copy.zip"
    started.value.save_as(tmp_path / "copy.zip")
    button(page, "Add a run").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "copy.zip")
    message = page.get_by_text("Imported copy 2.")
    expect(message).to_be_visible()
    expect(page.get_by_text("Import a run (.zip)")).to_have_count(0)  # the open panel is closed
    assert page.get_by_role("alertdialog").count() == 0  # no message that disappears by itself
    message.click(position={"x": 9, "y": 9})  # nothing covers it
    assert {path.name for path in shelf.iterdir()} == {"copy", "copy 2"}
    button(page, "copy 2").click()
    settled(page)
    button(page, "Delete").click()
    expect(page.get_by_text("copy 2 is in the trash.")).to_be_visible()


def test_the_list_has_one_line_of_controls_is_searched_sorted_and_walked_by_keyboard(page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    visit("runs")
    boxes = [by_key(page, key).bounding_box() for key in ("shelf_search", "shelf_order", "shelf_add_0")]
    assert len({round(box["y"] + box["height"]) for box in boxes}) == 1
    assert boxes[0]["width"] >= 340  # its example text is not cut
    button(page, "Run").click()  # the heading of the first column
    head = page.get_by_role("columnheader", name=re.compile("Run"))
    expect(head).to_have_attribute("aria-sort", "ascending")
    settled(page)
    first, *_, last = listed(page)
    button(page, first).focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(button(page, last)).to_have_attribute("aria-pressed", "true")
    page.wait_for_url(re.compile(rf"about={last}\b"))
    settled(page)
    page.reload()
    expect(button(page, last)).to_have_attribute("aria-pressed", "true")
    settled(page)
    # Both runs use the bundled data set, so a search for its name would find both.
    page.get_by_label("Search", exact=True).type(next(name for name in (first, last) if name != "sample_data"))
    expect(page.locator(".runs [data-name]")).to_have_count(1)


def test_a_phone_shows_cards_and_nothing_hangs_over(page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    whole = "(node) => node.scrollWidth <= node.clientWidth"
    for path in ("compare", "replay", "runs"):
        assert visit(path).get_by_test_id("stMain").evaluate(whole), path
        if path == "replay":
            assert page.get_by_role("combobox", name="Run", exact=True).evaluate(whole)  # its name is not cut
    row = page.locator(".runs tbody tr").first
    expect(row).to_have_css("display", "grid")
    assert row.bounding_box()["width"] <= 390
    row.get_by_role("button").click()  # the details of the run, below the list, come into view
    page.wait_for_function("() => document.querySelector('.st-key-shelf_run').getBoundingClientRect().top < 200")


def test_two_runs_stand_beside_each_other_and_a_selection_is_that_of_both(visit: Visit) -> None:
    page = visit("compare?user=Ada+Abe&step=20")
    picture, screen = by_key(page, "attention_runs_a").bounding_box(), page.viewport_size
    assert picture["y"] + picture["height"] <= screen["height"]  # all of it on the first screen, above the figures
    cell = by_key(page, "attention_runs_a").get_by_test_id("cell-0-1")
    assert cell.inner_text() == by_key(page, "attention_runs_b").get_by_test_id("cell-0-1").inner_text()
    cell.click()
    expect(page.get_by_role("button", name=re.compile("^selected:"))).to_be_visible()
    for letter in "ab":
        marked = by_key(page, f"attention_runs_{letter}").locator("[data-title][aria-selected=true]")
        expect(marked).to_have_count(2)


# Pauses the replay once it plays epoch 4 or a later epoch. Returns the epoch that each sentence names, and the position
# of the line in the curves, all at that moment.
PLAYED = """() => {
  const find = (node) => node.shadowRoot ? find(node.shadowRoot) : node.matches?.('.replay') ? node
    : [...(node.children ?? [])].map(find).find(Boolean);
  const replay = find(document.querySelector('.st-key-replay'));
  const of = (css, pattern) => replay.querySelector(css).textContent.match(pattern)?.[1];
  const spoken = [of('.says', /^After epoch (\\d+)/), of('.left .sentence', /after epoch (\\d+): /),
    of('.middle .sentence', /^After epoch (\\d+)/), of('.right .sentence', /^After epoch (\\d+)/)];
  if (spoken[0] < 4) return undefined;
  replay.querySelector('[aria-label="Pause"]').click();
  return [spoken, replay.querySelector('.narrow .now').getAttribute('transform')];
}"""


def said(page: Page) -> str:
    return page.locator(".replay .says").inner_text()


def test_a_training_plays_without_the_server_and_the_page_follows_when_it_pauses(page: Page, visit: Visit) -> None:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    visit("replay?run=sample_data&epoch=2&space=long")
    n_sent = len(sent)
    assert said(page).startswith("After epoch 2 of 12")
    before = page.locator(".replay .narrow .now").get_attribute("transform")
    button(page, "Play the training").click()
    epochs, line = page.wait_for_function(PLAYED).json_value()
    assert len(epochs) == 4 and len(set(epochs)) == 1, epochs
    assert line != before
    page.wait_for_url(re.compile(rf"epoch={epochs[0]}\b"))
    settled(page)
    stopped = int(address(page)["epoch"])
    assert len(sent) == n_sent + 1
    assert said(page).startswith(f"After epoch {stopped} of 12")
    expect(page.get_by_text(f"Data after epoch {stopped}:")).to_be_visible()
    page.go_back()
    expect(page.locator(".replay .says")).to_contain_text("After epoch 2 of 12")


def test_a_replay_has_its_sentences_below_its_figures_and_is_stepped_and_played_by_keyboard(visit: Visit) -> None:
    page = visit("replay?run=sample_data")
    panels = page.locator(".panels > section")
    expect(panels).to_have_count(3)
    for panel in panels.all():
        figure, sentence = panel.locator(":scope > :nth-child(2)"), panel.locator(":scope > .sentence")
        assert "after epoch 12" in sentence.inner_text().lower()
        above, below = figure.bounding_box(), sentence.bounding_box()
        assert above["y"] + above["height"] <= below["y"]
    expect(button(page, "Show data")).to_have_count(4)
    button(page, "Show data").last.click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.get_by_test_id("stDataFrame").hover()
    expect(page.locator('[aria-label^="Search"][kind="elementToolbar"]')).to_be_visible()
    expect(page.locator('[aria-label^="Download as CSV"]')).to_be_hidden()  # it would hold formulas
    assert page.locator('[aria-label^="Download as CSV"]').count() == 1
    page.get_by_role("slider", name="Epoch").focus()
    for keys, epoch in (("ArrowLeft", "ArrowLeft"), 10), (("Home",), 0):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_url(re.compile(rf"epoch={epoch}\b"))
    settled(page)
    expect(button(page, "One epoch back")).to_be_disabled()
    page.keyboard.press("Space")
    expect(button(page, "Pause")).to_be_visible()
    page.keyboard.press("Space")
    expect(button(page, "Play the training")).to_be_visible()
    settled(page)


def test_who_wants_little_motion_sees_whole_epochs(page: Page, visit: Visit) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit("replay?run=sample_data&epoch=2")
    button(page, "Play the training").click()
    assert 1 <= positions(page.locator(".replay"), ".narrow .now") <= 3
    expect(button(page, "Play the training")).to_be_visible()
    settled(page)
