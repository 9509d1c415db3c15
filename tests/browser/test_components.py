"""What a person can do with the editor, the map, the ranking and the chart, each on made-up data in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import few
from playwright.sync_api import Browser, Locator, Page, Route, expect

from pages.frame.component import PLOTLY_URL

from .conftest import Serve
from .frame import settled, titles

HARNESS = "tests/browser/harness/app.py"
Show = Callable[[str], Page]


@pytest.fixture(scope="module")
def base(serve: Serve) -> str:
    return serve(HARNESS)


@pytest.fixture
def show(base: str, page: Page) -> Show:
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
    expect(page.locator(".row")).to_have_count(len(ids.split()))


def chip(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=f"selected: {title} ×")


@pytest.mark.long
def test_a_double_click_on_a_button_is_one_click(show: Show) -> None:
    """After the first click another row lies under the pointer."""
    page = show("n=5&limit=8")
    for action, ids in (("remove", "1 3 4 5"), ("later", "1 4 3 5"), ("repeat", "1 4 4 3 5")):
        page.get_by_test_id("row-1").locator(f'[data-action="{action}"]').dblclick()
        server_holds(page, ids)


@pytest.mark.long
def test_dragging_a_handle_moves_the_row_to_where_it_is_dropped(show: Show) -> None:
    page = show("n=5")
    handle, target = (page.get_by_test_id(f"row-{k}").locator(".grip").bounding_box() for k in (0, 2))
    page.mouse.move(handle["x"] + 8, handle["y"] + 12)
    page.mouse.down()
    page.mouse.move(target["x"] + 8, target["y"] + 12, steps=6)
    page.mouse.move(target["x"] + 8, target["y"] + 22)
    page.mouse.up()
    server_holds(page, "2 3 1 4 5")
    assert titles(page)[:3] == ["Heat", "Aliens", "Alien"]
    expect(page.locator(".say")).to_have_text("Alien moved to position C.")


def test_keys_move_walk_repeat_and_remove_and_are_no_keys_of_streamlits_too(show: Show) -> None:
    page = show("n=5")
    page.get_by_test_id("row-1").focus()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    server_holds(page, "1 3 4 2 5")
    expect(page.get_by_test_id("row-3")).to_be_focused()
    page.evaluate("window.keys = []; document.addEventListener('keydown', ({ key }) => keys.push(key))")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("row-2")).to_be_focused()
    page.keyboard.press("r")
    server_holds(page, "1 3 4 4 2 5")
    assert page.evaluate("keys") == ["ArrowUp"]
    page.get_by_test_id("row-0").focus()
    page.keyboard.press("Delete")
    server_holds(page, "3 4 4 2 5")


def test_the_last_item_stays_and_is_a_matrix_of_one_number(show: Show) -> None:
    page = show("n=1&mask=none")
    assert page.get_by_test_id("cell-0-0").inner_text()
    page.get_by_test_id("row-0").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".say")).to_contain_text("The last item cannot be removed")
    assert titles(page) == ["Alien"]


def test_typing_finds_without_accents_the_best_first_and_a_title_without_an_end_is_cut(show: Show) -> None:
    page = show("n=3")
    search = page.get_by_role("combobox", name="Add an item")
    options = page.get_by_role("option").locator("bdi")
    search.press_sequentially("xyzzy")
    expect(page.get_by_text("nothing matches “xyzzy”")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("nothing matches “xyzzy”")).to_be_hidden()
    # A prefix comes before a word, and a word before the middle of one.
    search.press_sequentially("the")
    expect(options.first).to_be_visible()
    begin = [title.startswith("The ") for title in options.all_inner_texts()]
    assert len(begin) <= 12
    assert begin == sorted(begin, reverse=True)
    search.fill("st")
    strangelove = "Dr. Strangelove or: How I Learned to Stop Worrying"
    expect(options).to_have_text(["Star Wars: Episode IV – A New Hope", strangelove, "Toy Story"])
    search.fill("leon")
    expect(page.get_by_role("option")).to_have_text(["Léon1987 · film"])
    page.keyboard.press("Enter")
    server_holds(page, "1 2 3 27")
    expect(page.locator(".say")).to_have_text("Léon added as the latest.")
    search.press_sequentially("a title without")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(5)
    usual, long = (page.get_by_test_id(f"row-{k}") for k in (0, 4))
    assert long.bounding_box()["height"] <= usual.bounding_box()["height"] + 20  # a second line, no more
    assert len(long.locator(".title").inner_text()) == 300


@pytest.mark.long
def test_enter_before_the_catalogue_has_come_adds_the_match_when_it_comes(base: str, stranger: Page) -> None:
    held: list[Route] = []
    stranger.route("**/attrec/catalogue/**", lambda route: held.append(route))
    with stranger.expect_request("**/attrec/catalogue/**"):
        stranger.goto(f"{base}/?n=3")
        stranger.get_by_role("combobox", name="Add an item").press_sequentially("heat", delay=5)
    stranger.keyboard.press("Enter")
    held.pop().continue_()
    expect(stranger.locator(".row")).to_have_count(4)


def test_in_a_full_list_replace_keeps_the_place_and_a_repeat_drops_the_oldest_and_says_so(show: Show) -> None:
    page = show("n=4&limit=4")
    page.get_by_test_id("row-1").locator("[data-action=replace]").click()
    page.keyboard.type("fargo")
    page.get_by_role("option", name="Fargo").click()
    server_holds(page, "1 10 3 4")
    expect(page.get_by_test_id("row-1")).to_be_focused()
    page.get_by_test_id("row-2").locator("[data-action=repeat]").click()
    server_holds(page, "10 3 3 4")
    expect(page.locator(".say")).to_have_text("Aliens repeated. Removed Alien, the oldest: the window holds 4.")
    page.get_by_test_id("row-0").locator("[data-action=repeat]").click()
    expect(page.locator(".say")).to_contain_text("Nothing changes")
    assert titles(page)[0] == "Fargo"
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


@pytest.mark.long
def test_a_catalogue_that_does_not_answer_is_said_and_the_rest_works(base: str, stranger: Page) -> None:
    stranger.goto(f"{base}/?n=3&catalogue=attrec/catalogue/none.json")
    stranger.get_by_role("combobox", name="Add an item").press_sequentially("a")
    expect(stranger.get_by_text("The catalogue could not be loaded")).to_be_visible()
    stranger.get_by_test_id("row-0").locator("[data-action=later]").click()
    server_holds(stranger, "2 1 3")


def test_enter_selects_a_row_everywhere_and_arrow_keys_walk_the_cells_down_to_the_means(show: Show) -> None:
    page = show("n=3")
    page.get_by_test_id("row-2").locator(".title").click()
    expect(chip(page, "Aliens")).to_be_visible()
    expect(page.get_by_test_id("row-2")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("cell-0-2")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(chip(page, "Aliens")).to_be_hidden()
    page.get_by_test_id("cell-0-0").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("bar-1")).to_be_focused()
    assert page.locator(".board [tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(chip(page, "Heat")).to_be_visible()
    expect(page.get_by_test_id("bar-1")).to_be_focused()


def test_a_masked_cell_has_no_number_and_the_means_below_the_columns_add_up_with_what_was_lost(show: Show) -> None:
    page = show("n=5&mask=after")
    masked = page.get_by_test_id("cell-1-1")
    expect(masked).to_have_text("")
    masked.hover()
    expect(page.locator(".tip")).to_contain_text("Heat cannot attend to itself: masked")
    assert "masked" in str(masked.get_attribute("aria-label"))
    page.get_by_test_id("cell-1-2").hover()
    expect(page.locator(".tip")).to_have_text(re.compile(r"Heat attends to Aliens: \d+\s%\."))
    page.get_by_test_id("bar-2").hover()
    expect(page.locator(".tip")).to_have_text(re.compile(r"Aliens receives \d+\s% on average, .* uniform \(16\s%\)\."))
    for j in range(5):
        bar, cell = page.get_by_test_id(f"bar-{j}").bounding_box(), page.get_by_test_id(f"cell-0-{j}").bounding_box()
        assert abs(bar["x"] - cell["x"]) < 1
        assert abs(bar["width"] - cell["width"]) < 1
    shares = [int(page.get_by_test_id(f"bar-{j}").inner_text().removesuffix("\u00a0%")) for j in range(5)]
    lost = int(page.locator(".lost").inner_text().removesuffix("\u00a0%"))
    assert sum(shares) + lost == pytest.approx(100, abs=3)
    expect(page.get_by_text("lost to the mask: ")).to_be_visible()


# The room that a column's title has, and the room that it takes.
ROOM = """board => {
    if (board.classList.contains('bare')) return [1, 0]; // letters instead of titles
    const [first, second] = board.querySelectorAll('.column');
    const pitch = second.getBoundingClientRect().left - first.getBoundingClientRect().left;
    const { offsetWidth: wide, offsetHeight: high } = first.querySelector('bdi'); // as it is before it is turned
    if (board.classList.contains('flat')) return [pitch, wide];
    return board.classList.contains('upright') ? [pitch, wide] : [pitch * Math.SQRT1_2, high];
}"""


@pytest.mark.parametrize("n", few((5, 8, 12, 13, 20), 12))
def test_no_column_title_touches_the_next_and_numbers_stand_in_the_cells_up_to_twelve_items(show: Show, n: int) -> None:
    page = show(f"n={n}&limit=20&mask=none")
    assert bool(page.get_by_test_id("cell-0-0").inner_text()) is (n <= 12)
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


def test_a_ranked_row_selects_the_far_next_item_stands_after_a_gap_and_bars_are_as_long_as_shares(show: Show) -> None:
    page = show("n=3")
    lines = page.locator(".ranking tbody tr")
    cells = "row => [...row.cells].reduce((count, cell) => count + cell.colSpan, 0)"
    columns = page.locator(".ranking col").count()
    assert {row.evaluate(cells) for row in page.locator(".ranking tr").all()} == {columns}
    expect(lines).to_have_count(12)
    expect(lines.nth(10)).to_have_class("gap")
    expect(lines.nth(11)).to_contain_text("actual")
    title = page.get_by_test_id("rank-2").locator("bdi").inner_text()
    page.get_by_test_id("rank-2").locator(".number").click()
    expect(chip(page, title)).to_be_visible()
    expect(page.get_by_test_id("rank-2").get_by_role("button")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("rank-2").locator(".number").click()
    expect(chip(page, title)).to_be_hidden()
    track, short, long = (
        page.get_by_test_id("rank-42").locator(part).bounding_box()["width"] for part in (".bar", ".short", ".long")
    )
    assert short + long == pytest.approx(track, abs=1)
    assert short > long > 0


RANGE = "document.querySelector('.attrec-plot-stage').layout.xaxis.range"


@pytest.mark.long
def test_a_click_in_a_chart_and_a_switch_of_theme_arrive_and_its_zoom_outlives_a_change_of_its_data(show: Show) -> None:
    page = show("show=chart")
    page.locator(".attrec-plot .point").nth(7).hover(force=True)
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_text("clicked {'customdata': [7, 'film 7']}")).to_be_visible()
    colour = "document.querySelector('.attrec-plot-stage')._fullLayout.paper_bgcolor"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => {colour} !== '{light}'")
    settled(page)
    page.evaluate("document.querySelector('.attrec-plot-stage').mark = 1")
    whole = page.evaluate(RANGE)
    plot = page.locator(".attrec-plot .nsewdrag").bounding_box()
    page.mouse.move(plot["x"] + 100, plot["y"] + 50)
    page.mouse.down()
    page.mouse.move(plot["x"] + 400, plot["y"] + 200, steps=5)
    page.mouse.up()
    page.wait_for_function(f"whole => String({RANGE}) !== String(whole)", arg=whole)
    zoomed, y = page.evaluate(RANGE), "document.querySelector('.attrec-plot-stage').data[0].y[1]"
    before = page.evaluate(y)
    page.get_by_role("slider").press("ArrowRight")
    page.wait_for_function(f"() => {y} !== {before}")
    settled(page)
    assert page.evaluate(RANGE) == pytest.approx(zoomed)
    assert page.evaluate("document.querySelector('.attrec-plot-stage').mark") == 1


@pytest.mark.long
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
