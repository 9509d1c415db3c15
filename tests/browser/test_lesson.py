"""The lesson in a real browser: the first steps by real clicks, left and resumed; and “Try it yourself” by search."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .frame import RULES, SHADES, by_key, settled, turn_to, violations


def panel(page: Page) -> Locator:
    return by_key(page, "lesson_panel")


def answer(page: Page, number: int) -> None:
    by_key(page, f"lesson_answer_{number}_0").get_by_role("button").click()
    expect(panel(page).get_by_text("Not done yet")).to_be_visible()
    settled(page)


def largest(page: Page, start: str) -> int:
    """Returns where the largest of these numbers of the attention matrix stands; a masked cell is 0."""
    texts = page.locator(f'[data-testid^="{start}-"]').all_inner_texts()
    values = [float(text.removesuffix("\u00a0%")) if text else 0.0 for text in texts]
    return values.index(max(values))


def done(page: Page) -> Locator:
    return panel(page).get_by_text(re.compile("✓ Done"))


@pytest.mark.long
def test_the_first_steps_by_real_clicks_left_and_resumed(visit: Visit) -> None:
    page = visit("lesson")
    page.get_by_role("link", name="Start the lesson", exact=True).last.click()
    page.wait_for_url("**/attention?**lesson=1**")
    expect(panel(page)).to_contain_text("Step 1 of 8")
    answer(page, 1)
    best = largest(page, "cell-0")
    page.get_by_test_id("head-2").hover()  # the row of this item is hidden, its column is known in row 0
    expect(by_key(page, "attention_map").locator(".tip")).to_have_text(re.compile(r"^It is attended to by: [^,]+$"))
    page.get_by_test_id(f"cell-0-{1 if best != 1 else 2}").click()
    settled(page)
    expect(done(page)).to_have_count(0)
    page.get_by_test_id(f"cell-0-{best}").click()
    expect(done(page)).to_be_visible()

    panel(page).get_by_role("link", name="Next ›").click()
    page.wait_for_url("**/step-by-step?**lesson=2**")
    expect(panel(page)).to_contain_text("Step 2 of 8")
    expect(page.get_by_role("radio", name="no mask")).to_have_count(0)  # the page would give the answer away
    answer(page, 2)
    softmax = page.locator('[data-stage="softmax"]')
    expect(softmax.get_by_test_id("cell-1-1")).to_have_text("?")
    page.get_by_role("radio", name="no mask").click()
    expect(done(page)).to_be_visible()
    expect(softmax.get_by_test_id("cell-1-1")).to_have_text(re.compile(r"\d"))
    expect(softmax.get_by_test_id("cell-1-2")).to_have_text("?")  # the next step asks about it

    panel(page).get_by_role("link", name="Next ›").click()
    page.wait_for_url("**/attention?**lesson=3**")
    expect(panel(page)).to_contain_text("Step 3 of 8")
    answer(page, 3)
    page.get_by_test_id(f"bar-{largest(page, 'bar')}").click()
    expect(done(page)).to_be_visible()

    panel(page).get_by_role("button", name="Next ›").click()
    expect(panel(page)).to_contain_text("Step 4 of 8")
    answer(page, 4)
    row = largest(page, "bar")
    page.get_by_test_id(f"row-{row}").focus()
    page.keyboard.press("Delete")
    expect(done(page)).to_be_visible()

    page.go_back()
    page.go_back()
    expect(panel(page)).to_contain_text("Step 3 of 8")
    turn_to(page, "Lesson")
    expect(page.get_by_text("4 of 8 steps done")).to_be_visible()
    page.get_by_role("link", name="Continue with step 5").click()
    expect(panel(page)).to_contain_text("Step 5 of 8")
    panel(page).get_by_role("button", name="Leave lesson").click()
    expect(panel(page)).to_have_count(0)
    assert "lesson" not in page.url


@pytest.mark.long
def test_the_keyboard_keeps_its_place_after_an_answer_and_on_the_next_step(page: Page, visit: Visit) -> None:
    def focus_is_on(key: str) -> None:
        settled(page)
        page.wait_for_function(f"() => document.activeElement.matches('.st-key-{key}')")

    visit("lesson")
    page.keyboard.press("Tab")  # from now on the keyboard moves the focus
    page.get_by_role("link", name="Start the lesson").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/attention?**lesson=1**")
    focus_is_on("lesson_panel")
    by_key(page, "lesson_answer_1_0").get_by_role("button").focus()
    page.keyboard.press("Enter")  # the button is disabled then
    expect(panel(page).get_by_text("Not done yet")).to_be_visible()
    focus_is_on("lesson_answer_1_0")
    masked = page.get_by_test_id("cell-2-2")  # in a row that is still covered
    expect(masked).to_have_attribute("aria-label", re.compile("masked.*hidden until the lesson asks for it$"))
    panel(page).get_by_role("link", name="Skip ›").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/step-by-step?**lesson=2**")
    focus_is_on("lesson_panel")
    answer(page, 2)
    expect(panel(page)).to_contain_text("move with the arrow keys, Space selects")
    page.get_by_role("radio", name="after the softmax").focus()
    for key in ("ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(done(page)).to_be_visible()
    visit("attention?lesson=3")
    answer(page, 3)
    page.keyboard.press("Tab")
    panel(page).get_by_role("button", name="Skip ›").focus()
    page.keyboard.press("Enter")  # the next step has such a button, too
    expect(panel(page)).to_contain_text("Step 4 of 8")
    focus_is_on("lesson_panel")


@pytest.mark.long
def test_a_reload_and_back_keep_what_was_answered_and_a_shared_link_does_not_hold_it(visit: Visit) -> None:
    page = visit("?lesson=3")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.wait_for_url("**/attention?**lesson=3**")
    expect(page.get_by_test_id("row-0")).to_have_count(0)  # the page would give the answer away
    answer(page, 3)
    page.wait_for_url("**progress=3%2C3.0")
    entries = page.evaluate("history.length")
    page.reload()
    expect(panel(page).get_by_text("Not done yet")).to_be_visible()
    settled(page)
    page.get_by_test_id(f"bar-{largest(page, 'bar')}").click()
    expect(done(page)).to_be_visible()
    page.wait_for_url("**progress=3%2C3.0d")
    assert page.evaluate("history.length") == entries + 1  # an entry for the click, none for the answer
    page.go_back()
    settled(page)
    expect(done(page)).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "lesson=3" in copied and "progress" not in copied


@pytest.mark.long
def test_the_browser_keeps_how_far_one_is_but_a_link_with_progress_wins(app: str, page: Page, visit: Visit) -> None:
    def another_tab(query: str, said: str) -> Page:
        tab = page.context.new_page()
        tab.goto(f"{app}/lesson{query}")
        expect(tab.get_by_text(said)).to_be_visible()
        settled(tab)
        return tab

    visit("?lesson=3")
    answer(page, 3)
    page.get_by_test_id(f"bar-{largest(page, 'bar')}").click()
    expect(done(page)).to_be_visible()
    settled(page)
    another_tab("", "1 of 8 steps done")
    another_tab("?progress=2,1.0d,2.0d", "2 of 8 steps done")
    tab = another_tab("", "1 of 8 steps done")
    assert "progress=3%2C3.0d" in tab.url
    tab.get_by_role("button", name="Start again").click()
    expect(tab.get_by_text("0 of 8 steps done")).to_be_visible()
    settled(tab)
    another_tab("", "0 of 8 steps done")


def test_picks_by_search_and_by_suggestion_make_a_user(visit: Visit) -> None:
    page = visit("try-it-yourself")
    search = page.get_by_role("combobox", name="Search for an item you like")
    search.press_sequentially("alien")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 pick. Add 2 more.")).to_be_visible()
    settled(page)
    search.press_sequentially("rocky")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 picks. Add 1 more.")).to_be_visible()
    settled(page)  # until then the page shows the earlier suggestions
    by_key(page, "suggested_1").get_by_role("button").click()
    expect(page.get_by_text("3 picks. Add up to 7 more.")).to_be_visible()
    expect(page.get_by_test_id("rank-1")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("2 picks. Add 1 more.")).to_be_visible()


@pytest.mark.long
def test_on_a_phone_the_answer_comes_into_view_when_the_step_is_done(page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit("attention?lesson=1")
    answer(page, 1)
    page.get_by_test_id(f"cell-0-{largest(page, 'cell-0')}").click()
    expect(done(page)).to_be_in_viewport()
    page.reload()
    settled(page)
    page.get_by_test_id("cell-0-1").scroll_into_view_if_needed()
    page.get_by_test_id("cell-0-1").click()  # the step stays done, and the page stays where it is
    settled(page)
    expect(done(page)).not_to_be_in_viewport()


# Where the question and its choices stand on the screen.
PLACES = """() => [...document.querySelectorAll('.st-key-lesson_panel :is(p, [class*="st-key-lesson_answer_"])')]
  .filter((part) => part.matches('div') || part.textContent.startsWith('Predict.'))
  .map((part) => { const { x, y, width, height } = part.getBoundingClientRect(); return [x, y, width, height]; })"""


@pytest.mark.long
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_question_and_its_choices_stay_where_they_are_after_an_answer(
    size: tuple[int, int], page: Page, visit: Visit
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for path, number in (("attention", 3), ("why", 7)):
        visit(f"{path}?lesson={number}")
        settled(page)
        before = page.evaluate(PLACES)
        answer(page, number)
        assert page.evaluate(PLACES) == before
        assert len(before) > 3


@pytest.mark.long
@pytest.mark.parametrize("path", ["why?lesson=7", "try-it-yourself?likes=alien,rocky,amelie,dead"])
def test_axe_finds_nothing_serious_here_either(path: str, page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 1440, "height": 1200})
    visit(path)
    for scheme, rules in RULES.items():
        page.emulate_media(color_scheme=scheme)
        expect(page.locator(".stApp")).to_have_css("background-color", SHADES[scheme])
        settled(page)
        assert not (faults := violations(page, rules)), "\n".join(faults)
