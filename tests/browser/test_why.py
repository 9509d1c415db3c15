"""“Why this item?” and the rank curves in a real browser: clicks, the smallest edit, the keyboard alone, the zoom."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .frame import address, by_key, settled

LINK = "why?user=Bilal+Weber"

FOCUSED = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  const text = (node.textContent ?? '').slice(0, 80);
  return [node.getAttribute('aria-label') ?? '', node.dataset?.testid ?? '', text].join(' | ');
}"""


def bar(page: Page, figure: str, place: int) -> Locator:
    """Returns the column of a bar, which is a button."""
    return by_key(page, figure).get_by_test_id(f"column-{place}")


def tab_to(page: Page, wanted: str) -> None:
    """Presses Tab until the element with the focus matches `wanted`."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if re.search(wanted, page.evaluate(FOCUSED)):
            return
    pytest.fail(f"the Tab key never came to {wanted}")


def unfold(page: Page, *names: str) -> None:
    """Opens parts that are one click away."""
    for name in names:
        page.locator("summary", has_text=name).click()


@pytest.mark.long
def test_a_click_on_a_bars_column_selects_its_item_everywhere_and_a_second_one_clears(visit: Visit) -> None:
    page = visit(LINK)
    chip = page.get_by_role("button", name="selected: Rocky")
    expect(bar(page, "why", 5)).to_be_hidden()
    expect(bar(page, "versus", 4)).to_be_hidden()
    unfold(page, "Contribution of each item", "Compare with another item")
    bar(page, "why", 5).click()
    expect(chip).to_be_visible()
    expect(page.get_by_test_id("truth-4")).to_have_class("chosen")
    settled(page)
    bar(page, "why", 5).click()
    expect(chip).to_have_count(0)
    settled(page)
    page.get_by_test_id("truth-4").click()
    expect(chip).to_be_visible()
    expect(bar(page, "why", 5)).to_have_attribute("aria-pressed", "true")
    expect(bar(page, "versus", 4)).to_have_attribute("aria-pressed", "true")
    settled(page)
    bar(page, "versus", 4).click()
    expect(chip).to_have_count(0)


@pytest.mark.long
def test_another_recommendation_is_explained_one_click_away(visit: Visit) -> None:
    page = visit(LINK)
    row = page.get_by_test_id("rank-3")
    expect(row).to_be_hidden()
    unfold(page, "Explain another recommendation")
    title = row.get_by_role("button").inner_text()
    row.click()
    lead = page.get_by_role("heading", name=re.compile(f"^“{re.escape(title)}” is 3rd"))
    expect(lead).to_be_visible()
    expect(row).to_contain_text("explained")
    settled(page)
    page.get_by_test_id("truth-2").click()
    settled(page)
    expect(lead).to_be_visible()


@pytest.mark.long
def test_by_keyboard_alone_from_the_user_to_the_numbers(visit: Visit) -> None:
    """Pick a user, edit, read the table of the effects, select."""
    page = visit(LINK)
    tab_to(page, r"User \(type to search\)")
    page.keyboard.type("Bilal Ono")
    expect(page.get_by_role("option")).to_have_text(["Bilal Ono"])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"user=Bilal\+Ono"))
    settled(page)
    tab_to(page, "Edit the window")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("row-0")).to_be_visible()
    settled(page)
    tab_to(page, r"\| row-0 \|")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("p", has_text="Last edit.")).to_contain_text("Swapped")
    settled(page)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("row-0")).to_have_count(0)
    tab_to(page, "Show data")
    page.keyboard.press("Enter")
    table = page.get_by_test_id("stDataFrame").first.locator("[role=grid]")
    expect(table).to_contain_text("average attention")
    tab_to(page, r"\| A[A-Z]")  # the first row of the picture
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("truth-2")).to_have_class(re.compile("chosen"))
    expect(page.get_by_role("button", name="selected:")).to_be_visible()


def test_a_line_selects_its_item_a_change_of_the_lead_sets_omega_and_another_omega_ranks_again(visit: Visit) -> None:
    page = visit("score-split?user=Bilal+Weber")
    curves, first = by_key(page, "rank_curves"), by_key(page, "score_split").get_by_test_id("split-0")
    curves.get_by_role("button", name="Rocky II: rank").click()
    expect(page.get_by_role("button", name="selected: Rocky II")).to_be_visible()
    settled(page)
    change = curves.get_by_test_id("change-0")
    omega = float(re.search(r"at ω = (\.\d+)", change.get_attribute("aria-label") or "")[1])
    change.click()
    expect(page.get_by_text("what-if ω =").first).to_be_visible()
    settled(page)
    assert omega - 1e-4 < float(address(page)["omega"]) <= omega + 0.01 + 1e-4  # the name has 4 digits
    ranked = first.text_content()
    page.get_by_role("slider", name="ω").press("End")
    expect(page.get_by_text("what-if ω = 1").first).to_be_visible()
    settled(page)
    assert address(page)["omega"] == "1.0"
    expect(first).not_to_have_text(ranked)
