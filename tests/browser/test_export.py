"""Export in a real browser: saved files hold what the page shows, and open again, with the network off."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import USUAL_WINDOW, FreshProfile, Visit
from .frame import settled

pytestmark = pytest.mark.long

VIEW = "?user=Bilal+Ono&step=20&window=alien,amelie,aliens&selected=amelie"
PNG = b"\x89PNG\r\n\x1a\n"


def open_export(page: Page) -> None:
    page.get_by_role("button", name="Export", exact=True).click()
    settled(page)
    expect(page.get_by_role("button", name="report (HTML): the whole view as one file")).to_be_visible()


def saved(page: Page, button: str, folder: Path) -> Path:
    """Clicks a button of the export and returns the file that it gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    expect(page.get_by_text(f"Saved {file.name}")).to_be_visible()
    return file


def test_a_csv_is_the_table_a_saved_state_opens_for_another_visitor_and_a_file_that_is_none_says_so(
    app: str, visit: Visit, tmp_path: Path, fresh_profile: FreshProfile
) -> None:
    page = visit(f"attention{VIEW}")
    open_export(page)
    file = saved(page, "Recommendations as CSV", tmp_path)
    assert file.name == "attrec-sample_data-attention-recommendations.csv"
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    list_rows = page.locator('[data-testid^="rank-"], [data-testid^="unranked-"]')
    assert [row["title"] for row in rows] == list_rows.locator("button").all_inner_texts()
    # Below the rank stands the move since the baseline.
    ranks = [text.split("\n")[0] for text in list_rows.locator("td.rank").all_inner_texts()]
    assert [row["rank"].removesuffix(".0") or "–" for row in rows] == ranks

    url, cells = page.url, '[data-testid^="cell-"]'
    (tmp_path / "odd.json").write_text('{"format": "attrec-state", "version": 2}')
    page.locator('input[type="file"]').set_input_files(tmp_path / "odd.json")
    expect(page.get_by_test_id("stAlert")).to_contain_text("“odd.json” was saved by a newer version")
    assert page.url == url
    expect(page.locator(cells).first).to_be_visible()

    file = saved(page, "state (JSON): the whole view, to open again", tmp_path)
    assert json.loads(file.read_text())["query"]["window"] == "alien,amelie,aliens"
    with fresh_profile(viewport=USUAL_WINDOW) as context:
        other_page = context.new_page()
        other_page.goto(f"{app}/score-split?user=Ada+Abe")
        settled(other_page)
        open_export(other_page)
        other_page.locator('input[type="file"]').set_input_files(file)
        expect(other_page.locator(cells).first).to_be_visible()
        settled(other_page)
        assert other_page.url == url
        assert other_page.locator(cells).all_inner_texts() == page.locator(cells).all_inner_texts()
        expect(other_page.get_by_test_id("stAlert")).to_have_count(0)
        expect(other_page.get_by_role("button", name="selected: Amélie")).to_be_visible()


def test_a_classroom_file_opens_with_what_the_page_shows(
    visit: Visit, tmp_path: Path, fresh_profile: FreshProfile
) -> None:
    page = visit(f"attention{VIEW}")
    open_export(page)
    page.get_by_label("without names").check()
    file = saved(page, "classroom file (HTML): the live model, for people without a server", tmp_path)
    with fresh_profile(viewport=USUAL_WINDOW, offline=True) as context:
        lesson = context.new_page()
        lesson.goto(file.as_uri())
        expect(lesson.locator("aside .row .title")).to_have_text(["Alien", "Amélie", "Aliens"])
        expect(lesson.locator("body")).not_to_contain_text("Bilal Ono")


@pytest.mark.parametrize(
    ("path", "figure", "says"),
    [("attention", "Attention matrix", "Amélie"), ("score-split", "Contribution of each part", "lower is")],
)
def test_a_picture_is_an_svg_and_a_png_dark_on_white_with_the_zoom_of_its_chart(
    visit: Visit, tmp_path: Path, path: str, figure: str, says: str
) -> None:
    page = visit(f"{path}{VIEW}")
    page.emulate_media(color_scheme="dark")
    open_export(page)

    def drawn(start: str) -> tuple[str, str]:
        """Returns the name of a figure, and its SVG."""
        label = page.get_by_role("button", name=re.compile(f"^{start}.* as SVG$")).first.get_attribute("aria-label")
        return label.removesuffix(" as SVG"), saved(page, label, tmp_path).read_text(encoding="utf-8")

    name, drawing = drawn(figure)
    root = ElementTree.fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert says in drawing
    assert root[-1].text.startswith(f"{path.replace('-', ' ').capitalize()} · run sample_data · ")
    assert "text-shadow" not in drawing  # no program draws the shadow of a text in an SVG
    picture = saved(page, f"{name} as PNG", tmp_path).read_bytes()
    assert picture.startswith(PNG)
    width, height = (int.from_bytes(picture[k : k + 4], "big") for k in (16, 20))
    assert (width, height) == tuple(round(2 * float(root.get(side, 0))) for side in ("width", "height"))
    assert corner(page, picture) == [255, 255, 255, 255]
    if path == "score-split":
        chart = page.locator('[data-chart="distances"] .js-plotly-plot')
        chart.scroll_into_view_if_needed()
        expect(chart.locator(".scatterlayer .trace").first).to_be_visible()
        chart.evaluate("(chart) => window.Plotly.relayout(chart, { 'xaxis.range': [0.6, 0.7] })")
        assert ">.62<" in drawn("Short-term and")[1]


def corner(page: Page, picture: bytes) -> list[int]:
    """Red, green, blue and opacity of a PNG's first pixel."""
    return page.evaluate(
        """async (bytes) => {
          const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
          const canvas = new OffscreenCanvas(1, 1).getContext('2d');
          canvas.drawImage(image, 0, 0);
          return [...canvas.getImageData(0, 0, 1, 1).data];
        }""",
        list(picture),
    )


@pytest.fixture(scope="module")
def offline(fresh_profile: FreshProfile) -> Iterator[BrowserContext]:
    with fresh_profile(offline=True) as context:
        context.new_page()  # a page that stays open keeps the process
        yield context


@pytest.mark.parametrize("path", ["score-split", "metric-space", "step-by-step"])
def test_a_report_opens_without_network(
    app: str, visit: Visit, tmp_path: Path, offline: BrowserContext, path: str
) -> None:
    page = visit(f"{path}{VIEW}")
    open_export(page)
    charts = page.locator(".attrec-plot[data-chart]").count()  # also those far below, not drawn yet
    file = saved(page, "report (HTML): the whole view as one file", tmp_path)
    assert file.stat().st_size < 6_000_000
    urls: list[str] = []
    report = offline.new_page()
    report.on("request", lambda request: urls.append(request.url))
    report.goto(file.as_uri())
    expect(report.get_by_role("heading", level=1)).to_contain_text("AttRec explorer")
    for text in ("1. Alien · 2. Amélie · 3. Aliens", "sha256", f"{app}/{path}?"):
        expect(report.get_by_text(text)).to_be_visible()
    expect(report.locator("img")).to_have_count(charts)
    for image in report.locator("img").all():
        assert image.evaluate("(image) => image.naturalWidth") == 960
        assert image.get_attribute("alt")
    report.close()
    # The report requests only itself and the pictures embedded in it.
    assert [url for url in urls if not url.startswith("data:")] == [file.as_uri()]


def test_the_link_is_copied_and_a_table_saved_by_keyboard_alone(visit: Visit) -> None:
    page = visit(f"attention{VIEW}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Attention matrix as CSV")
    expect(button).to_be_visible()
    settled(page)  # an element that is drawn anew loses the focus
    for _ in range(8):
        if button.evaluate("(node) => node.getRootNode().activeElement === node"):
            break
        page.keyboard.press("Tab")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith("attention-matrix.csv")


def test_without_a_clipboard_the_address_can_be_copied_by_hand(app: str, page: Page) -> None:
    page = page.context.new_page()  # a new tab, because the script below stays with its tab
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(f"{app}/attention{VIEW}")
    settled(page)
    page.get_by_role("button", name="Copy link").click()
    field = page.get_by_role("textbox", name="The address of this view")
    expect(field).to_be_focused()
    assert field.input_value() == page.url
