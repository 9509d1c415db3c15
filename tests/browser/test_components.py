"""What a person can do with the editor, the map, the ranking and the chart, each on made-up data in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from pages.frame.component import PLOTLY_URL

from .frame import Settled

HARNESS = "tests/browser/harness/app.py"
Show = Callable[[str], Page]


@pytest.fixture(scope="module")
def base(serve: Callable[..., str]) -> str:
    return serve(HARNESS)


@pytest.fixture
def show(base: str, page: Page, settled: Settled) -> Show:
    """show(query) -> the harness page with that query, at rest."""

    def opened(query: str) -> Page:
        page.goto(f"{base}/?{query}")
        page.wait_for_selector("[data-revision], .attrec-plot-stage .main-svg, [data-testid=stPopover]")
        settled(page)
        return page

    return opened


@pytest.fixture
def stranger(base: str, chromium: Browser) -> Iterator[Page]:
    """A page whose console may show errors, for tests in which an address does not answer."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def server_holds(page: Page, ids: str) -> None:
    expect(page.get_by_text(f"ids {ids}\n", exact=False)).to_be_visible()
    titles = [int(i) for i in ids.split()]
    expect(page.locator(".row")).to_have_count(len(titles))


def chip(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=f"selected: {title} ×")


def shown(page: Page) -> list[str]:
    return page.locator(".row .title").all_inner_texts()


@pytest.mark.parametrize(("action", "ids"), [("remove", "1 3 4 5"), ("later", "1 3 2 4 5"), ("repeat", "1 2 2 3 4 5")])
def test_a_double_click_on_a_button_is_one_click(action: str, ids: str, show: Show) -> None:
    """After the first click another row lies under the pointer."""
    page = show("n=5&limit=8")
    page.get_by_test_id("row-1").locator(f'[data-action="{action}"]').dblclick()
    server_holds(page, ids)


def test_dragging_a_handle_moves_the_row_to_where_it_is_dropped(show: Show) -> None:
    page = show("n=5")
    handle, target = (page.get_by_test_id(f"row-{k}").locator(".grip").bounding_box() for k in (0, 2))
    page.mouse.move(handle["x"] + 8, handle["y"] + 12)
    page.mouse.down()
    page.mouse.move(target["x"] + 8, target["y"] + 12, steps=6)
    page.mouse.move(target["x"] + 8, target["y"] + 22)
    page.mouse.up()
    server_holds(page, "2 3 1 4 5")
    assert shown(page)[:3] == ["Heat", "Aliens", "Alien"]
    expect(page.locator(".say")).to_have_text("Alien moved to position C.")


def test_alt_down_moves_the_row_and_keeps_the_focus_on_it(show: Show) -> None:
    page = show("n=5")
    page.get_by_test_id("row-1").focus()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    server_holds(page, "1 3 4 2 5")
    expect(page.get_by_test_id("row-3")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("row-2")).to_be_focused()


def test_r_repeats_and_is_no_key_of_streamlits_too(show: Show) -> None:
    page = show("n=3&limit=4")
    page.evaluate("window.keys = []; document.addEventListener('keydown', ({ key }) => keys.push(key))")
    page.get_by_test_id("row-1").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("r")
    server_holds(page, "1 1 2 3")
    assert page.evaluate("keys") == ["ArrowUp"]


def test_delete_removes_and_the_last_item_stays(show: Show) -> None:
    page = show("n=2")
    page.get_by_test_id("row-0").focus()
    page.keyboard.press("Delete")
    server_holds(page, "2")
    page.keyboard.press("Delete")
    expect(page.locator(".say")).to_contain_text("The last item cannot be removed")
    assert shown(page) == ["Heat"]


def test_typing_finds_without_accents_and_enter_adds_the_best_match(show: Show) -> None:
    page = show("n=3")
    page.get_by_role("combobox", name="Add an item").press_sequentially("leon")
    expect(page.get_by_role("option")).to_have_text(["Léon1987 · film"])
    page.keyboard.press("Enter")
    server_holds(page, "1 2 3 27")
    expect(page.locator(".say")).to_have_text("Léon added as the latest.")


def test_enter_before_the_catalogue_has_come_adds_the_match_when_it_comes(base: str, stranger: Page) -> None:
    def slowly(route: Route) -> None:
        time.sleep(0.7)
        route.continue_()

    stranger.route("**/attrec/catalogue/**", slowly)
    stranger.goto(f"{base}/?n=3")
    stranger.get_by_role("combobox", name="Add an item").press_sequentially("heat", delay=5)
    stranger.keyboard.press("Enter")
    expect(stranger.locator(".row")).to_have_count(4)


def test_a_prefix_comes_before_a_word_and_a_word_before_the_middle_of_one(show: Show) -> None:
    page = show("n=3")
    page.get_by_role("combobox", name="Add an item").press_sequentially("the")
    expect(page.get_by_role("option").first).to_be_visible()
    titles = page.get_by_role("option").locator("bdi").all_inner_texts()
    assert len(titles) <= 12
    assert [t.startswith("The ") for t in titles] == sorted((t.startswith("The ") for t in titles), reverse=True)
    page.get_by_role("combobox", name="Add an item").fill("st")
    strangelove = "Dr. Strangelove or: How I Learned to Stop Worrying"
    options = page.get_by_role("option").locator("bdi")
    expect(options).to_have_text(["Star Wars: Episode IV – A New Hope", strangelove, "Toy Story"])


def test_what_matches_nothing_is_said_and_escape_closes(show: Show) -> None:
    page = show("n=3")
    page.get_by_role("combobox", name="Add an item").press_sequentially("xyzzy")
    expect(page.get_by_text("nothing matches “xyzzy”")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("nothing matches “xyzzy”")).to_be_hidden()


def test_replace_puts_the_picked_item_in_the_same_place(show: Show) -> None:
    page = show("n=4")
    page.get_by_test_id("row-1").locator("[data-action=replace]").click()
    page.keyboard.type("fargo")
    page.get_by_role("option", name="Fargo").click()
    server_holds(page, "1 10 3 4")
    expect(page.get_by_test_id("row-1")).to_be_focused()


def test_a_repeat_in_a_full_list_drops_the_oldest_and_says_so(show: Show) -> None:
    page = show("n=4&limit=4")
    page.get_by_test_id("row-2").locator("[data-action=repeat]").click()
    server_holds(page, "2 3 3 4")
    expect(page.locator(".say")).to_have_text("Aliens repeated. Removed Alien, the oldest: the window holds 4.")


def test_repeating_the_oldest_of_a_full_list_says_that_nothing_changes(show: Show) -> None:
    page = show("n=4&limit=4")
    page.get_by_test_id("row-0").locator("[data-action=repeat]").click()
    expect(page.locator(".say")).to_contain_text("Nothing changes")
    assert shown(page)[0] == "Alien"
    page.mouse.click(2, 2)  # what comes next is about something else
    expect(page.locator(".say")).to_be_empty()


def test_five_edits_within_a_moment_all_survive_and_none_flickers_back(show: Show) -> None:
    page = show("n=8")
    orders = page.evaluate("""async () => {
        const find = (s, r = document) => { for (const n of r.querySelectorAll('*')) {
            if (n.matches(s)) return n; const d = n.shadowRoot && find(s, n.shadowRoot); if (d) return d; } };
        const list = find('ul.rows'), seen = [];
        const order = () => [...list.querySelectorAll('.title')].map((t) => t.textContent).join('|');
        new MutationObserver(() => seen.push(order())).observe(list, { childList: true });
        for (let k = 0; k < 5; k += 1) {
            list.children[k].querySelector('[data-action=later]').click();
            await new Promise((go) => setTimeout(go, 35));
        }
        await new Promise((go) => setTimeout(go, 1500));
        return seen;
    }""")
    server_holds(page, "2 3 4 5 6 1 7 8")
    assert len(orders) == len(set(orders)) == 5
    expect(page.locator(".map")).to_have_attribute("data-revision", "5")


def test_a_change_of_the_server_s_own_replaces_what_the_browser_shows(show: Show) -> None:
    page = show("n=3")
    page.get_by_test_id("row-0").locator("[data-action=later]").click()
    server_holds(page, "2 1 3")
    page.get_by_role("button", name="reverse on the server").click()
    server_holds(page, "3 1 2")
    expect(page.locator(".row .title")).to_have_text(["Aliens", "Alien", "Heat"])


def test_in_a_catalogue_that_the_server_searches_each_query_is_sent_to_it(base: str, stranger: Page) -> None:
    def found(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query, keep_blank_values=True)["q"][0]
        route.fulfill(json={"items": [[27, f"Léon & “{query}”", "1994"]]})

    stranger.route("**/attrec/catalogue/**", found)
    stranger.goto(f"{base}/?n=3&catalogue=attrec/catalogue/large%3Fv%3D1%26q%3D")
    stranger.get_by_role("combobox", name="Add an item").fill("a&b é")
    expect(stranger.get_by_role("option")).to_have_text(["Léon & “a&b é”1994"])
    stranger.keyboard.press("Enter")
    server_holds(stranger, "1 2 3 27")


def test_a_catalogue_that_does_not_answer_is_said_and_the_rest_works(base: str, stranger: Page) -> None:
    stranger.goto(f"{base}/?n=3&catalogue=attrec/catalogue/none.json")
    stranger.get_by_role("combobox", name="Add an item").press_sequentially("a")
    expect(stranger.get_by_text("The catalogue could not be loaded")).to_be_visible()
    stranger.get_by_test_id("row-0").locator("[data-action=later]").click()
    server_holds(stranger, "2 1 3")


def test_enter_selects_the_row_everywhere_and_again_clears(show: Show) -> None:
    page = show("n=3")
    page.get_by_test_id("row-2").locator(".title").click()
    expect(chip(page, "Aliens")).to_be_visible()
    expect(page.get_by_test_id("row-2")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("cell-0-2")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(chip(page, "Aliens")).to_be_hidden()


def test_a_masked_cell_says_masked_and_shows_no_number(show: Show) -> None:
    page = show("n=5&mask=after")
    cell = page.get_by_test_id("cell-1-1")
    expect(cell).to_have_text("")
    cell.hover()
    expect(page.locator(".tip")).to_contain_text("Heat cannot attend to itself: masked")
    assert "masked" in str(cell.get_attribute("aria-label"))


def test_the_tooltip_compares_the_average_attention_with_the_uniform_level(show: Show) -> None:
    page = show("n=5&mask=before")
    page.get_by_test_id("cell-1-2").hover()
    expect(page.locator(".tip")).to_have_text(re.compile(r"Heat attends to Aliens: \d+\s%\."))
    page.get_by_test_id("bar-2").hover()
    expect(page.locator(".tip")).to_have_text(re.compile(r"Aliens receives \d+\s% on average, .* uniform \(20\s%\)\."))


def test_arrow_keys_walk_the_cells_down_to_the_means_and_enter_selects(show: Show) -> None:
    page = show("n=3")
    page.get_by_test_id("cell-0-0").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("bar-1")).to_be_focused()
    assert page.locator(".board [tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(chip(page, "Heat")).to_be_visible()
    expect(page.get_by_test_id("bar-1")).to_be_focused()


def test_the_means_stand_under_their_columns_and_add_up_with_what_was_lost(show: Show) -> None:
    page = show("n=5&mask=after")
    for j in range(5):
        bar, cell = page.get_by_test_id(f"bar-{j}").bounding_box(), page.get_by_test_id(f"cell-0-{j}").bounding_box()
        assert abs(bar["x"] - cell["x"]) < 1
        assert abs(bar["width"] - cell["width"]) < 1
    shares = [int(page.get_by_test_id(f"bar-{j}").inner_text().removesuffix("\u00a0%")) for j in range(5)]
    lost = int(page.locator(".lost").inner_text().removesuffix("\u00a0%"))
    assert sum(shares) + lost == pytest.approx(100, abs=3)
    expect(page.get_by_text("lost to the mask: ")).to_be_visible()


@pytest.mark.parametrize(("n", "numbers"), [(1, True), (12, True), (13, False)])
def test_numbers_stand_in_the_cells_up_to_twelve_items(show: Show, n: int, numbers: bool) -> None:
    page = show(f"n={n}&limit=20&mask=none")
    assert bool(page.get_by_test_id("cell-0-0").inner_text()) is numbers


# The room that a column's title has, and the room that it takes.
ROOM = """board => {
    if (board.classList.contains('bare')) return [1, 0]; // letters instead of titles
    const [first, second] = board.querySelectorAll('.column');
    const pitch = second.getBoundingClientRect().left - first.getBoundingClientRect().left;
    const { offsetWidth: wide, offsetHeight: high } = first.querySelector('bdi'); // as it is before it is turned
    if (board.classList.contains('flat')) return [pitch, wide];
    return board.classList.contains('upright') ? [pitch, wide] : [pitch * Math.SQRT1_2, high];
}"""


@pytest.mark.parametrize("n", [5, 8, 20])
def test_nothing_is_wider_than_the_window_and_no_column_title_touches_the_next(
    show: Show, n: int, settled: Settled
) -> None:
    page = show(f"n={n}&limit=20")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        assert page.get_by_test_id("stMain").evaluate("node => node.scrollWidth <= node.clientWidth")
        room, needed = page.locator(".board").evaluate(ROOM)
        assert room > needed - 1
    cut = "all => all.filter((title) => title.scrollHeight > title.clientHeight + 2).map((title) => title.textContent)"
    assert page.locator(".name bdi").evaluate_all(cut) == []  # on the phone


def test_markup_in_a_title_is_shown_as_text(show: Show) -> None:
    page = show("n=11&limit=12")
    expect(page.get_by_test_id("row-10").locator(".title")).to_have_text("<script>alert(1)</script>")
    assert page.locator(".map script, .editor script, .ranking script").count() == 0
    page.get_by_test_id("cell-0-10").click()
    expect(chip(page, "<script>alert(1)</script>")).to_be_visible()


def test_a_title_without_an_end_is_cut_after_two_lines(show: Show) -> None:
    page = show("n=3")
    before = page.get_by_test_id("row-0").bounding_box()
    page.get_by_role("combobox", name="Add an item").press_sequentially("a title without")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(4)
    assert page.get_by_test_id("row-3").bounding_box()["height"] <= before["height"] + 20  # a second line, no more
    assert len(page.get_by_test_id("row-3").locator(".title").inner_text()) == 300


def test_a_ranked_row_selects_on_click_and_the_far_actual_next_stands_after_a_gap(show: Show) -> None:
    page = show("n=3")
    lines = page.locator(".ranking tbody tr")
    expect(lines).to_have_count(12)
    expect(lines.nth(10)).to_have_class("gap")
    expect(lines.nth(11)).to_contain_text("actual")
    title = page.get_by_test_id("rank-2").locator("bdi").inner_text()
    page.get_by_test_id("rank-2").locator(".number").click()
    expect(chip(page, title)).to_be_visible()
    expect(page.get_by_test_id("rank-2").get_by_role("button")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("rank-2").locator(".number").click()
    expect(chip(page, title)).to_be_hidden()


def test_the_two_parts_of_a_bar_are_as_long_as_their_shares(show: Show) -> None:
    page = show("n=3")
    track, short, long = (
        page.get_by_test_id("rank-42").locator(part).bounding_box()["width"] for part in (".bar", ".short", ".long")
    )
    assert short + long == pytest.approx(track, abs=1)
    assert short > long > 0


def test_a_switch_of_theme_reaches_the_chart(show: Show) -> None:
    page = show("show=chart")
    colour = "document.querySelector('.attrec-plot-stage')._fullLayout.paper_bgcolor"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => {colour} !== '{light}'")


RANGE = "document.querySelector('.attrec-plot-stage').layout.xaxis.range"


def axis_range(page: Page) -> list[float]:
    return page.evaluate(RANGE)


def test_the_chart_keeps_its_zoom_when_its_data_changes(show: Show, settled: Settled) -> None:
    page = show("show=chart")
    page.evaluate("document.querySelector('.attrec-plot-stage').mark = 1")
    whole = axis_range(page)
    plot = page.locator(".attrec-plot .nsewdrag").bounding_box()
    page.mouse.move(plot["x"] + 100, plot["y"] + 50)
    page.mouse.down()
    page.mouse.move(plot["x"] + 400, plot["y"] + 200, steps=5)
    page.mouse.up()
    page.wait_for_function(f"whole => String({RANGE}) !== String(whole)", arg=whole)
    zoomed, y = axis_range(page), "document.querySelector('.attrec-plot-stage').data[0].y[1]"
    before = page.evaluate(y)
    page.get_by_role("slider").press("ArrowRight")
    page.wait_for_function(f"() => {y} !== {before}")
    settled(page)
    assert axis_range(page) == pytest.approx(zoomed)
    assert page.evaluate("document.querySelector('.attrec-plot-stage').mark") == 1


def test_a_click_on_a_point_arrives_with_what_the_point_carries(show: Show) -> None:
    page = show("show=chart")
    page.locator(".attrec-plot .point").nth(7).hover(force=True)
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_text("clicked {'curve': 0, 'index': 7, 'customdata': [7, 'film 7']}")).to_be_visible()


def test_a_bundle_that_does_not_come_is_said_and_the_page_keeps_its_place(base: str, stranger: Page) -> None:
    stranger.route(f"**/{PLOTLY_URL}", lambda route: route.abort())
    stranger.goto(f"{base}/?show=chart")
    expect(stranger.get_by_text("The chart cannot be drawn")).to_be_visible()
    assert stranger.locator(".attrec-plot").bounding_box()["height"] == 360


def test_a_twin_draws_its_table_only_when_it_is_opened(show: Show) -> None:
    page = show("show=twin")
    sentence = page.get_by_text("“<script>alert(1)</script>” is *looked* at most")
    expect(sentence).to_be_visible()
    expect(sentence).to_contain_text(re.compile("example.*example.*example.*example"))
    assert sentence.locator("a").count() == 0  # no title becomes a link to another site
    expect(chip(page, "*Alien* <b>:red[x]</b> $y$")).to_be_visible()
    assert page.get_by_test_id("stDataFrame").count() == 0
    page.get_by_role("button", name="Show data").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
