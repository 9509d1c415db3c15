"""The attention page by mouse and by keyboard: a selection, an edit and its baseline, bars by hand, experiments."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit
from .frame import by_key, settled, titles, turn_to

LINK = "attention?user=Bilal+Ono&step=20"


@pytest.fixture
def attention(visit: Visit) -> Page:
    return visit(LINK)


def cells(page: Page, key: str) -> list[str]:
    return by_key(page, key).locator('[data-testid^="cell-"]').all_inner_texts()


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("+", "").removesuffix("\u00a0%")) / 100


@pytest.mark.long
def test_a_click_off_the_centre_selects_and_a_second_one_clears(attention: Page) -> None:
    cell = by_key(attention, "attention_map").get_by_test_id("cell-2-0")
    title = titles(attention)[0]
    chip = attention.get_by_role("button", name=f"selected: {title}")
    for shown in (1, 0, 1):
        cell.click(position={"x": 3, "y": 3})
        expect(chip).to_have_count(shown)
        settled(attention)
    below = by_key(attention, "attention_map").get_by_test_id("cell-3-0")  # same column: its item stays
    below.click()
    expect(below).to_have_class(re.compile("followed"))
    settled(attention)
    expect(chip).to_be_visible()
    assert "cell=4%2C1" in attention.url
    chip.click()
    expect(below).not_to_have_class(re.compile("followed"))


LOOKS = """board => {
  const named = (node) => [...board.querySelectorAll('.cell')].filter((cell) => cell.classList.contains(node));
  const places = (name) => named(name).map((cell) => `${cell.dataset.row}${cell.dataset.column}`).sort();
  const look = (name) => named(name).map((cell) => getComputedStyle(cell)).map((style) =>
    `${style.outlineStyle} ${style.outlineColor}`);
  return { to: places('to'), from: places('from'), aside: places('aside'), looks: [look('to')[0], look('from')[0]] };
}"""


def test_an_item_shows_what_it_attends_to_and_in_a_second_colour_what_attends_to_it(attention: Page) -> None:
    matrix = by_key(attention, "attention_map")
    board, tip, names = matrix.locator(".board"), matrix.locator(".tip"), titles(attention)
    values = [number(text) if text else 0 for text in cells(attention, "attention_map")]
    shares = [values[5 * i :][:5] for i in range(5)]

    def largest(values: list[float]) -> str:
        return "|".join(re.escape(name) for name, value in zip(names, values, strict=True) if value == max(values))

    def lit(k: int) -> None:
        to, by = largest(shares[k]), largest([row[k] for row in shares])
        expect(tip).to_contain_text(re.compile(f"{names[k]} attends to: ({to}) .*It is attended to by: ({by}) "))
        marked, rest = board.evaluate(LOOKS), [j for j in range(5) if j != k]
        assert marked["to"] == [f"{k}{j}" for j in rest]
        assert marked["from"] == [f"{j}{k}" for j in rest]
        assert marked["aside"] == [f"{i}{j}" for i in rest for j in rest]
        solid, dashed = marked["looks"]
        assert solid.split()[0] == "solid" and dashed.split()[0] == "dashed"
        assert solid.split(maxsplit=1)[1] != dashed.split(maxsplit=1)[1]

    matrix.get_by_test_id("head-1").hover()
    lit(1)
    attention.get_by_test_id("row-3").locator(".title").hover()  # in the list beside the matrix
    lit(3)
    attention.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    assert board.evaluate(LOOKS)["to"] == []
    matrix.get_by_test_id("cell-0-2").focus()
    attention.keyboard.press("ArrowUp")
    expect(matrix.get_by_test_id("head-2")).to_be_focused()
    lit(2)
    attention.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def bars(page: Page) -> list[float]:
    return [number(text) for text in by_key(page, "attention_map").locator('[data-testid^="bar-"]').all_inner_texts()]


def ranks(page: Page) -> list[str]:
    return page.locator('.st-key-ranking [data-testid^="rank-"]').all_inner_texts()


def test_a_dragged_bar_scales_the_others_and_the_recommendations_follow(attention: Page) -> None:
    matrix, model_bars, recommended = by_key(attention, "attention_map"), bars(attention), ranks(attention)
    attention.get_by_text("Set attention by hand").click()
    back = attention.get_by_role("button", name="Back to the model's attention")
    expect(back).to_be_visible()
    settled(attention)
    assert bars(attention) == model_bars
    before, lowest = (attention.url, ranks(attention)), model_bars.index(min(model_bars))
    bar = matrix.get_by_test_id(f"bar-{lowest}")
    track = bar.locator(".track").bounding_box()
    middle = track["x"] + track["width"] / 2
    attention.mouse.move(middle, track["y"] + track["height"] - 3)
    attention.mouse.down()
    attention.mouse.move(middle, track["y"] + track["height"] / 2, steps=4)
    dragged = bars(attention)  # the other bars follow before the server knows of the drag
    assert (attention.url, ranks(attention)) == before
    assert dragged[lowest] == pytest.approx(sum(model_bars) / 2, abs=0.02)
    attention.mouse.up()
    expect(attention.get_by_text(f"Set by hand: “{titles(attention)[lowest]}”").first).to_be_visible()
    settled(attention)
    assert ranks(attention) != before[1] and attention.url != before[0]
    assert bars(attention) == dragged
    assert sum(dragged) == pytest.approx(sum(model_bars), abs=0.03)
    share = (sum(model_bars) - dragged[lowest]) / (sum(model_bars) - model_bars[lowest])
    for k in range(5):
        assert k == lowest or dragged[k] == pytest.approx(share * model_bars[k], abs=0.02)
    bar.focus()
    attention.keyboard.press("PageUp")
    expect(bar).to_have_accessible_name(re.compile(f"receives {100 * dragged[lowest] + 10:.0f}\u00a0%, set by hand"))
    back.click()  # at once: the server does not know yet what the key has set
    expect(back).to_have_count(0)
    settled(attention)
    assert (bars(attention), ranks(attention)) == (model_bars, recommended)
    assert "by_hand" not in attention.url


@pytest.mark.long
def test_after_an_edit_baseline_and_difference_stand_side_by_side(attention: Page) -> None:
    before = cells(attention, "attention_map")
    attention.get_by_test_id("row-1").locator("[data-action=remove]").click()
    change = by_key(attention, "attention_change")
    expect(change.get_by_test_id("cell-0-1")).to_be_visible()
    settled(attention)
    assert cells(attention, "attention_map_a") == before
    labels = change.locator('[data-testid^="cell-"]').evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert (len(labels), sum("since it was removed" in label for label in labels)) == (25, 9)
    changes = [text for text in cells(attention, "attention_change") if text]
    assert len(changes) == 12 and all(text[0] in "+−" or number(text) == 0 for text in changes)
    moves = attention.locator('.st-key-ranking [data-testid^="rank-"] .move').all_inner_texts()
    assert any(text.startswith(("▲", "▼", "NEW")) for text in moves)
    attention.get_by_role("button", name="undo").click()
    expect(change).to_have_count(0)


@pytest.mark.long
def test_six_experiments_stand_first_and_the_others_one_click_away(page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(LINK)
    part = by_key(page, "experiments").locator(".experiments")
    rows, more = part.locator("tbody tr"), part.get_by_role("button", name=re.compile("^[0-9]+ more$"))
    count = rows.count()
    expect(rows.locator("visible=true")).to_have_count(6)
    kept = [int(text.split()[0]) for text in rows.locator("td:nth-child(2)").all_inner_texts()]
    assert kept == sorted(kept)
    last = rows.nth(6).get_by_role("button")
    more.click()
    expect(rows.locator("visible=true")).to_have_count(count)
    expect(last).to_be_focused()
    expect(more).to_be_hidden()
    expect(by_key(page, "attention_change")).to_have_count(0)  # no second matrix before one is chosen
    part.get_by_role("button", name="Reverse the order").click()
    expect(part.locator(".applied")).to_contain_text("Reverse the order")
    expect(by_key(page, "attention_change")).to_be_visible()


TOP_OF = "button => button.getBoundingClientRect().top"
# Scrolls without a wheel or a key, as a scroll bar or a screen reader does.
HALF_WAY = """async () => {
  const scroller = [...document.querySelectorAll('*')].find((node) => node.scrollTop > 0);
  const half = scroller.scrollTop = Math.round(scroller.scrollTop / 2);
  for (let k = 0; k < 20; k += 1) await new Promise(requestAnimationFrame);
  return [half, scroller.scrollTop];
}"""


@pytest.mark.long
def test_an_experiment_stays_where_it_is_until_somebody_scrolls(attention: Page) -> None:
    reverse, no_mask = (attention.get_by_role("button", name=name) for name in ("Reverse the order", "No mask"))
    actual = titles(attention)
    by_key(attention, "experiments").get_by_role("button", name=re.compile("^[0-9]+ more$")).click()
    reverse.click()
    expect(attention.locator(".applied")).to_contain_text("Reverse the order")
    settled(attention)
    assert titles(attention) == actual[::-1]
    no_mask.scroll_into_view_if_needed()
    before = no_mask.evaluate(TOP_OF)
    no_mask.click()
    expect(attention.get_by_text("what-if no mask", exact=True)).to_be_visible()
    settled(attention)
    assert titles(attention) == actual  # each experiment is tried on the same window
    assert no_mask.evaluate(TOP_OF) == pytest.approx(before, abs=2)
    reverse.click()
    half, after = attention.evaluate(HALF_WAY)
    assert after == pytest.approx(half, abs=2)


CUT = "all => all.filter((title) => title.scrollHeight > title.clientHeight + 2).map((title) => title.textContent)"


@pytest.mark.long
def test_a_title_has_two_lines_beside_its_row_and_is_whole_in_presenter_mode(visit: Visit) -> None:
    for query, whole in (("", False), ("&scene=0", True)):
        page = visit(f"attention?user=Bilal+Weber&window=alien,potter-3,rings,terminator-2,amelie{query}")
        matrix = by_key(page, "attention_map")
        names = matrix.locator(".name bdi")
        assert names.evaluate_all(CUT) == ["The Lord of the Rings: The Fellowship of the Ring"] * (not whole)
        tooltips = matrix.locator(".name").evaluate_all("all => all.map((name) => name.title)")
        assert tooltips == names.all_inner_texts() and len(tooltips) == 5
    assert matrix.locator(".column bdi").evaluate_all(CUT) == []
    expect(by_key(page, "header_when").get_by_text("item 73 of 74", exact=True)).to_be_visible()
    assert by_key(page, "header_when").locator(".stSlider").bounding_box()["width"] > 150  # it was once a dot


@pytest.mark.long
def test_the_experiments_stand_whole_beside_the_moves(visit: Visit) -> None:
    page = visit("attention?user=Bilal+Ono&mask=none")
    table = by_key(page, "experiments").locator(".experiments")
    for width in (1440, 1200, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        assert table.evaluate("node => node.scrollWidth <= node.clientWidth")
        for head in table.get_by_role("columnheader").all():
            assert head.evaluate("node => node.scrollWidth <= node.clientWidth"), head.inner_text()


@pytest.mark.long
def test_the_pages_turn(attention: Page) -> None:
    """A component that a page leaves behind listens no more."""
    before = listeners(attention)
    assert before["attrec-item"] == 2  # the sequence editor and the attention matrix
    for name in ("Why this item?", "Step by step", "Attention across users", "Attention"):
        turn_to(attention, name)
        settled(attention)
        assert "user=Bilal+Ono" in attention.url
    assert listeners(attention) == before


def listeners(page: Page) -> Counter[str]:
    """How many listeners of each of our own events the window has."""
    session = page.context.new_cdp_session(page)
    window = session.send("Runtime.evaluate", {"expression": "window"})["result"]["objectId"]
    found = session.send("DOMDebugger.getEventListeners", {"objectId": window})["listeners"]
    session.detach()
    return Counter(listener["type"] for listener in found if listener["type"].startswith("attrec-"))


def test_the_name_of_a_user_who_stands_out_is_whole_and_a_row_that_cannot_be_applied_says_so(visit: Visit) -> None:
    page = visit("attention")
    expect(page.get_by_test_id("experiment-uniform")).to_contain_text("only measured: no setting makes it")
    by_key(page, "user").locator("input").click()
    option = page.get_by_role("option").first
    expect(option).to_have_text(re.compile(r"^[A-Z]\w+ [A-Z]\w+ ★ "))
    assert option.evaluate("({ firstChild: text }) => text.scrollWidth - text.clientWidth") <= 0
