"""The real app in a real browser: links, edits by mouse and keyboard, Back, other visitors, two widths, two themes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.frame import titles

from .frame import SECTIONS, Settled, by_key, turn_to

Serve = Callable[..., str]
FreshProfile = Callable[..., AbstractContextManager[BrowserContext]]
LINK = "attention?user=Bilal+Ono&step=20"


def main_map(page: Page) -> Locator:
    return by_key(page, "attention_map")


def weights(page: Page) -> list[str]:
    return main_map(page).locator('[data-testid^="cell-"]').all_inner_texts()


def top(page: Page) -> list[str]:
    return page.locator('[data-testid^="rank-"]').all_inner_texts()


def row(page: Page, place: int) -> Locator:
    return page.get_by_test_id(f"row-{place}")


def opened(page: Page, url: str, settled: Settled) -> Page:
    page.goto(url)
    expect(main_map(page).get_by_test_id("cell-0-1")).to_be_visible()
    settled(page)
    return page


@pytest.mark.long
def test_a_deep_link_first_of_all_on_a_fresh_server(serve: Serve, page: Page, settled: Settled) -> None:
    """The page shows the link's window, not the actual one. The link is the first request to this server."""
    opened(page, f"{serve('app.py')}/attention?user=Bilal+Ono&step=20&window=alien,amelie,alien&omega=0.6", settled)
    assert len(titles(page)) == 3
    assert titles(page)[0] == titles(page)[2] == "Alien"
    expect(page.get_by_text("edited", exact=True)).to_be_visible()
    expect(by_key(page, "groups").get_by_role("link")).to_have_text(["Start", "Explore", "Learn", "Lab"])
    expect(page).to_have_title("Attention · AttRec explorer")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert dict(parse_qsl(urlsplit(page.url).query))["omega"] == "0.6"


def test_an_edit_by_mouse_changes_map_list_and_address_and_back_undoes(app: str, page: Page, settled: Settled) -> None:
    opened(page, f"{app}/{LINK}", settled)
    before = (titles(page), weights(page), top(page))
    row(page, 1).locator("[data-action=remove]").click()
    expect(main_map(page).get_by_test_id("cell-0-4")).to_have_count(0)
    settled(page)
    after = (titles(page), weights(page), top(page))
    assert after[0] == before[0][:1] + before[0][2:]
    assert len(after[1]) == 16
    assert after[2] != before[2]
    assert "window" in dict(parse_qsl(urlsplit(page.url).query))
    page.go_back()
    expect(main_map(page).get_by_test_id("cell-4-4")).to_have_count(1)
    settled(page)
    assert (titles(page), weights(page), top(page)) == before
    page.go_forward()
    expect(main_map(page).get_by_test_id("cell-4-4")).to_have_count(0)
    settled(page)
    assert (titles(page), weights(page), top(page)) == after


def test_an_edit_by_keyboard_changes_the_map_and_undo_brings_it_back(app: str, page: Page, settled: Settled) -> None:
    opened(page, f"{app}/{LINK}", settled)
    before = (titles(page), weights(page))
    row(page, 0).focus()
    page.keyboard.press("Alt+ArrowDown")
    settled(page)
    swapped = titles(page)
    assert swapped == [before[0][1], before[0][0], *before[0][2:]]
    assert weights(page) != before[1]
    page.get_by_role("button", name="undo").click()
    settled(page)
    assert (titles(page), weights(page)) == before
    page.get_by_role("button", name="redo").click()
    settled(page)
    assert titles(page) == swapped


def test_adding_by_search_lets_the_oldest_fall_out(app: str, page: Page, settled: Settled) -> None:
    opened(page, f"{app}/{LINK}", settled)
    before = titles(page)
    page.get_by_placeholder("Add an item").click()
    page.keyboard.type("amelie")  # the title has an accent
    page.keyboard.press("Enter")
    expect(page.locator(".row .title")).to_have_text([*before[1:], "Amélie"])
    settled(page)
    assert titles(page) == [*before[1:], "Amélie"]


def test_one_selection_on_every_page(app: str, page: Page, settled: Settled) -> None:
    opened(page, f"{app}/{LINK}", settled)
    title, top_of_map = titles(page)[1], (main_map(page).bounding_box() or {})["y"]
    main_map(page).get_by_test_id("cell-3-1").click(position={"x": 4, "y": 4})
    chip = page.get_by_role("button", name=f"selected: {title}")
    expect(chip).to_be_visible()
    assert (main_map(page).bounding_box() or {})["y"] == top_of_map  # the map stays under the pointer
    for name in ("Metric space", "Score split"):
        turn_to(page, name)
        settled(page)
        expect(chip).to_be_visible()
    chip.click()
    expect(chip).to_have_count(0)


def test_a_copied_link_shows_another_visitor_the_same_top_10(
    app: str, page: Page, settled: Settled, fresh_profile: FreshProfile
) -> None:
    opened(page, f"{app}/{LINK}", settled)
    row(page, 2).locator("[data-action=repeat]").click()
    settled(page)
    main_map(page).get_by_test_id("cell-0-3").click()
    settled(page)
    with fresh_profile(viewport={"width": 1440, "height": 900}) as context:
        other_page = opened(context.new_page(), page.url, settled)
        assert top(other_page) == top(page)
        assert weights(other_page) == weights(page)
        assert len(top(other_page)) >= 10


def test_omega_ranks_again_and_keeps_the_address(app: str, page: Page, settled: Settled) -> None:
    page.goto(f"{app}/score-split?user=Bilal+Ono")
    slider = page.get_by_role("slider", name="ω")
    expect(slider).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    settled(page)
    before = page.locator(".js-plotly-plot").first.locator(".ytick").all_text_contents()
    slider.press("End")
    expect(page.get_by_text("What-if:")).to_be_visible()
    settled(page)
    expect(page.locator(".js-plotly-plot").first.locator(".ytick").first).not_to_have_text(before[0])
    assert dict(parse_qsl(urlsplit(page.url).query))["omega"] == "1.0"


def test_time_travel_says_that_an_edit_stays_behind(app: str, page: Page, settled: Settled) -> None:
    opened(page, f"{app}/{LINK}", settled)
    row(page, 0).locator("[data-action=remove]").click()
    settled(page)
    edited = titles(page)
    page.get_by_role("slider", name="History up to item").press("ArrowRight")
    expect(page.get_by_text("The edited window belongs to the step you left")).to_be_visible()
    page.go_back()
    expect(page.locator(".row .title")).to_have_text(edited)
    settled(page)
    assert titles(page) == edited


def test_a_what_if_is_said_on_every_page_and_taken_back_on_any(app: str, page: Page, settled: Settled) -> None:
    opened(page, f"{app}/{LINK}&omega=0.9", settled)
    before = top(page)
    for name in ("Start", "Metric space", "Attention"):
        turn_to(page, name)
        settled(page)
        expect(page.get_by_text("what-if ω = .90")).to_be_visible()
    page.get_by_role("button", name="As trained").click()
    expect(page.get_by_text("what-if ω = .90")).to_have_count(0)
    settled(page)
    assert top(page) != before


def test_each_page_says_its_name_and_the_navigation_where_one_is(app: str, page: Page, settled: Settled) -> None:
    opened(page, f"{app}/{LINK}", settled)
    marked = page.locator(".st-key-bar a strong")
    for section, names in SECTIONS.items():
        for name in names[:2]:
            turn_to(page, name)
            expect(page.get_by_role("heading", level=1)).to_have_text(name)
            expect(marked).to_have_text([section, name])
    turn_to(page, "Start")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(marked).to_have_text(["Start"])


def test_on_a_phone_pages_are_one_tap_away_and_link_and_export_lie_in_a_menu(
    app: str, settled: Settled, fresh_profile: FreshProfile
) -> None:
    with fresh_profile(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True) as context:
        page = opened(context.new_page(), f"{app}/{LINK}", settled)
        by_key(page, "tabs").get_by_role("link", name="Score split").tap()
        expect(page.get_by_text("Contribution of each part")).to_be_visible()
        settled(page)
        omega, bars = by_key(page, "omega").bounding_box(), page.locator("[data-chart=score_split]").bounding_box()
        assert omega["y"] < bars["y"] < 500  # both visible at once, so that a person sees how ω moves the bars
        line = by_key(page, "header_line").bounding_box()
        assert line is not None
        assert line["height"] <= 104
        export = page.get_by_role("button", name="Export", exact=True)
        expect(export).to_be_hidden()
        page.get_by_role("button", name="Copy link, export").tap()
        expect(page.get_by_role("button", name="Copy link", exact=True)).to_be_visible()
        expect(export).to_be_visible()


HIDDEN = "node => [node.scrollWidth - node.clientWidth, node.scrollHeight - node.clientHeight]"  # pixels


EDITED = "&window=alien,amelie,alien&selected=pirates"
STATES = (  # each with more to show in the line of the state
    "",
    "&omega=0.9&mask=none&signal=off&pool=max",
    f"{EDITED}&omega=0.5&mask=none",
    "&pin=alien,amelie,alien&selected=alien&omega=0.5&mask=none",
    f"{EDITED}&omega=0.5&mask=before&signal=off&pool=min",
)
HIGH = {390: 104, 800: 104, 1280: 56, 1440: 56}  # pixels: window width → largest height of the line of the state


@pytest.mark.long
def test_all_of_an_edited_state_is_read_and_however_much_there_is_to_say_nothing_jumps(
    app: str, page: Page, settled: Settled
) -> None:
    header_boxes: dict[int, list[object]] = {width: [] for width in HIGH}
    for state in STATES:
        opened(page, f"{app}/{LINK}{state}", settled)
        for width, highest in HIGH.items():
            page.set_viewport_size({"width": width, "height": 844})
            settled(page)
            line, status = by_key(page, "header_line").bounding_box(), by_key(page, "status")
            assert line is not None and line["height"] <= highest
            header_boxes[width].append(line)
            assert width < 1280 or main_map(page).bounding_box()["y"] <= 200
            if "selected" not in state:
                continue
            wide, high = status.evaluate(HIDDEN)
            assert wide == high == 0, (state, width)
            for part in status.locator("p:visible").all():
                box = part.bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= width
                assert box["y"] >= line["y"] and box["y"] + box["height"] <= line["y"] + line["height"]
    assert all(box == first for first, *rest in header_boxes.values() for box in rest)
    for width in HIGH:
        page.set_viewport_size({"width": width, "height": 844})
        page.get_by_role("button", name="4 what-ifs").click()
        for setting in ("ω = .50", "mask before the softmax", "no time signal", "pool by min"):
            expect(page.get_by_role("listitem").get_by_text(setting, exact=True)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("listitem")).to_have_count(0)


def test_the_buttons_over_a_chart_lie_over_what_listens_for_dragging_and_none_leaves_this_machine(
    app: str, page: Page, settled: Settled
) -> None:
    page.goto(f"{app}/score-split?user=Bilal+Ono")
    chart = page.locator('[data-chart="rank_curves"]')
    expect(chart.locator(".js-plotly-plot")).to_be_visible()
    settled(page)
    chart.scroll_into_view_if_needed()
    chart.hover()
    on_top = chart.locator(".modebar-btn").evaluate_all("""all => all.map((one) => {
      const box = one.getBoundingClientRect();
      return one.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
    })""")
    assert len(on_top) >= 4
    assert all(on_top)
    titles_of = "all => all.map((one) => one.dataset.title ?? one.ariaLabel ?? '')"
    button_titles = page.locator(".modebar-btn").evaluate_all(titles_of)  # of all charts of the page
    assert len(button_titles) > len(on_top)
    assert not [title for title in button_titles if "hare" in title or "loud" in title]


def test_a_number_on_a_hatched_bar_is_outlined_in_the_colour_of_the_bar(app: str, page: Page, settled: Settled) -> None:
    page.goto(f"{app}/score-split")
    settled(page)
    look = "({ paintOrder, stroke, strokeWidth }) => [paintOrder, stroke, strokeWidth]"
    number = by_key(page, "score_split").locator(".bartext").last
    assert number.evaluate(f"(node) => ({look})(getComputedStyle(node))") == ["stroke", "rgb(192, 127, 0)", "5px"]
