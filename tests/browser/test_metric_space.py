"""The map in a real browser: m moves without the server, and the zoom survives."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import USUAL_WINDOW, Visit
from .frame import address, button, positions, settled

USERS = "metric-space?user=Bilal+Ono&step=20&projection=pca"
LINK = f"{USERS}&space=short"
M = ".attrec-path-drawing .m"


def said(page: Page) -> Locator:
    return page.locator(".attrec-path p")


def step_of(page: Page) -> int:
    """Returns the step that the controls of the path show."""
    return int(re.search(r"Item (\d+) of", said(page).inner_text())[1])


# Whether the marks of the page's step are visible; they are not while another step is played.
SHOWS_ITS_MARKS = """() => document.querySelector('.attrec-plot-stage')._fullData
  .filter((trace) => trace.meta === 'moment' && trace.visible === true)
  .map(({ uid }) => document.querySelector(`.scatterlayer .trace${uid}`))
  .some((marks) => marks?.checkVisibility({visibilityProperty: true}))"""
# While the history plays: the step of the map, of the header and of the panel, and whether the panel's list is visible.
STEPS = """() => {
  const after = (node) => getComputedStyle(node, '::after').content;
  const texts = [document.querySelector('.attrec-path p').textContent,
    after(document.querySelector('.st-key-header_when [data-testid="stCaptionContainer"] p')),
    after(document.querySelector('.st-key-title_line_near_twin h2 > *'))];
  return { steps: texts.map((text) => Number(text.match(/\\d+/)?.[0])),
    list: document.querySelector('.st-key-nearest').checkVisibility({opacityProperty: true}) };
}"""
# The opacity of each symbol of the legend.
SYMBOLS = """() => [...document.querySelectorAll('[data-chart=metric_space] .legend .layers')]
  .map((one) => getComputedStyle(one).opacity)"""


@pytest.mark.long
def test_m_plays_without_the_server_and_the_page_follows_when_it_pauses(page: Page, visit: Visit) -> None:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    visit(LINK)
    assert step_of(page) == 20
    before, n_sent, symbols = address(page), len(sent), page.evaluate(SYMBOLS)
    assert len(symbols) > 10
    button(page, "Play the history").click()
    expect(said(page)).not_to_contain_text(re.compile("Item 2[0-2] of"))
    assert not page.evaluate(SHOWS_ITS_MARKS)
    assert page.locator(".attrec-path-drawing rect").count() == 5  # the window slides too
    assert (address(page), len(sent)) == (before, n_sent)
    nearest = page.get_by_role("heading", name="Nearest to m after")
    expect(nearest).to_have_text("Nearest to m after 20 items")  # the list is still that of the page's step, and hidden
    playing = page.evaluate(STEPS)
    assert len(set(playing["steps"])) == 1
    assert playing["steps"][0] > 20
    assert not playing["list"]
    assert page.evaluate(SYMBOLS) == symbols
    button(page, "Pause").click()
    stopped = step_of(page)
    page.wait_for_url(re.compile(f"step={stopped}"))
    settled(page)
    assert step_of(page) == stopped > 20
    expect(nearest).to_have_text(f"Nearest to m after {stopped} items")
    page.wait_for_function(SHOWS_ITS_MARKS)  # the chart may be drawn after the page is at rest
    assert page.locator(M).count() == 0
    assert page.evaluate(STEPS)["list"]
    expect(page.get_by_text(f"In the actual history, after {stopped} of")).to_be_visible()
    assert len(sent) == n_sent + 1
    page.go_back()
    expect(said(page)).to_contain_text("Item 20 of")


@pytest.mark.long
def test_in_the_user_space_the_history_plays_too_from_its_start_where_but_one_step_is_left(visit: Visit) -> None:
    page = visit("metric-space?user=Bilal+Ono&projection=pca")
    assert page.locator("[data-chart=metric_space] input[type=range]").count() == 0
    at, last = map(int, re.search(r"Item (\d+) of (\d+)", said(page).inner_text()).groups())
    assert at == last - 1
    expect(page.get_by_role("slider", name=f"History up to item {at} of")).to_have_count(1)
    button(page, "Play the history").click()
    expect(said(page)).not_to_contain_text(re.compile(rf"Item ({at}|[1-5]) of"))
    assert page.locator(".attrec-path-drawing rect").count() == 5
    assert page.locator(".attrec-path-drawing .window text").all_text_contents() == list("ABCDE")
    assert page.locator(M).count() == 0
    assert not page.evaluate(SHOWS_ITS_MARKS)
    button(page, "Pause").click()
    stopped = step_of(page)
    page.wait_for_url(re.compile(f"step={stopped}"))
    settled(page)
    assert stopped < last - 1
    expect(page.get_by_role("slider", name=f"History up to item {stopped} of")).to_have_count(1)
    page.wait_for_function(SHOWS_ITS_MARKS)


def test_the_path_is_stepped_by_keyboard_and_buttons_over_the_map_and_whole_rows_take_the_mouse(visit: Visit) -> None:
    page = visit(LINK)
    button(page, "One step on").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("step=22"))
    settled(page)
    assert page.locator(M).count() == 0
    button(page, "One step back").focus()
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("step=21"))
    settled(page)
    slider = page.get_by_role("slider", name="History up to item")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_url(re.compile(r"step=1\b"))
    settled(page)
    expect(said(page)).to_contain_text("Item 1 of")
    expect(button(page, "One step back")).to_be_disabled()
    before = page.evaluate(RANGES)
    expect(page.locator(".modebar-btn")).to_have_count(0)
    button(page, "Zoom in").click()
    closer = f"wide => {{ const [low, high] = ({RANGES})(); return high - low < 0.75 * wide; }}"
    page.wait_for_function(closer, arg=before[1] - before[0])
    button(page, "Show the whole map").click()
    page.wait_for_function(f"(whole) => ({RANGES})().every((end, k) => Math.abs(end - whole[k]) < 1e-6)", arg=before)
    row = page.locator(".st-key-nearest .stHorizontalBlock").first
    row.click(position={"x": row.bounding_box()["width"] - 9, "y": 9})  # on its distance
    page.wait_for_url(re.compile("selected="))


@pytest.mark.long
def test_who_wants_little_motion_sees_steps_and_m_stays_on_its_place_on_a_panned_map(visit: Visit, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(LINK)
    button(page, "Play the history").click()
    assert 1 <= positions(page.locator("body"), M) <= 3
    expect(button(page, "Play the history")).to_be_visible()
    settled(page)
    stopped = step_of(page)
    button(page, "Play the history").click()
    expect(said(page)).not_to_contain_text(f"Item {stopped} of")
    # Without a next frame m stands still, so only the map moves it.
    off = page.evaluate("""async () => {
      const draw = window.requestAnimationFrame, frame = () => new Promise((drawn) => { draw(drawn); });
      window.requestAnimationFrame = () => 0;
      await frame().then(frame);
      const chart = document.querySelector('.attrec-plot-stage'), range = chart._fullLayout.xaxis.range;
      const m = () => document.querySelector('.attrec-path-drawing .m').transform.baseVal[0].matrix.e;
      const wide = range[1] - range[0], before = m();
      await Plotly.relayout(chart, { 'xaxis.range': [range[0] - wide / 2, range[1] - wide / 2] });
      const off = Math.abs(m() - before - chart._fullLayout.xaxis._length / 2);
      window.requestAnimationFrame = draw;
      return off;
    }""")
    assert off < 1
    button(page, "Pause").click()
    page.wait_for_url(re.compile(rf"step=(?!{stopped}\b)"))
    settled(page)


RANGES = """() => { const { xaxis, yaxis } = document.querySelector('.attrec-plot-stage')._fullLayout;
  return [...xaxis.range, ...yaxis.range]; }"""


@pytest.mark.long
def test_an_item_that_is_found_outside_of_a_zoomed_map_comes_into_view(visit: Visit) -> None:
    page = visit(LINK)
    before = page.evaluate("""async () => {
      const chart = document.querySelector('.attrec-plot-stage'); // as by hand: to a corner in which the item is not
      const { xaxis: { range: [low, high] }, yaxis: { range: [under, above] } } = chart._fullLayout;
      const wide = (high - low) / 4, tall = (above - under) / 4;
      await Plotly.relayout(chart, { 'xaxis.range': [high - wide, high], 'yaxis.range': [above - tall, above] });
      return [chart._fullLayout.xaxis, chart._fullLayout.yaxis].map(({ range }) => range[1] - range[0]);
    }""")
    page.get_by_role("combobox", name="Find an item").click()
    page.keyboard.type("rocky iv")
    page.keyboard.press("Enter")
    expect(button(page, "selected: Rocky IV ×")).to_be_visible()
    settled(page)
    look = """() => {
      const chart = document.querySelector('.attrec-plot-stage');
      const { xaxis, yaxis, meta } = chart._fullLayout, [x, y] = meta.shows;
      return { inside: x > xaxis.range[0] && x < xaxis.range[1] && y > yaxis.range[0] && y < yaxis.range[1],
        sizes: [xaxis, yaxis].map(({ range }) => range[1] - range[0]) };
    }"""
    page.wait_for_function(f"() => ({look})().inside")
    button(page, "One step on").click()  # and the item stays in view
    page.wait_for_url(re.compile("step=21"))
    settled(page)
    map_ = page.evaluate(look)
    assert map_["inside"]
    assert map_["sizes"] == pytest.approx(before, rel=0.02)


@pytest.mark.long
def test_on_a_phone_a_map_has_few_labels_and_no_empty_room(page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(USERS)
    page.locator('[data-chart="metric_space"]').scroll_into_view_if_needed()
    page.locator('[data-chart="metric_space"] .main-svg').first.wait_for()
    settled(page)
    shape = page.locator('[data-chart="metric_space"]').evaluate("""(box) => {
      const chart = box.querySelector('.js-plotly-plot'), below = box.closest('.stElementContainer');
      const legend = chart.querySelector('.legend').getBoundingClientRect(), plot = chart.querySelector('.nsewdrag');
      const under = legend.top - plot.getBoundingClientRect().bottom;
      return { legend: [under, legend.width - box.clientWidth],
        labels: chart.data.filter((one) => one.marker?.opacity === 0).flatMap((one) => one.text),
        heights: [box, below, chart.querySelector('.main-svg')].map((one) => one.getBoundingClientRect().height) };
    }""")
    assert len(shape["labels"]) <= 4
    assert [text for text in shape["labels"] if "(actual)" in text]
    assert shape["heights"] == [600, 600, 556]  # of the drawing, without the controls above it
    assert shape["legend"][0] >= 0  # below the map, and no wider than it
    assert shape["legend"][1] <= 0
    page.set_viewport_size({"width": 900, "height": 844})
    page.wait_for_function("() => document.querySelector('[data-chart=metric_space] .main-svg').clientHeight === 636")
    page.set_viewport_size(USUAL_WINDOW)
    settled(page)
    parts = ("[data-chart=metric_space]", ".stMainBlockContainer")
    map_, whole = (page.locator(part).first.bounding_box() for part in parts)
    assert map_["width"] >= 0.7 * whole["width"] and map_["height"] >= 600  # most of the room is the map's


# The place on the screen of the user who is farthest from all items and marks on the map.
ALONE = """() => {
  const chart = document.querySelector('.attrec-plot-stage'), { xaxis, yaxis } = chart._fullLayout;
  const box = chart.getBoundingClientRect();
  const at = (axis, value) => axis._offset + axis.d2p(value);
  const places = ({ x, y }) => [...x ?? []].map((_, k) => [at(xaxis, x[k]), at(yaxis, y[k])]);
  const users = chart._fullData.find(({ name }) => name === 'users');
  const others = chart._fullData.filter((one) => one !== users).flatMap(places).filter(([x]) => x);
  const room = ([x, y]) => Math.min(...others.map(([a, b]) => Math.hypot(a - x, b - y)));
  const all = places(users).map((at) => ({ at, room: room(at) }));
  const { at: [x, y] } = all.sort((a, b) => b.room - a.room)[0];
  return { x: box.left + x, y: box.top + y };
}"""


def click_on_chart(page: Page, x: float, y: float) -> None:
    """Clicks once Plotly has noticed the pointer, too late to be the second click of a double click."""
    page.mouse.move(5, 5)
    page.wait_for_function("""() => {
      const { _mouseDownTime: last, _context: { doubleClickDelay } } = document.querySelector('.attrec-plot-stage');
      return Date.now() - (last ?? 0) > doubleClickDelay;
    }""")
    expect(page.locator(".hoverlayer .hovertext")).to_have_count(0)
    page.mouse.move(x, y)
    expect(page.locator(".hoverlayer .hovertext")).to_be_visible()
    page.mouse.down()
    page.mouse.up()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_click_on_another_user_changes_nothing(width: int, page: Page, visit: Visit) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    visit(f"{USERS}&space=long")
    page.locator('[data-chart="metric_space"]').evaluate("(chart) => chart.scrollIntoView({ block: 'center' })")
    settled(page)
    before, user = address(page), page.evaluate(ALONE)
    page.evaluate("document.querySelector('.attrec-plot-stage').on('plotly_click', () => { window.clicked = true; })")
    click_on_chart(page, user["x"], user["y"])
    page.wait_for_function("() => window.clicked")
    settled(page)
    assert address(page) == before
